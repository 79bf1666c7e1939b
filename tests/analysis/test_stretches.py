"""Small tensors that are counted many at a time, held against a pass over each of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from inspector.analysis.scan import scan, scan_tensors
from inspector.analysis.scan_results import ScanResult, result_of
from inspector.analysis.statistics import summarize
from inspector.analysis.stretches import Planner
from inspector.checkpoint.types import Storage, Tensor
from inspector.formats.detect import open_checkpoint
from tests.analysis.tensors import Bytes, source_of, tensor_of

DTYPES = (
    *(torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.bool),
    *(torch.int8, torch.int16, torch.int32, torch.int64),
    *(torch.uint8, torch.uint16, torch.uint32, torch.uint64),
    *(torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e8m0fnu),
)


def values_of(dtype: torch.dtype) -> Iterator[torch.Tensor]:
    """Yield tensors of several sizes, shifted, constant, sparse, tiny and with NaN."""
    generator = torch.Generator().manual_seed(7)
    for count in (1, 2, 3, 16, 100, 5000, 65_535):
        normal = torch.randn(count, generator=generator, dtype=torch.float64)
        for values in (
            normal,
            normal + 100,
            normal * 0 + 3,
            normal * 0,
            torch.where(normal > 0.5, normal * 50, 0.0),
            normal * 1e-7,
            torch.where(normal > 1.5, math.nan, normal) if dtype.is_floating_point else normal,
        ):
            if dtype == torch.bool:
                yield values > 0
            elif dtype.is_floating_point:
                yield values.to(dtype)
            else:
                yield (values * 10).abs().to(torch.int64).to(dtype)


def assert_same(found: ScanResult, expected: ScanResult) -> None:
    for name in ("count", "min", "max", "zeros", "nan", "posinf", "neginf"):
        assert getattr(found, name) == pytest.approx(
            getattr(expected, name), rel=0, abs=0, nan_ok=True
        ), name
    spread = expected.std if expected.std > 0 else 0.0
    assert found.mean == pytest.approx(expected.mean, rel=1e-12, abs=1e-12 * spread, nan_ok=True)
    assert found.std == pytest.approx(expected.std, rel=1e-12, nan_ok=True)
    assert found.l2 == pytest.approx(expected.l2, rel=1e-12)
    assert found.bounds == pytest.approx(expected.bounds, rel=1e-12, abs=1e-12, nan_ok=True)
    assert found.flags - {"duplicate"} == expected.flags
    assert found.columns.tiny[found.row] == expected.columns.tiny[0]
    assert found.bars.sum() == expected.bars.sum()
    # A value that many elements have may lie on the border of a bar.
    common = expected.bars.max() if found.tensor.dtype != "float32" else 0
    apart = np.abs(np.cumsum(found.bars) - np.cumsum(expected.bars)).max()
    assert apart <= max(2, 0.01 * found.count, common)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_equals_a_pass_over_each(dtype: torch.dtype, tmp_path: Path) -> None:
    torch.save(list(values_of(dtype)), tmp_path / "many.pt")
    with open_checkpoint(tmp_path / "many.pt") as checkpoint:
        assert Planner().take(checkpoint.tensors) == []
        for result in scan(checkpoint):
            tensor = result.tensor
            assert_same(result, result_of(tensor, summarize(tensor)))


def test_types_side_by_side_at_odd_places(tmp_path: Path) -> None:
    state = {
        f"{place}.{dtype}": values[: place + 1]
        for dtype in DTYPES
        for place, values in enumerate(values_of(dtype))
        if dtype != torch.float8_e8m0fnu  # not in every version of safetensors
    }
    safetensors.torch.save_file(state, tmp_path / "many.safetensors")
    with open_checkpoint(tmp_path / "many.safetensors") as checkpoint:
        for result in scan(checkpoint):
            assert_same(result, result_of(result.tensor, summarize(result.tensor)))


def test_integers_beyond_float64_keep_their_figures() -> None:
    values = torch.tensor([(1 << 60) + 1, 1 - (1 << 60), 5])
    large = torch.tensor([(1 << 63) + 1, 3], dtype=torch.uint64)
    for tensor in (tensor_of(values), tensor_of(large)):
        (result,) = scan_tensors([tensor])
        found = summarize(tensor)
        assert (result.min, result.max) == (float(found.min), float(found.max))
        assert result.mean == found.mean and result.l2 == pytest.approx(found.l2, rel=1e-12)


@pytest.mark.parametrize("factor", [1e38, 1e-38, 1e-44], ids=str)
def test_bars_of_floats_near_the_ends_of_float32(factor: float) -> None:
    values = torch.linspace(-2, 2, 1000, dtype=torch.float64) * factor
    tensor = tensor_of(values.float())
    (result,) = scan_tensors([tensor])
    assert_same(result, result_of(tensor, summarize(tensor)))


def test_views_that_overlap() -> None:
    values = torch.randn(3000)
    whole = tensor_of(values)
    views = [
        whole.replaced(shape=(count,), stride=(1,), storage_offset=start)
        for start in range(0, 1000, 7)
        for count in (1, 500, 2000)
    ]
    results = scan_tensors(views)
    for view, result in zip(views, results, strict=True):
        part = values[view.storage_offset :][: view.numel].double()
        assert (result.min, result.max) == (part.min().item(), part.max().item())
        assert result.l2 == pytest.approx(part.norm().item(), rel=1e-12)
    # A stretch holds a MiB at most, however often its elements come.
    assert source_of(whole).bytes_read <= 4 * len(source_of(whole).data)


def test_tensors_that_reach_past_their_storage_are_left_to_a_pass_of_their_own() -> None:
    storage = Storage("0", "cpu", 100, Bytes(bytes(1000)))
    tensors = [
        Tensor(("w",), "w", "int64", (count,), (1,), offset, storage)
        for count, offset in ((12, 0), (13, 0), (1, 12), (1, -1), (0, 0))
    ]
    assert Planner().take(tensors) == [1, 2, 3, 4]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_numbers_far_from_zero_keep_the_digits_of_their_spread(dtype: torch.dtype) -> None:
    for count in (300, 30_000):  # sums of squares are made in another way for longer ones
        values = (torch.randn(count, dtype=torch.float64) + 1e5).to(dtype)
        (result,) = scan_tensors([tensor_of(values)])
        centered = values.double() - 100_000
        assert result.std == pytest.approx(centered.std().item(), rel=1e-12)
        assert result.l2 == pytest.approx(values.double().norm().item(), rel=1e-12)
