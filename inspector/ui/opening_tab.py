"""What every tab does while it reads: progress and *Cancel*, then its page, or what was wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QWidget

from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.errors import CheckpointError
from inspector.ui.jobs import Job, Jobs

if TYPE_CHECKING:
    from inspector.ui.opening_page import OpeningPage
    from inspector.ui.tree_page import TreePage

T = TypeVar("T")


class OpeningTab(QWidget):
    """`state_changed` follows every change of what is shown; `close_asked` ends the tab.

    The progress is made when somebody sees it: what was read before the window is in sight shows
    its page at once.
    """

    state_changed = Signal()
    close_asked = Signal()
    status = Signal(str)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.page: TreePage | None = None
        self.error: CheckpointError | None = None
        self._jobs = jobs
        self._reading: Job[Any] | None = None
        self._progress: OpeningPage | None = None
        self._subject = ""
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

    @property
    def title(self) -> str:
        """What is open here, safe to show."""
        raise NotImplementedError

    def load(self) -> None:
        """Read (again)."""
        raise NotImplementedError

    def release(self) -> None:
        """Stop all work and close what is open."""
        raise NotImplementedError

    def leave(self, then: Callable[[], object]) -> bool:
        """Close the windows over the tab; False if one asks first: `then` is called after a yes."""
        from inspector.ui.tab_dialog import leave

        return leave(self, then)

    def _read(
        self,
        what: str,
        work: Callable[[CancelToken, Progress], T],
        done: Callable[[T], None],
        imports_qt: bool = True,
    ) -> None:
        """Show the progress of `work` on `what`; `done` shows its result. As `Jobs.run`."""
        self._subject = what

        def finish(result: T) -> None:
            self._reading = self.error = None
            done(result)

        self._reading = self._jobs.run(
            "open",
            work,
            finish,
            lambda trouble: self._fail(what, trouble),
            self._advance,
            owner=self,
            imports_qt=imports_qt,
        )
        if self.isVisible() or self._stack.count():
            self._show_progress()

    def showEvent(self, event: QShowEvent) -> None:
        """Show how far the reading is."""
        super().showEvent(event)
        if self._reading is not None and self._progress is None:
            self._show_progress()

    def _show_progress(self) -> None:
        from inspector.ui.opening_page import OpeningPage

        progress = OpeningPage(self._subject, self)
        progress.cancelled.connect(self.close_asked)
        self._show(centered(progress, self))
        self._progress = progress

    def _advance(self, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress.show_progress(done, total)

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
        from inspector.ui.error_page import ErrorPage

        self.error = trouble
        self.status.emit("")  # what it said is of a file that is not shown any more
        page = ErrorPage(trouble.file or path, trouble, self)
        page.retried.connect(self.load)
        self._show(centered(page, self))

    def _show(self, widget: QWidget) -> None:
        self._progress = None
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
