"""What a comparison shows while no pair is selected: the change through the depth, the largest
changes, the values that differ; of the whole or of one module."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from heapq import nsmallest

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from inspector.analysis.value_pairs import ValuePair
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.plain_text import shown
from inspector.ui import number_text, theme
from inspector.ui.arrange import natural_key
from inspector.ui.compare_depth import Bar, ChangePlot
from inspector.ui.compare_model import value_change
from inspector.ui.compare_rows import CompareRows
from inspector.ui.jobs import Jobs
from inspector.ui.scrolling import scrolling
from inspector.ui.texts import ElidedLabel, PlainLabel, counted

_LISTED = 8
_MOST_BARS = 1200
"""Beyond that, a bar stands for the most changed of several neighbours."""


@dataclass(frozen=True, slots=True)
class RowsSummary:
    """Bars in file order, the rows of the largest changes, of tensors in which NaN or infinities
    appeared, of values that differ.

    `compared` counts all tensors, `same` says whether all values of theirs are equal; the bars are
    of weights, of others where no weight changed.
    """

    compared: int
    same: bool
    bars: list[Bar]
    largest: list[int]
    broken: list[int]
    values: list[int]


def summarize_rows(rows: CompareRows, row: int, cancel: CancelToken) -> RowsSummary:
    """Look through the rows below `row`, -1 for all. Raises `Cancelled`."""
    first, end = (row + 1, rows.ends[row]) if row >= 0 else (0, len(rows))
    below = rows.leaves[bisect_left(rows.leaves, first) : bisect_left(rows.leaves, end)]
    weights: list[tuple[int, float]] = []
    others: list[tuple[int, float]] = []
    changes, of_weights = rows.changes, rows.weights
    for one in cancel.each(below):
        change = changes.get(one)
        if change is not None:
            (weights if one in of_weights else others).append((one, change))
    broken = [one for one in cancel.each(rows.broken) if first <= one < end]
    told = set(broken)
    values = [one for one in cancel.each(below) if isinstance(rows.pairs[one], ValuePair)]
    values = [one for one in values if rows.is_difference(one)]
    found = weights if any(change for _, change in weights) or not others else others
    ranked = nsmallest(
        _LISTED,
        (x for x in cancel.each(found) if x[1] and not (math.isinf(x[1]) and x[0] in told)),
        lambda x: (math.isinf(x[1]), -x[1]),
    )
    if rows.by_name:
        found.sort(key=lambda x: natural_key(rows.keys[x[0]]))
    each = -(-len(found) // _MOST_BARS) or 1
    starts = cancel.each(range(0, len(found), each))
    tops = (max(found[at : at + each], key=lambda x: x[1]) for at in starts)
    bars = [Bar(one, rows.keys[one], change) for one, change in tops]
    compared = weights + others
    known = rows.differences  # emptied by another thread when all is compared again
    same = bool(compared) and not any(
        change or ((found_one := known.get(one)) is not None and found_one.changed)
        for one, change in cancel.each(compared)
    )
    return RowsSummary(
        len(compared),
        same,
        bars,
        [one for one, _ in ranked],
        broken[:_LISTED],
        values[: 3 * _LISTED],
    )


class CompareOverview(QWidget):
    """`show_rows` shows all rows below one, -1 for all; `row_asked` carries a row chosen here."""

    row_asked = Signal(int)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        em = self.fontMetrics().height()
        self.plot = ChangePlot(self)
        self.plot.setMinimumHeight(em * 12)
        self.plot.row_asked.connect(self.row_asked)
        self._readout = ElidedLabel("", self, "muted")
        self.plot.pointed.connect(self._point_out)
        self._heading = PlainLabel("", self, "title")
        self._heading.setWordWrap(True)
        self._lists = QWidget(self)
        self._grid = QGridLayout(self._lists)
        self._lines = 0
        self._grid.setContentsMargins(0, 0, em, 0)
        self._grid.setHorizontalSpacing(em)
        self._grid.setVerticalSpacing(em // 5)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 1)
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._heading)
        column.addWidget(self.plot, 3)
        column.addWidget(self._readout)
        column.addWidget(self._lists, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(inner, self))

    def show_rows(self, rows: CompareRows, row: int) -> None:
        """Show what is known of the rows below `row`, looked through in a worker."""
        self._jobs.run(
            "look",
            lambda cancel, progress: summarize_rows(rows, row, cancel),
            lambda summary: self._show(rows, summary),
            owner=self,
        )

    def _show(self, rows: CompareRows, summary: RowsSummary) -> None:
        pending = rows.total.counts["pending"]
        self.plot.setHidden(summary.same or not (summary.bars or pending))
        heading = self.tr("Relative change through the depth of the network")
        if not (summary.compared or pending):
            heading = self.tr("No tensor here is in both files, readable and of one shape")
        if summary.same:
            heading = counted(
                summary.compared,
                self.tr("{} tensor compared, no value differs"),
                self.tr("{} tensors compared, no value differs"),
            )
        self._heading.setText(heading)
        self.plot.show_bars(summary.bars)
        self._point_out("")
        self._clear()
        self._list_tensors(rows, summary.largest)
        self._list_broken(rows, summary.broken)
        self._list_values(rows, summary.values)
        self._grid.setRowStretch(self._lines, 1)

    def _point_out(self, sentence: str) -> None:
        """Say what is pointed at; at rest, what the marks above the bars mean, if there are any."""
        marked = any(math.isinf(bar.change) for bar in self.plot.bars)
        resting = self.tr("▲ all zero in A, or NaN: the change is no finite number")
        self._readout.setText(sentence or (resting if marked else ""))

    def _list_tensors(self, rows: CompareRows, found: list[int]) -> None:
        if not found:
            return
        self._head(self.tr("Largest relative changes"), self.tr("relative L2"), self.tr("max |Δ|"))
        for row in found:
            difference = rows.differences.get(row)
            if difference is None:  # the comparison was started again meanwhile
                continue
            figures = [number_text.figure(difference.magnitude, 3)]
            if difference.measures is not None:
                figures.append(number_text.figure(float(difference.measures.max_abs), 3))
            self._line(row, rows.keys[row], *figures)

    def _list_broken(self, rows: CompareRows, found: list[int]) -> None:
        if found:
            self._head(self.tr("NaN or Inf appeared"), "NaN", "Inf")
        for row in found:
            difference = rows.differences.get(row)
            measures = difference.measures if difference is not None else None
            if measures is not None:
                counts = measures.nan_appeared, measures.inf_appeared
                self._line(row, rows.keys[row], *(f"{count:,}" for count in counts))

    def _list_values(self, rows: CompareRows, found: list[int]) -> None:
        if found:
            self._head(self.tr("Values that differ"), self.tr("A → B"))
        for row in found:
            pair = rows.pairs[row]
            if isinstance(pair, ValuePair):
                end = Qt.TextElideMode.ElideRight
                change = ElidedLabel(value_change(pair, "—"), self._lists, mode=end)
                self._grid.addWidget(change, self._lines, 1, 1, 2)
                self._line(row, rows.keys[row])

    def _clear(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._grid.setRowStretch(self._lines, 0)
        self._lines = 0

    def _head(self, *texts: str) -> None:
        for column, text in enumerate(texts):
            label = PlainLabel(text, self._lists, "title" if column == 0 else "muted")
            if column == 0:
                label.enlarge(1)
            above = self.fontMetrics().height() // 2 if self._lines else 0
            label.setContentsMargins(0, above, 0, 0)
            if len(texts) > 2 and column:
                label.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(label, self._lines, column)
        self._lines += 1

    def _line(self, row: int, key: str, *figures: str) -> None:
        link = QPushButton(shown(key, 70).replace("&", "&&"), self._lists)
        link.setObjectName("link")
        link.setToolTip(self.tr("Go to it"))
        link.clicked.connect(lambda: self.row_asked.emit(row))
        self._grid.addWidget(link, self._lines, 0)
        for column, text in enumerate(figures, 1):
            label = PlainLabel(text, self._lists)
            label.setFont(theme.monospace())
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(label, self._lines, column)
        self._lines += 1
