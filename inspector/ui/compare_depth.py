"""The relative change of each tensor through the depth of the network, and what else differs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QWidget

from inspector.checkpoint.plain_text import shown
from inspector.ui import number_text, theme
from inspector.ui.column_plot import ColumnPlot
from inspector.ui.layer_bands import names_along
from inspector.ui.value_scale import SymlogScale

_NEAR = 1e-4
"""Relative changes below this lie close to zero on the axis."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One tensor: its row in the tree, its key, its relative change (infinite: no number)."""

    row: int
    key: str
    change: float


class ChangePlot(ColumnPlot):
    """A bar for each tensor in file order; a click or Enter chooses one."""

    row_asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars: list[Bar] = []
        self._scale = SymlogScale(_NEAR)
        self._left.set_scale(self._scale)
        self.plot.setAccessibleName(self.tr("Relative change through the depth of the network"))
        self.plot.setLabel("left", self.tr("relative L2 change"))
        self._curve = pg.PlotCurveItem([0, 0], [0], stepMode="center", fillLevel=0)
        self._endless = pg.ScatterPlotItem(symbol="t1", size=10, pen=None)
        for item in (self._curve, self._endless):
            self.plot.addItem(item)
        self._recolor()

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Show these from left to right."""
        self.bars = list(bars)
        count = len(self.bars)
        self._show_columns(count, names_along([bar.key for bar in self.bars]))
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
        self._fit(0, top * 1.1)
        self.plot.setAccessibleDescription(
            self.tr("{} tensors. Left and Right walk along them, Enter opens one.").format(count)
        )

    def words_for(self, number: int) -> str:
        """Return the tensor's key and its change."""
        bar = self.bars[number]
        return f"{shown(bar.key, 200)}   {number_text.figure(bar.change, 3)}"

    def choose(self, number: int) -> None:
        """Ask for the tensor's row."""
        self.row_asked.emit(self.bars[number].row)

    def _recolor(self) -> None:
        super()._recolor()
        colors = theme.colors()
        fill = QColor(colors.changed)
        fill.setAlphaF(0.75)
        self._curve.setPen(QPen(colors.changed, 0))
        self._curve.setBrush(fill)
