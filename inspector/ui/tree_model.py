"""The tree as a table model: a flat list of the rows on screen, opened and closed by slices.

A flat list, because Qt's own tree takes half a second to expand 100,000 rows and its recursive
filter minutes; here both are a slice of a list.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Tensor, Value
from inspector.checkpoint.units import bytes_text
from inspector.ui.arrange import (
    BYTES,
    DEVICE,
    DISTRIBUTION,
    DTYPE,
    NAME,
    PARAMETERS,
    SHAPE,
    Arrangement,
    Request,
)
from inspector.ui.figures import count_text, shape_text, value_text
from inspector.ui.texts import counted, plain_tip
from inspector.ui.tree_rows import MIXED, Rows

if TYPE_CHECKING:
    from inspector.ui.filter import Flags

AnyIndex = QModelIndex | QPersistentModelIndex
_LONG_SHAPE = len("1280 × 2560 × 3 × 3")
ROW_ROLE = Qt.ItemDataRole.UserRole
"""The row's number in `Rows`."""
_ROOT = QModelIndex()
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class Found(Protocol):
    """What a scan says of one row: the heights of a small histogram, or why there is none."""

    @property
    def bars(self) -> Iterable[float]:
        """Counts."""

    @property
    def error(self) -> str:
        """Why the tensor could not be read, empty if it could."""


