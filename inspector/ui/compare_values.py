"""The values of A and B in two tables side by side that move together; what differs is marked."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QIdentityProxyModel, QObject, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from inspector.analysis.compare_views import read_pair_window
from inspector.analysis.differences import Difference
from inspector.analysis.pairs import Pair
from inspector.checkpoint.types import Tensor
from inspector.ui import theme
from inspector.ui.jobs import Jobs
from inspector.ui.texts import ElidedLabel, PlainLabel
from inspector.ui.tree_model import AnyIndex
from inspector.ui.values_model import ValuesModel, text_of
from inspector.ui.values_panel import ValuesPanel, ValuesTable

_B_ROLE = Qt.ItemDataRole.UserRole + 1
_DELTA_ROLE = Qt.ItemDataRole.UserRole + 2
_WAITING = "…"


class PairValuesModel(ValuesModel):
    """A's values; B's under another role. A cell is held as one text, or as three lines (A, B,
    B - A) where the two differ."""

    def __init__(
        self,
        a: Tensor,
        b: Tensor,
        fixed: tuple[int, ...],
        jobs: Jobs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(a, fixed, jobs, parent)
        self._b = b

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return A's value, B's or the difference, and a ground for those that differ."""
        if not index.isValid():
            return None
        cell = self._text(index.row(), index.column()).split("\n")
        if role == Qt.ItemDataRole.DisplayRole:
            return cell[0]
        if role == _B_ROLE:
            return cell[1] if len(cell) == 3 else cell[0]
        if role == _DELTA_ROLE:
            return cell[2] if len(cell) == 3 else "0"
        if role == Qt.ItemDataRole.BackgroundRole and len(cell) == 3:
            ground = QColor(theme.colors().changed)
            ground.setAlpha(46)
            return ground
        if role == Qt.ItemDataRole.AccessibleDescriptionRole and len(cell) == 3:
            return self.tr("differs")
        if role == Qt.ItemDataRole.ToolTipRole:
            return sentence(self, index)
        return super().data(index, role)

    def _texts(self, starts: tuple[int, ...], sizes: tuple[int, ...], rows: int) -> list[list[str]]:
        window = read_pair_window(self.tensor, self._b, starts, sizes)
        boxes = (box.reshape(-1).tolist() for box in (window.a, window.b, window.difference))
        cells = [_cell(a, b, delta) for a, b, delta in zip(*boxes, strict=True)]
        wide = len(cells) // rows
        return [cells[row * wide : (row + 1) * wide] for row in range(rows)]


