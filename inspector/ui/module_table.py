"""One row per tensor below a module: its figures, sortable, each row a way to the tensor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from inspector.analysis.scan_results import ScanResult
from inspector.analysis.statistics import Statistics
from inspector.checkpoint.plain_text import shown
from inspector.ui import number_text, theme
from inspector.ui.row_table import RowTable
from inspector.ui.tree_model import AnyIndex

_ROOT = QModelIndex()
COLUMNS = ("Tensor", "Values", "Mean", "Std", "Min", "Max", "Zeros", "NaN, Inf")


@dataclass(frozen=True, slots=True)
class ModuleRow:
    """A tensor and its figures, or why there are none."""

    key: str
    figures: tuple[float, ...]
    """Count, mean, std, min, max, zeros, NaN and infinities together; empty with a problem."""
    problem: str = ""

    @classmethod
    def of(cls, key: str, statistics: Statistics | ScanResult) -> ModuleRow:
        """Take the figures of a row from `statistics`."""
        bad = statistics.nan + statistics.posinf + statistics.neginf
        return cls(
            key,
            (
                statistics.count,
                statistics.mean,
                statistics.std,
                statistics.min,
                statistics.max,
                statistics.zeros,
                bad,
            ),
        )


class _Model(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[ModuleRow] = []
        self.prefix = 0
        self._own_order: list[ModuleRow] = []
        self._sorting = -1, Qt.SortOrder.AscendingOrder
        self._headings = (
            self.tr("Tensor"),
            self.tr("Values"),
            self.tr("Mean"),
            self.tr("Std"),
            self.tr("Min"),
            self.tr("Max"),
            self.tr("Zeros"),
            self.tr("NaN, Inf"),
        )

    def show_rows(self, rows: Sequence[ModuleRow]) -> None:
        self.beginResetModel()
        self._own_order = list(rows)
        self.rows = self._sorted()
        self.prefix = _shared_prefix([row.key for row in rows])
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.beginResetModel()
        self._sorting = column, order
        self.rows = self._sorted()
        self.endResetModel()

    def _sorted(self) -> list[ModuleRow]:
        column, order = self._sorting
        if column < 0:
            return list(self._own_order)
        descending = order == Qt.SortOrder.DescendingOrder
        if column == 0:
            return sorted(self._own_order, key=lambda row: row.key, reverse=descending)
        return sorted(
            self._own_order, key=lambda row: self._number(row, column), reverse=descending
        )

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headings[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: AnyIndex, role: int = 0) -> Any:
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column and not row.problem:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.FontRole and column:
            return theme.monospace()
        if role == Qt.ItemDataRole.ForegroundRole:
            alarming = row.problem or (column == 7 and self._number(row, 7) > 0)
            return theme.colors().danger if column and alarming else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.problem or shown(row.key)
        return None

    def _text(self, row: ModuleRow, column: int) -> str:
        if column == 0:
            return shown(row.key[self.prefix :])
        if row.problem:
            return row.problem if column == 1 else ""
        number = row.figures[column - 1]
        if column == 7:
            return f"⚠ {number_text.whole(number)}" if number else "0"
        if math.isnan(number):
            return "—"  # of one value there is no deviation, of none no mean; NaNs have a column
        return number_text.whole(number) if column in (1, 6) else number_text.figure(number)

    def _number(self, row: ModuleRow, column: int) -> float:
        number = -math.inf if row.problem else row.figures[column - 1]
        return -math.inf if math.isnan(number) else number


class ModuleTable(RowTable):
    """The rows of a module; Enter or a double click asks for the tensor."""

    key_activated = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self.setModel(self._model)
        self.setAccessibleName(self.tr("Tensors of the module"))
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.horizontalHeader().setSortIndicatorClearable(True)
        self.setSortingEnabled(True)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self._fitting = self._resized = False
        self.horizontalHeader().sectionResized.connect(self._on_resized)
        self.doubleClicked.connect(self._activate)

    def show_rows(self, rows: Sequence[ModuleRow]) -> None:
        """Show these rows, in the module's own order until a heading is clicked."""
        self._model.show_rows(rows)
        if rows and not self._resized:
            self._fitting = True
            self._set_widths()
            self._fitting = False

    def text(self) -> str:
        """Return the table as tab separated lines with every digit."""
        lines = ["\t".join(COLUMNS)]
        for row in self._model.rows:
            figures = [row.problem] if row.problem else [repr(number) for number in row.figures]
            lines.append("\t".join([shown(row.key), *figures]))
        return "\n".join(lines)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes to the tensor of the current row."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._activate(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _activate(self, index: QModelIndex) -> None:
        self.key_activated.emit(self._model.rows[index.row()].key)

    def _on_resized(self) -> None:
        self._resized = self._resized or not self._fitting

    def _set_widths(self) -> None:
        figure = QFontMetrics(theme.monospace()).horizontalAdvance("−0.00001234")
        for column in range(1, len(COLUMNS)):
            self.setColumnWidth(column, figure)
        names = (row.key[self._model.prefix :] for row in self._model.rows[:99])
        metrics = QFontMetrics(self.font())
        width = metrics.horizontalAdvance(max(names, key=len)) + 4 * metrics.averageCharWidth()
        self.setColumnWidth(0, min(max(width, figure), 3 * figure))


def _shared_prefix(keys: Sequence[str]) -> int:
    """Return the length of the dotted prefix that all keys share; it would only repeat itself."""
    if len(keys) < 2:
        return 0
    low, high = min(keys), max(keys)
    same = 0
    while same < min(len(low), len(high)) and low[same] == high[same]:
        same += 1
    return low.rfind(".", 0, same) + 1
