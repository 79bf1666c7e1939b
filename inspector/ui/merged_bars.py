"""The distribution of a module: the small histograms of its tensors put into one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.analysis.scan_results import BARS, ScanResult, column
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.dtypes import DTYPES
from inspector.ui.tree_rows import Rows

_AT_ONCE = 2048
_WEIGHED = frozenset({"float", "quantized"})
_MOST = 0.995
_CENTERS = (np.arange(BARS) + 0.5) / BARS


@dataclass(frozen=True, slots=True)
class MergedBars:
    """Counts of a module between the bounds of the tensors that hold nearly all its elements; its
    outer bars hold what lies outside."""

    bars: npt.NDArray[Any]
    error: str = ""


def merged_bars(
    rows: Rows, results: Sequence[ScanResult], cancel: CancelToken
) -> dict[int, MergedBars]:
    """Return the merged bars of every group that holds numbers. Raises `Cancelled`.

    Each bar goes whole to where its middle falls; integer tensors (counters) are left out.
    """
    if not results:
        return {}
    numbers = np.fromiter(
        (rows.numbers[result.tensor] for result in cancel.each(results)), np.int64, len(results)
    )
    cancel.check()
    bars, bounds = column(results, "bars"), column(results, "bounds")
    wanted = np.fromiter(
        (DTYPES[result.tensor.dtype].kind in _WEIGHED for result in cancel.each(results)),
        bool,
        len(results),
    )
    cancel.check()
    wanted &= np.isfinite(bounds).all(axis=-1)
    order = np.flatnonzero(wanted)[np.argsort(numbers[wanted])]
    leaves, bars, bounds = numbers[order].tolist(), bars[order], bounds[order]
    merged = {}
    for group in range(len(rows)):
        if rows.is_group(group):
            cancel.check()
            first, last = bisect_left(leaves, group), bisect_left(leaves, rows.ends[group])
            if first < last:
                merged[group] = MergedBars(_merge(bars[first:last], bounds[first:last]))
    return merged


def _merge(bars: npt.NDArray[Any], bounds: npt.NDArray[Any]) -> npt.NDArray[Any]:
    elements = bars.sum(axis=1, dtype=np.float64)
    low, high = -_reached(-bounds[:, 0], elements), _reached(bounds[:, 1], elements)
    width = high - low
    if not width > 0 or not np.isfinite(width):
        return np.asarray(bars.sum(axis=0))
    merged = np.zeros(BARS)
    for start in range(0, len(bars), _AT_ONCE):
        lows, highs = np.hsplit(bounds[start : start + _AT_ONCE], 2)
        middles = lows + (highs - lows) * _CENTERS
        places = np.clip((middles - low) / width * BARS, 0, BARS - 1).astype(np.int64)
        weights = bars[start : start + _AT_ONCE].astype(np.float64)
        merged += np.bincount(places.ravel(), weights=weights.ravel(), minlength=BARS)
    return merged


def _reached(ends: npt.NDArray[Any], elements: npt.NDArray[Any]) -> float:
    """Return the largest end, but for tensors of so few elements that the others matter more: the
    steps of an optimizer would press its moments into one bar."""
    order = np.argsort(ends)
    below = np.cumsum(elements[order])
    return float(ends[order[np.searchsorted(below, below[-1] * _MOST)]])
