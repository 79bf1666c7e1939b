"""Compares two checkpoints tensor by tensor, streaming, with two worker threads.

The structure comes first and costs no reading. Then small tensors are compared in batches, large
ones in segments that both threads share, everything else one by one; tied tensors are compared
once. Answers arrive in the order in which they are ready.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from inspector.analysis.differences import (
    Difference,
    compare_pair,
    is_strided,
    settled,
    unreadable,
)
from inspector.analysis.matching import Mapping
from inspector.analysis.measures import EXACT_VALUES, Tolerance, Totals
from inspector.analysis.pair_stream import SEGMENT_BYTES, PairStream, Part, Segment
from inspector.analysis.pairs import STATUSES, Pair, Structure, structure
from inspector.analysis.small_pairs import Batch, batches, compare_batch
from inspector.analysis.value_pairs import ValuePair
from inspector.checkpoint.cancel import CancelToken, Progress, no_progress
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.types import Checkpoint, Tensor

WORKERS = 2
OnResult = Callable[[list[Difference]], None]
"""Called with the answers that have become ready, in the thread that called `compare`."""

# Work handed to the threads ahead of time: enough to keep both busy, little to throw away.
_AHEAD = 6
_GROUP = 64
# A batch of this many pairs is Python's work more than numpy's: a second thread would not make it
# quicker, only keep the interpreter from a window.
_MANY = 256


@dataclass(slots=True)
class Comparison:
    """Two checkpoints side by side; `tensors` has one entry per row of `structure.pairs`."""

    a: Checkpoint
    b: Checkpoint
    structure: Structure
    tolerance: Tolerance
    tensors: list[Difference] = field(default_factory=list)

    @property
    def values(self) -> list[ValuePair]:
        """The plain values of both."""
        return self.structure.values

    @property
    def summary(self) -> dict[str, int]:
        """How many tensors have each status, in the order of `STATUSES`."""
        found = Counter(difference.status for difference in self.tensors)
        return {status: found[status] for status in STATUSES}

    @property
    def same(self) -> bool:
        """Whether every tensor is identical or close, and every value that matters the same."""
        all_same = all(one.status in ("identical", "close") for one in self.tensors)
        return all_same and not any(value.matters for value in self.values)

    @property
    def most_changed(self) -> Difference | None:
        """The pair with the largest relative change, None where nothing changed by an amount.

        A weight's where any changed, and a finite change where there is one.
        """
        changed = [one for one in self.tensors if one.changed and one.magnitude]
        return max(changed, key=lambda one: one.rank, default=None)


def compare(
    a: Checkpoint,
    b: Checkpoint,
    *,
    tolerance: Tolerance | float = EXACT_VALUES,
    mapping: Mapping | None = None,
    cancel: CancelToken | None = None,
    progress: Progress = no_progress,
    on_result: OnResult | None = None,
) -> Comparison:
    """Compare two open checkpoints by value.

    A number as `tolerance` is an absolute one. Raises `Cancelled`; a tensor that cannot be read is
    `unreadable` in the result. `progress` is called in bytes of A's tensors.
    """
    if not isinstance(tolerance, Tolerance):
        tolerance = Tolerance(float(tolerance))
    return compare_structure(
        a, b, structure(a, b, mapping),
        tolerance=tolerance, cancel=cancel, progress=progress, on_result=on_result,
    )  # fmt: skip


def compare_structure(
    a: Checkpoint,
    b: Checkpoint,
    rows: Structure,
    *,
    tolerance: Tolerance = EXACT_VALUES,
    cancel: CancelToken | None = None,
    progress: Progress = no_progress,
    on_result: OnResult | None = None,
) -> Comparison:
    """Compare the values of pairs that are known already, as `compare` does."""
    found: dict[int, Difference] = {}
    cancel = cancel or CancelToken()
    total = sum(_nbytes(pair) for pair in cancel.each(rows.pairs))
    done = 0
    for answer in _answers(rows.pairs, tolerance, cancel):
        found.update((id(difference.pair), difference) for difference in answer.differences)
        done += answer.nbytes
        if on_result is not None and answer.differences:
            on_result(answer.differences)
        progress(done, total)
    return Comparison(a, b, rows, tolerance, [found[id(pair)] for pair in rows.pairs])


@dataclass(slots=True)
class _Answer:
    """What one piece of work gave: answers, perhaps none yet, and the bytes of A it covered."""

    differences: list[Difference]
    nbytes: int = 0


@dataclass(slots=True)
class _Job:
    """One piece of work, and whether a thread other than the caller's makes it quicker."""

    run: Callable[[], _Answer]
    in_thread: bool = True


