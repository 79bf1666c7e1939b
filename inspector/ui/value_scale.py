"""How values lie along an axis: evenly, or compressed by their magnitude on both sides of zero."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from inspector.analysis.histogram import from_symlog, symlog

Floats = npt.NDArray[np.float64]
REACH = 2e307
"""The largest magnitude that is plotted: twice a span of such values is still finite."""


def within_reach(low: float, high: float) -> tuple[float, float]:
    """Return the span from low to high as a plot can show it: finite, twice its width, too.

    Nothing that was trained has larger values; a file may hold them all the same.
    """
    return min(max(low, -REACH), REACH), max(min(high, REACH), -REACH)


def with_width(low: float, high: float) -> tuple[float, float]:
    """Return the span from low to high; around a single value (or NaN) one of some width."""
    if high > low:
        return low, high
    reach = max(abs(low) * 0.5, 0.5)
    return low - reach, low + reach


class ValueScale(Protocol):
    """A strictly rising map from values to places on the axis, and back."""

    def place(self, values: Floats) -> Floats:
        """Return where `values` lie on the axis."""

    def value(self, places: Floats) -> Floats:
        """Return the values that lie at `places`."""


@dataclass(frozen=True, slots=True)
class LinearScale:
    """The axis shows the values themselves."""

    def place(self, values: Floats) -> Floats:
        """Return `values`."""
        return values

    def value(self, places: Floats) -> Floats:
        """Return `places`."""
        return places


@dataclass(frozen=True, slots=True)
class SymlogScale:
    """sign(x) log10(1 + |x| / threshold): about linear below the threshold, decades above it."""

    threshold: float

    def place(self, values: Floats) -> Floats:
        """Return where `values` lie: 0 at 0, about 1 per decade far out."""
        return symlog(values, self.threshold) / math.log(10)

    def value(self, places: Floats) -> Floats:
        """Return the values that lie at `places`."""
        return from_symlog(places * math.log(10), self.threshold)
