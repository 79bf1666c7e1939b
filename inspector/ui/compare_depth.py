"""The relative change of each tensor through the depth of the network, and what else differs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from inspector.checkpoint.plain_text import shown
from inspector.ui import number_text, theme
from inspector.ui.layer_bands import names_along
from inspector.ui.plot_style import ValueAxis, color_plot, make_plot
from inspector.ui.value_scale import SymlogScale

_NEAR = 1e-4
"""Relative changes below this lie close to zero on the axis."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One tensor: its row in the tree, its key, its relative change (infinite: no number)."""

    row: int
    key: str
    change: float


class ChangePlot(QWidget):
    """A bar for each tensor in file order; a click or Enter chooses one."""

    pointed = Signal(str)
    row_asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars: list[Bar] = []
        self._cursor: int | None = None
        self._scale = SymlogScale(_NEAR)
        self._bottom, self._left = ValueAxis("bottom"), ValueAxis("left")
        self._left.set_scale(self._scale)
        name = self.tr("Relative change through the depth of the network")
        self.plot = make_plot(self._bottom, self._left, None, name)
        self.plot.setLabel("left", self.tr("relative L2 change"))
        self._curve = pg.PlotCurveItem([0, 0], [0], stepMode="center", fillLevel=0)
        self._endless = pg.ScatterPlotItem(symbol="t1", size=10, pen=None)
        self._mark = pg.LinearRegionItem((0, 1), movable=False)
        self._mark.hide()
        for item in (self._mark, self._curve, self._endless):
            self.plot.addItem(item)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        self.plot.getViewBox().setMouseEnabled(x=True, y=False)
        self.plot.scene().sigMouseMoved.connect(self._point_at)
        self.plot.scene().sigMouseClicked.connect(self._click)
        self.plot.installEventFilter(self)
        theme.changed.connect(self._recolor)
        self._recolor()

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Show these from left to right."""
        self.bars = list(bars)
        self._cursor = None
        self._mark.hide()
        count = len(self.bars)
        finite = [bar.change if math.isfinite(bar.change) else 0.0 for bar in self.bars]
        heights = self._scale.place(np.array(finite, np.float64))
        top = max(float(heights.max(initial=0.0)), float(self._scale.place(np.array([_NEAR]))[0]))
        edges = np.arange(count + 1.0) if count else np.zeros(2)
        self._curve.setData(x=edges, y=heights if count else np.zeros(1), stepMode="center")
        endless = [place for place, bar in enumerate(self.bars) if math.isinf(bar.change)]
        self._endless.setData(
            x=[place + 0.5 for place in endless],
            y=[top * 1.04] * len(endless),
            brush=theme.colors().danger,
        )
        self._bottom.set_names(names_along([bar.key for bar in self.bars]))
        box = self.plot.getViewBox()
        box.setLimits(xMin=0, xMax=max(count, 1), minXRange=min(4, max(count, 1)))
        box.setRange(xRange=(0, max(count, 1)), yRange=(0, top * 1.1), padding=0)
        self.plot.setAccessibleDescription(
            self.tr("{} tensors. Left and Right walk along them, Enter opens one.").format(count)
        )

    def _recolor(self) -> None:
        color_plot(self.plot)
        colors = theme.colors()
        fill = QColor(colors.changed)
        fill.setAlphaF(0.75)
        self._curve.setPen(QPen(colors.changed, 0))
        self._curve.setBrush(fill)
        self._mark.setBrush(colors.selection)
        for edge in self._mark.lines:
            edge.setPen(QPen(Qt.PenStyle.NoPen))

    def _point_at(self, at: QPointF) -> None:
        box = self.plot.getViewBox()
        inside = box.sceneBoundingRect().contains(at)
        self._show_cursor(int(box.mapSceneToView(at).x() // 1) if inside else None)

    def _show_cursor(self, number: int | None) -> None:
        if number is None or not 0 <= number < len(self.bars):
            self._cursor = None
            self._mark.hide()
            self.pointed.emit("")
            return
        self._cursor = number
        self._mark.setRegion((number, number + 1))
        self._mark.show()
        bar = self.bars[number]
        self.pointed.emit(f"{shown(bar.key, 200)}   {number_text.figure(bar.change, 3)}")

    def _click(self, event: Any) -> None:
        self._point_at(event.scenePos())
        if self._cursor is not None and event.button() == Qt.MouseButton.LeftButton:
            self.row_asked.emit(self.bars[self._cursor].row)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that walk and choose before the plot does."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._press(Qt.Key(event.key()))
        if event.type() == QEvent.Type.Leave:
            self._show_cursor(None)
        return super().eventFilter(watched, event)

    def _press(self, key: Qt.Key) -> bool:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if key in steps and self.bars:
            start = -1 if self._cursor is None else self._cursor
            self._show_cursor(min(max(start + steps[key], 0), len(self.bars) - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor is not None:
            self.row_asked.emit(self.bars[self._cursor].row)
        else:
            return False
        return True
