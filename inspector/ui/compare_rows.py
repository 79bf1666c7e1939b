"""The rows of a comparison's tree: the union of both files, with what is known of each row so far.

Built in a worker before any value was read; the answers then come in from the comparing thread,
which alone writes here. The sums of modules are kept up with every answer, so that the window has
nothing to add up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TypeVar

from inspector.analysis.differences import Difference
from inspector.analysis.pairs import STATUSES, Pair, Status, Structure
from inspector.analysis.value_pairs import ValuePair
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.collector import let_go
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.summary import in_optimizer
from inspector.checkpoint.types import Checkpoint, Tensor, Value
from inspector.ui.compare_order import AnyPair, in_file_order
from inspector.ui.figures import shape_text
from inspector.ui.tree_rows import MIXED, Rows, fill_rows, name_owners, owners_of

T = TypeVar("T")
BY_WEIGHT: tuple[Status, ...] = (
    "unreadable",
    "shape",
    "only_a",
    "only_b",
    "dtype",
    "changed",
    "pending",
    "close",
    "identical",
)
"""Statuses, what a person looks for first at the front."""
_LEADING: tuple[Status, ...] = (
    "changed",
    "dtype",
    "shape",
    "unreadable",
    "only_a",
    "only_b",
    "pending",
    "close",
)
_WEIGHTS = ("float", "complex", "quantized")
_FLOATING = frozenset(name for name, dtype in DTYPES.items() if dtype.kind in _WEIGHTS)
SAME = frozenset({"identical", "close", "pending"})


class Sums:
    """What the leaves of a module come to: rows by status, the largest measures."""

    __slots__ = (
        "changed", "compared", "cosine", "counts", "lost", "max_abs", "of_floats", "rel_l2"
    )  # fmt: skip

    def __init__(self) -> None:
        self.counts: dict[Status, int] = dict.fromkeys(("pending", *STATUSES), 0)
        self.lost = 0
        """Leaves in which NaN or infinities stand where there were numbers."""
        self.forget_measures()

    def forget_measures(self) -> None:
        """Start the measures anew."""
        self.max_abs: float | None = None
        self.rel_l2: float | None = None
        self.cosine: float | None = None
        self.changed = self.compared = 0
        self.of_floats = False

    def add(self, difference: Difference, elements: int, floats: bool) -> None:
        """Take over the measures of one more pair.

        Counters (batches, steps) change far more than any weight: where there are floating values,
        the measures are theirs alone.
        """
        self.lost += difference.lost_numbers
        measures = difference.measures
        if measures is None or (self.of_floats and not floats):
            return
        if floats and not self.of_floats:
            self.forget_measures()
            self.of_floats = True
        self.max_abs = _larger(self.max_abs, float(measures.max_abs))
        self.rel_l2 = _larger_finite(self.rel_l2, measures.rel_l2)
        if not math.isnan(measures.cosine):
            self.cosine = min(measures.cosine, 1.0 if self.cosine is None else self.cosine)
        self.changed += measures.changed
        self.compared += elements

    def merge(self, other: Sums) -> None:
        """Add the sums of some more pairs."""
        for status, count in other.counts.items():
            if count:
                self.counts[status] += count
        self.lost += other.lost
        if self.of_floats and not other.of_floats:
            return
        if other.of_floats and not self.of_floats:
            self.forget_measures()
            self.of_floats = True
        if other.max_abs is not None:
            self.max_abs = _larger(self.max_abs, other.max_abs)
        if other.rel_l2 is not None:
            self.rel_l2 = _larger_finite(self.rel_l2, other.rel_l2)
        if other.cosine is not None:
            self.cosine = min(other.cosine, 1.0 if self.cosine is None else self.cosine)
        self.changed += other.changed
        self.compared += other.compared

    @property
    def leading(self) -> Status:
        """The status that stands for the module: changes first, then what has no counterpart."""
        return next((status for status in _LEADING if self.counts[status]), "identical")


class CompareRows(Rows):
    """`Rows` whose entries are A's, or B's where A has none; `pairs` holds both."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs: list[AnyPair | None] = []
        self.statuses: list[Status] = []
        """Of leaves; for modules the `sums` tell."""
        self.differences: dict[int, Difference] = {}
        self.changes: dict[int, float] = {}
        """The relative change of every row that was compared, as a number to sort by."""
        self.weights: set[int] = set()
        """Those of them that are floating values outside the state of an optimizer."""
        self.broken: list[int] = []
        """Those of them in which NaN or infinities appeared."""
        self.sums: dict[int, Sums] = {}
        self.total: Sums = Sums()
        """Of all tensors; plain values are not counted in it."""
        self.most_changed: int = -1
        """The row of the largest relative change, -1 for none; a weight's where any changed."""
        self._rank_of_most: tuple[bool, bool, float] = (False, False, 0.0)
        self.largest: dict[bool, float] = {True: 0.0, False: 0.0}
        """The largest relative change that is a number: of weights (True), of everything else."""
        self.row_of: dict[int, int] = {}
        """Row number by the `id` of a pair."""
        self.by_name: bool = False
        """Whether A has its tensors in the order of their names instead of the network's."""
        self.differing: frozenset[str] = frozenset()
        """Which of "dtype" and "device" differ between the two of any pair."""

    def status(self, row: int) -> Status:
        """Return the status of a leaf, or what stands for a module."""
        return self.sums[row].leading if row in self.sums else self.statuses[row]

    def magnitude(self, row: int) -> float | None:
        """Return the relative change to sort by and draw, None where there is none."""
        return self.sums[row].rel_l2 if row in self.sums else self.changes.get(row)

    def shape_text(self, row: int) -> str:
        """Return the shape of a tensor, of both sides where they differ; empty for other rows."""
        pair = self.pairs[row]
        if not isinstance(pair, Pair):
            return ""
        return _both(pair.a, pair.b, lambda one: shape_text(one.shape))

    def is_difference(self, row: int) -> bool:
        """Whether the two of a leaf are not the same."""
        pair = self.pairs[row]
        if isinstance(pair, ValuePair) and not pair.matters:
            return False
        return pair is not None and self.statuses[row] not in SAME

    def start(self, cancel: CancelToken) -> None:
        """Forget all answers, as before another comparison of the same pairs.

        Raises `Cancelled`, and then nothing is forgotten.
        """
        statuses, total = list(self.statuses), Sums()
        modules = {row: Sums() for row in cancel.each(self.sums)}
        for row in cancel.each(self.leaves):
            pair, parent = self.pairs[row], self.parents[row]
            if isinstance(pair, Pair):
                status = "pending" if pair.both is not None else pair.status
                total.counts[status] += 1
            elif isinstance(pair, ValuePair):
                status = "changed" if pair.status == "type" else pair.status
            statuses[row] = status
            is_same_note = isinstance(pair, ValuePair) and pair.is_note and status == "identical"
            if parent >= 0 and not is_same_note:
                modules[parent].counts[status] += 1
        for row in cancel.each(sorted(modules, reverse=True)):
            if self.parents[row] >= 0:
                modules[self.parents[row]].merge(modules[row])
        self.statuses, self.sums, self.total = statuses, modules, total
        let_go(self.differences)
        self.changes.clear()
        self.weights.clear()
        self.broken.clear()
        self.most_changed = -1
        self.largest = {True: 0.0, False: 0.0}

    def take(self, differences: Iterable[Difference]) -> None:
        """Take in answers. Neighbours mostly share a module: they are added up before the modules
        above it hear of them."""
        parent, found = -2, Sums()
        for difference in differences:
            row = self.row_of[id(difference.pair)]
            if self.parents[row] != parent:
                self._add_up(parent, found)
                parent, found = self.parents[row], Sums()
            self.differences[row] = difference
            found.counts[self.statuses[row]] -= 1
            found.counts[difference.status] += 1
            self.statuses[row] = difference.status
            floats = _has_floats(self.entries[row])
            found.add(difference, self.numels[row], floats)
            if difference.measures is not None:
                self._note_change(row, difference, floats)
        self._add_up(parent, found)

    def _add_up(self, parent: int, found: Sums) -> None:
        if parent < -1:
            return
        self.total.merge(found)
        while parent >= 0:
            self.sums[parent].merge(found)
            parent = self.parents[parent]

    def _note_change(self, row: int, difference: Difference, floats: bool) -> None:
        """Note a relative change; `floats` says whether the row has floating values."""
        entry, magnitude = self.entries[row], difference.magnitude
        weight = floats and entry is not None and not in_optimizer(entry.path)
        self.changes[row] = magnitude
        if difference.lost_numbers:
            self.broken.append(row)
        if weight:
            self.weights.add(row)
        if not difference.changed or not magnitude:
            return
        finite = math.isfinite(magnitude)
        if finite:
            self.largest[weight] = max(self.largest[weight], magnitude)
        rank = weight, finite, magnitude
        if self.most_changed < 0 or rank > self._rank_of_most:
            self.most_changed, self._rank_of_most = row, rank


