"""The figures of a tensor as text: the plot's equal for screen readers, copying and exact reading.

Pairs of name and value in as many columns as there is room for; every value can be selected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from inspector.ui import theme

MAX_PAIRS = 4
"""Name and value pairs side by side, at most."""
_GAP = 12
"""Pixels between a name and its value; three times that between two pairs."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what it is, as it is shown, as it is copied (all digits, ASCII)."""

    name: str
    shown: str
    exact: str
    alarming: bool = False


class StatisticsTable(QWidget):
    """Figures in aligned columns, reflowed to the width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figures: tuple[Figure, ...] = ()
        self._arranged = 0, 0
        self._labels: list[tuple[QLabel, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(_GAP)
        self._grid.setVerticalSpacing(3)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.setAccessibleName(self.tr("Statistics"))
        theme.changed.connect(self._recolor)

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Show these in place of the ones before."""
        same_names = [f.name for f in figures] == [f.name for f in self._figures]
        self._figures = tuple(figures)
        if not same_names:
            self._make_labels()
        for (_, value), figure in zip(self._labels, self._figures, strict=True):
            value.setText(figure.shown)
            value.setAccessibleName(f"{figure.name}: {figure.shown}")
            value.setToolTip(figure.exact)
        self._recolor()
        self._arrange()

    def text(self) -> str:
        """Return all figures as tab separated lines with every digit, for the clipboard."""
        return "\n".join(f"{figure.name}\t{figure.exact}" for figure in self._figures)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Reflow."""
        super().resizeEvent(event)
        self._arrange()

    def _make_labels(self) -> None:
        for pair in self._labels:
            for label in pair:
                self._grid.removeWidget(label)
                label.hide()  # it may be painted once more before it goes
                label.deleteLater()
        self._labels = [(QLabel(figure.name, self), QLabel(self)) for figure in self._figures]
        self._arranged = 0, 0
        flags = Qt.TextInteractionFlag
        for name, value in self._labels:
            name.setTextFormat(Qt.TextFormat.PlainText)
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setFont(QFont(theme.monospace()))
            value.setTextInteractionFlags(flags.TextSelectableByMouse)

    def _arrange(self) -> None:
        """Place the pairs in columns, filled downwards, so that related figures stay together."""
        if not self._labels:
            return
        # Without their margins, which depend on what comes of this.
        texts = (name.fontMetrics().horizontalAdvance(name.text()) for name, _ in self._labels)
        widest = max(texts)
        figure = max(value.sizeHint().width() for _, value in self._labels)
        pairs = min(MAX_PAIRS, max(1, (self.width() + 3 * _GAP) // (widest + figure + 4 * _GAP)))
        if (pairs, figure) == self._arranged:
            return
        self._arranged = pairs, figure
        rows = -(-len(self._labels) // pairs)
        for column in range(2 * MAX_PAIRS + 1):
            self._grid.setColumnStretch(column, 0)
            self._grid.setColumnMinimumWidth(column, 0)
        for place, (name, value) in enumerate(self._labels):
            row, column = place % rows, 2 * (place // rows)
            name.setContentsMargins(2 * _GAP if column else 0, 0, 0, 0)  # nearer to its own value
            self._grid.addWidget(name, row, column)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            self._grid.addWidget(value, row, column + 1, right)
            self._grid.setColumnMinimumWidth(column + 1, figure)
        self._grid.setColumnStretch(2 * pairs, 1)
        self.updateGeometry()

    def _recolor(self) -> None:
        colors = theme.colors()
        for (name, value), figure in zip(self._labels, self._figures, strict=True):
            name.setStyleSheet(f"color: {colors.muted.name()}")
            color = colors.danger if figure.alarming else colors.text
            value.setStyleSheet(f"color: {color.name()}")
