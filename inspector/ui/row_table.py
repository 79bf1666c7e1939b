"""Tables of whole rows, and sheets of plain text in them: what an export changes or leaves out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from inspector.checkpoint.plain_text import shown
from inspector.ui.texts import plain_tip
from inspector.ui.tree_model import AnyIndex

_ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class Sheet:
    """Headings, rows of any kind, and how one row reads in each column."""

    headings: tuple[str, ...]
    rows: Sequence[Any]
    cells: Callable[[Any], tuple[str, ...]]
    numbers_from: int = 99
    """The first column of numbers, which stand at the right."""
    widest: int = 0
    """The column that takes the room which the others leave."""


class _Model(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.sheet = Sheet((), (), lambda row: ())

    def show_sheet(self, sheet: Sheet) -> None:
        self.beginResetModel()
        self.sheet = sheet
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.sheet.rows)

    def columnCount(self, parent: AnyIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.sheet.headings)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.sheet.headings[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return None

    def data(self, index: AnyIndex, role: int = 0) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            text = shown(self.sheet.cells(self.sheet.rows[index.row()])[index.column()])
            return text if role == Qt.ItemDataRole.DisplayRole else plain_tip(text)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(index.column())
        return None

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        numbers = column >= self.sheet.numbers_from
        side = Qt.AlignmentFlag.AlignRight if numbers else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter


class RowTable(QTableView):
    """A table of whole rows, read only; Tab leaves it."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setObjectName("sheet")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # names differ in their ends
        self.verticalHeader().hide()
        height = QFontMetrics(self.font()).height()
        self.verticalHeader().setDefaultSectionSize(round(height * 1.5))
        self.horizontalHeader().setHighlightSections(False)


class SheetTable(RowTable):
    """Shows one sheet."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self.setModel(self._model)

    def show_sheet(self, sheet: Sheet) -> None:
        """Show other rows."""
        self._model.show_sheet(sheet)
        header = self.horizontalHeader()
        for column in range(len(sheet.headings)):
            stretch = column == sheet.widest
            mode = QHeaderView.ResizeMode.Stretch if stretch else QHeaderView.ResizeMode.Interactive
            header.setSectionResizeMode(column, mode)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the columns their share of the new width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        sheet = self._model.sheet
        for column in range(len(sheet.headings)):
            if column != sheet.widest:
                share = self.viewport().width() * 9 // 10 // len(sheet.headings)
                self.setColumnWidth(column, min(self._width(sheet, column), share))

    def texts(self) -> list[tuple[str, ...]]:
        """Return the rows as they read."""
        return [self._model.sheet.cells(row) for row in self._model.sheet.rows]

    def _width(self, sheet: Sheet, column: int) -> int:
        metrics = QFontMetrics(self.font())
        texts = [sheet.headings[column], *(sheet.cells(row)[column] for row in sheet.rows[:100])]
        wanted = max(metrics.horizontalAdvance(shown(text, 60)) for text in texts)
        return wanted + round(1.4 * metrics.height())
