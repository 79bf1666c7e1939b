"""A heat map, a grid of kernels or a line: the picture of one tensor, with a cursor.

Places in the plot are element numbers of the plane (or of the mosaic of kernels), whatever the
resolution of the picture, so that a finer picture of a part can lie over the coarse one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPen
from PySide6.QtWidgets import QWidget

from inspector.analysis.picture import Indexes, Picture, Region
from inspector.ui import color_scale, number_text, theme
from inspector.ui.plot_style import ValueAxis
from inspector.ui.pointed_plot import PointedPlot
from inspector.ui.value_scale import within_reach

SETTLE_MS = 120
"""Pause after the last zoom or pan before a finer picture is asked for."""
STEPS = 512
"""Elements up to which a line is drawn as one step each."""
Sight = list[list[float]]


class PicturePlot(PointedPlot):
    """Shows a `Picture`; asks for a finer one of what is in sight when zoomed in."""

    cell_activated = Signal(object)
    """The index of an element that was clicked or chosen with Enter."""
    resolution_changed = Signal()
    """After the picture in sight became a finer or a coarser one."""
    detail_wanted = Signal(object)
    """The `Region` in sight, once the view has settled."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._bottom, self._left = ValueAxis("bottom"), ValueAxis("left")
        super().__init__(self._bottom, self._left, self.tr("Picture of the values"), parent)
        self._picture: Picture | None = None
        self._detail: Picture | None = None
        self._beside: Picture | None = None
        self._mosaic: Indexes | None = None
        self._strongest = False
        self._cursor: tuple[int, int] | None = None
        self._bottom.set_whole(True)
        self._bar = color_scale.ColorBar()
        self._draw_items()
        self.plot.getPlotItem().layout.setContentsMargins(0, 8, 4, 0)
        self._settled = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settled.timeout.connect(self._ask_for_detail)
        self.plot.getViewBox().sigRangeChanged.connect(lambda *_: self._settled.start())
        self.plot.scene().sigMouseClicked.connect(self._click)
        self._recolor()

    @property
    def in_sight(self) -> Picture | None:
        """The picture that is looked at: the finer one while the view lies within it."""
        region = self.region_in_view() if self._detail else None
        if self._detail and region and _contains(self._detail.region, region):
            return self._detail
        return self._picture

    @property
    def is_line(self) -> bool:
        """Whether the picture is a line, not a heat map."""
        return self._picture is not None and self._picture.plane.rows == 1 and self._mosaic is None

    def show_picture(
        self,
        picture: Picture,
        mosaic: Indexes | None,
        keep_view: bool,
        beside: Picture | None = None,
    ) -> None:
        """Show `picture`, its kernels laid out by `mosaic` where there is one, in shades that mean
        the same in the one `beside` it."""
        self._picture, self._mosaic, self._detail = picture, mosaic, None
        self._beside = beside
        self._cursor = None
        self._redraw()
        if not keep_view:
            self.fit()

    def show_detail(self, picture: Picture) -> None:
        """Lay a finer picture of a region over the whole one."""
        self._detail = picture
        self._redraw()
        self.resolution_changed.emit()
        if self._cursor is not None:  # its block has become an element
            self.pointed.emit(self._sentence(*self._cursor))

    def set_strongest(self, strongest: bool) -> None:
        """Show each block's value of largest magnitude, or the mean."""
        self._strongest = strongest
        self._redraw()

    def fit(self) -> None:
        """Show all of it."""
        if self._picture is None:
            return
        box = self.plot.getViewBox()
        box.setAspectLocked(self._mosaic is not None)
        rows, columns = self._extent()
        if self.is_line:
            known = np.isfinite(self._picture.low)  # not where all is NaN or infinite
            low, high = within_reach(
                float(self._picture.low[known].min(initial=np.inf)),
                float(self._picture.high[known].max(initial=-np.inf)),
            )
            if not known.any():
                low, high = 0.0, 0.0
            room = (high - low) * 0.05 or max(abs(low) * 0.1, 0.5)
            aside = columns * 0.01
            box.setRange(
                xRange=(-aside, columns + aside), yRange=(low - room, high + room), padding=0
            )
        else:
            box.setRange(xRange=(0, columns), yRange=(0, rows), padding=0)

    @property
    def sight(self) -> Sight | None:
        """The ranges in view, across and down; None where all is in sight."""
        seen = self.region_in_view() if self._picture is not None else None
        if seen is None or (seen.rows, seen.columns) == self._extent():
            return None
        return self.plot.getViewBox().viewRange()  # type: ignore[no-any-return]

    def look_at(self, sight: Sight) -> None:
        """Bring ranges into view that were its `sight`."""
        self.plot.getViewBox().setRange(xRange=sight[0], yRange=sight[1], padding=0)

    def pixels(self) -> tuple[int, int]:
        """Return how many rows and columns of pixels there are."""
        ratio = self.devicePixelRatioF()
        size = self.plot.getViewBox().size()
        return round(max(size.height(), 32) * ratio), round(max(size.width(), 32) * ratio)

    # Drawing

    def _draw_items(self) -> None:
        item = self.plot.getPlotItem()
        item.setAxisItems({"right": self._bar})
        self.plot.showAxis("right")
        self._image, self._fine = pg.ImageItem(), pg.ImageItem()
        self._band = pg.FillBetweenItem(pg.PlotCurveItem(), pg.PlotCurveItem())
        self._line = pg.PlotCurveItem()
        self._frame = pg.QtWidgets.QGraphicsRectItem()
        for drawn in (self._image, self._fine, self._band, self._line):
            self.plot.addItem(drawn)
        self.plot.addItem(self._frame, ignoreBounds=True)

    def _recolor(self) -> None:
        super()._recolor()
        colors = theme.colors()
        pen = QPen(colors.text, 2)
        pen.setCosmetic(True)
        self._frame.setPen(pen)
        self._line.setPen(QPen(colors.a, 0))
        band = QColor(colors.a)
        band.setAlphaF(0.35)
        self._band.setBrush(band)
        self._redraw()

    def _redraw(self) -> None:
        picture = self._picture
        self._frame.hide()
        if picture is None:
            return
        line = self.is_line
        for item in (self._image, self._fine):
            item.setVisible(not line)
        for item in (self._band, self._line):
            item.setVisible(line)
        self._fine.setVisible(not line and self._detail is not None)
        self.plot.getViewBox().invertY(not line)
        self.plot.getViewBox().setMouseEnabled(x=True, y=not line)
        self._left.setGrid(255 if line else False)
        self._left.set_whole(not line)
        # Kernels stand where they fit: their place in the grid is no index.
        self._left.setVisible(self._mosaic is None)
        self._bottom.setVisible(self._mosaic is None)
        if line:
            self._bar.hide_scale()
            self._draw_line(self._detail or picture)
        else:
            self._draw_map(picture)

    def _draw_line(self, picture: Picture) -> None:
        middles = (picture.column_edges[:-1] + picture.column_edges[1:]) / 2.0
        low, high = picture.low[0], picture.high[0]
        if picture.is_full_detail and len(middles) <= STEPS:
            edges = picture.column_edges.astype(np.float64)
            self._line.setData(edges, np.nan_to_num(low), stepMode="center", fillLevel=0.0)
        else:
            self._line.setData(middles, picture.mean[0], stepMode=None, fillLevel=None)
        if picture.is_full_detail:
            self._band.setVisible(False)
            return
        for curve, values in zip(self._band.curves, (low, high), strict=True):
            curve.setData(middles, np.nan_to_num(values))

    def _draw_map(self, picture: Picture) -> None:
        values = picture.strongest if self._strongest else picture.mean
        limit = color_scale.limit_of(values)
        if self._beside is not None:
            limit = max(limit, color_scale.limit_of(self._beside.mean))
        clipped = bool(np.nanmax(np.abs(values), initial=0.0) > limit)
        self._bar.set_limit(limit, clipped)
        if self._mosaic is not None:
            gaps = self._mosaic < 0
            laid = np.where(gaps, np.nan, values.reshape(-1)[self._mosaic])
            bad = np.where(gaps, False, picture.bad.reshape(-1)[self._mosaic] > 0)
            self._paint(self._image, laid, bad, limit, QRectF(0, 0, *reversed(laid.shape)))
            return
        self._paint(self._image, values, picture.bad > 0, limit, _rect(picture.region))
        if self._detail is not None:
            fine = self._detail.strongest if self._strongest else self._detail.mean
            where = _rect(self._detail.region)
            self._paint(self._fine, fine, self._detail.bad > 0, limit, where)

    def _paint(self, item: Any, values: Any, bad: Any, limit: float, where: QRectF) -> None:
        pixels = color_scale.colors_of(values, limit)
        color_scale.mark(pixels, bad)
        item.setImage(pixels, levels=None, autoLevels=False)
        item.setRect(where)

    # Looking closer

    def _extent(self) -> tuple[int, int]:
        assert self._picture is not None
        if self._mosaic is not None:
            return self._mosaic.shape[0], self._mosaic.shape[1]
        return self._picture.plane.rows, self._picture.plane.columns

    def region_in_view(self) -> Region:
        """Return the part of the plane that is in view."""
        (left, right), (top, bottom) = self.plot.getViewBox().viewRange()
        rows, columns = self._extent()
        first = max(0, int(left)), 0 if self.is_line else max(0, int(top))
        last = min(columns, int(right) + 1), rows if self.is_line else min(rows, int(bottom) + 1)
        return Region(first[1], max(last[1], first[1] + 1), first[0], max(last[0], first[0] + 1))

    def _ask_for_detail(self) -> None:
        if self._picture is None or self._mosaic is not None:
            return
        self.resolution_changed.emit()
        region = self.region_in_view()
        for shown in (self._picture, self._detail):
            if shown is not None and _resolves(shown, region, self.pixels()):
                return
        self.detail_wanted.emit(region)

    # The cursor

    def _element_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Return row and column of the plane (or mosaic) at a place of the plot."""
        rows, columns = self._extent()
        row, column = (0, int(x // 1)) if self.is_line else (int(y // 1), int(x // 1))
        if not (0 <= row < rows and 0 <= column < columns):
            return None
        if self._mosaic is not None and self._mosaic[row, column] < 0:
            return None
        return row, column

    def _point(self, place: QPointF | None) -> None:
        found = None
        if place is not None and self._picture is not None:
            found = self._element_at(place.x(), place.y())
        self._show_cursor(found, framed=False)

    def _show_cursor(self, element: tuple[int, int] | None, framed: bool) -> None:
        self._cursor = element
        self._frame.setVisible(framed and element is not None)
        if element is None or self._picture is None:
            self.pointed.emit("")
            return
        if framed:
            low = self.plot.getViewBox().viewRange()[1]
            tall = (low[0], low[1] - low[0]) if self.is_line else (element[0], 1)
            self._frame.setRect(QRectF(element[1], tall[0], 1, tall[1]))
        self.pointed.emit(self._sentence(*element))

    def _index(self, row: int, column: int) -> tuple[int, ...]:
        assert self._picture is not None
        if self._mosaic is not None:
            return self._picture.plane.unravel(int(self._mosaic[row, column]))
        return self._picture.plane.index(row, column)

    def _sentence(self, row: int, column: int) -> str:
        assert self._picture is not None
        index = list(self._index(row, column))
        if self._mosaic is not None:
            row, column = divmod(int(self._mosaic[row, column]), self._picture.plane.columns)
        source = self._picture
        if self._detail is not None and _holds(self._detail.region, row, column):
            source = self._detail
        cell = source.cell(row, column)
        tall = int(source.row_edges[cell[0] + 1] - source.row_edges[cell[0]])
        wide = int(source.column_edges[cell[1] + 1] - source.column_edges[cell[1]])
        if tall * wide == 1:
            bad = source.bad[cell] > 0
            value = self.tr("NaN or infinite") if bad else _figure(source.mean[cell])
            return f"{index} = {value}"
        return self.tr("{index} in a block of {size}: mean {mean}, strongest {strongest}").format(
            index=index,
            size=f"{tall} × {wide}",
            mean=_figure(source.mean[cell]),
            strongest=_figure(source.strongest[cell]),
        )

    def _click(self, event: Any) -> None:
        if event.double():
            self.fit()
            return
        place = self.plot.getViewBox().mapSceneToView(event.scenePos())
        found = self._element_at(place.x(), place.y()) if self._picture else None
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.cell_activated.emit(self._index(*found))

    def _press(self, event: QKeyEvent) -> bool:
        if self._picture is None:
            return False
        key = Qt.Key(event.key())
        moves = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        if key in moves:
            self._move(*moves[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor is not None:
            self.cell_activated.emit(self._index(*self._cursor))
        else:
            return super()._press(event)
        return True

    def _move(self, down: int, right: int) -> None:
        """Walk one element, or as many as it takes to be seen; over gaps between kernels."""
        region, (high, wide) = self.region_in_view(), self.pixels()
        steps = max(1, 4 * region.rows // high), max(1, 4 * region.columns // wide)
        middle = (region.top + region.bottom) // 2, (region.left + region.right) // 2
        row, column = self._cursor or middle
        rows, columns = self._extent()
        for distance in (1, 2):
            place = row + down * steps[0] * distance, column + right * steps[1] * distance
            inside = min(max(place[0], 0), rows - 1), min(max(place[1], 0), columns - 1)
            if self._mosaic is None or self._mosaic[inside] >= 0:
                self._show_cursor(inside, framed=True)
                return

    def _zoom(self, factor: float) -> None:
        centre = None
        if self._cursor is not None and not self.is_line:
            centre = pg.Point(self._cursor[1] + 0.5, self._cursor[0] + 0.5)
        self.plot.getViewBox().scaleBy(x=factor, y=None if self.is_line else factor, center=centre)


def _rect(region: Region) -> QRectF:
    return QRectF(region.left, region.top, region.columns, region.rows)


def _holds(region: Region, row: int, column: int) -> bool:
    return region.top <= row < region.bottom and region.left <= column < region.right


def _contains(outer: Region, inner: Region) -> bool:
    return (
        outer.top <= inner.top
        and outer.bottom >= inner.bottom
        and outer.left <= inner.left
        and outer.right >= inner.right
    )


def _resolves(picture: Picture, region: Region, pixels: tuple[int, int]) -> bool:
    """Whether `picture` shows `region` about as finely as the pixels allow."""
    own = picture.region
    if not _contains(own, region):
        return False
    cells = picture.mean.shape
    for held, seen, have, want in (
        (own.rows, region.rows, cells[0], pixels[0]),
        (own.columns, region.columns, cells[1], pixels[1]),
    ):
        if seen * have / held < 0.6 * min(seen, want):
            return False
    return True


def _figure(value: float) -> str:
    return number_text.figure(float(value), 6)
