"""The weights layer by layer through the depth of the network: a dead or exploding one stands out.

Each layer is a column: the darker band holds the middle half of its values, the lighter one all
but one in a hundred at each end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from inspector.checkpoint.plain_text import shown
from inspector.ui import number_text, theme
from inspector.ui.layer_bands import Layer, block_names
from inspector.ui.plot_style import ValueAxis, color_plot, make_plot
from inspector.ui.value_scale import SymlogScale


class DepthPlot(QWidget):
    """Bands of quantiles over the layers; a click or Enter chooses a layer."""

    pointed = Signal(str)
    key_activated = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers: list[Layer] = []
        self._scale = SymlogScale(1.0)
        self._cursor: int | None = None
        self._bottom, self._left = ValueAxis("bottom"), ValueAxis("left")
        self.plot = make_plot(self._bottom, self._left, None, self.tr("Weights by layer"))
        self._make_items()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        box = self.plot.getViewBox()
        box.setMouseEnabled(x=True, y=False)
        self.plot.scene().sigMouseMoved.connect(self._point_at)
        self.plot.scene().sigMouseClicked.connect(self._click)
        self.plot.installEventFilter(self)
        theme.changed.connect(self._recolor)
        self._recolor()

    def show_layers(self, layers: Sequence[Layer]) -> None:
        """Show these from left to right."""
        self._layers = list(layers)
        self._cursor = None
        quantiles = np.array([layer.quantiles for layer in self._layers]).reshape(-1, 5)
        middle = np.abs(quantiles[:, [1, 3]])
        middle = middle[middle > 0]
        self._scale = SymlogScale(float(np.median(middle)) / 10 if len(middle) else 1.0)
        self._left.set_scale(self._scale)
        self._bottom.set_names(block_names(self._layers))
        places = np.repeat(self._scale.place(np.nan_to_num(quantiles)), 2, axis=0)
        edges = np.repeat(np.arange(len(self._layers) + 1.0), 2)[1:-1]
        for band, (low, high) in zip(self._bands, ((0, 4), (1, 3)), strict=True):
            with QSignalBlocker(band.curves[0]):  # the band is filled once, with its other edge
                band.curves[0].setData(edges, places[:, low])
            band.curves[1].setData(edges, places[:, high])
        self._median.setData(edges, places[:, 2], connect="pairs")
        self._mark_remarks(places)
        if self._layers:
            self._fit(places)
        self.plot.setAccessibleDescription(
            self.tr("{count} layers. Left and Right walk along them, Enter opens one.").format(
                count=len(self._layers)
            )
        )

    def _make_items(self) -> None:
        self._bands = [pg.FillBetweenItem(pg.PlotCurveItem(), pg.PlotCurveItem()) for _ in range(2)]
        self._median = pg.PlotCurveItem()
        self._remarks = pg.ScatterPlotItem(symbol="t", size=11)
        self._line = pg.LinearRegionItem((0, 1), movable=False)
        self._line.hide()
        for item in (self._line, *self._bands, self._median, self._remarks):
            self.plot.addItem(item)

    def _recolor(self) -> None:
        color_plot(self.plot)
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
        self._line.setBrush(colors.selection)
        for edge in self._line.lines:
            edge.setPen(QPen(Qt.PenStyle.NoPen))

    def _mark_remarks(self, places: Any) -> None:
        top = float(places.max(initial=0.0))
        marked = [number for number, layer in enumerate(self._layers) if layer.remark]
        self._remarks.setData(
            x=[number + 0.5 for number in marked],
            y=[top * 1.1] * len(marked),
            brush=theme.colors().danger,
            pen=None,
        )

    def _fit(self, places: Any) -> None:
        low, high = float(places.min()), float(places.max())
        room = (high - low) * 0.15 or 1.0
        count = len(self._layers)
        box = self.plot.getViewBox()
        box.setLimits(xMin=0, xMax=count, minXRange=min(4, count))
        box.setRange(xRange=(0, count), yRange=(low - room, high + room), padding=0)

    # Pointing and choosing

    def _point_at(self, at: QPointF) -> None:
        box = self.plot.getViewBox()
        inside = box.sceneBoundingRect().contains(at)
        self._show_cursor(int(box.mapSceneToView(at).x() // 1) if inside else None)

    def _show_cursor(self, number: int | None) -> None:
        if number is None or not 0 <= number < len(self._layers):
            self._cursor = None
            self._line.hide()
            self.pointed.emit("")
            return
        self._cursor = number
        self._line.setRegion((number, number + 1))
        self._line.show()
        layer = self._layers[number]
        low, _, median, _, high = (number_text.figure(value) for value in layer.quantiles)
        text = self.tr("{key}: 1 % {low}, median {median}, 99 % {high}, std {std}")
        self.pointed.emit(
            text.format(
                key=shown(layer.key, 200),
                low=low,
                median=median,
                high=high,
                std=number_text.figure(layer.std),
            )
        )

    def _click(self, event: Any) -> None:
        self._point_at(event.scenePos())
        if self._cursor is not None and event.button() == Qt.MouseButton.LeftButton:
            self.key_activated.emit(self._layers[self._cursor].key)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that walk and choose before the plot does."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._press(Qt.Key(event.key()))
        if event.type() == QEvent.Type.Leave:
            self._show_cursor(None)
        return super().eventFilter(watched, event)

    def _press(self, key: Qt.Key) -> bool:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if key in steps and self._layers:
            start = -1 if self._cursor is None else self._cursor
            self._show_cursor(min(max(start + steps[key], 0), len(self._layers) - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor is not None:
            self.key_activated.emit(self._layers[self._cursor].key)
        else:
            return False
        return True
