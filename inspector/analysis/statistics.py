"""Exact statistics of one tensor in one pass over its bytes, and of several tensors together.

Types of up to 16 bits, and tensors of up to 65,536 elements, are known value by value: every
figure, quantile and histogram of them is exact. For larger float32, float64 and wide integer
tensors the counts, extremes and sums are exact, while quantiles and histograms come from a sketch
with a stated bound (`inspector.analysis.distribution`), in which a value that very many elements
have is counted for itself (`inspector.analysis.spikes`).

NaN and infinities are counted over all elements. Where there are any, `min`, `max`, `mean`, `std`,
`l2`, quantiles and histograms are those of the finite elements, as torch gives them for
`x[x.isfinite()]`: one NaN must not hide what the other elements are.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from inspector.analysis import distribution, moments
from inspector.analysis.distribution import Distribution
from inspector.analysis.floats import dtype_of
from inspector.analysis.histogram import Histogram, histogram_of, spaced_edges
from inspector.analysis.moments import Moments
from inspector.analysis.passes import Pass, as_integers, count_all, plan
from inspector.analysis.sparse import stored_values
from inspector.analysis.spikes import resolved
from inspector.analysis.tally import Figures, HistogramTally, OffsetTally
from inspector.checkpoint.cancel import CancelToken, Progress, no_progress
from inspector.checkpoint.types import Tensor

_SAMPLE_BLOCKS = 64
_SAMPLE_ELEMENTS = 1 << 14
# Elements that lie far apart are read one by one; a sample of so many takes milliseconds.
_SCATTERED_ELEMENTS = 1 << 6
_SCATTERED = 512
_FEW_INTEGERS = 1 << 16
_LARGEST_WHOLE = 1 << 53


@dataclass(frozen=True, eq=False)
class Statistics:
    """What a tensor's values are like.

    `count` elements were looked at: all of them, or a part when `sampled`. `std` is the unbiased
    one (n - 1), NaN of fewer than two elements; `min`, `max` and `mean` are NaN of none. Integers
    and bools have int extremes. `distinct` is the number of different values (NaN as one), None
    where it is not known. `density` is the stored share of a sparse tensor, whose figures are of
    its stored values. `components` holds "real", "imaginary" and "magnitude" of complex tensors
    (which are the magnitude's themselves), "values" and "raw" of quantized ones. `note` says what
    the figures leave out.
    """

    count: int
    min: float | int
    max: float | int
    zeros: int
    nan: int
    posinf: int
    neginf: int
    moments: Moments
    distribution: Distribution
    dtype: str = ""
    sampled: bool = False
    density: float | None = None
    note: str = ""
    components: Mapping[str, Statistics] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        """Arithmetic mean."""
        return float(self.min) if self._constant else self.moments.mean

    @property
    def std(self) -> float:
        """Standard deviation over n - 1."""
        return 0.0 if self._constant and self.finite > 1 else self.moments.std

    @property
    def _constant(self) -> bool:
        return self.min == self.max

    @property
    def l2(self) -> float:
        """Euclidean norm, 0 of no elements."""
        return self.moments.l2

    @property
    def finite(self) -> int:
        """Number of elements that are neither NaN nor infinite."""
        return self.count - self.nan - self.posinf - self.neginf

    @property
    def exact(self) -> bool:
        """Whether quantiles and histograms are exact too, not only counts, extremes and sums."""
        return not self.sampled and not self.note and self.distribution.exact

    @property
    def distinct(self) -> int | None:
        """Number of different values, None where only a sketch or a sample is known, and of
        integers so large that float64 has one number for several."""
        whole = [abs(end) for end in (self.min, self.max) if isinstance(end, int)]
        if not self.exact or max(whole, default=0) > _LARGEST_WHOLE:
            return None
        special = (self.nan > 0) + (self.posinf > 0) + (self.neginf > 0)
        return len(self.distribution.counts) + special

    def quantile(self, q: float) -> float:
        """Return the value below which a share `q` (0 to 1) of the finite elements lies.

        Linear between neighbours, as numpy.quantile and torch.quantile. NaN of no elements. Unless
        `exact`, off by at most `quantile_error(q)`.
        """
        return self._quantile(q)[0]

    def quantile_error(self, q: float) -> float:
        """Return how far `quantile(q)` may be off: 0, or at most 2**-7 of the value."""
        return self._quantile(q)[1]

    def _quantile(self, q: float) -> tuple[float, float]:
        if not 0 <= q <= 1:
            raise ValueError(f"a quantile is between 0 and 1, not {q}")
        total = self.distribution.total
        return self.distribution.at(q * (total - 1)) if total else (math.nan, 0.0)

    def histogram(
        self,
        bins: int = 512,
        range: tuple[float, float] | None = None,
        scale: str = "linear",
        threshold: float | None = None,
    ) -> Histogram:
        """Return counts in `bins` bins over `range` (None: from the smallest to the largest).

        `scale` is "linear", "log" (positive values only) or "symlog": even in
        sign(x) log(1 + |x| / threshold), `threshold` being a tenth of the larger quartile's
        magnitude unless given. Without elements all counts are 0, over 0 to 1. Equal to
        numpy.histogram of the float64 values when `exact`; see `Histogram.error` otherwise. Takes
        milliseconds: nothing is read again.
        """
        low, high = range or self._natural_range(scale)
        if scale == "symlog" and threshold is None:
            threshold = self._threshold()
        edges = spaced_edges(float(low), float(high), bins, scale, threshold or 1.0)
        return histogram_of(self.distribution, edges)

    def _natural_range(self, scale: str) -> tuple[float, float]:
        if not self.distribution.total:
            return (0.5, 1.0) if scale == "log" else (0.0, 1.0)
        if scale != "log":
            return float(self.min), float(self.max)
        positive = self.distribution.upper > 0
        if not positive.any():
            return 0.5, 1.0
        first = int(np.argmax(positive))
        low = float(self.distribution.lower[first]) or float(self.distribution.upper[first]) / 2
        return low, float(self.max)

    def _threshold(self) -> float:
        quartiles = max(abs(self.quantile(0.25)), abs(self.quantile(0.75)))
        if not self.distribution.total:
            return 1.0
        return quartiles / 10 or max(abs(self.min), abs(self.max)) / 1e6 or 1.0


def summarize(
    tensor: Tensor, *, cancel: CancelToken | None = None, progress: Progress = no_progress
) -> Statistics:
    """Return the statistics of every element of a tensor.

    Sparse and nested tensors: of their stored values. Memory stays at some 40 MiB at any size;
    large tensors are read by two threads. Raises `CheckpointError` when the elements cannot be
    read, `Cancelled` within milliseconds of `cancel`.
    """
    if tensor.stride is None:
        return _of_stored(
            tensor, summarize(stored_values(tensor), cancel=cancel, progress=progress)
        )
    reading = plan(tensor)
    figures = count_all(reading, reading.tally, cancel, progress).figures()
    if _few_integers(reading, figures):
        low = int(figures.min)
        exact = count_all(reading, lambda: OffsetTally(low), cancel, progress).figures()
        figures = dataclasses.replace(figures, distribution=exact.distribution)
    elif isinstance(figures.min, float) and not figures.distribution.exact:
        known = resolved(reading, figures.distribution, cancel)
        figures = dataclasses.replace(figures, distribution=known)
    statistics = of_figures(figures, tensor.dtype, reading.repeats, reading.note)
    if tensor.quantization is None:
        return statistics
    raw = summarize(as_integers(tensor), cancel=cancel, progress=progress)
    return dataclasses.replace(statistics, components={"values": statistics, "raw": raw})


def sample(tensor: Tensor) -> Statistics:
    """Return the statistics of 64 stretches of 16,384 elements spread evenly over the tensor.

    The same figures in milliseconds at any size, `sampled` unless that was all of it.
    """
    if tensor.stride is None:
        return _of_stored(tensor, sample(stored_values(tensor)))
    reading = plan(tensor)
    scattered = min(reading.view.strides, default=1) > _SCATTERED
    boxes = reading.boxes(_SCATTERED_ELEMENTS if scattered else _SAMPLE_ELEMENTS)
    if boxes.count <= _SAMPLE_BLOCKS:
        return summarize(tensor)
    step = (boxes.count - 1) / (_SAMPLE_BLOCKS - 1)
    tally = reading.tally()
    for place, block in reading.blocks(
        boxes, [round(step * number) for number in range(_SAMPLE_BLOCKS)], None
    ):
        tally.add(block, place)
    found = of_figures(tally.figures(), tensor.dtype, note=reading.note)
    found = dataclasses.replace(found, sampled=True)
    if tensor.quantization is None:
        return found
    return dataclasses.replace(
        found, components={"values": found, "raw": sample(as_integers(tensor))}
    )


def refine(
    tensor: Tensor,
    range: tuple[float, float],
    bins: int = 512,
    cancel: CancelToken | None = None,
    *,
    scale: str = "linear",
    threshold: float = 1.0,
    progress: Progress = no_progress,
) -> Histogram:
    """Count the elements in bins over `range` exactly, by one more pass over the tensor.

    What `Statistics.histogram` gives for exact ones, for a zoom so deep that a sketch's intervals
    show. Complex tensors are counted by magnitude. The bins are those of `Statistics.histogram`.
    """
    if tensor.stride is None:
        tensor = stored_values(tensor)
    edges = spaced_edges(float(range[0]), float(range[1]), bins, scale, threshold)
    reading = plan(tensor)
    if reading.counts_patterns:
        statistics = summarize(tensor, cancel=cancel, progress=progress)
        return histogram_of(statistics.distribution, edges)
    tally = count_all(reading, lambda: HistogramTally(edges), cancel, progress)
    return tally.histogram(reading.repeats)


def merge(statistics: Sequence[Statistics]) -> Statistics:
    """Return the statistics of all elements of several tensors together, of any types.

    Exact in all figures; quantiles and histograms are exact when those of all parts are and they
    have at most 131,072 different values together.
    """
    finite = [part for part in statistics if part.finite]
    low = min((part.min for part in finite), default=math.nan)
    high = max((part.max for part in finite), default=math.nan)
    together = distribution.merged([part.distribution for part in finite])
    dtypes = {part.dtype for part in statistics}
    return Statistics(
        sum(part.count for part in statistics),
        low,
        high,
        sum(part.zeros for part in statistics),
        sum(part.nan for part in statistics),
        sum(part.posinf for part in statistics),
        sum(part.neginf for part in statistics),
        moments.merged(part.moments for part in statistics),
        together.clipped(float(low), float(high)) if finite else together,
        dtypes.pop() if len(dtypes) == 1 else "",
        any(part.sampled for part in statistics),
        note="; ".join(sorted({part.note for part in statistics if part.note})),
    )


def _few_integers(reading: Pass, figures: Figures) -> bool:
    """Whether a wide integer tensor has so few values that they can all be counted."""
    kind = dtype_of(reading.tensor.dtype).kind
    whole = kind in ("int", "uint") and isinstance(figures.min, int)
    return whole and not figures.distribution.exact and figures.max - figures.min < _FEW_INTEGERS


def of_figures(figures: Figures, dtype: str, times: int = 1, note: str = "") -> Statistics:
    """Return the statistics that a tally's figures stand for, each element coming `times` times."""
    return Statistics(
        figures.count * times,
        figures.min,
        figures.max,
        figures.zeros * times,
        figures.nan * times,
        figures.posinf * times,
        figures.neginf * times,
        figures.moments.repeated(times),
        figures.distribution.repeated(times),
        dtype,
        note=note,
        components={
            name: of_figures(part, dtype, times, note) for name, part in figures.parts.items()
        },
    )


def _of_stored(tensor: Tensor, found: Statistics) -> Statistics:
    if tensor.part("values") is None:
        return found
    return dataclasses.replace(
        found, density=found.count / tensor.numel if tensor.numel else math.nan
    )
