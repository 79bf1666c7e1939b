"""Sum, mean and spread of many numbers, piece by piece, sound in float64.

Each piece gives its count, sum and sum of squared deviations from its own mean; pieces are merged
by Chan's formula (https://en.wikipedia.org/wiki/Algorithms_for_calculating_variance), so a mean far
from zero costs no digits. Pieces are merged in the order of the file, whichever thread did them.

Squares are summed by BLAS over short rows, all rows in one call: on longer ones BLAS wakes its own
threads, which fight with the second worker (measured: half the speed).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

# Below this share of the squares the deviations have lost digits to cancellation: centre and redo.
_CANCELLED = 0.05
_ROW = 8192


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, sum and sum of squared deviations from the mean of some finite numbers.

    `total` is an exact int for integers.
    """

    count: int = 0
    total: float | int = 0
    deviations: float = 0.0

    @property
    def mean(self) -> float:
        """The mean, NaN of nothing."""
        return self.total / self.count if self.count else math.nan

    @property
    def std(self) -> float:
        """Standard deviation over n - 1, as torch computes it; NaN of fewer than two numbers."""
        return math.sqrt(self.deviations / (self.count - 1)) if self.count > 1 else math.nan

    @property
    def l2(self) -> float:
        """Euclidean norm; 0 of nothing, infinite of squares beyond float64."""
        if not math.isfinite(self.deviations):
            return math.inf
        return math.sqrt(self.deviations + self.total * self.mean) if self.count else 0.0

    def repeated(self, times: int) -> Moments:
        """Return the moments of the same numbers, each `times` times."""
        return Moments(self.count * times, self.total * times, self.deviations * times)


def moments_of(
    values: npt.NDArray[np.float64], total: int | None = None, *, reuse: bool = False
) -> Moments:
    """Return the moments of finite float64 numbers; `total` is their exact sum where it is known.

    With `reuse` the array may be overwritten.
    """
    count = len(values)
    if not count:
        return Moments(0, 0 if total is None else total)
    found = float(values.sum())
    squares = _squares(values)
    mean = found / count
    deviations = squares - found * mean
    if not deviations > _CANCELLED * squares:
        centred = np.subtract(values, mean, out=values if reuse else None)
        rest = float(centred.sum())
        deviations = _squares(centred) - rest * (rest / count)
    return Moments(count, found if total is None else total, _at_least_zero(deviations))


def _squares(values: npt.NDArray[np.float64]) -> float:
    whole = len(values) // _ROW * _ROW
    rows, rest = values[:whole].reshape(-1, _ROW), values[whole:]
    of_rows = np.matmul(rows[:, np.newaxis, :], rows[:, :, np.newaxis])
    return float(of_rows.sum()) + float(np.dot(rest, rest))


def weighted_moments(
    values: npt.NDArray[np.float64], counts: npt.NDArray[Any], *, whole: bool
) -> Moments:
    """Return the moments of `values`, each coming `counts` times; `whole` numbers sum exactly."""
    count = int(counts.sum())
    if not count:
        return Moments()
    total: float | int = float((values * counts).sum())
    if whole:
        total = int((values.astype(np.int64) * counts).sum())
    return Moments(count, total, float((np.square(values - total / count) * counts).sum()))


def merged(pieces: Iterable[Moments]) -> Moments:
    """Return the moments of all pieces together."""
    parts = [piece for piece in pieces if piece.count]
    count = sum(piece.count for piece in parts)
    if not count:
        return Moments()
    totals = [piece.total for piece in parts]
    whole = all(isinstance(total, int) for total in totals)
    total = sum(totals) if whole else _sum(totals)
    mean = total / count
    apart = [piece.mean - mean for piece in parts]
    within = [piece.deviations for piece in parts]
    between = [piece.count * gap * gap for piece, gap in zip(parts, apart, strict=True)]
    return Moments(count, total, _at_least_zero(_sum(within + between)))


def _at_least_zero(deviations: float) -> float:
    """Squares beyond the range of float64 are infinite, whatever their differences came to."""
    return max(deviations, 0.0) if math.isfinite(deviations) else math.inf


@np.errstate(over="ignore", invalid="ignore")
def _sum(numbers: Iterable[float]) -> float:
    """Sum without loss; numbers too large for that are summed as they come."""
    found = list(numbers)
    try:
        return math.fsum(found)
    except (OverflowError, ValueError):
        return float(np.sum(np.asarray(found, np.float64)))
