"""How comparisons are started in a window: by command, by dropping a file, by opening two at once.

Nothing here imports numpy; see `compare_tab`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtWidgets import QMenu

from inspector.checkpoint.plain_text import shown
from inspector.ui.banner import Banner
from inspector.ui.compare_tab import CompareTab
from inspector.ui.drop_halves import OPEN, A, DropHalves
from inspector.ui.file_dialogs import ask_file, ask_files
from inspector.ui.file_tab import FileTab
from inspector.ui.recent import RecentFile

if TYPE_CHECKING:
    from inspector.ui.compare_page import ComparePage
    from inspector.ui.main_window import MainWindow


class Comparing(QObject):
    """The comparisons of one window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._offered: tuple[str, str] | None = None
        self.banner = Banner()
        self.banner.acted.connect(self._accept_offer)
        self._halves: DropHalves | None = None

    def commands(self) -> dict[str, Callable[[], object]]:
        """Return what the commands of comparisons do."""
        on_page = self._on_page
        return {
            "compare": self.choose,
            "swap": lambda: self._on_tab(CompareTab.swap),
            "next_difference": lambda: on_page(lambda page: page.next_difference(1)),
            "previous_difference": lambda: on_page(lambda page: page.next_difference(-1)),
            "mapping": lambda: on_page(lambda page: page.show_mapping()),
            "verdict": lambda: on_page(lambda page: page.show_verdict()),
            "report_markdown": lambda: on_page(lambda page: page.save_report("markdown")),
            "report_html": lambda: on_page(lambda page: page.save_report("html")),
            "report_csv": lambda: on_page(lambda page: page.save_report("csv")),
            "report_json": lambda: on_page(lambda page: page.save_report("json")),
            "copy_report": lambda: on_page(lambda page: page.copy_report()),
        }

    def _on_tab(self, run: Callable[[CompareTab], object]) -> None:
        tab = self._window.tabs.currentWidget()
        if isinstance(tab, CompareTab):
            run(tab)

    def _on_page(self, run: Callable[[ComparePage], object]) -> None:
        self._on_tab(lambda tab: run(tab.page) if tab.page is not None else None)

    # Starting

    def compare(self, path_a: str, path_b: str) -> CompareTab:
        """Compare two files in a tab; the tab that does so already comes to the front."""
        window = self._window
        paths = os.path.abspath(path_a), os.path.abspath(path_b)  # noqa: PTH100 - keep links
        if self._offered is not None and set(paths) == set(self._offered):
            self.banner.hide()  # its question is answered, whichever way this was asked for
        for place in range(window.tabs.count()):
            tab = window.tabs.widget(place)
            if isinstance(tab, CompareTab) and tab.paths == paths:
                window.tabs.setCurrentIndex(place)
                return tab
        tab = CompareTab(*paths, window.jobs, window)
        window.add_tab(tab, "\n".join(paths))
        tab.state_changed.connect(lambda: self._on_state(tab))
        return tab

    def _on_state(self, tab: CompareTab) -> None:
        if tab.page is not None:
            self._window.remember(
                RecentFile(tab.paths[0], tab.page.a.format, compared_with=tab.paths[1])
            )
            self._window.tabs.name_page(tab, tab.title, "\n".join(tab.paths))

    def choose(self) -> None:
        """Compare the two open files, or the one in front with one that the person chooses."""
        paths = [tab.path for tab in self._window.file_tabs()]
        here = self._window.tabs.currentWidget()
        if len(paths) == 2:
            self.compare(*paths)
        elif isinstance(here, FileTab):
            self._choose_other(here, [path for path in paths if path != here.path])
        else:
            self._choose_two()

    def _choose_other(self, here: FileTab, others: Sequence[str]) -> None:
        """Offer the other open files, and any file of the disk."""
        if not others:
            self._ask_other(here.path)
            return
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addSection(self.tr("Compare {} with").format(here.title))
        for path in others:
            name = shown(os.path.basename(path), 60).replace("&", "&&")  # noqa: PTH119
            menu.addAction(name, partial(self.compare, here.path, path))
        menu.addSeparator()
        menu.addAction(self.tr("Another file…"), lambda: self._ask_other(here.path))
        menu.popup(self._window.mapToGlobal(self._window.tabs.pos()))

    def _ask_other(self, path: str) -> None:
        title = self.tr("Compare {} with").format(shown(os.path.basename(path), 60))  # noqa: PTH119
        chosen = ask_file(self._window, title, os.path.dirname(path))  # noqa: PTH120
        if chosen:
            self.compare(path, chosen)

    def _choose_two(self) -> None:
        title = self.tr("Choose two files to compare")
        chosen = ask_files(self._window, title, self._window.settings.folder)
        if len(chosen) == 2:
            self.compare(*chosen)
        elif len(chosen) == 1:
            self._ask_other(chosen[0])

    # Two at once

    def offer(self, paths: Sequence[str]) -> None:
        """Ask quietly whether two files opened together shall be compared; no other number."""
        self.banner.hide()
        if len(paths) != 2 or paths[0] == paths[1]:
            return
        self._offered = paths[0], paths[1]
        names = [shown(os.path.basename(path), 60) for path in paths]  # noqa: PTH119
        text = self.tr("{} and {} were opened together.").format(*names)
        self.banner.tell(text, self.tr("Compare them"), "info")

    def take_back(self, path: str) -> None:
        """A file was closed: what was asked of it is no question any more."""
        if self._offered is not None and path in self._offered:
            self.banner.hide()

    def _accept_offer(self) -> None:
        if self._offered is not None:
            self.compare(*self._offered)

    # Dropping

    def offer_halves(self, event: QDragEnterEvent) -> bool:
        """Offer to compare a single dragged file with the one in front; False when there is none.

        The halves take all further events of the drag that go to them.
        """
        tab = self._window.tabs.currentWidget()
        files = [url for url in event.mimeData().urls() if url.isLocalFile()]
        if len(files) != 1 or not isinstance(tab, FileTab) or tab.page is None:
            return False
        if self._halves is None:
            self._halves = DropHalves(self._window.tabs)
            self._halves.dropped.connect(self._on_dropped)
        self._halves.offer(tab.title)
        return True

    def hide_halves(self) -> None:
        """Take the halves away: the drag ended elsewhere."""
        if self._halves is not None:
            self._halves.hide()

    def _on_dropped(self, zone: str, path: str) -> None:
        tab = self._window.tabs.currentWidget()
        if zone == OPEN or not isinstance(tab, FileTab):
            self._window.open_paths([path])
        elif zone == A:
            self.compare(path, tab.path)
        else:
            self.compare(tab.path, path)