def build_compare_rows(
    a: Checkpoint, b: Checkpoint, structure: Structure, cancel: CancelToken
) -> CompareRows:
    """Return the rows of both files, nothing compared yet. Raises `Cancelled`."""
    pairs = in_file_order(a, b, structure)
    rows = CompareRows()
    entries = [entry for entry in (pair.a or pair.b for pair in pairs) if entry is not None]
    containers = {**b.containers, **a.containers}
    fill_rows(rows, entries, containers, cancel)
    name_owners(rows, a, owners_of(a))
    rows.by_name = a.in_name_order
    size = len(rows)
    rows.pairs, rows.statuses = [None] * size, ["pending"] * size
    rows.sums = {row: Sums() for row in cancel.each(range(size)) if rows.is_group(row)}
    places = list(map(rows.numbers.__getitem__, entries))
    rows.row_of = dict(zip(map(id, pairs), places, strict=True))
    for pair, row in zip(pairs, places, strict=True):
        rows.pairs[row] = pair
    _describe(rows, cancel)
    rows.start(cancel)
    return rows


def _describe(rows: CompareRows, cancel: CancelToken) -> None:
    """Fill in dtypes and devices of both sides where they differ."""
    odd: set[int] = set()
    differing = set()
    for row in cancel.each(rows.leaves):
        pair = rows.pairs[row]
        if isinstance(pair, ValuePair):
            rows.dtypes[row] = _both(pair.a, pair.b, lambda one: one.type_name)
        elif pair is not None:
            a, b = pair.a, pair.b
            if a is None or b is None:
                continue
            if a.dtype != b.dtype:
                rows.dtypes[row] = f"{a.dtype} → {b.dtype}"
                differing.add("dtype")
                odd.add(rows.parents[row])
            if a.device != b.device:
                rows.devices[row] = f"{a.device or '—'} → {b.device or '—'}"
                differing.add("device")
                odd.add(rows.parents[row])
    rows.differing = frozenset(differing)
    _describe_groups(rows, odd)


