"""What a scan of a whole file says of each tensor: figures, a small histogram, and flags.

Figures are kept in columns, many tensors at a time, so that 100,000 results cost megabytes and
fractions of a second; a `ScanResult` is one row of them, made when it is asked for.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from inspector.analysis.floats import dtype_of
from inspector.analysis.statistics import Statistics
from inspector.checkpoint.types import Tensor

FLAGS = (
    "nan",
    "inf",
    "zero",
    "constant",
    "sparse",
    "f16-overflow",
    "f16-underflow",
    "duplicate",
    "unreadable",
    "no-data",
)
"""Every flag there is, by its bit: at least one NaN or infinity; all elements zero, or all the
same; half of them zero or more; one too large for float16, or more than a hundredth of those that
are not zero too small for it; the same type, shape and elements as another tensor of the file; no
figures, because it cannot be read, or because the file describes it without data (meta tensors)."""

BARS = 32
"""Bars of the small histogram."""

TINY = 2.0**-25
"""Largest magnitude that float16 rounds to zero (half its smallest number, ties to even)."""

_TOO_LARGE = 65520.0  # the smallest magnitude that float16 rounds to infinity
_TOO_MANY_TINY = 0.01
_MOSTLY = 0.5
_REACH = 4.0

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(slots=True, eq=False)
class Columns:
    """Figures of many tensors, one row each. Extremes, sums, bars are of the finite elements.

    `bars` has `BARS` counts per row between the two `bounds`; elements outside are in the first
    and last one. `tiny` counts elements that are not zero, but would be in float16. `duplicates`
    are tensors with the same elements as those of a row; `error` is why there are no figures.
    """

    counts: Integers
    low: Floats
    high: Floats
    total: Floats
    deviations: Floats
    zeros: Integers
    tiny: Integers
    bars: npt.NDArray[Any]
    bounds: Floats
    nan: Integers | None = None
    posinf: Integers | None = None
    neginf: Integers | None = None
    error: str = ""
    flags: Integers = field(init=False)
    duplicates: dict[int, Tensor] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.flags = np.zeros(len(self.counts), np.int64)

    @property
    def finite(self) -> Integers:
        """Numbers of elements that are neither NaN nor infinite."""
        special = (self.nan, self.posinf, self.neginf)
        return self.counts - sum(column for column in special if column is not None)

    @property
    def std(self) -> Floats:
        """Standard deviations over n - 1 of the finite elements."""
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.sqrt(self.deviations / (self.finite - 1))
        return np.where(self.finite < 2, math.nan, np.where(self.low == self.high, 0.0, spread))

    def set_flags(self, dtype: str) -> None:
        """Work out the flags of all rows, which are of one type."""
        kind = dtype_of(dtype)
        if self.nan is not None and self.posinf is not None and self.neginf is not None:
            self.flags |= bit("nan") * (self.nan > 0) + bit("inf") * (self.posinf + self.neginf > 0)
        if kind.kind in ("int", "uint", "bool", "bits"):
            return
        all_zero = (self.zeros == self.counts) & (self.counts > 0)
        same = (self.low == self.high) & ~all_zero & (self.counts > 1) & (self.flags == 0)
        self.flags |= bit("zero") * all_zero + bit("constant") * same
        mostly = ~all_zero & (self.zeros >= _MOSTLY * self.counts) & (self.counts > 0)
        self.flags |= bit("sparse") * mostly
        if kind.kind == "float" and kind.bits > 8 and dtype != "float16":
            large = np.maximum(np.abs(self.low), np.abs(self.high)) >= _TOO_LARGE
            many = self.tiny > _TOO_MANY_TINY * (self.counts - self.zeros)
            self.flags |= bit("f16-overflow") * large + bit("f16-underflow") * many


@np.errstate(invalid="ignore")
def bounds_of(low: Floats, high: Floats, mean: Floats, std: Floats) -> Floats:
    """Return between which values the bars lie: four deviations around the mean, no further than
    the extremes, so that one outlier does not hide the shape."""
    reach = np.where(np.isfinite(std), _REACH * std, math.inf)
    # An infinite mean, of sums beyond float64, sets no bound: NaN gives way to the extremes.
    return np.stack((np.fmax(low, mean - reach), np.fmin(high, mean + reach)), axis=-1)


class ScanResult:
    """One tensor's row of a scan: all there is to say is in one `row` of `columns`."""

    __slots__ = ("columns", "row", "tensor")

    def __init__(self, tensor: Tensor, columns: Columns, row: int) -> None:
        self.tensor = tensor
        self.columns = columns
        self.row = row

    @property
    def error(self) -> str:
        """Why a tensor has no figures (they are 0 or NaN then)."""
        return self.columns.error

    @property
    def duplicate_of(self) -> Tensor | None:
        """Another tensor with the same elements, None where there is none."""
        return self.columns.duplicates.get(self.row)

    @property
    def count(self) -> int:
        """Number of elements."""
        return int(self.columns.counts[self.row])

    @property
    def min(self) -> float:
        """Smallest finite element, as the float64 next to it."""
        return float(self.columns.low[self.row])

    @property
    def max(self) -> float:
        """Largest finite element, as the float64 next to it."""
        return float(self.columns.high[self.row])

    @property
    def finite(self) -> int:
        """Number of elements that are neither NaN nor infinite."""
        return self.count - self.nan - self.posinf - self.neginf

    @property
    def mean(self) -> float:
        """Mean of the finite elements."""
        if self.min == self.max:
            return self.min
        return float(self.columns.total[self.row]) / self.finite if self.finite else math.nan

    @property
    def std(self) -> float:
        """Standard deviation over n - 1 of the finite elements."""
        if self.finite < 2:
            return math.nan
        if self.min == self.max:
            return 0.0
        return math.sqrt(float(self.columns.deviations[self.row]) / (self.finite - 1))

    @property
    def l2(self) -> float:
        """Euclidean norm of the finite elements."""
        deviations = float(self.columns.deviations[self.row])
        if not self.finite or not math.isfinite(deviations):
            return math.inf if self.finite else 0.0
        mean = float(self.columns.total[self.row]) / self.finite
        return math.sqrt(deviations + self.finite * mean * mean)

    @property
    def zeros(self) -> int:
        """Number of zeros."""
        return int(self.columns.zeros[self.row])

    @property
    def nan(self) -> int:
        """Number of NaNs."""
        return _entry(self.columns.nan, self.row)

    @property
    def posinf(self) -> int:
        """Number of positive infinities."""
        return _entry(self.columns.posinf, self.row)

    @property
    def neginf(self) -> int:
        """Number of negative infinities."""
        return _entry(self.columns.neginf, self.row)

    @property
    def bars(self) -> npt.NDArray[Any]:
        """`BARS` counts of a small histogram between `bounds`; the outer bars hold what lies
        beyond."""
        return np.asarray(self.columns.bars[self.row])

    @property
    def bounds(self) -> tuple[float, float]:
        """Between which values the bars lie."""
        low, high = self.columns.bounds[self.row]
        return float(low), float(high)

    @property
    def flags(self) -> frozenset[str]:
        """What is worth looking at, out of `FLAGS`."""
        return _names(int(self.columns.flags[self.row]))

    def quantile(self, q: float) -> float:
        """Return roughly the value below which a share `q` of the elements lies: to within the
        width of a bar, and inside the bounds. NaN of no finite elements."""
        bars, bounds = self.bars[np.newaxis], self.columns.bounds[self.row : self.row + 1]
        return float(quantiles(bars, bounds, (q,))[0, 0])

    def mark_duplicate(self, other: Tensor) -> None:
        """Note that `other` holds the same elements."""
        self.columns.duplicates[self.row] = other
        self.columns.flags[self.row] |= bit("duplicate")


