"""How every plot here looks: axes that speak plainly, a strip for line labels, theme colours.

One of the few modules that import pyqtgraph, which costs 0.4 s: the window imports it with the
first plot, never before its own first paint.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.ui import number_text, theme
from inspector.ui.label_layout import spread
from inspector.ui.value_scale import LinearScale, ValueScale

pg.setConfigOptions(imageAxisOrder="row-major", antialias=False)

LOG_FLOOR = math.log10(0.5)
"""Where bars of a logarithmic count axis stand, so that a count of one can be seen."""
_HEADROOM = 1.06
TickLevels = list[tuple[float, list[float]]]


@dataclass(frozen=True, slots=True)
class Marker:
    """A labelled vertical line: where it stands on the axis, its word, its weight among others."""

    place: float
    label: str
    rank: int
    """When not all labels fit, those of the highest rank go first."""


class ValueAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis of values under a `ValueScale`, without SI prefixes, with a true minus."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.enableAutoSIPrefix(False)
        self._scale: ValueScale = LinearScale()
        self._names: dict[float, str] = {}
        self._whole = False

    def set_scale(self, scale: ValueScale) -> None:
        """Use `scale` for ticks from now on."""
        self._scale = scale
        self.picture = None
        self.update()

    def set_whole(self, whole: bool) -> None:
        """Whether places are indexes: no tick lies between two, and every digit is written."""
        self._whole = whole
        self.picture = None
        self.update()

    def set_names(self, names: dict[float, str]) -> None:
        """Write words at these places instead of figures: {0: "False", 1: "True"}."""
        self._names = names
        self.picture = None
        self.update()

    def tickValues(self, first: float, last: float, size: float) -> TickLevels:
        """Return tick places, coarse ones first."""
        if self._names:
            return [(1.0, self._named_places(first, last, size))]
        if isinstance(self._scale, LinearScale):
            levels = list(super().tickValues(first, last, size))[:2]
            if self._whole:
                levels = [level for level in levels if level[0] >= 1]
                each = [float(k) for k in range(math.ceil(first), math.floor(last) + 1)]
                return levels or [(1.0, each)]
            return levels
        low, high = self._scale.value(np.array([first, last]))
        apart = 56 if self.orientation == "bottom" else 26
        ticks = _decades(low, high, self._scale, size / max(last - first, 1e-300), apart)
        if len(ticks) < 3:
            ticks = next(iter(super().tickValues(low, high, size)))[1]
        places = self._scale.place(np.array(ticks, dtype=np.float64))
        return [(0.0, [place for place in places.tolist() if first <= place <= last])]

    def _named_places(self, first: float, last: float, size: float) -> list[float]:
        """Return the places of names, from the left as many as do not run into each other."""
        metrics, found, free = QFontMetricsF(theme_font()), [], -math.inf
        for place in sorted(self._names):
            at = (place - first) * size / max(last - first, 1e-300)
            half = metrics.horizontalAdvance(self._names[place]) / 2
            if first <= place <= last and at - half >= free:
                found.append(place)
                free = at + half + metrics.averageCharWidth()
        return found

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return a label for each tick place."""
        if self._names:
            return [self._names.get(place, "") for place in values]
        if self._whole:
            return [number_text.whole(value) for value in values]
        if isinstance(self._scale, LinearScale):
            return [_tick_text(value, spacing) for value in values]
        found = self._scale.value(np.array(values, dtype=np.float64))
        return [_magnitude_text(value) for value in found.tolist()]


class CountAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis of counts, linear or (places are then log10 of the count) logarithmic."""

    def __init__(self) -> None:
        super().__init__("left")
        self.enableAutoSIPrefix(False)
        self._log = False

    @property
    def log(self) -> bool:
        """Whether places are log10(count)."""
        return self._log

    def set_log(self, log: bool) -> None:
        """Read places as log10(count) from now on."""
        self._log = log
        self.picture = None
        self.update()

    @property
    def base(self) -> float:
        """The place where bars stand."""
        return LOG_FLOOR if self._log else 0.0

    def places(self, counts: Any) -> Any:
        """Return how high the bars of an array of counts reach."""
        if not self._log:
            return counts
        with np.errstate(divide="ignore"):
            return np.maximum(np.log10(counts), LOG_FLOOR)

    def span(self, highest: float) -> tuple[float, float]:
        """Return the range that shows bars up to `highest`, with some room above."""
        top = max(highest, 0.3 if self._log else 1.0)
        return self.base, self.base + (top - self.base) * _HEADROOM

    def tickValues(self, first: float, last: float, size: float) -> TickLevels:
        """Return tick places; never between two counts, never below zero."""
        if not self._log:
            levels = super().tickValues(max(first, 0.0), last, size)
            each = [float(k) for k in range(math.floor(last) + 1)] if last < 10 else []
            return [level for level in levels if level[0] >= 1][:1] or [(1.0, each)]
        step = max(1, math.ceil((last - first) * 24 / max(size, 1)))
        lowest = max(0, math.ceil(first / step) * step)
        return [(float(step), [float(k) for k in range(lowest, math.floor(last) + 1, step)])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return a label for each tick place."""
        if self._log:
            return [number_text.power_of_ten(round(value)) for value in values]
        return [_count_text(value) for value in values]


