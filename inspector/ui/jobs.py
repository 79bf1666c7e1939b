"""Work that must not stop the window: lanes of one thread each, results back on the GUI thread.

One lane for each kind of work, so that nothing queues behind another: `open` reads files, `views`
imports what views are made of, `look` answers what is selected now, `find` filters and sorts rows,
`work` compares and scans, `plan` makes the previews of exports, `write` writes, proves and
verifies. In `look` and `find` a new request cancels the one before it: only the latest answer is of
any use.

Python shares the interpreter out evenly: a window that paints beside two threads that compute gets
a third of it. So workers let the event loop finish its turn first, where they ask their token
whether to go on (`Jobs.give_way`); and if it had none for a while, they have it take one.

What a job refers to (pages, panels) must die on the GUI thread: Qt objects crash in any other. So a
job is held here until its lane has said, behind its answer, that it let go of it.

Plain daemon threads rather than `concurrent.futures`: an executor joins its threads when the
interpreter ends, so a read from a dead disk would keep a closed window's process alive.
"""

from __future__ import annotations

import math
import sys
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from time import monotonic, perf_counter
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractEventDispatcher, QEvent, QObject, Qt, QTimer, Signal
from shiboken6 import isValid

from inspector.checkpoint.cancel import Cancelled, CancelToken, Progress

T = TypeVar("T")

LANES = ("open", "views", "look", "find", "work", "plan", "write")
LATEST_WINS = frozenset({"look", "find"})
PROGRESS_INTERVAL = 0.05
"""Seconds between two progress reports of one job."""
SLICE = 0.02
"""Seconds that results may hold the event loop before it gets a turn."""
PAINTING_TIME = 0.2
"""Seconds that `post_and_wait` gives the window at most."""
SWITCH = 0.0005
"""Seconds that a worker computing in Python may keep the interpreter from the window, which asks
for it anew after every call of Qt: a tenth of Python's own choice, for painting makes hundreds."""
LONGEST_TURN = 0.2
"""Seconds that workers wait at most for one turn of the event loop."""
ALONE = 0.01
"""Seconds after its last turn until workers wake the event loop for another one."""
_LOOK_UP = 0.01
"""Seconds between two looks of a waiting worker at whether it was cancelled."""
CLOSING_TIME = 0.6
"""Seconds that `close` waits for running work to notice its cancelled token."""


# Lanes whose threads hang in a read that nobody can interrupt: nor may they be the last to hold
# what their jobs refer to.
_ABANDONED: list[Jobs] = []


class _Turn:
    """Whether the event loop is at work, and until when workers wait for it."""

    def __init__(self, wake: Callable[[], object]) -> None:
        self.over = threading.Event()
        self.over.set()
        self.deadline = 0.0
        self._due = math.inf
        self._wake = wake

    def begin(self) -> None:
        """The event loop works; it may be told so several times before it rests again."""
        if self.over.is_set():
            self.deadline = monotonic() + LONGEST_TURN
            self.over.clear()

    def end(self) -> None:
        """The event loop has nothing more to do."""
        self._due = monotonic() + ALONE
        self.over.set()

    def ask(self) -> None:
        """Wake the event loop for a turn if its last one is some time ago; for workers.

        The window may be waiting for the interpreter in vain: Python has it handed over once the
        window waited for `SWITCH` and nobody let go of it meanwhile. A worker lets go at every
        read, and has it back before the window wakes up: 90 ms in a row with 2,000 small reads.
        """
        if self.over.is_set() and monotonic() > self._due:
            self.begin()
            self._wake()


class _Token(CancelToken):
    """A token whose `check` lets the event loop finish its turn."""

    __slots__ = ("_turn",)

    def __init__(self, turn: _Turn) -> None:
        super().__init__()
        self._turn = turn

    def check(self) -> None:
        """Return once the window has nothing to do, or raise `Cancelled`."""
        turn = self._turn
        if not self.cancelled:
            turn.ask()
        while not (self.cancelled or turn.over.is_set()):
            left = turn.deadline - monotonic()
            if left <= 0:
                break
            turn.over.wait(min(left, _LOOK_UP))
        super().check()


