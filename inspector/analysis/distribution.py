"""How many elements take which values, small enough to keep and quick to ask.

Either exact, every value with its count, or a sketch: counts of all values that share their sign,
exponent and first seven bits of the fraction. A sketch's interval is at most 2**-7 of its values
wide, so a quantile read from it is off by at most that; counts between two values are off by at
most what the two intervals at the ends hold. Zero is always a value of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[Any]

MAX_VALUES = 1 << 17
"""Different values kept exactly when distributions are merged; more become a sketch."""

_KEPT_BITS = 45
"""Bits of a float64 that a sketch forgets: sign, exponent and 7 bits of the fraction are left."""
_FLOAT32_TINY = 2.0**-126
_FLOAT32_STEP = 2.0**-133


@dataclass(frozen=True, slots=True)
class Distribution:
    """Ascending, disjoint stretches of values, `lower` to `upper`, with `counts` elements each.

    A single value is a stretch of no width. Counts are int64, or float64 beyond 2**62 elements.
    """

    lower: Floats
    upper: Floats
    counts: Counts

    @property
    def total(self) -> int:
        """Number of elements."""
        return int(self.counts.sum())

    @property
    def exact(self) -> bool:
        """Whether every element's value is known."""
        return bool((self.lower == self.upper).all())

    def below(self, edges: Floats, *, inclusive: bool = False) -> tuple[Floats, Floats]:
        """Return how many elements lie below each edge (`inclusive`: or on it), and how far off
        that may be at most."""
        cumulated = np.concatenate(([0], np.cumsum(self.counts)))
        if not len(self.counts):
            return np.zeros(len(edges)), np.zeros(len(edges))
        full = np.searchsorted(self.upper, edges, side="right" if inclusive else "left")
        inside = np.minimum(full, len(self.counts) - 1)
        width = self.upper[inside] - self.lower[inside]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            share = np.clip((edges - self.lower[inside]) / width, 0.0, 1.0)
        share = np.where((width > 0) & (full == inside), share, 0.0)
        held = self.counts[inside] * 1.0
        # A stretch of negative values holds its upper end, where all its elements may be.
        unsure = (share > 0) & ((share < 1) | (self.upper[inside] <= 0))
        doubt = np.where(unsure, np.maximum(share, 1 - share) * held, 0.0)
        return cumulated[full] + share * held, doubt

    def at(self, place: float) -> tuple[float, float]:
        """Return the element at `place` (0 for the smallest) of the sorted elements, between two
        of them linearly, and how far off it may be at most."""
        cumulated = np.cumsum(self.counts)
        first, share = math.floor(place), place - math.floor(place)
        value, doubt = self._element(cumulated, first)
        if share:
            following, other = self._element(cumulated, first + 1)
            # As numpy.quantile: from the nearer end, so that equal neighbours stay equal.
            step = following - value
            value = value + step * share if share < 0.5 else following - step * (1 - share)
            doubt = max(doubt, other)
        return value, doubt

    def _element(self, cumulated: Counts, place: int) -> tuple[float, float]:
        last = len(self.counts) - 1
        piece = min(int(np.searchsorted(cumulated, place, side="right")), last)
        lower, upper = float(self.lower[piece]), float(self.upper[piece])
        if lower == upper or place <= 0:
            return lower, 0.0
        if place >= cumulated[-1] - 1:
            return upper, 0.0
        held = float(self.counts[piece])
        share = (place - (float(cumulated[piece]) - held) + 0.5) / held
        return lower + (upper - lower) * share, (upper - lower) * max(share, 1 - share)

    def clipped(self, low: float, high: float) -> Distribution:
        """Return it with the outermost stretches ending at the extremes that are known exactly."""
        return Distribution(
            np.clip(self.lower, low, high), np.clip(self.upper, low, high), self.counts
        )

    def repeated(self, times: int) -> Distribution:
        """Return it with every element `times` times."""
        if times == 1:
            return self
        beyond = self.total * times >= 1 << 62
        counts = self.counts.astype(np.float64) if beyond else self.counts
        return Distribution(self.lower, self.upper, np.asarray(counts * times))


def of_values(values: Floats, counts: npt.NDArray[np.int64] | None = None) -> Distribution:
    """Return the exact distribution of finite values, each once or `counts` times."""
    if counts is None:
        found, held = np.unique(values, return_counts=True)
    else:
        found, first = np.unique(values, return_inverse=True)
        held = np.zeros(len(found), np.int64)
        np.add.at(held, first, counts)
    found = found + 0.0  # numpy keeps whichever zero comes first; -0.0 + 0.0 is 0.0
    return Distribution(found, found, held.astype(np.int64))