def _nbytes(pair: Pair) -> int:
    both = pair.both
    return both[0].nbytes if both is not None else 0


def _answers(pairs: list[Pair], tolerance: Tolerance, cancel: CancelToken) -> Iterator[_Answer]:
    """Yield the answers for all pairs as they become ready."""
    alone = [pair for pair in cancel.each(pairs) if pair.both is None]
    yield _Answer([Difference(pair, pair.status) for pair in alone])
    both = [pair for pair in cancel.each(pairs) if pair.both is not None]
    compared, twins = _without_twins(both, cancel)
    for answer in _in_threads(_jobs(compared, tolerance, cancel)):
        if twins:
            repeated = [
                replace(difference, pair=twin)
                for difference in answer.differences
                for twin in twins.get(id(difference.pair), ())
            ]
            answer.differences += repeated
            answer.nbytes += sum(_nbytes(difference.pair) for difference in repeated)
        yield answer


def _without_twins(
    pairs: list[Pair], cancel: CancelToken
) -> tuple[list[Pair], dict[int, list[Pair]]]:
    """Set aside the pairs that compare the very same bytes as an earlier one: tied tensors."""
    sharing = Counter(_storages(pair) for pair in cancel.each(pairs))
    first: dict[object, Pair] = {}
    twins: dict[int, list[Pair]] = {}
    compared = []
    for pair in cancel.each(pairs):
        if sharing[_storages(pair)] > 1:
            original = first.setdefault(_identity(pair), pair)
            if original is not pair:
                twins.setdefault(id(original), []).append(pair)
                continue
        compared.append(pair)
    return compared, twins


def _storages(pair: Pair) -> tuple[int, int]:
    """Return what is the same for two pairs of views of the same two storages."""
    a, b = pair.a, pair.b
    if a is None or b is None or a.storage is None or b.storage is None:
        return id(pair), 0
    return id(a.storage), id(b.storage)


def _identity(pair: Pair) -> object:
    return tuple(_view_identity(tensor) for tensor in pair.both or ())


def _view_identity(tensor: Tensor) -> object:
    return (
        *(id(tensor.storage), tensor.storage_offset, tensor.shape, tensor.stride, tensor.dtype),
        *(tensor.conj, tensor.neg, tensor.quantization, *(id(part) for _, part in tensor.parts)),
    )


def _in_threads(jobs: Iterator[_Job]) -> Iterator[_Answer]:
    """Run the jobs, most on the worker threads, a little ahead of what was taken, in any order."""
    pool = ThreadPoolExecutor(min(WORKERS, os.cpu_count() or 1), thread_name_prefix="compare")
    pending: set[Future[_Answer]] = set()
    try:
        for job in jobs:
            if not job.in_thread:
                yield _quietly(job)
                continue
            pending.add(pool.submit(_quietly, job))
            if len(pending) >= _AHEAD:
                yield from _finished(pending)
        while pending:
            yield from _finished(pending)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _finished(pending: set[Future[_Answer]]) -> Iterator[_Answer]:
    done = wait(pending, return_when=FIRST_COMPLETED).done
    pending -= done
    for future in done:
        yield future.result()


