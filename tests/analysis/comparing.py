"""What the comparison's tests share: files of two tensors, and tensors held in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from inspector.analysis.compare import Comparison, compare
from inspector.analysis.differences import Difference
from inspector.checkpoint.types import Storage, Tensor, contiguous_stride
from inspector.formats.detect import open_checkpoint
from tests.builders.oracle import values_of

Save = Callable[..., Path]


def compared(a: Path, b: Path, **options: Any) -> Comparison:
    with open_checkpoint(a) as one, open_checkpoint(b) as other:
        return compare(one, other, **options)


def difference(save: Save, a: Any, b: Any, **options: Any) -> Difference:
    (found,) = compared(save({"w": a}), save({"w": b}), **options).tensors
    return found


class Bytes:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def read_into(self, offset: int, buffer: memoryview) -> None:
        buffer[:] = self.data[offset : offset + len(buffer)]

    def check_unchanged(self) -> None:
        pass

    def close(self) -> None:
        pass


def in_memory(
    array: np.ndarray[Any, Any], dtype: str, byteorder: str = "little", **more: Any
) -> Tensor:
    data = array.astype(array.dtype.newbyteorder("<" if byteorder == "little" else ">")).tobytes()
    storage = Storage("0", "cpu", len(data), Bytes(data), byteorder=byteorder)
    more.setdefault("shape", array.shape)
    more.setdefault("stride", contiguous_stride(array.shape))
    return Tensor(("w",), "w", dtype, storage_offset=0, storage=storage, **more)


def pair_difference(a: Tensor, b: Tensor) -> Difference:
    from inspector.analysis.differences import compare_pair
    from inspector.analysis.pairs import Pair

    return compare_pair(Pair(a, b))


def random(dtype: str, count: int, seed: int) -> torch.Tensor:
    """Values all over the range of the dtype, bits at random where it has no NaN."""
    generator = torch.Generator().manual_seed(seed)
    target = getattr(torch, dtype)
    if dtype == "bool":
        return torch.rand(count, generator=generator) > 0.5
    if target.is_floating_point or target.is_complex:
        values = torch.randn(count, generator=generator, dtype=torch.complex64) * 2
        return (values if target.is_complex else values.real + 1).to(target)
    size = torch.empty(0, dtype=target).element_size()
    raw = torch.randint(0, 256, (count * size,), generator=generator, dtype=torch.uint8)
    return raw.view(target)


def expected(a: torch.Tensor, b: torch.Tensor) -> dict[str, float]:
    """The measures by torch (and numpy where torch cannot subtract), in double precision."""
    wide = torch.complex128 if a.is_complex() else torch.float64
    x, y = torch.from_numpy(values_of(a)), torch.from_numpy(values_of(b))
    x, y = x.to(wide).flatten(), y.to(wide).flatten()
    d = x - y
    dot = (x.conj() * y).sum().real if a.is_complex() else x @ y
    return {
        "max_abs": d.abs().max().item(),
        "mean_abs": d.abs().mean().item(),
        "rms": d.abs().square().mean().sqrt().item(),
        "rel_l2": (d.norm() / x.norm()).item(),
        "cosine": (dot / x.norm() / y.norm()).item(),
        "changed": int((x != y).sum()),
    }


def check_measures(found: Difference, a: torch.Tensor, b: torch.Tensor, rel: float = 1e-11) -> None:
    assert found.measures is not None
    for name, value in expected(a, b).items():
        assert getattr(found.measures, name) == pytest.approx(value, rel=rel, abs=rel / 100), name
