"""Histograms laid over each other: outlines on shared bins, counted anew for what is in sight."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from inspector.analysis.histogram import Histogram
from inspector.ui import number_text, theme
from inspector.ui.plot_style import CountAxis, ValueAxis, color_plot, make_plot
from inspector.ui.value_scale import within_reach

BINS = 192
_LOG_FLOOR = math.log10(0.5)
_HEADROOM = 1.06
Count = Callable[[int, tuple[float, float]], Histogram]
"""Counts in that many bins between two values; reads nothing."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One histogram: what it is called, the name of its colour in `theme.Colors`, its counts."""

    name: str
    color: str
    count: Count


class BarsPlot(QWidget):
    """`show_layers` draws them over `span`. The wheel and + − zoom, Home shows everything."""

    pointed = Signal(str)

    def __init__(self, name: str, below: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers: list[Layer] = []
        self._curves: list[Any] = []
        self._bars: list[Histogram] = []
        self._span = 0.0, 1.0
        self._log = False
        self._values, self._counts = ValueAxis("bottom"), CountAxis()
        self.plot = make_plot(self._values, self._counts, None, name)
        self.plot.setLabel("bottom", below)
        self.plot.setLabel("left", self.tr("count"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        box = self.plot.getViewBox()
        box.setMouseEnabled(x=True, y=False)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._recount)
        box.sigXRangeChanged.connect(lambda *_: self._soon.start())
        self.plot.scene().sigMouseMoved.connect(self._point_at)
        self.plot.installEventFilter(self)
        theme.changed.connect(self._recolor)
        self._recolor()

    @property
    def bars(self) -> list[Histogram]:
        """What is drawn, one for each layer."""
        return self._bars

    def show_layers(self, layers: Sequence[Layer], span: tuple[float, float]) -> None:
        """Show these over the values from span[0] to span[1]."""
        self._layers = list(layers)
        low, high = within_reach(*span)
        if not high > low:
            reach = max(abs(low) * 0.5, 0.5)
            low, high = low - reach, high + reach
        self._span = low, high
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
        self._log = log
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
        base = _LOG_FLOOR if self._log else 0.0
        top = 0.3 if self._log else 1.0
        for curve, bars in zip(self._curves, self._bars, strict=True):
            heights = self._heights(bars)
            curve.setData(x=bars.edges, y=heights, stepMode="center", fillLevel=base)
            top = max(top, float(heights.max(initial=0.0)))
        self.plot.setYRange(base, base + (top - base) * _HEADROOM, padding=0)

    def _heights(self, bars: Histogram) -> Any:
        counts = np.asarray(bars.counts, np.float64)
        if not self._log:
            return counts
        with np.errstate(divide="ignore"):
            return np.maximum(np.log10(counts), _LOG_FLOOR)

    def _recolor(self) -> None:
        color_plot(self.plot)
        for curve, layer in zip(self._curves, self._layers, strict=True):
            color = QColor(getattr(theme.colors(), layer.color))
            fill = QColor(color)
            fill.setAlphaF(0.3 if len(self._layers) > 1 else 0.62)
            curve.setPen(QPen(color, 0))
            curve.setBrush(fill)

    # Pointing

    def _point_at(self, at: QPointF) -> None:
        box = self.plot.getViewBox()
        if not self._bars or not box.sceneBoundingRect().contains(at):
            self.pointed.emit("")
            return
        edges = self._bars[0].edges
        place = int(np.searchsorted(edges, box.mapSceneToView(at).x(), side="right")) - 1
        if not 0 <= place < len(edges) - 1:
            self.pointed.emit("")
            return
        counts = "   ".join(
            f"{layer.name} {number_text.whole(float(bars.counts[place]))}"
            for layer, bars in zip(self._layers, self._bars, strict=True)
        )
        low, high = (number_text.figure(float(edge)) for edge in edges[place : place + 2])
        self.pointed.emit(self.tr("{} to {}:  {}").format(low, high, counts))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that zoom and fit before the plot does."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
                self.plot.getViewBox().scaleBy(x=0.5)
            elif key == Qt.Key.Key_Minus:
                self.plot.getViewBox().scaleBy(x=2.0)
            elif key in (Qt.Key.Key_Home, Qt.Key.Key_0):
                self.fit()
            else:
                return False
            return True
        return super().eventFilter(watched, event)