class MarkerStrip(pg.AxisItem):  # type: ignore[misc]
    """The strip above a plot that holds the labels of its vertical lines.

    The labels stand in one row, clear of the bars and of each other, each joined to its line by a
    stroke; those whose line is scrolled out of sight are left out.
    """

    def __init__(self) -> None:
        super().__init__("top", showValues=False)
        self._markers: list[Marker] = []
        self._color = QColor()

    def set_markers(self, markers: Sequence[Marker], color: QColor) -> None:
        """Show these; the strip's height is the same for none and for many."""
        self._markers = sorted(markers, key=lambda marker: marker.place)
        self._color = color
        self.setHeight(self._metrics().height() * 1.9)
        self.update()

    def paint(self, painter: QPainter, option: Any, widget: QWidget | None) -> None:
        """Draw labels and strokes for the lines in sight."""
        low, high = self.range
        shown = [marker for marker in self._markers if low <= marker.place <= high]
        bounds, metrics = self.boundingRect(), self._metrics()
        per_place = bounds.width() / max(high - low, 1e-300)
        edges = None
        while shown and edges is None:
            centres = [bounds.left() + (marker.place - low) * per_place for marker in shown]
            widths = [metrics.horizontalAdvance(marker.label) for marker in shown]
            edges = spread(centres, widths, bounds.left(), bounds.right(), metrics.height() * 0.5)
            if edges is None:
                shown.remove(max(shown, key=lambda marker: marker.rank))
        if edges is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme_font())
        painter.setPen(QPen(self._color, 1))
        for marker, centre, width, left in zip(shown, centres, widths, edges, strict=True):
            text = QRectF(left, bounds.top(), width + 1, metrics.height())
            painter.drawText(text, Qt.AlignmentFlag.AlignCenter, marker.label)
            elbow = QPointF(left + width / 2, text.bottom() + 1)
            painter.drawLine(elbow, QPointF(centre, bounds.bottom()))

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(theme_font())


def theme_font() -> Any:
    """Return the font of plot labels: the application's."""
    return pg.QtWidgets.QApplication.font()


class _Plot(pg.PlotWidget):  # type: ignore[misc]
    """A plot that shows when it has the keyboard. A border would cut it: it takes all the room."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self.viewport())
            painter.setPen(QPen(theme.colors().accent, 1))
            painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()


def make_plot(
    bottom: pg.AxisItem, left: pg.AxisItem, top: pg.AxisItem | None, name: str
) -> pg.PlotWidget:
    """Return an empty plot with these axes; `name` is what a screen reader calls it."""
    axes = {"bottom": bottom, "left": left}
    if top is not None:
        axes["top"] = top
    plot = _Plot(axisItems=axes)
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.setAccessibleName(name)
    # Qt's picture views ask for 640 by 480 pixels; a plot takes what there is.
    plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
    plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    plot.setFrameShape(pg.QtWidgets.QFrame.Shape.NoFrame)
    if top is not None:
        plot.showAxis("top")
    plot.getPlotItem().layout.setContentsMargins(0, 0, 14, 0)
    return plot


def color_plot(plot: pg.PlotWidget) -> None:
    """Give the plot's surface, axes and labels the colours of the theme in force."""
    colors = theme.colors()
    plot.setBackground(QColor(colors.window))
    item = plot.getPlotItem()
    for side in ("left", "bottom"):
        axis = item.getAxis(side)
        axis.setStyle(tickAlpha=255)
        axis.setZValue(-1)  # the grid lies behind the bars
        axis.setGrid(255 if side == "left" else False)
        axis.setPen(QPen(QColor(colors.border), 1))
        axis.setTextPen(QPen(QColor(colors.muted), 1))
        axis.setTickPen(QPen(QColor(colors.grid), 1))
        axis.setTickFont(theme_font())


def _decades(
    low: float, high: float, scale: ValueScale, pixels: float, apart: float
) -> list[float]:
    """Return 0 and powers of ten of both signs in low..high, no two nearer than `apart` pixels."""
    far = max(abs(low), abs(high))
    if far == 0:
        return []
    top = math.floor(math.log10(far))
    found: list[float] = [0.0] if low <= 0 <= high else []
    places = [0.0] if found else []
    for exponent in range(top, top - 40, -1):
        for value in (10.0**exponent, -(10.0**exponent)):
            place = float(scale.place(np.array([value]))[0])
            near = any(abs(place - other) * pixels < apart for other in places)
            if low <= value <= high and not near:
                found.append(value)
                places.append(place)
    return found


def _tick_text(value: float, spacing: float) -> str:
    if abs(value) < spacing * 1e-6:
        return "0"
    small = spacing < 1e-5 and (abs(value) < 1e-3 or spacing < 1e-9)
    if abs(value) >= 1e6 or small:
        digits = max(0, math.floor(math.log10(abs(value))) - math.floor(math.log10(spacing)))
        text = f"{value:.{digits}e}"
        mantissa, exponent = text.split("e")
        return f"{mantissa}e{int(exponent)}".replace("-", "\N{MINUS SIGN}")
    places = max(0, math.ceil(-math.log10(spacing) - 1e-9))
    return f"{value:,.{places}f}".replace("-", "\N{MINUS SIGN}")


def _magnitude_text(value: float) -> str:
    if value == 0:
        return "0"
    exponent = math.log10(abs(value))
    if abs(exponent - round(exponent)) > 1e-6:
        return number_text.figure(value, 3)
    sign = "\N{MINUS SIGN}" if value < 0 else ""
    return sign + number_text.power_of_ten(round(exponent))


def _count_text(value: float) -> str:
    for unit, name in ((1e12, "T"), (1e9, "G"), (1e6, "M")):
        if abs(value) >= unit:
            return f"{value / unit:g} {name}"
    return number_text.whole(value)
