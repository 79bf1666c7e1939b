"""What the window promises of hostile files, bad luck and impatience, in a real window.

That a killed torch helper is only reported stands in `test_export`.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6 import QtGui
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from inspector.ui import file_watch
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.error_page import ErrorPage
from inspector.ui.file_tab import FileTab
from inspector.ui.histogram_panel import HistogramPanel
from inspector.ui.main_window import MainWindow
from inspector.ui.picture_panel import PicturePanel
from inspector.ui.rest_banner import AT_ONCE
from inspector.ui.selection_panel import FACTS, HISTOGRAM, PICTURE, VALUES
from inspector.ui.values_panel import ValuesPanel
from tests.builders import built, torch
from tests.hostile.attacks import ATTACKS

Open = Callable[[Path], CheckpointPage]
ROOT = Path(__file__).parents[2]
PATIENCE = 20_000
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


def drop(window: MainWindow, urls: list[QUrl]) -> None:
    data = QMimeData()
    data.setUrls(urls)
    action, buttons = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    no_keys = Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(50, 50), action, data, buttons, no_keys))


def tab_of(window: MainWindow, qtbot: QtBot) -> FileTab:
    """Return the tab in front once its file is read or refused."""
    tab = window.tabs.currentWidget()
    assert isinstance(tab, FileTab)
    qtbot.waitUntil(lambda: not tab.opening, timeout=PATIENCE)
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
        capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert reading or done.stdout.split() == ["busy"]


@pytest.mark.parametrize("view", [HISTOGRAM, PICTURE])
def test_statistics_are_left_for_another_tensor_at_once(
    view: int, window: MainWindow, opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    page = opened(gigabytes(tmp_path / "large.safetensors"))
    page.selection.tabs.setCurrentIndex(view)
    page.go_to_key("w")
    qtbot.waitUntil(lambda: window.jobs.busy("look"), timeout=PATIENCE)
    window.close_tab(0)
    small = opened(built("bare_tensor").path)
    small.selection.tabs.setCurrentIndex(VALUES)
    small.tree.choose_row(0)
    qtbot.waitUntil(lambda: bool(cells(small)), timeout=PATIENCE)


def test_scan_is_stopped_and_another_file_opens(
    window: MainWindow, opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    page = opened(gigabytes(tmp_path / "large.safetensors"))
    page.scan_file()
    qtbot.waitUntil(lambda: window.jobs.busy("work"), timeout=PATIENCE)
    QTest.mouseClick(page.scan, Qt.MouseButton.LeftButton)
    assert not page.scan.running
    other = opened(built("bare_tensor").path)
    other.scan_file()
    qtbot.waitUntil(lambda: not other.scan.running, timeout=PATIENCE)
    assert other.model.bars


# A file that changes under the window


def truncate(path: Path) -> None:
    os.truncate(path, 3000)


def overwrite(path: Path) -> None:
    """Put another version into the same file, as `torch.save` does."""
    data = twos(path.with_name("other.pt")).read_bytes()
    with path.open("r+b") as file:
        file.write(data)


def replace(path: Path) -> None:
    twos(path.with_name("other.pt")).replace(path)


HARMS = (truncate, overwrite, replace, Path.unlink)


def saved(path: Path, value: float) -> Path:
    # Far apart, so that a part that was read already says nothing of the rest.
    torch.save({name: torch.full((600, 600), value) for name in ("first", "last")}, path)
    return path


def twos(path: Path) -> Path:
    return saved(path, 2.0)


def cells(page: CheckpointPage) -> set[str]:
    """Return the texts in sight in the table of values, none while one is on its way."""
    panel = page.findChild(ValuesPanel)
    if panel is None or panel.model is None:
        return set()
    table = panel.table
    row, column = table.rowAt(1), table.columnAt(1)
    places = [panel.model.index(row + r, column + c) for r in (0, 1) for c in (0, 1)]
    texts = {str(place.data()) for place in places if place.isValid()}
    return set() if "…" in texts else texts


def means(page: CheckpointPage) -> set[str]:
    """Return the mean that the histogram tells, or why there is none."""
    panel = page.findChild(HistogramPanel)
    if panel is None:
        return set()
    told = {label.text() for label in panel.findChildren(QLabel) if label.isVisible()}
    failed = {"⚠" for text in told if "cannot be read" in text}
    words = panel.plot.plot.accessibleDescription() if panel.plot.isVisible() else ""
    mean = {part.split()[-1] for part in words.split("; ") if part.startswith("mean")}
    return failed or mean


def pictured(page: CheckpointPage) -> set[str]:
    """Return the values that the picture shows, or why there is none."""
    panel = page.findChild(PicturePanel)
    if panel is None:
        return set()
    told = {label.text() for label in panel.findChildren(QLabel) if label.isVisible()}
    if any("cannot be read" in text for text in told):
        return {"⚠"}
    seen = panel.plot.in_sight if panel.plot.isVisible() else None
    return set() if seen is None else {f"{value:g}" for value in set(seen.mean.ravel().tolist())}


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
@pytest.mark.parametrize(
    ("view", "values"), [(HISTOGRAM, means), (PICTURE, pictured), (VALUES, cells)]
)
def test_a_file_that_changed_never_shows_a_mix(
    harm: Callable[[Path], None],
    view: int,
    values: Callable[[CheckpointPage], set[str]],
    opened: Open,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(file_watch, "QUIET_MS", 20)
    path = saved(tmp_path / "last.pt", 1.0)
    page = opened(path)
    page.selection.tabs.setCurrentIndex(view)
    page.go_to_key("first")
    qtbot.waitUntil(lambda: values(page) == {"1"}, timeout=PATIENCE)
    harm(path)
    if view == VALUES:  # the part that was read stays; the rest is read now
        panel = page.findChild(ValuesPanel)
        assert panel is not None
        panel.table.scrollToBottom()
        qtbot.waitUntil(lambda: bool(cells(page)), timeout=PATIENCE)
        assert cells(page) <= {"1", "⚠"}
    page.go_to_key("last")
    still_there = harm in (replace, Path.unlink)
    expected = {"1"} if still_there else {"⚠"}
    qtbot.waitUntil(lambda: values(page) == expected, timeout=PATIENCE)
    qtbot.waitUntil(page.banner.isVisible, timeout=PATIENCE)


# Many bad files


def memory() -> int:
    """Return the bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@linux_only
