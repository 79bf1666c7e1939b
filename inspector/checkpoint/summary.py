"""What a whole checkpoint amounts to: parameters, bytes by dtype and device, bytes to wonder at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.kinds import AVERAGE, KINDS, MODEL, OTHER, Kinds
from inspector.checkpoint.types import Checkpoint, Path, Storage, Tensor

K = TypeVar("K")
Span = tuple[int, int]
"""First byte and the byte after the last, within a storage."""
_View = tuple[int, tuple[int, ...], tuple[int, ...] | None]
"""Offset, shape and stride: two tensors of one storage that agree in it are tied."""


class Summary(NamedTuple):
    """Sums over one checkpoint. Bytes are those in storages; what tensors share counts once."""

    tensors: int
    parameters: int
    """Elements of the model, not of the optimizer or an averaged copy; a tensor saved under two
    names counts once."""
    bytes_by_dtype: dict[str, int]
    bytes_by_device: dict[str | None, int]
    shared: int
    """Bytes that were not written twice because tensors are tied or overlap."""
    uncovered: int
    """Bytes of storages that no tensor covers: a view saved with its whole storage."""


def summarize_checkpoint(checkpoint: Checkpoint, cancel: CancelToken) -> Summary:
    """Add up `checkpoint`. Raises `Cancelled`."""
    by_dtype: dict[str, int] = {}
    by_device: dict[str | None, int] = {}
    # Most storages have one tensor; the views of the others are kept apart. Freeing a dict for each
    # of 100,000 storages would keep the interpreter from the window for too long.
    first: dict[Storage, Tensor] = {}
    views: dict[Storage, dict[_View, list[Tensor]]] = {}
    kinds = Kinds(checkpoint.tensors)
    elements = dict.fromkeys(KINDS, 0)
    for tensor in cancel.each(checkpoint.tensors):
        tied = False
        for piece in pieces_of(tensor) if tensor.parts else (tensor,):
            storage = piece.storage
            if storage is None:
                continue
            before = first.setdefault(storage, piece)
            if before is not piece:
                known = views.setdefault(storage, {_view(before): [before]})
                same = known.setdefault(_view(piece), [])
                same.append(piece)
                if len(same) > 1:
                    tied = True
                    continue
            size = _stored(piece)
            by_dtype[piece.dtype] = by_dtype.get(piece.dtype, 0) + size
            by_device[piece.device] = by_device.get(piece.device, 0) + size
        if not tied:
            elements[kinds.of(tensor)] += tensor.numel
    shared = uncovered = 0
    for storage, tensor in cancel.each(first.items()):
        several = storage in views
        tensors = [one for same in views[storage].values() for one in same] if several else [tensor]
        written = sum(map(_stored, tensors))
        covered = written if len(tensors) == 1 else min(_union(map(span_of, tensors)), written)
        shared += written - covered
        uncovered += max(storage.nbytes - covered, 0) if storage.source is not None else 0
    return Summary(
        len(checkpoint.tensors),
        (elements[MODEL] or elements[AVERAGE]) + elements[OTHER],
        _largest(by_dtype),
        _largest(by_device),
        shared,
        uncovered,
    )


def _view(tensor: Tensor) -> _View:
    return tensor.storage_offset, tensor.shape, tensor.stride


def _stored(tensor: Tensor) -> int:
    """Return the bytes of a strided tensor, at most those of its storage: it may be expanded."""
    nbytes = tensor.nbytes
    if tensor.storage is None or nbytes <= tensor.storage.nbytes:
        return nbytes
    start, end = span_of(tensor)
    return end - start


def pieces_of(tensor: Tensor) -> list[Tensor]:
    """Return what holds the bytes of `tensor`: itself, the parts of a sparse or nested one, or both
    of one that is quantized per channel."""
    found = [tensor] if tensor.storage is not None else []
    for _, part in tensor.parts:
        found += pieces_of(part)
    return found


def span_of(tensor: Tensor) -> Span:
    """Return the bytes of its storage between a strided tensor's first and last element."""
    bits = DTYPES[tensor.dtype].bits
    first = last = tensor.storage_offset
    if tensor.numel == 0:
        last -= 1
    elif tensor.stride is not None:
        for size, step in zip(tensor.shape, tensor.stride, strict=True):
            last += (size - 1) * step
    return first * bits // 8, ((last + 1) * bits + 7) // 8


def sharers(checkpoint: Checkpoint, tensor: Tensor) -> list[Tensor]:
    """Return the other tensors that lie in the same storage, in file order."""
    if tensor.storage is None:
        return []
    return [
        other
        for other in checkpoint.tensors
        if other is not tensor and other.storage is tensor.storage
    ]


def in_optimizer(path: Path) -> bool:
    """Whether a tensor is part of an optimizer's state, by the names on the way to it."""
    return any(isinstance(step, str) and "optim" in step.casefold() for step in path[:-1])


def _union(spans: Iterable[Span]) -> int:
    total = reached = 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _largest(sums: dict[K, int]) -> dict[K, int]:
    return dict(sorted(sums.items(), key=lambda item: -item[1]))
