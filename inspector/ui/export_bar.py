"""The foot of the export dialog: what happens now, and the buttons that start and stop it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from inspector.ui.tone_label import ToneLabel

_STEPS = 1000


class ExportBar(QWidget):
    """`started` and `cancelled` by the two buttons; the second one closes while nothing runs."""

    started = Signal()
    cancelled = Signal()

    def __init__(self, action: str, parent: QWidget) -> None:
        super().__init__(parent)
        em = self.fontMetrics().height()
        self.message = ToneLabel(self, "muted")
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setRange(0, _STEPS)
        self.progress.setAccessibleName(self.tr("Progress"))
        self.progress.hide()
        self.start = QPushButton(action, self)
        self.start.setObjectName("primary")
        self.start.setDefault(True)
        self.start.clicked.connect(self.started)
        self.cancel = QPushButton(self.tr("Close"), self)
        self.cancel.setObjectName("plain")
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout()
        row.addWidget(self.message, 1)
        row.addStretch(0)
        row.addWidget(self.cancel)
        row.addWidget(self.start)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(em // 2)
        column.addWidget(self.progress)
        column.addLayout(row)

    def say(self, text: str, tone: str = "") -> None:
        """Show a line; its tone is `danger` when something went wrong."""
        self.message.tell(text, tone)

    def run(self, running: bool) -> None:
        """Show the progress and *Cancel*, or none of it."""
        self.progress.setVisible(running)
        self.progress.setValue(0)
        self.start.setVisible(not running)
        self.cancel.setText(self.tr("Cancel") if running else self.tr("Close"))
        if running:
            self.cancel.setFocus()

    def show_progress(self, done: int, total: int) -> None:
        """Move the bar."""
        self.progress.setValue(done * _STEPS // total if total else _STEPS)