class _SideB(QIdentityProxyModel):
    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return B's value where the source returns A's."""
        return super().data(index, _B_ROLE if role == Qt.ItemDataRole.DisplayRole else role)


class CompareValues(ValuesPanel):
    """`show_pair` puts the last two dimensions of both on the tables."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(jobs, parent)
        self._other: Tensor | None = None
        self._largest: tuple[int, ...] = ()
        self.table_b = ValuesTable(self)
        self._side_b = _SideB(self)
        self.table_b.setModel(self._side_b)
        self._dress(self.table_b)
        self.table.setAccessibleName(self.tr("Values of A"))
        self.table_b.setAccessibleName(self.tr("Values of B"))
        self._readout = ElidedLabel("", self, "muted")
        self.jump = QPushButton(self.tr("Largest difference"), self)
        self.jump.setObjectName("plain")
        self.jump.clicked.connect(self._go_to_largest)
        self._message = PlainLabel("", self, "muted")
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out_pair()
        for one, other in ((self.table, self.table_b), (self.table_b, self.table)):
            one.verticalScrollBar().valueChanged.connect(other.verticalScrollBar().setValue)
            one.horizontalScrollBar().valueChanged.connect(other.horizontalScrollBar().setValue)
        theme.changed.connect(self._recolor)

    def _dress(self, table: QTableView) -> None:
        """Give the second table the look of the first."""
        like = self.table
        table.setObjectName(like.objectName())
        table.setFont(like.font())
        table.setFrameShape(like.frameShape())
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setHorizontalScrollMode(like.horizontalScrollMode())
        for mine, theirs in (
            (table.horizontalHeader(), like.horizontalHeader()),
            (table.verticalHeader(), like.verticalHeader()),
        ):
            mine.setFont(theirs.font())
            mine.setDefaultSectionSize(theirs.defaultSectionSize())
            mine.setHighlightSections(True)

    def _lay_out_pair(self) -> None:
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        self._tables = QWidget(self)
        grid = QGridLayout(self._tables)
        grid.setContentsMargins(0, 0, 0, 0)
        self._heads = PlainLabel("A", self), PlainLabel("B", self)
        for column, (head, table) in enumerate(
            zip(self._heads, (self.table, self.table_b), strict=True)
        ):
            grid.addWidget(head, 0, column)
            grid.addWidget(table, 1, column)
            grid.setColumnStretch(column, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.jump)
        layout.addWidget(self._tables, 1)
        layout.addWidget(self._message, 1)
        layout.addWidget(self._readout)
        layout.addLayout(foot)
        self._recolor()

    def _recolor(self) -> None:
        colors = theme.colors()
        for head, color in zip(self._heads, (colors.a, colors.b), strict=True):
            head.setStyleSheet(f"color: {color.name()}")

    def show_pair(
        self, pair: Pair, difference: Difference | None, cell: tuple[int, ...] = ()
    ) -> None:
        """Show a pair, at the index `cell` if there is one."""
        both = pair.both
        self._tables.setVisible(both is not None)
        self._message.setVisible(both is None)
        self._largest = (difference.largest_at or ()) if difference is not None else ()
        self.jump.setVisible(bool(self._largest))
        if both is None:
            self._message.setText(self.tr("Both sides are needed, of one shape."))
            self._readout.setText("")
            return
        self._other = both[1]
        self.show_tensor(both[0], cell)

    def _make_model(self, tensor: Tensor, fixed: tuple[int, ...]) -> ValuesModel:
        assert self._other is not None
        return PairValuesModel(tensor, self._other, fixed, self._jobs, self)

    def _show(self, fixed: tuple[int, ...]) -> None:
        super()._show(fixed)
        if self.model is None:
            return
        width = self.table.horizontalHeader().defaultSectionSize()
        self.table_b.horizontalHeader().setDefaultSectionSize(width)
        self._side_b.setSourceModel(self.model)
        self.model.dataChanged.connect(lambda *_: self._point())
        self.table.selectionModel().currentChanged.connect(self._follow_a)
        self.table_b.selectionModel().currentChanged.connect(self._follow_b)
        self._readout.setText("")

    def _follow_a(self, current: AnyIndex, previous: AnyIndex) -> None:
        self.table_b.setCurrentIndex(self._side_b.index(current.row(), current.column()))
        self._point()

    def _follow_b(self, current: AnyIndex, previous: AnyIndex) -> None:
        if self.model is not None:
            self.table.setCurrentIndex(self.model.index(current.row(), current.column()))

    def _point(self) -> None:
        index = self.table.currentIndex()
        if isinstance(self.model, PairValuesModel) and index.isValid():
            self._readout.setText(sentence(self.model, index))

    def _go_to_largest(self) -> None:
        if self.tensor is not None and self._largest:
            self.show_tensor(self.tensor, self._largest)


def sentence(model: PairValuesModel, index: AnyIndex) -> str:
    """Return what stands in a cell on both sides: `[0, 3]  A 0.1  B 0.2  Δ 0.1`."""
    place = list(model.cell(index.row(), index.column()))
    a, b, delta = (
        model.data(index, role) for role in (Qt.ItemDataRole.DisplayRole, _B_ROLE, _DELTA_ROLE)
    )
    return str(place) if a == _WAITING else f"{place}   A {a}   B {b}   Δ {delta}"


def _cell(a: object, b: object, delta: object) -> str:
    same = a == b or (a != a and b != b)  # NaN is the same as NaN
    if same:
        return text_of(a)
    texts = text_of(a), text_of(b)
    if texts[0] == texts[1] and isinstance(a, float) and isinstance(b, float):
        texts = f"{a:.9g}".replace("-", "−"), f"{b:.9g}".replace("-", "−")  # as float32 needs
    if texts[0] == texts[1]:  # they differ beyond the digits shown: show all
        texts = repr(a).replace("-", "−"), repr(b).replace("-", "−")
    return "\n".join((*texts, text_of(delta)))
