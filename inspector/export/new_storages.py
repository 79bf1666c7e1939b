"""The storages of a new torch file: what of the old ones is still looked at, cast where asked.

Tensors that overlap go on sharing a storage, views stay views. A storage is cut to the stretches
that tensors use; one whose tensors become different types is written once for each type.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from inspector.analysis.floats import Array, raw_dtype
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.summary import pieces_of
from inspector.checkpoint.types import Storage, Tensor
from inspector.export.cast import cast
from inspector.export.outgoing import OutgoingTensor
from inspector.export.pieces import Block, Stream
from inspector.export.torch_pickle import UNTYPED, PlacedView, StorageReference, storage_dtype

BLOCK_BYTES = 2 << 20
_EVEN = 16
"""Cuts fall on multiples of the largest element, so that every view keeps a whole offset."""


class _View(NamedTuple):
    tensor: Tensor
    dtype: str
    first: int
    end: int


@dataclass(slots=True)
class NewStorage:
    """Bytes `first` to `end` of an old storage, cast from `source` to `target` (both `UNTYPED` when
    they are copied as they are)."""

    storage: Storage
    first: int
    end: int
    source: str
    target: str
    location: str
    views: list[_View]
    key: str

    @property
    def nbytes(self) -> int:
        """Bytes in the new file."""
        if self.source == UNTYPED:
            return self.end - self.first
        return (
            (self.end - self.first) // DTYPES[self.source].itemsize * DTYPES[self.target].itemsize
        )

    def reference(self) -> StorageReference:
        """Return how the pickle refers to it."""
        kinds = {storage_dtype(view.dtype) for view in self.views}
        dtype = kinds.pop() if len(kinds) == 1 else UNTYPED
        itemsize = DTYPES[dtype].itemsize if dtype != UNTYPED else 1
        return StorageReference(self.key, dtype, self.location, self.nbytes // itemsize)

    def placed(self) -> Iterator[tuple[int, PlacedView]]:
        """Yield the place of each view, by its tensor's identity."""
        reference = self.reference()
        for view in self.views:
            bits = DTYPES[view.tensor.dtype].bits
            offset = view.tensor.storage_offset - self.first * 8 // bits
            yield id(view.tensor), PlacedView(reference, offset, view.dtype)

    def stream(self) -> Stream:
        """Return its bytes."""
        return Stream(self.nbytes, self._blocks)

    def _blocks(self, cancel: CancelToken) -> Iterator[Block]:
        swap = self._swap()
        buffer = np.empty(min(BLOCK_BYTES, self.end - self.first), np.uint8)
        for start in range(self.first, self.end, BLOCK_BYTES):
            cancel.check()
            block = buffer[: min(BLOCK_BYTES, self.end - start)]
            self.storage.read_into(start, block.data)
            raw = swap(block)
            if self.source != UNTYPED and self.target != self.source:
                raw = cast(raw.view(raw_dtype(self.source)), self.source, self.target)
            yield raw.view(np.uint8).data

    def _swap(self) -> Callable[[Array], Array]:
        """Return what puts read bytes into this machine's order; written files are little-endian,
        as is every machine that torch has wheels for."""
        if self.storage.byteorder == sys.byteorder or self.source == UNTYPED:
            return lambda block: block
        name = self.source
        # Complex numbers are pairs: each half is swapped by itself.
        width = DTYPES[name].itemsize // (2 if DTYPES[name].kind == "complex" else 1)
        if width == 1:
            return lambda block: block
        return lambda block: block.view(f"u{width}").byteswap().view(np.uint8)


def new_storages(
    tensors: list[OutgoingTensor],
    location_of: Callable[[Tensor, Storage], str],
    *,
    shrink: bool,
) -> list[NewStorage]:
    """Return the storages that the tensors need, in the order of first use."""
    groups: dict[tuple[int, str, str], list[_View]] = {}
    owners: dict[int, tuple[Storage, str]] = {}
    for item in tensors:
        for piece in pieces_of(item.tensor):
            storage = piece.storage
            assert storage is not None
            if id(storage) not in owners:
                owners[id(storage)] = storage, location_of(item.tensor, storage)
            target = item.dtype_of(piece)
            typed = target != piece.dtype or storage.byteorder != sys.byteorder
            key = (id(storage), piece.dtype if typed else UNTYPED, target if typed else UNTYPED)
            groups.setdefault(key, []).append(_view(piece, target))
    made: list[NewStorage] = []
    for (identity, source, target), views in groups.items():
        storage, location = owners[identity]
        for first, end, members in _stretches(views, storage.nbytes, shrink):
            name = str(len(made))
            made.append(NewStorage(storage, first, end, source, target, location, members, name))
    return made


def _view(tensor: Tensor, target: str) -> _View:
    bits = DTYPES[tensor.dtype].bits
    strides = tensor.stride or ()
    if 0 in tensor.shape:
        return _View(tensor, target, 0, 0)
    last = tensor.storage_offset
    for size, step in zip(tensor.shape, strides, strict=True):
        last += (size - 1) * step
    return _View(tensor, target, tensor.storage_offset * bits // 8, -(-(last + 1) * bits // 8))


_first = attrgetter("first")


def _stretches(
    views: list[_View], nbytes: int, shrink: bool
) -> Iterator[tuple[int, int, list[_View]]]:
    """Yield (first, end, views) of each stretch that overlapping or touching views look at."""
    if not shrink or any(DTYPES[view.tensor.dtype].bits < 8 for view in views):
        yield 0, nbytes, views
        return
    members: list[_View] = []
    first = end = 0
    for view in sorted(views, key=_first):
        if members and view.first > end:
            yield first, end, members
            members = []
        if not members:
            first = view.first // _EVEN * _EVEN if view.end else 0
            end = view.end
        members.append(view)
        end = max(end, view.end)
    yield first, end, members
