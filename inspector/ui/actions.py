"""Every command of the window: one table of names, texts, icons and keys."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from inspector.ui import assets, theme

if TYPE_CHECKING:
    from PySide6.QtGui import QKeySequence
    from PySide6.QtWidgets import QMenu, QMenuBar

IN_TOOLBAR = ("open", "compare", "scan", "export")
_THEMES = frozenset(("system", "light", "dark"))
"""Commands with a button. They and "go" are in the first frame of the window."""
GO_KEYS = "⌘K" if sys.platform == "darwin" else "Ctrl+K"
"""The keys of "go" as a person writes them, on its button."""
COMPARE_COMMANDS: tuple[str, ...] = ("swap", "next_difference", "previous_difference", "mapping")
COMPARE_COMMANDS += ("verdict", "copy_report", "report_markdown", "report_html", "report_csv")
COMPARE_COMMANDS += ("report_json",)
"""Commands that need a comparison in front."""


class Command(NamedTuple):
    """One row of the table. `keys` are tried in turn: the first is shown in the tip.

    "@Open" stands for what the system calls `QKeySequence.StandardKey.Open`.
    """

    name: str
    text: str
    tip: str
    icon: str = ""
    keys: tuple[str, ...] = ()


def _sequence(key: str) -> QKeySequence:
    from PySide6.QtGui import QKeySequence

    return QKeySequence(QKeySequence.StandardKey[key[1:]] if key.startswith("@") else key)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Actions", text)


def commands() -> tuple[Command, ...]:
    """Return all commands in the order menus show them."""
    return (
        Command("open", _tr("Open…"), _tr("Open checkpoint files"), "open", ("@Open",)),
        Command(
            "open_folder", _tr("Open folder…"), _tr("Open a sharded set in a folder"), "folder"
        ),
        Command(
            "compare", _tr("Compare…"), _tr("Compare two files by value"), "compare", ("Ctrl+D",)
        ),
        Command("reload", _tr("Reload"), _tr("Read the file again"), "reload", ("F5", "Ctrl+R")),
        Command(
            "export",
            _tr("Export copy…"),
            _tr("Write a copy for other devices, types or programs"),
            "export",
            ("Ctrl+Shift+S",),
        ),
        Command(
            "verify",
            _tr("Verify checksums…"),
            _tr("Check every record that has a checksum"),
            "verify",
        ),
        Command("close", _tr("Close tab"), _tr("Close this tab"), "close", ("Ctrl+W",)),
        Command("next_tab", _tr("Next tab"), _tr("Go to the next tab"), "next", ("Ctrl+Tab",)),
        Command(
            "previous_tab",
            _tr("Previous tab"),
            _tr("Go to the tab before"),
            "previous",
            ("Ctrl+Shift+Tab",),
        ),
        Command("find", _tr("Filter keys"), _tr("Filter the keys"), "filter", ("@Find",)),
        Command(
            "find_next",
            _tr("Find next"),
            _tr("Go to the next key in sight"),
            "",
            ("@FindNext",),
        ),
        Command(
            "find_previous",
            _tr("Find previous"),
            _tr("Go to the key in sight before"),
            "",
            ("@FindPrevious",),
        ),
        Command(
            "go", _tr("Go to key or command"), _tr("Find any key or command"), "search", ("Ctrl+K",)
        ),
        Command("expand", _tr("Expand all"), _tr("Open every module"), "", ("Ctrl+E",)),
        Command("collapse", _tr("Collapse all"), _tr("Close every module"), "", ("Ctrl+Shift+E",)),
        Command(
            "natural",
            _tr("Sort by name"),
            _tr("Order keys by name, numbers by size"),
            "",
            ("Ctrl+J",),
        ),
        Command("file_order", _tr("File order"), _tr("Order keys as in the file"), "", ()),
        Command("overview", _tr("Overview"), _tr("Show the whole file"), "info", ("Ctrl+Home",)),
        Command(
            "scan",
            _tr("Scan file"),
            _tr("Statistics of every tensor, in the tree"),
            "scan",
            ("F6",),
        ),
        Command("copy_key", _tr("Copy key"), _tr("Copy the selected key"), "copy"),
        Command("copy_path", _tr("Copy path"), _tr("Copy the exact path"), ""),
        Command("copy_row", _tr("Copy row"), _tr("Copy the selected row, between tabs"), ""),
        Command("copy_table", _tr("Copy table"), _tr("Copy every row in the tree"), ""),
        Command(
            "copy_python",
            _tr("Copy as Python"),
            _tr("Copy the line that loads this tensor"),
            "",
            ("Ctrl+Shift+C",),
        ),
        Command("system", _tr("System colours"), _tr("Follow the system's colours")),
        Command("light", _tr("Light colours"), _tr("Dark text on white")),
        Command("dark", _tr("Dark colours"), _tr("Light text on black")),
        Command("settings", _tr("Settings…"), _tr("Change how it looks"), "settings", ("Ctrl+,",)),
        Command("shortcuts", _tr("Keyboard shortcuts"), _tr("Show all keys"), "keyboard", ("F1",)),
        Command("quit", _tr("Quit"), _tr("Close the window"), "", ("@Quit",)),
    )


def comparison_commands() -> tuple[Command, ...]:
    """Return the commands that need a comparison in front."""
    return (
        Command("swap", _tr("Swap A and B"), _tr("Exchange the two files"), "swap", ("Ctrl+T",)),
        Command(
            "next_difference", _tr("Next difference"), _tr("Go to the next one"), "next", ("F7",)
        ),
        Command(
            "previous_difference",
            _tr("Previous difference"),
            _tr("Go to the one before"),
            "previous",
            ("Shift+F7",),
        ),
        Command("mapping", _tr("Key mapping…"), _tr("See and change which keys are paired"), "log"),
        Command("verdict", _tr("load_state_dict verdict"), _tr("Would B load into A?"), "check"),
        Command("copy_report", _tr("Copy report"), _tr("Copy a report as Markdown"), "copy"),
        Command("report_markdown", _tr("Save report as Markdown…"), _tr("To paste into an issue")),
        Command("report_html", _tr("Save report as HTML…"), _tr("One page with pictures")),
        Command("report_csv", _tr("Save report as CSV…"), _tr("One line per tensor")),
        Command("report_json", _tr("Save report as JSON…"), _tr("Everything, for programs")),
    )


def _menus() -> tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]:
    return (
        (
            _tr("File"),
            (("open", "open_folder"), ("export", "verify"), ("reload", "close"), ("quit",)),
        ),
        (
            _tr("Edit"),
            (
                ("copy_key", "copy_path", "copy_row", "copy_table", "copy_python"),
                ("find", "find_next", "find_previous", "go"),
                ("settings",),
            ),
        ),
        (
            _tr("View"),
            (
                ("overview", "scan", "expand", "collapse"),
                ("natural", "file_order"),
                ("next_tab", "previous_tab"),
            ),
        ),
        (
            _tr("Compare"),
            (
                ("compare", "swap"),
                ("next_difference", "previous_difference"),
                ("mapping", "verdict"),
                ("copy_report", "report_markdown", "report_html", "report_csv", "report_json"),
            ),
        ),
        (_tr("Colours"), (("system", "light", "dark"),)),
        (_tr("Help"), (("shortcuts",),)),
    )


class Actions(QObject):
    """The commands as `QAction`s of one window, by name.

    Those of the toolbar are made at once, the others and all keys when the first of the others is
    asked for: after the first frame, for the menus.
    """

    def __init__(self, window: QWidget, run: Callable[[str], object]) -> None:
        super().__init__(window)
        self._window = window
        self._run = run
        self._icons: dict[str, str] = {}
        self._disabled: set[str] = set()
        self.by_name: dict[str, QAction] = {}
        self._make([*IN_TOOLBAR, "go"])
        # Twenty drawings take longer than the rest of the window; menus get theirs when they open.
        self._drawn = set(IN_TOOLBAR)
        theme.changed.connect(self._paint)
        self._paint()

    def _make(self, names: Collection[str]) -> None:
        for command in (*commands(), *comparison_commands()):
            if command.name in names:
                action = QAction(command.text, self._window)
                action.setIconText(f" {command.text.rstrip('…')}")
                action.triggered.connect(lambda checked=False, name=command.name: self._run(name))
                action.setEnabled(command.name not in self._disabled)
                action.setCheckable(command.name in _THEMES)
                self._icons[command.name] = command.icon
                self.by_name[command.name] = action
                self._window.addAction(action)

    def _make_all(self) -> None:
        from PySide6.QtGui import QKeySequence

        table = (*commands(), *comparison_commands())
        self._make([command.name for command in table if command.name not in self.by_name])
        for command in table:
            action = self.by_name[command.name]
            action.setShortcuts([_sequence(key) for key in command.keys])
            shown_key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{command.tip} ({shown_key})" if shown_key else command.tip)

    def __getitem__(self, name: str) -> QAction:
        if name not in self.by_name:
            self._make_all()
        return self.by_name[name]

    def enable(self, names: tuple[str, ...], enabled: bool) -> None:
        """Enable or disable several commands."""
        for name in names:
            if name in self.by_name:
                self.by_name[name].setEnabled(enabled)
        if enabled:
            self._disabled.difference_update(names)
        else:
            self._disabled.update(names)

    def menu_bar(self, window: QWidget) -> QMenuBar:
        """Return all commands as menus. Only macOS shows the bar, at the top of the screen."""
        from PySide6.QtWidgets import QMenuBar

        bar = QMenuBar(window if sys.platform != "darwin" else None)
        for title, groups in _menus():
            menu = bar.addMenu(title)
            menu.aboutToShow.connect(self._draw_all)
            for number, group in enumerate(groups):
                if number:
                    menu.addSeparator()
                for name in group:
                    menu.addAction(self[name])
        bar.setVisible(sys.platform == "darwin")
        return bar

    def add_recent(self, bar: QMenuBar, recent: QMenu) -> None:
        """Put the menu of recent files where *Open* is."""
        from PySide6.QtWidgets import QMenu

        menu = bar.actions()[0].menu()
        if isinstance(menu, QMenu):
            menu.insertMenu(self["reload"], recent)

    def _draw_all(self) -> None:
        if len(self._drawn) < len(self.by_name):
            self._drawn = set(self.by_name)
            self._paint()

    def _paint(self) -> None:
        for name in self._drawn & self._icons.keys():
            if icon := self._icons[name]:
                self.by_name[name].setIcon(assets.icon(icon))
        for name in _THEMES & self._drawn:
            self.by_name[name].setChecked(name == theme.choice())
