"""Histograms laid over each other: outlines on shared bins, counted anew for what is in sight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QTimer
from PySide6.QtGui import QColor, QPen

from inspector.analysis.histogram import Histogram
from inspector.ui import number_text, theme
from inspector.ui.plot_style import CountAxis, ValueAxis
from inspector.ui.pointed_plot import PointedPlot
from inspector.ui.value_scale import with_width, within_reach

BINS = 192
Count = Callable[[int, tuple[float, float]], Histogram]
"""Counts in that many bins between two values; reads nothing."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One histogram: what it is called, the name of its colour in `theme.Colors`, its counts."""

    name: str
    color: str
    count: Count


class BarsPlot(PointedPlot):
    """`show_layers` draws them over `span`."""

    def __init__(self, name: str, below: str) -> None:
        self._values, self._counts = ValueAxis("bottom"), CountAxis()
        super().__init__(self._values, self._counts, name, None)
        self._layers: list[Layer] = []
        self._curves: list[Any] = []
        self._bars: list[Histogram] = []
        self._span = 0.0, 1.0
        self.plot.setLabel("bottom", below)
        self.plot.setLabel("left", self.tr("count"))
        box = self.plot.getViewBox()
        box.setMouseEnabled(x=True, y=False)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._recount)
        box.sigXRangeChanged.connect(lambda *_: self._soon.start())
        self._recolor()

    @property
    def bars(self) -> list[Histogram]:
        """What is drawn, one for each layer."""
        return self._bars

    def show_layers(self, layers: Sequence[Layer], span: tuple[float, float]) -> None:
        """Show these over the values from span[0] to span[1]."""
        self._layers = list(layers)
        low, high = self._span = with_width(*within_reach(*span))
        for curve in self._curves:
            self.plot.removeItem(curve)
        self._curves = [pg.PlotCurveItem([0, 0], [0], stepMode="center") for _ in layers]
        for curve in self._curves:
            self.plot.addItem(curve)
        self._recolor()
        reach = (high - low) / 2
        self.plot.setLimits(
            xMin=low - reach, xMax=high + reach, minXRange=(high - low) * 1e-6, maxXRange=4 * reach
        )
        self.fit()

    def set_log(self, log: bool) -> None:
        """Draw counts on a logarithmic axis, or a linear one."""
        self._counts.set_log(log)
        self._recount()

    def fit(self) -> None:
        """Show everything."""
        room = (self._span[1] - self._span[0]) * 0.03
        self.plot.setXRange(self._span[0] - room, self._span[1] + room, padding=0)
        self._recount()

    def _recount(self) -> None:
        if not self._layers:
            return
        left, right = self.plot.getViewBox().viewRange()[0]
        low, high = max(left, self._span[0]), min(right, self._span[1])
        if not high > low:
            return
        self._bars = [layer.count(BINS, (low, high)) for layer in self._layers]
        base, top = self._counts.base, 0.0
        for curve, bars in zip(self._curves, self._bars, strict=True):
            heights = self._counts.places(np.asarray(bars.counts, np.float64))
            curve.setData(x=bars.edges, y=heights, stepMode="center", fillLevel=base)
            top = max(top, float(heights.max(initial=0.0)))
        self.plot.setYRange(*self._counts.span(top), padding=0)

    def _recolor(self) -> None:
        super()._recolor()
        for curve, layer in zip(self._curves, self._layers, strict=True):
            color = QColor(getattr(theme.colors(), layer.color))
            fill = QColor(color)
            fill.setAlphaF(0.3 if len(self._layers) > 1 else 0.62)
            curve.setPen(QPen(color, 0))
            curve.setBrush(fill)

    def _point(self, place: QPointF | None) -> None:
        edges = self._bars[0].edges if self._bars else np.empty(0)
        at = -1 if place is None else int(np.searchsorted(edges, place.x(), side="right")) - 1
        if not 0 <= at < len(edges) - 1:
            self.pointed.emit("")
            return
        counts = "   ".join(
            f"{layer.name} {number_text.whole(float(bars.counts[at]))}"
            for layer, bars in zip(self._layers, self._bars, strict=True)
        )
        low, high = (number_text.figure(float(edge)) for edge in edges[at : at + 2])
        self.pointed.emit(self.tr("{} to {}:  {}").format(low, high, counts))
