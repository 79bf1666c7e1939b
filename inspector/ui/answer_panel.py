"""What views of a selection have in common: a worker is asked, one waits visibly, it is shown."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from inspector.checkpoint.errors import CheckpointError
from inspector.ui.jobs import Jobs
from inspector.ui.reasons import reason_of
from inspector.ui.texts import PlainLabel

_PATIENCE_MS = 150
"""How long the last answer stays while the next one is being made, so that nothing flickers."""


class AnswerPanel(QWidget):
    """Shows `page`, which subclasses fill, or a message in its place. `_progress` and `_fail` are
    there to be given to `Jobs.run`; start `_patience` with the job."""

    def __init__(self, jobs: Jobs, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._message = PlainLabel("", self, "muted")
        self._message.setWordWrap(True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setMargin(24)
        self.page = QWidget(self)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._message)
        self._pages.addWidget(self.page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(lambda: self._say(self.tr("Reading…")))

    def _show_page(self) -> None:
        self._patience.stop()
        self._pages.setCurrentWidget(self.page)

    def _say(self, words: str) -> None:
        self._patience.stop()
        self._message.setText(words)
        self._pages.setCurrentWidget(self._message)

    def _progress(self, done: int, total: int) -> None:
        if total and self._pages.currentWidget() is self._message:
            self._message.setText(self.tr("Reading… {} %").format(100 * done // total))

    def _fail(self, error: Exception) -> None:
        if isinstance(error, CheckpointError):
            self._say(self.tr("This cannot be read: {}").format(reason_of(error)))
        else:
            self._say(self.tr("This cannot be shown."))
            self._jobs.failed.emit(error)
