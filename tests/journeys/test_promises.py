"""What the window promises of hostile files, bad luck and impatience, in a real window.

That a killed torch helper is only reported stands in `test_export`, files that change under the
window in `test_changed_file`, names and drops in `test_from_outside`.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.file_tab import FileTab
from inspector.ui.main_window import MainWindow
from inspector.ui.selection_panel import HISTOGRAM, PICTURE, VALUES
from inspector.ui.values_panel import ValuesPanel
from tests.builders import built
from tests.hostile.attacks import ATTACKS

Open = Callable[[Path], CheckpointPage]
ROOT = Path(__file__).parents[2]
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")


def gigabytes(path: Path, count: int = 16) -> Path:
    """Write a safetensors file of `count` GiB of zeros that takes no place on the disk."""
    size = count << 30
    entry = {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}
    text = json.dumps({"w": entry}).encode().ljust(128)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + size)
    return path


def tab_of(window: MainWindow, qtbot: QtBot) -> FileTab:
    """Return the tab in front once its file is read or refused."""
    tab = window.tabs.currentWidget()
    assert isinstance(tab, FileTab)
    qtbot.waitUntil(lambda: not tab.opening)
    return tab


# Closing and cancelling

CLOSE = """
import sys, time
from PySide6.QtCore import QTimer
from inspector.ui import application, main_window
from inspector.__main__ import main

WHEN = sys.argv[2]

class Closing(main_window.MainWindow):
    def open_paths(self, paths, compare=False):
        super().open_paths(paths, compare)
        if WHEN == "load":
            QTimer.singleShot(0, self.close)
        elif WHEN == "tab":
            QTimer.singleShot(0, lambda: (self.close_tab(0), QTimer.singleShot(0, self.close)))
        else:
            self.timer = QTimer(self, interval=5)
            self.timer.timeout.connect(self.work)
            self.timer.start()

    def work(self):
        page = self.current_page()
        if page is None:
            return
        if page.tree.current_row() < 0:
            page.go_to_key("w")
            if WHEN == "scan":
                page.scan_file()
        lane = "work" if WHEN == "scan" else "look"
        if self.jobs.busy(lane) and "numpy" in sys.modules:
            self.timer.stop()
            QTimer.singleShot(100, self.leave)

    def leave(self):
        print("busy" if self.jobs.busy("look") or self.jobs.busy("work") else "idle", flush=True)
        self.close()

application.MainWindow = Closing
sys.exit(main(["--fresh", sys.argv[1]]))
"""


@pytest.mark.parametrize("when", ["load", "tab", "statistics", "scan"])
def test_closing_during_any_work_ends_the_process(when: str, tmp_path: Path) -> None:
    reading = when in ("load", "tab")
    path = built("a_thousand_layers").path if reading else gigabytes(tmp_path / "large.safetensors")
    done = subprocess.run(
        [sys.executable, "-P", "-c", CLOSE, str(path), when],
        capture_output=True, text=True, timeout=300, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert reading or done.stdout.split() == ["busy"]


IMPORTS = """
import sys, threading
from PySide6.QtCore import QTimer
from inspector.ui import application, main_window, qt_types
from inspector.__main__ import main

early, late = [], []

def note(event, arguments):
    if event == "import" and threading.current_thread() is not threading.main_thread():
        if arguments[0].startswith(("PySide6", "inspector.ui.", "pyqtgraph")):
            if qt_types._making.done:
                late.append(arguments[0])
            else:
                early.append(arguments[0])

class Watched(main_window.MainWindow):
    def open_paths(self, paths, compare=False):
        super().open_paths(paths, compare)
        self.timer = QTimer(self, interval=5)
        self.timer.timeout.connect(self.work)
        self.timer.start()

    def work(self):
        tab = self.tabs.currentWidget()
        page = getattr(tab, "page", None)
        if page is None or any(map(self.jobs.busy, ("open", "views", "look", "find", "work"))):
            return
        if not page.filter.text():
            page.filter.setText("weight")
            page.tree.choose_row(0)
            if hasattr(page, "scan_file"):
                page.scan_file()
        else:
            self.timer.stop()
            print(early, len(late) > 5, flush=True)
            self.close()