def _describe_groups(rows: CompareRows, odd: set[int]) -> None:
    """Say anew what dtypes and devices lie below the groups `odd` and those above them."""
    for row in list(odd):
        while row >= 0:
            odd.add(row)
            row = rows.parents[row]
    for row in sorted(odd - {-1}, reverse=True):
        children = [child for child in rows.children(row) if rows.counts[child]]
        for column in (rows.dtypes, rows.devices):
            names = {column[child] for child in children}
            column[row] = names.pop() if len(names) == 1 else MIXED


def _has_floats(entry: Tensor | Value | None) -> bool:
    return isinstance(entry, Tensor) and entry.dtype in _FLOATING


def _both(a: T | None, b: T | None, describe: Callable[[T], str]) -> str:
    return " → ".join(dict.fromkeys(describe(one) for one in (a, b) if one is not None))


def _larger(one: float | None, other: float) -> float:
    """Return the larger number; NaN is beyond all."""
    if math.isnan(other):
        return math.inf
    return other if one is None else max(one, other)


def _larger_finite(one: float | None, other: float) -> float:
    """Return the larger finite number: where A is all zero, a relative change says nothing."""
    if one is None or math.isinf(one):
        return math.inf if math.isnan(other) else other
    return max(one, other) if math.isfinite(other) else one
