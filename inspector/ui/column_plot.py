"""A plot of columns, one for each of a row of things: walked by mouse and keys, one is chosen."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from inspector.ui import theme
from inspector.ui.plot_style import ValueAxis, color_plot, make_plot


class ColumnPlot(QWidget):
    """The axes, and the mark of the column pointed at. A subclass draws the columns, says what one
    is in words and what choosing it means; column `n` lies between `n` and `n + 1`."""

    pointed = Signal(str)
    """What the column pointed at is; nothing when none is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cursor: int | None = None
        self._count = 0
        self._bottom, self._left = ValueAxis("bottom"), ValueAxis("left")
        self.plot = make_plot(self._bottom, self._left, None, "")
        self._mark = pg.LinearRegionItem((0, 1), movable=False)
        self._mark.hide()
        self.plot.addItem(self._mark)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        self.plot.getViewBox().setMouseEnabled(x=True, y=False)
        self.plot.scene().sigMouseMoved.connect(self._point_at)
        self.plot.scene().sigMouseClicked.connect(self._click)
        self.plot.installEventFilter(self)
        theme.changed.connect(self._recolor)

    def words_for(self, number: int) -> str:
        """Return what column `number` is."""
        raise NotImplementedError

    def choose(self, number: int) -> None:
        """Act on the choice of column `number`."""
        raise NotImplementedError

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that walk and choose before the plot does."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._press(Qt.Key(event.key()))
        if event.type() == QEvent.Type.Leave:
            self._show_cursor(None)
        return super().eventFilter(watched, event)

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
        color_plot(self.plot)
        self._mark.setBrush(theme.colors().selection)
        for edge in self._mark.lines:
            edge.setPen(QPen(Qt.PenStyle.NoPen))

    def _point_at(self, at: QPointF) -> None:
        box = self.plot.getViewBox()
        inside = box.sceneBoundingRect().contains(at)
        self._show_cursor(int(box.mapSceneToView(at).x() // 1) if inside else None)

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

    def _press(self, key: Qt.Key) -> bool:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if key in steps and self._count:
            start = -1 if self._cursor is None else self._cursor
            self._show_cursor(min(max(start + steps[key], 0), self._count - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor is not None:
            self.choose(self._cursor)
        else:
            return False
        return True
