"""The window: a toolbar, a tab for each file, a status line."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QStackedWidget,
)

from inspector.ui import style, theme
from inspector.ui.actions import Actions
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.compare_tab import CompareTab
from inspector.ui.comparing import COMMANDS as _COMPARE_COMMANDS
from inspector.ui.comparing import Comparing
from inspector.ui.dropping import local_paths
from inspector.ui.empty_page import EmptyPage
from inspector.ui.file_tab import FileTab
from inspector.ui.jobs import Jobs
from inspector.ui.opening import give_back_memory
from inspector.ui.recent import RecentFile, missing
from inspector.ui.recent_menu import RecentMenu
from inspector.ui.rest_banner import RestBanner
from inspector.ui.settings import Settings
from inspector.ui.tab_dialog import leave
from inspector.ui.tab_strip import TabStrip
from inspector.ui.tab_windows import show_export, show_verify
from inspector.ui.texts import ElidedLabel
from inspector.ui.toolbar import Toolbar
from inspector.ui.tree_page import TreePage

if TYPE_CHECKING:
    from inspector.ui.command_palette import CommandPalette

_TREE_COMMANDS: tuple[str, ...] = ("find", "expand", "collapse", "natural", "file_order")
_TREE_COMMANDS += ("overview", "copy_key", "copy_row", "copy_table", "find_next", "find_previous")
_PAGE_COMMANDS: tuple[str, ...] = ("copy_path", "copy_python", "scan", "export", "verify")
_TAB_COMMANDS = ("reload", "close", "next_tab", "previous_tab")


_QUIET = 300
"""Milliseconds after the last file was closed until its memory is looked for."""


class MainWindow(QMainWindow):
    """Holds the tabs and the jobs; `open_paths` is the way in for every kind of opening."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.jobs = Jobs(self)
        self._waiting: deque[str] = deque()
        self.clean = True
        """After closing: whether all work ended in time."""
        self.setAcceptDrops(True)
        self.comparing = Comparing(self)
        self.setWindowTitle(self.tr("Checkpoint Inspector"))
        self.actions_ = Actions(self, self._commands())
        self.menus = self.actions_.menu_bar(self)
        """The same commands by menu; in sight where the system has a place for it (macOS)."""
        self._palette: CommandPalette | None = None
        self.tabs = TabStrip(self)
        self.tabs.tabCloseRequested.connect(self.close_tab)
        self.tabs.currentChanged.connect(self._on_tab_changed)
        self._empty = EmptyPage(settings.recent.entries, self)
        self._empty.open_asked.connect(self.ask_files)
        self._empty.recent_asked.connect(self.open_recent)
        self._recent = RecentMenu(self)
        self._recent.chosen.connect(self.open_recent)
        self.actions_.add_recent(self.menus, self._recent)
        self._center = QStackedWidget(self)
        self._center.addWidget(self._empty)
        self._center.addWidget(self.tabs)
        self._rest = RestBanner(self)
        self._rest.more_asked.connect(self.open_paths)
        self.setCentralWidget(self.comparing.under_banner(self._rest, self._center))
        self._bar = Toolbar(self.actions_, self.menus, self)
        self.addToolBar(self._bar)
        self._status = ElidedLabel("", self)
        self.statusBar().addWidget(self._status, 1)
        theme.changed.connect(self._restyle)
        self._restyle()
        self._restore()
        self._on_tab_changed()

    def _commands(self) -> dict[str, Callable[[], object]]:
        return {
            "open": self.ask_files,
            "open_folder": self.ask_folder,
            "export": lambda: self._on_tab(
                lambda tab: show_export(tab, self.jobs, self.open_paths)
            ),
            "verify": lambda: self._on_tab(lambda tab: show_verify(tab, self.jobs)),
            "reload": self.reload,
            "close": lambda: self.close_tab(self.tabs.currentIndex()),
            "next_tab": lambda: self._step_tab(1),
            "previous_tab": lambda: self._step_tab(-1),
            "find": lambda: self._on_tree(lambda page: page.filter.setFocus()),
            "go": self.show_palette,
            "expand": lambda: self._on_tree(lambda page: page.tree.open_all(True)),
            "collapse": lambda: self._on_tree(lambda page: page.tree.open_all(False)),
            "natural": lambda: self._on_tree(TreePage.sort_naturally),
            "file_order": lambda: self._on_tree(TreePage.file_order),
            "overview": lambda: self._on_tree(TreePage.show_overview),
            "scan": lambda: self._on_page(CheckpointPage.scan_file),
            "copy_key": lambda: self._on_tree(TreePage.copy_key),
            "copy_row": lambda: self._on_tree(TreePage.copy_row),
            "copy_table": lambda: self._on_tree(TreePage.copy_table),
            "find_next": lambda: self._on_tree(lambda page: page.find_next(1)),
            "find_previous": lambda: self._on_tree(lambda page: page.find_next(-1)),
            "copy_path": lambda: self._on_page(CheckpointPage.copy_path),
            "copy_python": lambda: self._on_page(CheckpointPage.copy_python),
            "system": lambda: self._choose_theme("system"),
            "light": lambda: self._choose_theme("light"),
            "dark": lambda: self._choose_theme("dark"),
            "settings": self.show_settings,
            "shortcuts": self.show_shortcuts,
            "quit": self.close,
            **self.comparing.commands(),
        }

    # Opening

    def open_paths(self, paths: Iterable[str], compare: bool = False) -> None:
        """Open each path in a tab of its own, one for each turn of the event loop, a few at once.

        With `compare`, two paths are compared instead; otherwise that is offered.
        """
        found = [os.path.abspath(path) for path in paths]  # noqa: PTH100 - must not resolve links
        if compare and len(found) == 2:
            self.comparing.compare(*found)
            return
        self._waiting.extend(self._rest.first_of(list(dict.fromkeys(found))))
        self._open_next()
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
        tab.export_asked.connect(lambda: show_export(tab, self.jobs, self.open_paths))
        self.add_tab(tab, path)

    def add_tab(self, tab: FileTab | CompareTab, tip: str) -> None:
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
        self.jobs.run(
            "open",
            lambda cancel, progress: missing(entries),
            lambda gone: self._empty.show_recent(entries, gone),
        )

    def offer_registration(self) -> None:
        """Ask, once, whether checkpoints shall open here by double-click."""
        from inspector.ui.registration_offer import RegistrationOffer

        self._empty.put_on_top(RegistrationOffer(self.settings, self._empty))

    def ask_files(self) -> None:
        """Let the person choose files. Every file is offered: endings say nothing here."""
        from PySide6.QtWidgets import QFileDialog

        paths, _ = QFileDialog.getOpenFileNames(
            self,
            self.tr("Open checkpoints"),
            self.settings.folder,
            self.tr("All files (*);;Checkpoints (*.pt *.pth *.bin *.ckpt *.safetensors *.json)"),
        )
        if paths:
            self.settings.folder = os.path.dirname(paths[0])  # noqa: PTH120
            self.open_paths(paths)

    def ask_folder(self) -> None:
        """Let the person choose a folder that holds a sharded set."""
        from PySide6.QtWidgets import QFileDialog

        path = QFileDialog.getExistingDirectory(
            self, self.tr("Open a model folder"), self.settings.folder
        )
        if path:
            self.settings.folder = path
            self.open_paths([path])

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

    def _on_tree(self, run: Callable[[TreePage], object]) -> None:
        tab = self.tabs.currentWidget()
        if isinstance(tab, FileTab | CompareTab) and tab.page is not None:
            run(tab.page)

    def _on_page(self, run: Callable[[CheckpointPage], object]) -> None:
        page = self.current_page()
        if page is not None:
            run(page)

    def show_palette(self) -> None:
        """Offer every command, and every key of the open files, the one in front first."""
        from inspector.ui.command_palette import CommandPalette, command_source, key_source

        if self._palette is None:
            self._palette = CommandPalette(self)
        here = self.current_page()
        keys = []
        for tab in sorted(self.file_tabs(), key=lambda tab: tab.page is not here):
            if tab.page is not None:
                go_to = partial(self._go_to_row, tab, tab.page)
                keys.append(key_source(tab.page.model, go_to, tab.title))
        self._palette.open([command_source(self.menus), *keys])

    def _go_to_row(self, tab: FileTab, page: CheckpointPage, row: int) -> None:
        self.tabs.setCurrentWidget(tab)
        page.go_to_key(page.model.rows.keys[row])
        page.tree.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_shortcuts(self) -> None:
        """Show every key that does something."""
        from inspector.ui.shortcuts_page import ShortcutsPage, menu_groups, table_group

        page = ShortcutsPage([*menu_groups(self.menus), table_group()], self)
        page.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        page.open()

    def show_settings(self) -> None:
        """Show what may be chosen."""
        from inspector.ui.settings_dialog import SettingsDialog

        dialog = SettingsDialog(self.settings, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.theme_chosen.connect(self._choose_theme)
        dialog.recent_forgotten.connect(self.show_recent)
        dialog.open()

    def reload(self) -> None:
        """Read the file or the two files in front again."""
        tab = self.tabs.currentWidget()
        if isinstance(tab, FileTab | CompareTab):
            tab.load()

    def _on_tab(self, run: Callable[[FileTab], object]) -> None:
        tab = self.tabs.currentWidget()
        if isinstance(tab, FileTab):
            run(tab)

    def close_tab(self, place: int) -> None:
        """Close a tab and its file."""
        tab = self.tabs.widget(place)
        if tab is None:
            return
        if isinstance(tab, FileTab):
            if not leave(tab, lambda: self.close_tab(self.tabs.indexOf(tab))):
                return
            tab.release()
        elif isinstance(tab, CompareTab):
            tab.release()
        self.tabs.removeTab(place)
        tab.deleteLater()
        if not self.tabs.count():
            self.show_recent()
            self._center.setCurrentWidget(self._empty)
            self._status.setText("")
            QTimer.singleShot(_QUIET, self, give_back_memory)

    def _step_tab(self, step: int) -> None:
        if self.tabs.count():
            self.tabs.setCurrentIndex((self.tabs.currentIndex() + step) % self.tabs.count())

    def _on_tab_state(self, tab: FileTab) -> None:
        if tab.page is not None:
            self.remember(RecentFile(tab.path, tab.page.checkpoint.format))
            layout = self.settings.state("splitter")
            if layout is not None:
                tab.page.restore_layout(layout)

    def remember(self, opened: RecentFile) -> None:
        """Put an opening at the top of the recent ones."""
        self.settings.recent.add(opened)
        self._recent.show_entries(self.settings.recent.entries)

    def _on_tab_changed(self, place: int = -1) -> None:
        tab = self.tabs.currentWidget()
        self.actions_.enable(_TAB_COMMANDS, tab is not None)
        self.actions_.enable(_PAGE_COMMANDS, self.current_page() is not None)
        compared = isinstance(tab, CompareTab) and tab.page is not None
        self.actions_.enable(_COMPARE_COMMANDS, compared)
        self.actions_.enable(_TREE_COMMANDS, compared or self.current_page() is not None)
        title = self.tr("Checkpoint Inspector")
        if isinstance(tab, FileTab | CompareTab):
            title = f"{tab.title} — {title}"
            self._status.setText(tab.last_status)
        self.setWindowTitle(title)

    # Colours

    def _choose_theme(self, choice: str) -> None:
        self.settings.theme = choice
        theme.choose(choice)

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

    def _restore(self) -> None:
        em = self.fontMetrics().height()
        self.resize(em * 84, em * 50)
        geometry = self.settings.state("window")
        if geometry is not None:
            self.restoreGeometry(geometry)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End all work, remember the layout, go."""
        if not all(leave(tab, self.close) for tab in self.file_tabs()):
            event.ignore()
            return
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
