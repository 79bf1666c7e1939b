"""How far apart two stretches of numbers are: totals that add up, and the measures made of them.

Sums are in float64, those of very large float32 tensors in rows of float32 (`float32_sums`). A sum
or measure is over the elements that are finite on both sides; NaN and infinities are counted apart.
Arrays are worked through in pieces that stay in the processor's cache, and dot products in rows
short enough that the BLAS library does not wake its own threads for them, which would fight with
the other worker.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass

import numpy as np

from inspector.analysis import float32_sums
from inspector.analysis.floats import Array
from inspector.checkpoint.errors import UnsupportedError

PIECE = float32_sums.LONGEST
"""Elements worked on at once, in buffers that stay in the processor's cache."""
_INTEGERS = 1 << 15
"""The same of 64-bit integers, in fresh arrays: longer ones would be mapped in page by page."""
_ROW = 8192
_NEAR = 1e-2


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far apart two elements may be to count as close.

    `|a - b| <= absolute + relative * max(|a|, |b|)`, which is the same from either side.
    """

    absolute: float = 0.0
    relative: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Tolerance:
        """Read "1e-6" (absolute) or "rel=1e-5,abs=1e-8"; nothing means exact.

        Raises `UnsupportedError` for anything else.
        """
        amounts = {"abs": 0.0, "rel": 0.0}
        for part in filter(None, text.split(",")):
            name, equals, number = part.partition("=")
            name, number = (name.strip(), number) if equals else ("abs", name)
            try:
                amount = float(number)
            except ValueError:
                amount = math.nan
            if name not in amounts or not 0 <= amount < math.inf:
                raise UnsupportedError(
                    f"{text!r} is no tolerance", advice="Give it as 1e-6 or rel=1e-5,abs=1e-8"
                )
            amounts[name] = amount
        return cls(amounts["abs"], amounts["rel"])

    def __str__(self) -> str:
        return f"abs={self.absolute:g},rel={self.relative:g}"


EXACT_VALUES = Tolerance()


@dataclass(slots=True)
class Totals:
    """What two stretches of values add up to. `add`, `add_equal` and `merge` fill it.

    `largest` is the flat index of the largest difference, -1 while there is none; `finite` counts
    the elements that are finite on both sides, as far as they were looked at; `beyond` those that
    the tolerance does not cover. `quick` lets long float32 stretches be summed in rows of float32.
    """

    quick: bool = False
    bits_differ: bool = False
    changed: int = 0
    beyond: int = 0
    finite: int = 0
    sum_abs: float = 0.0
    sum_squares: float = 0.0
    squares_a: float = 0.0
    squares_b: float = 0.0
    dot: float = 0.0
    max_abs: int | float = 0
    largest: int = -1
    nan_appeared: int = 0
    nan_vanished: int = 0
    inf_appeared: int = 0
    inf_vanished: int = 0

    def merge(self, other: Totals) -> None:
        """Add the totals of another stretch of the same tensors."""
        further = other.max_abs > self.max_abs
        nearer = other.largest >= 0 and (self.largest < 0 or other.largest < self.largest)
        if further or (other.max_abs == self.max_abs and nearer):
            self.max_abs, self.largest = other.max_abs, other.largest
        self.bits_differ = self.bits_differ or other.bits_differ
        for name in _SUMMED:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def repeat(self, times: int) -> None:
        """Count every element `times` times, as a view with zero strides does."""
        for name in _SUMMED:
            setattr(self, name, getattr(self, name) * times)

    def add_equal(self, values: Array) -> None:
        """Add a stretch that is the same on both sides."""
        for start in range(0, len(values), PIECE):
            squares, finite = _finite_squares(values[start : start + PIECE], self.quick)
            self.finite += finite
            self.squares_a += squares
            self.squares_b += squares
            self.dot += squares

    def add(self, a: Array, b: Array, first: int, tolerance: Tolerance) -> None:
        """Add two stretches of values; `first` is the flat index of their first element."""
        whole = a.dtype.kind in "iu" and b.dtype.kind in "iu" and max(a.itemsize, b.itemsize) == 8
        add_piece, length = (self._add_integers, _INTEGERS) if whole else (self._add_piece, PIECE)
        done = 0
        while done < len(a):
            piece_a, piece_b = a[done : done + length], b[done : done + length]
            added = self._add_float32(piece_a, piece_b, first + done, tolerance)
            if not added:
                add_piece(piece_a, piece_b, first + done, tolerance)
            done += added or len(piece_a)

    def _add_float32(self, a: Array, b: Array, first: int, tolerance: Tolerance) -> int:
        """Add the front of a float32 stretch the fast way; return its length, 0 if unsound."""
        count = float32_sums.suitable(a, b) if self.quick and not tolerance.relative else 0
        if not count:
            return 0
        a, b = a[:count], b[:count]
        sums = float32_sums.sums_of(a, b)
        if sums is None:
            return 0
        if tolerance.absolute and float32_sums.may_exceed(sums.peak, tolerance.absolute):
            return 0
        self.finite += count
        self.changed += sums.changed
        self.beyond += 0 if tolerance.absolute else sums.changed
        self.sum_abs += sums.sum_abs
        self.sum_squares += sums.sum_squares
        self.squares_a += sums.squares_a
        self.squares_b += sums.squares_b
        self.dot += sums.dot
        if sums.peak and float32_sums.may_exceed(sums.peak, self.max_abs):
            largest, place = float32_sums.largest_difference(a, b, sums.peak)
            if largest > self.max_abs:
                self.max_abs, self.largest = largest, first + place
        return count

    def _add_piece(self, raw_a: Array, raw_b: Array, first: int, tolerance: Tolerance) -> None:
        a, b = _in_double(raw_a, _SCRATCH.a), _in_double(raw_b, _SCRATCH.b)
        lost = _lost_in_double(raw_a, a) - _lost_in_double(raw_b, b)
        if a.dtype != b.dtype:  # a real and a complex tensor
            a, b = a.astype(np.complex128), b.astype(np.complex128)
        distance = _distance(a, b)
        if np.any(lost):  # exact where the two are near each other: then a - b is
            distance = np.abs(a - b + lost)
        total = float(distance.sum())
        if not math.isfinite(total):
            a, b, distance = self._set_apart(a, b, lost, first)
            total = float(distance.sum())
        else:
            self.finite += len(a)
            differ = raw_a != raw_b if raw_a.dtype == raw_b.dtype else (a != b) | (lost != 0)
            self.changed += int(np.count_nonzero(differ))
        self.sum_abs += total
        self.sum_squares += square_sum(distance)
        self.squares_a += square_sum(a.view(np.float64))
        self.squares_b += square_sum(b.view(np.float64))
        self.dot += _dot(a.view(np.float64), b.view(np.float64))
        place = int(distance.argmax())
        if distance[place] > self.max_abs:
            self.max_abs, self.largest = distance[place].item(), first + place
        self._note_beyond(a, b, distance, tolerance)

    def _set_apart(
        self, a: Array, b: Array, lost: Array | int, first: int
    ) -> tuple[Array, Array, Array]:
        """Count what is not finite; return the stretches with 0 in the place of such elements."""
        nan_a, nan_b, inf_a, inf_b = np.isnan(a), np.isnan(b), np.isinf(a), np.isinf(b)
        self.nan_appeared += int(np.count_nonzero(nan_b & ~nan_a))
        self.nan_vanished += int(np.count_nonzero(nan_a & ~nan_b))
        self.inf_appeared += int(np.count_nonzero(inf_b & ~inf_a))
        self.inf_vanished += int(np.count_nonzero(inf_a & ~inf_b))
        differ = ((a != b) | (lost != 0)) & ~(nan_a & nan_b)
        finite = np.isfinite(a) & np.isfinite(b)
        self.changed += int(np.count_nonzero(differ))
        self.finite += int(np.count_nonzero(finite))
        self.beyond += int(np.count_nonzero(differ & ~finite))
        endless = np.flatnonzero((inf_a | inf_b) & differ & ~nan_a & ~nan_b)
        if len(endless) and self.max_abs != math.inf:
            self.max_abs, self.largest = math.inf, first + int(endless[0])
        if self.largest < 0 and (apart := np.flatnonzero(differ & ~finite)).size:
            self.largest = first + int(apart[0])  # a place to look at, until there is a distance
        a, b = np.where(finite, a, 0), np.where(finite, b, 0)
        return a, b, np.abs(a - b + np.where(finite, lost, 0))

    def _add_integers(self, a: Array, b: Array, first: int, tolerance: Tolerance) -> None:
        """Add 64-bit integers; their differences are exact in uint64, not in float64."""
        from_a, from_b = a.astype(np.uint64), b.astype(np.uint64)
        apart = (a < 0) != (b < 0)
        less = (apart & (a < 0)) | (~apart & (from_a < from_b))
        # By bits: numpy.where takes ten times as long where signs are random.
        swapped = -less.astype(np.uint64)
        distance = ((from_a - from_b) ^ swapped) - swapped
        higher = from_a ^ ((from_a ^ from_b) & swapped)
        # Only a negative and an unsigned number are 2**64 or more apart.
        beyond = np.flatnonzero(apart & (distance < higher))
        place = int(beyond[distance[beyond].argmax()] if len(beyond) else distance.argmax())
        largest = abs(int(a[place]) - int(b[place]))
        if largest > self.max_abs:
            self.max_abs, self.largest = largest, first + place
        self.finite += len(a)
        self.changed += int(np.count_nonzero(apart | (from_a != from_b)))
        as_double, a, b = distance.astype(np.float64), a.astype(np.float64), b.astype(np.float64)
        as_double[beyond] += 2.0**64
        self.sum_abs += float(as_double.sum())
        self.sum_squares += square_sum(as_double)
        self.squares_a += square_sum(a)
        self.squares_b += square_sum(b)
        self.dot += _dot(a, b)
        self._note_beyond(a, b, as_double, tolerance)

    def _note_beyond(self, a: Array, b: Array, distance: Array, tolerance: Tolerance) -> None:
        allowed: float | Array = tolerance.absolute
        if tolerance.relative:
            allowed = allowed + tolerance.relative * np.maximum(np.abs(a), np.abs(b))
        elif self.max_abs <= tolerance.absolute:
            return
        self.beyond += int(np.count_nonzero(distance > allowed))


_SUMMED = (
    *("changed", "beyond", "finite", "sum_abs", "sum_squares", "squares_a", "squares_b", "dot"),
    *("nan_appeared", "nan_vanished", "inf_appeared", "inf_vanished"),
)


@dataclass(frozen=True, slots=True)
class Measures:
    """How far two tensors of one shape are apart; d = a - b.

    `mean_abs` = mean |d|, `rms` = sqrt(mean d^2), `rel_l2` = |d| / |a| (L2 norms; infinite where a
    is all zero and d is not), `cosine` = a.b / (|a| |b|), NaN where one is all zero; for complex
    numbers its real part. All over the elements finite on both sides. `max_abs` is an exact int for
    integers, infinite where an infinity appeared or vanished; `changed` counts elements of other
    value, NaN being equal to NaN and 0.0 to -0.0. Where no element is finite on both sides, the
    measures are NaN.
    """

    max_abs: int | float = 0.0
    mean_abs: float = 0.0
    rms: float = 0.0
    rel_l2: float = 0.0
    cosine: float = 1.0
    changed: int = 0
    norm_a: float | None = None
    norm_b: float | None = None
    nan_appeared: int = 0
    nan_vanished: int = 0
    inf_appeared: int = 0
    inf_vanished: int = 0

    @classmethod
    def of(cls, totals: Totals) -> Measures:
        """Make the measures from complete totals."""
        if not totals.changed:
            return SAME_VALUES
        norm_a, norm_b = math.sqrt(totals.squares_a), math.sqrt(totals.squares_b)
        norm_d = math.sqrt(totals.sum_squares)
        finite = totals.finite or math.nan  # of no elements, nothing is known
        return cls(
            max_abs=totals.max_abs if totals.finite or totals.max_abs else math.nan,
            mean_abs=totals.sum_abs / finite,
            rms=math.sqrt(totals.sum_squares / finite),
            rel_l2=_relative(norm_d, norm_a) if totals.finite else math.nan,
            cosine=_cosine(totals, norm_a, norm_b),
            changed=totals.changed,
            norm_a=norm_a,
            norm_b=norm_b,
            nan_appeared=totals.nan_appeared,
            nan_vanished=totals.nan_vanished,
            inf_appeared=totals.inf_appeared,
            inf_vanished=totals.inf_vanished,
        )


SAME_VALUES = Measures()
"""What two tensors come to that have the same value everywhere."""


def _relative(norm_d: float, norm_a: float) -> float:
    if norm_a:
        return norm_d / norm_a
    return math.inf if norm_d else 0.0


def _cosine(totals: Totals, norm_a: float, norm_b: float) -> float:
    """Return the cosine; from |d| where a and b are so close that the dot product says 1.0."""
    product = norm_a * norm_b
    if not totals.finite:
        return math.nan
    if not product or not math.isfinite(product):
        return 1.0 if norm_a == norm_b == 0 and not totals.sum_squares else math.nan
    if totals.sum_squares < _NEAR * product:
        return 1.0 - (totals.sum_squares - (norm_a - norm_b) ** 2) / (2 * product)
    return min(max(totals.dot / product, -1.0), 1.0)


def square_sum(values: Array) -> float:
    """Return the sum of squares of float64 values."""
    return _dot(values, values)


def _dot(a: Array, b: Array) -> float:
    whole = len(a) - len(a) % _ROW
    rows = np.matmul(a[:whole].reshape(-1, 1, _ROW), b[:whole].reshape(-1, _ROW, 1))
    return float(rows.sum() + np.dot(a[whole:], b[whole:]))


def _finite_squares(values: Array, quick: bool) -> tuple[float, int]:
    """Return the sum of squares of what is finite, and how much of it is."""
    if quick and float32_sums.suitable(values, values) == len(values):
        squares = float32_sums.square_sum_of(values)
        if squares is not None:
            return squares, len(values)
    squares = square_sum(_as_float64(values))
    if math.isfinite(squares):
        return squares, len(values)
    kept = values[np.isfinite(values)]
    return square_sum(_as_float64(kept)), len(kept)


class _Scratch(threading.local):
    """Each thread's buffers: fresh arrays of this size would be mapped in page by page."""

    def __init__(self) -> None:
        self.a, self.b, self.distance = (np.empty(PIECE) for _ in range(3))


