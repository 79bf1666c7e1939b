"""The right side of a comparison: what differs in the selected pair, or in the whole."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from inspector.ui.compare_rows import CompareRows
from inspector.ui.jobs import Jobs
from inspector.ui.texts import ElidedLabel


class CompareSelection(QWidget):
    """Title, facts in a line, and five views of which only the visible one works."""

    row_asked = Signal(int)

    def __init__(self, rows: CompareRows, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._jobs = jobs
        self._row = -1
        self._title = ElidedLabel("", self, "title")
        self._title.enlarge(1.25)
        self._subtitle = ElidedLabel("", self, "subtitle")
        self.tabs = QTabBar(self)
        self._stack = QStackedWidget(self)
        em = self.fontMetrics().height()
        column = QVBoxLayout(self)
        column.setContentsMargins(em, em // 2, em // 2, em // 2)
        column.addWidget(self._title)
        column.addWidget(self._subtitle)
        column.addWidget(self.tabs)
        column.addWidget(self._stack, 1)
        self.setMinimumWidth(em * 16)

    def show_row(self, row: int) -> None:
        """Show the pair of a row; -1 shows the whole."""
        self._row = row
