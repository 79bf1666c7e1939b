"""A part of the export dialog's choices that folds away and still says in a word what it holds."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from inspector.ui import assets, theme
from inspector.ui.texts import ElidedLabel


class Section(QWidget):
    """A heading that opens and closes `body`; `tell` sets the word beside it. `changed` after every
    edit."""

    changed = Signal()

    def __init__(self, title: str, parent: QWidget, opened: bool = False) -> None:
        super().__init__(parent)
        em = self.fontMetrics().height()
        self.button = QToolButton(self)
        self.button.setObjectName("flat")
        self.button.setText(title)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.clicked.connect(lambda: self.open(not self.opened))
        self._summary = ElidedLabel("", self, "muted")
        self._summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        heading = QHBoxLayout()
        heading.addWidget(self.button)
        heading.addWidget(self._summary, 1)
        self._body = QWidget(self)
        self.body = QVBoxLayout(self._body)
        self.body.setContentsMargins(em * 3 // 2, 0, 0, em // 2)
        self.body.setSpacing(em // 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(em // 3)
        column.addLayout(heading)
        column.addWidget(self._body)
        theme.changed.connect(self._paint)
        self.open(opened)

    def tell(self, summary: str) -> None:
        """Say beside the heading what is chosen."""
        self._summary.setText(summary)
        self.button.setAccessibleDescription(summary)

    @property
    def opened(self) -> bool:
        """Whether the choices are in sight."""
        return not self._body.isHidden()

    def open(self, opened: bool) -> None:
        """Show the choices or fold them away."""
        self._body.setVisible(opened)
        self.button.setToolTip(self.tr("Fold away") if opened else self.tr("Show the choices"))
        self._paint()

    def _paint(self) -> None:
        name = "chevron-down" if self.opened else "chevron-right"
        self.button.setIcon(assets.icon(name, theme.colors().muted))
