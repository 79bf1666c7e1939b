"""Sums over long float32 stretches, three times as fast as in float64 and good to about 1e-8.

Differences are taken in float32, products are summed in rows of 512 and the rows in float64, so
that rounding errors are those of short rows and average out over many. Where squares would overflow
or vanish in float32, or anything is not finite, there is no answer and float64 has to do it.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

LONGEST = 1 << 16
"""Elements of one stretch at most; its buffers stay in the processor's cache."""
SHORTEST = 1 << 13
"""Below this, the errors do not average out enough."""
ROW = 512

# A float32 difference is off by at most 2**-24 of itself; a little more to be sure.
_MARGIN = 2.0**-22
# Squares of numbers below 1e-19 lose digits in float32; a mean square well above that is sound.
_LEAST_SQUARE = 1e-30


class _Scratch(threading.local):
    def __init__(self) -> None:
        self.distance = np.empty(LONGEST, np.float32)
        self.differ = np.empty(LONGEST, np.bool_)


_SCRATCH = _Scratch()
_ONES = np.ones(LONGEST, np.float32)


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over one stretch, d = a - b; `peak` is the largest |d| as float32 has it."""

    changed: int
    sum_abs: float
    sum_squares: float
    squares_a: float
    squares_b: float
    dot: float
    peak: float


def is_suitable(a: npt.NDArray[np.generic], b: npt.NDArray[np.generic]) -> bool:
    """Whether two stretches are float32 and of a length that goes into rows."""
    is_float32 = a.dtype == b.dtype == np.float32
    return is_float32 and SHORTEST <= len(a) <= LONGEST and len(a) % ROW == 0


def sums_of(a: Floats, b: Floats) -> Sums | None:
    """Return the sums over two suitable stretches, None where float32 is not enough."""
    count = len(a)
    distance, differ = _SCRATCH.distance[:count], _SCRATCH.differ[:count]
    np.abs(np.subtract(a, b, out=distance), out=distance)
    peak = float(distance.max())
    squares_a, squares_b = row_dot(a, a), row_dot(b, b)
    sum_squares = row_dot(distance, distance)
    if not (_is_sound(squares_a, count) and _is_sound(squares_b, count)):
        return None
    if peak and not _is_sound(sum_squares, count):
        return None
    np.not_equal(a, b, out=differ)
    changed = int(np.count_nonzero(differ))
    total = row_dot(distance, _ONES[:count])
    return Sums(changed, total, sum_squares, squares_a, squares_b, row_dot(a, b), peak)


def square_sum_of(values: Floats) -> float | None:
    """Return the sum of squares of a suitable stretch, None where float32 is not enough."""
    squares = row_dot(values, values)
    return squares if _is_sound(squares, len(values)) else None


def largest_difference(a: Floats, b: Floats, peak: float) -> tuple[float, int]:
    """Return the largest |a - b| exactly, and its place, of stretches with that float32 peak."""
    np.abs(np.subtract(a, b, out=_SCRATCH.distance[: len(a)]), out=_SCRATCH.distance[: len(a)])
    near = np.flatnonzero(_SCRATCH.distance[: len(a)] >= peak * (1 - _MARGIN))
    exact = np.abs(a[near].astype(np.float64) - b[near].astype(np.float64))
    best = int(exact.argmax())
    return float(exact[best]), int(near[best])


def may_exceed(peak: float, bound: float) -> bool:
    """Whether the exact largest difference may lie above `bound`."""
    return peak * (1 + _MARGIN) > bound


def row_dot(a: Floats, b: Floats) -> float:
    """Return the dot product, in float32 along each row, in float64 over the rows."""
    rows = np.matmul(a.reshape(-1, 1, ROW), b.reshape(-1, ROW, 1))
    return float(rows.sum(dtype=np.float64))


def _is_sound(squares: float, count: int) -> bool:
    return math.isfinite(squares) and squares >= _LEAST_SQUARE * count
