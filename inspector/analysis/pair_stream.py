"""Streams two strided tensors side by side and adds up how they differ, in bounded memory.

Equal tiles cost one comparison of their bits and nothing more. Their share of the norms is only
needed when another tile differs; they are then read a second time, which is rarer and cheaper than
squaring every number of every identical tensor.

Tensors that lie row-major in their storages are cut into segments that any thread may take. Views
in any other order stream through `logical_raw_blocks`, and where bits alone are not values (scales
per channel) through `logical_blocks`.
"""

from __future__ import annotations

import ctypes
import dataclasses
import sys
import threading
from collections.abc import Iterator

import numpy as np

from inspector.analysis import quantized
from inspector.analysis.buffers import buffer
from inspector.analysis.elements import (
    Reader,
    check_unchanged,
    logical_blocks,
    logical_raw_blocks,
    read_array,
)
from inspector.analysis.floats import Array, dtype_of, values_per_element, widen
from inspector.analysis.measures import PIECE, Tolerance, Totals
from inspector.analysis.views import Shape, View, joined, view_of
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.types import Tensor

TILE_BYTES = 1 << 20
"""Bytes of each side compared at once: every call has to take the interpreter back from the other
worker, so fewer ones are quicker, and all buffers still fit a shared cache."""
SEGMENT_BYTES = 32 << 20
QUICK_FROM = 1 << 20
"""Elements from which on tensors of float32 and smaller floats are summed the quick way, whose
errors average out over so many."""


@dataclasses.dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of elements of both tensors, by flat index."""

    first: int
    count: int


@dataclasses.dataclass(slots=True)
class Part:
    """What one segment adds up to; `equal` are its tiles whose norms were not looked at yet."""

    totals: Totals
    equal: list[Segment] = dataclasses.field(default_factory=list)


class _Scratch(threading.local):
    """Each thread's buffers: for bytes as they are read, and for the values of small floats."""

    def __init__(self) -> None:
        self.raw_a, self.raw_b = buffer(TILE_BYTES, np.uint8), buffer(TILE_BYTES, np.uint8)
        self.a, self.b = buffer(PIECE, np.float32), buffer(PIECE, np.float32)


_SCRATCH = _Scratch()


