"""One tab: a file being read, then its checkpoint, or what was wrong with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.error_page import ErrorPage
from inspector.ui.jobs import Job, Jobs
from inspector.ui.opening import Opened, open_file
from inspector.ui.opening_page import OpeningPage
from inspector.ui.opening_tab import centered
from inspector.ui.page_memory import PageMemory
from inspector.ui.tab_dialog import leave
from inspector.ui.texts import counted

if TYPE_CHECKING:
    from inspector.analysis.reloaded import Changes


class FileTab(QWidget):
    """`state_changed` follows every change of what is shown; `close_asked` ends the tab."""

    state_changed = Signal()
    close_asked = Signal()
    export_asked = Signal()
    status = Signal(str)

    def __init__(self, path: str, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self.page: CheckpointPage | None = None
        self.error: CheckpointError | None = None
        self._jobs = jobs
        self._job: Job[Opened] | None = None
        self._memory: PageMemory | None = None
        self._earlier: Checkpoint | None = None
        """What was shown before a reload, while the new version is compared with it."""
        self.last_status = ""
        """The line that the status bar shows while this tab is in front."""
        self.status.connect(self._keep_status)
        self._stack = QStackedLayout(self)
        self.load()

    @property
    def title(self) -> str:
        """The file's name, safe to show."""
        return shown(os.path.basename(self.path.rstrip("/\\")) or self.path, 80)  # noqa: PTH119

    @property
    def opening(self) -> bool:
        """Whether the file is being read now."""
        return self._job is not None

    def load(self) -> None:
        """Read the file (again), once nothing works on it any more."""
        if not leave(self, self.load):
            return
        earlier = self._set_aside()
        self.release()
        self._earlier = earlier
        opening = OpeningPage(self.path, self)
        opening.cancelled.connect(self.close_asked)
        self._show(centered(opening, self))
        path = self.path
        self._job = self._jobs.run(
            "open",
            lambda cancel, progress: open_file(path, cancel, progress),
            self._on_opened,
            self._on_failed,
            opening.show_progress,
        )

    def _set_aside(self) -> Checkpoint | None:
        """Return the version that the next one will be compared with; it stays open."""
        if self.page is not None:
            self._memory = PageMemory.of(self.page)
            if not self.page.is_current():
                self._drop_earlier()
                self._earlier, self.page = self.page.part_with_file(), None
        earlier, self._earlier = self._earlier, None
        return earlier

    def _drop_earlier(self) -> None:
        if self._earlier is not None:
            self._earlier.close()
            self._earlier = None

    def _tell_changes(self, page: CheckpointPage) -> None:
        """Mark in `page` what the earlier version had otherwise."""
        earlier = self._earlier
        if earlier is None:
            return

        def work(cancel: CancelToken, progress: Progress) -> Changes:
            from inspector.analysis.reloaded import changes_since

            return changes_since(earlier, page.checkpoint, cancel=cancel, progress=progress)

        def done(changes: Changes) -> None:
            if self._earlier is earlier:
                self._drop_earlier()
            page.show_changes(changes)

        self._jobs.run("work", work, done, owner=page)

    def _keep_status(self, text: str) -> None:
        self.last_status = text

    def release(self) -> None:
        """Stop reading and close the file."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if self.page is not None:
            self.page.close_file()
            self.page = None
        self._drop_earlier()

    def _on_opened(self, opened: Opened) -> None:
        self._job = None
        self.error = None
        self.page = CheckpointPage(opened, self._jobs, self)
        self.page.status.connect(self.status)
        self.page.reload_asked.connect(self.load)
        self.page.export_asked.connect(self.export_asked)
        if self._memory is not None:
            self._memory.restore(self.page)
        self._show(self.page)
        self._tell_changes(self.page)
        tensors = opened.summary.tensors
        count = counted(tensors, self.tr("{} tensor"), self.tr("{} tensors"))
        self.status.emit(f"{shown(self.path, 300)}  ·  {count}")

    def _on_failed(self, trouble: Exception) -> None:
        self._job = None
        if not isinstance(trouble, CheckpointError):
            # A reader must not raise anything else: show the page, and report the defect.
            self._jobs.failed.emit(trouble)
            trouble = CheckpointError(
                self.tr("the program failed while reading this file"),
                file=self.path,
                where=type(trouble).__name__,
                advice=self.tr("Please report it; the file was not changed"),
            )
        self.error = trouble
        page = ErrorPage(self.path, trouble, self)
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
