"""The values of a tensor in a scrolling table, with a slice line for more than two dimensions."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from inspector.analysis.elements import value_shape
from inspector.checkpoint.types import Tensor
from inspector.ui import theme
from inspector.ui.jobs import Jobs
from inspector.ui.texts import ElidedLabel, PlainLabel
from inspector.ui.values_model import ValuesModel, table_axes

_MOST_COPIED = 10_000
"""Cells copied at a time."""


class ValuesTable(QTableView):
    """The cells; what is copied are all that are selected, with a minus that programs read."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy, or do what a table does."""
        if event.matches(QKeySequence.StandardKey.Copy) and self.currentIndex().isValid():
            QGuiApplication.clipboard().setText(self.copied_text())
        else:
            super().keyPressEvent(event)

    def copied_text(self) -> str:
        """Return the selected block around the current cell, between tabs; of one too large to
        be seen the cell alone."""
        current, model = self.currentIndex(), self.model()
        rows = range(current.row(), current.row() + 1)
        columns = range(current.column(), current.column() + 1)
        for block in self.selectionModel().selection().toList():
            if block.contains(current) and block.width() * block.height() <= _MOST_COPIED:
                rows = range(block.top(), block.bottom() + 1)
                columns = range(block.left(), block.right() + 1)
        lines = (
            "\t".join(str(model.index(row, column).data()) for column in columns) for row in rows
        )
        return "\n".join(lines).replace("−", "-")