class PairStream:
    """Two strided tensors of one shape, and how their elements are read side by side.

    An axis that both only repeat (stride 0) is read once and counted `times` over.
    """

    def __init__(self, a: Tensor, b: Tensor, tolerance: Tolerance, cancel: CancelToken) -> None:
        self._shape = a.shape
        self.a, self.b, self.times = _without_repeats(a, b)
        self.tolerance = tolerance
        self.cancel = cancel
        views = (joined(view_of(self.a)), joined(view_of(self.b)))
        self.same_coding = same_coding(a, b)
        self.comparable = values_per_element(a.dtype) == values_per_element(b.dtype)
        """False where an element is two numbers on one side and one on the other."""
        self.quick = a.numel >= QUICK_FROM
        self._skipped: list[Segment] = []
        self._by_bits = not any(
            tensor.quantization is not None and tensor.quantization.axis is not None
            for tensor in (a, b)
        )
        self._runs = views if self._by_bits and all(view.is_one_run for view in views) else None

    def segments(self) -> list[Segment]:
        """Cut the elements into stretches that `compare` may be called for in any order."""
        count = self.a.numel
        if self._runs is None or not count:
            return [Segment(0, count)]
        size = SEGMENT_BYTES * 8 // dtype_of(self.a.dtype).bits
        return [Segment(first, min(size, count - first)) for first in range(0, count, size)]

    def compare(self, segment: Segment) -> Part:
        """Compare one segment; raises `CheckpointError` where the bytes cannot be read."""
        part = Part(Totals(quick=self.quick))
        check_unchanged(self.a)
        check_unchanged(self.b)
        if self._runs is not None:
            self._compare_run(part, segment, self._runs)
        elif self._by_bits:
            self._compare_views(part)
        else:
            self._compare_values(part)
        check_unchanged(self.a)
        check_unchanged(self.b)
        if part.totals.changed and part.equal:
            self._add_equal(part.totals, part.equal)
        return part

    def merge(self, totals: Totals, part: Part) -> None:
        """Add the answer for one segment; the order of the segments does not matter."""
        totals.merge(part.totals)
        self._skipped += part.equal

    def complete(self, totals: Totals) -> None:
        """Bring the totals of all segments to their end."""
        if totals.changed and self._skipped:
            totals.quick = self.quick
            self._add_equal(totals, self._skipped)
        totals.repeat(self.times)
        if self.times > 1 and totals.largest >= 0:
            totals.largest = flat_of(place_of(totals.largest, self.a.shape), self._shape)

    def _add_equal(self, totals: Totals, equal: list[Segment]) -> None:
        """Read tiles that are the same on both sides again and add their share of the norms."""
        elements = TILE_BYTES * 8 // dtype_of(self.a.dtype).bits
        reader = Reader(self.a, elements, room=_SCRATCH.raw_a)
        offset = view_of(self.a).offset
        for segment in equal:
            for first in range(segment.first, segment.first + segment.count, elements):
                self.cancel.check()
                count = min(elements, segment.first + segment.count - first)
                totals.add_equal(_values(reader.fetch(offset + first, count), self.a))
        equal.clear()

    def _compare_run(self, part: Part, segment: Segment, runs: tuple[View, View]) -> None:
        bits = max(dtype_of(self.a.dtype).bits, dtype_of(self.b.dtype).bits)
        elements = TILE_BYTES * 8 // bits
        reader_a = Reader(self.a, elements, room=_SCRATCH.raw_a)
        reader_b = Reader(self.b, elements, room=_SCRATCH.raw_b)
        end = segment.first + segment.count
        for first in range(segment.first, end, elements):
            self.cancel.check()
            count = min(elements, end - first)
            raw_a = reader_a.fetch(runs[0].offset + first, count)
            raw_b = reader_b.fetch(runs[1].offset + first, count)
            if not self._tile(part, raw_a, raw_b, first):
                _append(part.equal, first, count)

    def _compare_views(self, part: Part) -> None:
        elements = TILE_BYTES * 8 // dtype_of(self.a.dtype).bits
        blocks_a = logical_raw_blocks(self.a, block_elements=elements, cancel=self.cancel)
        blocks_b = logical_raw_blocks(self.b, block_elements=elements, cancel=self.cancel)
        for first, raw_a, raw_b in side_by_side(blocks_a, blocks_b):
            if not self._tile(part, raw_a, raw_b, first):
                part.totals.add_equal(_values(raw_a, self.a))

    def _tile(self, part: Part, raw_a: Array, raw_b: Array, first: int) -> bool:
        """Measure one tile and return True, or return False where its bits are the same."""
        if self.same_coding and same_bits(raw_a, raw_b):
            return False
        part.totals.bits_differ = True
        pack = values_per_element(self.a.dtype)
        for start in range(0, len(raw_a), PIECE):
            values_a = _values(raw_a[start : start + PIECE], self.a, _SCRATCH.a)
            values_b = _values(raw_b[start : start + PIECE], self.b, _SCRATCH.b)
            part.totals.add(values_a, values_b, (first + start) * pack, self.tolerance)
        return True

    def _compare_values(self, part: Part) -> None:
        if self.same_coding and self._same_raw_elements():
            return
        part.totals.bits_differ = True
        elements = TILE_BYTES // 4
        blocks_a = logical_blocks(self.a, block_elements=elements, cancel=self.cancel)
        blocks_b = logical_blocks(self.b, block_elements=elements, cancel=self.cancel)
        for first, values_a, values_b in side_by_side(blocks_a, blocks_b):
            part.totals.add(values_a, values_b, first, self.tolerance)

    def _same_raw_elements(self) -> bool:
        blocks_a = logical_raw_blocks(self.a, cancel=self.cancel)
        blocks_b = logical_raw_blocks(self.b, cancel=self.cancel)
        return all(same_bits(raw_a, raw_b) for _, raw_a, raw_b in side_by_side(blocks_a, blocks_b))


