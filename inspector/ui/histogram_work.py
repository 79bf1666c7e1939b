"""What the histogram panel asks the worker for: one tensor, or all tensors below a module."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic, perf_counter

import numpy as np

from inspector.analysis.elements import value_shape
from inspector.analysis.histogram import Histogram
from inspector.analysis.scan import scan_tensors
from inspector.analysis.statistics import Statistics, merge, refine, sample, summarize
from inspector.analysis.together import small_ones, summarize_together
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.types import Tensor
from inspector.ui.histogram_bins import Bars
from inspector.ui.histogram_content import Shown, holds_whole_numbers, shown_of
from inspector.ui.module_table import ModuleRow
from inspector.ui.value_scale import SymlogScale, ValueScale

SAMPLE_FROM = 1 << 21
"""Elements from which on a sample is shown before the exact pass; below, that takes a blink."""
_PARTIAL_EVERY = 0.4
_MERGED_AT_ONCE = 64
"""Tensors merged in one go: merging one by one would sort the whole again each time."""
_MANY = 64
"""Small tensors from which on they are read together; fewer are a blink each by itself."""


@dataclass(frozen=True, slots=True)
class ModuleShown:
    """The merged result of a module, and a row per tensor."""

    shown: Shown | None
    rows: tuple[ModuleRow, ...]


@dataclass(frozen=True, slots=True)
class TensorShown:
    """The result of one tensor: by the name of its part, or under "" where it has no parts."""

    parts: dict[str, Shown]


def look_at_tensor(
    tensor: Tensor,
    show_sample: Callable[[TensorShown], None],
    cancel: CancelToken,
    progress: Progress,
) -> TensorShown:
    """Return the exact result; hand a sampled one to `show_sample` first where that is quicker."""
    start = perf_counter()
    if tensor.numel >= SAMPLE_FROM:
        found = sample(tensor)
        if found.sampled:
            show_sample(_shown(tensor, found, perf_counter() - start))
        start = perf_counter()
    statistics = summarize(tensor, cancel=cancel, progress=progress)
    return _shown(tensor, statistics, perf_counter() - start)


def _shown(tensor: Tensor, statistics: Statistics, duration: float) -> TensorShown:
    return TensorShown(
        {
            part: shown_of(
                found,
                total=_values(tensor),
                whole_numbers=holds_whole_numbers(tensor, raw=part == "raw"),
                truth_values=tensor.dtype == "bool",
                duration=duration,
            )
            for part, found in (statistics.components or {"": statistics}).items()
        }
    )


def _values(tensor: Tensor) -> int:
    """Return how many values a sample of `tensor` stands for: of a sparse one, those stored."""
    stored = tensor.part("values") or tensor.part("buffer")
    return stored.numel if tensor.stride is None and stored else math.prod(value_shape(tensor))


def look_at_module(
    tensors: Sequence[Tensor],
    show_partial: Callable[[ModuleShown], None],
    cancel: CancelToken,
    progress: Progress,
) -> ModuleShown:
    """Return the merged result of `tensors`; partial ones go to `show_partial` on the way.

    Whole numbers (step counters, indexes) are left out of the plot where there are weights, and
    elements that several tensors share count once. What cannot be read is a row that says why.
    """
    look = _ModuleLook(tensors, cancel, progress)
    small = small_ones(tensors)
    if len(small) >= _MANY:
        look.at_many(small)
        show_partial(look.shown())
    shown_at = monotonic()
    for number in range(len(tensors)):
        late = monotonic() - shown_at > _PARTIAL_EVERY
        look.at_one(number, merge_now=late)
        if late:
            show_partial(look.shown())
            shown_at = monotonic()
    return look.shown()


class _ModuleLook:
    def __init__(self, tensors: Sequence[Tensor], cancel: CancelToken, progress: Progress) -> None:
        self._tensors, self._cancel, self._progress = tensors, cancel, progress
        self._began = monotonic()
        self._total = sum(tensor.nbytes for tensor in tensors)
        self._done = 0
        self._plotted = plotted(tensors)
        self._wanted = {id(tensor) for tensor in self._plotted}
        self._rows: dict[int, ModuleRow] = {}
        self._parts: list[Statistics] = []

    def at_many(self, numbers: Sequence[int]) -> None:
        """Take small tensors, stretch by stretch of the file: the rows, then the plot."""
        small = [self._tensors[number] for number in numbers]
        nbytes = sum(tensor.nbytes for tensor in small)

        def half(done: int, total: int) -> None:
            self._progress(self._done + nbytes * done // max(2 * total, 1), self._total)

        for number, result in zip(
            numbers, scan_tensors(small, cancel=self._cancel, progress=half), strict=True
        ):
            key = result.tensor.key
            row = ModuleRow(key, (), result.error) if result.error else ModuleRow.of(key, result)
            self._rows[number] = row
        wanted = [tensor for tensor in small if id(tensor) in self._wanted]
        self._parts.append(summarize_together(wanted, cancel=self._cancel))
        self._done += nbytes
        self._progress(self._done, self._total)

    def at_one(self, number: int, *, merge_now: bool) -> None:
        """Take one tensor, unless it was among the many."""
        self._cancel.check()
        if number in self._rows:
            return
        tensor = self._tensors[number]
        try:
            statistics = summarize(tensor, cancel=self._cancel)
        except CheckpointError as error:
            self._rows[number] = ModuleRow(tensor.key, (), error.what())
        else:
            self._rows[number] = ModuleRow.of(tensor.key, statistics)
            if id(tensor) in self._wanted and statistics.count:
                self._parts.append(statistics)
        self._done += tensor.nbytes
        self._progress(self._done, self._total)
        if self._parts and (merge_now or len(self._parts) >= _MERGED_AT_ONCE):
            self._parts = [merge(self._parts)]

    def shown(self) -> ModuleShown:
        """Return what is known so far."""
        shown = None
        merged = merge(self._parts)
        if merged.count:
            shown = shown_of(
                merged,
                total=merged.count,
                whole_numbers=holds_whole_numbers(self._plotted[0]),
                truth_values=all(tensor.dtype == "bool" for tensor in self._plotted),
                duration=monotonic() - self._began,
            )
        return ModuleShown(shown, tuple(self._rows[number] for number in sorted(self._rows)))


def plotted(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Return those that a module's plot is made of: weights where there are any, and of tensors
    that show the same elements the first."""
    weights = [tensor for tensor in tensors if not holds_whole_numbers(tensor)]
    seen: dict[object, Tensor] = {}
    for tensor in weights or tensors:
        elements = (id(tensor.storage), tensor.storage_offset, tensor.shape, tensor.stride)
        seen.setdefault(elements, tensor)
    return list(seen.values())