class TreeModel(QAbstractTableModel):
    """Rows of one checkpoint. Rows are named by their number in `rows`, lines by where they are."""

    at_the_right = frozenset({PARAMETERS, BYTES})
    """Columns of numbers."""

    def __init__(
        self,
        rows: Rows,
        arrangement: Arrangement,
        open_rows: bytearray,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.rows = rows
        self.arrangement = arrangement
        self.found: Flags = {}
        self._grave: dict[int, frozenset[str]] = {}
        self.bars: dict[int, Found] = {}
        self._damaged: set[int] = set()
        self.news: dict[int, str] = {}
        self._headers = self._titles()
        self._kept = open_rows
        self._open = bytearray(self._kept)
        self.visible = arrangement.visible(self._open)

    def _titles(self) -> list[str]:
        return [
            self.tr("Name"),
            self.tr("Shape"),
            self.tr("Dtype"),
            self.tr("Device"),
            self.tr("Parameters"),
            self.tr("Bytes"),
            self.tr("Distribution"),
        ]

    # What Qt asks

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        """Return the number of lines."""
        return 0 if parent.isValid() else len(self.visible)

    def columnCount(self, parent: AnyIndex = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._headers)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title, aligned as its cells are."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._headers):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section in self.at_the_right else _LEFT
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text; everything else is painted by the delegate."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(self.visible[index.row()], index.column())
        if role == ROW_ROLE:
            return self.visible[index.row()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if index.column() in self.at_the_right else _LEFT
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(self.visible[index.row()], index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(self.visible[index.row()], index.column())
        return None

    # The cells

    def text(self, row: int, column: int) -> str:
        """Return the text of a cell, safe to show."""
        rows = self.rows
        entry = rows.entries[row]
        if column == NAME:
            if entry is not None and not entry.path:
                return self.tr("(the saved object)")
            return shown(rows.labels[row]) or '""'
        if column == SHAPE:
            return self._shape(row, entry)
        if column in (DTYPE, DEVICE):
            name = (rows.dtypes if column == DTYPE else rows.devices)[row]
            if name == MIXED:
                return self.tr("mixed")
            return shown(name, 60) or ("—" if column == DEVICE and rows.counts[row] else "")
        if column == DISTRIBUTION:
            from inspector.ui.sparkline import flags_text  # no scan, no flags

            return flags_text(self.found_in(row))
        if not rows.counts[row]:
            return ""
        if column == PARAMETERS:
            return count_text(rows.numels[row])
        return bytes_text(rows.nbytes[row])

    def longest_texts(self) -> dict[int, str]:
        """Return the longest dtype and shape, within reason, of the rows that are likely seen."""
        rows = self.rows
        dtypes = [self.text(row, DTYPE)[:16] for row in self.visible[:60] if rows.counts[row]]
        shapes = {entry.shape for entry in rows.entries[:1000] if isinstance(entry, Tensor)}
        texts = [shape_text(shape)[:_LONG_SHAPE] for shape in shapes]
        texts += [self.text(row, SHAPE) for row in self.visible[:60] if rows.is_group(row)]
        return {DTYPE: max(dtypes, key=len, default=""), SHAPE: max(texts, key=len, default="")}

    def found_in(self, row: int) -> Collection[str]:
        """Return what a scan found in a tensor, or what is grave below a module."""
        return self.found.get(row) or self._grave.get(row, frozenset())

    def mark(self, row: int) -> str:
        """Return what stands beside the name in the colour of danger; mostly nothing."""
        if row in self._damaged:
            return "✗ " + self.tr("damaged")
        cut = self.rows.unreadable.get(row, 0)
        if not cut:
            return ""
        if not self.rows.is_group(row):
            return "✗ " + self.tr("cut")
        return "✗ " + self.tr("{} cut").format(f"{cut:,}")

    def marks(self, row: int) -> list[str]:
        """Return everything that stands beside the name and is worth a warning."""
        return [mark for mark in (self.mark(row), self.news.get(row, "")) if mark]

    def _shape(self, row: int, entry: Tensor | Value | None) -> str:
        if isinstance(entry, Tensor):
            return shape_text(entry.shape)
        if isinstance(entry, Value):
            return value_text(entry.value, type_name=entry.type_name)
        if tensors := self.rows.counts[row]:
            return counted(tensors, self.tr("{} tensor"), self.tr("{} tensors"))
        leaves = self.rows.leaves
        values = bisect_left(leaves, self.rows.ends[row]) - bisect_left(leaves, row)
        return counted(values, self.tr("{} value"), self.tr("{} values"))

    def _tip(self, row: int, column: int) -> str | None:
        if column in (NAME, SHAPE):
            parts = [shown(self.rows.keys[row]), self.text(row, SHAPE)]
            if row in self.rows.notes:
                parts.insert(1, shown(self.rows.notes[row]))
            parts += self.marks(row)
            entry = self.rows.entries[row]
            if isinstance(entry, Tensor) and entry.problem:
                from inspector.ui.reasons import in_words

                parts.append(shown(in_words(entry.problem)))
            return plain_tip("\n".join(parts))
        if column == DISTRIBUTION and row in self.bars:
            return plain_tip(
                "\n".join(filter(None, (self.text(row, column), self.bars[row].error)))
            )
        if column in (DTYPE, DEVICE):
            text = self.text(row, column)
            parts = self.parts_of(row, column) or ([text] if "." in text else [])
            return plain_tip("\n".join(parts))
        if column == PARAMETERS and self.rows.counts[row]:
            return f"{self.rows.numels[row]:,}"
        if column == BYTES and self.rows.counts[row]:
            return counted(self.rows.nbytes[row], self.tr("{} byte"), self.tr("{} bytes"))
        return None

    def parts_of(self, row: int, column: int) -> list[str]:
        """Return what the types or devices of a group are that has several, with their bytes."""
        names = {DTYPE: self.rows.dtypes, DEVICE: self.rows.devices}.get(column)
        if names is None or names[row] != MIXED:
            return []
        sums = self.rows.bytes_by(names, row)
        return [f"{shown(name, 60) or '—'} {bytes_text(count)}" for name, count in sums.items()]

    def _spoken(self, row: int, column: int) -> str:
        text = self.text(row, column)
        if column != NAME:
            return text
        text = ", ".join((text, *self.marks(row)))
        level = self.tr("level {}").format(self.rows.depths[row] + 1)
        if not self.rows.is_group(row):
            return f"{text}, {level}"
        state = self.tr("expanded") if self.is_open(row) else self.tr("collapsed")
        return f"{text}, {state}, {level}"

    # Opening and closing

    def is_open(self, row: int) -> bool:
        """Whether a group shows its rows."""
        return bool(self._open[row]) and self.rows.is_group(row)

    def line_of(self, row: int) -> int:
        """Return the line of `row`, -1 while it is hidden."""
        try:
            return self.visible.index(row)
        except ValueError:
            return -1

    def set_open(self, line: int, opened: bool) -> None:
        """Open or close the group on `line`."""
        row = self.visible[line]
        if not self.rows.is_group(row) or bool(self._open[row]) is opened:
            return
        if opened:
            self._open[row] = 1
            below = self._below(row)
            if below:
                self.beginInsertRows(_ROOT, line + 1, line + len(below))
                self.visible[line + 1 : line + 1] = below
                self.endInsertRows()
        else:
            below = self._below(row)
            self._open[row] = 0
            if below:
                self.beginRemoveRows(_ROOT, line + 1, line + len(below))
                del self.visible[line + 1 : line + 1 + len(below)]
                self.endRemoveRows()
        cell = self.index(line, NAME)
        self.dataChanged.emit(cell, cell)

    def open_below(self, line: int) -> None:
        """Open the group on `line` and every group in it."""
        row = self.visible[line]
        self._reopen(range(row, self.rows.ends[row]), 1)

    def open_all(self, opened: bool) -> None:
        """Open or close every group."""
        self._reopen(range(len(self.rows)), int(opened))

    def open_keys(self) -> frozenset[str]:
        """Return the keys of the open groups, as they are without a filter."""
        opened = self._open if self.arrangement.listed is None else self._kept
        rows = (row for row, state in enumerate(opened) if state and self.rows.is_group(row))
        return frozenset(self.rows.keys[row] for row in rows)

    def open_only(self, keys: frozenset[str]) -> None:
        """Open the groups of `keys` and close all others. Call it before any filter is set."""
        self.beginResetModel()
        self._open = bytearray(key in keys for key in self.rows.keys)
        self.visible = self.arrangement.visible(self._open)
        self.endResetModel()

    def reveal(self, row: int) -> int:
        """Open what hides `row` and return its line; -1 when the filter hides it."""
        listed = self.arrangement.listed
        if listed is not None and not listed[row]:
            return -1
        hiding = []
        parent = self.rows.parents[row]
        while parent >= 0:
            if not self._open[parent]:
                hiding.append(parent)
            parent = self.rows.parents[parent]
        for closed in reversed(hiding):
            self.set_open(self.line_of(closed), True)
        return self.line_of(row)

    def set_arrangement(self, arrangement: Arrangement) -> None:
        """Show the rows of a new order or filter; filtered groups are shown open."""
        filtered = arrangement.listed is not None
        if self.arrangement.listed is None:
            self._kept = self._open
        self.beginResetModel()
        if not filtered:
            self._open = self._kept
        elif arrangement.listed != self.arrangement.listed:
            self._open = bytearray(b"\1") * len(self.rows)
        self.arrangement = arrangement
        self.visible = arrangement.visible(self._open)
        self.endResetModel()

    @property
    def request(self) -> Request:
        """What is shown now."""
        return self.arrangement.request

    def mark_damaged(self, keys: Collection[str]) -> None:
        """Mark the tensors of these keys, which are not what was written, and their groups."""
        self._damaged.clear()
        for row, key in enumerate(self.rows.keys):
            above = row if key in keys and isinstance(self.rows.entries[row], Tensor) else -1
            while above >= 0:
                self._damaged.add(above)
                above = self.rows.parents[above]
        if self.visible:
            last = self.index(len(self.visible) - 1, NAME)
            self.dataChanged.emit(self.index(0, NAME), last)

    def set_found(self, bars: Mapping[int, Found], flags: Flags) -> None:
        """Take what a scan found in some rows: small histograms, and flags where there are any."""
        self.bars.update(bars)
        self.found.update(flags)
        from inspector.ui.sparkline import GRAVE

        parents = self.rows.parents
        # A scan may flag 100,000 tensors at a time, hardly any of them gravely.
        for row in [row for row, found in flags.items() if not GRAVE.isdisjoint(found)]:
            grave, above = GRAVE.intersection(flags[row]), parents[row]
            while above >= 0 and not grave <= self._grave.get(above, frozenset()):
                self._grave[above] = self._grave.get(above, frozenset()) | grave
                above = parents[above]
        if self.visible:
            last = self.index(len(self.visible) - 1, DISTRIBUTION)
            self.dataChanged.emit(self.index(0, DISTRIBUTION), last)

    def set_news(self, news: Mapping[int, str]) -> None:
        """Mark the rows that are not what they were before a reload, each with its words."""
        self.news = dict(news)
        if self.visible:
            last = self.index(len(self.visible) - 1, NAME)
            self.dataChanged.emit(self.index(0, NAME), last)

    def _below(self, row: int) -> list[int]:
        position = self.arrangement.positions[row]
        return self.arrangement.visible(self._open, position + 1, self.arrangement.ends[position])

    def _reopen(self, rows: range, state: int) -> None:
        self.beginResetModel()
        self._open[rows.start : rows.stop] = bytes([state]) * len(rows)
        self.visible = self.arrangement.visible(self._open)
        self.endResetModel()
