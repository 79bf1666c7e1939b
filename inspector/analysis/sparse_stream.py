"""What sparse tensors store, as (flat place, value) in stretches of bounded size.

Every index is checked before it is used. The layouts are those of `sparse`; a stretch of a
compressed one covers whole lines where these are short, and a part of one line where it is long.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inspector.analysis.elements import Reader, read_array, read_window
from inspector.analysis.floats import Array, values_per_element, widen
from inspector.analysis.views import joined, view_of
from inspector.checkpoint.errors import DamagedError, LimitError, UnsupportedError
from inspector.checkpoint.types import Tensor

AT_ONCE = 1 << 17
"""Numbers of one stretch, about."""
_MOST_OF_ONE = 1 << 20
_MOST_OF_DENSE = 64 << 20
_COMPRESSED = ("sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Entries `first` up to `end` of one batch, in the lines from `line` up to `last_line`."""

    first: int
    end: int
    batch: int = 0
    line: int = 0
    last_line: int = 0


class Stored:
    """The stored numbers of a tensor: `count` of them, read by `stretches` and `read`.

    Raises `UnsupportedError` for a layout without places, `DamagedError` for parts that do not fit
    the shape, `LimitError` where one entry alone is a large dense tensor.
    """

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self.count = 0

    @staticmethod
    def of(tensor: Tensor) -> Stored:
        """Return what reads the tensor's layout."""
        if tensor.layout == "sparse_coo":
            return _Coordinates(tensor)
        if tensor.layout in _COMPRESSED:
            return _Compressed(tensor)
        if tensor.stride is not None:
            return _Dense(tensor)
        raise UnsupportedError(f"a {tensor.layout} tensor cannot be compared", where=tensor.key)

    def stretches(self) -> Iterator[Stretch]:
        """Yield stretches that together hold every stored number once."""
        raise NotImplementedError

    def read(self, stretch: Stretch) -> tuple[Array, Array]:
        """Return the flat places (int64) and the values of a stretch."""
        raise NotImplementedError

    def _part(self, name: str) -> Tensor:
        part = self.tensor.part(name)
        if part is None:
            raise self._mismatch()
        return part

    def _below(self, indices: Array, size: int) -> Array:
        if indices.size and (indices.min() < 0 or indices.max() >= size):
            raise self._mismatch()
        return indices

    def _mismatch(self) -> DamagedError:
        return DamagedError(
            "its indices and values do not fit its shape",
            where=self.tensor.key,
            advice="Save it again",
        )

    def _entries_at_once(self, numbers: int) -> int:
        """Return how many entries make a stretch, each of so many numbers."""
        if numbers > _MOST_OF_ONE:
            raise LimitError(
                f"one of its entries is {numbers:,} numbers; up to {_MOST_OF_ONE:,} are compared",
                where=self.tensor.key,
            )
        return max(AT_ONCE // max(numbers, 1), 1)


class _Coordinates(Stored):
    def __init__(self, tensor: Tensor) -> None:
        super().__init__(tensor)
        self._indices, self._values = self._part("indices"), self._part("values")
        shape, values = self._indices.shape, self._values.shape
        if len(shape) != 2 or shape[0] > len(tensor.shape):
            raise self._mismatch()
        self._dense = tensor.shape[shape[0] :]
        if values != (shape[1], *self._dense):
            raise self._mismatch()
        self._entries, self._each = shape[1], math.prod(self._dense)
        self.count = self._entries * self._each

    def stretches(self) -> Iterator[Stretch]:
        step = self._entries_at_once(self._each)
        for first in range(0, self._entries, step):
            yield Stretch(first, min(first + step, self._entries))

    def read(self, stretch: Stretch) -> tuple[Array, Array]:
        axes, count = self._indices.shape[0], stretch.end - stretch.first
        indices = read_window(self._indices, (0, stretch.first), (axes, count))
        places = np.zeros(count, np.int64)
        for axis, size in zip(indices, self.tensor.shape, strict=False):
            places = places * size + self._below(axis, size)
        start = (stretch.first, *(0 for _ in self._dense))
        values = read_window(self._values, start, (count, *self._dense))
        return _with_inner(places, self._each), values.reshape(-1)


class _Compressed(Stored):
    """Bounds of the lines, then the entries of each line; a batch of matrices stores as many each.

    Lines are rows or columns, single ones or those of blocks.
    """

    def __init__(self, tensor: Tensor) -> None:
        super().__init__(tensor)
        self._by_row = tensor.part("crow_indices") is not None
        self._bounds = self._part("crow_indices" if self._by_row else "ccol_indices")
        self._plain = self._part("col_indices" if self._by_row else "row_indices")
        self._values = self._part("values")
        self._batch = self._bounds.shape[:-1]
        axes = len(self._batch)
        if not self._bounds.shape or len(tensor.shape) < axes + 2 or not self._plain.shape:
            raise self._mismatch()
        self._entries = self._plain.shape[-1]
        is_blocked = tensor.layout in ("sparse_bsr", "sparse_bsc")
        values = self._values.shape
        self._block = values[axes + 1 : axes + 3] if is_blocked else (1, 1)
        self._dense = tensor.shape[axes + 2 :]
        inner = (*self._block, *self._dense) if is_blocked else self._dense
        self._rows, self._columns = tensor.shape[axes : axes + 2]
        if (
            tensor.shape[:axes] != self._batch
            or self._plain.shape[:-1] != self._batch
            or values != (*self._batch, self._entries, *inner)
            or 0 in self._block
            or self._rows % self._block[0]
            or self._columns % self._block[1]
        ):
            raise self._mismatch()
        grid = (self._rows // self._block[0], self._columns // self._block[1])
        self._lines, self._across = grid if self._by_row else (grid[1], grid[0])
        if self._bounds.shape[-1] != self._lines + 1:
            raise self._mismatch()
        self._inner = inner
        self.count = math.prod(values)

    def stretches(self) -> Iterator[Stretch]:
        step = self._entries_at_once(math.prod(self._inner))
        for batch in range(math.prod(self._batch)):
            done = 0
            for line in range(0, self._lines, AT_ONCE):
                lines = min(AT_ONCE, self._lines - line)
                bounds = self._window(self._bounds, batch, line, lines + 1).reshape(-1)
                if bounds[0] != done or np.any(np.diff(bounds) < 0):
                    raise self._mismatch()
                done = int(bounds[-1])
                if done > self._entries:
                    raise self._mismatch()
                for first in range(int(bounds[0]), done, step):
                    end = min(first + step, done)
                    begin = line + int(np.searchsorted(bounds, first, "right")) - 1
                    last = line + int(np.searchsorted(bounds, end, "left"))
                    yield Stretch(first, end, batch, begin, last)
            if done != self._entries:
                raise self._mismatch()

    def read(self, stretch: Stretch) -> tuple[Array, Array]:
        first, count = stretch.first, stretch.end - stretch.first
        plain = self._window(self._plain, stretch.batch, first, count).reshape(-1)
        values = self._window(self._values, stretch.batch, first, count)
        bounds = self._window(
            self._bounds, stretch.batch, stretch.line, stretch.last_line - stretch.line + 1
        ).reshape(-1)
        lines = np.searchsorted(bounds, np.arange(first, stretch.end), "right") - 1 + stretch.line
        self._below(lines, self._lines)
        self._below(plain, self._across)
        rows, columns = (lines, plain) if self._by_row else (plain, lines)
        height, width = self._block
        rows = rows[:, None, None] * height + np.arange(height)[None, :, None]
        columns = columns[:, None, None] * width + np.arange(width)[None, None, :]
        places = (stretch.batch * self._rows + rows) * self._columns + columns
        return _with_inner(places.reshape(-1), math.prod(self._dense)), values.reshape(-1)

    def _window(self, part: Tensor, batch: int, first: int, count: int) -> Array:
        """Read some entries of one matrix of the batch."""
        rest = part.shape[len(self._batch) + 1 :]
        place = np.unravel_index(batch, self._batch) if self._batch else ()
        starts = (*map(int, place), first, *(0 for _ in rest))
        return read_window(part, starts, (*(1 for _ in self._batch), count, *rest))


class _Dense(Stored):
    """A dense tensor as one that stores every place."""

    def __init__(self, tensor: Tensor) -> None:
        super().__init__(tensor)
        self._view = joined(view_of(tensor))
        self._is_run = (
            self._view.is_one_run
            and tensor.quantization is None
            and values_per_element(tensor.dtype) == 1
        )
        self._array = None if self._is_run else read_array(tensor, _MOST_OF_DENSE).reshape(-1)
        self.count = tensor.numel

    def stretches(self) -> Iterator[Stretch]:
        for first in range(0, self.count, AT_ONCE):
            yield Stretch(first, min(first + AT_ONCE, self.count))

    def read(self, stretch: Stretch) -> tuple[Array, Array]:
        places = np.arange(stretch.first, stretch.end)
        if self._array is not None:
            return places, self._array[stretch.first : stretch.end]
        reader = Reader(self.tensor, len(places))
        raw = reader.fetch(self._view.offset + stretch.first, len(places))
        return places, widen(raw, self.tensor.dtype)


def _with_inner(places: Array, size: int) -> Array:
    return (places[:, None] * size + np.arange(size)[None, :]).reshape(-1)
