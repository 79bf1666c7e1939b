"""Casts against torch's own, in every bit but NaN's."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.analysis.floats import raw_dtype
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.errors import ExportError
from inspector.export.cast import CASTABLE, cast, losses
from inspector.export.exporting import plan_export
from inspector.export.plan import ExportOptions
from inspector.formats.detect import open_checkpoint
from tests.builders import save, torch

INTEGER = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def as_torch(raw: Any, name: str) -> Any:
    """Return torch's tensor over the same bits."""
    integers = np.ascontiguousarray(raw).view(f"i{raw.itemsize}" if raw.itemsize > 1 else "u1")
    return torch.from_numpy(integers.copy()).view(getattr(torch, name))


def every_kind_of_float32() -> Any:
    """Every sign, exponent and upper mantissa, just below, at and above each rounding boundary."""
    upper = np.arange(1 << 16, dtype=np.uint32) << 16
    near = [upper + np.uint32(low) for low in (0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF)]
    spread = np.arange(0, 1 << 32, 4099, dtype=np.uint64).astype(np.uint32)
    # Ties of the 10-bit mantissa, and odd neighbours of them.
    ties = (np.arange(1 << 19, dtype=np.uint32) << 13) + np.uint32(0x1000)
    return np.concatenate([*near, spread, ties, ties + np.uint32(1), ties - np.uint32(1)])


def patterns(name: str) -> Any:
    if name == "float32":
        return every_kind_of_float32().view(np.float32)
    if name == "float64":
        dice = np.random.default_rng(0)
        wide = dice.standard_normal(200_000) * 10.0 ** dice.integers(-320, 308, 200_000)
        with np.errstate(invalid="ignore"):
            narrow = every_kind_of_float32().view(np.float32).astype(np.float64)
        return np.concatenate([narrow, wide])
    return np.arange(1 << DTYPES[name].bits, dtype=raw_dtype(name))


@pytest.mark.parametrize("source", CASTABLE)
@pytest.mark.parametrize("target", CASTABLE)
def test_every_pair_is_as_torch_casts_it(source: str, target: str) -> None:
    raw = patterns(source)
    mine = as_torch(cast(raw, source, target), target)
    theirs = as_torch(raw, source).to(getattr(torch, target))
    nan = torch.isnan(theirs.to(torch.float64))
    if target == "float8_e4m3fn" and torch.tensor(1e4).to(torch.float8_e4m3fn).isnan():
        nan &= mine.to(torch.float64).abs() != 448  # what older torch makes NaN of
    assert torch.equal(torch.isnan(mine.to(torch.float64)), nan)
    integer = INTEGER[mine.element_size()]
    same = ~torch.isnan(theirs.to(torch.float64))
    assert torch.equal(mine.view(integer)[same], theirs.view(integer)[same])


@pytest.mark.parametrize(
    ("values", "target", "expected"),
    [
        ([1.0, 65504.0, 65520.0, 1e30, float("inf")], "float16", (2, 0, 2)),
        ([1.0, 1e-8, 2.0**-24, -1e-30, 0.0], "float16", (0, 2, 2)),
        ([1.0, 1.0 + 2**-9, float("nan")], "bfloat16", (0, 0, 1)),
        ([448.0, 464.0, 465.0, float("inf")], "float8_e4m3fn", (1, 0, 2)),
        ([57344.0, 61440.0, 1e-9], "float8_e5m2", (1, 1, 2)),
        ([0.5, 3.4e38], "bfloat16", (1, 0, 1)),
    ],
)
def test_losses_are_counted(
    values: list[float], target: str, expected: tuple[int, int, int], tmp_path: Path
) -> None:
    with open_checkpoint(save(tmp_path / "w.pt", {"w": torch.tensor(values)})) as checkpoint:
        loss = losses(checkpoint.tensors[0], target)
    assert (loss.overflow, loss.underflow, loss.inexact) == expected
    assert loss.count == len(values)


def test_losses_of_a_sparse_tensor_are_those_of_its_values(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some layouts are in beta
        sparse = {
            "coo": torch.tensor([[0, 1e30], [1e-9, 0]]).to_sparse(),
            "csr": torch.tensor([[0, 1e30], [1e-9, 0]]).to_sparse_csr(),
            "nested": torch.nested.nested_tensor([torch.tensor([1e30]), torch.tensor([1e-9])]),
        }
    with open_checkpoint(save(tmp_path / "w.pt", sparse)) as checkpoint:
        for tensor in checkpoint.tensors:
            loss = losses(tensor, "float16")
            assert (loss.count, loss.overflow, loss.underflow) == (2, 1, 1), tensor.key


@pytest.mark.parametrize("dtype", ["int8", "float33", "complex64", "float8_e8m0fnu"])
def test_other_types_are_refused(dtype: str, tmp_path: Path) -> None:
    source = save(tmp_path / "w.pt", {"w": torch.ones(1)})
    with open_checkpoint(source) as checkpoint, pytest.raises(ExportError):
        plan_export(checkpoint, tmp_path / "copy.pt", ExportOptions(dtype=dtype))
