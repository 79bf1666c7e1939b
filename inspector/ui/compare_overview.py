"""What a comparison shows while no pair is selected: the change through the depth, the largest
changes, the values that differ; of the whole or of one module."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from inspector.analysis.value_pairs import ValuePair
from inspector.checkpoint.plain_text import shown
from inspector.ui import number_text
from inspector.ui.compare_depth import Bar, ChangePlot
from inspector.ui.compare_model import value_change
from inspector.ui.compare_rows import CompareRows
from inspector.ui.jobs import Jobs
from inspector.ui.texts import ElidedLabel, PlainLabel

_LISTED = 8
_MOST_BARS = 20_000


class CompareOverview(QWidget):
    """`show_rows` shows all rows below one, -1 for all; `row_asked` carries a row chosen here."""

    row_asked = Signal(int)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        em = self.fontMetrics().height()
        self.plot = ChangePlot(self)
        self.plot.setMinimumHeight(em * 12)
        self.plot.row_asked.connect(self.row_asked)
        self._readout = ElidedLabel("", self, "muted")
        self.plot.pointed.connect(self._readout.setText)
        self._heading = PlainLabel(
            self.tr("Relative change through the depth of the network"), self, "title"
        )
        self._lists = QWidget(self)
        self._grid = QGridLayout(self._lists)
        self._grid.setContentsMargins(0, 0, em, 0)
        self._grid.setHorizontalSpacing(em)
        self._grid.setVerticalSpacing(em // 5)
        self._grid.setColumnStretch(0, 1)
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(self._lists)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._heading)
        column.addWidget(self.plot, 3)
        column.addWidget(self._readout)
        column.addWidget(area, 2)

    def show_rows(self, rows: CompareRows, row: int) -> None:
        """Show what is known of the rows below `row`."""
        below = range(row + 1, rows.ends[row]) if row >= 0 else range(len(rows))
        compared = [
            one for one in below if one in rows.differences and rows.magnitude(one) is not None
        ]
        weights = [one for one in compared if rows.is_weight(one)] or compared
        bars = [Bar(one, rows.keys[one], rows.magnitude(one) or 0.0) for one in weights]
        self.plot.show_bars(bars[:_MOST_BARS])
        self._clear()
        largest = sorted(
            (bar for bar in bars if bar.change > 0),
            key=lambda bar: (math.isinf(bar.change), -bar.change),
        )
        self._list_tensors(rows, [bar.row for bar in largest[:_LISTED]])
        self._list_values(rows, [one for one in below if isinstance(rows.pairs[one], ValuePair)])
        self._grid.setRowStretch(self._grid.rowCount(), 1)

    def _list_tensors(self, rows: CompareRows, found: list[int]) -> None:
        if not found:
            return
        self._head(self.tr("Largest relative changes"), self.tr("relative L2"), self.tr("max |Δ|"))
        for row in found:
            difference = rows.differences[row]
            figures = [number_text.figure(difference.magnitude, 3)]
            if difference.measures is not None:
                figures.append(number_text.figure(float(difference.measures.max_abs), 3))
            self._line(row, rows.keys[row], *figures)

    def _list_values(self, rows: CompareRows, found: list[int]) -> None:
        different = [row for row in found if rows.is_difference(row)]
        if different:
            self._head(self.tr("Values that differ"), self.tr("A → B"))
        for row in different[: 3 * _LISTED]:
            pair = rows.pairs[row]
            if isinstance(pair, ValuePair):
                self._line(row, rows.keys[row], value_change(pair))

    def _clear(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()

    def _head(self, *texts: str) -> None:
        line = self._grid.rowCount()
        for column, text in enumerate(texts):
            label = PlainLabel(text, self._lists, "title" if column == 0 else "muted")
            self._grid.addWidget(label, line, column)

    def _line(self, row: int, key: str, *figures: str) -> None:
        line = self._grid.rowCount()
        link = QPushButton(shown(key, 70).replace("&", "&&"), self._lists)
        link.setObjectName("link")
        link.setToolTip(self.tr("Go to it"))
        link.clicked.connect(lambda: self.row_asked.emit(row))
        self._grid.addWidget(link, line, 0)
        for column, text in enumerate(figures, 1):
            self._grid.addWidget(PlainLabel(text, self._lists), line, column)
