"""Write a copy of a checkpoint: choices at the left, what they will do at the right.

The plan is made anew in a worker after every change, so that nothing is written that was not shown.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from inspector.checkpoint.cancel import Cancelled, CancelToken, Progress
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint
from inspector.checkpoint.units import bytes_text
from inspector.export.exporting import plan_export, write
from inspector.export.plan import ExportOptions, ExportPlan
from inspector.export.remap import SourceScan
from inspector.export.report import ExportReport
from inspector.ui.export_bar import ExportBar
from inspector.ui.export_choices import ExportChoices
from inspector.ui.export_facts import Preview, SourceFacts, preview, remove_left_over, source_facts
from inspector.ui.export_losses import LossCounter
from inspector.ui.export_preview import ExportPreview
from inspector.ui.export_report_page import ExportReportPage
from inspector.ui.export_target import ExportTarget
from inspector.ui.jobs import Job, Jobs
from inspector.ui.reasons import reason_of
from inspector.ui.tab_dialog import TabDialog

_PAUSE_MS = 120
"""A person who types is not asked for a plan after every letter."""
_PATIENCE_MS = 400
"""A plan that takes longer than this takes the one before out of sight."""

Written = tuple[ExportPlan, ExportReport] | None
"""What was written, None when it was cancelled before."""


class ExportDialog(TabDialog):
    """Exports of one checkpoint. `open_asked` carries the path of a copy to be opened."""

    open_asked = Signal(object)  # a path that is no UTF-8 would not survive as a str of Qt

    def __init__(self, checkpoint: Checkpoint, jobs: Jobs, tab: QWidget) -> None:
        super().__init__(tab)
        self._checkpoint = checkpoint
        self._jobs = jobs
        self.choices: ExportChoices | None = None
        self.report: ExportReportPage | None = None
        self.shown_plan: Preview | None = None
        """What the preview shows now, None while it is being made or cannot be."""
        self._scan = SourceScan(checkpoint)
        self._planning: Job[Preview] | None = None
        self._writing: CancelToken | None = None
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._plan)
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(
            lambda: self.preview.clear(self.tr("Working out what will change…"))
        )
        name = shown(checkpoint.path.replace("\\", "/").rstrip("/").rpartition("/")[2], 80)
        self.setWindowTitle(self.tr("Export a copy of {}").format(name))
        self._lay_out()
        jobs.run(
            "plan",
            lambda cancel, progress: source_facts(checkpoint, cancel),
            self._on_facts,
        )

    def _lay_out(self) -> None:
        em = self.fontMetrics().height()
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setMinimumWidth(em * 26)
        self.preview = ExportPreview(self)
        self.preview.allowed_changed.connect(self._show_state)
        self._losses = LossCounter(self.preview, self._jobs, self)
        self._losses.failed.connect(self._on_plan_failed)
        self._split = QSplitter(self)
        self._split.addWidget(self._area)
        self._split.addWidget(self.preview)
        self._split.setChildrenCollapsible(False)
        self.target = ExportTarget(self)
        self.target.changed.connect(self._plan_soon)
        self.target.removal_asked.connect(self._remove_left_over)
        self.target.replace.toggled.connect(self._show_state)
        self.bar = ExportBar(self.tr("Export"), self)
        self.bar.started.connect(self.write)
        self.bar.cancelled.connect(self._cancel)
        form = QWidget(self)
        foot = QWidget(form)
        below = QVBoxLayout(foot)
        below.setContentsMargins(em, em // 2, em, em)
        below.setSpacing(em // 2)
        below.addWidget(self.target)
        below.addWidget(self.bar)
        column = QVBoxLayout(form)
        column.setContentsMargins(0, em // 2, 0, 0)
        column.addWidget(self._split, 1)
        column.addWidget(foot)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(form)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)
        self._show_state()
        room = self.screen().availableSize()
        self.resize(min(em * 62, room.width()), min(em * 42, room.height() - 2 * em))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the preview below the choices where there is no room beside them."""
        super().resizeEvent(event)
        wide = self.width() >= self.fontMetrics().height() * 44
        self._split.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)

    # Planning

    @property
    def planning(self) -> bool:
        """Whether the preview is still being made."""
        return self.choices is None or self._pause.isActive() or self._planning is not None

    def _on_facts(self, facts: SourceFacts) -> None:
        self.choices = ExportChoices(self._checkpoint, facts, self)
        self.choices.changed.connect(self._on_choice)
        self._area.setWidget(self.choices)
        em = self.fontMetrics().height()
        self._split.setSizes([em * 28, em * 34])
        self._split.setStretchFactor(1, 1)
        self.choices.setFocus(Qt.FocusReason.OtherFocusReason)
        self._on_choice()
        self._pause.stop()
        self._plan()

    def _on_choice(self) -> None:
        if self.choices is None:
            return
        try:
            self.target.propose(self.choices.proposed_target())
        except CheckpointError as error:
            self._on_plan_failed(error)
            return
        self._plan_soon()

    def _plan_soon(self) -> None:
        # Nothing may be written between an edit and its preview.
        self._drop_plan()
        self._pause.start()
        self._show_state()

    def _options(self) -> ExportOptions:
        assert self.choices is not None
        return replace(
            self.choices.options(),
            overwrite=self.target.replace.isChecked(),
            allow_unsafe_globals=self.preview.allow.isChecked(),
        )

    def _plan(self) -> None:
        self._drop_plan()
        try:
            # Shown as if replacing were allowed: whether it is, is asked beside the target.
            options = replace(self._options(), overwrite=True)
        except CheckpointError as error:
            self._on_plan_failed(error)
            return
        checkpoint, target, scan = self._checkpoint, self.target.path, self._scan
        self._planning = self._jobs.run(
            "plan",
            lambda cancel, progress: preview(checkpoint, target, options, cancel, scan),
            self._on_plan,
            self._on_plan_failed,
        )
        self._patience.start()
        self._show_state()

    def _drop_plan(self) -> None:
        self._patience.stop()
        self.shown_plan = None
        self._losses.stop()
        if self._planning is not None:
            self._planning.cancel()
            self._planning = None

    def _on_plan(self, made: Preview) -> None:
        self._patience.stop()
        self._planning = None
        self.shown_plan = made
        self.preview.show_plan(made)
        self.target.show_replaced(made.replaced)
        self.target.show_left_over(len(made.left_over))
        self._losses.take(made.plan)
        self._show_state()

    def _on_plan_failed(self, error: Exception) -> None:
        self._drop_plan()
        if not isinstance(error, CheckpointError):
            self._jobs.failed.emit(error)
            return
        self.preview.show_trouble(error)
        self.target.show_replaced(())
        self.target.show_left_over(0)
        self._show_state()

    def _remove_left_over(self) -> None:
        paths = self.shown_plan.left_over if self.shown_plan is not None else ()
        self._jobs.run(
            "plan",
            lambda cancel, progress: remove_left_over(paths),
            lambda _: self._plan(),
            owner=self,
        )

    def _show_state(self) -> None:
        """Offer *Export* only for what is shown, fits, and is answered for."""
        made = self.shown_plan
        missing = ""
        if made is not None and made.plan.unsafe and not self.preview.allow.isChecked():
            missing = self.tr("To copy the whole file, allow the names it holds.")
        elif made is not None and made.replaced and not self.target.replace.isChecked():
            missing = self.tr("A file of this name is there already.")
        self.bar.start.setEnabled(
            made is not None and not missing and made.plan.nbytes <= made.plan.free
        )
        if made is not None and not self.busy:
            self.bar.say(missing)

    # Writing

    @property
    def busy(self) -> bool:
        """Whether a copy is being written."""
        return self._writing is not None

    def stop_question(self) -> tuple[str, str, str]:
        """Ask about the copy that is not whole yet."""
        return (
            self.tr("A copy is being written. Stop it? Nothing of it will be left."),
            self.tr("Stop writing"),
            self.tr("Go on writing"),
        )

    def write(self) -> None:
        """Write what the preview shows."""
        if self.shown_plan is None or self.busy:
            return
        token = self._writing = CancelToken()
        checkpoint, target, options = self._checkpoint, self.target.path, self._options()
        scan = self._scan
        nbytes = self.shown_plan.plan.nbytes

        def work(cancel: CancelToken, progress: Progress) -> Written:
            def advance(done: int, total: int) -> None:
                if cancel.cancelled:
                    token.cancel()
                progress(done, total)

            # Planned again, for a file may stand at the target that did not a moment ago.
            try:
                plan = plan_export(checkpoint, target, options, cancel=token, scan=scan)
                return plan, write(plan, token, advance)
            except Cancelled:
                return None

        self._enable(False)
        self.bar.run(True)
        self.bar.say(self.tr("Writing…"))
        self._jobs.run(
            "write",
            work,
            self._on_written,
            self._on_write_failed,
            lambda done, total: self._show_progress(done, total, nbytes),
        )

    def stop(self) -> None:
        """End planning, writing and proving."""
        self._pause.stop()
        self._drop_plan()
        self._scan = SourceScan(self._checkpoint)  # what was read may take 100 MB
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        if self.report is not None:
            self.report.stop()

    def _cancel(self) -> None:
        if self._writing is None:
            self.close()
            return
        self._writing.cancel()
        self.bar.say(self.tr("Stopping…"))
        self.bar.cancel.setEnabled(False)

    def _show_progress(self, done: int, total: int, nbytes: int) -> None:
        if self._writing is None or self._writing.cancelled:
            return
        self.bar.show_progress(done, total)
        if done < nbytes:
            text = self.tr("Writing: {} of {}").format(bytes_text(done), bytes_text(nbytes))
        else:
            text = self.tr("Reading it back and comparing: {} of {}").format(
                bytes_text(done - nbytes), bytes_text(total - nbytes)
            )
        self.bar.say(text)

    def _on_written(self, written: Written) -> None:
        self._end_writing()
        if written is None:
            self.bar.say(self.tr("Stopped. Nothing was written."))
            return
        self.bar.say("")
        self.report = ExportReportPage(*written, self._jobs, self)
        self.report.open_asked.connect(self.open_asked)
        self.report.again_asked.connect(self.show_choices)
        self.report.close_asked.connect(self.close)
        self._pages.addWidget(self.report)
        self._pages.setCurrentWidget(self.report)
        self.report.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_write_failed(self, error: Exception) -> None:
        self._end_writing()
        if not isinstance(error, CheckpointError):
            self._jobs.failed.emit(error)
            return
        self.bar.say(reason_of(error), "danger")

    def _end_writing(self) -> None:
        self._writing = None
        self.drop_question()
        self._enable(True)
        self.bar.run(False)
        self.bar.cancel.setEnabled(True)
        self._show_state()

    def _enable(self, enabled: bool) -> None:
        self._split.setEnabled(enabled)
        self.target.setEnabled(enabled)

    def show_choices(self) -> None:
        """Go back from the report; the choices are as they were."""
        if self.report is not None:
            self.report.stop()
            self._pages.removeWidget(self.report)
            self.report.deleteLater()
            self.report = None
        self._pages.setCurrentIndex(0)
        self._plan()
