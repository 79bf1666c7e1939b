"""The distribution of a module: the small histograms of its tensors put into one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.analysis.scan_results import BARS, ScanResult
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.dtypes import DTYPES
from inspector.ui.tree_rows import Rows

_AT_ONCE = 2048
_CENTERS = (np.arange(BARS) + 0.5) / BARS


@dataclass(frozen=True, slots=True)
class MergedBars:
    """Counts of a module between its tensors' outermost bounds."""

    bars: npt.NDArray[Any]
    error: str = ""


def merged_bars(
    rows: Rows, results: Sequence[ScanResult], cancel: CancelToken
) -> dict[int, MergedBars]:
    """Return the merged bars of every group that holds numbers. Raises `Cancelled`.

    Each bar goes whole to where its middle falls; integer tensors (counters) are left out.
    """
    found = {
        rows.numbers[result.tensor]: result
        for result in results
        if DTYPES[result.tensor.dtype].kind in ("float", "quantized")
    }
    leaves = sorted(row for row, result in found.items() if np.isfinite(result.bounds).all())
    if not leaves:
        return {}
    bars = np.empty((len(leaves), BARS), np.int64)
    bounds = np.empty((len(leaves), 2))
    for start in range(0, len(leaves), _AT_ONCE):  # numpy lets no other thread run within a call
        cancel.check()
        some = [found[row] for row in leaves[start : start + _AT_ONCE]]
        bars[start : start + _AT_ONCE] = [result.bars for result in some]
        bounds[start : start + _AT_ONCE] = [result.bounds for result in some]
    merged = {}
    for group in range(len(rows)):
        if rows.is_group(group):
            cancel.check()
            first, last = bisect_left(leaves, group), bisect_left(leaves, rows.ends[group])
            if first < last:
                merged[group] = MergedBars(_merge(bars[first:last], bounds[first:last]))
    return merged


def _merge(bars: npt.NDArray[Any], bounds: npt.NDArray[Any]) -> npt.NDArray[Any]:
    low, high = bounds[:, 0].min(), bounds[:, 1].max()
    width = high - low
    if not width > 0 or not np.isfinite(width):
        return np.asarray(bars.sum(axis=0))
    merged = np.zeros(BARS)
    for start in range(0, len(bars), _AT_ONCE):
        lows, highs = np.hsplit(bounds[start : start + _AT_ONCE], 2)
        middles = lows + (highs - lows) * _CENTERS
        places = np.minimum(((middles - low) / width * BARS).astype(np.int64), BARS - 1)
        weights = bars[start : start + _AT_ONCE].astype(np.float64)
        merged += np.bincount(places.ravel(), weights=weights.ravel(), minlength=BARS)
    return merged
