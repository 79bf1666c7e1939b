"""Chips on as many lines as they need, those at the right kept together and in sight."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from inspector.ui.flow_layout import FlowLayout


class Box(QWidget):
    def __init__(self, width: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._size = QSize(width, 20)

    def sizeHint(self) -> QSize:
        return self._size


@pytest.mark.parametrize("width", [1000, 500, 420, 300, 120])
def test_nothing_overlaps_or_leaves_the_width(width: int, qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    flow = FlowLayout(holder, 10)
    flow.setContentsMargins(0, 0, 0, 0)
    left = [Box(100, holder) for _ in range(3)]
    right = [Box(90, holder) for _ in range(2)]
    for box in left:
        flow.addWidget(box)
    for box in right:
        flow.add_right(box)
    holder.resize(width, flow.heightForWidth(width))
    flow.activate()
    areas = [box.geometry() for box in (*left, *right)]
    assert all(box.left() >= 0 and box.right() < width for box in areas)
    assert all(box.bottom() < holder.height() for box in areas)
    for number, area in enumerate(areas):
        assert not any(area.intersects(other) for other in areas[number + 1 :])
    if width >= 190:
        assert right[0].y() == right[1].y()
        assert right[1].geometry().right() == width - 1
