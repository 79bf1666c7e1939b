"""Figures of A, B and their difference in three aligned columns; every one can be copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from inspector.ui import theme
from inspector.ui.texts import PlainLabel


@dataclass(frozen=True, slots=True)
class Line:
    """What it is, for A, for B, the difference; `alarming` lines are marked by colour and sign."""

    name: str
    a: str = ""
    b: str = ""
    delta: str = ""
    alarming: bool = False


class CompareTable(QWidget):
    """A header line A, B, Δ, then `Line`s."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[Line, ...] = ()
        self._labels: list[PlainLabel] = []
        self._grid = QGridLayout(self)
        em = self.fontMetrics().height()
        self._grid.setContentsMargins(0, em // 3, 0, 0)
        self._grid.setHorizontalSpacing(em * 2 // 3)
        self._grid.setVerticalSpacing(em // 4)
        for column in (1, 2, 3):
            self._grid.setColumnStretch(column, 1)
        self.setAccessibleName(self.tr("Figures of A, B and the difference"))
        theme.changed.connect(self._recolor)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show these in place of the ones before."""
        self.lines = tuple(lines)
        for label in self._labels:
            self._grid.removeWidget(label)
            label.hide()  # it may be painted once more before it goes
            label.deleteLater()
        self._labels = []
        for column, text in enumerate(("", "A", "B", "Δ")):
            self._add(0, column, text)
        for row, line in enumerate(lines, 1):
            name = f"⚠ {line.name}" if line.alarming else line.name
            for column, text in enumerate((name, line.a, line.b, line.delta)):
                alone = column == 3 and not (line.a or line.b)
                self._add(row, column, text, from_column=1 if alone else column)
        self._recolor()

    def text(self) -> str:
        """Return the lines between tabs, for the clipboard, with a minus that programs read."""
        figures = ("\t".join((one.a, one.b, one.delta)).replace("−", "-") for one in self.lines)
        names = (one.name for one in self.lines)
        return "\n".join(map("\t".join, zip(names, figures, strict=True)))

    def _add(self, row: int, column: int, text: str, from_column: int | None = None) -> None:
        """Add a cell; one that has its line to itself may reach over the columns before it."""
        first = column if from_column is None else from_column
        label = PlainLabel(text, self)
        if row and column:
            label.setFont(theme.monospace())
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setAccessibleName(f"{self.lines[row - 1].name}, {('A', 'B', 'Δ')[column - 1]}")
        side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
        label.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(label, row, first, 1, column - first + 1)
        self._labels.append(label)

    def _recolor(self) -> None:
        colors = theme.colors()
        heads = (colors.muted, colors.a, colors.b, colors.changed)
        for place, label in enumerate(self._labels):
            row, column = divmod(place, 4)
            color = heads[column] if row == 0 else colors.text if column else colors.muted
            if row and self.lines[row - 1].alarming and column != 0:
                color = colors.danger
            label.setStyleSheet(f"color: {color.name()}")
