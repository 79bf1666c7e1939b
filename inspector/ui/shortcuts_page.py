"""F1: every key that does something, taken from the menus themselves so that it cannot go stale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QMenuBar,
    QVBoxLayout,
    QWidget,
)

from inspector.ui import theme
from inspector.ui.menu_actions import menu_actions, shortcut_text
from inspector.ui.scrolling import scrolling
from inspector.ui.texts import PlainLabel

Group = tuple[str, list[tuple[str, str]]]
"""A title and its rows: what is done, and the keys that do it."""


def menu_groups(menus: QMenuBar) -> list[Group]:
    """Return a group for each menu that has an action with a shortcut, submenus included."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for names, action in menu_actions(menus):
        if action.shortcuts():
            row = (" › ".join(names[1:]), shortcut_text(action))
            groups.setdefault(names[0], []).append(row)
    return list(groups.items())


def table_group() -> Group:
    """Return the keys that Qt's trees and tables know by themselves."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("ShortcutsPage", text)

    return (
        tr("In the tree and in tables"),
        [
            (tr("Move"), "↑  ↓"),
            (tr("Open or close a level"), "→  ←"),
            (tr("Open a level with all below it"), "*"),
            (tr("To the views of the selection"), _text("Return")),
            (tr("Copy the key of the row"), _text("Ctrl+C")),
            (tr("Clear the filter, back to the tree"), _text("Esc")),
            (tr("First, last row"), _text("Home") + "  " + _text("End")),
            (tr("Next, previous part of the window"), _text("Tab") + "  " + _text("Shift+Tab")),
            (tr("Menu of all commands"), _text("F10")),
        ],
    )


class ShortcutsPage(QDialog):
    """The groups in two columns."""

    def __init__(self, groups: Sequence[Group], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        em = self.fontMetrics().height()
        content = QWidget()
        columns = QHBoxLayout(content)
        columns.setContentsMargins(em, em, em, em)
        columns.setSpacing(em * 3)
        for half in _halves(groups):
            column = QVBoxLayout()
            column.setSpacing(em)
            for title, rows in half:
                column.addLayout(self._group(title, rows))
            column.addStretch(1)
            columns.addLayout(column, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(scrolling(content, self))
        layout.addWidget(buttons)
        wanted = content.sizeHint()
        self.resize(max(wanted.width() + 3 * em, em * 40), min(wanted.height() + 5 * em, em * 40))

    def _group(self, title: str, rows: Iterable[tuple[str, str]]) -> QGridLayout:
        em = self.fontMetrics().height()
        grid = QGridLayout()
        grid.setHorizontalSpacing(em * 2)
        grid.setVerticalSpacing(em // 3)
        grid.setColumnStretch(0, 1)
        heading = PlainLabel(title, self, "title")
        heading.enlarge(1.1)
        grid.addWidget(heading, 0, 0, 1, 2)
        for number, (name, keys) in enumerate(rows, 1):
            done, key = PlainLabel(name, self), PlainLabel(keys, self, "muted")
            key.setFont(theme.monospace())
            key.setAccessibleName(f"{name}: {keys}")
            grid.addWidget(done, number, 0)
            grid.addWidget(key, number, 1, Qt.AlignmentFlag.AlignRight)
        return grid


def _text(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def _halves(groups: Sequence[Group]) -> tuple[Sequence[Group], Sequence[Group]]:
    """Split the groups, in order, so that both columns are about as long."""
    lengths = [len(rows) + 2 for _, rows in groups]
    splits = range(len(groups) + 1)
    best = min(splits, key=lambda at: abs(sum(lengths[:at]) - sum(lengths[at:])))
    return groups[:best], groups[best:]
