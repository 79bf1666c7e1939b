"""A plot of columns, one for each of a row of things: walked by mouse and keys, one is chosen."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QPen
from PySide6.QtWidgets import QWidget

from inspector.ui import theme
from inspector.ui.plot_style import ValueAxis
from inspector.ui.pointed_plot import PointedPlot


class ColumnPlot(PointedPlot):
    """The axes, and the mark of the column pointed at. A subclass draws the columns, says what one
    is in words and what choosing it means; column `n` lies between `n` and `n + 1`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._bottom, self._left = ValueAxis("bottom"), ValueAxis("left")
        super().__init__(self._bottom, self._left, "", parent)
        self._cursor: int | None = None
        self._count = 0
        self._mark = pg.LinearRegionItem((0, 1), movable=False)
        self._mark.hide()
        self.plot.addItem(self._mark)
        self.plot.getViewBox().setMouseEnabled(x=True, y=False)
        self.plot.scene().sigMouseClicked.connect(self._click)

    def words_for(self, number: int) -> str:
        """Return what column `number` is."""
        raise NotImplementedError

    def choose(self, number: int) -> None:
        """Act on the choice of column `number`."""
        raise NotImplementedError

    def fit(self) -> None:
        """Show all columns."""
        self.plot.setXRange(0, max(self._count, 1), padding=0)

    def _show_columns(self, count: int, names: dict[float, str]) -> None:
        """Begin anew with `count` columns, named along the axis."""
        self._count = count
        self._cursor = None
        self._mark.hide()
        self._bottom.set_names(names)

    def _fit(self, low: float, high: float) -> None:
        """Show all columns from `low` to `high`; nobody can scroll past them."""
        count = max(self._count, 1)
        box = self.plot.getViewBox()
        box.setLimits(xMin=0, xMax=count, minXRange=min(4, count))
        box.setRange(xRange=(0, count), yRange=(low, high), padding=0)

    def _recolor(self) -> None:
        super()._recolor()
        self._mark.setBrush(theme.colors().selection)
        for edge in self._mark.lines:
            edge.setPen(QPen(Qt.PenStyle.NoPen))

    def _point(self, place: QPointF | None) -> None:
        self._show_cursor(int(place.x() // 1) if place is not None else None)

    def _show_cursor(self, number: int | None) -> None:
        if number is None or not 0 <= number < self._count:
            self._cursor = None
            self._mark.hide()
            self.pointed.emit("")
            return
        self._cursor = number
        self._mark.setRegion((number, number + 1))
        self._mark.show()
        self.pointed.emit(self.words_for(number))

    def _click(self, event: Any) -> None:
        self._point_at(event.scenePos())
        if self._cursor is not None and event.button() == Qt.MouseButton.LeftButton:
            self.choose(self._cursor)

    def _press(self, event: QKeyEvent) -> bool:
        key, steps = Qt.Key(event.key()), {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if key in steps and self._count:
            start = -1 if self._cursor is None else self._cursor
            self._show_cursor(min(max(start + steps[key], 0), self._count - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor is not None:
            self.choose(self._cursor)
        else:
            return super()._press(event)
        return True
