"""What a tab shows while its file is being read: how far it is, and a way to stop."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from inspector.checkpoint.units import bytes_text
from inspector.ui.texts import ElidedLabel, PlainLabel


class OpeningPage(QWidget):
    """Progress in bytes and *Cancel*."""

    cancelled = Signal()

    def __init__(self, path: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        em = self.fontMetrics().height()
        self._title = ElidedLabel(self.tr("Opening {}").format(path), self, "title")
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of opening"))
        self._bytes = PlainLabel("", self, "muted")
        self._bytes.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._cancel = QPushButton(self.tr("Cancel"), self)
        self._cancel.setObjectName("plain")
        self._cancel.clicked.connect(self.cancelled)
        column = QVBoxLayout(self)
        column.setContentsMargins(em * 2, em * 2, em * 2, em * 2)
        column.setSpacing(em * 2 // 3)
        column.addStretch(2)
        column.addWidget(self._title)
        column.addWidget(self._bar)
        column.addWidget(self._bytes)
        column.addWidget(self._cancel, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.setMaximumWidth(em * 40)
        self.setFocusProxy(self._cancel)

    def show_progress(self, done: int, total: int) -> None:
        """Show how many of the file's bytes were read."""
        if total > 0:
            self._bar.setRange(0, 1000)
            self._bar.setValue(min(1000, done * 1000 // total))
            self._bytes.setText(
                self.tr("{} of {}").format(bytes_text(min(done, total)), bytes_text(total))
            )