class ValuesPanel(QWidget):
    """`show_tensor` puts two dimensions of a tensor on the table."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.tensor: Tensor | None = None
        self.model: ValuesModel | None = None
        self.slice_line = QLineEdit(self)
        self.slice_line.setFont(theme.monospace())
        self.slice_line.setAccessibleName(
            self.tr("Slice: an index for each dimension that is not in the table")
        )
        self.slice_line.editingFinished.connect(self._on_slice)
        written = QFontMetrics(theme.monospace()).horizontalAdvance("[00, 00, :, :]  ")
        self.slice_line.setMinimumWidth(written)
        self._note = ElidedLabel("", self, "muted", Qt.TextElideMode.ElideRight)
        self._slice_label = PlainLabel(self.tr("Slice"), self, "muted")
        self.table = ValuesTable(self)
        self._set_up_table()
        em = self.fontMetrics().height()
        line = QHBoxLayout()
        line.addWidget(self._slice_label)
        line.addWidget(self.slice_line, 1)
        line.addWidget(self._note, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, em // 2, 0, 0)
        column.setSpacing(em // 2)
        column.addLayout(line)
        column.addWidget(self.table, 1)
        self.setFocusProxy(self.table)

    def _set_up_table(self) -> None:
        table = self.table
        table.setObjectName("values")
        table.setFont(theme.monospace())
        table.setAccessibleName(self.tr("Values"))
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setWordWrap(False)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        table.setTabKeyNavigation(False)
        metrics = QFontMetrics(table.font())
        self._real = metrics.horizontalAdvance("−1.23457e−123 ")
        self._complex = metrics.horizontalAdvance("−1.235e−05−1.235e−05j ")
        for header, size in (
            (table.horizontalHeader(), self._real),
            (table.verticalHeader(), round(metrics.height() * 1.4)),
        ):
            header.setFont(theme.monospace())
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setDefaultSectionSize(size)
            header.setHighlightSections(True)

    def show_tensor(self, tensor: Tensor, cell: tuple[int, ...] = ()) -> None:
        """Show `tensor`, at the index `cell` if there is one; else one shown already stays."""
        if tensor is self.tensor and not cell:
            return
        shape = value_shape(tensor)
        self.tensor = tensor
        self._show(tuple(cell[axis] if cell else 0 for axis in other_axes(shape)))
        if cell:
            row, column = (*(cell[axis] for axis in table_axes(shape)), 0, 0)[:2]
            self._select(row, column)

    @property
    def cell(self) -> tuple[int, ...]:
        """The index of the chosen value, of a slice's first one where none is; empty for none."""
        if self.tensor is None or self.model is None:
            return ()
        shape = value_shape(self.tensor)
        at = self.table.currentIndex()
        if not at.isValid() and not any(self.model.fixed):
            return ()
        inside = dict(zip(table_axes(shape), (max(at.row(), 0), max(at.column(), 0)), strict=False))
        fixed = iter(self.model.fixed)
        return tuple(inside[axis] if axis in inside else next(fixed) for axis in range(len(shape)))

    def _select(self, row: int, column: int) -> None:
        if self.model is not None:
            index = self.model.index(row, column)
            self.table.setCurrentIndex(index)
            self.table.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def _make_model(self, tensor: Tensor, fixed: tuple[int, ...]) -> ValuesModel:
        return ValuesModel(tensor, fixed, self._jobs, self)

    def _show(self, fixed: tuple[int, ...]) -> None:
        if self.tensor is None:
            return
        old, self.model = self.model, self._make_model(self.tensor, fixed)
        is_complex = self.tensor.dtype.startswith("complex")
        width = self._complex if is_complex else self._real
        self.table.horizontalHeader().setDefaultSectionSize(width)
        self.table.setModel(self.model)
        self.model.layoutChanged.connect(self._show_note)
        if old is not None:
            old.deleteLater()
        shape = value_shape(self.tensor)
        leading = bool(len(shape) > 2)
        self._slice_label.setVisible(leading)
        self.slice_line.setVisible(leading)
        self.slice_line.setText(slice_text(fixed, shape))
        self._show_note()

    def _show_note(self) -> None:
        if self.tensor is None or self.model is None:
            return
        if self.model.problem:
            self._note.setText(f"⚠ {self.model.problem}")
            self._note.show()
            return
        shape = value_shape(self.tensor)
        if 0 in shape:
            self._note.setText(self.tr("This tensor has no elements"))
        elif len(shape) > 2:
            ranges = [
                self.tr("dimension {}: 0…{}").format(axis, shape[axis] - 1)
                for axis in other_axes(shape)
                if shape[axis] > 1
            ]
            self._note.setText(" · ".join(ranges))
        else:
            self._note.setText("")
        self._note.setVisible(bool(self._note.text()))

    def _on_slice(self) -> None:
        if self.tensor is None or self.model is None:
            return
        shape = value_shape(self.tensor)
        fixed = parse_slice(self.slice_line.text(), shape)
        if fixed is not None and fixed != self.model.fixed:
            self._show(fixed)
        self.slice_line.setText(slice_text(self.model.fixed, shape))


def other_axes(shape: tuple[int, ...]) -> list[int]:
    """Return the dimensions that are not in the table."""
    inside = table_axes(shape)
    return [axis for axis in range(len(shape)) if axis not in inside]


def slice_text(fixed: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """Return `[0, 3, :, :]` where the first two dimensions are not in the table."""
    numbers, inside = iter(fixed), table_axes(shape)
    steps = (":" if axis in inside else str(next(numbers)) for axis in range(len(shape)))
    return f"[{', '.join(steps)}]"


def parse_slice(text: str, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """Read `[0, 3, :, :]` or `0 3`: an index for each other dimension; None if it is none.

    Negative indexes count from the end, as in Python.
    """
    numbers = re.findall(r"-?\d+", text.replace("−", "-"))
    sizes = [shape[axis] for axis in other_axes(shape)]
    if len(numbers) != len(sizes) or any(len(number) > 18 for number in numbers):
        return None
    fixed = tuple(
        int(number) + (size if int(number) < 0 else 0)
        for number, size in zip(numbers, sizes, strict=True)
    )
    inside = all(0 <= index < size for index, size in zip(fixed, sizes, strict=True))
    return fixed if inside else None
