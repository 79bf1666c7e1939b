"""The palette: which answers, in what order, and what the keys do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QListWidget, QMainWindow, QTreeWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from inspector.ui.command_palette import CommandPalette, Source, command_source
from inspector.ui.palette_ranking import rank

# The offscreen platform says so of every window.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

KEYS = ["layer1.0.conv1.weight", "layer1.0.bn1.weight", "conv1.weight", "deconv1.bias"]


def ranked(query: str, labels: list[str]) -> list[str]:
    return [labels[index] for _, index in rank(query, [label.casefold() for label in labels], 10)]


def test_start_of_the_label_comes_before_start_of_a_part_before_the_inside() -> None:
    assert ranked("conv", KEYS) == ["conv1.weight", "layer1.0.conv1.weight", "deconv1.bias"]


def test_words_may_stand_in_any_order() -> None:
    assert ranked("weight bn", KEYS) == ["layer1.0.bn1.weight"]


def test_case_does_not_matter() -> None:
    assert ranked("THEME d", ["Theme › Light", "Theme › Dark"]) == ["Theme › Dark"]


def test_nothing_typed_keeps_the_order() -> None:
    assert ranked("", KEYS) == KEYS
    assert ranked("  ", KEYS) == KEYS


@given(st.text(max_size=5), st.lists(st.text(max_size=10), max_size=20), st.integers(1, 5))
def test_answers_hold_every_word_and_come_sorted(query: str, labels: list[str], limit: int) -> None:
    folded = [label.casefold() for label in labels]
    answers = rank(query, folded, limit)
    assert answers == sorted(answers)
    assert len(answers) <= limit
    assert len({index for _, index in answers}) == len(answers)
    for _, index in answers:
        assert all(word in folded[index] for word in query.casefold().split())


class Window(QMainWindow):
    """A window with a menu, something that has the focus, and a palette."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.tree = QTreeWidget()
        self.setCentralWidget(self.tree)
        self.resize(900, 600)
        file_menu = self.menuBar().addMenu("&File")
        self.export = file_menu.addAction("&Export copy…", lambda: self.done.append("export"))
        self.export.setShortcut("Ctrl+E")
        file_menu.addSeparator()
        file_menu.addAction("Save && go").setEnabled(False)
        theme_menu = file_menu.addMenu("&Theme")
        theme_menu.addAction("&Dark", lambda: self.done.append("dark"))
        self.palette_of_commands = CommandPalette(self)

    def open_palette(self) -> None:
        keys = Source(
            KEYS, lambda index: self.done.append(KEYS[index]), lambda index: "64 × 3", "tensor"
        )
        self.palette_of_commands.open([command_source(self.menuBar()), keys])

    @property
    def field(self) -> QLineEdit:
        return self.palette_of_commands.findChildren(QLineEdit)[0]

    @property
    def answers(self) -> list[str]:
        [found] = self.palette_of_commands.findChildren(QListWidget)
        role = Qt.ItemDataRole.AccessibleTextRole
        return [found.item(row).data(role) for row in range(found.count())]


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Window]:
    shown = Window()
    qtbot.addWidget(shown)
    with qtbot.waitExposed(shown):
        shown.show()
    shown.activateWindow()
    shown.tree.setFocus()
    qtbot.waitUntil(shown.tree.hasFocus)
    yield shown


def test_commands_stand_with_their_shortcut_and_submenu(window: Window) -> None:
    window.open_palette()
    shortcut = window.export.shortcut().toString()
    assert window.answers[:2] == [f"Export copy {shortcut}", "Theme › Dark"]
    assert not any("Save" in answer for answer in window.answers), "it is disabled"
    assert "conv1.weight 64 × 3" in window.answers


def test_typing_and_enter_go_there(window: Window, qtbot: QtBot) -> None:
    window.open_palette()
    assert window.field.hasFocus()
    QTest.keyClicks(window.field, "conv")
    QTest.keyClick(window.field, Qt.Key.Key_Down)
    QTest.keyClick(window.field, Qt.Key.Key_Return)
    assert window.done == ["layer1.0.conv1.weight"]
    assert not window.palette_of_commands.isVisible()
    assert window.tree.hasFocus()


def test_enter_runs_a_command(window: Window, qtbot: QtBot) -> None:
    window.open_palette()
    QTest.keyClicks(window.field, "dark")
    QTest.keyClick(window.field, Qt.Key.Key_Enter)
    assert window.done == ["dark"]


def test_escape_gives_the_focus_back(window: Window, qtbot: QtBot) -> None:
    window.open_palette()
    QTest.keyClick(window.field, Qt.Key.Key_Escape)
    assert not window.palette_of_commands.isVisible()
    assert window.tree.hasFocus()
    assert window.done == []


def test_focus_elsewhere_closes(window: Window, qtbot: QtBot) -> None:
    window.open_palette()
    window.tree.setFocus(Qt.FocusReason.MouseFocusReason)
    qtbot.waitUntil(lambda: not window.palette_of_commands.isVisible())
    assert window.tree.hasFocus()


def test_what_had_the_focus_may_be_gone(window: Window) -> None:
    page = QLineEdit(window)
    page.show()
    page.setFocus()
    window.open_palette()
    delete(page)
    QTest.keyClick(window.field, Qt.Key.Key_Escape)
    assert not window.palette_of_commands.isVisible()


def test_the_focus_stays_where_it_was_put(window: Window, qtbot: QtBot) -> None:
    page = QLineEdit(window)
    page.show()
    page.setFocus()
    window.open_palette()
    window.tree.setFocus()
    assert not window.palette_of_commands.isVisible()
    assert window.tree.hasFocus()


def test_no_answer_is_said_and_enter_does_nothing(window: Window, qtbot: QtBot) -> None:
    window.open_palette()
    QTest.keyClicks(window.field, "zzz")
    QTest.keyClick(window.field, Qt.Key.Key_Return)
    assert window.answers == []
    assert window.palette_of_commands.isVisible()
    assert window.done == []


def test_keys_are_shown_escaped_and_cut(window: Window) -> None:
    hostile = Source(["<b>x</b>\n\u202e", "k" * 5000], print)
    window.palette_of_commands.open([hostile])
    assert window.answers[0] == "<b>x</b>\\x0a\\u202e"
    assert len(window.answers[1]) == 1000


def test_palette_fits_a_small_window(window: Window, qtbot: QtBot) -> None:
    window.open_palette()
    window.resize(400, 500)
    palette = window.palette_of_commands
    qtbot.waitUntil(lambda: palette.geometry().right() <= window.width())
    assert palette.geometry().left() >= 0
