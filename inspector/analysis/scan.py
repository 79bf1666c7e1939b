"""Statistics of every tensor of a file, with small ones in batches and large ones one by one.

Results come in batches as they are ready, small tensors first, each read in the order of the file.
A tensor that cannot be read is a row that says why, not the end of the scan.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import numpy as np

from inspector.analysis.duplicates import mark_duplicates
from inspector.analysis.floats import Array
from inspector.analysis.scan_results import (
    Columns,
    Results,
    ScanResult,
    result_of,
    without_figures,
)
from inspector.analysis.statistics import summarize
from inspector.analysis.stretches import Planner, Stretch, Worker
from inspector.checkpoint.byte_source import Readable
from inspector.checkpoint.cancel import CancelToken, Progress, no_progress
from inspector.checkpoint.collector import collector_paused
from inspector.checkpoint.errors import ChangedOnDiskError, CheckpointError
from inspector.checkpoint.types import Checkpoint, Tensor

OnResult = Callable[[Sequence[ScanResult]], None]

_AHEAD = 2
"""Stretches that the helper counts or has waiting, so that it never runs dry."""


def ignore_results(results: Sequence[ScanResult]) -> None:
    """Stand in for `on_result` where only the end counts."""


def scan(
    checkpoint: Checkpoint,
    *,
    cancel: CancelToken | None = None,
    progress: Progress = no_progress,
    on_result: OnResult = ignore_results,
) -> Results:
    """Return a result per tensor, in the order of `checkpoint.tensors`.

    `on_result` gets them in batches on the way; those found to be duplicates come again at the end.
    Raises `ChangedOnDiskError` when the file changes meanwhile, `Cancelled` soon after `cancel`.
    """
    return scan_tensors(checkpoint.tensors, cancel=cancel, progress=progress, on_result=on_result)


def scan_tensors(
    tensors: Sequence[Tensor],
    *,
    cancel: CancelToken | None = None,
    progress: Progress = no_progress,
    on_result: OnResult = ignore_results,
) -> Results:
    """Do what `scan` does for some tensors."""
    return _Scan(tensors, cancel or CancelToken(), progress, on_result).run()


class _Scan:
    def __init__(
        self,
        tensors: Sequence[Tensor],
        cancel: CancelToken,
        progress: Progress,
        on_result: OnResult,
    ) -> None:
        self._tensors = tensors
        self._cancel, self._progress, self._on_result = cancel, progress, on_result
        self._total = self._done = 0
        self._tied: dict[object, tuple[int, ScanResult]] = {}
        self._batches: list[Columns] = []
        self._rows = 0
        self._places = np.zeros(len(tensors), np.int64)

    def run(self) -> Results:
        with collector_paused():
            sources, alone = self._many()
        for number in sorted(alone, key=lambda number: _place(self._tensors[number])):
            self._single(number)
            self._advance(self._tensors[number].nbytes)
        results = Results(self._tensors, self._batches, self._places)
        self._on_result(mark_duplicates(results, self._cancel))
        for source in sources:
            source.check_unchanged()
        return results

    def _many(self) -> tuple[Iterable[Readable], list[int]]:
        """Go over the small tensors; return what is read from, and the numbers of the others."""
        planner = Planner()
        sources: dict[int, Readable] = {}
        alone = planner.take(self._tensors, self._cancel)
        for number in alone:
            storage = self._tensors[number].storage
            if storage is not None and storage.source is not None:
                sources[id(storage.source)] = storage.source
        sources.update((id(source), source) for source in planner.sources())
        self._total = planner.nbytes + sum(self._tensors[number].nbytes for number in alone)
        for source in sources.values():
            source.check_unchanged()
        self._small(planner.stretches())
        return sources.values(), alone

    def _small(self, stretches: Iterable[Stretch]) -> None:
        """Count with a helper; this thread counts what finds no room in the helper's queue.

        Two threads, not two helpers and one that waits for them: each more is one more to wake up
        and to wait for the interpreter.
        """
        worker = Worker()
        ahead: deque[tuple[Stretch, Future[tuple[Columns, Array]]]] = deque()
        with ThreadPoolExecutor(1, "scan") as helper:
            for stretch in stretches:
                if len(ahead) < _AHEAD:
                    ahead.append((stretch, helper.submit(self._count, worker, stretch)))
                else:
                    self._take(stretch, partial(self._count, worker, stretch))
                while ahead and ahead[0][1].done():
                    self._finish(*ahead.popleft())
            while ahead:
                self._finish(*ahead.popleft())

    def _finish(self, stretch: Stretch, counted: Future[tuple[Columns, Array]]) -> None:
        self._take(stretch, counted.result)

    def _count(self, worker: Worker, stretch: Stretch) -> tuple[Columns, Array]:
        self._cancel.check()
        return worker.columns(stretch)

    def _take(self, stretch: Stretch, counted: Callable[[], tuple[Columns, Array]]) -> None:
        try:
            columns, special = counted()
        except ChangedOnDiskError:
            raise
        except CheckpointError:
            for number in stretch.numbers.tolist():
                self._single(number)
            self._advance(stretch.nbytes)
            return
        self._keep(stretch.numbers, columns)
        rows = np.flatnonzero(~special)
        tensors = [self._tensors[number] for number in stretch.numbers[rows].tolist()]
        self._on_result(Results(tensors, [columns], rows))
        for number in stretch.numbers[special].tolist():
            self._single(number)
        self._advance(stretch.nbytes)

    def _keep(self, numbers: Array | list[int], columns: Columns) -> None:
        """Note that the rows of `columns` are those of the tensors of these numbers."""
        self._places[numbers] = self._rows + np.arange(len(numbers))
        self._batches.append(columns)
        self._rows += len(numbers)

    def _single(self, number: int) -> None:
        tensor = self._tensors[number]
        tied = self._tied.get(what := _what_is_read(tensor))
        if tied is not None:
            first, result = tied
            self._places[number] = self._places[first]
            result = ScanResult(tensor, result.columns, result.row)
        else:
            result = self._read(tensor)
            if what is not None and not result.error:
                self._tied[what] = number, result
            self._keep([number], result.columns)
        self._on_result([result])

    def _read(self, tensor: Tensor) -> ScanResult:
        start = self._done

        def within(done: int, total: int) -> None:
            self._progress(min(start + done, self._total), self._total)

        try:
            return result_of(tensor, summarize(tensor, cancel=self._cancel, progress=within))
        except ChangedOnDiskError:
            raise
        except CheckpointError as error:
            return without_figures(tensor, error.what())

    def _advance(self, nbytes: int) -> None:
        self._done = min(self._done + nbytes, self._total)
        self._progress(self._done, self._total)


def _what_is_read(tensor: Tensor) -> object:
    """Return what tensors with the same figures have in common, None where nothing tells: their
    place, or that they have no elements."""
    if tensor.storage is None or tensor.parts:
        return None
    if not tensor.numel:
        return tensor.dtype
    place = (id(tensor.storage), tensor.storage_offset, tensor.shape, tensor.stride)
    return tensor.dtype, place, tensor.conj, tensor.neg, tensor.quantization


def _place(tensor: Tensor) -> tuple[int, int]:
    if tensor.storage is None:
        return 0, 0
    return tensor.storage.offset, tensor.storage_offset
