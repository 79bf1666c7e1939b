"""Sparse and nested tensors as dense arrays, every stored index checked before it is used.

The layouts are torch's (https://pytorch.org/docs/stable/sparse.html):

    layout               parts
    sparse_coo           indices [sparse axes, n], values [n, *dense axes]; duplicates add up
    sparse_csr, _csc     crow/ccol_indices [*batch, rows + 1], col/row_indices [*batch, n], values
    sparse_bsr, _bsc     the same over blocks; values [*batch, n, block rows, block columns, *dense]
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from inspector.analysis.floats import Array
from inspector.checkpoint.errors import DamagedError, UnsupportedError
from inspector.checkpoint.types import Tensor

Read = Callable[[Tensor], Array]


def densify(tensor: Tensor, read: Read) -> Array:
    """Return all elements of a sparse tensor, or the values of a nested one as one row.

    The caller has checked that the dense array is small enough. Raises `DamagedError` when indices
    do not fit the shape, `UnsupportedError` for a layout that is neither.
    """
    indices, buffer = tensor.part("indices"), tensor.part("buffer")
    if indices is not None:
        return _coordinates(tensor, read(indices), read(stored_values(tensor)))
    if tensor.part("crow_indices") or tensor.part("ccol_indices"):
        return _compressed(tensor, read)
    if buffer is not None:
        return read(buffer).reshape(-1)
    return read(stored_values(tensor)).reshape(-1)


def stored_values(tensor: Tensor) -> Tensor:
    """Return the part that holds the numbers of a tensor that is no strided view itself.

    Raises `UnsupportedError` when there is none, naming the parts there are.
    """
    for name in ("values", "buffer"):
        part = tensor.part(name)
        if part is not None:
            return part
    names = ", ".join(name for name, _ in tensor.parts) or "none"
    raise UnsupportedError(
        f"its numbers cannot be read as a whole; its parts are: {names}", where=tensor.key
    )


@np.errstate(over="ignore", invalid="ignore")  # infinities that add up to NaN are no news here
def _coordinates(tensor: Tensor, indices: Array, values: Array) -> Array:
    if indices.ndim != 2 or values.ndim < 1 or indices.shape[1] != values.shape[0]:
        raise _mismatch(tensor)
    sparse_axes, dense_axes = tensor.shape[: len(indices)], tensor.shape[len(indices) :]
    if values.shape[1:] != dense_axes or len(indices) > len(tensor.shape):
        raise _mismatch(tensor)
    flat = np.zeros(indices.shape[1], np.int64)
    for axis, size in zip(indices, sparse_axes, strict=True):
        _check_below(tensor, axis, size)
        flat = flat * size + axis
    dense = np.zeros((math.prod(sparse_axes), *dense_axes), values.dtype)
    np.add.at(dense, flat, values)
    return dense.reshape(tensor.shape)


def _compressed(tensor: Tensor, read: Read) -> Array:
    by_row = tensor.part("crow_indices") is not None
    names = ("crow_indices", "col_indices") if by_row else ("ccol_indices", "row_indices")
    bounds, plain, stored = tensor.part(names[0]), tensor.part(names[1]), tensor.part("values")
    if bounds is None or plain is None or stored is None:
        raise _mismatch(tensor)
    bounds_array, plain_array, values = read(bounds), read(plain), read(stored)
    batch = bounds_array.shape[:-1]
    blocked = "bs" in tensor.layout
    batches, axis = math.prod(batch), len(batch)
    count = plain_array.shape[-1] if plain_array.ndim else 0
    if values.shape[: axis + 1] != (*batch, count) or len(tensor.shape) < axis + 2:
        raise _mismatch(tensor)
    values = values.reshape(batches, *values.shape[axis:])
    if not blocked:
        values = values.reshape(*values.shape[:2], 1, 1, *values.shape[2:])
    rows, columns = tensor.shape[axis : axis + 2]
    block_rows, block_columns = values.shape[2:4]
    if not block_rows or not block_columns or rows % block_rows or columns % block_columns:
        raise _mismatch(tensor)
    grid = (rows // block_rows, columns // block_columns)
    dense = np.zeros(
        (batches, grid[0], block_rows, grid[1], block_columns, *values.shape[4:]), values.dtype
    )
    for number in range(batches):
        long = _expanded(
            tensor, bounds_array.reshape(batches, -1)[number], grid[0 if by_row else 1], count
        )
        short = plain_array.reshape(batches, count)[number]
        _check_below(tensor, short, grid[1 if by_row else 0])
        row, column = (long, short) if by_row else (short, long)
        dense[number, row, :, column] = values[number]
    return dense.reshape(tensor.shape)


def _expanded(tensor: Tensor, bounds: Array, lines: int, count: int) -> Array:
    """Return the line number of each stored element from the compressed bounds of the lines."""
    lengths = np.diff(bounds)
    if len(bounds) != lines + 1 or bounds[0] != 0 or bounds[-1] != count or np.any(lengths < 0):
        raise _mismatch(tensor)
    return np.repeat(np.arange(lines), lengths)


def _check_below(tensor: Tensor, indices: Array, size: int) -> None:
    if indices.size and (indices.min() < 0 or indices.max() >= size):
        raise _mismatch(tensor)


def _mismatch(tensor: Tensor) -> DamagedError:
    return DamagedError(
        "its indices and values do not fit its shape", where=tensor.key, advice="Save it again"
    )
