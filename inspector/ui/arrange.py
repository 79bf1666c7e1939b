"""Which rows are listed and in what order: the filter and the sorting of a tree, in a worker.

Sorting orders siblings among each other; the file's order carries meaning (it is the order of
`state_dict()`), so it is the order without a request. No Qt here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.types import Tensor
from inspector.ui.figures import value_text
from inspector.ui.tree_rows import Rows

if TYPE_CHECKING:
    # Not at a start: `array` is a library of its own, and a tree as in the file needs neither.
    from array import array

    from inspector.ui.filter import Query

NAME, SHAPE, DTYPE, DEVICE, PARAMETERS, BYTES, DISTRIBUTION = range(7)
_SORTED_AT_ONCE = 4096
"""Items that one C-level sort takes: it holds the interpreter, and with it the window."""
OPEN_AT_FIRST = 200
"""Rows that a fresh tree shows at most; it opens level by level up to that."""
FEW_VALUES = 12
"""Rows of a group of values alone that is opened, too."""
_DIGITS = re.compile(r"\d+")


class Request(NamedTuple):
    """What the person asked for: a filter text, and a column to sort by (None: file order)."""

    text: str = ""
    column: int | None = None
    descending: bool = False


class Arrangement(NamedTuple):
    """Rows in the order asked for. Position `p` holds row `order[p]`; the rows below it are at
    `p + 1 .. ends[p] - 1`. `order` and `positions` hold all rows, `listed` says which pass.

    Ranges and arrays, not lists: freeing 100,000 numbers one by one would hold the window up.
    """

    request: Request
    order: Sequence[int]
    positions: Sequence[int]
    ends: Sequence[int]
    listed: bytearray | None
    passing: Sequence[int]
    """The rows that pass the filter, in order; empty without one."""
    hits: int
    unclear: list[str]
    unscanned: list[str]

    def visible(self, open_rows: bytearray, first: int = 0, end: int | None = None) -> list[int]:
        """Return the rows from position `first` up to `end` that no closed group hides."""
        position, stop = first, len(self.order) if end is None else end
        order, ends, listed = self.order, self.ends, self.listed
        if 0 not in open_rows:  # nothing is hidden but by the filter: no step per row in Python
            if listed is None:
                return list(order[position:stop])
            if stop - position == len(order):
                return list(self.passing)
        found = []
        while position < stop:
            row = order[position]
            if listed is not None and not listed[row]:
                position = ends[position]
                continue
            found.append(row)
            position = position + 1 if open_rows[row] else ends[position]
        return found


def as_in_file(rows: Rows) -> Arrangement:
    """Return all rows in the order of the file."""
    order = range(len(rows))
    return Arrangement(Request(), order, order, rows.ends, None, (), len(rows.leaves), [], [])


def arrange(
    rows: Rows,
    request: Request,
    query: Query,
    cancel: CancelToken,
    key: Callable[[int], Callable[[int], object]] | None = None,
) -> Arrangement:
    """Sort and filter `rows`; `key(column)` says what rows are sorted by. Raises `Cancelled`."""
    from array import array

    order: Sequence[int] = range(len(rows))
    positions: Sequence[int] = order
    ends: Sequence[int] = rows.ends
    passing: Sequence[int] = ()
    listed, hits = None, len(rows.leaves)
    if request.column is not None:
        order = _order(rows, request.column, request.descending, cancel, key)
        positions = places = array("q", bytes(8 * len(rows)))
        for position, row in enumerate(cancel.each(order)):
            places[row] = position
        placed = enumerate(cancel.each(order))
        ends = array("q", (position + rows.ends[row] - row for position, row in placed))
    if query:
        found = query.rows(rows, cancel)
        listed, hits = _listed(rows, cancel.each(found)), len(found)
        passing = array("q", (row for row in cancel.each(order) if listed[row]))
    unclear, unscanned = query.unclear, query.unscanned
    return Arrangement(request, order, positions, ends, listed, passing, hits, unclear, unscanned)


def open_at_first(rows: Rows, all_values: bool = True) -> bytearray:
    """Open the levels from the top while the rows shown stay at most `OPEN_AT_FIRST`.

    Without `all_values`, groups of many values alone (the metadata of a LoRA, the loops of
    Lightning) stay closed beside tensors, which they would push out of sight.
    """
    opened = bytearray(len(rows))
    level, shown_rows = rows.children(-1), 0
    all_values = all_values or not any(map(rows.counts.__getitem__, level))
    while level:
        shown_rows += len(level)
        if shown_rows > OPEN_AT_FIRST:
            break
        for row in level:
            parent = rows.parents[row]
            if parent >= 0:
                opened[parent] = 1
        level = [
            child
            for row in level
            if rows.is_group(row)
            and (all_values or rows.counts[row] or rows.ends[row] - row <= FEW_VALUES)
            for child in rows.children(row)
        ]
    return opened


def _listed(rows: Rows, found: Iterable[int]) -> bytearray:
    listed = bytearray(len(rows))
    parents = rows.parents
    for row in found:
        while row >= 0 and not listed[row]:
            listed[row] = 1
            row = parents[row]
    return listed


def _order(
    rows: Rows,
    column: int,
    descending: bool,
    cancel: CancelToken,
    key_of: Callable[[int], Callable[[int], object]] | None,
) -> array[int]:
    from array import array

    key = key_of(column) if key_of else sort_key(rows, column)
    order = array("q")
    waiting = list(reversed(_sorted(rows.children(-1), key, descending)))
    while waiting:
        row = waiting.pop()
        order.append(row)
        if rows.is_group(row):
            cancel.check()
            waiting += reversed(_sorted(rows.children(row), key, descending))
    return order


def _sorted(items: list[int], key: Callable[[int], object], descending: bool) -> list[int]:
    parts = [
        sorted(items[start : start + _SORTED_AT_ONCE], key=key, reverse=descending)  # type: ignore[arg-type]
        for start in range(0, len(items), _SORTED_AT_ONCE)
    ]
    if len(parts) < 2:
        return parts[0] if parts else []
    from heapq import merge  # few files have so many siblings

    return list(merge(*parts, key=key, reverse=descending))  # type: ignore[arg-type]


def sort_key(rows: Rows, column: int) -> Callable[[int], object]:
    """Return what the rows of a checkpoint are sorted by."""
    if column == NAME:
        return lambda row: natural_key(rows.labels[row])
    if column == SHAPE:
        return lambda row: _shape_key(rows, row)
    columns: dict[int, list[str] | list[int]] = {
        DTYPE: rows.dtypes,
        DEVICE: rows.devices,
        PARAMETERS: rows.numels,
        BYTES: rows.nbytes,
    }
    return columns[column].__getitem__


def natural_key(label: str) -> str:
    """Return a text that sorts `layer2` before `layer10`: digits padded, case folded."""
    return _DIGITS.sub(lambda digits: digits.group().zfill(12), label.casefold())


def _shape_key(rows: Rows, row: int) -> tuple[int, object]:
    entry = rows.entries[row]
    if entry is None:
        return 0, rows.counts[row]
    return (1, entry.shape) if isinstance(entry, Tensor) else (2, value_text(entry.value))
