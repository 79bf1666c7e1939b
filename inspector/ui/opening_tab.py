"""What every tab does while it reads: progress and *Cancel*, then its page, or what was wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QWidget

from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.errors import CheckpointError
from inspector.ui.error_page import ErrorPage
from inspector.ui.jobs import Job, Jobs
from inspector.ui.opening_page import OpeningPage

T = TypeVar("T")


class OpeningTab(QWidget):
    """`state_changed` follows every change of what is shown; `close_asked` ends the tab."""

    state_changed = Signal()
    close_asked = Signal()
    status = Signal(str)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.error: CheckpointError | None = None
        self._jobs = jobs
        self._reading: Job[Any] | None = None
        self.last_status = ""
        """The line that the status bar shows while this tab is in front."""
        self.status.connect(self._keep_status)
        self._stack = QStackedLayout(self)

    def _keep_status(self, line: str) -> None:
        self.last_status = line

    @property
    def opening(self) -> bool:
        """Whether something is being read now."""
        return self._reading is not None

    def load(self) -> None:
        """Read (again)."""
        raise NotImplementedError

    def _read(
        self,
        what: str,
        work: Callable[[CancelToken, Progress], T],
        done: Callable[[T], None],
    ) -> None:
        """Show the progress of `work` on `what`; `done` shows its result."""
        opening = OpeningPage(what, self)
        opening.cancelled.connect(self.close_asked)
        self._show(centered(opening, self))

        def finish(result: T) -> None:
            self._reading = self.error = None
            done(result)

        self._reading = self._jobs.run(
            "open",
            work,
            finish,
            lambda trouble: self._fail(what, trouble),
            opening.show_progress,
            owner=self,
        )

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _fail(self, path: str, trouble: Exception) -> None:
        self._reading = None
        if not isinstance(trouble, CheckpointError):
            # A reader must not raise anything else: show the page, and report the defect.
            self._jobs.failed.emit(trouble)
            trouble = CheckpointError(
                self.tr("the program failed while reading this file"),
                file=path,
                where=type(trouble).__name__,
                advice=self.tr("Please report it; the file was not changed"),
            )
        self.error = trouble
        page = ErrorPage(trouble.file or path, trouble, self)
        page.retried.connect(self.load)
        self._show(centered(page, self))

    def _show(self, widget: QWidget) -> None:
        old = self._stack.currentWidget()
        self._stack.addWidget(widget)
        self._stack.setCurrentWidget(widget)
        self.setFocusProxy(widget)
        if old is not None:
            self._stack.removeWidget(old)
            old.deleteLater()
        if self.isVisible():
            widget.setFocus(Qt.FocusReason.OtherFocusReason)
        self.state_changed.emit()


def centered(page: QWidget, parent: QWidget) -> QWidget:
    """Return a holder that keeps `page` in the middle of a wide tab."""
    holder = QWidget(parent)
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    row.addWidget(page, 8)
    row.addStretch(1)
    holder.setFocusProxy(page)
    return holder