class Job(Generic[T]):
    """One request: cancel it, and neither `done` nor `failed` nor a posted call will follow."""

    def __init__(
        self,
        work: Callable[[CancelToken, Progress], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None,
        progress: Callable[[int, int], None] | None,
        owner: QObject | None,
        token: CancelToken,
    ) -> None:
        self.token = token
        self.finished = False
        self._work = work
        self._done = done
        self._failed = failed
        self._progress = progress
        self._owner = owner if owner is not None else _owner_of(done)
        self._reported = 0.0

    def cancel(self) -> None:
        """Stop the work at its next check; its result is dropped."""
        self.token.cancel()

    @property
    def wanted(self) -> bool:
        """Whether anybody waits for the answer: not cancelled, and its owner still lives."""
        return not self.token.cancelled and (self._owner is None or isValid(self._owner))


class _Lane:
    """Jobs in line for one thread. As `queue.SimpleQueue`, whose module takes 1 ms to import."""

    def __init__(self) -> None:
        self._jobs: deque[Job[Any] | None] = deque()
        self._count = threading.Semaphore(0)

    def put(self, job: Job[Any] | None) -> None:
        self._jobs.append(job)
        self._count.release()

    def get(self) -> Job[Any] | None:
        self._count.acquire()
        return self._jobs.popleft()


class Jobs(QObject):
    """The lanes of one window. `failed` carries exceptions that no job handler took."""

    failed = Signal(object)
    _arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._inbox: deque[tuple[Job[Any] | None, Callable[[], object]]] = deque()
        self._queues: dict[str, _Lane] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._latest: dict[str, Job[Any]] = {}
        self._held: dict[int, Job[Any]] = {}
        self._running = threading.local()
        self._answered = threading.Event()
        self._closed = False
        self._turn = _Turn(self._arrived.emit)
        self._gives_way = False
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        sys.setswitchinterval(SWITCH)

    def give_way(self, window: QObject) -> None:
        """From now on let workers wait while jobs are asked for or answered, or `window` painted.

        Not from the dispatcher's signal `awake`: that of GLib has it only behind the events.
        """
        window.installEventFilter(self)
        QAbstractEventDispatcher.instance().aboutToBlock.connect(self._end_turn)
        self._gives_way = True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Begin a turn with what the window is told: to paint itself, above all."""
        self._turn.begin()
        return False

    def _begin_turn(self) -> None:
        if self._gives_way:
            self._turn.begin()

    def _end_turn(self) -> None:
        self._turn.end()

    def run(
        self,
        lane: str,
        work: Callable[[CancelToken, Progress], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
        owner: QObject | None = None,
        imports_qt: bool = True,
    ) -> Job[T]:
        """Queue `work(token, progress)` in `lane`; call `done(result)` on the GUI thread.

        Work that may import a module of the window waits until the classes of Qt are made; with
        `imports_qt` False, which promises that it does not, it starts at once.

        `failed` gets what the work raised; without it the error goes to the `failed` signal.
        `progress` is called at most 20 times a second. Nothing is called once `owner` was deleted;
        where `done` is a method of a `QObject`, that is the owner. For the GUI thread only.
        """
        self._begin_turn()
        job = Job(work, done, failed, progress, owner, _Token(self._turn))
        if lane in LATEST_WINS and lane in self._latest:
            self._latest[lane].cancel()
        self._latest[lane] = job
        if self._closed:
            job.cancel()
            return job
        self._held[id(job)] = job
        if imports_qt:
            from inspector.ui.qt_types import when_made

            when_made(partial(self._start, lane, job))
        else:
            self._start(lane, job)
        return job

    def _start(self, lane: str, job: Job[Any]) -> None:
        if not self._closed:
            self._queue(lane).put(job)

    def post(self, function: Callable[..., object], *arguments: object) -> None:
        """Call `function(*arguments)` on the GUI thread soon; any thread may ask for it.

        Posted from inside a job, the call is dropped once nobody waits for that job.
        """
        job: Job[Any] | None = getattr(self._running, "job", None)
        self._send(job, lambda: function(*arguments))

    def post_and_wait(self, function: Callable[..., object], *arguments: object) -> None:
        """Like `post`, from inside a job: go on once the call was made and the window painted.

        For results on the way: drawing them takes several times as long while threads that count
        contend for the interpreter and the cores. Raises `Cancelled` once nobody waits for the job.
        """
        job: Job[Any] = self._running.job
        painted = threading.Event()

        def call() -> None:
            function(*arguments)
            # Layouts and scenes ask for painting only in the next turns of the event loop. Not
            # `painted.set` itself: Qt would watch for the death of `painted`, which is in the lane.
            QTimer.singleShot(round(SLICE * 1000), lambda: painted.set())

        self._send(job, call)
        deadline = monotonic() + PAINTING_TIME
        while not painted.wait(PROGRESS_INTERVAL / 5) and monotonic() < deadline:
            job.token.check()

    def busy(self, lane: str) -> bool:
        """Whether the latest request of `lane` is still on its way."""
        job = self._latest.get(lane)
        return job is not None and not job.finished and not job.token.cancelled

    def wait_for(self, lane: str, seconds: float) -> None:
        """Stop the window for at most `seconds`, until the latest request of `lane` is answered.

        For the time before the window is in sight: a quick answer needs no progress page first.
        """
        deadline = monotonic() + seconds
        while self.busy(lane) and self._answered.wait(max(0.0, deadline - monotonic())):
            self._answered.clear()
            self._deliver()

    def close(self) -> bool:
        """Cancel everything and wait a moment; return whether all threads ended."""
        self._closed = True
        for job in self._held.values():
            job.cancel()
        for queue in self._queues.values():
            queue.put(None)
        deadline = monotonic() + CLOSING_TIME
        for thread in self._threads.values():
            thread.join(max(0.0, deadline - monotonic()))
        self._inbox.clear()
        ended = not any(thread.is_alive() for thread in self._threads.values())
        if not ended:
            _ABANDONED.append(self)
        return ended

    def _queue(self, lane: str) -> _Lane:
        if lane not in self._queues:
            if lane not in LANES:
                raise ValueError(f"there is no lane {lane!r}")
            queue = _Lane()
            thread = threading.Thread(target=self._serve, args=(queue,), name=lane, daemon=True)
            self._queues[lane], self._threads[lane] = queue, thread
            thread.start()
        return self._queues[lane]

    def _serve(self, queue: _Lane) -> None:
        while (job := queue.get()) is not None:
            self._running.job = job
            self._perform(job)
            number = id(job)
            self._running.job = job = None
            self._send(None, partial(self._let_go, number))

    def _let_go(self, number: int) -> None:
        """Forget a job that is over, and with it what it refers to: a closed file, its page."""
        job = self._held.pop(number)
        self._latest = {lane: latest for lane, latest in self._latest.items() if latest is not job}

    def _perform(self, job: Job[T]) -> None:
        answer: Callable[[], object]
        try:
            job.token.check()
            result = job._work(job.token, lambda done, total: self._report(job, done, total))
            answer = lambda: job._done(result)  # noqa: E731
        except Cancelled:
            answer = lambda: None  # noqa: E731
        except Exception as error:
            trouble = error
            answer = lambda: (job._failed or self.failed.emit)(trouble)  # noqa: E731
        self._send(None, lambda: self._settle(job, answer))

    def _settle(self, job: Job[T], answer: Callable[[], object]) -> None:
        job.finished = True
        if job.wanted:
            answer()

    def _report(self, job: Job[T], done: int, total: int) -> None:
        now = monotonic()
        show = job._progress
        if show is not None and (done >= total or now - job._reported >= PROGRESS_INTERVAL):
            job._reported = now
            self._send(job, lambda: show(done, total))

    def _send(self, job: Job[Any] | None, call: Callable[[], object]) -> None:
        self._inbox.append((job, call))
        self._answered.set()
        if not self._closed:
            self._arrived.emit()

    def _deliver(self) -> None:
        self._begin_turn()
        start = perf_counter()
        while self._inbox and not self._closed:
            job, call = self._inbox.popleft()
            if job is not None and not job.wanted:
                continue
            try:
                call()
            except Exception:
                sys.excepthook(*sys.exc_info())
            if perf_counter() - start > SLICE and self._inbox:
                self._arrived.emit()
                return


def _owner_of(done: Callable[..., object]) -> QObject | None:
    while isinstance(done, partial):
        done = done.func
    owner = getattr(done, "__self__", None)
    return owner if isinstance(owner, QObject) else None
