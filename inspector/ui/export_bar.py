"""The foot of the export dialog: what happens now, and the buttons that start and stop it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from inspector.ui import theme
from inspector.ui.texts import PlainLabel

_STEPS = 1000


class ExportBar(QWidget):
    """`started` and `cancelled` by the two buttons; the second one closes while nothing runs."""

    started = Signal()
    cancelled = Signal()

    def __init__(self, action: str, parent: QWidget) -> None:
        super().__init__(parent)
        em = self.fontMetrics().height()
        self._danger = False
        self.message = PlainLabel("", self)
        self.message.setWordWrap(True)
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
        row.addWidget(self.cancel)
        row.addWidget(self.start)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(em // 2)
        column.addWidget(self.progress)
        column.addLayout(row)
        theme.changed.connect(self._paint)

    def say(self, text: str, danger: bool = False) -> None:
        """Show a line, in red when something went wrong."""
        self._danger = danger
        self.message.setText(f"✗ {text}" if danger and text else text)
        self.message.setAccessibleName(text)
        self._paint()

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

    def _paint(self) -> None:
        colors = theme.colors()
        palette = self.palette()
        palette.setColor(
            self.message.foregroundRole(), colors.danger if self._danger else colors.muted
        )
        self.message.setPalette(palette)
