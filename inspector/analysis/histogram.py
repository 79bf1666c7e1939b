"""Histograms: bin edges on three scales, and counts in them from a distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.analysis.distribution import Counts, Distribution, Floats

SCALES = ("linear", "log", "symlog")


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
        low, high = (low / 2, high * 2) if scale == "log" else (low - 0.5, high + 0.5)
        if low == high:  # half is less than the spacing of floats here
            low, high = math.nextafter(low, -math.inf), math.nextafter(high, math.inf)
    if scale == "linear":
        edges = _even(low, high, bins)
    elif scale == "log":
        edges = np.exp(_even(math.log(low), math.log(high), bins))
    else:
        places = _even(_symlog(low, threshold), _symlog(high, threshold), bins)
        edges = np.sign(places) * threshold * np.expm1(np.abs(places))
    edges[0], edges[-1] = low, high
    return np.asarray(np.maximum.accumulate(edges))


def _symlog(value: float, threshold: float) -> float:
    return math.copysign(math.log1p(abs(value) / threshold), value)


def _even(low: float, high: float, bins: int) -> npt.NDArray[np.float64]:
    if math.isfinite(high - low):
        return np.linspace(low, high, bins + 1)
    return np.linspace(low / 2, high / 2, bins + 1) * 2
