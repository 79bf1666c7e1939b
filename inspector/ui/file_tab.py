"""One tab: a file being read, then its checkpoint, or what was wrong with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.jobs import Jobs
from inspector.ui.opening import Opened, open_file
from inspector.ui.opening_tab import OpeningTab
from inspector.ui.texts import counted

if TYPE_CHECKING:
    from inspector.analysis.reloaded import Changes
    from inspector.ui.page_memory import PageMemory


class FileTab(OpeningTab):
    """`page` is None while the file is read or cannot be."""

    export_asked = Signal()

    def __init__(self, path: str, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(jobs, parent)
        self.path = path
        self.page: CheckpointPage | None = None
        self._memory: PageMemory | None = None
        self._earlier: Checkpoint | None = None
        """What was shown before a reload, while the new version is compared with it."""
        self.load()

    @property
    def title(self) -> str:
        """The file's name, safe to show."""
        return shown(os.path.basename(self.path.rstrip("/\\")) or self.path, 80)  # noqa: PTH119

    def load(self) -> None:
        """Read the file (again), once nothing works on it any more."""
        if self.page is not None and not self.leave(self.load):
            return
        earlier = self._set_aside()
        self.release()
        self._earlier = earlier
        path = self.path
        self._read(
            path,
            lambda cancel, progress: open_file(path, cancel, progress),
            self._on_opened,
            imports_qt=False,
        )

    def _set_aside(self) -> Checkpoint | None:
        """Return the version that the next one will be compared with; it stays open."""
        if self.page is not None:
            from inspector.ui.page_memory import PageMemory

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

    def release(self) -> None:
        """Stop reading and close the file."""
        self._stop_reading()
        if self.page is not None:
            self.page.close_file()
            self.page = None
        self._drop_earlier()

    def _on_opened(self, opened: Opened) -> None:
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
