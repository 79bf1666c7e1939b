"""What a window shows of one selected pair: histograms, A against B, windows of values.

Every function streams or reads a bounded part of the two tensors; none changes anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from inspector.analysis.compare import Comparison
from inspector.analysis.elements import logical_blocks, read_window, value_shape
from inspector.analysis.floats import Array
from inspector.analysis.histogram import Histogram, histogram_of, spaced_edges
from inspector.analysis.pair_stream import place_of, side_by_side
from inspector.analysis.picture import (
    Picture,
    Region,
    as_matrix,
    picture_of_boxes,
    picture_of_runs,
    plane_of,
)
from inspector.analysis.statistics import Statistics
from inspector.analysis.tally import Figures, SketchTally
from inspector.checkpoint.cancel import CancelToken, Progress, no_progress
from inspector.checkpoint.types import Tensor

Floats = npt.NDArray[np.float64]
_BLOCK = 1 << 17
_RUN = 64


@dataclass(frozen=True, slots=True)
class Joint:
    """How often each pair of values occurs: `counts[i, j]` for A in bin i and B in bin j."""

    edges_a: Floats
    edges_b: Floats
    counts: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ValueWindow:
    """A box of both tensors and the difference B - A, in double precision."""

    a: Array
    b: Array
    difference: Array


def overlaid_histograms(a: Statistics, b: Statistics, bins: int) -> tuple[Histogram, Histogram]:
    """Return the histograms of both over the same bins, which reach over all values of both."""
    known = [one for one in (a, b) if one.distribution.total]
    low = min((float(one.min) for one in known), default=0.0)
    high = max((float(one.max) for one in known), default=1.0)
    return a.histogram(bins, (low, high)), b.histogram(bins, (low, high))


def difference_figures(a: Tensor, b: Tensor, *, cancel: CancelToken | None = None) -> Figures:
    """Return extremes, sums and distribution of B - A over the finite elements, in one pass.

    Complex differences count by magnitude. Raises `CheckpointError` where elements cannot be read.
    """
    tally = SketchTally(np.dtype(np.float64))
    for first, difference in _differences(a, b, cancel):
        tally.add(difference, first)
    return tally.figures()


def difference_histogram(
    figures: Figures, bins: int, span: tuple[float, float] | None = None
) -> Histogram:
    """Return the histogram of B - A over `span`, or over all of it; reads nothing again."""
    low, high = span or (float(figures.min), float(figures.max))
    if not figures.distribution.total:
        low, high = span or (0.0, 1.0)
    return histogram_of(figures.distribution, spaced_edges(low, high, bins))


def joint_histogram(
    a: Tensor,
    b: Tensor,
    span_a: tuple[float, float],
    span_b: tuple[float, float],
    bins: int = 128,
    *,
    cancel: CancelToken | None = None,
) -> Joint:
    """Count A against B in `bins` by `bins` cells; values outside the spans are left out."""
    edges_a, edges_b = spaced_edges(*span_a, bins), spaced_edges(*span_b, bins)
    counts = np.zeros(bins * bins, np.int64)
    for _, values_a, values_b in value_blocks(a, b, cancel):
        place_a, place_b = _bins(values_a, edges_a), _bins(values_b, edges_b)
        inside = (place_a >= 0) & (place_b >= 0)
        cells = place_a[inside] * bins + place_b[inside]
        counts += np.bincount(cells, minlength=bins * bins)
    return Joint(edges_a, edges_b, counts.reshape(bins, bins))


def sampled_values(a: Tensor, b: Tensor, points: int = 4096) -> tuple[Floats, Floats]:
    """Return up to about `points` values of A and B at the same places, spread over the tensors."""
    shape = value_shape(a)
    count = int(np.prod(shape, dtype=object)) if shape else 1
    if count <= points:
        window = read_pair_window(a, b, (0,) * len(shape), shape)
        return _real(window.a).reshape(-1), _real(window.b).reshape(-1)
    run = min(_RUN, shape[-1])
    starts = [place_of(number * count // (points // run), shape) for number in range(points // run)]
    sizes = (1,) * (len(shape) - 1) + (run,)
    boxes = [(*start[:-1], min(start[-1], shape[-1] - run)) for start in starts]
    values_a = [_real(read_window(a, box, sizes)).reshape(-1) for box in boxes]
    values_b = [_real(read_window(b, box, sizes)).reshape(-1) for box in boxes]
    return np.concatenate(values_a), np.concatenate(values_b)


def read_pair_window(
    a: Tensor, b: Tensor, starts: Sequence[int], sizes: Sequence[int]
) -> ValueWindow:
    """Return a box of both tensors, for value cells and the heat map of the difference."""
    values_a = read_window(a, tuple(starts), tuple(sizes))
    values_b = read_window(b, tuple(starts), tuple(sizes))
    with np.errstate(all="ignore"):
        return ValueWindow(values_a, values_b, _double(values_b) - _double(values_a))


def difference_picture(
    a: Tensor,
    b: Tensor,
    cells: tuple[int, int],
    region: Region | None = None,
    *,
    cancel: CancelToken | None = None,
    progress: Progress = no_progress,
) -> Picture:
    """Return B - A as a picture of at most `cells` rows and columns, complex by magnitude.

    Of a region of the plane alone where both sides can be read that way (`can_zoom`).
    """
    plane = plane_of(a)
    sides = [side for side in (as_matrix(a, plane), as_matrix(b, plane)) if side is not None]
    if region is not None and len(sides) == 2:
        read = partial(_difference_window, sides[0], sides[1])
        return picture_of_boxes(plane, cells, region, read, cancel)
    runs = (difference for _, difference in _differences(a, b, cancel))
    return picture_of_runs(plane, cells, runs, progress)


def _difference_window(
    a: Tensor, b: Tensor, starts: tuple[int, ...], sizes: tuple[int, ...]
) -> Floats:
    values_a, values_b = (_double(read_window(one, starts, sizes)) for one in (a, b))
    with np.errstate(all="ignore"):
        return _real(values_b - values_a)


def change_through_depth(comparison: Comparison) -> list[tuple[str, float]]:
    """Return (key, relative L2 change) of the weights whose values were compared, in file order;
    of everything that was where no weight changed."""
    found = [
        (one.key, one.measures.rel_l2, one.rank[0])
        for one in comparison.tensors
        if one.measures is not None
    ]
    weights = any(change for _, change, is_weight in found if is_weight)
    return [(key, change) for key, change, is_weight in found if is_weight or not weights]


def value_blocks(
    a: Tensor, b: Tensor, cancel: CancelToken | None = None
) -> Iterator[tuple[int, Array, Array]]:
    """Yield (flat index, values of A, values of B) of two tensors of one shape, in order."""
    blocks_a = logical_blocks(a, block_elements=_BLOCK, cancel=cancel)
    return side_by_side(blocks_a, logical_blocks(b, block_elements=_BLOCK, cancel=cancel))


def _differences(a: Tensor, b: Tensor, cancel: CancelToken | None) -> Iterator[tuple[int, Floats]]:
    with np.errstate(all="ignore"):
        for first, values_a, values_b in value_blocks(a, b, cancel):
            yield first, _real(_double(values_b) - _double(values_a))


def _double(values: Array) -> Array:
    return values.astype(np.complex128 if values.dtype.kind == "c" else np.float64)


def _real(values: Array) -> Floats:
    """Return values as float64, complex ones by magnitude."""
    return np.abs(values.astype(np.complex128)) if values.dtype.kind == "c" else _double(values)


def _bins(values: Array, edges: Floats) -> npt.NDArray[np.int64]:
    """Return the bin of each value, -1 outside; the last bin holds its upper edge."""
    real = _real(values)
    place = np.searchsorted(edges, real, side="right") - 1
    place[real == edges[-1]] = len(edges) - 2
    place[~((real >= edges[0]) & (real <= edges[-1]))] = -1
    return place
