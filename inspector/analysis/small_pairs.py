"""Compares thousands of small tensors at once.

One by one, a tensor of 256 numbers costs a hundred times what its arithmetic takes. Here small
contiguous tensors of one dtype are read in long stretches of the file, packed one after the other,
and compared with one operation for all of them; only those that differ are looked at on their own,
again together where their numbers fit float64.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from inspector.analysis.floats import Array, dtype_of, raw_dtype, values_per_element, widen
from inspector.analysis.measures import EXACT_VALUES, Tolerance, Totals
from inspector.analysis.pair_stream import same_bits
from inspector.analysis.pairs import Pair
from inspector.checkpoint.byte_source import Readable
from inspector.checkpoint.types import Tensor

SMALL_BYTES = 64 << 10
"""Tensors up to this size are packed."""
BATCH_BYTES = 1 << 20
_BATCH_PAIRS = 1024
# A stretch of the file is read whole when at most this many of its bytes come per wanted byte.
_GAPS = 4


@dataclass(slots=True)
class Batch:
    """Pairs whose bytes are packed one after the other: equal sources, one dtype."""

    dtype: str
    source_a: Readable
    source_b: Readable
    pairs: list[Pair] = field(default_factory=list)
    places_a: list[int] = field(default_factory=list)
    places_b: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    nbytes: int = 0

    def add(self, pair: Pair, place_a: int, place_b: int, nbytes: int) -> None:
        """Append a pair; places are bytes in the sources."""
        self.pairs.append(pair)
        self.places_a.append(place_a)
        self.places_b.append(place_b)
        self.sizes.append(nbytes)
        self.nbytes += nbytes

    @property
    def is_full(self) -> bool:
        """Whether the next pair needs another batch."""
        return self.nbytes >= BATCH_BYTES or len(self.pairs) >= _BATCH_PAIRS


def batches(pairs: Iterable[Pair], others: list[Pair]) -> Iterator[Batch]:
    """Yield batches of the small pairs; the rest is appended to `others`."""
    growing: dict[tuple[str, int, int], Batch] = {}
    places = _Places()
    for pair in pairs:
        a, b = pair.a, pair.b
        small_a = places.of(a) if a is not None else None
        small_b = places.of(b) if b is not None and small_a is not None else None
        if a is None or b is None or small_a is None or small_b is None or a.dtype != b.dtype:
            others.append(pair)
            continue
        source_a, place_a, nbytes = small_a
        source_b, place_b, _ = small_b
        key = a.dtype, id(source_a), id(source_b)
        batch = growing.get(key)
        if batch is None:
            batch = growing[key] = Batch(a.dtype, source_a, source_b)
        batch.add(pair, place_a, place_b, nbytes)
        if batch.is_full:
            yield growing.pop(key)
    yield from growing.values()


class _Places:
    """Where small plain tensors lie. Thousands have one dtype, shape and stride; what these say of
    them is worked out once."""

    def __init__(self) -> None:
        self._plain: dict[object, tuple[int, int]] = {}

    def of(self, tensor: Tensor) -> tuple[Readable, int, int] | None:
        """Return source, byte and size of a small plain tensor, None for any other tensor."""
        storage = tensor.storage
        if storage is None or storage.source is None or storage.problem:
            return None
        if tensor.conj or tensor.neg or tensor.quantization is not None:
            return None
        form = tensor.dtype, tensor.shape, tensor.stride
        known = self._plain.get(form)
        if known is None:
            known = self._plain[form] = _plain_bytes(tensor)
        nbytes, bits = known
        start = tensor.storage_offset * bits // 8
        if not nbytes or start < 0 or start + nbytes > storage.nbytes:
            return None
        if bits > 8 and storage.byteorder != sys.byteorder:
            return None
        return storage.source, storage.offset + start, nbytes


def _plain_bytes(tensor: Tensor) -> tuple[int, int]:
    """Return the bytes of a small tensor without gaps and the bits of an element; 0 for others."""
    bits, nbytes = dtype_of(tensor.dtype).bits, tensor.nbytes
    is_plain = nbytes <= SMALL_BYTES and bits >= 8 and tensor.is_contiguous
    return (nbytes if is_plain else 0), bits


def compare_batch(batch: Batch, tolerance: Tolerance) -> list[Totals]:
    """Return the totals of every pair of the batch."""
    batch.source_a.check_unchanged()
    batch.source_b.check_unchanged()
    packed_a = _packed(batch.source_a, batch.places_a, batch.sizes)
    packed_b = _packed(batch.source_b, batch.places_b, batch.sizes)
    batch.source_a.check_unchanged()
    batch.source_b.check_unchanged()
    totals = [Totals() for _ in batch.pairs]
    if same_bits(packed_a, packed_b):
        return totals
    raw = raw_dtype(batch.dtype)
    raw_a, raw_b = packed_a.view(raw), packed_b.view(raw)
    counts = np.array(batch.sizes, np.int64) // raw.itemsize
    starts = np.cumsum(counts) - counts
    word = min(raw.itemsize, 8)
    differ = np.not_equal(packed_a.view(f"u{word}"), packed_b.view(f"u{word}"))
    different = np.logical_or.reduceat(differ, starts * raw.itemsize // word)
    for number in np.flatnonzero(different):
        totals[number].bits_differ = True
    _measure(batch, raw_a, raw_b, starts, counts, different, totals, tolerance)
    return totals


def _packed(source: Readable, places: list[int], sizes: list[int]) -> npt.NDArray[np.uint8]:
    """Read the stretches of a file one after the other, as few reads as their gaps allow."""
    total = sum(sizes)
    packed = np.empty(total, np.uint8)
    first = min(places)
    end = max(place + size for place, size in zip(places, sizes, strict=True))
    if end - first == total and places == sorted(places):
        source.read_into(first, packed.data)
        return packed
    done = 0
    if end - first <= _GAPS * total:
        stretch = np.empty(end - first, np.uint8)
        source.read_into(first, stretch.data)
        for place, size in zip(places, sizes, strict=True):
            packed[done : done + size] = stretch[place - first : place - first + size]
            done += size
        return packed
    view = packed.data
    for place, size in zip(places, sizes, strict=True):
        source.read_into(place, view[done : done + size])
        done += size
    return packed


def _measure(
    batch: Batch,
    raw_a: Array,
    raw_b: Array,
    starts: Array,
    counts: Array,
    different: Array,
    totals: list[Totals],
    tolerance: Tolerance,
) -> None:
    dtype = dtype_of(batch.dtype)
    singly = np.flatnonzero(different)
    if dtype.kind != "complex" and (dtype.is_floating or dtype.itemsize < 8) and len(singly) > 1:
        pack = values_per_element(batch.dtype)
        singly = _measure_together(
            widen(raw_a, batch.dtype).astype(np.float64),
            widen(raw_b, batch.dtype).astype(np.float64),
            starts * pack,
            counts * pack,
            singly,
            totals,
            tolerance,
        )
    for number in singly:
        cut = slice(starts[number], starts[number] + counts[number])
        values = widen(raw_a[cut], batch.dtype), widen(raw_b[cut], batch.dtype)
        totals[number].add(*values, 0, tolerance)


def _measure_together(
    a: Array,
    b: Array,
    starts: Array,
    counts: Array,
    different: Array,
    totals: list[Totals],
    tolerance: Tolerance,
) -> Array:
    """Fill the totals of the tensors that differ; return those left because of NaN or Inf."""
    distance = np.abs(a - b)
    sums = np.add.reduceat(distance, starts)
    largest = np.maximum.reduceat(distance, starts)
    hits = np.flatnonzero(distance == np.repeat(largest, counts))
    owner, first_hit = np.unique(np.searchsorted(starts, hits, "right") - 1, return_index=True)
    place = np.full(len(starts), -1, np.int64)
    place[owner] = hits[first_hit] - starts[owner]
    changed = np.add.reduceat(distance != 0, starts, dtype=np.int64)
    beyond = changed
    if tolerance != EXACT_VALUES:
        allowed = tolerance.absolute + tolerance.relative * np.maximum(np.abs(a), np.abs(b))
        beyond = np.add.reduceat(distance > allowed, starts, dtype=np.int64)
    products = ((distance, distance), (a, a), (b, b), (a, b))
    squares = [np.add.reduceat(left * right, starts) for left, right in products]
    finite = np.isfinite(sums)
    measured = different[finite[different]]
    columns = (changed, beyond, counts, sums, *squares, largest, place)
    rows = zip(*(column[measured].tolist() for column in columns), strict=True)
    for number, row in zip(measured.tolist(), rows, strict=True):
        found = totals[number]
        found.changed, found.beyond, found.finite, found.sum_abs = row[:4]
        found.sum_squares, found.squares_a, found.squares_b, found.dot = row[4:8]
        if found.changed:
            found.max_abs, found.largest = row[8:]
    return np.asarray(different[~finite[different]])
