"""The banner and the page of shortcuts."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from inspector.ui.banner import Banner
from inspector.ui.shortcuts_page import ShortcutsPage, menu_groups, table_group
from inspector.ui.texts import PlainLabel

# The offscreen platform says so of every window.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_banner_says_acts_and_goes(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    assert not banner.isVisible()
    banner.tell("<b>last.pt</b> changed on disk\x1b", "Reload")
    assert banner.isVisible()
    assert banner.text == "<b>last.pt</b> changed on disk\\x1b"
    [button] = banner.findChildren(QPushButton)
    with qtbot.waitSignal(banner.acted):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not banner.isVisible()


def test_banner_without_an_action_is_dismissed_by_key(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.tell("last.pt is gone", tone="error")
    [button] = banner.findChildren(QPushButton)
    [close] = banner.findChildren(QToolButton)
    assert not button.isVisible()
    with qtbot.waitSignal(banner.dismissed):
        QTest.keyClick(close, Qt.Key.Key_Space)
    assert not banner.isVisible()


def test_shortcuts_are_those_of_the_menus(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    menu = window.menuBar().addMenu("&File")
    menu.addAction("&Open…").setShortcut("Ctrl+O")
    menu.addAction("Without a key")
    below = menu.addMenu("Copy")
    below.addAction("Key && value").setShortcuts([QKeySequence("Ctrl+C"), QKeySequence("Ctrl+Ins")])
    groups = menu_groups(window.menuBar())
    [(title, rows)] = groups
    assert title == "File"
    assert [name for name, _ in rows] == ["Open", "Copy › Key & value"]
    assert rows[1][1].count("Ctrl+") == 2
    page = ShortcutsPage([*groups, table_group()], window)
    qtbot.addWidget(page)
    texts = [label.text() for label in page.findChildren(PlainLabel)]
    assert {"File", "Open", rows[0][1], table_group()[0]} <= set(texts)
