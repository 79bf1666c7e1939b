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
    if not results:
        return {}
    numbers = np.fromiter(
        (rows.numbers[result.tensor] for result in results), np.int64, len(results)
    )
    cancel.check()
    bars, bounds = column(results, "bars"), column(results, "bounds")
    wanted = np.fromiter(
        (DTYPES[result.tensor.dtype].kind in _WEIGHED for result in results), bool, len(results)
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
