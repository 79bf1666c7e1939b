"""What the menus offer, as lists: for the command palette and for the page of shortcuts."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar


def menu_actions(menus: QMenuBar) -> list[tuple[list[str], QAction]]:
    """Return every action in the menus with the names that lead to it: menu, submenus, itself."""
    return [found for entry in menus.actions() for found in _below(entry, [])]


def action_name(action: QAction) -> str:
    """Return the text of `action` without the marks that menus need."""
    return action.text().replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip("…")


def shortcut_text(action: QAction) -> str:
    """Return the shortcuts of `action` as the platform writes them, or an empty text."""
    style = QKeySequence.SequenceFormat.NativeText
    return "  ".join(sequence.toString(style) for sequence in action.shortcuts())


def _below(action: QAction, names: list[str]) -> list[tuple[list[str], QAction]]:
    here = [*names, action_name(action)]
    menu = action.menu()
    if isinstance(menu, QMenu):
        return [found for entry in menu.actions() for found in _below(entry, here)]
    return [] if action.isSeparator() or not action.text() else [(here, action)]
