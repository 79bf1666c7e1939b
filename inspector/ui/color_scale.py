"""The colours of a heat map: blue below zero, orange above, the surface itself at zero.

Symmetric about zero, so that colour alone tells the sign; lightness alone tells the size, also to
eyes that do not tell blue from orange.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QWidget

from inspector.ui import number_text, theme
from inspector.ui.plot_style import theme_font

Rgba = npt.NDArray[np.uint8]
STEPS = 255
"""Shades on each side of zero."""

_SOME = 20_000
"""Cells that the outermost shade is chosen by: enough, and quick."""

_USUAL = "≤ −0.083"
_LIGHT = (
    ("#0b2f6b", "#1f5fc4", "#6aa3ee", "#bcd6f7", "#f7f8fa"),
    ("#f7f8fa", "#fbd3ab", "#f2994a", "#c2570c", "#6b2d03"),
)
_DARK = (
    ("#9fd0ff", "#5c9ff2", "#2f6fc4", "#1c3f70", "#15181c"),
    ("#15181c", "#653a14", "#b5611b", "#f08c32", "#ffc182"),
)
_BAD = QColor("#e000c8")
"""NaN and infinities: a hue that no finite value has."""


def colors_of(values: npt.NDArray[np.float64], limit: float) -> Rgba:
    """Return RGBA pixels for `values`; -limit and limit get the outermost shades, NaN none."""
    places = np.multiply(values, STEPS / (limit or 1.0), dtype=np.float32)
    unknown = np.isnan(places)
    places[unknown] = 0.0
    np.clip(places, -STEPS, STEPS, out=places)
    places += STEPS + 0.5
    # A pixel is looked up as one number of four bytes: three times as fast.
    shades = _shades(theme.colors().dark).view(np.uint32).reshape(-1)
    pixels = shades[places.astype(np.int16)]
    pixels[unknown] = 0
    return pixels.view(np.uint8).reshape(*values.shape, 4)


def mark(pixels: Rgba, where: npt.NDArray[np.bool_]) -> None:
    """Paint the pixels of blocks that hold NaN or infinities."""
    pixels[where] = np.array([_BAD.red(), _BAD.green(), _BAD.blue(), 255], np.uint8)


def bad_color() -> QColor:
    """Return the colour of NaN and infinities."""
    return _BAD


def limit_of(values: npt.NDArray[np.float64]) -> float:
    """Return the magnitude that the outermost shade stands for.

    All but one in 500 cells lie within; a lone outlier would leave everything else without colour.
    """
    sizes = np.abs(values[np.isfinite(values)])
    if not len(sizes):
        return 1.0
    some = sizes[:: max(1, len(sizes) // _SOME)]
    most, largest = float(np.quantile(some, 0.998)), float(sizes.max())
    if largest == 0:
        return 1.0
    return most if 0 < most < largest / 1.5 else largest


def _shades(dark: bool) -> Rgba:
    below, above = _DARK if dark else _LIGHT
    sides = [_between([QColor(name) for name in side]) for side in (below, above)]
    return np.concatenate([sides[0][:-1], sides[1]])


def _between(stops: list[QColor]) -> Rgba:
    """Return STEPS + 1 shades from the first stop to the last."""
    at = np.linspace(0, len(stops) - 1, STEPS + 1)
    channels = np.array([color.getRgb() for color in stops], dtype=np.float64).T
    mixed = [np.interp(at, np.arange(len(stops)), channel) for channel in channels]
    shades: Rgba = np.rint(np.stack(mixed, axis=1)).astype(np.uint8)
    return shades


class ColorBar(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """The scale at the right of a heat map, drawn inside the plot so that it is saved with it."""

    def __init__(self) -> None:
        super().__init__("right", showValues=False)
        self._limit, self._clipped = 1.0, False
        self.setWidth(0)

    def set_limit(self, limit: float, clipped: bool) -> None:
        """Show the scale from -limit to limit; `clipped` when some values lie beyond."""
        self._limit, self._clipped = limit, clipped
        metrics = QFontMetricsF(theme_font())
        # A usual label at least, so that the maps of a pair stand below one another.
        labels = (_USUAL, *(text for text, _ in self._labels()))
        widest = max(map(metrics.horizontalAdvance, labels))
        self.setWidth(widest + 2.2 * metrics.height())
        self.update()

    def hide_scale(self) -> None:
        """Take no room, as beside a line plot."""
        self.setWidth(0)

    def paint(self, painter: QPainter, option: Any, widget: QWidget | None) -> None:
        """Draw the shades and three figures."""
        if self.width() < 8:
            return
        metrics = QFontMetricsF(theme_font())
        bounds = QRectF(QPointF(0, 0), self.size())  # boundingRect reaches beyond what is painted
        height = min(bounds.height() - metrics.height(), 220.0)
        top = bounds.top() + (bounds.height() - height) / 2
        strip = QRectF(bounds.left() + metrics.height() * 0.7, top, metrics.height() * 0.8, height)
        shades = np.ascontiguousarray(_shades(theme.colors().dark)[::-1].reshape(-1, 1, 4))
        image = QImage(shades.data, 1, len(shades), 4, QImage.Format.Format_RGBA8888)
        painter.drawImage(strip, image)
        painter.setPen(theme.colors().border)
        painter.drawRect(strip)
        painter.setPen(theme.colors().muted)
        painter.setFont(theme_font())
        for text, place in self._labels():
            middle = strip.top() + strip.height() * place
            box = QRectF(
                strip.right() + 6, middle - metrics.height() / 2, bounds.width(), metrics.height()
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _labels(self) -> list[tuple[str, float]]:
        high, low = number_text.figure(self._limit, 2), number_text.figure(-self._limit, 2)
        if self._clipped:
            high, low = f"≥ {high}", f"≤ {low}"
        return [(high, 0.0), ("0", 0.5), (low, 1.0)]
