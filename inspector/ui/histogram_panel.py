"""The histogram of what is selected: a tensor, or everything below a module.

The work runs in the lane where the latest request wins, so walking through the tree with the arrow
keys never queues anything; a panel that is not in sight asks for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from inspector.analysis.histogram import Histogram
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.plain_text import shown as plain
from inspector.checkpoint.types import Tensor
from inspector.ui import plot_export
from inspector.ui.answer_panel import AnswerPanel
from inspector.ui.badges import BadgeLine
from inspector.ui.foot_line import FootLine
from inspector.ui.histogram_axes import KeptAxes
from inspector.ui.histogram_content import Shown, csv_rows, words_for_bars
from inspector.ui.histogram_controls import HistogramControls
from inspector.ui.histogram_plot import HistogramPlot
from inspector.ui.histogram_work import (
    ModuleShown,
    TensorShown,
    look_at_module,
    look_at_tensor,
    parts_of,
    plotted,
    refine_bars,
)
from inspector.ui.jobs import Job, Jobs
from inspector.ui.module_table import ModuleTable
from inspector.ui.recent_results import RecentResults
from inspector.ui.scrolling import scrolling
from inspector.ui.statistics_table import StatisticsTable
from inspector.ui.texts import PlainLabel, plain_tip

RESULTS_KEPT = 16
"""Results kept; each holds up to 1.5 MB of counts."""
WORTH_REFINING = 0.02
"""Error of a bar, as a part of the tallest, from which on exact counts are offered."""
REFINED_AT_ONCE = 64 << 20
"""Bytes of a tensor up to which inexact bars are counted again unasked, once the view rests."""
REFINED_TENSORS = 500
"""Tensors of a module up to which that is done; each takes a third of a millisecond."""
_REST_MS = 350


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is selected: its name, its tensors, and whether it is a module."""

    title: str
    tensors: tuple[Tensor, ...]
    module: bool


