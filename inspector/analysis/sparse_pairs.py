"""Compares sparse tensors on the places that either of them stores, without making them dense.

Every stored element becomes (flat place, value); duplicates of an uncoalesced tensor add up, as in
torch. The places of both together are sorted once, and a place that one side does not store is 0
there. All other places are 0 on both sides.

What is too much for that at once is taken range by range of places, as many ranges as are needed
for each to hold few enough. What lies in a range is gathered from the stretches that reach into it:
a few where places are in order, as torch's coalesced tensors have them, else all.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from inspector.analysis.elements import check_unchanged
from inspector.analysis.floats import Array
from inspector.analysis.measures import Tolerance, Totals
from inspector.analysis.sparse_stream import Stored, Stretch
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import LimitError
from inspector.checkpoint.types import Tensor

MAX_SORTED = 1 << 19
"""Stored numbers of both sides that are sorted in memory at once."""
_PARTS = 1 << 12


def is_sparse(tensor: Tensor) -> bool:
    """Whether the tensor has places that it does not store."""
    return tensor.layout.startswith("sparse_")


def add_sparse(
    a: Tensor, b: Tensor, totals: Totals, tolerance: Tolerance, cancel: CancelToken
) -> None:
    """Add the difference of two sparse tensors of one shape, or of a sparse and a dense one.

    Raises `DamagedError` for indices that do not fit the shape, `UnsupportedError` for a layout
    that has no places, `LimitError` for more places than 62 bits count, for an entry that is a very
    large dense tensor, and for more than `MAX_SORTED` numbers at one place; and `Cancelled`.
    """
    if a.numel >= 1 << 62:
        raise LimitError("its shape has too many places to be compared", where=a.key)
    check_unchanged(a)
    check_unchanged(b)
    sides = [_Side(tensor, cancel) for tensor in (a, b)]
    seen = 0
    fits = sum(side.count for side in sides) <= MAX_SORTED
    for first, end in [(0, a.numel)] if fits else _ranges(sides, 0, a.numel):
        (places_a, values_a), (places_b, values_b) = (side.gather(first, end) for side in sides)
        if not len(values_a):
            values_a = values_a.astype(values_b.dtype)
        elif not len(values_b):
            values_b = values_b.astype(values_a.dtype)
        places = np.union1d(places_a, places_b)
        found = Totals()
        found.add(
            _spread(places, places_a, values_a), _spread(places, places_b, values_b), 0, tolerance
        )
        if found.largest >= 0:
            found.largest = int(places[found.largest])
        totals.merge(found)
        seen += len(places)
    totals.finite += a.numel - seen
    check_unchanged(a)
    check_unchanged(b)


class _Side:
    """One tensor, and what it stores in a range of places."""

    def __init__(self, tensor: Tensor, cancel: CancelToken) -> None:
        self._cancel = cancel
        self._numel = tensor.numel
        self._stored = Stored.of(tensor)
        self.count = self._stored.count

    @cached_property
    def _bounded(self) -> list[tuple[Stretch, int, int]]:
        """The stretches with the lowest and the highest place in each."""
        bounded = []
        for stretch in self._stored.stretches():
            places, _ = self._read(stretch)
            if len(places):
                bounded.append((stretch, int(places.min()), int(places.max())))
        return bounded

    def _read(self, stretch: Stretch) -> tuple[Array, Array]:
        self._cancel.check()
        return self._stored.read(stretch)

    def _within(self, first: int, end: int) -> Iterator[tuple[Array, Array]]:
        if (first, end) == (0, self._numel):
            yield from map(self._read, self._stored.stretches())
            return
        for stretch, lowest, highest in self._bounded:
            if lowest >= end or highest < first:
                continue
            places, values = self._read(stretch)
            if lowest < first or highest >= end:
                inside = (places >= first) & (places < end)
                places, values = places[inside], values[inside]
            yield places, values

    def counts(self, edges: Array) -> Array:
        """Count what is stored between each two neighbouring edges."""
        counts = np.zeros(len(edges) - 1, np.int64)
        for places, _ in self._within(int(edges[0]), int(edges[-1])):
            parts = np.searchsorted(edges, places, "right") - 1
            counts += np.bincount(parts, minlength=len(counts))
        return counts

    def gather(self, first: int, end: int) -> tuple[Array, Array]:
        """Return the places of a range, sorted and unique, and the values there."""
        found = list(self._within(first, end))
        if not found:
            return np.empty(0, np.int64), np.empty(0)
        places = np.concatenate([one for one, _ in found])
        values = np.concatenate([one for _, one in found])
        order = np.argsort(places, kind="stable")
        places, values = places[order], values[order]
        starts = np.flatnonzero(np.diff(places, prepend=-1))
        if len(starts) == len(places):
            return places, values
        return places[starts], np.add.reduceat(values, starts)


def _ranges(sides: list[_Side], first: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield ranges of places with at most `MAX_SORTED` stored numbers each, empty ones left out."""
    parts = min(_PARTS, end - first)
    edges = [first + (end - first) * part // parts for part in range(parts + 1)]
    counts = sum(side.counts(np.array(edges)) for side in sides)
    start, held = first, 0
    for low, high, count in zip(edges, edges[1:], np.asarray(counts).tolist(), strict=False):
        if held + count > MAX_SORTED:
            if held:
                yield start, low
            start, held = low, 0
        if count <= MAX_SORTED:
            held += count
        elif high - low > 1:
            yield from _ranges(sides, low, high)
            start = high
        else:
            raise LimitError(f"{count:,} numbers are stored for one place, too many to add up")
    if held:
        yield start, end


def _spread(places: Array, own: Array, values: Array) -> Array:
    spread = np.zeros(len(places), values.dtype)
    spread[np.searchsorted(places, own)] = values
    return spread
