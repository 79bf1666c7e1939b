"""After an export: what was written and how it was checked, and what to do with it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from inspector.checkpoint.plain_text import shown
from inspector.export.plan import ExportPlan
from inspector.export.prove import Proof, prove
from inspector.export.report import ExportReport
from inspector.ui import theme
from inspector.ui.figures import exact_bytes_text
from inspector.ui.flow_layout import FlowLayout, flowing
from inspector.ui.jobs import Job, Jobs
from inspector.ui.reasons import sentence
from inspector.ui.texts import ElidedLabel, PlainLabel, counted
from inspector.ui.tone_label import ToneLabel

_LISTED = 5


class ExportReportPage(QWidget):
    """`open_asked` carries the path of the copy; `again_asked` goes back to the choices,
    `close_asked` leaves the dialog."""

    open_asked = Signal(object)
    again_asked = Signal()
    close_asked = Signal()

    def __init__(self, plan: ExportPlan, report: ExportReport, jobs: Jobs, parent: QWidget) -> None:
        super().__init__(parent)
        self._plan, self._report, self._jobs = plan, report, jobs
        self._proving: Job[Proof] | None = None
        em = self.fontMetrics().height()
        title = ToneLabel(self, "title")
        title.enlarge(1.35)
        title.tell(self.tr("The copy is written"), "ok")
        column = QVBoxLayout(self)
        column.setContentsMargins(em * 2, em * 2, em * 2, em)
        column.setSpacing(em)
        column.addWidget(title)
        column.addWidget(ElidedLabel(str(report.files[-1]), self, "muted"))
        column.addWidget(self._facts(em))
        column.addLayout(self._buttons(em))
        self.verdict = ToneLabel(self)
        self.verdict.hide()
        column.addWidget(self.verdict)
        column.addWidget(PlainLabel(self.tr("To load it"), self, "muted"))
        column.addWidget(self._code(em))
        column.addStretch(1)
        close = self._button(self.tr("Close"))
        close.clicked.connect(self.close_asked)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)

    @property
    def proving(self) -> bool:
        """Whether torch is at work on the copy."""
        return self._proving is not None

    def stop(self) -> None:
        """End the proof; its process is killed."""
        if self._proving is not None:
            self._proving.cancel()
            self._proving = None
            self.verdict.tell(self.tr("The proof was stopped."))
        self.prove.setText(self.tr("Prove with torch"))

    def _facts(self, em: int) -> QWidget:
        report = self._report
        card = QFrame(self)
        card.setObjectName("card")
        form = QFormLayout(card)
        form.setContentsMargins(em, em, em, em)
        form.setHorizontalSpacing(em * 2)
        files = counted(len(report.files), self.tr("{} file"), self.tr("{} files"))
        seconds = self.tr("{:.1f} s").format(report.seconds)
        size = exact_bytes_text(report.nbytes)
        self._add(form, self.tr("Written"), f"{files}, {size}, {seconds}")
        if report.compared is not None:
            checked = counted(
                report.compared,
                self.tr("{} tensor, read back and equal to the source in every bit"),
                self.tr("{} tensors, read back and equal to the source in every bit"),
            )
            if self._plan.casts:
                checked = counted(
                    report.compared,
                    self.tr("{} tensor, read back and equal to the source, cast as asked"),
                    self.tr("{} tensors, read back and equal to the source, cast as asked"),
                )
            self._add(form, self.tr("Compared"), checked)
        if report.left_out:
            names = ", ".join(shown(item.key, 60) for item in report.left_out[:_LISTED])
            more = self.tr(" and more") if len(report.left_out) > _LISTED else ""
            count = f"{len(report.left_out):,}: {names}{more}"
            self._add(form, self.tr("Left out"), count)
        for warning in report.warnings:
            self._add(form, self.tr("Note"), "⚠ " + sentence(warning))
        return card

    def _add(self, form: QFormLayout, name: str, text: str) -> None:
        value = PlainLabel(text, self)
        value.setWordWrap(True)
        form.addRow(PlainLabel(name, self, "muted"), value)

    def _buttons(self, em: int) -> QHBoxLayout:
        open_copy = self._button(self.tr("Open the copy"), "primary")
        open_copy.clicked.connect(lambda: self.open_asked.emit(str(self._report.files[-1])))
        show = self._button(self.tr("Show in folder"))
        show.clicked.connect(self._show_folder)
        copy = self._button(self.tr("Copy loading code"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._report.loading_code))
        self.prove = self._button(self.tr("Prove with torch"))
        self.prove.setToolTip(
            self.tr("Load the copy with real torch in a process of its own and compare")
        )
        self.prove.clicked.connect(self._prove)
        again = self._button(self.tr("Another copy"))
        again.clicked.connect(self.again_asked)
        holder = QWidget(self)
        flow = FlowLayout(holder, em // 2)
        flow.setContentsMargins(0, 0, 0, 0)
        flowing(holder)
        for button in (open_copy, show, copy, self.prove, again):
            flow.addWidget(button)
        self.setFocusProxy(open_copy)
        row = QHBoxLayout()
        row.addWidget(holder)
        return row

    def _button(self, text: str, name: str = "plain") -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAutoDefault(name == "primary")
        return button

    def _code(self, em: int) -> QWidget:
        text = self._report.loading_code.rstrip()
        code = QPlainTextEdit(text, self)
        code.setReadOnly(True)
        code.setFont(theme.monospace())
        code.setAccessibleName(self.tr("Python that loads the copy"))
        code.setTabChangesFocus(True)
        code.setFixedHeight(round(min(text.count("\n") + 1, 9) * em * 1.3 + em * 1.5))
        return code

    def _show_folder(self) -> None:
        folder = Path(self._report.files[-1]).absolute().parent
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    # Proof

    def _prove(self) -> None:
        if self._proving is not None:
            self.stop()
            return
        plan, report = self._plan, self._report
        self.verdict.tell(self.tr("torch is loading the copy in a process of its own…"))
        self.prove.setText(self.tr("Stop the proof"))
        self._proving = self._jobs.run(
            "write",
            lambda cancel, progress: prove(plan, report, cancel=cancel),
            self._on_proof,
            self._on_failed,
        )

    def _on_proof(self, proof: Proof) -> None:
        self._end_proof()
        text = "\n".join(line[:1].upper() + line[1:] + "." for line in proof.lines)
        good = proof.proven and not proof.contradicted
        self.verdict.tell(text, "ok" if good else "danger" if proof.contradicted else "warning")

    def _on_failed(self, error: Exception) -> None:
        self._end_proof()
        self.verdict.tell(f"{type(error).__name__}: {error}", "warning")

    def _end_proof(self) -> None:
        self._proving = None
        self.prove.setText(self.tr("Prove with torch"))
