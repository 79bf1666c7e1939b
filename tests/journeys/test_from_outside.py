"""Names and keys from outside, whatever they hold, and whatever is dropped on the window."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6 import QtGui
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.error_page import ErrorPage
from inspector.ui.file_tab import FileTab
from inspector.ui.main_window import FILES_AT_ONCE, MainWindow
from inspector.ui.selection_panel import FACTS, HISTOGRAM, PICTURE, VALUES
from tests.builders import built, torch
from tests.hostile.attacks import ATTACKS

Open = Callable[[Path], CheckpointPage]
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")


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
    qtbot.waitUntil(lambda: not tab.opening)
    return tab


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
    qtbot.waitUntil(lambda: any("gpj" in text for text in texts_in(window)))
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
    qtbot.waitUntil(lambda: window.tabs.count() == FILES_AT_ONCE)
    texts = texts_in(window)
    assert f"{FILES_AT_ONCE} of 400 files were opened." in texts
    [more] = [
        b for b in window.findChildren(QPushButton) if b.text() == f"Open {FILES_AT_ONCE} more"
    ]
    QTest.mouseClick(more, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.tabs.count() == 2 * FILES_AT_ONCE)
    tabs = window.file_tabs()
    qtbot.waitUntil(lambda: all(tab.page is not None for tab in tabs))
    assert [tab.path for tab in tabs] == [str(path) for path in paths[: 2 * FILES_AT_ONCE]]


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
