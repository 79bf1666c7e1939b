"""Lanes: answers on the GUI thread, the latest request wins, cancel and close really end work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from time import sleep

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, QTimer
from pytestqt.qtbot import QtBot

from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.ui.jobs import LONGEST_TURN, Jobs


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[Jobs]:
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


def test_progress_is_thinned_out_but_ends_at_the_total(qtbot: QtBot, jobs: Jobs) -> None:
    def work(token: CancelToken, progress: Progress) -> str:
        for done in range(10_001):
            progress(done, 10_000)
        return "done"

    seen: list[int] = []
    answers: list[str] = []
    jobs.run("work", work, answers.append, progress=lambda done, total: seen.append(done))
    qtbot.waitUntil(lambda: answers == ["done"])
    assert seen[-1] == 10_000
    assert len(seen) < 100


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
class BusyTurn:
    """What a worker, which asks its token all the time, does in a turn of the event loop."""

    goes_on: bool = False
    ends: bool = False


def busy_turn(qtbot: QtBot, jobs: Jobs, seconds: float, cancels: bool = False) -> BusyTurn:
    window, checks, ended, turns = QObject(), [0], threading.Event(), list[BusyTurn]()
    jobs.give_way(window)

    def work(token: CancelToken, progress: Progress) -> None:
        try:
            while True:
                token.check()
                checks[0] += 1
        finally:
            ended.set()

    def turn() -> None:
        QCoreApplication.sendEvent(window, QEvent(QEvent.Type.UpdateRequest))
        sleep(0.02)
        before = checks[0]
        if cancels:
            job.cancel()
        sleep(seconds)
        turns.append(BusyTurn(checks[0] > before, ended.is_set()))

    job = jobs.run("work", work, lambda nothing: None)
    qtbot.waitUntil(lambda: checks[0] > 0)
    QTimer.singleShot(0, turn)
    qtbot.waitUntil(lambda: bool(turns))
    after = checks[0]
    if not cancels:
        qtbot.waitUntil(lambda: checks[0] > after)
    return turns[0]


def test_workers_wait_while_the_window_is_painted(qtbot: QtBot, jobs: Jobs) -> None:
    assert busy_turn(qtbot, jobs, 0.05) == BusyTurn(goes_on=False, ends=False)


def test_a_worker_that_waits_can_be_cancelled(qtbot: QtBot, jobs: Jobs) -> None:
    assert busy_turn(qtbot, jobs, 0.1, cancels=True) == BusyTurn(goes_on=False, ends=True)


def test_no_turn_of_the_window_stops_workers_for_long(qtbot: QtBot, jobs: Jobs) -> None:
    assert busy_turn(qtbot, jobs, 2 * LONGEST_TURN) == BusyTurn(goes_on=True, ends=False)


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
    assert posting.wait(5)
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
