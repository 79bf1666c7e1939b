"""Lanes: answers on the GUI thread, the latest request wins, cancel and close really end work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic, sleep

import pytest
from PySide6.QtCore import (
    QAbstractEventDispatcher,
    QCoreApplication,
    QEvent,
    QEventLoop,
    QObject,
    QThread,
    QTimer,
)
from pytestqt.qtbot import QtBot

from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.ui import jobs as jobs_module
from inspector.ui.jobs import Job, Jobs

PATIENCE = 60.0


@pytest.fixture
def jobs(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    for limit in ("LONGEST_TURN", "PAINTING_TIME"):
        monkeypatch.setattr(jobs_module, limit, PATIENCE)
    made = Jobs()
    yield made
    made.close()


def until_cancelled(token: CancelToken, progress: Progress) -> str:
    while True:
        token.check()


def test_answers_arrive_on_the_gui_thread(qtbot: QtBot, jobs: Jobs) -> None:
    threads: list[QThread] = []
    worked: list[str] = []

    def work(token: CancelToken, progress: Progress) -> int:
        worked.append(threading.current_thread().name)
        return 42

    answers: list[int] = []

    def done(answer: int) -> None:
        answers.append(answer)
        threads.append(QThread.currentThread())

    for _ in range(200):
        jobs.run("open", work, done)
    qtbot.waitUntil(lambda: len(answers) == 200)
    assert set(answers) == {42}
    assert set(threads) == {jobs.thread()}
    assert set(worked) == {"open"}


def test_a_quick_answer_is_had_before_there_is_an_event_loop(jobs: Jobs) -> None:
    answers: list[int] = []
    jobs.run("open", lambda token, progress: 42, answers.append)
    jobs.wait_for("open", 60)
    assert answers == [42]
    late: list[str] = []
    slow = jobs.run("open", until_cancelled, late.append)
    jobs.wait_for("open", 0.05)
    assert not slow.finished
    assert not late


def test_only_the_latest_look_is_answered(qtbot: QtBot, jobs: Jobs) -> None:
    answers: list[int] = []
    for number in range(100):
        jobs.run("look", lambda token, progress, n=number: n, answers.append)  # type: ignore[misc]
    qtbot.waitUntil(lambda: not jobs.busy("look"))
    assert answers == [99]


def test_a_new_look_stops_the_old_one(qtbot: QtBot, jobs: Jobs) -> None:
    answers: list[str] = []
    jobs.run("look", until_cancelled, answers.append)
    jobs.run("look", lambda token, progress: "second", answers.append)
    qtbot.waitUntil(lambda: answers == ["second"])


def test_errors_reach_their_handler_or_the_signal(qtbot: QtBot, jobs: Jobs) -> None:
    def work(token: CancelToken, progress: Progress) -> None:
        raise ValueError("trouble")

    handled: list[Exception] = []
    unhandled: list[Exception] = []
    jobs.failed.connect(unhandled.append)
    jobs.run("work", work, lambda nothing: None, handled.append)
    jobs.run("work", work, lambda nothing: None)
    qtbot.waitUntil(lambda: len(unhandled) == 1)
    assert [str(error) for error in handled + unhandled] == ["trouble", "trouble"]


def test_progress_is_thinned_out_but_ends_at_the_total(
    qtbot: QtBot, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_module, "PROGRESS_INTERVAL", PATIENCE)

    def work(token: CancelToken, progress: Progress) -> str:
        for done in range(10_001):
            progress(done, 10_000)
        return "done"

    seen: list[int] = []
    answers: list[str] = []
    jobs.run("work", work, answers.append, progress=lambda done, total: seen.append(done))
    qtbot.waitUntil(lambda: answers == ["done"])
    assert seen[-1] == 10_000
    assert len(seen) <= 2


def test_posts_of_a_cancelled_job_are_dropped(qtbot: QtBot, jobs: Jobs) -> None:
    begun = threading.Event()
    seen: list[int] = []

    def work(token: CancelToken, progress: Progress) -> None:
        jobs.post(seen.append, 1)
        begun.set()
        while not token.cancelled:
            pass
        jobs.post(seen.append, 2)

    job = jobs.run("work", work, lambda nothing: None)
    begun.wait()
    qtbot.waitUntil(lambda: seen == [1])
    job.cancel()
    last: list[str] = []
    jobs.run("work", lambda token, progress: "last", last.append)
    qtbot.waitUntil(lambda: last == ["last"])
    assert seen == [1]


def test_close_ends_every_thread_during_work(jobs: Jobs) -> None:
    for lane in ("open", "look", "find", "work"):
        jobs.run(lane, until_cancelled, lambda nothing: None)
    assert jobs.close()


@dataclass
class Endless:
    """A worker that asks its token all the time, in a window that it gives way to."""

    jobs: Jobs
    asked: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def work(self, token: CancelToken, progress: Progress) -> None:
        try:
            while True:
                token.check()
                self.asked += 1
        finally:
            self.ended.set()

    def in_a_turn(self, qtbot: QtBot, look: Callable[[Job[None]], None]) -> None:
        """Run `look` in a turn of the event loop in which the window is painted."""
        window, looked = QObject(), list[bool]()
        self.jobs.give_way(window)

        def turn() -> None:
            QCoreApplication.sendEvent(window, QEvent(QEvent.Type.UpdateRequest))
            look(job)
            looked.append(True)

        job = self.jobs.run("work", self.work, lambda nothing: None)
        qtbot.waitUntil(lambda: self.asked > 0)
        QTimer.singleShot(0, turn)
        qtbot.waitUntil(lambda: bool(looked))


def test_workers_wait_while_the_window_is_painted(qtbot: QtBot, jobs: Jobs) -> None:
    endless, seen = Endless(jobs), list[int]()

    def look(job: Job[None]) -> None:
        seen.append(endless.asked)
        sleep(0.05)
        seen.append(endless.asked)

    endless.in_a_turn(qtbot, look)
    before, after = seen
    assert after <= before + 1  # it may have asked just before
    qtbot.waitUntil(lambda: endless.asked > after + 1)


def test_a_worker_that_waits_can_be_cancelled(qtbot: QtBot, jobs: Jobs) -> None:
    endless, ended = Endless(jobs), list[bool]()

    def look(job: Job[None]) -> None:
        job.cancel()
        ended.append(endless.ended.wait(PATIENCE))

    endless.in_a_turn(qtbot, look)
    assert ended == [True]


def test_no_turn_of_the_window_stops_workers_for_long(
    qtbot: QtBot, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_module, "LONGEST_TURN", 0.05)
    endless, gone_on = Endless(jobs), list[bool]()

    def look(job: Job[None]) -> None:
        before, end = endless.asked, monotonic() + PATIENCE
        while endless.asked <= before + 1 and monotonic() < end:
            sleep(0.01)
        gone_on.append(endless.asked > before + 1)

    endless.in_a_turn(qtbot, look)
    assert gone_on == [True]


def test_workers_see_to_it_that_the_event_loop_gets_its_turns(qtbot: QtBot, jobs: Jobs) -> None:
    turns, wanted = [0], 5
    loop = QEventLoop()

    def count() -> None:
        turns[0] += 1

    def work(token: CancelToken, progress: Progress) -> bool:
        last, patience = turns[0] + wanted, monotonic() + PATIENCE
        while turns[0] < last and monotonic() < patience:
            token.check()
        return turns[0] >= last

    def done(answer: bool) -> None:
        answers.append(answer)
        loop.quit()

    answers: list[bool] = []
    jobs.give_way(QObject(jobs))
    QAbstractEventDispatcher.instance().aboutToBlock.connect(count)
    jobs.run("work", work, done)
    loop.exec()  # nothing but the worker wakes it
    QAbstractEventDispatcher.instance().aboutToBlock.disconnect(count)
    assert answers == [True]


def test_a_lane_must_exist(jobs: Jobs) -> None:
    with pytest.raises(ValueError, match="no lane"):
        jobs.run("nowhere", until_cancelled, lambda nothing: None)


def test_nothing_is_called_for_an_owner_that_is_gone(qtbot: QtBot, jobs: Jobs) -> None:
    class Panel(QObject):
        def take(self, answer: int) -> None:
            seen.append(answer)

    seen: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    def work(token: CancelToken, progress: Progress) -> int:
        begun.set()
        go_on.wait()
        jobs.post(seen.append, 0)
        return 1

    bound, named = Panel(), Panel()
    jobs.run("work", work, bound.take)
    jobs.run("work", lambda token, progress: 2, lambda answer: named.take(answer), owner=named)
    begun.wait()
    for panel in (bound, named):
        with qtbot.waitSignal(panel.destroyed):
            panel.deleteLater()
    go_on.set()
    last: list[int] = []
    jobs.run("work", lambda token, progress: 3, last.append)
    qtbot.waitUntil(lambda: last == [3])
    assert seen == []


def test_a_result_on_the_way_is_shown_before_the_work_goes_on(qtbot: QtBot, jobs: Jobs) -> None:
    shown: list[str] = []

    def work(token: CancelToken, progress: Progress) -> list[str]:
        jobs.post_and_wait(shown.append, "sample")
        return list(shown)

    answers: list[list[str]] = []
    jobs.run("look", work, answers.append)
    qtbot.waitUntil(lambda: answers == [["sample"]])


def test_work_that_waits_to_be_shown_can_be_cancelled(qtbot: QtBot, jobs: Jobs) -> None:
    shown: list[str] = []
    went_on: list[bool] = []
    posting = threading.Event()

    def work(token: CancelToken, progress: Progress) -> None:
        posting.set()
        jobs.post_and_wait(shown.append, "old")
        went_on.append(True)

    jobs.run("look", work, lambda nothing: None)
    assert posting.wait(PATIENCE)
    answers: list[str] = []
    jobs.run("look", lambda token, progress: "new", answers.append)
    qtbot.waitUntil(lambda: answers == ["new"])
    assert (shown, went_on) == ([], [])


def test_what_a_job_refers_to_dies_on_the_gui_thread(qtbot: QtBot) -> None:
    deaths: list[threading.Thread] = []

    class Panel(QObject):
        def __del__(self) -> None:
            deaths.append(threading.current_thread())

    jobs = Jobs()
    for _ in range(200):
        panel = Panel()
        # The job alone holds the panel, and the lane's thread is in the midst of using it.
        jobs.run("work", lambda *_, panel=panel: panel.objectName(), lambda _: None)
        del panel
    qtbot.waitUntil(lambda: len(deaths) >= 199)  # the latest job is remembered
    jobs.close()
    assert set(deaths) == {threading.main_thread()}
