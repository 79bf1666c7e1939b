"""How values lie along an axis: evenly, or compressed by their magnitude on both sides of zero."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


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
        placed: Floats = np.sign(values) * np.log1p(np.abs(values) / self.threshold) / math.log(10)
        return placed

    def value(self, places: Floats) -> Floats:
        """Return the values that lie at `places`."""
        found: Floats = np.sign(places) * self.threshold * np.expm1(np.abs(places) * math.log(10))
        return found
