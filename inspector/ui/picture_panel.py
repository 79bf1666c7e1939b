"""The values of one tensor as a picture: a heat map, a grid of kernels, or a line.

A tensor of any size is streamed into as many cells as there are pixels; zooming in reads the part
in sight again, down to single elements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QLabel, QToolButton, QVBoxLayout, QWidget

from inspector.analysis.picture import (
    SAMPLE_FROM,
    Indexes,
    Picture,
    Region,
    can_zoom,
    mosaic,
    picture,
    plane_of,
    sample_picture,
)
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.plain_text import shown as plain
from inspector.checkpoint.types import Tensor
from inspector.ui import assets, color_scale, number_text, plot_export, theme
from inspector.ui.answer_panel import AnswerPanel
from inspector.ui.flow_layout import FlowLayout, flowing
from inspector.ui.foot_line import FootLine
from inspector.ui.jobs import Job, Jobs
from inspector.ui.picture_plot import PicturePlot, Sight
from inspector.ui.recent_results import RecentResults

PICTURES_KEPT = 8
MOST_CELLS = 1536
"""Rows and columns of cells at most, on however large a screen."""
MOSAIC_ELEMENTS = 1 << 20
READ_ELEMENTS = 1 << 32
"""Elements up to which all are read; of more, the sample stays."""
_RESIZE_MS = 300


@dataclass(frozen=True, slots=True)
class _Made:
    """A picture, and how its kernels are laid out."""

    picture: Picture
    mosaic: Indexes | None = None


class PicturePanel(AnswerPanel):
    """The picture of the selected tensor, how to read it, copy and save."""

    cell_activated = Signal(object)
    """The index, a tuple of ints, of an element to be shown in the table of values."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(jobs, parent)
        self._tensor: Tensor | None = None
        self._words = ""
        self._asked = True
        self._made: _Made | None = None
        self._kept_sight: Sight | None = None
        self._job: Job[_Made] | Job[Picture] | None = None
        self._results: RecentResults[_Made] = RecentResults(PICTURES_KEPT)
        self.plot = PicturePlot(self)
        self.foot = FootLine(self)
        self._make_controls()
        self._arrange()
        self._resized = QTimer(self, singleShot=True, interval=_RESIZE_MS)
        self._resized.timeout.connect(self._remake_if_coarse)
        self.plot.pointed.connect(self.foot.point_out)
        self.plot.cell_activated.connect(self.cell_activated)
        self.plot.resolution_changed.connect(self._describe)
        self.plot.detail_wanted.connect(self._look_closer)
        theme.changed.connect(self._recolor)
        self._recolor()
        self.show_tensor(None)

    # What is selected

    @property
    def tensor(self) -> Tensor | None:
        """The tensor that is shown, or asked for."""
        return self._tensor

    @property
    def sight(self) -> Sight | None:
        """The part of the picture in view, None where all is."""
        if self._made is not None:
            return self.plot.sight
        return self._kept_sight

    def show_tensor(self, tensor: Tensor | None, sight: Sight | None = None) -> None:
        """Show one tensor, the part in `sight` if there is one; None: nothing is selected."""
        if sight is not None or tensor is not self._tensor:
            self._kept_sight = sight
        self._select(tensor, self.tr("Select a tensor to see a picture of its values."))

    def show_tensors(self, title: str, tensors: Sequence[Tensor]) -> None:
        """A module has no picture of its own: say so."""
        words = self.tr("A picture shows one tensor. Select one of the {count} below {title}.")
        self._select(None, words.format(count=f"{len(tensors):,}", title=plain(title, 120)))

    def forget(self) -> None:
        """Drop all kept pictures, as when the file is closed."""
        self._results.clear()
        self.show_tensor(None)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what was selected while the panel was out of sight."""
        super().showEvent(event)
        if not self._asked:
            self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask again when next in sight, if the answer has not come yet."""
        super().hideEvent(event)
        if self._job is not None and not self._job.finished:
            self._asked = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make a finer picture when there is more room."""
        super().resizeEvent(event)
        self._resized.start()

    def _select(self, tensor: Tensor | None, words: str) -> None:
        self._tensor, self._words, self._asked = tensor, words, False
        if self.isVisible() or tensor is None:
            self._ask()

    # Asking and answering

    def _ask(self) -> None:
        self._asked, self._made = True, None
        if self._job is not None:
            self._job.cancel()
        tensor = self._tensor
        if tensor is None:
            self._say(self._words)
        elif not tensor.numel:
            shape = list(tensor.shape)
            self._say(
                self.tr("This tensor is empty: shape {shape}, no values.").format(shape=shape)
            )
        elif (kept := self._results.get(tensor)) is not None:
            self._show(kept)
        else:
            self._patience.start()
            self._request(tensor)

    def _cells(self) -> tuple[int, int]:
        high, wide = self.plot.pixels()
        return min(high, MOST_CELLS), min(wide, MOST_CELLS)

    def _request(self, tensor: Tensor) -> None:
        jobs, cells = self._jobs, self._cells()

        def work(cancel: CancelToken, progress: Progress) -> _Made:
            return _make(tensor, cells, lambda made: jobs.post(self._show, made), cancel, progress)

        def done(made: _Made) -> None:
            self._results.keep(tensor, made)
            self._show(made)

        self._job = jobs.run("look", work, done, self._fail, self._progress)

    def _show(self, made: _Made) -> None:
        if made.picture.mean.size == 1 and made.picture.is_full_detail:
            value = number_text.figure(float(made.picture.mean.item()), 8)
            self._say(self.tr("A single value: {value}").format(value=value))
            return
        if made.picture.low.size and not np.isfinite(made.picture.low).any():
            self._say(self.tr("No finite value to draw."))
            return
        self.plot.show_picture(made.picture, made.mosaic, keep_view=self._made is not None)
        self._made = made
        if self._kept_sight is not None:
            self.plot.look_at(self._kept_sight)
            self._kept_sight = None
        self._describe()
        self.reduction.setVisible(made.mosaic is None and not made.picture.is_full_detail)
        bad = int(made.picture.bad.sum())
        self._bad.setVisible(bad > 0)
        self._bad.setText(self.tr("■ {count} NaN or infinite").format(count=number_text.whole(bad)))
        self._show_page()
        self.plot.plot.setAccessibleDescription(self._in_words(made.picture))

    def _describe(self) -> None:
        seen = self.plot.in_sight
        if seen is not None and self._made is not None:
            self.foot.note.setText(self._note(seen, self._made.mosaic is not None))

    def _note(self, seen: Picture, kernels: bool) -> str:
        parts = [self.tr("sampled") if seen.sampled else self.tr("exact")]
        if kernels and seen.plane.kernel:
            kernel = "{} × {}".format(*seen.plane.kernel)
            count = seen.plane.rows * seen.plane.columns
            count //= seen.plane.kernel[0] * seen.plane.kernel[1]
            text = self.tr("{count} kernels of {kernel}")
            parts.append(text.format(count=number_text.whole(count), kernel=kernel))
        elif seen.is_full_detail:
            parts.append(self.tr("one cell per element"))
        else:
            tall = -(-seen.region.rows // seen.mean.shape[0])
            wide = -(-seen.region.columns // seen.mean.shape[1])
            text = self.tr("blocks of up to {size} elements")
            parts.append(text.format(size=f"{tall} × {wide}"))
        if self._tensor is not None and DTYPES[self._tensor.dtype].kind == "complex":
            parts.append(self.tr("magnitudes"))
        return " · ".join(parts)

    def _in_words(self, seen: Picture) -> str:
        text = self.tr(
            "{rows} rows and {columns} columns. Arrow keys walk, Enter goes to the value."
        )
        return text.format(rows=seen.plane.rows, columns=seen.plane.columns)

    # Looking closer

    def _look_closer(self, region: Region) -> None:
        tensor, made = self._tensor, self._made
        busy = self._job is not None and not self._job.finished
        if tensor is None or made is None or busy or not can_zoom(tensor):
            return
        cells = self._cells()

        def work(cancel: CancelToken, progress: Progress) -> Picture:
            return picture(tensor, cells, region, cancel=cancel, progress=progress)

        if region.rows * region.columns <= READ_ELEMENTS:
            self._job = self._jobs.run("look", work, self.plot.show_detail, self._fail)

    def _remake_if_coarse(self) -> None:
        """After the panel grew, make the picture again for the new number of pixels."""
        made, tensor = self._made, self._tensor
        if made is None or tensor is None or not self.isVisible():
            return
        have, want = made.picture.mean.shape, self._cells()
        plane = made.picture.plane
        coarse = have[0] * 1.3 < min(want[0], plane.rows) or (
            have[1] * 1.3 < min(want[1], plane.columns)
        )
        if made.mosaic is None and coarse and not made.picture.sampled:
            self._request(tensor)

    # Copy and save

    def copy_picture(self) -> None:
        """Put the picture on the clipboard."""
        plot_export.copy_picture(self.plot.plot, self._title())

    def save(self, path: str = "") -> None:
        """Write the picture as PNG or SVG; asks for a name where none is given."""
        kinds = self.tr("Picture (*.png)"), self.tr("Drawing (*.svg)")
        path = path or plot_export.ask_path(self, self.tr("Save picture"), self._title(), *kinds)
        if not path:
            return
        try:
            plot_export.save_picture(self.plot.plot, self._title(), path)
        except CheckpointError as error:
            self._jobs.failed.emit(error)

    def _title(self) -> str:
        return plain(self._tensor.key, 200) if self._tensor else ""

    # Laying out

    def _make_controls(self) -> None:
        self._controls = flowing(QWidget(self))
        line = FlowLayout(self._controls, 4)
        line.setContentsMargins(0, 0, 0, 0)
        self.reduction = QComboBox(self._controls)
        self.reduction.setAccessibleName(self.tr("What a cell shows of its block"))
        self.reduction.addItem(self.tr("Block mean"), False)
        self.reduction.addItem(self.tr("Strongest in block"), True)
        self.reduction.activated.connect(
            lambda _: self.plot.set_strongest(self.reduction.currentData())
        )
        self.fit = self._button(self.tr("Fit"), self.tr("Show all of it (Home)"))
        self.copy = self._button(self.tr("Copy"), self.tr("Copy the picture"))
        self.save_button = self._button(self.tr("Save…"), self.tr("Save as PNG or SVG"))
        self._bad = QLabel(self._controls)
        self.fit.clicked.connect(self.plot.fit)
        self.copy.clicked.connect(self.copy_picture)
        self.save_button.clicked.connect(lambda: self.save())
        for widget in (self.reduction, self.fit, self.copy, self.save_button, self._bad):
            line.addWidget(widget)

    def _button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(self._controls)
        button.setText(text)
        button.setToolTip(tip)
        button.setObjectName("flat")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button

    def _arrange(self) -> None:
        column = QVBoxLayout(self.page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._controls)
        column.addWidget(self.plot, 1)
        column.addWidget(self.foot)

    def _recolor(self) -> None:
        self._bad.setStyleSheet(f"color: {color_scale.bad_color().name()}")
        self.copy.setIcon(assets.icon("copy"))
        self.save_button.setIcon(assets.icon("export"))


def _make(
    tensor: Tensor,
    cells: tuple[int, int],
    show_first: Callable[[_Made], None],
    cancel: CancelToken,
    progress: Progress,
) -> _Made:
    """Return the picture of `tensor`; a sampled one goes to `show_first` where all takes longer."""
    plane = plane_of(tensor)
    if tensor.numel <= MOSAIC_ELEMENTS:
        laid = mosaic(plane, *cells)
        if laid is not None:
            whole = picture(tensor, (plane.rows, plane.columns), cancel=cancel, progress=progress)
            return _Made(whole, laid)
    if tensor.numel >= SAMPLE_FROM:
        first = sample_picture(tensor, cells, cancel=cancel)
        if first is not None:
            if tensor.numel > READ_ELEMENTS:
                return _Made(first)
            show_first(_Made(first))
    return _Made(picture(tensor, cells, cancel=cancel, progress=progress))
