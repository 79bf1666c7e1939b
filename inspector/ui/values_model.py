"""The elements of one tensor as a table, read piece by piece as they come into sight.

Rows and columns are two dimensions (`table_axes`); the others are fixed by a slice. Only blocks
near the screen are held, and a block that no view asks for any more is never read.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, QTimer

from inspector.analysis.elements import read_window, value_shape
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.types import Tensor
from inspector.ui.jobs import Jobs
from inspector.ui.reasons import reason_of
from inspector.ui.tree_model import AnyIndex

BLOCK = 128
"""Rows and columns of one block."""
BLOCKS_KEPT = 64
MOST_LINES = 10_000_000
"""Rows or columns that Qt's headers can still count in pixels."""
_ROOT = QModelIndex()
Place = tuple[int, int]
"""A block's row and column, in blocks."""


def table_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the dimensions that lie down and across a table: the last two that are not 1.

    The weight of a 1 × 1 convolution, 64 × 32 × 1 × 1, is a table of 64 × 32.
    """
    dimensions = range(len(shape))
    return tuple(sorted(sorted(dimensions, key=lambda at: (shape[at] != 1, at))[-2:]))


class ValuesModel(QAbstractTableModel):
    """`tensor` at `fixed`, the indexes of all dimensions but those of the table."""

    def __init__(
        self, tensor: Tensor, fixed: tuple[int, ...], jobs: Jobs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.tensor = tensor
        self.fixed = fixed
        self.problem = ""
        self._jobs = jobs
        shape = value_shape(tensor)
        self._dimensions = len(shape)
        self.axes = table_axes(shape)
        self._rows, self._columns = (*(shape[axis] for axis in self.axes), 1, 1)[:2]
        self._blocks: OrderedDict[Place, list[list[str]]] = OrderedDict()
        self._wanted: OrderedDict[Place, None] = OrderedDict()
        self._reading: Place | None = None
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self._read_next)

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else min(self._rows, MOST_LINES)

    def columnCount(self, parent: AnyIndex = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else min(self._columns, MOST_LINES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the index along a dimension."""
        if role == Qt.ItemDataRole.DisplayRole:
            across = orientation == Qt.Orientation.Horizontal
            return self.tr("value") if across and self._dimensions < 2 else str(section)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return an element, `…` while it is on its way."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            cell = self.cell(index.row(), index.column())
            return f"[{', '.join(map(str, cell))}] = {self._text(index.row(), index.column())}"
        return None

    def cell(self, row: int, column: int) -> tuple[int, ...]:
        """Return the tensor's index of a table cell."""
        return self._spread((row, column), self.fixed)

    def _spread(self, along: tuple[int, ...], fixed: tuple[int, ...]) -> tuple[int, ...]:
        """Return one number per dimension: `along` the table, `fixed` for the others."""
        here, others = dict(zip(self.axes, along, strict=False)), iter(fixed)
        return tuple(here[at] if at in here else next(others) for at in range(self._dimensions))

    def _text(self, row: int, column: int) -> str:
        place = row // BLOCK, column // BLOCK
        block = self._blocks.get(place)
        if block is not None:
            return block[row % BLOCK][column % BLOCK]
        if place != self._reading and not self.problem:
            self._wanted[place] = None
            self._wanted.move_to_end(place)
            if len(self._wanted) > BLOCKS_KEPT // 2:
                self._wanted.popitem(last=False)
            if self._reading is None:
                self._soon.start(0)
        return "⚠" if self.problem else "…"

    def _read_next(self) -> None:
        if not self._wanted:
            return
        place, _ = self._wanted.popitem()  # what was asked for last is what is in sight
        self._reading = place
        starts, sizes = self._box(place)
        rows = min(BLOCK, self._rows - place[0] * BLOCK)

        def work(cancel: CancelToken, progress: Progress) -> list[list[str]]:
            return self._texts(starts, sizes, rows)

        self._jobs.run("look", work, partial(self._take, place), self._fail)

    def _texts(self, starts: tuple[int, ...], sizes: tuple[int, ...], rows: int) -> list[list[str]]:
        """Return the cells of a box line by line; in a worker."""
        values = read_window(self.tensor, starts, sizes)
        return [[text_of(x) for x in line] for line in values.reshape(rows, -1).tolist()]

    def _box(self, place: Place) -> tuple[tuple[int, ...], tuple[int, ...]]:
        row, column = place[0] * BLOCK, place[1] * BLOCK
        starts = self.cell(row, column)
        sizes = min(BLOCK, self._rows - row), min(BLOCK, self._columns - column)
        return starts, self._spread(sizes, (1,) * len(self.fixed))

    def _take(self, place: Place, block: list[list[str]]) -> None:
        self._reading = None
        self._blocks[place] = block
        if len(self._blocks) > BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        first = self.index(place[0] * BLOCK, place[1] * BLOCK)
        last = self.index(first.row() + len(block) - 1, first.column() + len(block[0]) - 1)
        self.dataChanged.emit(first, last)
        self._read_next()

    def _fail(self, trouble: Exception) -> None:
        if not isinstance(trouble, CheckpointError):
            raise trouble
        self.problem = reason_of(trouble)
        self._reading = None
        self._wanted.clear()
        self.layoutChanged.emit()


def text_of(value: object) -> str:
    """Return one element with as many digits as it takes to tell it from its neighbours."""
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", "−")
    if isinstance(value, complex):
        return f"{value:.4g}".replace("-", "−")
    return str(value).replace("-", "−")