_SCRATCH = _Scratch()


def _in_double(values: Array, buffer: Array) -> Array:
    """Return the values in double precision, real ones in the buffer."""
    if values.dtype.kind == "c":
        return values.astype(np.complex128)
    np.copyto(buffer[: len(values)], values)
    return buffer[: len(values)]


def _lost_in_double(raw: Array, as_double: Array) -> Array | int:
    """Return what 64-bit integers lose in double precision: raw - as_double, exactly.

    Doubles beyond the integer type are lowered to its largest that is a double.
    """
    if raw.dtype.kind not in "iu" or raw.itemsize < 8:
        return 0
    largest = 2.0**63 - 1024 if raw.dtype.kind == "i" else 2.0**64 - 2048
    np.minimum(as_double, largest, out=as_double)
    lost: Array = (raw - as_double.astype(raw.dtype)).astype(np.int64)
    return lost


def _distance(a: Array, b: Array) -> Array:
    """Return |a - b| of two pieces, in this thread's buffer."""
    distance = _SCRATCH.distance[: len(a)]
    if a.dtype.kind == "c":
        np.abs(a - b, out=distance)
    else:
        np.abs(np.subtract(a, b, out=distance), out=distance)
    return distance


def _as_float64(values: Array) -> Array:
    return _in_double(values, _SCRATCH.a).view(np.float64)
