"""Load files with real torch and look at what came out: locations, places, bytes, sharing."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from tests.builders import raw_bytes_of, torch
from tests.builders.oracle import ExpectedTensor, tensors_in


def loaded_with_tags(path: Path) -> tuple[Any, dict[int, str]]:
    """Return what torch makes of the file and each storage's location tag, by its identity."""
    tags: dict[int, str] = {}

    def keep(storage: Any, location: str) -> Any:
        tags[storage._cdata] = location
        return storage

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.load(path, map_location=keep, weights_only=False), tags


def seen_by_torch(path: Path) -> list[ExpectedTensor]:
    """Return every tensor of the file as torch sees it, its location tag as its device."""
    loaded, tags = loaded_with_tags(path)
    return list(tensors_in(loaded, tags))


def loads_here(path: Path) -> bool:
    """Whether torch can load it in this process: not when its classes are gone."""
    try:
        loaded_with_tags(path)
    except (ImportError, AttributeError, RuntimeError):
        return False
    return True


def elements(tensor: Any) -> object:
    """Return all elements of a tensor in a form that compares bit for bit."""
    plain = tensor.detach()
    if plain.device.type == "meta":
        return "meta"
    if plain.is_nested:
        return [elements(piece) for piece in plain.unbind()]
    if plain.layout != torch.strided:
        return elements(plain.to_dense())
    return raw_bytes_of(plain.int_repr() if plain.is_quantized else plain.reshape(plain.shape))


def groups(tensors: list[ExpectedTensor]) -> list[list[str]]:
    """Return the keys of the tensors that share each storage."""
    found: dict[int, list[str]] = {}
    for tensor in tensors:
        if tensor.sharing is not None:
            found.setdefault(tensor.sharing, []).append(tensor.key)
    return sorted(found.values())


def same_but_for_devices(one: Path, other: Path) -> None:
    """Assert that torch sees the same tensors in both files, devices aside."""
    first, second = seen_by_torch(one), seen_by_torch(other)
    assert groups(first) == groups(second)
    assert len(first) == len(second)
    for mine, theirs in zip(first, second, strict=True):
        for name in ("path", "dtype", "shape", "stride", "storage_offset", "layout"):
            assert getattr(mine, name) == getattr(theirs, name), (mine.key, name)
        assert mine.requires_grad == theirs.requires_grad
        assert elements(mine.tensor) == elements(theirs.tensor), mine.key
