"""Counting one pass of elements: what is added up block by block, and what it comes to.

    PatternTally   16 bits and less: every bit pattern is counted, so every figure is exact
    SketchTally    float32, float64 and wide integers: counts of the leading bits, exact extremes,
                   sums and counts
    SmallTally     up to 65,536 elements of any type: they are kept, so every figure is exact
    ComplexTally   three of these: real, imaginary and magnitude

A tally belongs to one thread; those of several threads are joined at the end.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from inspector.analysis import distribution, moments
from inspector.analysis.distribution import Distribution, Floats
from inspector.analysis.floats import Array
from inspector.analysis.histogram import Histogram
from inspector.analysis.moments import Moments

SMALL = 1 << 16
"""Elements up to which they are simply kept."""

_PIECE = 1 << 18
"""Elements worked on at once: the buffers of a piece stay in the cache."""

# Leading bits that a sketch counts, and elements worked on at once. A float64 sketch has eight
# times the counters, which pay only for longer pieces.
_FLOAT32_PATTERNS, _FLOAT64_PATTERNS = 1 << 16, 1 << 19
_REST = (1 << 45) - 1
_TOP_HALF = 1 if sys.byteorder == "little" else 0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a tally comes to. Extremes, moments and distribution are of the finite elements."""

    count: int
    nan: int
    posinf: int
    neginf: int
    zeros: int
    min: float | int
    max: float | int
    moments: Moments
    distribution: Distribution
    parts: dict[str, Figures] = field(default_factory=dict)


class Tally(Protocol):
    """Takes the elements of a pass block by block."""

    def add(self, block: Array, place: int) -> None:
        """Count a block; `place` tells where in the tensor it lies, in any ascending measure."""

    def join(self, other: Self) -> None:
        """Take over what another thread counted."""


class FigureTally(Tally, Protocol):
    """A tally that comes to figures."""

    def figures(self) -> Figures:
        """Return what all blocks come to."""


class PatternTally:
    """Counts every pattern of elements of at most 16 bits.

    `values` holds the value of each pattern, as float64; `whole` says that they are integers. With
    `nibbles` each 8-bit element holds two 4-bit ones.
    """

    def __init__(
        self, values: npt.NDArray[np.float64], *, whole: bool = False, nibbles: bool = False
    ) -> None:
        self._values, self._whole, self._nibbles = values, whole, nibbles
        self._counts = np.zeros(256 if nibbles else len(values), np.int64)
        self._index = np.empty(0, np.int64)

    def add(self, block: Array, place: int) -> None:
        """Count a block of raw elements."""
        unsigned = block.view(f"u{block.itemsize}")
        if not len(self._index):
            self._index = np.empty(min(_PIECE, len(block)), np.int64)
        for start in range(0, len(unsigned), len(self._index)):
            piece = unsigned[start : start + len(self._index)]
            index = self._index[: len(piece)]
            np.copyto(index, piece)
            self._counts += np.bincount(index, minlength=len(self._counts))

    def join(self, other: Self) -> None:
        """Take over what another thread counted."""
        self._counts += other._counts

    def figures(self) -> Figures:
        """Return what all blocks come to."""
        counts = self._counts
        if self._nibbles:
            square = counts.reshape(16, 16)
            counts = square.sum(axis=0) + square.sum(axis=1)
        found = np.flatnonzero(counts)
        values, counts = self._values[found], counts[found]
        finite = np.isfinite(values)
        known = distribution.of_values(values[finite], counts[finite])
        return Figures(
            int(counts.sum()),
            int(counts[np.isnan(values)].sum()),
            int(counts[values == math.inf].sum()),
            int(counts[values == -math.inf].sum()),
            int(counts[values == 0].sum()),
            *_ends(known, self._whole),
            moments.weighted_moments(known.lower, known.counts, whole=self._whole),
            known,
        )


