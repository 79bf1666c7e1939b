"""Tabs of many files."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from inspector.ui.tab_strip import TabStrip


def test_many_tabs_scroll_before_their_names_are_cut_to_pieces(qtbot: QtBot) -> None:
    strip = TabStrip()
    qtbot.addWidget(strip)
    strip.resize(600, 300)
    strip.show()
    for number in range(15):
        strip.add_page(QWidget(), f"checkpoint_{number:02}.pt", "")
    bar = strip.tabBar()
    name = bar.fontMetrics().horizontalAdvance("checkpoint_00.pt")
    assert all(bar.tabRect(place).width() > name for place in range(15))
