"""Which bins a histogram shows: a choice that depends on the values and on what is in sight.

No widget and no file: the counts come from statistics already in memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.analysis.histogram import Histogram
from inspector.analysis.statistics import Statistics
from inspector.ui.value_scale import LinearScale, SymlogScale, ValueScale, with_width

Numbers = npt.NDArray[np.float64]
BIN_CHOICES = (64, 128, 256, 512, 1024, 2048)
FEW_VALUES = 96
"""Up to this many whole numbers in sight are drawn as separate bars, one per value."""


@dataclass(frozen=True, slots=True)
class Bars:
    """What is drawn: value edges, counts, and whether each bar is one whole number.

    A count may be off by `error` at most. `outside` counts the finite values out of sight.
    """

    edges: Numbers
    counts: Numbers
    single: bool = False
    error: float = 0.0
    outside: int = 0

    @property
    def doubt(self) -> float:
        """The error as a part of the tallest bar."""
        return self.error / max(float(self.counts.max(initial=0.0)), 1.0)


def automatic_bins(count: float) -> int:
    """Return how many bins suit `count` values: few values in many bins is a comb."""
    if count < 2000:
        return 64
    return 128 if count < 20_000 else 256


def bars_in_view(
    statistics: Statistics,
    in_view: tuple[float, float],
    bins: int,
    scale: ValueScale,
    whole_numbers: bool,
) -> Bars:
    """Return the bars for the part of the values that lies `in_view`.

    At least `bins` and fewer than twice as many cross the view. Bins keep their edges while the
    view is moved, so bars do not flicker; zooming in halves their width step by step.
    """
    low = max(in_view[0], float(statistics.min))
    high = min(in_view[1], float(statistics.max))
    if statistics.min == statistics.max:
        return _constant(statistics)
    if low > high:
        return Bars(np.array(in_view), np.zeros(1), outside=statistics.finite)
    if whole_numbers:
        return _whole_numbers(statistics, low, high, bins)
    if isinstance(scale, LinearScale):
        return _even(statistics, low, high, bins)
    threshold = scale.threshold if isinstance(scale, SymlogScale) else None
    return bars_of(statistics.histogram(bins, (low, high), "symlog", threshold))


def bars_of(found: Histogram, single: bool = False) -> Bars:
    """Return a histogram as bars."""
    counts = np.asarray(found.counts, dtype=np.float64)
    return Bars(found.edges, counts, single, found.error, found.below + found.above)


def natural_range(statistics: Statistics, whole_numbers: bool) -> tuple[float, float]:
    """Return the values that a view of everything spans."""
    low, high = float(statistics.min), float(statistics.max)
    return (low - 0.5, high + 0.5) if whole_numbers and low < high else with_width(low, high)


def _constant(statistics: Statistics) -> Bars:
    low, high = natural_range(statistics, whole_numbers=False)
    half = (high - low) / 50
    value = statistics.min
    return Bars(
        np.array([value - half, value + half]), np.array([float(statistics.finite)]), single=True
    )


def _even(statistics: Statistics, low: float, high: float, bins: int) -> Bars:
    span = statistics.max - statistics.min
    if not math.isfinite(span) or high - low <= span * 1e-12:
        return bars_of(statistics.histogram(bins, (low, high)))
    halvings = max(0, math.ceil(math.log2(span / (high - low)) - 1e-9))
    width = span / bins / 2**halvings
    first = math.floor((low - statistics.min) / width)
    last = max(first + 1, math.ceil((high - statistics.min) / width - 1e-9))
    # The outermost edges are the extremes themselves, not sums that round past them.
    start = statistics.min + first * width
    stop = min(statistics.min + last * width, statistics.max)
    return bars_of(statistics.histogram(last - first, (start, stop)))


def _whole_numbers(statistics: Statistics, low: float, high: float, bins: int) -> Bars:
    first, last = math.floor(low), math.ceil(high)
    each = max(1, math.ceil((last - first + 1) / bins))
    count = math.ceil((last - first + 1) / each)
    edges = first - 0.5, first - 0.5 + count * each
    return bars_of(statistics.histogram(count, edges), each == 1 and count <= FEW_VALUES)
