"""What a whole checkpoint amounts to: parameters, bytes by dtype and device, bytes to wonder at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.types import Checkpoint, Storage, Tensor

_SLICE = 4096
K = TypeVar("K")
Span = tuple[int, int]
"""First byte and the byte after the last, within a storage."""


@dataclass(slots=True)
class Summary:
    """Sums over one checkpoint. Bytes are those in storages; what tensors share counts once."""

    tensors: int
    parameters: int
    """Elements outside the optimizer's state; a tensor saved under two names counts once."""
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
    spans: dict[Storage, list[Span]] = {}
    sums: dict[Storage, int] = {}
    seen: set[tuple[object, ...]] = set()
    parameters = 0
    for number, tensor in enumerate(checkpoint.tensors):
        if number % _SLICE == 0:
            cancel.check()
        identity = (tensor.storage or tensor, tensor.storage_offset, tensor.shape, tensor.stride)
        first = identity not in seen
        seen.add(identity)
        if first and not _in_optimizer(tensor):
            parameters += tensor.numel
        for piece in pieces(tensor):
            if piece.storage is None:
                continue
            span = span_of(piece)
            size = min(piece.nbytes, span[1] - span[0])
            spans.setdefault(piece.storage, []).append(span)
            sums[piece.storage] = sums.get(piece.storage, 0) + size
            if first:
                by_dtype[piece.dtype] = by_dtype.get(piece.dtype, 0) + size
                by_device[piece.device] = by_device.get(piece.device, 0) + size
    shared = uncovered = 0
    for storage, found in spans.items():
        covered = min(_union(found), sums[storage])
        shared += sums[storage] - covered
        uncovered += max(storage.nbytes - covered, 0) if storage.source is not None else 0
    return Summary(
        len(checkpoint.tensors),
        parameters,
        _largest(by_dtype),
        _largest(by_device),
        shared,
        uncovered,
    )


def pieces(tensor: Tensor) -> Iterator[Tensor]:
    """Yield what holds the bytes of `tensor`: itself, or the parts of a sparse or nested one."""
    if tensor.storage is not None:
        yield tensor
    for _, part in tensor.parts:
        yield from pieces(part)


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


def _in_optimizer(tensor: Tensor) -> bool:
    return any(isinstance(step, str) and "optim" in step.casefold() for step in tensor.path[:-1])


def _union(spans: Iterable[Span]) -> int:
    total = reached = 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _largest(sums: dict[K, int]) -> dict[K, int]:
    return dict(sorted(sums.items(), key=lambda item: -item[1]))