application.MainWindow = Watched
sys.addaudithook(note)
sys.exit(main(["--fresh", *sys.argv[1:]]))
"""


@pytest.mark.parametrize("compares", [False, True])
def test_no_worker_imports_anything_of_qt_before_its_classes_are_made(compares: bool) -> None:
    path = str(built("a_thousand_layers").path)
    arguments = ["--compare", path, path] if compares else [path]
    done = subprocess.run(
        [sys.executable, "-P", "-c", IMPORTS, *arguments],
        capture_output=True, text=True, timeout=300, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "[] True\n"), done.stderr


def first_cell(page: CheckpointPage) -> str:
    panel = page.findChild(ValuesPanel)
    return str(panel.model.index(0, 0).data()) if panel and panel.model else ""


@pytest.mark.parametrize("view", [HISTOGRAM, PICTURE])
def test_statistics_are_left_for_another_tensor_at_once(
    view: int, window: MainWindow, opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    page = opened(gigabytes(tmp_path / "large.safetensors"))
    page.selection.tabs.setCurrentIndex(view)
    page.go_to_key("w")
    qtbot.waitUntil(lambda: window.jobs.busy("look"))
    window.close_tab(0)
    small = opened(built("bare_tensor").path)
    small.selection.tabs.setCurrentIndex(VALUES)
    small.tree.choose_row(0)
    qtbot.waitUntil(lambda: first_cell(small) not in ("", "…"))


def test_scan_is_stopped_and_another_file_opens(
    window: MainWindow, opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    page = opened(gigabytes(tmp_path / "large.safetensors"))
    page.scan_file()
    qtbot.waitUntil(lambda: window.jobs.busy("work"))
    QTest.mouseClick(page.scan, Qt.MouseButton.LeftButton)
    assert not page.scan.running
    other = opened(built("bare_tensor").path)
    other.scan_file()
    qtbot.waitUntil(lambda: not other.scan.running)
    assert other.model.bars


# Many bad files


def memory() -> int:
    """Return the bytes of this process that are in memory, once all that is garbage went back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def open_files(folder: Path) -> list[str]:
    """Return what this process holds open below `folder`."""
    links = [link.resolve() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return [str(target) for target in links if folder in target.parents]


@linux_only
def test_a_hundred_bad_files_give_everything_back(
    window: MainWindow, opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    def built_in(home: Path) -> Path:
        home.mkdir()
        return ATTACKS[home.name].build(home)

    def visit(name: str) -> None:
        window.open_paths([str(paths[name])])
        tab = tab_of(window, qtbot)
        if tab.page is not None and tab.page.model.visible:
            tab.page.tree.choose_row(tab.page.model.visible[-1])
            qtbot.wait(1)
        window.close_tab(0)
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        shutil.rmtree(tmp_path / name, ignore_errors=True)
        memory()

    names = sorted(ATTACKS)[:: max(len(ATTACKS) // 110, 1)]
    assert len(names) >= 110
    # All are built first: what that takes of this process is not the window's.
    paths = {name: built_in(tmp_path / name) for name in names}
    for name in names[:10]:
        visit(name)
    gc.freeze()  # collecting after every visit is quick then
    before = memory()
    for name in names[10:]:
        visit(name)
    qtbot.waitUntil(lambda: not any(map(window.jobs.busy, ("open", "views", "look", "find"))))
    qtbot.waitUntil(lambda: not open_files(tmp_path))
    grown = memory() - before
    gc.unfreeze()
    assert grown < 96 << 20
    opened(built("bare_tensor").path)


# Defects of the program itself

BREAK = """
import pathlib, sys
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from inspector.ui import application, main_window
from inspector.__main__ import main

def logged(word):
    return any(word in log.read_text() for log in pathlib.Path(sys.argv[1]).rglob("inspector.log"))

def boxes():
    found = QApplication.topLevelWidgets()
    return [box for box in found if isinstance(box, QMessageBox) and box.isVisible()]

class Broken(QObject):
    def customEvent(self, event):
        raise ZeroDivisionError("in an override")

class Breaking(main_window.MainWindow):
    def open_paths(self, paths, compare=False):
        super().open_paths(paths, compare)
        self.actions_["scan"].setEnabled(True)
        self.actions_["scan"].triggered.connect(self.slot)
        QTimer.singleShot(0, self.first)

    def slot(self):
        raise LookupError("in a slot")

    def first(self):
        self.actions_["scan"].trigger()
        self.other = Broken(self)
        QApplication.postEvent(self.other, QEvent(QEvent.Type.User))
        def lane(cancel, progress):
            raise ArithmeticError("in a lane")
        self.jobs.run("work", lane, lambda result: None)
        self.second()

    def second(self):
        if not (logged("in an override") and logged("in a lane")):
            QTimer.singleShot(10, self.second)
            return
        shown = boxes()
        print(len(shown), shown[0].informativeText(), flush=True)
        shown[0].close()
        QTimer.singleShot(50, self.third)

    def third(self):
        print(len(boxes()), flush=True)
        self.actions_["scan"].trigger()
        QTimer.singleShot(50, self.last)

    def last(self):
        print(len(boxes()), flush=True)
        boxes()[0].close()
        self.close()

application.MainWindow = Breaking
sys.exit(main(["--fresh"]))
"""


def test_a_defect_reaches_one_dialog_and_the_log(own_folders: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", BREAK, str(own_folders)],
        capture_output=True, text=True, timeout=300, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["1 LookupError: in a slot", "0", "1"]
    [log] = own_folders.rglob("inspector.log")
    text = log.read_text()
    assert text.count("LookupError: in a slot") == 2
    assert "in an override" in text
    assert text.count("ArithmeticError: in a lane") == 1
