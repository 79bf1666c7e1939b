"""The longest gap of the window's event loop while it works on 100,000 tensors.

A timer of 5 ms beats in the event loop; what is told is the longest time between two beats. Other
programs make gaps, too: the longest of an idle window is told beside it, and each gap is the
median of three.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from inspector.ui import theme
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.main_window import MainWindow
from inspector.ui.settings import Settings
from tests.benchmarks.table import Row
from tests.benchmarks.window_files import write

RUNS = 3
QUIET = 0.4
"""Seconds of event loop after each step, for what it left to do."""


class Beat(QObject):
    """Notes the longest time between two beats of a timer of 5 ms."""

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self.note)
        self._timer.start()

    def note(self) -> None:
        """Take the time since the last beat."""
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now

    def start(self) -> None:
        """Forget all gaps."""
        self.longest, self._last = 0.0, time.perf_counter()


def turn(until: Callable[[], bool], patience: float = 120.0, rest: float = QUIET) -> None:
    """Run the event loop until something is so, and a little longer."""
    deadline = time.perf_counter() + patience
    while not until():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        if time.perf_counter() > deadline:
            raise TimeoutError("the window did not get there")
    deadline = time.perf_counter() + rest
    while time.perf_counter() < deadline:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


class Session:
    """One window, its beat, and the steps that are measured."""

    def __init__(self, path: Path) -> None:
        self.window = MainWindow(Settings(fresh=True))
        self.window.resize(1300, 850)
        self.window.show()
        self.path = path
        self.beat = Beat()
        turn(lambda: True)

    def gap(self, step: Callable[[], object], until: Callable[[], bool]) -> float:
        """Return the longest gap in milliseconds from the step until it is done."""
        turn(lambda: True)
        self.beat.start()
        QTimer.singleShot(0, step)
        turn(until)
        self.beat.note()  # a gap that outlasts the wait
        return self.beat.longest * 1e3

    @property
    def page(self) -> CheckpointPage:
        """The page in front."""
        page = self.window.current_page()
        assert page is not None
        return page

    def settled(self) -> bool:
        """Whether the page is there and nothing looks something up for it."""
        jobs = self.window.jobs
        return self.window.current_page() is not None and not any(
            jobs.busy(lane) for lane in ("open", "views", "find", "look")
        )

    def steps(self) -> Iterator[tuple[str, float]]:
        """Yield what was done and the longest gap meanwhile."""
        yield "idle", self.gap(lambda: None, lambda: True)
        # The first time brings numpy and pyqtgraph, too.
        yield "open", self.gap(lambda: self.window.open_paths([str(self.path)]), self.settled)
        # No page in a local name: it would outlive its tab.
        yield "expand all", self.gap(lambda: self.page.tree.open_all(True), self.settled)
        for text in ("unit7", "e", "no such key", ""):
            yield "filter", self.gap(partial(self._filter, text), self._done(text))
        for column in (0, 4):
            yield "sort", self.gap(partial(self._sort, column), self._sorted(column))
        yield "collapse all", self.gap(lambda: self.page.tree.open_all(False), self.settled)
        yield "scan", self.gap(lambda: self.page.scan_file(), self._scanned())
        yield "close", self.gap(lambda: self.window.close_tab(0), lambda: True)

    def exact_pass(self) -> Iterator[float]:
        """Yield the longest gaps while large tensors are looked at, one after the other."""
        self.gap(lambda: self.window.open_paths([str(self.path)]), self.settled)
        page = self.page
        for row in range(len(page.model.rows)):
            # The first one brings numpy and pyqtgraph, too.
            found = self.gap(lambda row=row: page.tree.choose_row(row), self.settled)  # type: ignore[misc]
            if row:
                yield found

    def _filter(self, text: str) -> None:
        self.page.filter.setText(text)

    def _sort(self, column: int) -> None:
        self.page.sort_by(column)

    def _done(self, text: str) -> Callable[[], bool]:
        return lambda: self.settled() and self.page.model.request.text == text

    def _sorted(self, column: int) -> Callable[[], bool]:
        return lambda: self.settled() and self.page.model.request.column == column

    def _scanned(self) -> Callable[[], bool]:
        jobs = self.window.jobs
        started: list[bool] = []

        def over() -> bool:
            busy = jobs.busy("work")
            started.append(busy)
            return not busy and any(started)

        return over


def exact_passes() -> Iterator[Row]:
    """The window while tensors of 32 Mi elements are counted, in three sessions."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.pt"
        write("large", path.parent)
        gaps: list[float] = []
        idle: list[float] = []
        for _ in range(RUNS):
            session = Session(path)
            idle.append(session.gap(lambda: None, lambda: True))
            gaps += session.exact_pass()
            session.window.close()
            session.window.deleteLater()
    usual, gap = statistics.median(idle), statistics.median(gaps)
    detail = f"idle {usual:.0f} ms; worst {max(gaps):.0f} ms"
    yield Row("32 Mi float32, exact pass: gap above idle", gap - usual, "ms", 30.0, False, detail)


def rows() -> Iterator[Row]:
    """Yield all rows."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    theme.start("light")
    yield from exact_passes()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.pt"
        write("many", path.parent)
        gaps: dict[str, list[float]] = {}
        for _ in range(RUNS):
            session = Session(path)
            worst: dict[str, float] = {}
            for name, gap in session.steps():
                worst[name] = max(worst.get(name, 0.0), gap)
            for name, gap in worst.items():
                gaps.setdefault(name, []).append(gap)
            session.window.close()
            session.window.deleteLater()
    idle = statistics.median(gaps.pop("idle"))
    for name, found in gaps.items():
        gap, detail = statistics.median(found), f"idle {idle:.0f} ms; worst {max(found):.0f} ms"
        if name == "scan":
            yield Row(
                "100,000 tensors, scan: gap above idle", gap - idle, "ms", 30.0, False, detail
            )
        else:
            yield Row(f"100,000 tensors, {name}: longest gap", gap, "ms", 50.0, False, detail)
