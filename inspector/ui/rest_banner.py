"""Hundreds of files at once are opened a few at a time: every tab costs time, memory and a file."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from inspector.ui.banner import Banner


class RestBanner(Banner):
    """Says how many files are left over; `more_asked` carries them."""

    more_asked = Signal(object)

    def __init__(self, at_once: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._at_once = at_once
        self._rest: list[str] = []
        self.acted.connect(lambda: self.more_asked.emit(self._rest))

    def first_of(self, paths: Sequence[str]) -> list[str]:
        """Return what is to be opened now, and offer the rest."""
        now, self._rest = list(paths[: self._at_once]), list(paths[self._at_once :])
        self.hide()
        if self._rest:
            text = self.tr("{count} of {all} files were opened.").format(
                count=f"{len(now):,}", all=f"{len(paths):,}"
            )
            more = self.tr("Open {} more").format(min(len(self._rest), self._at_once))
            self.tell(text, more, "info")
        return now
