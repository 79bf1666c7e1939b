"""One pass over a tensor's elements: which boxes to read, as what, and by how many threads.

Two threads share a queue of boxes: numpy and positional reads leave the interpreter free, so two
keep two cores busy while a window stays live. The calling thread is one of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from inspector.analysis import quantized
from inspector.analysis.elements import (
    BLOCK_BYTES,
    Reader,
    check_unchanged,
    read_array,
)
from inspector.analysis.floats import (
    Array,
    dtype_of,
    pattern_values,
    raw_dtype,
    value_dtype,
    values_per_element,
    widen,
)
from inspector.analysis.tally import (
    SMALL,
    ComplexTally,
    FigureTally,
    PatternTally,
    SketchTally,
    SmallTally,
    Tally,
)
from inspector.analysis.views import Boxes, View, distinct, joined, refuse_endless, view_of
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.types import Tensor

# Windows that overlap unevenly are counted element by element up to this many times the storage.
_WORTH_REPEATING = 8
_WORTH_A_THREAD = 4
# What keeps a pass below 64 MiB: de-quantizing goes through 64-bit integers, and complex numbers
# are counted three times, by one thread.
_DEQUANTIZED_AT_ONCE = 1 << 18

AnyTally = TypeVar("AnyTally", bound=Tally)


@dataclass(frozen=True, slots=True)
class Pass:
    """What to read of a tensor. `repeats` is how often each element read comes in the tensor.

    `note` says in words what the figures leave out, "" for nothing. `channels` tells how the
    integers of a quantized tensor are read.
    """

    tensor: Tensor
    view: View
    repeats: int
    note: str
    channels: quantized.Channels | None

    @property
    def values(self) -> int:
        """How many values are read."""
        return self.view.count * values_per_element(self.tensor.dtype)

    def boxes(self, elements: int = 0) -> Boxes:
        """Return the boxes of the pass, of about 4 MiB each unless told."""
        limit = max(BLOCK_BYTES * 8 // dtype_of(self.tensor.dtype).bits, 1)
        if self.channels is not None and not self.counts_patterns:
            limit = min(limit, _DEQUANTIZED_AT_ONCE)
        return Boxes(self.view.sizes, elements or limit)

    def blocks(
        self, boxes: Boxes, places: Iterable[int], cancel: CancelToken | None
    ) -> Iterator[tuple[int, Array]]:
        """Read boxes one by one and yield what `tally` counts: raw patterns or values.

        With one buffer: a block is good until the next one is asked for.
        """
        reader = Reader(self.tensor, boxes.limit, cancel)
        for place in places:
            starts, sizes = boxes.box(place)
            box = reader.box(self.view, starts, sizes)
            if not self.counts_patterns:
                box = self._values(box, starts)
            yield place, box.reshape(-1)

    @np.errstate(invalid="ignore")  # a signalling NaN is a NaN
    def _values(self, raw: Array, starts: tuple[int, ...]) -> Array:
        if self.channels is not None:
            return self.channels.dequantize(raw, starts)
        return widen(raw, self.tensor.dtype)

    @property
    def counts_patterns(self) -> bool:
        """Whether raw patterns are counted, not values."""
        dtype = dtype_of(self.tensor.dtype)
        one_scale = self.channels is None or self.channels.axis is None
        return dtype.bits <= 16 and self.values > SMALL and one_scale

    def tally(self) -> FigureTally:
        """Return a fresh tally that suits the tensor's type and size."""
        name = self.tensor.dtype
        kind = dtype_of(name).kind
        if kind == "complex":
            return ComplexTally(value_dtype(name), small=self.values <= SMALL)
        if self.values <= SMALL:
            return SmallTally()
        if self.counts_patterns:
            values, whole = self._pattern_values()
            return PatternTally(values, whole=whole, nibbles=values_per_element(name) == 2)
        return SketchTally(np.dtype(np.float32) if self.channels else value_dtype(name))

    @np.errstate(invalid="ignore")
    def _pattern_values(self) -> tuple[Array, bool]:
        name = self.tensor.dtype
        if dtype_of(name).kind == "float":
            return pattern_values(name).astype(np.float64), False
        raw = raw_dtype(name)
        patterns = np.arange(1 << (8 * raw.itemsize), dtype=f"u{raw.itemsize}").view(raw)
        if self.channels is not None:
            return self.channels.dequantize(patterns, (0,)).astype(np.float64), False
        return widen(patterns, name).astype(np.float64), True