def test_a_hundred_bad_files_give_everything_back(
    window: MainWindow, opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    def visit(name: str) -> None:
        home = tmp_path / name
        home.mkdir()
        window.open_paths([str(ATTACKS[name].build(home))])
        tab = tab_of(window, qtbot)
        if tab.page is not None and tab.page.model.visible:
            tab.page.tree.choose_row(tab.page.model.visible[-1])
            qtbot.wait(1)
        window.close_tab(0)
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        shutil.rmtree(home, ignore_errors=True)

    names = sorted(ATTACKS)[:: max(len(ATTACKS) // 110, 1)]
    assert len(names) >= 110
    for name in names[:10]:
        visit(name)
    gc.collect()
    before, held = memory(), descriptors()
    for name in names[10:]:
        visit(name)
    qtbot.waitUntil(lambda: not any(map(window.jobs.busy, ("open", "look", "find"))))
    qtbot.waitUntil(lambda: descriptors() <= held, timeout=PATIENCE)
    gc.collect()
    assert memory() - before < 64 << 20
    opened(built("bare_tensor").path)


# Text from outside

NASTY = "<h1>a<h1>\n&amp;\u202egpj"
CONTROLS = "\n\x00\u202e\udcff"


@pytest.fixture
def nasty(tmp_path: Path) -> Path:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/<b>\n\xff"))
    folder.mkdir()
    return folder / f"{NASTY}\udcff.pt"


def texts_in(window: MainWindow) -> list[str]:
    """Return every text in sight that could hold one from outside, with its tip."""
    found = [window.windowTitle()]
    bar = window.tabs.tabBar()
    found += [bar.tabText(place) for place in range(bar.count())]
    for widget in window.findChildren(QWidget):
        if isinstance(widget, QLabel) and widget.textFormat() != Qt.TextFormat.PlainText:
            assert not QtGui.Qt.mightBeRichText(widget.text()), widget.text()
        if isinstance(widget, QLabel | QPushButton):
            found.append(widget.text())
    return found


def tips_in(window: MainWindow) -> list[str]:
    bar = window.tabs.tabBar()
    tips = [bar.tabToolTip(place) for place in range(bar.count())]
    return tips + [widget.toolTip() for widget in window.findChildren(QWidget)]


def check_plain(window: MainWindow) -> None:
    foreign = [text for text in texts_in(window) if "gpj" in text or "<b>" in text]
    assert foreign
    for text in foreign:
        assert not any(control in text for control in CONTROLS), ascii(text)
        text.encode()  # no lone surrogate: Qt drops those silently
    for tip in tips_in(window):
        assert "<h1>" not in tip, ascii(tip)
        assert not any(control in tip.replace("\n", " ") for control in CONTROLS), ascii(tip)


@linux_only
def test_names_and_keys_are_shown_as_text(
    window: MainWindow, opened: Open, qtbot: QtBot, nasty: Path
) -> None:
    key = f"{NASTY}\x00\ud800"
    torch.save({key: torch.ones(3), "epoch": NASTY}, nasty)
    page = opened(nasty)
    row = page.model.rows.keys.index(key)
    page.tree.choose_row(row)
    for view in (HISTOGRAM, PICTURE, VALUES, FACTS):
        page.selection.tabs.setCurrentIndex(view)
        qtbot.wait(50)
        check_plain(window)
    assert "<h1>a<h1>\\x0a&amp;\\u202egpj\\udcff.pt" in window.windowTitle()
    assert page.model.text(row, 0) == "<h1>a<h1>\\x0a&amp;\\u202egpj\\x00\\ud800"
    tip = page.model.index(page.model.line_of(row), 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "<h1>" not in str(tip)
    window.close_tab(0)
    window.show_recent()
    qtbot.waitUntil(lambda: any("gpj" in text for text in texts_in(window)), timeout=PATIENCE)
    check_plain(window)


@linux_only
def test_name_of_a_refused_file_is_shown_as_text(
    window: MainWindow, qtbot: QtBot, nasty: Path
) -> None:
    nasty.write_bytes(b"nothing of the kind")
    window.open_paths([str(nasty)])
    tab = tab_of(window, qtbot)
    assert isinstance(tab.findChild(ErrorPage), ErrorPage)
    check_plain(window)


# Drops


@linux_only
def test_a_name_that_is_no_utf8_can_be_dropped(
    window: MainWindow, qtbot: QtBot, nasty: Path
) -> None:
    torch.save({"w": torch.ones(3)}, nasty)
    drop(window, [QUrl.fromEncoded(nasty.as_uri().encode())])
    assert tab_of(window, qtbot).page is not None


def test_four_hundred_files_are_opened_a_few_at_a_time(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    source = built("bare_tensor").path
    paths = [Path(shutil.copy(source, tmp_path / f"{number}.pt")) for number in range(400)]
    drop(window, [QUrl.fromLocalFile(str(path)) for path in paths])
    qtbot.waitUntil(lambda: window.tabs.count() == AT_ONCE, timeout=PATIENCE)
    texts = texts_in(window)
    assert f"{AT_ONCE} of 400 files were opened." in texts
    [more] = [b for b in window.findChildren(QPushButton) if b.text() == f"Open {AT_ONCE} more"]
    QTest.mouseClick(more, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.tabs.count() == 2 * AT_ONCE, timeout=PATIENCE)
    tabs = window.file_tabs()
    qtbot.waitUntil(lambda: all(tab.page is not None for tab in tabs), timeout=PATIENCE)
    assert [tab.path for tab in tabs] == [str(path) for path in paths[: 2 * AT_ONCE]]


@linux_only
@pytest.mark.parametrize(
    ("attack", "word"),
    [
        ("a_named_pipe", "named pipe"),
        ("a_socket", "socket"),
        ("a_sparse_terabyte", ""),
        ("a_sparse_terabyte_that_begins_like_a_zip", ""),
        ("a_sparse_terabyte_that_begins_like_a_pickle", ""),
        ("a_sparse_terabyte_that_begins_like_safetensors", ""),
    ],
)
def test_strange_things_are_refused_when_dropped(
    attack: str, word: str, window: MainWindow, opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    drop(window, [QUrl.fromLocalFile(str(ATTACKS[attack].build(tmp_path)))])
    tab = tab_of(window, qtbot)
    assert tab.error is not None
    assert word in tab.error.message
    opened(built("bare_tensor").path)


def test_an_empty_folder_is_refused_when_dropped(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    drop(window, [QUrl.fromLocalFile(str(tmp_path))])
    tab = tab_of(window, qtbot)
    assert tab.error is not None
    assert "folder" in tab.error.message


# Defects of the program itself

BREAK = """
import sys
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from inspector.ui import application, main_window
from inspector.__main__ import main

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
        QTimer.singleShot(300, self.second)

    def second(self):
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
        [sys.executable, "-P", "-c", BREAK],
        capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["1 LookupError: in a slot", "0", "1"]
    [log] = own_folders.rglob("inspector.log")
    text = log.read_text()
    assert text.count("LookupError: in a slot") == 2
    assert "in an override" in text
    assert text.count("ArithmeticError: in a lane") == 1
