"""One tab that compares two files: being read, then compared, or what was wrong with one.

It opens both files for itself, so that closing their own tabs takes nothing away from it. Nothing
here imports numpy; the page is imported by the worker that opens the files.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.plain_text import shown
from inspector.ui.jobs import Jobs
from inspector.ui.opening_tab import OpeningTab

if TYPE_CHECKING:
    from inspector.ui.compare_page import ComparePage
    from inspector.ui.compare_work import LinedUp


class CompareTab(OpeningTab):
    """`paths` are those of A and B; `page` is None while they are read or one cannot be."""

    def __init__(self, path_a: str, path_b: str, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(jobs, parent)
        self.paths = path_a, path_b
        self.page: ComparePage | None = None
        self.load()

    @property
    def title(self) -> str:
        """Both names, safe to show."""
        names = (os.path.basename(path.rstrip("/\\")) or path for path in self.paths)  # noqa: PTH119
        return " ↔ ".join(shown(name, 40) for name in names)

    def load(self) -> None:
        """Read both files (again)."""
        self.release()
        paths = self.paths

        def work(cancel: CancelToken, progress: Progress) -> Callable[[], ComparePage]:
            # Slow to import, so not with the window.
            from inspector.ui.compare_page import ComparePage
            from inspector.ui.compare_work import open_both

            lined_up = open_both(*paths, cancel, progress)
            return lambda: ComparePage(lined_up, self._jobs, self)

        self._read(self.title, work, lambda make: self._show_page(make()))

    def release(self) -> None:
        """Stop all work and close the files."""
        self._stop_reading()
        if self.page is not None:
            self.page.close_files()
            self.page = None

    def swap(self) -> None:
        """Exchange A and B."""
        if self.page is not None:
            self.paths = self.paths[1], self.paths[0]
            self.page.swap()

    def _show_page(self, page: ComparePage) -> None:
        self.page = page
        page.status.connect(self.status)
        page.header.swap_asked.connect(self.swap)
        page.reload_asked.connect(self.load)
        page.lined_up_anew.connect(self._show_anew)
        self._show(page)

    def _show_anew(self, lined_up: LinedUp) -> None:
        """Show the same files with A and B exchanged or other keys paired, as they were looked at:
        with the filter, the order, the row and its view."""
        before = self.page
        if before is None:
            return
        row = before.tree.current_row()
        key = before.rows.keys[row] if row >= 0 else ""
        page = type(before)(lined_up, self._jobs, self, before.tolerance)
        page.selection.tabs.setCurrentIndex(before.selection.tabs.currentIndex())
        keys = page.rows.keys
        back = keys.index(key) if key and key in keys else -1
        # A row that the filter hides, until it is compared, is left alone.
        page.show_request(before.wanted, lambda: back >= 0 and page.tree.choose_row(back))
        self._show_page(page)