class HistogramPanel(AnswerPanel):
    """Plot, badges, figures and, for a module, a row per tensor."""

    key_activated = Signal(str)
    """A row of a module's table was chosen."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(jobs, parent)
        self._subject: _Subject | None = None
        self._part = ""
        self._kept: KeptAxes | None = None
        self._settled = True
        self._shown: Shown | None = None
        self._result: TensorShown | ModuleShown | None = None
        self._refining: Job[Histogram] | None = None
        self._job: Job[TensorShown | ModuleShown] | None = None
        self._results: RecentResults[TensorShown | ModuleShown] = RecentResults(RESULTS_KEPT)
        self.controls = HistogramControls(self)
        self.plot = HistogramPlot(self)
        self.foot = FootLine(self)
        self.table = StatisticsTable(self)
        self.rows = ModuleTable(self)
        self.badges = BadgeLine(self)
        self._nothing = PlainLabel(self.tr("No finite value to plot."), self, "muted")
        self._arrange()
        self._connect()
        self._resting = QTimer(self, singleShot=True, interval=_REST_MS)
        self._resting.timeout.connect(self.refine)
        self.show_tensor(None)

    # What is selected

    def show_tensor(self, tensor: Tensor | None) -> None:
        """Show one tensor; None: nothing is selected."""
        subject = None
        if tensor is not None:
            subject = _Subject(tensor.key, (tensor,), module=False)
        self._select(subject)

    def show_tensors(self, title: str, tensors: Sequence[Tensor]) -> None:
        """Show the merged histogram of `tensors`, and a row for each."""
        self._select(_Subject(title, tuple(tensors), module=True))

    def axes(self) -> KeptAxes:
        """Return how the plot is laid out, for `return_to` after a reload."""
        title = self._subject.title if self._subject else ""
        return KeptAxes(title, self._part, self.plot.axes)

    def return_to(self, kept: KeptAxes) -> None:
        """Lay the plot out as it was; its view comes back with the same selection."""
        self._part, self._kept = kept.part, kept
        axes = kept.axes
        self.controls.show_axes(axes.log_values, axes.log_counts, axes.normal_curve, axes.bins)

    def forget(self) -> None:
        """Drop all kept results, as when the file is closed."""
        self._results.clear()
        self.show_tensor(None)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what was selected while the panel was out of sight."""
        super().showEvent(event)
        if not self._settled:
            self._ask()

    def _select(self, subject: _Subject | None) -> None:
        self._subject = subject
        self._settled = False
        single = subject.tensors[0] if subject and not subject.module else None
        parts = parts_of(single) if single else ()
        self._part = self._part if self._part in parts else (parts[0] if parts else "")
        words = {code: self._part_word(code) for code in parts}
        self.controls.set_parts(tuple(words.items()), self._part)
        self.rows.setVisible(bool(subject and subject.module))
        self.table.setVisible(not (subject and subject.module))
        if self.isVisible() or subject is None:
            self._ask()

    def _part_word(self, code: str) -> str:
        return {
            "real": self.tr("Real part"),
            "imaginary": self.tr("Imaginary part"),
            "magnitude": self.tr("Magnitude"),
            "values": self.tr("Values"),
            "raw": self.tr("Raw integers"),
        }[code]

    # Asking and answering

    def _ask(self) -> None:
        self._settled = True
        self._shown = self._result = None
        self._resting.stop()
        for job in (self._job, self._refining):
            if job is not None:
                job.cancel()
        subject = self._subject
        if subject is None:
            self._say(self.tr("Select a tensor or a module to see how its values are distributed."))
        elif not sum(tensor.numel for tensor in subject.tensors):
            self._say(self._words_for_nothing(subject))
        elif (kept := self._results.get(subject)) is not None:
            self._show(kept)
        else:
            self._settled = False
            self._patience.start()
            self._request(subject)

    def _words_for_nothing(self, subject: _Subject) -> str:
        if subject.module:
            return self.tr("There are no values below this.")
        return self.tr("This tensor is empty: shape {shape}, no values.").format(
            shape=list(subject.tensors[0].shape)
        )

    def _request(self, subject: _Subject) -> None:
        show = partial(self._jobs.post_and_wait, self._show)

        def work(cancel: CancelToken, progress: Progress) -> TensorShown | ModuleShown:
            if subject.module:
                return look_at_module(subject.tensors, show, cancel, progress)
            return look_at_tensor(subject.tensors[0], show, cancel, progress)

        def done(result: TensorShown | ModuleShown) -> None:
            self._settled = True
            self._results.keep(subject, result)
            self._show(result)

        self._job = self._jobs.run("look", work, done, self._fail, self._progress)

    def _show(self, result: TensorShown | ModuleShown) -> None:
        self._result = result
        if isinstance(result, ModuleShown):
            self.rows.show_rows(result.rows)
            shown = result.shown
        else:
            shown = result.parts.get(self._part) or next(iter(result.parts.values()))
        if shown is None:
            self._say(self.tr("None of these tensors can be read, or all are empty."))
        else:
            self._show_one(shown)

    def _show_one(self, shown: Shown) -> None:
        # A sample is replaced by the exact result without the axes jumping.
        keep_view = self._shown is not None and self._shown.statistics.sampled
        self._shown = shown
        self.table.show_figures(shown.figures)
        self.badges.show_badges(shown.badges)
        self.plot.setVisible(shown.content is not None)
        self._nothing.setVisible(shown.content is None)
        self.controls.refine.hide()
        self.foot.note.setText(shown.note)
        self._describe()
        if shown.content is not None:
            self.plot.show_content(shown.content, keep_view)
            self._show_kept_view()
        self._show_page()

    def _show_kept_view(self) -> None:
        kept, self._kept = self._kept, None
        if kept and kept.axes.sight and self._subject and kept.title == self._subject.title:
            self.plot.set_values_in_view(*kept.axes.sight)

    def _fail(self, error: Exception) -> None:
        self._settled = True
        super()._fail(error)

    def _describe(self) -> None:
        """Give the plot in words, for those who do not see it."""
        assert self._shown is not None
        words = "; ".join(f"{figure.name} {figure.shown}" for figure in self._shown.figures)
        self.plot.plot.setAccessibleDescription(words)

    # Looking closer

    def _describe_bars(self) -> None:
        """Say how exact the bars in sight are, and how many values are out of sight."""
        if self._shown is None or self._subject is None:
            return
        bars = self.plot.bars
        line, tip = words_for_bars(bars, self._shown)
        self.foot.note.setText(line)
        self.foot.note.setToolTip(plain_tip(tip))
        worth = bars.doubt > WORTH_REFINING and self._can_refine()
        tensors = self._subject.tensors
        few = len(tensors) <= REFINED_TENSORS
        at_once = worth and few and sum(each.nbytes for each in tensors) <= REFINED_AT_ONCE
        self.controls.refine.setVisible(worth and not at_once)
        if at_once:
            self._resting.start()

    def _can_refine(self) -> bool:
        """Whether another pass would count what is shown; one counts magnitudes and values only."""
        return (
            self._settled
            and self._subject is not None
            and self._part in ("", "magnitude", "values")
        )

    def refine(self) -> None:
        """Count the values in the bars in sight exactly, by reading the tensors once more."""
        if self._subject is None or not self._can_refine() or not self.isVisible():
            return
        tensors, bars, scale = self._subject.tensors, self.plot.bars, self.plot.scale

        def work(cancel: CancelToken, progress: Progress) -> Histogram:
            return refine_bars(plotted(tensors), bars, scale, cancel, progress)

        def told(done: int, total: int) -> None:
            text = self.tr("counting exactly… {percent} %")
            self.foot.note.setText(text.format(percent=100 * done // max(total, 1)))

        self._refining = self._jobs.run("look", work, self._show_refined, self._fail, told)

    def _show_refined(self, found: Histogram) -> None:
        self.plot.show_refined(found)
        self._describe_bars()  # also where the view has moved on and the bars did not change

    # Copy and save

    def copy_figures(self) -> None:
        """Put the figures on the clipboard as text."""
        text = self.rows.text() if self._subject and self._subject.module else self.table.text()
        QGuiApplication.clipboard().setText(text)

    def copy_picture(self) -> None:
        """Put the plot on the clipboard as a picture."""
        plot_export.copy_picture(self.plot.plot, self._title())

    def save(self, path: str = "") -> None:
        """Write the plot as PNG or SVG, or its bins as CSV; asks for a name where none is given."""
        kinds = self.tr("Picture (*.png)"), self.tr("Drawing (*.svg)"), self.tr("Bins (*.csv)")
        path = path or plot_export.ask_path(self, self.tr("Save plot"), self._title(), *kinds)
        if not path:
            return
        try:
            if path.lower().endswith(".csv"):
                bars = self.plot.bars
                plot_export.save_text(csv_rows(bars.edges.tolist(), bars.counts.tolist()), path)
            else:
                plot_export.save_picture(self.plot.plot, self._title(), path)
        except CheckpointError as error:
            self._jobs.failed.emit(error)

    def _title(self) -> str:
        return plain(self._subject.title, 200) if self._subject else ""

    # Laying out

    def _arrange(self) -> None:
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        upper = QWidget(self)
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.controls)
        column.addWidget(self.plot, 1)
        column.addWidget(self._nothing, 1)
        column.addWidget(self.foot)
        column.addWidget(self.badges)
        column.addWidget(self.table)
        split = QSplitter(Qt.Orientation.Vertical, self)
        # A low window scrolls: else the least height of everything would be its own.
        self.plot.setMinimumHeight(self.fontMetrics().height() * 12)
        area = scrolling(upper, self)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        split.addWidget(area)
        split.addWidget(self.rows)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setChildrenCollapsible(False)
        split.setSizes([600, 400])
        layout = QVBoxLayout(self.page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)

    def _connect(self) -> None:
        controls = self.controls
        controls.symlog_toggled.connect(self.plot.set_symlog)
        controls.log_counts_toggled.connect(self.plot.set_log_counts)
        controls.normal_toggled.connect(self.plot.set_normal_curve)
        controls.bins_chosen.connect(self.plot.set_bins)
        controls.part_chosen.connect(self._choose_part)
        controls.fit_requested.connect(self.plot.fit)
        controls.refine_requested.connect(self.refine)
        controls.copy_table_requested.connect(self.copy_figures)
        controls.copy_picture_requested.connect(self.copy_picture)
        controls.save_requested.connect(lambda: self.save())
        self.plot.rebinned.connect(self._describe_bars)
        self.plot.pointed.connect(self.foot.point_out)
        self.rows.key_activated.connect(self.key_activated)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self)
        copy.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        copy.activated.connect(self.copy_figures)

    def _choose_part(self, part: str) -> None:
        self._part = part
        if self._result is not None:
            self._shown = None
            self._show(self._result)
