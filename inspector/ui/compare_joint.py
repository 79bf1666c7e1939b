"""A against B: how often each pair of values occurs, or every pair where there are few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from inspector.analysis.compare_views import Floats, Joint, joint_histogram, sampled_values
from inspector.analysis.pairs import Pair
from inspector.analysis.statistics import summarize
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.ui import number_text, theme
from inspector.ui.compare_panel import PairPanel
from inspector.ui.jobs import Jobs
from inspector.ui.plot_style import ValueAxis
from inspector.ui.pointed_plot import PointedPlot
from inspector.ui.texts import ElidedLabel
from inspector.ui.value_scale import REACH, with_width

FEW = 4096
"""Elements up to which each is a point."""
_BINS = 160


@dataclass(frozen=True, slots=True)
class AgainstEachOther:
    """Counts of pairs, or the pairs themselves; one of the two is there."""

    joint: Joint | None
    points: tuple[Floats, Floats] | None


class CompareJoint(PairPanel[AgainstEachOther]):
    """Values of A against those of B, and what lies under the cursor in words."""

    def __init__(self, jobs: Jobs, parent: QWidget | None) -> None:
        super().__init__(jobs, parent)
        self.view = JointPlot(self)
        self.readout = ElidedLabel("", self, "muted")
        self.view.pointed.connect(self.readout.setText)
        column = QVBoxLayout(self.page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view, 1)
        column.addWidget(self.readout)

    def _work(self, pair: Pair, cancel: CancelToken, progress: Progress) -> AgainstEachOther:
        assert pair.a is not None and pair.b is not None
        if pair.a.numel <= FEW:
            return AgainstEachOther(None, sampled_values(pair.a, pair.b, FEW))
        spans = []
        for side in (pair.a, pair.b):
            found = summarize(side, cancel=cancel, progress=progress)
            spans.append(with_width(float(found.min), float(found.max)))
        return AgainstEachOther(
            joint_histogram(pair.a, pair.b, spans[0], spans[1], _BINS, cancel=cancel), None
        )

    def _show(self, result: AgainstEachOther) -> None:
        self.view.show_result(result)


class JointPlot(PointedPlot):
    """Values of A to the right, of B upwards; what did not change lies on the diagonal."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(ValueAxis("bottom"), ValueAxis("left"), self.tr("A against B"), parent)
        self.result: AgainstEachOther | None = None
        self.plot.setLabel("bottom", self.tr("value in A"))
        self.plot.setLabel("left", self.tr("value in B"))
        self._image = pg.ImageItem()
        self._points = pg.ScatterPlotItem(size=4, pen=None)
        self._diagonal = pg.InfiniteLine((0, 0), angle=45, movable=False)
        self._mark = pg.ScatterPlotItem(size=11, symbol="s", brush=None)
        for item in (self._image, self._points, self._diagonal, self._mark):
            self.plot.addItem(item)
        self._place: tuple[int, int] | None = None
        self._spans = (0.0, 1.0), (0.0, 1.0)
        self._recolor()

    def show_result(self, result: AgainstEachOther) -> None:
        """Show the counts or the points, all of them."""
        self.result, self._place = result, None
        self._mark.clear()
        self._image.setVisible(result.joint is not None)
        self._points.setVisible(result.points is not None)
        if result.joint is not None:
            joint = result.joint
            left, right = float(joint.edges_a[0]), float(joint.edges_a[-1])
            low, high = float(joint.edges_b[0]), float(joint.edges_b[-1])
            self._paint(joint)
            self._image.setRect(QRectF(left, low, right - left, high - low))
            self._spans = (left, right), (low, high)
        else:
            assert result.points is not None
            a, b = result.points
            known = (np.abs(a) <= REACH) & (np.abs(b) <= REACH)
            self._points.setData(a[known], b[known])
            self._spans = _span(a[known]), _span(b[known])
        self.fit()
        self.pointed.emit(self.tr("The line is where A and B are equal."))

    def fit(self) -> None:
        """Show everything."""
        across, up = self._spans
        self.plot.getViewBox().setRange(xRange=across, yRange=up, padding=0.04)

    def _paint(self, joint: Joint) -> None:
        """Colour the cells: the more pairs, by magnitude, the stronger."""
        counts = np.log1p(joint.counts.T.astype(np.float64))
        strength = counts / (counts.max() or 1.0)
        accent, ground = theme.colors().accent, theme.colors().window
        pixels = np.zeros((*strength.shape, 4), np.uint8)
        faint = np.where(strength > 0, 0.18 + 0.82 * strength, 0.0)
        for channel, (full, none) in enumerate(
            zip(accent.getRgb()[:3], ground.getRgb()[:3], strict=True)  # type: ignore[index]
        ):
            pixels[..., channel] = np.rint(none + (full - none) * faint)
        pixels[..., 3] = np.where(strength > 0, 255, 0)
        self._image.setImage(pixels, levels=None, autoLevels=False)

    def _recolor(self) -> None:
        super()._recolor()
        colors = theme.colors()
        line = QPen(colors.muted, 1, Qt.PenStyle.DashLine)
        line.setCosmetic(True)
        self._diagonal.setPen(line)
        frame = QPen(colors.text, 2)
        frame.setCosmetic(True)
        self._mark.setPen(frame)
        dot = QColor(colors.accent)
        dot.setAlphaF(0.55)
        self._points.setBrush(dot)
        if self.result is not None and self.result.joint is not None:
            self._paint(self.result.joint)

    def _point(self, place: QPointF | None) -> None:
        joint = self.result.joint if self.result else None
        if joint is None or place is None:
            return
        column, row = _cell(joint.edges_a, place.x()), _cell(joint.edges_b, place.y())
        if column is not None and row is not None:
            self._tell_cell(joint, column, row)

    def _tell_cell(self, joint: Joint, column: int, row: int) -> None:
        text = self.tr("A {} to {}, B {} to {}: {} elements")
        edges = (*joint.edges_a[column : column + 2], *joint.edges_b[row : row + 2])
        figures = [number_text.figure(float(edge), 3) for edge in edges]
        self.pointed.emit(text.format(*figures, f"{int(joint.counts[column, row]):,}"))

    # By keyboard

    def _press(self, event: QKeyEvent) -> bool:
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Down: (0, -1),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Home: None,
        }
        key = Qt.Key(event.key())
        if key not in steps or self.result is None:
            return super()._press(event)
        step = steps[key]
        if step is None:
            self._place = None
            self.fit()
        if self.result.joint is not None:
            self._walk_cells(self.result.joint, step or (0, 0))
        elif self.result.points is not None:
            self._walk_points(*self.result.points, step or (0, 0))
        return True

    def _zoom(self, factor: float) -> None:
        self.plot.getViewBox().scaleBy((factor, factor))

    def _walk_cells(self, joint: Joint, step: tuple[int, int]) -> None:
        """Go on by a cell; the first key goes to the fullest one."""
        columns, rows = joint.counts.shape
        if self._place is None:
            column, row = divmod(int(joint.counts.argmax()), rows)
        else:
            column, row = self._place[0] + step[0], self._place[1] + step[1]
        column, row = min(max(column, 0), columns - 1), min(max(row, 0), rows - 1)
        self._place = column, row
        middle = joint.edges_a[column : column + 2].mean(), joint.edges_b[row : row + 2].mean()
        self._mark.setData([middle[0]], [middle[1]])
        self._tell_cell(joint, column, row)

    def _walk_points(self, a: Floats, b: Floats, step: tuple[int, int]) -> None:
        """Go to the next larger or smaller value, of A sideways, of B upwards; first to the pair
        that is furthest apart."""
        known = np.flatnonzero(np.isfinite(a) & np.isfinite(b))
        if not len(known):
            return
        if self._place is None:
            found = int(known[np.abs(a[known] - b[known]).argmax()])
        else:
            order = known[np.argsort((a if step[0] else b)[known], kind="stable")]
            place = int(np.flatnonzero(order == self._place[0])[0]) + step[0] + step[1]
            found = int(order[min(max(place, 0), len(order) - 1)])
        self._place = found, found
        self._mark.setData([a[found]], [b[found]])
        figures = (number_text.figure(float(value), 6) for value in (a[found], b[found]))
        self.pointed.emit(self.tr("A {}, B {}").format(*figures))


def _cell(edges: Floats, value: float) -> int | None:
    found = int(np.searchsorted(edges, value, side="right")) - 1
    return found if 0 <= found < len(edges) - 1 else None


def _span(values: Any) -> tuple[float, float]:
    if not len(values):
        return 0.0, 1.0
    return with_width(float(values.min()), float(values.max()))
