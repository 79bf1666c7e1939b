"""Tensors that hold the same elements as another one of the file, without being tied to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

from inspector.analysis.elements import logical_raw_blocks
from inspector.analysis.floats import Array
from inspector.analysis.scan_results import Results, ScanResult
from inspector.analysis.views import Shape
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.types import Tensor

_HASHED_AT_ONCE = 1 << 20
_MEANS = 1e9
"""Steps from zero to the largest magnitude, in which means are told apart."""


def mark_duplicates(results: Results, cancel: CancelToken) -> list[ScanResult]:
    """Mark tensors with the same elements as another one, and return them.

    Only those with the same type, shape and figures are read again and hashed. Tied tensors are
    known as such; constant ones would all be duplicates of each other and say nothing.
    """
    alike: dict[object, list[ScanResult]] = {}
    for figures, result in _with_equal_figures(results):
        tensor = result.tensor
        if tensor.stride is not None:
            alike.setdefault((tensor.dtype, tensor.shape, figures), []).append(result)
    found: list[ScanResult] = []
    for group in alike.values():
        if len(group) > 1:
            found += _same_elements(group, cancel)
    return found


def _with_equal_figures(results: Results) -> Iterator[tuple[object, ScanResult]]:
    """Yield the results whose extremes and mean also occur in another one, with those figures.

    Means are rounded: sums of the same elements in another order differ in their last digits.
    """
    low, high, total, counts = map(results.column, ("low", "high", "total", "counts"))
    with np.errstate(all="ignore"):
        mean = np.nan_to_num(np.rint(total / counts / np.maximum(-low, high) * _MEANS))
    kept = np.flatnonzero(low < high)
    for key in (mean, low, high):  # few are left after the first
        kept = kept[_repeated(key[kept])]
    for place in kept.tolist():
        yield (low[place], high[place], mean[place]), results[place]


def _repeated(values: Array) -> Array:
    """Return a mask of the values that come more than once."""
    order = np.argsort(values)
    same = values[order][1:] == values[order][:-1]
    repeated = np.zeros(len(values), bool)
    repeated[order[1:]] = same
    repeated[order[:-1]] |= same
    return repeated


def _same_elements(group: list[ScanResult], cancel: CancelToken) -> list[ScanResult]:
    by_digest: dict[tuple[Shape, bytes], ScanResult] = {}
    places: set[object] = set()
    found: dict[int, ScanResult] = {}
    for result in group:
        tensor = result.tensor
        place = (id(tensor.storage), tensor.storage_offset, tensor.stride)
        if place in places:
            continue  # tied, not a duplicate
        places.add(place)
        first = by_digest.setdefault(_digest(tensor, cancel), result)
        if first is not result:
            result.mark_duplicate(first.tensor)
            found[id(result)] = result
            if first.duplicate_of is None:
                first.mark_duplicate(tensor)
                found[id(first)] = first
    return list(found.values())


def _digest(tensor: Tensor, cancel: CancelToken) -> tuple[Shape, bytes]:
    """Return what two tensors of one shape share when their elements are the same, read once where
    a view only repeats them. (One repeated view and a full copy of it are not told as the same.)"""
    once = tuple(
        1 if step == 0 else size
        for size, step in zip(tensor.shape, tensor.stride or (), strict=True)
    )
    digest = hashlib.blake2b(digest_size=16)
    blocks = logical_raw_blocks(
        tensor.replaced(shape=once), block_elements=_HASHED_AT_ONCE, cancel=cancel
    )
    for block in blocks:
        digest.update(block.view(np.uint8).data)
    return once, digest.digest()
