"""Check every record of a file that has a checksum, and name the tensors of the damaged ones."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint
from inspector.checkpoint.units import bytes_text
from inspector.export.verify import VerifiedRecord, VerifyReport, verify_checkpoint
from inspector.ui.export_bar import ExportBar
from inspector.ui.jobs import Job, Jobs
from inspector.ui.reasons import in_words, reason_of
from inspector.ui.row_table import Sheet, SheetTable
from inspector.ui.tab_dialog import TabDialog
from inspector.ui.texts import PlainLabel
from inspector.ui.tone_label import ToneLabel


class VerifyDialog(TabDialog):
    """Starts at once. `damage_found` carries the keys of all damaged tensors, `key_asked` one that
    was double-clicked."""

    damage_found = Signal(object)
    key_asked = Signal(object)  # a key that is no UTF-8 would not survive as a str of Qt

    def __init__(self, checkpoint: Checkpoint, jobs: Jobs, tab: QWidget) -> None:
        super().__init__(tab)
        self._checkpoint = checkpoint
        self._jobs = jobs
        self._job: Job[VerifyReport] | None = None
        self.report: VerifyReport | None = None
        self.setWindowTitle(self.tr("Verify checksums"))
        em = self.fontMetrics().height()
        self.title = ToneLabel(self, "title")
        self.title.enlarge(1.2)
        self._note = PlainLabel("", self, "muted")
        self._note.setWordWrap(True)
        self.table = SheetTable(self)
        self.table.setAccessibleName(self.tr("Damaged records"))
        self.table.activated.connect(lambda index: self._go(index.row()))
        self.bar = ExportBar(self.tr("Check again"), self)
        self.bar.started.connect(self.start)
        self.bar.cancelled.connect(self._cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(em * 3 // 2, em, em * 3 // 2, em)
        column.setSpacing(em // 2)
        column.addWidget(self.title)
        column.addWidget(self._note)
        column.addWidget(self.table, 1)
        column.addStretch(0)
        column.addWidget(self.bar)
        self.resize(em * 44, em * 22)
        self.start()

    def start(self) -> None:
        """Read and check everything."""
        checkpoint = self._checkpoint
        self.title.tell(self.tr("Checking {}").format(bytes_text(checkpoint.size)))
        self._note.setText(self.tr("Every record that has a checksum is read and compared."))
        self.table.hide()
        self.bar.run(True)
        self._job = self._jobs.run(
            "write",
            lambda cancel, progress: verify_checkpoint(checkpoint, cancel, progress),
            self._on_report,
            self._on_failed,
            self._show_progress,
        )

    def stop(self) -> None:
        """End the check."""
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _cancel(self) -> None:
        if self._job is None:
            self.close()
            return
        self.stop()
        self.bar.run(False)
        self.title.tell(self.tr("Stopped before the end"))
        self.bar.say("")

    def _show_progress(self, done: int, total: int) -> None:
        self.bar.show_progress(done, total)
        self.bar.say(self.tr("{} of {}").format(bytes_text(done), bytes_text(total)))

    def _on_report(self, report: VerifyReport) -> None:
        self._job = None
        self.report = report
        self.bar.run(False)
        self.bar.say("")
        self.damage_found.emit({key for record in report.damaged for key in record.tensors})
        without = sum(record.status == "no checksum" for record in report.records)
        damaged = report.damaged
        untold = without == len(report.records)
        tone = "danger" if damaged else "" if untold else "ok"
        summary = in_words(report.summary)
        self.title.tell(summary[:1].upper() + summary[1:], tone)
        self._note.setText(self._advice(report, without))
        self.table.setVisible(bool(damaged))
        self.table.show_sheet(
            Sheet((self.tr("Tensors"), self.tr("What is wrong")), damaged, _cells, widest=1)
        )

    def _advice(self, report: VerifyReport, without: int) -> str:
        if report.damaged:
            return self.tr(
                "Copy or download the file again. Tensors that are not listed are as they were "
                "written and can be exported."
            )
        if without:
            return self.tr("A record without a checksum may be whole: nobody can tell.")
        return self.tr("PyTorch itself does not check this when it loads a file.")

    def _on_failed(self, error: Exception) -> None:
        self._job = None
        self.bar.run(False)
        self.bar.say("")
        if not isinstance(error, CheckpointError):
            self._jobs.failed.emit(error)
            return
        self.title.tell(reason_of(error), "danger")

    def _go(self, row: int) -> None:
        if self.report is not None and (keys := self.report.damaged[row].tensors):
            self.key_asked.emit(keys[0])


def _cells(record: VerifiedRecord) -> tuple[str, ...]:
    return ", ".join(shown(key, 100) for key in record.tensors) or record.name, in_words(
        record.problem
    )
