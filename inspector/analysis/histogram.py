"""Histograms: bin edges on three scales, and counts in them from a distribution."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.analysis.distribution import Counts, Distribution, Floats

SCALES = ("linear", "log", "symlog")
_LARGE, _MOST_POWER = 300.0, 709.0
"""Powers of e: of a ratio that outweighs 1, of the largest float."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of elements in bins.

    `edges` are float64, one more than `counts`; a bin holds its lower edge and not its upper one,
    the last bin holds both, as numpy.histogram has it. `below` and `above` count the finite
    elements outside. `error` is how many elements any one count may be off by at most: 0 when
    `exact`.
    """

    edges: Floats
    counts: Counts
    exact: bool
    error: float
    below: int
    above: int


def histogram_of(distribution: Distribution, edges: Floats) -> Histogram:
    """Count the elements of a distribution between ascending `edges`."""
    under, doubt = distribution.below(edges)
    last, last_doubt = distribution.below(edges[-1:], inclusive=True)
    under[-1], doubt[-1] = last[0], last_doubt[0]
    total = distribution.total
    rounded = np.rint(under)
    counts = np.diff(rounded if total >= 1 << 62 else rounded.astype(np.int64))
    error = float((doubt[1:] + doubt[:-1]).max())
    return Histogram(
        edges, counts, error == 0, error, int(rounded[0]), max(0, total - int(rounded[-1]))
    )


def spaced_edges(
    low: float, high: float, bins: int, scale: str = "linear", threshold: float = 1.0
) -> Floats:
    """Return `bins + 1` edges from `low` to `high`, evenly spaced on the scale.

    "log" needs 0 < low; "symlog" is even in sign(x) log(1 + |x| / threshold). A range of no width
    is widened by half on both sides, as numpy does it. Raises `ValueError` for anything else.
    """
    if scale not in SCALES:
        raise ValueError(f"scale is one of {', '.join(SCALES)}, not {scale!r}")
    if bins < 1 or not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise ValueError(f"no {bins} bins between {low} and {high}")
    if scale == "log" and low <= 0:
        raise ValueError("a logarithmic scale begins above 0")
    if low == high:
        doubled = low / 2 or low, min(high * 2, sys.float_info.max)
        low, high = doubled if scale == "log" else (low - 0.5, high + 0.5)
        if low == high:  # half is less than the spacing of floats here
            low, high = math.nextafter(low, -math.inf), math.nextafter(high, math.inf)
    if scale == "linear":
        edges = _even(low, high, bins)
    elif scale == "log":
        edges = np.exp(_even(math.log(low), math.log(high), bins))
    else:
        first, last = symlog(np.array([low, high]), threshold)
        edges = from_symlog(_even(first, last, bins), threshold)
    edges[0], edges[-1] = low, high
    return np.asarray(np.maximum.accumulate(edges))


def symlog(values: Floats, threshold: float) -> Floats:
    """Return sign(x) log(1 + |x| / threshold) of any finite values."""
    size = np.abs(values)
    with np.errstate(over="ignore", divide="ignore"):
        ratio = size / threshold
        powers = np.where(np.isfinite(ratio), np.log1p(ratio), np.log(size) - math.log(threshold))
    return np.asarray(np.sign(values) * powers)


def from_symlog(places: Floats, threshold: float) -> Floats:
    """Return the values that `symlog` puts at these places, the largest floats at any beyond."""
    powers = np.abs(places)
    large = np.exp(np.minimum(powers + math.log(threshold), _MOST_POWER))
    with np.errstate(over="ignore"):
        near = threshold * np.expm1(np.minimum(powers, _LARGE))
    return np.asarray(np.sign(places) * np.where(powers < _LARGE, near, large))


def _even(low: float, high: float, bins: int) -> npt.NDArray[np.float64]:
    if math.isfinite(high - low):
        return np.linspace(low, high, bins + 1)
    return np.linspace(low / 2, high / 2, bins + 1) * 2
