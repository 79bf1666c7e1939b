"""A line that turns green, amber or red; the sign before its text says the same without colour."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from inspector.ui.texts import PlainLabel

_SIGNS = {"ok": "✓ ", "warning": "⚠ ", "danger": "✗ "}


class ToneLabel(PlainLabel):
    """`tone` is `ok`, `warning`, `danger`, or empty for plain text; the style sheet colours it."""

    def __init__(self, parent: QWidget, name: str = "") -> None:
        super().__init__("", parent, name)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def tell(self, text: str, tone: str = "") -> None:
        """Show `text` with the sign of `tone`; hide when there is none."""
        self.setText(_SIGNS.get(tone, "") + text if text else "")
        self.setAccessibleName(text)
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)
        self.setVisible(bool(text))
