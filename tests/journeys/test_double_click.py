"""Double-click: the first file opens the window, later ones join it, nothing beside them runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from pytestqt.qtbot import QtBot

from inspector.ui import compare_page, hand_over  # noqa: F401 - imported by a worker otherwise
from inspector.ui.application import take_over
from inspector.ui.compare_tab import CompareTab
from inspector.ui.desktop import program
from inspector.ui.file_tab import FileTab
from inspector.ui.main_window import MainWindow
from inspector.ui.settings import Settings
from inspector.ui.single_instance import SingleInstance

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from inspector.ui import hand_over
from inspector.__main__ import main
hand_over.PATIENCE = 60  # this test's process has more to do than a window
sys.exit(main())
"""

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="speaks to Unix sockets"),
    # The offscreen platform says so of every window.
    pytest.mark.qt_log_ignore("This plugin does not support"),
]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes started by the test, ended after it."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


def inspector(started: list[subprocess.Popen[bytes]], *arguments: str, folder: Path) -> int:
    """Start the program as the desktop does; return its place in `started`."""
    command = [sys.executable, "-P", "-c", PROGRAM, *arguments]
    started.append(subprocess.Popen(command, cwd=folder))
    return len(started) - 1


def checkpoint(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    torch.save({"weight": torch.arange(6.0)}, folder / name)
    return folder / name


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    shown = MainWindow(Settings(fresh=True))
    qtbot.addWidget(shown, before_close_func=lambda widget: widget.close())
    instance = SingleInstance(shown)
    instance.received.connect(lambda request: take_over(shown, request))
    assert instance.listen()
    shown.show()
    yield shown
    instance.close()


def open_files(window: MainWindow) -> list[str]:
    tabs = [window.tabs.widget(place) for place in range(window.tabs.count())]
    return [tab.path for tab in tabs if isinstance(tab, FileTab) and tab.page is not None]


def test_second_double_click_joins_the_window(
    window: MainWindow, start: list[subprocess.Popen[bytes]], qtbot: QtBot, tmp_path: Path
) -> None:
    first = checkpoint(tmp_path / "one", "model.pt")
    second = checkpoint(tmp_path / "two", "-odd name.pt")
    window.open_paths([str(first)])
    inspector(start, "--", second.name, folder=second.parent)
    qtbot.waitUntil(lambda: start[0].poll() is not None)
    assert start[0].returncode == 0
    qtbot.waitUntil(lambda: open_files(window) == [str(first), str(second)])
    current = window.tabs.currentWidget()
    assert isinstance(current, FileTab)
    assert current.path == str(second)


def test_file_that_is_open_already_only_comes_to_the_front(
    window: MainWindow, start: list[subprocess.Popen[bytes]], qtbot: QtBot, tmp_path: Path
) -> None:
    first, second = checkpoint(tmp_path, "1.pt"), checkpoint(tmp_path, "2.pt")
    window.open_paths([str(first), str(second)])
    qtbot.waitUntil(lambda: len(open_files(window)) == 2)
    inspector(start, str(first), folder=tmp_path)
    qtbot.waitUntil(lambda: start[0].poll() is not None)
    qtbot.waitUntil(lambda: window.tabs.currentIndex() == 0)
    assert len(open_files(window)) == 2


def test_several_files_at_once_arrive_in_order(
    window: MainWindow, start: list[subprocess.Popen[bytes]], qtbot: QtBot, tmp_path: Path
) -> None:
    paths = [str(checkpoint(tmp_path, f"epoch{number}.pt")) for number in range(3)]
    inspector(start, *paths, folder=tmp_path)
    qtbot.waitUntil(lambda: start[0].poll() is not None)
    qtbot.waitUntil(lambda: open_files(window) == paths)


def test_a_comparison_asked_for_elsewhere_opens_in_the_running_window(
    window: MainWindow, start: list[subprocess.Popen[bytes]], qtbot: QtBot, tmp_path: Path
) -> None:
    paths = [str(checkpoint(tmp_path, f"{side}.pt")) for side in "ab"]
    inspector(start, "a.pt", "b.pt", "--compare", folder=tmp_path)
    qtbot.waitUntil(lambda: start[0].poll() is not None)
    assert start[0].returncode == 0

    def finished() -> bool:
        tab = window.tabs.currentWidget()
        page = tab.page if isinstance(tab, CompareTab) else None
        return page is not None and page.comparison is not None

    qtbot.waitUntil(finished)
    tab = window.tabs.currentWidget()
    assert isinstance(tab, CompareTab) and tab.page is not None and tab.page.comparison is not None
    assert [str(tab.paths[0]), str(tab.paths[1])] == paths
    assert tab.page.comparison.summary["identical"] == 1
    assert window.tabs.count() == 1  # neither file has a tab of its own


def test_first_start_listens_and_runs_nothing_that_lies_beside_the_file(
    start: list[subprocess.Popen[bytes]], qtbot: QtBot, tmp_path: Path
) -> None:
    path = checkpoint(tmp_path, "model.pt")
    for name in ("numpy", "torch", "json", "PySide6", "inspector"):
        (tmp_path / f"{name}.py").write_text("open('it-ran', 'w').close()")
    inspector(start, path.name, folder=tmp_path)
    qtbot.waitUntil(lambda: _listening())
    inspector(start, folder=tmp_path)
    qtbot.waitUntil(lambda: start[1].poll() is not None)
    assert start[1].returncode == 0
    assert start[0].poll() is None
    assert not (tmp_path / "it-ran").exists()


def test_new_window_stays_alone(
    window: MainWindow, start: list[subprocess.Popen[bytes]], qtbot: QtBot, tmp_path: Path
) -> None:
    path = checkpoint(tmp_path, "model.pt")
    inspector(start, "--new-window", str(path), folder=tmp_path)
    # It is a window of its own once it waits for events; then it still runs and we got nothing.
    qtbot.wait(1500)
    assert start[0].poll() is None
    assert open_files(window) == []
    os.kill(start[0].pid, signal.SIGKILL)


def test_command_of_the_desktop_entry_runs_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inspector.py").write_text("raise SystemExit('ran')")
    for scripts in (None, tmp_path):
        if scripts is not None:  # nothing installed: the checkout is started
            monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
        done = subprocess.run(
            [*program.start_command(), "--help"],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
        )
        assert done.stdout.startswith("usage: inspector")


def _listening() -> bool:
    name = hand_over.server_name()
    return name is not None and Path(name).exists()
