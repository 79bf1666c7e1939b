"""A tensor as a picture: a matrix of any size reduced to the pixels there are, in one pass.

Each cell of a `Picture` stands for a block of elements and keeps their mean, least and greatest
value, so that one outlier among a million weights still shows. Memory is that of the cells and one
block of the file, whatever the tensor's size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.analysis.elements import logical_blocks, read_window, value_shape
from inspector.analysis.floats import values_per_element
from inspector.checkpoint.cancel import CancelToken, Progress, no_progress
from inspector.checkpoint.types import Tensor

Floats = npt.NDArray[np.float64]
Indexes = npt.NDArray[np.int64]

SAMPLE_FROM = 1 << 23
"""Elements from which on a picture is worth sampling before all of it is read."""
KERNEL_SIDE = 16
"""Longest side of what is taken for a convolution kernel."""
_CHUNK = 1 << 20
_SAMPLED_ROWS = 160
_SAMPLED_READS = 1500
_SAMPLED_RUN = 64


@dataclass(frozen=True, slots=True)
class Plane:
    """How the elements of a shape are laid out in two dimensions, in row-major order.

    `kernel` is the height and width of a convolution kernel; its kernels follow one another along
    each row of the plane. None for other tensors.
    """

    shape: tuple[int, ...]
    rows: int
    columns: int
    kernel: tuple[int, int] | None = None

    def index(self, row: int, column: int) -> tuple[int, ...]:
        """Return the tensor index of one element of the plane."""
        return self.unravel(row * self.columns + column)

    def unravel(self, flat: int) -> tuple[int, ...]:
        """Return the tensor index of the `flat`-th element."""
        found = []
        for size in reversed(self.shape):
            flat, place = divmod(flat, size)
            found.append(place)
        return tuple(reversed(found))


@dataclass(frozen=True, slots=True)
class Region:
    """Rows `top` to before `bottom` and columns `left` to before `right` of a plane."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def rows(self) -> int:
        """Rows in it."""
        return self.bottom - self.top

    @property
    def columns(self) -> int:
        """Columns in it."""
        return self.right - self.left


@dataclass(frozen=True, slots=True)
class Picture:
    """Blocks of a plane's region; all arrays have one entry per cell.

    `mean`, `low` and `high` are over the finite elements of a block, NaN where there are none;
    `bad` counts its NaN and infinite elements. Row edges and column edges are in elements of the
    plane. `sampled` when only part of each block was read.
    """

    plane: Plane
    region: Region
    row_edges: Indexes
    column_edges: Indexes
    mean: Floats
    low: Floats
    high: Floats
    bad: Indexes
    sampled: bool

    @property
    def strongest(self) -> Floats:
        """The value of largest magnitude in each block, with its sign."""
        return np.where(-self.low > self.high, self.low, self.high)

    @property
    def is_full_detail(self) -> bool:
        """Whether each cell is a single element."""
        return self.mean.shape == (self.region.rows, self.region.columns)

    def cell(self, row: int, column: int) -> tuple[int, int]:
        """Return the cell that holds an element of the region."""
        return (
            int(np.searchsorted(self.row_edges, row, side="right")) - 1,
            int(np.searchsorted(self.column_edges, column, side="right")) - 1,
        )


def plane_of(tensor: Tensor) -> Plane:
    """Return how `tensor` is best seen: vectors as one row, kernels one output channel a row."""
    shape = value_shape(tensor)
    long = [size for size in shape if size != 1]
    if len(long) < 2:
        return Plane(shape, 1, math.prod(shape))
    if len(shape) > 2 and (kernel := _kernel(shape)) is not None:
        return Plane(shape, shape[0], math.prod(shape[1:]), kernel)
    columns = long[-1]
    return Plane(shape, math.prod(long[:-1]), columns)


