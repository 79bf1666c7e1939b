"""Compares sparse tensors on the places that either of them stores, without making them dense.

Every stored element becomes (flat place, value); duplicates of an uncoalesced tensor add up, as in
torch. The places of both together are sorted once, and a place that one side does not store is 0
there. All other places are 0 on both sides.
"""

from __future__ import annotations

import math

import numpy as np

from inspector.analysis.elements import read_array
from inspector.analysis.floats import Array
from inspector.analysis.measures import Tolerance, Totals
from inspector.checkpoint.errors import DamagedError, LimitError, UnsupportedError
from inspector.checkpoint.types import Tensor

MAX_STORED = 1 << 19
"""Stored numbers of one tensor that are sorted in memory; more are not compared place by place."""


def add_sparse(a: Tensor, b: Tensor, totals: Totals, tolerance: Tolerance) -> None:
    """Add the difference of two sparse tensors of one shape, or of a sparse and a dense one.

    Raises `LimitError` for more than `MAX_STORED` stored numbers, `DamagedError` for indices that
    do not fit the shape, `UnsupportedError` for a layout that has no places.
    """
    if a.numel >= 1 << 62:
        raise LimitError("its shape has too many places to be compared", where=a.key)
    places_a, values_a = stored(a)
    places_b, values_b = stored(b)
    places = np.union1d(places_a, places_b)
    spread_a = _spread(places, places_a, values_a)
    spread_b = _spread(places, places_b, values_b)
    before = totals.largest
    totals.add(spread_a, spread_b, 0, tolerance)
    totals.finite += a.numel - len(places)
    if totals.largest != before:
        totals.largest = int(places[totals.largest])


def stored(tensor: Tensor) -> tuple[Array, Array]:
    """Return the flat places of what a tensor stores, sorted and unique, and the values there."""
    if tensor.layout == "sparse_coo":
        places, values = _coordinates(tensor)
    elif tensor.layout in ("sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc"):
        places, values = _compressed(tensor)
    elif tensor.stride is not None and tensor.numel <= MAX_STORED:
        places, values = np.arange(tensor.numel), read_array(tensor).reshape(-1)
    else:
        raise UnsupportedError(f"a {tensor.layout} tensor cannot be compared", where=tensor.key)
    if len(places) and (places.min() < 0 or places.max() >= tensor.numel):
        raise _mismatch(tensor)
    unique, inverse = np.unique(places, return_inverse=True)
    if len(unique) == len(places):
        return unique, values[np.argsort(places, kind="stable")]
    summed = np.zeros(len(unique), values.dtype)
    np.add.at(summed, inverse, values)
    return unique, summed


def _coordinates(tensor: Tensor) -> tuple[Array, Array]:
    indices, values = _read(tensor, "indices"), _read(tensor, "values")
    if indices.ndim != 2 or len(indices) > len(tensor.shape) or values.ndim < 1:
        raise _mismatch(tensor)
    dense = tensor.shape[len(indices) :]
    if values.shape != (indices.shape[1], *dense):
        raise _mismatch(tensor)
    places = np.zeros(indices.shape[1], np.int64)
    for axis, size in zip(indices, tensor.shape, strict=False):
        places = places * size + _below(tensor, axis, size)
    return _with_inner(places, math.prod(dense)), values.reshape(-1)


def _compressed(tensor: Tensor) -> tuple[Array, Array]:
    """Return the places of a compressed layout: bounds of the lines, then a line's entries."""
    by_row = tensor.part("crow_indices") is not None
    bounds = _read(tensor, "crow_indices" if by_row else "ccol_indices")
    entries = _read(tensor, "col_indices" if by_row else "row_indices")
    values = _read(tensor, "values")
    if bounds.ndim != 1 or len(tensor.shape) < 2:
        raise UnsupportedError("batches of sparse matrices are not compared", where=tensor.key)
    block = values.shape[1:3] if tensor.layout in ("sparse_bsr", "sparse_bsc") else (1, 1)
    dense = tensor.shape[2:]
    inner = (*block, *dense) if tensor.layout in ("sparse_bsr", "sparse_bsc") else dense
    lengths = np.diff(bounds)
    total = len(entries)
    if values.shape != (total, *inner) or not len(bounds) or np.any(lengths < 0):
        raise _mismatch(tensor)
    if bounds[0] != 0 or bounds[-1] != total or 0 in block:
        raise _mismatch(tensor)
    lines = np.repeat(np.arange(len(lengths)), lengths)
    rows, columns = (lines, entries) if by_row else (entries, lines)
    rows = rows[:, None, None] * block[0] + np.arange(block[0])[None, :, None]
    columns = columns[:, None, None] * block[1] + np.arange(block[1])[None, None, :]
    rows, columns = np.broadcast_arrays(rows, columns)
    _below(tensor, rows, tensor.shape[0])
    _below(tensor, columns, tensor.shape[1])
    places = (rows * tensor.shape[1] + columns).reshape(-1)
    return _with_inner(places, math.prod(dense)), values.reshape(-1)


def _with_inner(places: Array, size: int) -> Array:
    return (places[:, None] * size + np.arange(size)[None, :]).reshape(-1)


def _read(tensor: Tensor, name: str) -> Array:
    part = tensor.part(name)
    if part is None:
        raise _mismatch(tensor)
    if part.numel > MAX_STORED * max(1, len(tensor.shape)):
        raise LimitError(
            f"it stores {part.numel:,} {name}; up to {MAX_STORED:,} are compared place by place",
            where=tensor.key,
        )
    return read_array(part)


def _below(tensor: Tensor, indices: Array, size: int) -> Array:
    if indices.size and (indices.min() < 0 or indices.max() >= size):
        raise _mismatch(tensor)
    return indices


def _spread(places: Array, own: Array, values: Array) -> Array:
    spread = np.zeros(len(places), values.dtype)
    spread[np.searchsorted(places, own)] = values
    return spread


def _mismatch(tensor: Tensor) -> DamagedError:
    return DamagedError(
        "its indices and values do not fit its shape", where=tensor.key, advice="Save it again"
    )


def is_sparse(tensor: Tensor) -> bool:
    """Whether the tensor has places that it does not store."""
    return tensor.layout.startswith("sparse_")