def _quietly(job: _Job) -> _Answer:
    """Run a job without numpy's warnings: NaN and infinities are expected, and counted."""
    with np.errstate(all="ignore"):
        return job.run()


def _jobs(pairs: list[Pair], tolerance: Tolerance, cancel: CancelToken) -> Iterator[_Job]:
    """Yield the work: batches of small tensors, segments of large ones, the odd ones in groups."""
    others: list[Pair] = []
    for batch in batches(pairs, others):
        run = partial(_compare_batch, batch, tolerance, cancel)
        yield _Job(run, in_thread=len(batch.pairs) < _MANY)
    group: list[Pair] = []
    for pair in others:
        if (
            _nbytes(pair) > SEGMENT_BYTES
            and pair.both is not None
            and all(map(is_strided, pair.both))
        ):
            yield from _LargePair(pair, tolerance, cancel).jobs()
            continue
        group.append(pair)
        if len(group) >= _GROUP or sum(map(_nbytes, group)) > SEGMENT_BYTES:
            yield _Job(partial(_compare_singly, group, tolerance, cancel))
            group = []
    if group:
        yield _Job(partial(_compare_singly, group, tolerance, cancel))


def _compare_batch(batch: Batch, tolerance: Tolerance, cancel: CancelToken) -> _Answer:
    cancel.check()
    try:
        totals = compare_batch(batch, tolerance)
    except CheckpointError:  # one of them cannot be read; find out which
        return _compare_singly(batch.pairs, tolerance, cancel)
    differences = [settled(*one) for one in cancel.each(zip(batch.pairs, totals, strict=True))]
    return _Answer(differences, batch.nbytes)


def _compare_singly(pairs: list[Pair], tolerance: Tolerance, cancel: CancelToken) -> _Answer:
    differences = [compare_pair(pair, tolerance=tolerance, cancel=cancel) for pair in pairs]
    return _Answer(differences, sum(map(_nbytes, pairs)))


class _LargePair:
    """One pair whose segments are compared by both threads; the last one to end has the answer."""

    def __init__(self, pair: Pair, tolerance: Tolerance, cancel: CancelToken) -> None:
        self._pair = pair
        self._tolerance = tolerance
        self._cancel = cancel
        self._lock = threading.Lock()
        self._parts: dict[int, Part | CheckpointError] = {}

    def jobs(self) -> Iterator[_Job]:
        """Yield one job per segment."""
        both = self._pair.both
        if both is None:
            return
        try:
            stream = PairStream(*both, self._tolerance, self._cancel)
            segments = stream.segments() if stream.comparable else []
        except CheckpointError:
            segments = []
        if not segments:
            yield _Job(partial(_compare_singly, [self._pair], self._tolerance, self._cancel))
            return
        for number, segment in enumerate(segments):
            yield _Job(partial(self._compare, stream, segments, number, segment))

    def _compare(
        self, stream: PairStream, segments: list[Segment], number: int, segment: Segment
    ) -> _Answer:
        part: Part | CheckpointError
        try:
            part = stream.compare(segment)
        except CheckpointError as error:
            part = error
        with self._lock:
            self._parts[number] = part
            is_last = len(self._parts) == len(segments)
        nbytes = _nbytes(self._pair) * segment.count // max(self._pair_elements, 1)
        return _Answer([self._settled(stream)] if is_last else [], nbytes)

    @property
    def _pair_elements(self) -> int:
        return self._pair.both[0].numel if self._pair.both is not None else 0

    def _settled(self, stream: PairStream) -> Difference:
        totals = Totals()
        for number in sorted(self._parts):
            part = self._parts[number]
            if isinstance(part, CheckpointError):
                return unreadable(self._pair, part)
            stream.merge(totals, part)
        try:
            stream.complete(totals)
        except CheckpointError as error:
            return unreadable(self._pair, error)
        return settled(self._pair, totals)
