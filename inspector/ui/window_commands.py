"""What the commands of a window do. Imported with the first one, after the window's first frame."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from inspector.ui import theme
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.file_dialogs import ask_files, ask_folder
from inspector.ui.file_tab import FileTab
from inspector.ui.opening_tab import OpeningTab
from inspector.ui.tree_page import TreePage

if TYPE_CHECKING:
    from inspector.ui.command_palette import CommandPalette
    from inspector.ui.main_window import MainWindow


class WindowCommands(QObject):
    """`run` does what the command of that name in `actions` says."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._palette: CommandPalette | None = None
        self._by_name = self._commands()

    def run(self, command: str) -> None:
        """Do it."""
        self._by_name[command]()

    def _commands(self) -> dict[str, Callable[[], object]]:
        window = self._window
        return {
            "open": self.ask_files,
            "open_folder": self.ask_folder,
            "export": lambda: self._on_tab(window.show_export),
            "verify": lambda: self._on_tab(self._verify),
            "reload": window.reload,
            "close": lambda: window.close_tab(window.tabs.currentIndex()),
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
            "quit": window.close,
            **window.comparing.commands(),
        }

    def ask_files(self) -> None:
        """Let the person choose files. Every file is offered: endings say nothing here."""
        paths = ask_files(
            self._window,
            self.tr("Open checkpoints"),
            self._window.settings.folder,
            self.tr("All files (*);;Checkpoints (*.pt *.pth *.bin *.ckpt *.safetensors *.json)"),
        )
        if paths:
            self._window.settings.folder = os.path.dirname(paths[0])  # noqa: PTH120
            self._window.open_paths(paths)

    def ask_folder(self) -> None:
        """Let the person choose a folder that holds a sharded set."""
        title = self.tr("Open a model folder")
        path = ask_folder(self._window, title, self._window.settings.folder)
        if path:
            self._window.settings.folder = path
            self._window.open_paths([path])

    def _on_tree(self, run: Callable[[TreePage], object]) -> None:
        tab = self._window.tabs.currentWidget()
        if isinstance(tab, OpeningTab) and tab.page is not None:
            run(tab.page)

    def _on_page(self, run: Callable[[CheckpointPage], object]) -> None:
        page = self._window.current_page()
        if page is not None:
            run(page)

    def show_palette(self) -> None:
        """Offer every command, and every key of the open files, the one in front first."""
        from inspector.ui.command_palette import CommandPalette, command_source, key_source

        if self._palette is None:
            self._palette = CommandPalette(self._window)
        here = self._window.current_page()
        keys = []
        for tab in sorted(self._window.file_tabs(), key=lambda tab: tab.page is not here):
            if tab.page is not None:
                go_to = partial(self._go_to_row, tab, tab.page)
                keys.append(key_source(tab.page.model, go_to, tab.title))
        self._palette.open([command_source(self._window.menus), *keys])

    def _go_to_row(self, tab: FileTab, page: CheckpointPage, row: int) -> None:
        self._window.tabs.setCurrentWidget(tab)
        page.go_to_key(page.model.rows.keys[row])
        page.tree.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_shortcuts(self) -> None:
        """Show every key that does something."""
        from inspector.ui.shortcuts_page import ShortcutsPage, menu_groups, table_group

        page = ShortcutsPage([*menu_groups(self._window.menus), table_group()], self._window)
        page.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        page.open()

    def show_settings(self) -> None:
        """Show what may be chosen."""
        from inspector.ui.settings_dialog import SettingsDialog

        dialog = SettingsDialog(self._window.settings, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.theme_chosen.connect(self._choose_theme)
        dialog.recent_forgotten.connect(self._window.show_recent)
        dialog.open()

    def _verify(self, tab: FileTab) -> None:
        from inspector.ui.tab_windows import show_verify

        show_verify(tab, self._window.jobs)

    def _on_tab(self, run: Callable[[FileTab], object]) -> None:
        tab = self._window.tabs.currentWidget()
        if isinstance(tab, FileTab):
            run(tab)

    def _step_tab(self, step: int) -> None:
        tabs = self._window.tabs
        if tabs.count():
            tabs.setCurrentIndex((tabs.currentIndex() + step) % tabs.count())

    def _choose_theme(self, choice: str) -> None:
        self._window.settings.theme = choice
        theme.choose(choice)