def refine_bars(
    tensors: Sequence[Tensor],
    bars: Bars,
    scale: ValueScale,
    cancel: CancelToken,
    progress: Progress,
) -> Histogram:
    """Count the values in the bins of `bars` exactly, by one more pass over the tensors.

    Of several, those that cannot be read are left out, as they are in the plot of the module.
    """
    found: list[Histogram] = []
    total, done = sum(tensor.nbytes for tensor in tensors), 0
    for tensor in tensors:
        cancel.check()

        def within(part: int, of: int, tensor: Tensor = tensor, done: int = done) -> None:
            progress(done + tensor.nbytes * part // max(of, 1), total)

        try:
            found.append(_refined(tensor, bars, scale, cancel, within))
        except CheckpointError:
            if len(tensors) == 1:
                raise
        done += tensor.nbytes
        progress(done, total)
    return Histogram(
        found[0].edges if found else bars.edges,
        np.sum([part.counts for part in found], axis=0) if found else bars.counts * 0,
        True,
        0.0,
        sum(part.below for part in found),
        sum(part.above for part in found),
    )


def _refined(
    tensor: Tensor, bars: Bars, scale: ValueScale, cancel: CancelToken, progress: Progress
) -> Histogram:
    low, high = bars.edges[[0, -1]].tolist()
    return refine(
        tensor,
        (low, high),
        len(bars.counts),
        cancel,
        scale="symlog" if isinstance(scale, SymlogScale) else "linear",
        threshold=scale.threshold if isinstance(scale, SymlogScale) else 1.0,
        progress=progress,
    )


def parts_of(tensor: Tensor) -> tuple[str, ...]:
    """Return the ways to see the tensor's values as numbers; empty where there is only one."""
    kind = DTYPES[tensor.dtype].kind
    if kind == "complex":
        return "magnitude", "real", "imaginary"
    return ("values", "raw") if tensor.quantization is not None else ()
