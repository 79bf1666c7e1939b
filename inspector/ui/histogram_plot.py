"""The histogram itself: bars, labelled lines, a bin cursor for mouse and keyboard.

It holds no file and reads nothing: zoom and pan ask the statistics for new bins, which come from
counts already in memory, so they follow the hand.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPen
from PySide6.QtWidgets import QWidget

from inspector.analysis.histogram import Histogram
from inspector.ui import number_text, theme
from inspector.ui.histogram_axes import Axes
from inspector.ui.histogram_bins import (
    Bars,
    automatic_bins,
    bars_in_view,
    bars_of,
    natural_range,
)
from inspector.ui.histogram_content import Content
from inspector.ui.plot_style import LOG_FLOOR, CountAxis, Marker, MarkerStrip, ValueAxis
from inspector.ui.pointed_plot import PointedPlot
from inspector.ui.value_scale import LinearScale, SymlogScale, ValueScale, within_reach

MARGIN = 0.03
"""Room left and right of the values, as a part of their range."""


class HistogramPlot(PointedPlot):
    """Bars of one `Content`, with everything that can be done to them by mouse and keyboard."""

    rebinned = Signal()
    """After the bars changed: other values, another view, other bins."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._values, self._counts, self._strip = ValueAxis("bottom"), CountAxis(), MarkerStrip()
        super().__init__(self._values, self._counts, self.tr("Histogram"), parent, self._strip)
        self._content: Content | None = None
        self._bars = Bars(np.zeros(2), np.zeros(1))
        self._places = np.zeros(2)
        self._scale: ValueScale = LinearScale()
        self._symlog = self._curve_wanted = False
        self._bins: int | None = None
        self._cursor: int | None = None
        self._refined_for: tuple[float, float] | None = None
        self._fitted: list[float] = []
        self.plot.setAccessibleDescription(
            self.tr("Left and Right walk along the bars, + and − zoom, Home shows everything.")
        )
        self._draw_items()
        self._rebin_soon = QTimer(self, singleShot=True, interval=0)
        self._rebin_soon.timeout.connect(self._follow_view)
        box = self.plot.getViewBox()
        box.setMouseEnabled(x=True, y=False)
        box.sigXRangeChanged.connect(lambda *_: self._rebin_soon.start())
        self._recolor()

    # What is shown

    def show_content(self, content: Content, keep_view: bool) -> None:
        """Plot `content`; `keep_view` leaves the axis of values where it is."""
        self._content = content
        self._cursor = None
        self._choose_scale()
        self._values.set_names(dict(content.names))
        self._place_lines()
        self._limit()
        if keep_view:
            self._rebin_for_view()
        elif content.bulk is not None and not self._symlog:
            self.set_values_in_view(*content.bulk)
        else:
            self.fit()

    def set_symlog(self, symlog: bool) -> None:
        """Lay values out by magnitude on both sides of zero, or evenly."""
        self._symlog = symlog
        if self._content:
            self.show_content(self._content, keep_view=False)

    def set_log_counts(self, log: bool) -> None:
        """Draw counts on a logarithmic axis, or a linear one."""
        self._counts.set_log(log)
        self._rebin_for_view()

    def set_bins(self, bins: int | None) -> None:
        """Use at least `bins` bins across the view; None picks by the number of values."""
        self._bins = bins
        self._rebin_for_view()

    def set_normal_curve(self, wanted: bool) -> None:
        """Draw the normal curve of the same mean and std, or not."""
        self._curve_wanted = wanted
        self._rebin_for_view()

    def fit(self) -> None:
        """Show everything."""
        if self._content is None:
            return
        low, high = self._scale.place(np.array(self._natural())).tolist()
        room = (high - low) * MARGIN
        with QSignalBlocker(self._rebin_soon):
            self.plot.setXRange(low - room, high + room, padding=0)
        self._fitted = self.plot.getViewBox().viewRange()[0]
        self._rebin_for_view()

    @property
    def axes(self) -> Axes:
        """How the plot is laid out now."""
        fitted = self._content is None or self._fitted == self.plot.getViewBox().viewRange()[0]
        sight = None if fitted else self.values_in_view()
        return Axes(self._symlog, self._counts.log, self._curve_wanted, self._bins, sight)

    def values_in_view(self) -> tuple[float, float]:
        """Return the lowest and the highest value in sight."""
        low, high = self._scale.value(np.array(self.plot.getViewBox().viewRange()[0])).tolist()
        return low, high

    def set_values_in_view(self, low: float, high: float) -> None:
        """Show the values low..high."""
        first, last = self._scale.place(np.array([low, high])).tolist()
        self.plot.setXRange(first, last, padding=0)
        self._rebin_for_view()

    @property
    def bars(self) -> Bars:
        """The bars in sight."""
        return self._bars

    @property
    def scale(self) -> ValueScale:
        """How values lie along the axis."""
        return self._scale

    def show_refined(self, histogram: Histogram) -> None:
        """Show exact bars in place of those in sight, until the view moves."""
        if np.array_equal(histogram.edges[[0, -1]], self._bars.edges[[0, -1]]):
            self._show_bars(bars_of(histogram))
            self._refined_for = self.values_in_view()

    # Drawing

    def _draw_items(self) -> None:
        self._outline = pg.PlotCurveItem([0, 0], [0], stepMode="center", fillLevel=0)
        self._separate = pg.BarGraphItem(x0=[], x1=[], y0=[], y1=[])
        self._curve = pg.PlotCurveItem(antialias=True)
        self._highlight = pg.BarGraphItem(x0=[], x1=[], y0=[], y1=[])
        self._lines: list[Any] = []
        for item in (self._outline, self._separate, self._highlight, self._curve):
            self.plot.addItem(item)
        self.plot.setLabel("left", self.tr("count"))

    def _recolor(self) -> None:
        super()._recolor()
        colors = theme.colors()
        fill = QColor(colors.a)
        fill.setAlphaF(0.62)
        self._outline.setPen(QPen(colors.a, 0))
        self._outline.setBrush(fill)
        self._separate.setOpts(pen=QPen(colors.a, 0), brush=fill)
        self._highlight.setOpts(pen=QPen(colors.text, 0), brush=QColor(colors.a))
        curve = QPen(colors.b, 2)
        curve.setCosmetic(True)
        self._curve.setPen(curve)
        self._place_lines()

    def _choose_scale(self) -> None:
        content = self._content
        log = self._symlog and content is not None and not content.whole_numbers
        self._scale = SymlogScale(content.threshold) if log and content else LinearScale()
        self._values.set_scale(self._scale)

    def _place_lines(self) -> None:
        """Place the lines, reusing those there are: while a worker computes, every Qt object
        destroyed waits milliseconds for the interpreter."""
        colors = theme.colors()
        lines = self._content.lines if self._content else ()
        while len(self._lines) < len(lines):
            self._lines.append(pg.InfiniteLine(angle=90, movable=False))
            self._lines[-1].setZValue(-1)  # behind the bars: a narrow peak lies between all lines
            self.plot.addItem(self._lines[-1], ignoreBounds=True)
        for item in self._lines[len(lines) :]:
            item.hide()
        markers = []
        for item, line in zip(self._lines, lines, strict=False):
            place = float(self._scale.place(np.array([line.value]))[0])
            pen = QPen(colors.text, 1, line.style)
            pen.setCosmetic(True)
            item.setPen(pen)
            item.setPos(place)
            item.show()
            markers.append(Marker(place, line.label, line.rank))
        self._strip.set_markers(markers, QColor(colors.text))

    def _natural(self) -> tuple[float, float]:
        assert self._content is not None
        return within_reach(*natural_range(self._content.statistics, self._content.whole_numbers))

    def _limit(self) -> None:
        """Keep the view near the values, and wide enough for floats to tell its ends apart."""
        low, high = self._scale.place(np.array(self._natural())).tolist()
        span = high - low
        smallest = max(span * 1e-7, max(abs(low), abs(high)) * 1e-12)
        with QSignalBlocker(self._rebin_soon):
            self.plot.setLimits(
                xMin=low - span / 2, xMax=high + span / 2, minXRange=smallest, maxXRange=2 * span
            )

    def _follow_view(self) -> None:
        if self._refined_for != self.values_in_view():
            self._rebin_for_view()

    def _rebin_for_view(self) -> None:
        self._refined_for = None
        if self._content is None:
            return
        content, statistics = self._content, self._content.statistics
        bins = self._bins or automatic_bins(statistics.count)
        in_view = self.values_in_view()
        self._show_bars(bars_in_view(statistics, in_view, bins, self._scale, content.whole_numbers))

    def _show_bars(self, bars: Bars) -> None:
        assert self._content is not None
        self._bars = bars
        self._places = self._scale.place(bars.edges)
        heights = self._counts.places(bars.counts * self._content.weight)
        self._draw_bars(heights, self._counts.base)
        self._draw_curve()
        self._fit_heights(heights)
        self._show_cursor(None)
        self.rebinned.emit()

    def _draw_bars(self, heights: Any, base: float) -> None:
        if self._bars.single:
            room = np.diff(self._places) * (0.1 if len(heights) > 1 else 0.0)
            bases = np.full(len(heights), base)
            self._separate.setOpts(
                x0=self._places[:-1] + room, x1=self._places[1:] - room, y0=bases, y1=heights
            )
            self._outline.setData(x=[0, 0], y=[base], stepMode="center", fillLevel=base)
        else:
            self._separate.setOpts(x0=[], x1=[], y0=[], y1=[])
            self._outline.setData(x=self._places, y=heights, stepMode="center", fillLevel=base)

    def _fit_heights(self, heights: Any) -> None:
        """Fit the axis of counts to the bars and the curve in sight."""
        curve = self._curve.getData()[1]
        highest = float(heights.max(initial=0.0))
        if curve is not None:
            highest = max(highest, float(np.nanmax(curve, initial=0.0)))
        self.plot.setYRange(*self._counts.span(highest), padding=0)

    def _draw_curve(self) -> None:
        content = self._content
        normal = content.normal if content else None
        if content is None or normal is None or not self._curve_wanted or normal[1] <= 0:
            self._curve.setData([], [])
            return
        mean, std = normal
        below = np.array(
            [0.5 * math.erfc((mean - edge) / (std * math.sqrt(2))) for edge in self._bars.edges]
        )
        expected = np.diff(below) * content.statistics.finite * content.weight
        heights = self._counts.places(expected)
        if self._counts.log:
            heights = np.where(heights > LOG_FLOOR, heights, np.nan)
        middles = (self._places[:-1] + self._places[1:]) / 2
        self._curve.setData(middles, heights, connect="finite")

    # The bin cursor

    def _point(self, place: QPointF | None) -> None:
        found = -1 if place is None else int(np.searchsorted(self._places, place.x(), "right")) - 1
        self._show_cursor(found if 0 <= found < len(self._bars.counts) else None)

    def _show_cursor(self, index: int | None) -> None:
        self._cursor = index
        if index is None or self._content is None:
            self._highlight.setOpts(x0=[], x1=[], y0=[], y1=[])
            self.pointed.emit("")
            return
        height = float(self._counts.places(self._bars.counts[index] * self._content.weight))
        edges, base = self._places[index : index + 2], self._counts.base
        self._highlight.setOpts(x0=edges[:1], x1=edges[1:], y0=[base], y1=[height])
        self.pointed.emit(self._sentence(index))

    def _sentence(self, index: int) -> str:
        assert self._content is not None
        count = float(self._bars.counts[index])
        part = number_text.share(count, self._content.statistics.count)
        low, high = self._bars.edges[index : index + 2].tolist()
        about = "" if self._content.weight == 1 else "≈ "
        values = f"{about}{number_text.whole(count * self._content.weight)}"
        if self._bars.single:
            middle = (low + high) / 2
            name = dict(self._content.names).get(middle, number_text.figure(middle, 6))
            text = self.tr("{name}: {count} values ({part})")
            if values == "1":
                text = self.tr("{name}: {count} value ({part})")
            return text.format(name=name, count=values, part=part)
        text = self.tr("{low} to {high}: {count} values ({part})")
        if values == "1":
            text = self.tr("{low} to {high}: {count} value ({part})")
        return text.format(
            low=number_text.figure(low, 5),
            high=number_text.figure(high, 5),
            count=values,
            part=part,
        )

    def mouseDoubleClickEvent(self, event: Any) -> None:
        """Show everything."""
        self.fit()

    def _press(self, event: QKeyEvent) -> bool:
        key, shift = event.key(), event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if key not in steps:
            return super()._press(event)
        if shift:
            self._pan(steps[Qt.Key(key)] * 0.1)
        else:
            self._walk(steps[Qt.Key(key)])
        return True

    def _walk(self, step: int) -> None:
        last = len(self._bars.counts) - 1
        start = int(np.argmax(self._bars.counts)) - step if self._cursor is None else self._cursor
        self._show_cursor(min(max(start + step, 0), last))

    def _pan(self, part: float) -> None:
        low, high = self.plot.getViewBox().viewRange()[0]
        move = (high - low) * part
        self.plot.setXRange(low + move, high + move, padding=0)

    def _zoom(self, factor: float) -> None:
        low, high = self.plot.getViewBox().viewRange()[0]
        middle = (low + high) / 2
        if self._cursor is not None:
            middle = float(self._places[self._cursor : self._cursor + 2].mean())
        half = (high - low) / 2 * factor
        self.plot.setXRange(middle - half, middle + half, padding=0)