def _kernel(shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Return a convolution kernel's sides: the trailing small axes after (out, in)."""
    sides = shape[2:]
    if max(sides) > KERNEL_SIDE or math.prod(sides) == 1 or shape[0] * shape[1] == 1:
        return None
    return math.prod(sides[:-1]), sides[-1]


def picture(
    tensor: Tensor,
    cells: tuple[int, int],
    region: Region | None = None,
    *,
    cancel: CancelToken | None = None,
    progress: Progress = no_progress,
) -> Picture:
    """Reduce a region of the tensor's plane (all of it: None) to at most `cells` rows and columns.

    Reads every element of the region. Complex values count by magnitude.
    """
    plane = plane_of(tensor)
    whole = Region(0, plane.rows, 0, plane.columns)
    matrix = as_matrix(tensor, plane)
    if region is None or region == whole or matrix is None:
        return picture_of_runs(
            plane, cells, logical_blocks(tensor, block_elements=_CHUNK, cancel=cancel), progress
        )
    return picture_of_boxes(plane, cells, region, partial(read_window, matrix), cancel)


def picture_of_boxes(
    plane: Plane,
    cells: tuple[int, int],
    region: Region,
    read: Callable[[tuple[int, int], tuple[int, int]], npt.NDArray[Any]],
    cancel: CancelToken | None = None,
) -> Picture:
    """Reduce a region of a plane; `read` gives a box of it by its corner and its size."""
    blocks = _Blocks(plane, region, _edges(region, cells))
    for row, column, box in _windows(region):
        if cancel is not None:
            cancel.check()
        blocks.add(_real(read((row, column), box)), row - region.top, column - region.left)
    return blocks.picture(sampled=False)


def picture_of_runs(
    plane: Plane,
    cells: tuple[int, int],
    runs: Iterable[npt.NDArray[Any]],
    progress: Progress = no_progress,
) -> Picture:
    """Reduce the values of a whole plane, given in row-major order piece by piece."""
    whole = Region(0, plane.rows, 0, plane.columns)
    blocks = _Blocks(plane, whole, _edges(whole, cells))
    done = 0
    for values in runs:
        blocks.add_run(_real(values), done)
        done += len(values)
        progress(done, plane.rows * plane.columns)
    return blocks.picture(sampled=False)


def can_zoom(tensor: Tensor) -> bool:
    """Whether a region of the tensor can be read without reading all of it."""
    return as_matrix(tensor, plane_of(tensor)) is not None


def sample_picture(
    tensor: Tensor, cells: tuple[int, int], *, cancel: CancelToken | None = None
) -> Picture | None:
    """Return a first impression from a bounded part of each block, or None where it needs all.

    One row of each block; of very long rows a short run for each cell.
    """
    plane = plane_of(tensor)
    matrix = as_matrix(tensor, plane)
    if matrix is None:
        return None
    region = Region(0, plane.rows, 0, plane.columns)
    rows = min(cells[0], plane.rows, _SAMPLED_ROWS)
    whole_rows = rows * plane.columns <= 8 * _CHUNK
    columns = cells[1] if whole_rows else max(_SAMPLED_READS // rows, 1)
    blocks = _Blocks(plane, region, _edges(region, (rows, columns)))
    for row in ((blocks.row_edges[:-1] + blocks.row_edges[1:]) // 2).tolist():
        if cancel is not None:
            cancel.check()
        for start, width in [(0, plane.columns)] if whole_rows else _runs(blocks.column_edges):
            blocks.add(_real(read_window(matrix, (row, start), (1, width))), row, start)
    return blocks.picture(sampled=True)


def _runs(edges: Indexes) -> list[tuple[int, int]]:
    """Return start and length of a short run in the middle of each column block."""
    runs = []
    for left, right in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        width = min(right - left, _SAMPLED_RUN)
        runs.append(((left + right - width) // 2, width))
    return runs


def mosaic(plane: Plane, height: int, width: int) -> Indexes | None:
    """Lay the kernels of a convolution side by side: an array of element numbers, -1 for gaps.

    Row-major through (out, in); a line holds whole output channels, or an equal share of one, in
    the way that shows kernels largest in `height` times `width` pixels. None where an element
    would get less than a pixel, or the tensor has no kernels.
    """
    if plane.kernel is None:
        return None
    tall, wide = plane.kernel
    kernels, inputs = plane.rows * plane.columns // (tall * wide), plane.columns // (tall * wide)
    best, scale = 0, 1.0
    for across in _line_lengths(plane.rows, inputs):
        down = -(-kernels // across)
        found = min(width / (across * (wide + 1)), height / (down * (tall + 1)))
        if found > scale:
            best, scale = across, found
    if not best:
        return None
    down = -(-kernels // best)
    tiles = np.full((down * best, tall + 1, wide + 1), -1, np.int64)
    tiles[:kernels, :tall, :wide] = np.arange(kernels * tall * wide).reshape(-1, tall, wide)
    laid = tiles.reshape(down, best, tall + 1, wide + 1).swapaxes(1, 2)
    return laid.reshape(down * (tall + 1), best * (wide + 1))[:-1, :-1]


def _line_lengths(outputs: int, inputs: int) -> Iterator[int]:
    """Yield how many kernels a line may hold: a part of one output channel, or several whole."""
    for length in range(1, inputs):
        if inputs % length == 0:
            yield length
    for channels in range(1, min(outputs, 512) + 1):
        yield inputs * channels


class _Blocks:
    """Running sums and extremes of the blocks of one region."""

    def __init__(self, plane: Plane, region: Region, edges: tuple[Indexes, Indexes]) -> None:
        self.plane, self.region = plane, region
        self.row_edges, self.column_edges = edges
        size = len(self.row_edges) - 1, len(self.column_edges) - 1
        self._total, self._count = np.zeros(size), np.zeros(size, np.int64)
        self._low, self._high = np.full(size, np.inf), np.full(size, -np.inf)
        self._bad = np.zeros(size, np.int64)

    def add_run(self, values: npt.NDArray[Any], start: int) -> None:
        """Take elements that follow one another in row-major order, from the `start`-th on."""
        width = self.region.columns
        while len(values):
            row, column = divmod(start, width)
            rows = len(values) // width if column == 0 else 0
            taken = rows * width if rows else min(len(values), width - column)
            self.add(values[:taken].reshape(rows or 1, -1), row, column)
            values, start = values[taken:], start + taken

    def add(self, values: npt.NDArray[Any], row: int, column: int) -> None:
        """Take a box of elements whose first one lies at `row` and `column` of the region."""
        first = int(np.searchsorted(self.column_edges, column, side="right")) - 1
        last = int(np.searchsorted(self.column_edges, column + values.shape[1], side="left"))
        starts = np.maximum(self.column_edges[first:last] - column, 0)
        cell = int(np.searchsorted(self.row_edges, row, side="right")) - 1
        done = 0
        while done < len(values):
            until = min(int(self.row_edges[cell + 1]) - row, len(values))
            self._add_rows(values[done:until], cell, slice(first, last), starts)
            done, cell = until, cell + 1

    def _add_rows(
        self, values: npt.NDArray[Any], cell: int, columns: slice, starts: Indexes
    ) -> None:
        low, high = values.min(axis=0), values.max(axis=0)
        finite = np.isfinite(low).all() and np.isfinite(high).all()
        if finite:
            total = values.sum(axis=0, dtype=np.float64)
            count = np.full(values.shape[1], len(values))
        else:
            good = np.isfinite(values)
            low = np.where(good, values, np.inf).min(axis=0)
            high = np.where(good, values, -np.inf).max(axis=0)
            total = np.where(good, values, 0).sum(axis=0, dtype=np.float64)
            count = good.sum(axis=0)
        here = cell, columns
        self._low[here] = np.minimum(self._low[here], np.minimum.reduceat(low, starts))
        self._high[here] = np.maximum(self._high[here], np.maximum.reduceat(high, starts))
        self._total[here] += np.add.reduceat(total, starts)
        self._count[here] += np.add.reduceat(count, starts)
        if not finite:
            self._bad[here] += np.add.reduceat(len(values) - count, starts)

    def picture(self, sampled: bool) -> Picture:
        """Return what was gathered."""
        none = self._count == 0
        with np.errstate(invalid="ignore"):
            mean = self._total / self._count
        return Picture(
            self.plane,
            self.region,
            self.row_edges + self.region.top,
            self.column_edges + self.region.left,
            mean,
            np.where(none, np.nan, self._low),
            np.where(none, np.nan, self._high),
            self._bad,
            sampled,
        )


def _edges(region: Region, cells: tuple[int, int]) -> tuple[Indexes, Indexes]:
    """Return block edges counted from the region's own corner; blocks differ by one at most."""
    rows, columns = min(region.rows, cells[0]), min(region.columns, cells[1])
    return (
        np.arange(rows + 1, dtype=np.int64) * region.rows // rows,
        np.arange(columns + 1, dtype=np.int64) * region.columns // columns,
    )


def _windows(region: Region) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """Yield boxes of at most a chunk that cover `region`: row, column, size."""
    width = min(region.columns, _CHUNK)
    height = max(_CHUNK // width, 1)
    for row in range(region.top, region.bottom, height):
        for column in range(region.left, region.right, width):
            yield (
                row,
                column,
                (min(height, region.bottom - row), min(width, region.right - column)),
            )


def as_matrix(tensor: Tensor, plane: Plane) -> Tensor | None:
    """Return the same elements described as two-dimensional; None where strides do not allow it."""
    if tensor.stride is None:
        return None
    if value_shape(tensor) == (plane.rows, plane.columns):
        return tensor
    quantized_by_channel = tensor.quantization is not None and bool(tensor.parts)
    if quantized_by_channel or values_per_element(tensor.dtype) != 1:
        return None
    if tensor.is_contiguous:
        stride = plane.columns, 1
    elif plane.rows == 1:
        steps = [step for size, step in zip(tensor.shape, tensor.stride, strict=True) if size != 1]
        stride = 0, steps[0] if steps else 1
    else:
        return None
    return tensor.replaced(shape=(plane.rows, plane.columns), stride=stride)


def _real(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if np.iscomplexobj(values):
        sizes: npt.NDArray[Any] = np.hypot(values.real, values.imag, dtype=np.float64)
        return sizes
    if values.dtype.kind in "biu":
        return values.astype(np.float64)
    return values.astype(np.float32) if values.dtype == np.float16 else values