class Results(Sequence[ScanResult]):
    """Results of many tensors, each made anew whenever it is asked for.

    `places` are their rows, counted through all `batches` one after the other.
    """

    def __init__(
        self, tensors: Sequence[Tensor], batches: Sequence[Columns], places: Integers
    ) -> None:
        self._tensors, self._batches, self._places = tensors, batches, places
        lengths = [len(columns.counts) for columns in batches]
        self._starts = np.cumsum(lengths, dtype=np.int64) - lengths

    def __len__(self) -> int:
        return len(self._tensors)

    def __iter__(self) -> Iterator[ScanResult]:
        batches, rows = self._rows(self._places)
        columns = map(self._batches.__getitem__, batches.tolist())
        return map(ScanResult, self._tensors, columns, rows.tolist())

    @overload
    def __getitem__(self, number: int) -> ScanResult: ...
    @overload
    def __getitem__(self, number: slice) -> Results: ...
    def __getitem__(self, number: int | slice) -> ScanResult | Results:
        if isinstance(number, slice):
            return Results(self._tensors[number], self._batches, self._places[number])
        batch, row = self._rows(self._places[number])
        return ScanResult(self._tensors[number], self._batches[int(batch)], int(row))

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return one of the `Columns`, an entry per result."""
        parts = [getattr(columns, name) for columns in self._batches]
        return np.asarray(np.concatenate(parts)[self._places]) if parts else np.empty(0)

    def _rows(self, places: Any) -> tuple[Any, Any]:
        """Return the batches that hold some places, and which rows of these they are."""
        batches = np.searchsorted(self._starts, places, side="right") - 1
        return batches, places - self._starts[batches]


def column(results: Sequence[ScanResult], name: str) -> npt.NDArray[Any]:
    """Return one of the `Columns` of many results, an entry each: asking 100,000 results one by
    one takes a hundred times as long."""
    if isinstance(results, Results):
        return results.column(name)
    together: dict[Columns, tuple[list[int], list[int]]] = {}
    for place, result in enumerate(results):
        found = together.get(result.columns)
        if found is None:
            found = together[result.columns] = [], []
        found[0].append(place)
        found[1].append(result.row)
    if not together:
        return np.empty(0)
    parts = [getattr(columns, name)[rows] for columns, (_, rows) in together.items()]
    joined = np.concatenate(parts)
    ordered = np.empty_like(joined)
    ordered[np.concatenate([places for places, _ in together.values()])] = joined
    return ordered


def count_flags(results: Sequence[ScanResult]) -> Counter[str]:
    """Return how many tensors have each flag that any has."""
    found, counts = np.unique(column(results, "flags").astype(np.int64), return_counts=True)
    total: Counter[str] = Counter()
    for bits, count in zip(found.tolist(), counts.tolist(), strict=True):
        total.update(dict.fromkeys(_names(bits), count))
    return total


def quantiles(bars: npt.NDArray[Any], bounds: Floats, shares: Sequence[float]) -> Floats:
    """Return the quantiles of many small histograms, a row each: see `ScanResult.quantile`."""
    below = np.cumsum(bars, axis=1)
    total = below[:, -1]
    low, high = bounds[:, 0], bounds[:, 1]
    found = np.empty((len(bars), len(shares)))
    every = np.arange(len(bars))
    for place, share in enumerate(shares):
        wanted = share * total
        bar = np.minimum(np.count_nonzero(below < wanted[:, np.newaxis], axis=1), BARS - 1)
        held = bars[every, bar].astype(np.float64)
        within = np.where(held > 0, (wanted - (below[every, bar] - held)) / np.maximum(held, 1), 0)
        found[:, place] = low + (high - low) * (bar + within) / BARS
    found[total == 0] = math.nan
    return found


def result_of(tensor: Tensor, statistics: Statistics) -> ScanResult:
    """Return the row of a tensor that got a pass of its own."""
    finite = statistics.finite > 0
    low, high, mean, std = (
        np.array([float(value)])
        for value in (statistics.min, statistics.max, statistics.mean, statistics.std)
    )
    bounds = bounds_of(low, high, mean, std)
    bars = np.zeros(BARS)
    if finite:
        histogram = statistics.histogram(BARS, (float(bounds[0, 0]), float(bounds[0, 1])))
        bars = histogram.counts.astype(np.float64)
        bars[0] += histogram.below
        bars[-1] += histogram.above
    under, _ = statistics.distribution.below(np.array([TINY]), inclusive=True)
    over, _ = statistics.distribution.below(np.array([-TINY]))
    tiny = round(float(under[0] - over[0])) - statistics.zeros if finite else 0
    columns = Columns(
        _column(statistics.count), low, high, np.array([float(statistics.moments.total)]),
        np.array([statistics.moments.deviations]), _column(statistics.zeros), _column(tiny),
        bars[np.newaxis], bounds, _column(statistics.nan), _column(statistics.posinf),
        _column(statistics.neginf),
    )  # fmt: skip
    columns.set_flags(tensor.dtype)
    if tensor.layout.startswith("sparse"):
        # Only stored values were counted; beside them the tensor is zero, as it is meant to be.
        columns.flags &= ~(bit("constant") | bit("sparse"))
    return ScanResult(tensor, columns, 0)


def without_figures(tensor: Tensor, error: str) -> ScanResult:
    """Return the row of a tensor that could not be read, or of which there is nothing to read."""
    nothing, none = np.array([math.nan]), _column(0)
    columns = Columns(
        none, nothing, nothing, nothing, nothing, none, none, np.zeros((1, BARS)),
        np.array([[math.nan, math.nan]]), error=error,
    )  # fmt: skip
    columns.flags |= bit("no-data" if tensor.lacks_data else "unreadable")
    return ScanResult(tensor, columns, 0)


def bit(flag: str) -> int:
    """Return the bit that stands for a flag in `Columns.flags`."""
    return 1 << FLAGS.index(flag)


@functools.cache
def _names(bits: int) -> frozenset[str]:
    return frozenset(flag for flag in FLAGS if bits & bit(flag))


def _column(value: int) -> Any:
    # An expanded view can have more elements than an int64 counts.
    return np.array([value], np.int64 if abs(value) < 1 << 63 else np.float64)


def _entry(column: Integers | None, row: int) -> int:
    return 0 if column is None else int(column[row])
