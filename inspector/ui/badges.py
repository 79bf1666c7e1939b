"""A line of small framed remarks: what a plot of finite values cannot show, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from inspector.ui import theme
from inspector.ui.flow_layout import FlowLayout, flowing


@dataclass(frozen=True, slots=True)
class Badge:
    """A count that a plot of finite values cannot show, or that deserves a second look."""

    text: str
    alarming: bool


class BadgeLine(QWidget):
    """Badges side by side; hidden while there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._badges: tuple[Badge, ...] = ()
        self._line = FlowLayout(self, 6)
        self._line.setContentsMargins(0, 0, 0, 0)
        flowing(self)
        theme.changed.connect(self._recolor)
        self.hide()

    def show_badges(self, badges: Sequence[Badge]) -> None:
        """Show these in place of the ones before."""
        self._badges = tuple(badges)
        while (item := self._line.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        colors = theme.colors()
        for badge in badges:
            label = QLabel(badge.text, self)
            label.setTextFormat(Qt.TextFormat.PlainText)
            color = (colors.danger if badge.alarming else colors.muted).name()
            radius = label.fontMetrics().height() // 2
            label.setStyleSheet(
                f"color: {color}; border: 1px solid {color};"
                f"border-radius: {radius}px; padding: 1px {radius}px;"
            )
            self._line.addWidget(label)
            label.show()
        self.setVisible(bool(badges))

    def _recolor(self) -> None:
        self.show_badges(self._badges)
