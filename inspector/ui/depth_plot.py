"""The weights layer by layer through the depth of the network: a dead or exploding one stands out.

Each layer is a column: the darker band holds the middle half of its values, the lighter one all
but one in a hundred at each end.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QWidget

from inspector.checkpoint.plain_text import shown
from inspector.ui import number_text, theme
from inspector.ui.column_plot import ColumnPlot
from inspector.ui.layer_bands import Layer, block_names
from inspector.ui.value_scale import SymlogScale


class DepthPlot(ColumnPlot):
    """Bands of quantiles over the layers; a click or Enter chooses a layer."""

    key_activated = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers: list[Layer] = []
        self._scale = SymlogScale(1.0)
        self.plot.setAccessibleName(self.tr("Weights by layer"))
        self._bands = [pg.FillBetweenItem(pg.PlotCurveItem(), pg.PlotCurveItem()) for _ in range(2)]
        self._median = pg.PlotCurveItem()
        self._remarks = pg.ScatterPlotItem(symbol="t", size=11)
        for item in (*self._bands, self._median, self._remarks):
            self.plot.addItem(item)
        self._recolor()

    def show_layers(self, layers: Sequence[Layer]) -> None:
        """Show these from left to right."""
        self._layers = list(layers)
        self._show_columns(len(self._layers), block_names(self._layers))
        quantiles = np.array([layer.quantiles for layer in self._layers]).reshape(-1, 5)
        middle = np.abs(quantiles[:, [1, 3]])
        middle = middle[middle > 0]
        # Not numpy's median, which imports its masked arrays for a frame's time.
        usual = statistics.median(middle.tolist()) if len(middle) else 10.0
        self._scale = SymlogScale(usual / 10)
        self._left.set_scale(self._scale)
        places = np.repeat(self._scale.place(np.nan_to_num(quantiles)), 2, axis=0)
        edges = np.repeat(np.arange(len(self._layers) + 1.0), 2)[1:-1]
        for band, (low, high) in zip(self._bands, ((0, 4), (1, 3)), strict=True):
            with QSignalBlocker(band.curves[0]):  # the band is filled once, with its other edge
                band.curves[0].setData(edges, places[:, low])
            band.curves[1].setData(edges, places[:, high])
        self._median.setData(edges, places[:, 2], connect="pairs")
        self._mark_remarks(places)
        if self._layers:
            bottom, top = float(places.min()), float(places.max())
            room = (top - bottom) * 0.15 or 1.0
            self._fit(bottom - room, top + room)
        self.plot.setAccessibleDescription(
            self.tr("{count} layers. Left and Right walk along them, Enter opens one.").format(
                count=len(self._layers)
            )
        )

    def words_for(self, number: int) -> str:
        """Return the layer's key and figures."""
        layer = self._layers[number]
        low, _, median, _, high = (number_text.figure(value) for value in layer.quantiles)
        text = self.tr("{key}: 1 % {low}, median {median}, 99 % {high}, std {std}")
        std = number_text.figure(layer.std)
        key = shown(layer.key, 200)
        return text.format(key=key, low=low, median=median, high=high, std=std)

    def choose(self, number: int) -> None:
        """Ask for the layer's key."""
        self.key_activated.emit(self._layers[number].key)

    def _recolor(self) -> None:
        super()._recolor()
        colors = theme.colors()
        for band, strength in zip(self._bands, (0.25, 0.45), strict=True):
            fill = QColor(colors.a)
            fill.setAlphaF(strength)
            band.setBrush(fill)
        median = QPen(colors.text, 2)
        median.setCosmetic(True)
        self._median.setPen(median)
        if self._layers:
            self.show_layers(self._layers)

    def _mark_remarks(self, places: Any) -> None:
        top = float(places.max(initial=0.0))
        marked = [number for number, layer in enumerate(self._layers) if layer.remark]
        self._remarks.setData(
            x=[number + 0.5 for number in marked],
            y=[top * 1.1] * len(marked),
            brush=theme.colors().danger,
            pen=None,
        )