def plan(tensor: Tensor) -> Pass:
    """Return how to read every element of a strided tensor, repeated ones once where possible.

    Raises `DamagedError` for a view that leaves its storage, `LimitError` for one that repeats its
    elements without end in a way that cannot be counted.
    """
    view = view_of(tensor)
    channels = quantized.channels_of(tensor, read_array) if tensor.quantization else None
    if channels is not None and channels.axis is not None:
        refuse_endless(tensor, view)
        return Pass(tensor, view, 1, "", channels)
    once = distinct(view)
    if once.repeats is not None:
        return Pass(tensor, once.view, once.repeats, "", channels)
    if view.count <= max(_WORTH_REPEATING * once.view.count, SMALL) or once.view == joined(view):
        refuse_endless(tensor, view)
        return Pass(tensor, joined(view), 1, "", channels)
    note = f"counts each of {once.view.count:,} elements once; the view repeats them unevenly"
    return Pass(tensor, once.view, 1, note, channels)


def as_integers(tensor: Tensor) -> Tensor:
    """Return a quantized tensor as its stored integers."""
    plain = {"qint8": "int8", "quint8": "uint8", "qint32": "int32"}
    name = plain.get(tensor.dtype, tensor.dtype)
    return tensor.replaced(dtype=name, quantization=None, parts=())


class _Queue:
    """Box numbers that several threads take from, until it is empty or one of them failed."""

    def __init__(
        self, count: int, cancel: CancelToken | None, taken: Callable[[int], None]
    ) -> None:
        self._numbers = iter(range(count))
        self._lock = threading.Lock()
        self._cancel = cancel
        self._caller = threading.current_thread()
        self._taken = taken
        self._done = 0
        self.failures: list[BaseException] = []

    def numbers(self) -> Iterator[int]:
        """Yield numbers for the calling thread, and say so where it is the one that asked."""
        while not self.failures:
            if self._cancel is not None:
                self._cancel.check()
            with self._lock:
                number = next(self._numbers, None)
                if number is None:
                    return
                self._done += 1
            yield number
            if threading.current_thread() is self._caller:
                self._taken(self._done)


def count_all(
    reading: Pass, make: Callable[[], AnyTally], cancel: CancelToken | None, progress: Progress
) -> AnyTally:
    """Run a whole pass, by two threads where that pays, and return the joined tally.

    `progress` hears bytes, in the calling thread. Raises what either thread raised first.
    """
    boxes = reading.boxes()
    total = max(reading.tensor.nbytes // reading.repeats, 1)
    queue = _Queue(boxes.count, cancel, lambda done: progress(total * done // boxes.count, total))
    tallies: list[AnyTally] = []

    def work() -> None:
        try:
            tally = make()
            for number, block in reading.blocks(boxes, queue.numbers(), cancel):
                tally.add(block, number)
            tallies.append(tally)
        except BaseException as error:
            queue.failures.append(error)

    check_unchanged(reading.tensor)
    helper = threading.Thread(target=work, name="statistics", daemon=True)
    if boxes.count >= _WORTH_A_THREAD and dtype_of(reading.tensor.dtype).kind != "complex":
        helper.start()
    work()
    if helper.ident is not None:
        helper.join()
    if queue.failures:
        raise queue.failures[0]
    check_unchanged(reading.tensor)
    for other in tallies[1:]:
        tallies[0].join(other)
    return tallies[0]