def of_patterns(
    counts: npt.NDArray[np.int64], bits: int, zeros: tuple[int, int], *, exact: bool = False
) -> Distribution:
    """Return the sketch of finite elements counted by their leading bits.

    `counts` has one entry per pattern of the leading 16 bits of a float32 (`bits` 32) or the
    leading 19 bits of a float64 (`bits` 64); `zeros` tells how many positive and negative
    zeros are among them. `exact` says that all other bits of all elements are zero.
    """
    patterns = np.flatnonzero(counts)
    half = len(counts) // 2
    size = patterns % half
    if bits == 32:
        ends = [(size + more).astype(np.uint32) << np.uint32(16) for more in (0, 1)]
        near, far = (end.view(np.float32).astype(np.float64) for end in ends)
    else:
        wide = [(size + more).astype(np.uint64) << np.uint64(_KEPT_BITS) for more in (0, 1)]
        near, far = (end.view(np.float64) for end in wide)
    negative = patterns >= half
    far = near if exact else far
    lower = np.where(negative, -far, near)
    upper = np.where(negative, -near, far)
    held = counts[patterns]
    if any(zeros):
        held[patterns == 0] -= zeros[0]
        held[patterns == half] -= zeros[1]
        lower, upper, held = (
            np.append(lower, 0.0), np.append(upper, 0.0), np.append(held, sum(zeros))
        )  # fmt: skip
    return _sorted(lower, upper, held)


def merged(parts: Sequence[Distribution]) -> Distribution:
    """Return the distribution of all elements of `parts`.

    Exact when all are and together have few values; else every value joins its interval.
    """
    kept = [part for part in parts if len(part.counts)]
    if not kept:
        return of_values(np.empty(0))
    if len(kept) == 1 and len(kept[0].counts) <= MAX_VALUES:
        return kept[0]
    lower, upper, counts = (
        np.concatenate(column)
        for column in zip(*((part.lower, part.upper, part.counts) for part in kept), strict=True)
    )
    if any(not part.exact for part in kept) or len(counts) > 4 * MAX_VALUES:
        lower, upper = _on_the_grid(lower, upper)
    found = _summed(lower, upper, counts)
    if found.exact and len(found.counts) > MAX_VALUES:
        found = _summed(*_on_the_grid(found.lower, found.upper), found.counts)
    return found


def _on_the_grid(lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Return the sketch's interval that each value or clipped interval lies in; zero stays."""
    # The end nearer to zero decides; a clipped interval keeps its middle inside its own.
    middle = np.where(lower == upper, lower, lower / 2 + upper / 2)
    size = np.abs(middle)
    start = (size.view(np.uint64) >> np.uint64(_KEPT_BITS)) << np.uint64(_KEPT_BITS)
    near = start.view(np.float64)
    far = (start + np.uint64(1 << _KEPT_BITS)).view(np.float64)
    # The subnormal numbers of float32 lie in even steps; float64's finer ones join those.
    tiny = size < _FLOAT32_TINY
    near = np.where(tiny, np.floor(size / _FLOAT32_STEP) * _FLOAT32_STEP, near)
    far = np.where(tiny, near + _FLOAT32_STEP, far)
    zero = (lower == 0) & (upper == 0)
    near, far = np.where(zero, 0.0, near), np.where(zero, 0.0, far)
    return np.where(middle < 0, -far, near), np.where(middle < 0, -near, far)


def _summed(lower: Floats, upper: Floats, counts: Counts) -> Distribution:
    ordered = _sorted(lower, upper, counts)
    new = np.ones(len(ordered.counts), bool)
    new[1:] = (np.diff(ordered.lower) != 0) | (np.diff(ordered.upper) != 0)
    starts = np.flatnonzero(new)
    return Distribution(
        ordered.lower[starts], ordered.upper[starts], np.add.reduceat(ordered.counts, starts)
    )


def _sorted(lower: Floats, upper: Floats, counts: Counts) -> Distribution:
    kept = counts > 0
    lower, upper, counts = lower[kept] + 0.0, upper[kept] + 0.0, counts[kept]
    order = np.lexsort((upper, lower))
    return Distribution(lower[order], upper[order], counts[order])
