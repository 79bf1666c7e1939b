"""The window: a toolbar, a tab for each file, a status line."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMenuBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from inspector.ui import style, theme
from inspector.ui.actions import COMPARE_COMMANDS, Actions
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.file_tab import FileTab
from inspector.ui.jobs import LANES, Jobs
from inspector.ui.opening_tab import OpeningTab
from inspector.ui.settings import Settings
from inspector.ui.tab_strip import TabStrip
from inspector.ui.texts import ElidedLabel
from inspector.ui.toolbar import Toolbar

if TYPE_CHECKING:
    from inspector.ui.comparing import Comparing
    from inspector.ui.empty_page import EmptyPage
    from inspector.ui.recent import RecentFile
    from inspector.ui.recent_menu import RecentMenu
    from inspector.ui.rest_banner import RestBanner
    from inspector.ui.window_commands import WindowCommands

_TREE_COMMANDS: tuple[str, ...] = ("find", "expand", "collapse", "natural", "file_order")
_TREE_COMMANDS += ("overview", "copy_key", "copy_row", "copy_table", "find_next", "find_previous")
_PAGE_COMMANDS: tuple[str, ...] = ("copy_path", "copy_python", "scan", "export", "verify")
_TAB_COMMANDS = ("reload", "close", "next_tab", "previous_tab")


FILES_AT_ONCE = 20
"""Files that are opened without asking."""
_UNSEEN_MS = 2000
"""Milliseconds after which a window that nobody has seen yet (it starts minimised) is completed."""
_QUIET = 300
"""Milliseconds after the last file was closed until its memory is looked for."""


class MainWindow(QMainWindow):
    """Holds the tabs and the jobs; `open_paths` is the way in for every kind of opening.

    The first frame has the toolbar, the tabs with the page in front, and the status line. What
    comes after it is a cached property, made when it is first asked for or once that frame is on
    the screen, and what only a command needs is imported by the command.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.jobs = Jobs(self)
        self._waiting: deque[str] = deque()
        self._after_first_frame: list[Callable[[], object]] | None = [lambda: self.menus]
        self.after_first_frame(lambda: self.jobs.give_way(self))
        self.clean = True
        """After closing: whether all work ended in time."""
        theme.changed.connect(self._restyle)
        self._restyle()  # before there is anything that would have to be styled anew
        self.setAcceptDrops(True)
        self.setWindowTitle(self.tr("Checkpoint Inspector"))
        self.actions_ = Actions(self, lambda command: self.commands.run(command))
        self.tabs = TabStrip(self)
        self.tabs.tabCloseRequested.connect(self.close_tab)
        self.tabs.currentChanged.connect(self._on_tab_changed)
        self._center = QStackedWidget(self)
        self._center.addWidget(self.tabs)
        holder = QWidget(self)
        self._column = QVBoxLayout(holder)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._center, 1)
        self.setCentralWidget(holder)
        self._bar = Toolbar(self.actions_, self)
        self.addToolBar(self._bar)
        self._status = ElidedLabel("", self)
        self.statusBar().addWidget(self._status, 1)
        self._restore()
        self._on_tab_changed()

    # What comes after the first frame

    def after_first_frame(self, call: Callable[[], object]) -> None:
        """Call once the window is in sight, at once if it is."""
        if self._after_first_frame is None:
            call()
        else:
            self._after_first_frame.append(call)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Go on behind the first paint of the window; its children are painted with it."""
        super().paintEvent(event)
        if self._after_first_frame is not None:
            QTimer.singleShot(0, self._on_first_frame)

    def _on_first_frame(self) -> None:
        calls, self._after_first_frame = self._after_first_frame or [], None
        for call in calls:
            call()

    @cached_property
    def menus(self) -> QMenuBar:
        """All commands by menu; in sight where the system has a place for it (macOS)."""
        bar = self.actions_.menu_bar(self)
        self.actions_.add_recent(bar, self._recent)
        self._bar.show_menus(bar)
        return bar

    @cached_property
    def _recent(self) -> RecentMenu:
        from inspector.ui.recent_menu import RecentMenu

        menu = RecentMenu(self)
        menu.chosen.connect(self.open_recent)
        menu.show_entries(self.settings.recent.entries)
        return menu

    @cached_property
    def _empty(self) -> EmptyPage:
        from inspector.ui.empty_page import EmptyPage

        page = EmptyPage(self.settings.recent.entries, self)
        page.open_asked.connect(lambda: self.commands.run("open"))
        page.recent_asked.connect(self.open_recent)
        self._center.addWidget(page)
        return page

    @cached_property
    def _rest(self) -> RestBanner:
        from inspector.ui.rest_banner import RestBanner

        rest = RestBanner(FILES_AT_ONCE, self)
        rest.more_asked.connect(self.open_paths)
        self._column.insertWidget(self._column.indexOf(self._center), rest)
        return rest

    @cached_property
    def comparing(self) -> Comparing:
        """The comparisons of this window."""
        from inspector.ui.comparing import Comparing

        made = Comparing(self)
        self._column.insertWidget(0, made.banner)
        return made

    @cached_property
    def commands(self) -> WindowCommands:
        """What menus, keys and buttons do."""
        from inspector.ui.window_commands import WindowCommands

        return WindowCommands(self)

    # Opening

    def open_paths(self, paths: Iterable[str], compare: bool = False) -> None:
        """Open each path in a tab of its own, one for each turn of the event loop, a few at once.

        With `compare`, two paths are compared instead; otherwise that is offered.
        """
        found = [os.path.abspath(path) for path in paths]  # noqa: PTH100 - must not resolve links
        if compare and len(found) == 2:
            self.comparing.compare(*found)
            return
        new = list(dict.fromkeys(found))
        if len(new) > FILES_AT_ONCE or "_rest" in vars(self):
            new = self._rest.first_of(new)
        self._waiting.extend(new)
        self._open_next()
        if len(found) == 2 or "comparing" in vars(self):
            self.comparing.offer(found)

    def _open_next(self) -> None:
        if not self._waiting:
            return
        self._open(self._waiting.popleft())
        if self._waiting:
            QTimer.singleShot(0, self, self._open_next)

    def _open(self, path: str) -> None:
        known = next((tab for tab in self.file_tabs() if tab.path == path), None)
        if known is not None:
            self.tabs.setCurrentWidget(known)
            return
        tab = FileTab(path, self.jobs, self)
        tab.state_changed.connect(lambda: self._on_tab_state(tab))
        tab.export_asked.connect(lambda: self.show_export(tab))
        self.add_tab(tab, path)

    def add_tab(self, tab: OpeningTab, tip: str) -> None:
        """Put a new tab at the end and in front."""
        tab.state_changed.connect(self._on_tab_changed)
        tab.close_asked.connect(lambda: self.close_tab(self.tabs.indexOf(tab)))
        tab.status.connect(self._status.setText)
        self.tabs.setCurrentIndex(self.tabs.add_page(tab, tab.title, tip))
        self._center.setCurrentWidget(self.tabs)
        self._on_tab_changed()

    def open_recent(self, opened: RecentFile) -> None:
        """Open a file of the recent list again, or compare two again."""
        paths = [path for path in (opened.path, opened.compared_with) if path]
        self.open_paths(paths, compare=True)

    def show_recent(self) -> None:
        """List the files opened lately; those that are gone say so once the disk has answered."""
        entries = self.settings.recent.entries
        self._recent.show_entries(entries)
        self._empty.show_recent(entries)
        from inspector.ui.recent import missing

        self.jobs.run(
            "open",
            lambda cancel, progress: missing(entries),
            lambda gone: self._empty.show_recent(entries, gone),
        )

    def offer_registration(self) -> None:
        """Ask, once, whether checkpoints shall open here by double-click."""
        from inspector.ui.registration_offer import RegistrationOffer

        self._empty.put_on_top(RegistrationOffer(self.settings, self._empty))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take local files and folders."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self.comparing.offer_halves(event)
            self._status.setText(self.tr("Drop to open"))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Take back what the drag was offered, unless it only went on to the offer itself."""
        self._status.setText("")

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        event.acceptProposedAction()
        self.comparing.hide_halves()
        self._status.setText("")
        from inspector.ui.dropping import local_paths

        self.open_paths(local_paths(event.mimeData()))

    # Tabs

    def file_tabs(self) -> list[FileTab]:
        """Return the tabs of single files."""
        pages = (self.tabs.widget(place) for place in range(self.tabs.count()))
        return [page for page in pages if isinstance(page, FileTab)]

    def current_page(self) -> CheckpointPage | None:
        """Return the page in front, None while it is opening or failed."""
        tab = self.tabs.currentWidget()
        return tab.page if isinstance(tab, FileTab) else None

    def reload(self) -> None:
        """Read the file or the two files in front again."""
        tab = self.tabs.currentWidget()
        if isinstance(tab, OpeningTab):
            tab.load()

    def show_export(self, tab: FileTab) -> None:
        """Let the person write a copy of the tab's file."""
        from inspector.ui.tab_windows import show_export

        show_export(tab, self.jobs, self.open_paths)

    def close_tab(self, place: int) -> None:
        """Close a tab and its file."""
        tab = self.tabs.widget(place)
        if not isinstance(tab, OpeningTab):
            return
        if not tab.leave(lambda: self.close_tab(self.tabs.indexOf(tab))):
            return
        tab.release()
        if isinstance(tab, FileTab) and "comparing" in vars(self):
            self.comparing.take_back(tab.path)
        self.tabs.removeTab(place)
        tab.deleteLater()
        if not self.tabs.count():
            self.show_recent()
            self._center.setCurrentWidget(self._empty)
            self._status.setText("")
            QTimer.singleShot(_QUIET, self, self._give_back_memory)

    def _give_back_memory(self) -> None:
        """Look for the memory of closed files once nothing is freed or read any more."""
        from inspector.ui.opening import give_back_memory

        if any(map(self.jobs.busy, LANES)):
            QTimer.singleShot(_QUIET, self, self._give_back_memory)
        elif not self.tabs.count():
            give_back_memory()

    def _on_tab_state(self, tab: FileTab) -> None:
        if tab.page is not None:
            path, kind = tab.path, tab.page.checkpoint.format
            self.after_first_frame(lambda: self._remember_file(path, kind))
            layout = self.settings.state("splitter")
            if layout is not None:
                tab.page.restore_layout(layout)

    def _remember_file(self, path: str, kind: str) -> None:
        from inspector.ui.recent import RecentFile

        self.remember(RecentFile(path, kind))

    def remember(self, opened: RecentFile) -> None:
        """Put an opening at the top of the recent ones."""
        self.settings.recent.add(opened)
        self._recent.show_entries(self.settings.recent.entries)

    def _on_tab_changed(self, place: int = -1) -> None:
        tab = self.tabs.currentWidget()
        self.actions_.enable(_TAB_COMMANDS, tab is not None)
        self.actions_.enable(_PAGE_COMMANDS, self.current_page() is not None)
        shown = isinstance(tab, OpeningTab) and tab.page is not None
        self.actions_.enable(COMPARE_COMMANDS, shown and not isinstance(tab, FileTab))
        self.actions_.enable(_TREE_COMMANDS, shown)
        if isinstance(tab, OpeningTab) and tab.page is not None:
            self._bar.lead_to(tab.page.before_tree)
        title = self.tr("Checkpoint Inspector")
        if isinstance(tab, OpeningTab):
            title = f"{tab.title} — {title}"
            self._status.setText(tab.last_status)
        self.setWindowTitle(title)

    # Colours

    def _restyle(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            em = self.fontMetrics().height()
            application.setStyleSheet(style.style_sheet(theme.colors(), em))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep only the icons of the toolbar in a narrow window."""
        super().resizeEvent(event)
        self._bar.fit(self.width())

    # Coming and going

    def showEvent(self, event: QShowEvent) -> None:
        """Say what to do first, where nothing is open, and give the keyboard to what is."""
        super().showEvent(event)
        if event.spontaneous():
            return
        QTimer.singleShot(_UNSEEN_MS, self._on_first_frame)
        if not self.tabs.count():
            self.show_recent()
            self._center.setCurrentWidget(self._empty)
        front = self.tabs.currentWidget() or self._empty
        front.setFocus(Qt.FocusReason.OtherFocusReason)

    def _restore(self) -> None:
        em = self.fontMetrics().height()
        self.resize(em * 84, em * 50)
        geometry = self.settings.state("window")
        if geometry is not None:
            self.restoreGeometry(geometry)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End all work, remember the layout, go."""
        if not all(tab.leave(self.close) for tab in self.file_tabs()):
            event.ignore()
            return
        self._on_first_frame()  # closed before anybody saw it: what was opened is remembered
        self.settings.set_state("window", self.saveGeometry())
        page = self.current_page()
        if page is not None:
            self.settings.set_state("splitter", page.save_layout())
        self.settings.last_files = [tab.path for tab in self.file_tabs()]
        self.settings.sync()
        self._waiting.clear()
        self.clean = self.jobs.close()
        for tab in self.file_tabs():
            tab.release()
        event.accept()
