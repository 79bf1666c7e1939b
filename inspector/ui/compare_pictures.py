"""A, B and their difference as heat maps that zoom together."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from inspector.analysis.compare_views import difference_picture
from inspector.analysis.pairs import Pair
from inspector.analysis.picture import Indexes, Picture, Region, can_zoom, mosaic, picture, plane_of
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.ui import theme
from inspector.ui.compare_panel import PairPanel
from inspector.ui.jobs import Job, Jobs
from inspector.ui.picture_plot import PicturePlot
from inspector.ui.texts import ElidedLabel, PlainLabel

_MOST_CELLS = 1024
_MOSAIC_ELEMENTS = 1 << 20
_READ_ELEMENTS = 1 << 28
"""A part in view of more elements is not read again."""


@dataclass(frozen=True, slots=True)
class ThreePictures:
    """A, B and B - A, and how kernels are laid out in all of them."""

    pictures: tuple[Picture, Picture, Picture]
    mosaic: Indexes | None


class ComparePictures(PairPanel[ThreePictures]):
    """The difference shows the strongest change of each block, so that a lone one is seen."""

    cell_activated = Signal(object)

    def __init__(self, jobs: Jobs, parent: QWidget | None) -> None:
        super().__init__(jobs, parent)
        self._closer: Job[tuple[Picture, Picture, Picture]] | None = None
        self.plots = PicturePlot(), PicturePlot(), PicturePlot()
        self._heads = [PlainLabel(text, self) for text in ("A", "B", self.tr("B − A"))]
        self._readout = ElidedLabel("", self, "muted")
        split = QSplitter(Qt.Orientation.Vertical, self)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        for head, plot in zip(self._heads, self.plots, strict=True):
            part = QWidget(split)
            column = QVBoxLayout(part)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            column.addWidget(head)
            column.addWidget(plot, 1)
            plot.pointed.connect(self._readout.setText)
            plot.cell_activated.connect(self.cell_activated)
            plot.plot.setAccessibleName(self.tr("Picture of {}").format(head.text()))
        self.plots[0].detail_wanted.connect(self._look_closer)  # the others' views are linked to it
        first = self.plots[0].plot
        for plot in self.plots[1:]:
            plot.plot.setXLink(first)
            plot.plot.setYLink(first)
        self.plots[2].set_strongest(True)
        outer = QVBoxLayout(self.page)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(split, 1)
        outer.addWidget(self._readout)
        theme.changed.connect(self._recolor)
        self._recolor()

    def _recolor(self) -> None:
        colors = theme.colors()
        for head, color in zip(self._heads, (colors.a, colors.b, colors.changed), strict=True):
            head.setStyleSheet(f"color: {color.name()}")

    def _work(self, pair: Pair, cancel: CancelToken, progress: Progress) -> ThreePictures:
        assert pair.a is not None and pair.b is not None
        a, b, plane = pair.a, pair.b, plane_of(pair.a)
        cells = _MOST_CELLS, _MOST_CELLS
        laid = mosaic(plane, 400, 900) if a.numel <= _MOSAIC_ELEMENTS else None
        if laid is not None:
            cells = plane.rows, plane.columns
        return ThreePictures(
            (
                picture(a, cells, cancel=cancel, progress=progress),
                picture(b, cells, cancel=cancel, progress=progress),
                difference_picture(a, b, cells, cancel=cancel, progress=progress),
            ),
            laid,
        )

    def _show(self, result: ThreePictures) -> None:
        line = result.pictures[0].plane.rows == 1 and result.mosaic is None
        for plot in self.plots[1:]:  # the values of lines lie upwards, each with its own span
            plot.plot.setYLink(None if line else self.plots[0].plot)
        a, b, _ = result.pictures
        for plot, shown, like in zip(self.plots, result.pictures, (b, a, None), strict=True):
            plot.show_picture(shown, result.mosaic, keep_view=False, beside=like)

    def _look_closer(self, region: Region) -> None:
        """Read the part in view again, so that all three show it as finely as they can."""
        both = self.pair.both if self.pair is not None else None
        busy = self._closer is not None and not self._closer.finished
        if both is None or busy or not all(map(can_zoom, both)):
            return
        for plot in self.plots[1:]:  # as wide as their axes leave them
            region = _both(region, plot.region_in_view())
        if region.rows * region.columns > _READ_ELEMENTS:
            return
        pair, (a, b) = self.pair, both
        cells = self.plots[0].pixels()

        def work(cancel: CancelToken, progress: Progress) -> tuple[Picture, Picture, Picture]:
            return (
                picture(a, cells, region, cancel=cancel),
                picture(b, cells, region, cancel=cancel),
                difference_picture(a, b, cells, region, cancel=cancel),
            )

        def done(finer: tuple[Picture, Picture, Picture]) -> None:
            if pair is self.pair:
                for plot, detail in zip(self.plots, finer, strict=True):
                    plot.show_detail(detail)

        self._closer = self._jobs.run("look", work, done, self._fail, owner=self)


def _both(one: Region, other: Region) -> Region:
    """Return the smallest region that holds both."""
    return Region(
        min(one.top, other.top),
        max(one.bottom, other.bottom),
        min(one.left, other.left),
        max(one.right, other.right),
    )
