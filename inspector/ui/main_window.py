"""The window: a toolbar, a tab for each file, a status line."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QMainWindow,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolBar,
    QToolButton,
    QWidget,
)

from inspector.ui import assets, style, theme
from inspector.ui.actions import Actions
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.empty_page import EmptyPage
from inspector.ui.file_tab import FileTab
from inspector.ui.jobs import Jobs
from inspector.ui.recent import RecentFile, missing
from inspector.ui.recent_menu import RecentMenu
from inspector.ui.settings import Settings
from inspector.ui.tab_dialog import leave
from inspector.ui.tab_strip import TabStrip
from inspector.ui.tab_windows import show_export, show_verify
from inspector.ui.texts import ElidedLabel

if TYPE_CHECKING:
    from inspector.ui.command_palette import CommandPalette

_PAGE_COMMANDS: tuple[str, ...] = ("find", "expand", "collapse", "natural", "file_order")
_PAGE_COMMANDS += ("overview", "copy_key", "copy_path", "copy_python")
_PAGE_COMMANDS += ("scan", "export", "verify")
_TAB_COMMANDS = ("reload", "close", "next_tab", "previous_tab")


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
        self.setCentralWidget(self._center)
        self._build_toolbar()
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
            "find": lambda: self._on_page(lambda page: page.filter.setFocus()),
            "go": self.show_palette,
            "expand": lambda: self._on_page(lambda page: page.tree.open_all(True)),
            "collapse": lambda: self._on_page(lambda page: page.tree.open_all(False)),
            "natural": lambda: self._on_page(CheckpointPage.sort_naturally),
            "file_order": lambda: self._on_page(CheckpointPage.file_order),
            "overview": lambda: self._on_page(CheckpointPage.show_overview),
            "scan": lambda: self._on_page(CheckpointPage.scan_file),
            "copy_key": lambda: self._on_page(CheckpointPage.copy_key),
            "copy_path": lambda: self._on_page(CheckpointPage.copy_path),
            "copy_python": lambda: self._on_page(CheckpointPage.copy_python),
            "system": lambda: self._choose_theme("system"),
            "light": lambda: self._choose_theme("light"),
            "dark": lambda: self._choose_theme("dark"),
            "settings": self.show_settings,
            "shortcuts": self.show_shortcuts,
            "quit": self.close,
        }

    # Opening

    def open_paths(self, paths: Iterable[str]) -> None:
        """Open each path in a tab of its own, one for each turn of the event loop."""
        self._waiting.extend(paths)
        self._open_next()

    def _open_next(self) -> None:
        if not self._waiting:
            return
        path = self._waiting.popleft()
        self._open(os.path.abspath(path))  # noqa: PTH100 - must not resolve links
        if self._waiting:
            QTimer.singleShot(0, self, self._open_next)

    def _open(self, path: str) -> None:
        known = next((tab for tab in self._file_tabs() if tab.path == path), None)
        if known is not None:
            self.tabs.setCurrentWidget(known)
            return
        tab = FileTab(path, self.jobs, self)
        tab.state_changed.connect(lambda: self._on_tab_state(tab))
        tab.close_asked.connect(lambda: self.close_tab(self.tabs.indexOf(tab)))
        tab.status.connect(self._status.setText)
        self.tabs.setCurrentIndex(self.tabs.add_page(tab, tab.title, path))
        self._center.setCurrentWidget(self.tabs)
        self._on_tab_changed()

    def open_recent(self, opened: RecentFile) -> None:
        """Open a file of the recent list again."""
        self.open_paths([path for path in (opened.path, opened.compared_with) if path])

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
            self._status.setText(self.tr("Drop to open"))

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        event.acceptProposedAction()
        self._status.setText("")
        urls = event.mimeData().urls()
        self.open_paths(url.toLocalFile() for url in urls if url.isLocalFile())

    # Tabs

    def _file_tabs(self) -> list[FileTab]:
        pages = (self.tabs.widget(place) for place in range(self.tabs.count()))
        return [page for page in pages if isinstance(page, FileTab)]

    def current_page(self) -> CheckpointPage | None:
        """Return the page in front, None while it is opening or failed."""
        tab = self.tabs.currentWidget()
        return tab.page if isinstance(tab, FileTab) else None

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
        for tab in sorted(self._file_tabs(), key=lambda tab: tab.page is not here):
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
        """Read the file in front again."""
        self._on_tab(FileTab.load)

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
        self.tabs.removeTab(place)
        tab.deleteLater()
        if not self.tabs.count():
            self.show_recent()
            self._center.setCurrentWidget(self._empty)
            self._status.setText("")

    def _step_tab(self, step: int) -> None:
        if self.tabs.count():
            self.tabs.setCurrentIndex((self.tabs.currentIndex() + step) % self.tabs.count())

    def _on_tab_state(self, tab: FileTab) -> None:
        if tab.page is not None:
            self.settings.recent.add(RecentFile(tab.path, tab.page.checkpoint.format))
            self._recent.show_entries(self.settings.recent.entries)
            layout = self.settings.state("splitter")
            if layout is not None:
                tab.page.restore_layout(layout)
        self._on_tab_changed()

    def _on_tab_changed(self, place: int = -1) -> None:
        tab = self.tabs.currentWidget()
        self.actions_.enable(_TAB_COMMANDS, tab is not None)
        self.actions_.enable(_PAGE_COMMANDS, self.current_page() is not None)
        title = self.tr("Checkpoint Inspector")
        if isinstance(tab, FileTab):
            title = f"{tab.title} — {title}"
        self.setWindowTitle(title)

    # Toolbar, menu, colours

    def _build_toolbar(self) -> None:
        bar = QToolBar(self.tr("Commands"), self)
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        em = self.fontMetrics().height()
        bar.setIconSize(QSize(em, em))
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.addAction(self.actions_["open"])
        bar.addAction(self.actions_["scan"])
        bar.addAction(self.actions_["export"])
        spacer = QWidget(bar)
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(spacer)
        bar.addWidget(self._go_button(bar))
        bar.addWidget(self._menu_button(bar))
        self.addToolBar(bar)
        self._bar = bar

    def _go_button(self, bar: QToolBar) -> QPushButton:
        """Return what looks like a search field and opens the palette, which is one."""
        action = self.actions_["go"]
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        button = QPushButton(f"{action.text()}   {key}", bar)
        button.setObjectName("search")
        button.setToolTip(action.toolTip())
        button.clicked.connect(action.trigger)
        self._go = button
        return button

    def _menu_button(self, bar: QToolBar) -> QToolButton:
        button = QToolButton(bar)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolTip(self.tr("All commands (F10)"))
        button.setAccessibleName(self.tr("All commands"))
        button.setShortcut("F10")
        menu = QMenu(button)
        for entry in self.menus.actions():
            menu.addAction(entry)
        button.setMenu(menu)
        self._menu = button
        return button

    def _choose_theme(self, choice: str) -> None:
        self.settings.theme = choice
        theme.choose(choice)

    def _restyle(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            em = self.fontMetrics().height()
            application.setStyleSheet(style.style_sheet(theme.colors(), em))
        self._menu.setIcon(assets.icon("menu"))
        self._go.setIcon(assets.icon("search", theme.colors().muted))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep only the icons of the toolbar in a narrow window."""
        super().resizeEvent(event)
        narrow = self.width() < self.fontMetrics().horizontalAdvance("n") * 100
        beside = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        self._bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly if narrow else beside)

    # Coming and going

    def _restore(self) -> None:
        em = self.fontMetrics().height()
        self.resize(em * 84, em * 50)
        geometry = self.settings.state("window")
        if geometry is not None:
            self.restoreGeometry(geometry)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End all work, remember the layout, go."""
        if not all(leave(tab, self.close) for tab in self._file_tabs()):
            event.ignore()
            return
        self.settings.set_state("window", self.saveGeometry())
        page = self.current_page()
        if page is not None:
            self.settings.set_state("splitter", page.save_layout())
        self.settings.last_files = [tab.path for tab in self._file_tabs()]
        self.settings.sync()
        self._waiting.clear()
        self.clean = self.jobs.close()
        for tab in self._file_tabs():
            tab.release()
        event.accept()