# C's own comparison lets go of the interpreter once, where numpy does so for each of its steps, and
# makes no array of answers.
_memcmp = (ctypes.CDLL("msvcrt") if sys.platform == "win32" else ctypes.CDLL(None)).memcmp
_memcmp.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)


def same_bits(a: Array, b: Array) -> bool:
    """Whether two contiguous arrays hold the same bytes."""
    if not (a.flags.c_contiguous and b.flags.c_contiguous):
        raise ValueError("arrays with gaps have no bytes in a row")
    return a.nbytes == b.nbytes and not _memcmp(a.ctypes.data, b.ctypes.data, a.nbytes)


def same_coding(a: Tensor, b: Tensor) -> bool:
    """Whether equal bits of the two mean equal values: one dtype, one quantization."""
    if a.dtype != b.dtype or a.quantization != b.quantization:
        return False
    if a.quantization is None or a.quantization.axis is None:
        return True
    ours, theirs = quantized.channels_of(a, read_array), quantized.channels_of(b, read_array)
    return same_bits(ours.scales, theirs.scales) and same_bits(ours.zero_points, theirs.zero_points)


def side_by_side(
    blocks_a: Iterator[Array], blocks_b: Iterator[Array]
) -> Iterator[tuple[int, Array, Array]]:
    """Yield (flat index, piece of A, piece of B) of equal lengths from blocks of any lengths.

    A piece is only good until the next one is asked for.
    """
    first = 0
    a = b = np.empty(0)
    while True:
        a = a if len(a) else next(blocks_a, a)
        b = b if len(b) else next(blocks_b, b)
        count = min(len(a), len(b))
        if not count:
            return
        yield first, a[:count], b[:count]
        first, a, b = first + count, a[count:], b[count:]


def _append(equal: list[Segment], first: int, count: int) -> None:
    if equal and equal[-1].first + equal[-1].count == first:
        first, count = equal[-1].first, equal[-1].count + count
        equal.pop()
    equal.append(Segment(first, count))


def _values(raw: Array, tensor: Tensor, out: Array | None = None) -> Array:
    if tensor.quantization is None:
        return widen(raw, tensor.dtype, out)
    return quantized.channels_of(tensor, read_array).dequantize(raw, (0,))


def _without_repeats(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, int]:
    """Take out the axes that both tensors only repeat; return how often each element comes."""
    repeated = [
        size > 1 and one == other == 0
        for size, one, other in zip(a.shape, a.stride or (), b.stride or (), strict=True)
    ]
    is_plain = a.quantization is None and b.quantization is None
    if not any(repeated) or not is_plain or values_per_element(a.dtype) > 1:
        return a, b, 1
    view_of(a), view_of(b)  # the claims are checked before they are made smaller
    shape = tuple(1 if once else size for size, once in zip(a.shape, repeated, strict=True))
    smaller_a, smaller_b = (tensor.replaced(shape=shape) for tensor in (a, b))
    return smaller_a, smaller_b, a.numel // max(smaller_a.numel, 1)


def place_of(flat: int, shape: Shape) -> Shape:
    """Return the index of the element that comes `flat`-th in row-major order."""
    place = []
    for size in reversed(shape):
        flat, step = divmod(flat, size)
        place.append(step)
    return tuple(reversed(place))


def flat_of(place: Shape, shape: Shape) -> int:
    """Return how many elements come before `place` in row-major order."""
    flat = 0
    for step, size in zip(place, shape, strict=True):
        flat = flat * size + step
    return flat
