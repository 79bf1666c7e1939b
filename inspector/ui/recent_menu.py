"""The menu of files opened lately."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from inspector.ui.recent import RecentFile


class RecentMenu(QMenu):
    """`chosen` carries the `RecentFile` to open."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Open recent"))
        self.show_entries([])

    def show_entries(self, entries: Sequence[RecentFile]) -> None:
        """List `entries`."""
        self.clear()
        for entry in entries:
            text = f"{entry.title}  ·  {entry.folder}".replace("&", "&&")
            self.addAction(text, partial(self.chosen.emit, entry))
        self.setEnabled(bool(entries))