class SketchTally:
    """Counts leading bits; keeps extremes, sums and special values exactly.

    For float32, float64, and integers, whose sums are exact whatever their size.
    """

    def __init__(self, dtype: np.dtype[np.generic]) -> None:
        self._narrow = dtype == np.float32
        self._whole = dtype.kind in "iu"
        patterns = _FLOAT32_PATTERNS if self._narrow else _FLOAT64_PATTERNS
        self._counts = np.zeros(patterns, np.int64)
        self._piece = _PIECE if self._narrow else 2 * _PIECE
        self._index = np.empty(0, np.int64)
        self._wide = np.empty(0, np.float64)
        self._moments: list[tuple[int, int, Moments]] = []
        self._nan = self._posinf = self._neginf = self._count = 0
        self._zeros = self._positive_zeros = 0
        # Whether all elements have nothing but zeros in the bits that are not counted, as those of
        # a file that was bfloat16 have: then every value is known.
        self._known = not self._whole
        self._min: float | int = math.inf
        self._max: float | int = -math.inf

    def add(self, block: Array, place: int) -> None:
        """Count a block of values."""
        if not len(self._index):
            self._index = np.empty(min(self._piece, len(block)), np.int64)
            self._wide = np.empty(len(self._index), np.float64)
        self._count += len(block)
        for start in range(0, len(block), len(self._index)):
            self._add(block[start : start + len(self._index)], place, start)

    @np.errstate(all="ignore")  # overflowing squares and signalling NaNs are no news here
    def _add(self, piece: Array, place: int, start: int) -> None:
        low, high = piece.min(), piece.max()
        if not self._whole and not (np.isfinite(low) and np.isfinite(high)):
            piece = self._finite(piece)
            if not len(piece):
                return
            low, high = piece.min(), piece.max()
        self._min, self._max = min(self._min, low.item()), max(self._max, high.item())
        wide, index = self._wide[: len(piece)], self._index[: len(piece)]
        np.copyto(wide, piece)
        if self._narrow:
            np.copyto(index, piece.view(np.uint16)[_TOP_HALF::2])
        else:
            np.right_shift(wide.view(np.uint64), np.uint64(45), out=index.view(np.uint64))
        if self._known:
            bits = piece.view(np.uint32) if self._narrow else wide.view(np.uint64)
            self._known = not int(np.bitwise_or.reduce(bits)) & (0xFFFF if self._narrow else _REST)
        counts = np.bincount(index, minlength=len(self._counts))
        self._counts += counts
        if counts[0] or counts[len(counts) // 2]:
            bits = piece.view(np.uint32) if self._narrow else wide.view(np.uint64)
            self._positive_zeros += int(np.count_nonzero(bits == 0))
            self._zeros += len(piece) - int(np.count_nonzero(piece))
        total = exact_sum(piece) if self._whole else None
        self._moments.append((place, start, moments.moments_of(wide, total, reuse=True)))

    def _finite(self, piece: Array) -> Array:
        nan = int(np.count_nonzero(np.isnan(piece)))
        posinf = int(np.count_nonzero(piece == np.inf))
        finite = piece[np.isfinite(piece)]
        self._nan += nan
        self._posinf += posinf
        self._neginf += len(piece) - len(finite) - nan - posinf
        return finite

    def join(self, other: Self) -> None:
        """Take over what another thread counted."""
        self._counts += other._counts
        self._moments += other._moments
        self._nan += other._nan
        self._posinf += other._posinf
        self._neginf += other._neginf
        self._zeros += other._zeros
        self._positive_zeros += other._positive_zeros
        self._count += other._count
        self._known &= other._known
        self._min, self._max = min(self._min, other._min), max(self._max, other._max)

    def figures(self) -> Figures:
        """Return what all blocks come to."""
        ordered = sorted(self._moments, key=lambda entry: entry[:2])
        found = moments.merged(piece for _, _, piece in ordered)
        known = distribution.of_patterns(
            self._counts,
            32 if self._narrow else 64,
            (self._positive_zeros, self._zeros - self._positive_zeros),
            exact=self._known,
        )
        low, high = (self._min, self._max) if found.count else (math.nan, math.nan)
        return Figures(
            self._count, self._nan, self._posinf, self._neginf, self._zeros, low, high,
            found, known.clipped(float(low), float(high)),
        )  # fmt: skip


class OffsetTally(PatternTally):
    """Counts every value of integers that lie within 65,535 of the smallest, `low`."""

    def __init__(self, low: int) -> None:
        super().__init__(np.arange(1 << 16, dtype=np.float64) + low)
        self._low = low

    def add(self, block: Array, place: int) -> None:
        """Count a block of integers."""
        super().add((block - self._low).astype(np.uint16), place)


class HistogramTally:
    """Counts finite values between given bin edges, and those on both sides."""

    def __init__(self, edges: Floats) -> None:
        self._edges = edges
        self._counts = np.zeros(len(edges) - 1, np.int64)
        self._below = self._above = 0

    @np.errstate(all="ignore")
    def add(self, block: Array, place: int) -> None:
        """Count a block of values; complex ones by magnitude."""
        values = np.abs(block.astype(np.complex128)) if block.dtype.kind == "c" else block
        below, above = values < self._edges[0], values > self._edges[-1]
        if values.dtype.kind == "f":
            below &= np.isfinite(values)
            above &= np.isfinite(values)
            inside = values[(values >= self._edges[0]) & (values <= self._edges[-1])]
        else:
            inside = values[~(below | above)]
        self._below += int(np.count_nonzero(below))
        self._above += int(np.count_nonzero(above))
        bins = np.searchsorted(self._edges, inside, side="right") - 1
        bins = np.minimum(bins, len(self._counts) - 1)
        self._counts += np.bincount(bins, minlength=len(self._counts))

    def join(self, other: Self) -> None:
        """Take over what another thread counted."""
        self._counts += other._counts
        self._below += other._below
        self._above += other._above

    def histogram(self, repeats: int) -> Histogram:
        """Return the counts, each element counted `repeats` times."""
        counts = self._counts * repeats
        below, above = self._below * repeats, self._above * repeats
        return Histogram(self._edges, counts, True, 0.0, below, above)


class SmallTally:
    """Keeps the values themselves, for tensors of at most `SMALL` elements."""

    def __init__(self) -> None:
        self._blocks: list[tuple[int, Array]] = []

    def add(self, block: Array, place: int) -> None:
        """Keep a block of values."""
        self._blocks.append((place, block.copy()))

    def join(self, other: Self) -> None:
        """Take over what another thread kept."""
        self._blocks += other._blocks

    @np.errstate(all="ignore")
    def figures(self) -> Figures:
        """Return what all blocks come to."""
        ordered = sorted(self._blocks, key=lambda entry: entry[0])
        values = np.concatenate([block for _, block in ordered] or [np.empty(0)])
        whole = values.dtype.kind in "iub"
        wide = values.astype(np.float64)
        finite = wide if whole else wide[np.isfinite(wide)]
        total = exact_sum(values) if whole else None
        low: float | int = math.nan
        high: float | int = math.nan
        if len(finite):
            ends = values if whole else finite
            low, high = ends.min().item(), ends.max().item()
        found = moments.moments_of(finite, total)
        return Figures(
            len(values),
            int(np.count_nonzero(np.isnan(wide))),
            int(np.count_nonzero(wide == math.inf)),
            int(np.count_nonzero(wide == -math.inf)),
            len(values) - int(np.count_nonzero(values)),
            int(low) if whole and len(finite) else low,
            int(high) if whole and len(finite) else high,
            found,
            distribution.of_values(finite),
        )


class ComplexTally:
    """Counts complex numbers by magnitude, and their real and imaginary parts beside it.

    A number is NaN when either part is, infinite when either part is and neither is NaN.
    """

    def __init__(self, dtype: np.dtype[np.generic], *, small: bool) -> None:
        wide = np.dtype(np.float64)
        part = wide if dtype == np.complex128 else np.dtype(np.float32)
        columns = (("magnitude", wide), ("real", part), ("imaginary", part))
        self._tallies: list[tuple[str, FigureTally]] = [
            (name, SmallTally() if small else SketchTally(column)) for name, column in columns
        ]

    @np.errstate(all="ignore")
    def add(self, block: Array, place: int) -> None:
        """Count a block of complex values."""
        magnitude = np.abs(block.astype(np.complex128))
        magnitude[np.isnan(block)] = np.nan
        columns = (magnitude, block.real.copy(), block.imag.copy())
        for (_, tally), column in zip(self._tallies, columns, strict=True):
            tally.add(column, place)

    def join(self, other: Self) -> None:
        """Take over what another thread counted."""
        for (_, mine), (_, theirs) in zip(self._tallies, other._tallies, strict=True):
            mine.join(theirs)

    def figures(self) -> Figures:
        """Return the figures of the magnitude, with those of all three as parts."""
        found = {name: tally.figures() for name, tally in self._tallies}
        main = found["magnitude"]
        return Figures(
            main.count, main.nan, main.posinf, main.neginf, main.zeros, main.min, main.max,
            main.moments, main.distribution, found,
        )  # fmt: skip


def exact_sum(values: Array) -> int:
    """Return the exact sum of integers or bools (at most 2**31 of them), whatever their size."""
    if values.itemsize < 8:
        return int(values.sum(dtype=np.int64))
    low = int((values & 0xFFFFFFFF).sum(dtype=np.int64))
    return (int((values >> 32).sum(dtype=np.int64)) << 32) + low


def _ends(known: Distribution, whole: bool) -> tuple[float | int, float | int]:
    if not len(known.counts):
        return math.nan, math.nan
    low, high = float(known.lower[0]), float(known.upper[-1])
    return (int(low), int(high)) if whole else (low, high)
