"""What the histogram panel asks the worker for: one tensor, or all tensors below a module."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic, perf_counter

from inspector.analysis.elements import value_shape
from inspector.analysis.histogram import Histogram
from inspector.analysis.statistics import Statistics, merge, refine, sample, summarize
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
    start = shown_at = monotonic()
    total = sum(tensor.nbytes for tensor in tensors)
    weights = [tensor for tensor in tensors if not holds_whole_numbers(tensor)] or list(tensors)
    plotted, seen = {id(tensor) for tensor in weights}, set()
    rows: list[ModuleRow] = []
    parts: list[Statistics] = []
    done = 0
    for tensor in tensors:
        cancel.check()
        try:
            statistics = summarize(tensor, cancel=cancel)
        except CheckpointError as error:
            rows.append(ModuleRow(tensor.key, (), error.what()))
        else:
            rows.append(ModuleRow.of(tensor.key, statistics))
            elements = (id(tensor.storage), tensor.storage_offset, tensor.shape, tensor.stride)
            if id(tensor) in plotted and elements not in seen and statistics.count:
                seen.add(elements)
                parts.append(statistics)
        done += tensor.nbytes
        progress(done, total)
        late = monotonic() - shown_at > _PARTIAL_EVERY
        if late or len(parts) >= _MERGED_AT_ONCE:
            parts = [merge(parts)] if parts else []
        if late:
            show_partial(_module(parts, weights, rows, monotonic() - start))
            shown_at = monotonic()
    return _module(parts, weights, rows, monotonic() - start)


def _module(
    parts: list[Statistics], plotted: Sequence[Tensor], rows: list[ModuleRow], duration: float
) -> ModuleShown:
    shown = None
    if parts:
        merged = merge(parts)
        shown = shown_of(
            merged,
            total=merged.count,
            whole_numbers=holds_whole_numbers(plotted[0]),
            truth_values=all(tensor.dtype == "bool" for tensor in plotted),
            duration=duration,
        )
    return ModuleShown(shown, tuple(rows))


def refine_bars(
    tensor: Tensor, bars: Bars, scale: ValueScale, cancel: CancelToken, progress: Progress
) -> Histogram:
    """Count the values in the bins of `bars` exactly, by one more pass over the tensor."""
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
