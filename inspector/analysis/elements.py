"""The elements of a tensor, read from the file in blocks, whatever its type and layout.

Everything that looks at numbers goes through here: statistics, comparison, the value table,
export. Memory stays at a few blocks at any tensor size, positional reads into reused buffers leave
the interpreter free for other threads, and a pass checks before and after that the file is still
the one that was opened, so values of two versions never mix.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from inspector.analysis import quantized, sparse
from inspector.analysis.buffers import buffer
from inspector.analysis.floats import (
    Array,
    dtype_of,
    raw_dtype,
    unpack,
    value_dtype,
    values_per_element,
    widen,
)
from inspector.analysis.views import (
    Boxes,
    Shape,
    View,
    distinct,
    joined,
    refuse_endless,
    span,
    storage_of,
    view_of,
)
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import DamagedError, LimitError
from inspector.checkpoint.summary import pieces_of
from inspector.checkpoint.types import Tensor

BLOCK_BYTES = 4 << 20
"""Bytes read at once: large enough to hide the call, small enough to stay near the cache."""

_SMALL_BYTES = 1 << 16
# Reading the gaps between wanted elements is cheaper than one more call up to about this ratio.
_DENSE_ENOUGH = 512


class Reader:
    """One thread's reused buffers for the raw elements of one tensor.

    `elements` bounds what is read at once; `cancel` is asked before each read. `room` is a buffer
    of bytes to begin with, which spares many small tensors one of their own.
    """

    def __init__(
        self,
        tensor: Tensor,
        elements: int,
        cancel: CancelToken | None = None,
        room: Array | None = None,
    ) -> None:
        self._cancel = cancel
        self._dtype = dtype_of(tensor.dtype)
        self._raw = raw_dtype(tensor.dtype)
        self._storage = storage_of(tensor)
        self._swapped = self._storage.byteorder != sys.byteorder
        self._negate = _sign_flips(tensor)
        self._elements = max(elements, 1)
        self._bytes = np.empty(0, np.uint8) if room is None else room
        self._gathered = np.empty(0, self._raw)

    def fetch(self, first: int, count: int) -> Array:
        """Return `count` neighbouring elements of the storage, in the reader's own buffer."""
        if self._cancel is not None:
            self._cancel.check()
        bits = self._dtype.bits
        start, end = first * bits // 8, -(-(first + count) * bits // 8)
        if len(self._bytes) < end - start:
            self._bytes = buffer(end - start, np.uint8)
        got = self._bytes[: end - start]
        self._storage.read_into(start, got.data)
        if bits < 8:
            return unpack(got, first - start * 8 // bits, count, bits)
        raw = got.view(self._raw)
        if self._swapped and bits > 8:
            parts = raw.view(np.uint16) if self._dtype.name == "complex32" else raw
            parts.byteswap(inplace=True)
        self._negate(raw)
        return raw

    def box(self, view: View, starts: Shape, sizes: Shape) -> Array:
        """Return a box of a view, in a buffer that the next call reuses."""
        place = zip(starts, view.strides, strict=True)
        offset = view.offset + sum(start * stride for start, stride in place)
        part = joined(View(sizes, view.strides, offset))
        if part.is_one_run:
            return self.fetch(offset, part.count).reshape(sizes)
        if len(self._gathered) < part.count:
            self._gathered = np.empty(part.count, self._raw)
        box = self._gathered[: part.count]
        self._gather(box.reshape(part.sizes), part)
        return box.reshape(sizes)

    def _gather(self, target: Array, view: View) -> None:
        """Fill `target` from `view`, reading along the storage and each repeated element once."""
        order = sorted(range(len(view.sizes)), key=lambda axis: -view.strides[axis])
        target = target.transpose(order)
        strides = tuple(view.strides[axis] for axis in order)
        once = target[tuple(slice(None) if stride else slice(1) for stride in strides)]
        self._fill(once, strides, view.offset)
        if 0 in strides:
            target[...] = once.copy()

    def _fill(self, target: Array, strides: Shape, offset: int) -> None:
        reach = span(target.shape, strides)
        if target.ndim and target.shape[0] == 1:
            self._fill(target[0, ...], strides[1:], offset)
        elif reach <= self._elements and reach <= target.size * _DENSE_ENOUGH:
            raw = self.fetch(offset, reach)
            steps = tuple(stride * raw.itemsize for stride in strides)
            target[...] = np.ndarray(target.shape, raw.dtype, raw, strides=steps)
        else:
            inner = span(target.shape[1:], strides[1:])
            step = 1
            if inner <= self._elements and strides[0] <= target[0, ...].size * _DENSE_ENOUGH:
                step += (self._elements - inner) // strides[0]
            for start in range(0, target.shape[0], step):
                part = target[start : start + step]
                self._fill(part, strides, offset + start * strides[0])


def _sign_flips(tensor: Tensor) -> Any:
    """Return what turns stored bits into the tensor's: views may be conjugate or negative."""
    kind, bits = dtype_of(tensor.dtype).kind, dtype_of(tensor.dtype).bits
    if not (tensor.conj or tensor.neg):
        return lambda raw: None
    if kind not in ("complex", "float"):
        return lambda raw: np.negative(raw, out=raw) if tensor.neg else None
    half = bits // 2 if kind == "complex" else bits
    sign = np.uint64(1 << (half - 1)).astype(f"u{half // 8}")

    def flip(raw: Array) -> None:
        signs = raw.view(sign.dtype)
        if kind == "float":
            signs ^= sign if tensor.neg else sign.dtype.type(0)
            return
        real, imaginary = signs[0::2], signs[1::2]
        if tensor.neg:
            real ^= sign
        if tensor.neg != tensor.conj:
            imaginary ^= sign

    return flip


def small_row(tensor: Tensor) -> Array | None:
    """Return the raw elements of a small tensor that lies in a row as it is, None for any other.

    A fifth of the time of `raw_blocks`, for callers that check themselves that no file changed.
    """
    storage = tensor.storage
    if (
        storage is None
        or not 0 < tensor.nbytes <= _SMALL_BYTES
        or not tensor.is_contiguous
        or tensor.conj
        or tensor.neg
        or dtype_of(tensor.dtype).bits < 8
        or storage.byteorder != sys.byteorder
    ):
        return None
    row = np.empty(tensor.nbytes, np.uint8)
    storage.read_into(tensor.storage_offset * dtype_of(tensor.dtype).itemsize, row.data)
    return row.view(raw_dtype(tensor.dtype))


def check_unchanged(tensor: Tensor) -> None:
    """Raise `ChangedOnDiskError` when the tensor's file is not the one that was opened."""
    for piece in pieces_of(tensor):
        if piece.storage is not None and piece.storage.source is not None:
            piece.storage.source.check_unchanged()


def raw_blocks(
    tensor: Tensor, *, block_bytes: int = BLOCK_BYTES, cancel: CancelToken | None = None
) -> Iterator[Array]:
    """Yield the raw elements of a strided tensor as 1-D blocks, each distinct element once.

    In any order, in native byte order, with conjugate and negative bits applied; see `raw_dtype`
    for the types. An element that the view repeats evenly (stride 0) comes once. A block is only
    good until the next one is asked for.
    """
    view = distinct(view_of(tensor)).view
    refuse_endless(tensor, view)
    return _blocks(tensor, view, max(block_bytes * 8 // dtype_of(tensor.dtype).bits, 1), cancel)


def logical_raw_blocks(
    tensor: Tensor, *, block_elements: int = 1 << 20, cancel: CancelToken | None = None
) -> Iterator[Array]:
    """Yield the raw elements of a strided tensor in row-major order as 1-D blocks.

    Like `raw_blocks`, but in the order and number that `shape` says. Raises `LimitError` for an
    expanded view of more than 2**36 elements.
    """
    view = joined(view_of(tensor))
    refuse_endless(tensor, view)
    return _blocks(tensor, view, block_elements, cancel)


def _blocks(
    tensor: Tensor, view: View, elements: int, cancel: CancelToken | None
) -> Iterator[Array]:
    boxes = Boxes(view.sizes, elements)
    reader = Reader(tensor, elements, cancel)
    check_unchanged(tensor)
    for index in range(boxes.count):
        yield reader.box(view, *boxes.box(index)).reshape(-1)
    check_unchanged(tensor)


def logical_blocks(
    tensor: Tensor, *, block_elements: int = 1 << 20, cancel: CancelToken | None = None
) -> Iterator[Array]:
    """Yield the tensor's values in row-major order as 1-D blocks of at most `block_elements`.

    Small floats are widened to float32, quantized integers de-quantized to float32, sparse tensors
    densified (raises `LimitError` where that takes more than `read_array` allows), nested ones give
    the values of their buffer. `float4_e2m1fn_x2` gives both numbers of each byte.
    """
    if tensor.stride is None:
        dense = read_array(tensor).reshape(-1)
        for start in range(0, len(dense), block_elements):
            if cancel is not None:
                cancel.check()
            yield dense[start : start + block_elements]
        return
    block_elements = max(block_elements // values_per_element(tensor.dtype), 1)
    if tensor.quantization is None:
        for raw in logical_raw_blocks(tensor, block_elements=block_elements, cancel=cancel):
            yield widen(raw, tensor.dtype)
        return
    view = view_of(tensor)
    refuse_endless(tensor, view)
    channels = quantized.channels_of(tensor, read_array)
    boxes, reader = Boxes(view.sizes, block_elements), Reader(tensor, block_elements, cancel)
    check_unchanged(tensor)
    for index in range(boxes.count):
        starts, sizes = boxes.box(index)
        yield channels.dequantize(reader.box(view, starts, sizes), starts).reshape(-1)
    check_unchanged(tensor)


def value_shape(tensor: Tensor) -> Shape:
    """Return the shape of the values: `shape`, with `float4_e2m1fn_x2`'s last axis doubled.

    The pieces of a nested tensor have no common shape; its values come as one row.
    """
    buffer = tensor.part("buffer") if tensor.stride is None else None
    if buffer is not None:
        return (buffer.numel,)
    if values_per_element(tensor.dtype) == 1:
        return tensor.shape
    return (*tensor.shape[:-1], 2 * (tensor.shape[-1] if tensor.shape else 1))


def read_array(tensor: Tensor, limit: int | None = 2**28) -> Array:
    """Return the tensor's values as one array of `value_shape(tensor)`.

    float16 stays float16, bfloat16, float8, float6 and float4 become float32, quantized tensors
    are de-quantized to float32, complex32 becomes complex64, sparse tensors are densified. Raises
    `LimitError` when the array would take more than `limit` bytes (None: no limit).
    """
    result_type = _array_dtype(tensor)
    shape = value_shape(tensor)
    count = int(np.prod([int(size) for size in shape], dtype=object)) if shape else 1
    if limit is not None and count * result_type.itemsize > limit:
        raise LimitError(
            f"its values take {count * result_type.itemsize:,} bytes, more than the {limit:,} "
            "allowed at once",
            where=tensor.key,
            advice="Read a part of it",
        )
    if tensor.stride is None:
        return sparse.densify(tensor, read_array).reshape(shape)
    values = np.empty(count, result_type)
    done = 0
    float16 = result_type == np.float16
    for block in (logical_raw_blocks if float16 else logical_blocks)(tensor):
        values[done : done + len(block)] = block.view(np.float16) if float16 else block
        done += len(block)
    return values.reshape(shape)


def _array_dtype(tensor: Tensor) -> np.dtype[Any]:
    if tensor.quantization is not None:
        return np.dtype(np.float32)
    return np.dtype(np.float16) if tensor.dtype == "float16" else value_dtype(tensor.dtype)


def read_window(tensor: Tensor, starts: Shape, sizes: Shape) -> Array:
    """Return a box of the tensor's values, reading only what it needs.

    `starts` and `sizes` count values along each axis of `value_shape(tensor)`; a box that leaves it
    raises `DamagedError`, one of more than 256 MiB `LimitError`. Sparse and nested tensors are
    densified first.
    """
    shape = value_shape(tensor)
    ends = [start + size for start, size in zip(starts, sizes, strict=True)]
    outside = any(end > size for end, size in zip(ends, shape, strict=True))
    if outside or min((*starts, *sizes), default=0) < 0:
        raise DamagedError(f"the tensor of shape {shape} has no box at {starts}", where=tensor.key)
    cut = tuple(slice(start, end) for start, end in zip(starts, ends, strict=True))
    if tensor.stride is None:
        return read_array(tensor)[cut]
    pack = values_per_element(tensor.dtype)
    if pack == 1:
        return read_array(narrowed(tensor, starts, sizes))
    first, last = starts[-1] // pack, -(-ends[-1] // pack)
    if not tensor.shape:
        return read_array(tensor)[cut]
    window = narrowed(tensor, (*starts[:-1], first), (*sizes[:-1], last - first))
    begin = starts[-1] - first * pack
    return read_array(window)[..., begin : begin + sizes[-1]]


def narrowed(tensor: Tensor, starts: Shape, sizes: Shape) -> Tensor:
    """Return the view of a box of a strided tensor, as `torch.narrow` along each axis gives it."""
    stride = view_of(tensor).strides
    offset = sum(start * step for start, step in zip(starts, stride, strict=True))
    return tensor.replaced(
        shape=tuple(sizes),
        storage_offset=tensor.storage_offset + offset,
        parts=quantized.narrowed_parts(tensor, starts, sizes, narrowed),
    )
