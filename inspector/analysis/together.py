"""Statistics of many small tensors together, read stretch by stretch of the file.

A pass per tensor costs some 300 microseconds, however small it is; here all elements of one type
go through one tally, as if they were one tensor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from inspector.analysis.distribution import MAX_VALUES
from inspector.analysis.floats import Array, pattern_values
from inspector.analysis.statistics import Statistics, merge, of_figures, summarize
from inspector.analysis.stretches import Planner, Stretch, Worker
from inspector.analysis.tally import FigureTally, PatternTally, SketchTally, SmallTally
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import ChangedOnDiskError, CheckpointError
from inspector.checkpoint.types import Tensor

_TYPES = ("float32", "bfloat16", "float16")
_AT_ONCE = 1 << 18
_KEPT = 4 * MAX_VALUES
"""Elements of one type up to which they are kept as they are, as merging tensors does."""


def small_ones(tensors: Sequence[Tensor]) -> list[int]:
    """Return the numbers of those that `summarize_together` takes."""
    rest = set(Planner().take(tensors))
    return [
        number
        for number, tensor in enumerate(tensors)
        if number not in rest and tensor.dtype in _TYPES
    ]


def summarize_together(
    tensors: Sequence[Tensor], *, cancel: CancelToken | None = None
) -> Statistics:
    """Return what merging the statistics of each of some small tensors (`small_ones`) gives.

    Those that cannot be read are left out. Raises `ChangedOnDiskError` and `Cancelled`.
    """
    planner = Planner()
    for number in planner.take(tensors, cancel):
        raise ValueError(f"{tensors[number].key} is not one of the small ones")
    work = _Work(tensors, cancel or CancelToken())
    stretches = list(planner.stretches())
    sources = {id(stretch.source): stretch.source for stretch in stretches}.values()
    for source in sources:
        source.check_unchanged()
    for dtype in sorted({stretch.dtype for stretch in stretches}):
        work.count(dtype, [stretch for stretch in stretches if stretch.dtype == dtype])
    for source in sources:
        source.check_unchanged()
    return merge(work.parts)


class _Work:
    def __init__(self, tensors: Sequence[Tensor], cancel: CancelToken) -> None:
        self._tensors = tensors
        self._cancel = cancel
        self._worker = Worker()
        self.parts: list[Statistics] = []

    def count(self, dtype: str, stretches: list[Stretch]) -> None:
        """Count stretches of one type."""
        tally = _tally(dtype, sum(int(stretch.counts.sum()) for stretch in stretches))
        for place, block in enumerate(_joined(self._blocks(stretches))):
            tally.add(block.view(np.float32) if dtype == "float32" else block, place)
        self.parts.append(of_figures(tally.figures(), dtype))

    def _blocks(self, stretches: list[Stretch]) -> Iterator[Array]:
        for stretch in stretches:
            self._cancel.check()
            try:
                yield self._worker.elements(stretch)
            except ChangedOnDiskError:
                raise
            except CheckpointError:
                self._one_by_one(stretch)

    def _one_by_one(self, stretch: Stretch) -> None:
        for number in stretch.numbers.tolist():
            try:
                self.parts.append(summarize(self._tensors[number], cancel=self._cancel))
            except ChangedOnDiskError:
                raise
            except CheckpointError:
                continue  # the row of the tensor says why


@np.errstate(invalid="ignore")  # a signalling NaN is a NaN
def _tally(dtype: str, count: int) -> FigureTally:
    if dtype != "float32":
        return PatternTally(pattern_values(dtype).astype(np.float64))
    return SmallTally() if count <= _KEPT else SketchTally(np.dtype(np.float32))


def _joined(blocks: Iterator[Array]) -> Iterator[Array]:
    """Put short blocks together: a tally has a cost per block."""
    held: list[Array] = []
    for block in blocks:
        held.append(block)
        if sum(map(len, held)) >= _AT_ONCE:
            yield np.concatenate(held)
            held = []
    if held:
        yield np.concatenate(held)
