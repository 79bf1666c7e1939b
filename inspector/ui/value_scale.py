"""How values lie along an axis: evenly, or compressed by their magnitude on both sides of zero."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
REACH = 2e307
"""The largest magnitude that is plotted: twice a span of such values is still finite."""
_LARGE, _MOST_POWER = 300.0, 709.0
"""Powers of e: of a ratio that outweighs 1, of the largest float."""


def within_reach(low: float, high: float) -> tuple[float, float]:
    """Return the span from low to high as a plot can show it: finite, twice its width, too.

    Nothing that was trained has larger values; a file may hold them all the same.
    """
    return min(max(low, -REACH), REACH), max(min(high, REACH), -REACH)


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
        size = np.abs(values)
        with np.errstate(over="ignore", divide="ignore"):
            ratio = size / self.threshold
            powers = np.where(
                np.isfinite(ratio), np.log1p(ratio), np.log(size) - math.log(self.threshold)
            )
        placed: Floats = np.sign(values) * powers / math.log(10)
        return placed

    def value(self, places: Floats) -> Floats:
        """Return the values that lie at `places`."""
        powers = np.abs(places) * math.log(10)
        large = np.exp(np.minimum(powers + math.log(self.threshold), _MOST_POWER))
        with np.errstate(over="ignore"):
            near = self.threshold * np.expm1(np.minimum(powers, _LARGE))
        found: Floats = np.sign(places) * np.where(powers < _LARGE, near, large)
        return found
