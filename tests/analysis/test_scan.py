"""Scans of whole files written by torch and safetensors, held against torch tensor by tensor."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch

from inspector.analysis import scan as scanning
from inspector.analysis.scan import scan, scan_tensors
from inspector.analysis.scan_results import BARS, FLAGS, ScanResult, column
from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.checkpoint.errors import ChangedOnDiskError
from inspector.checkpoint.types import Checkpoint
from inspector.formats.detect import open_checkpoint
from tests.analysis.tensors import source_of, tensor_of
from tests.builders.cuda import cuda_tags


def state_dict() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    state = {f"block.{i}.weight": normal(3 + i, 7) + i for i in range(200)}
    state |= {f"block.{i}.half": normal(11 * i + 1).to(torch.bfloat16) for i in range(40)}
    state |= {f"block.{i}.f16": normal(5, i + 1).to(torch.float16) for i in range(40)}
    bad = normal(500)
    bad[[3, 7, 9]] = torch.tensor([math.nan, math.inf, -math.inf])
    mostly = normal(30, 30)
    mostly[torch.rand(30, 30, generator=generator) < 0.7] = 0
    state |= {
        "large": normal(400, 300),
        "large_with_nan": torch.cat([normal(70_000), torch.tensor([math.nan])]),
        "bad": bad,
        "ones": torch.ones(64),
        "zeros": torch.zeros(10, 10),
        "mostly": mostly,
        "one": torch.tensor(3.0),
        "empty": torch.empty(0, 5),
        "double": normal(50).double(),
        "ids": torch.arange(77),
        "mask": torch.tensor([True, False, False]),
        "transposed": normal(12, 9).T,
        "huge": normal(20) * 1e6,
        "second_moment": normal(80).square() * 1e-9,
        "complex": torch.complex(normal(6), normal(6)),
    }
    state["tied"] = state["block.5.weight"]
    state["copy"] = state["block.5.weight"].clone()
    state["large_copy"] = state["large"].clone()
    return state


@pytest.fixture(params=["pt", "safetensors", "legacy"])
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Checkpoint, Any]]:
    state = state_dict()
    path = tmp_path / f"model.{request.param}"
    if request.param == "safetensors":
        state.pop("tied"), state.pop("complex")
        state["transposed"] = state["transposed"].contiguous()
        safetensors.torch.save_file(state, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=request.param == "pt")
    with open_checkpoint(path) as checkpoint:
        yield checkpoint, state


def by_key(results: Sequence[ScanResult]) -> dict[str, ScanResult]:
    return {result.tensor.key: result for result in results}


def test_every_row_agrees_with_torch(saved: tuple[Checkpoint, dict[str, torch.Tensor]]) -> None:
    checkpoint, state = saved
    results = scan(checkpoint)
    assert [result.tensor for result in results] == checkpoint.tensors
    for key, result in by_key(results).items():
        values = state[key]
        if values.is_complex():
            values = torch.from_numpy(np.abs(values.to(torch.complex128).numpy()))
        wide = values.double().reshape(-1)
        finite = wide[wide.isfinite()]
        assert not result.error
        assert result.count == wide.numel()
        assert result.nan == wide.isnan().sum() and result.zeros == (wide == 0).sum()
        assert result.posinf == (wide == math.inf).sum()
        assert result.neginf == (wide == -math.inf).sum()
        assert result.bars.sum() == len(finite)
        if len(finite):
            assert [result.min, result.max] == [finite.min().item(), finite.max().item()]
            assert result.mean == pytest.approx(finite.mean().item(), rel=1e-11, abs=1e-13)
            assert result.l2 == pytest.approx(finite.norm().item(), rel=1e-12)
        if len(finite) > 1:
            assert result.std == pytest.approx(finite.std().item(), rel=1e-11, abs=1e-15)
        else:
            assert math.isnan(result.std)


def test_bars_show_the_shape(saved: tuple[Checkpoint, dict[str, torch.Tensor]]) -> None:
    checkpoint, state = saved
    results = by_key(scan(checkpoint))
    for key in ("block.150.weight", "block.39.half", "block.39.f16", "large", "double"):
        result, values = results[key], state[key].double().reshape(-1).numpy()
        low, high = result.bounds
        assert low >= values.min() and high <= values.max()
        inside = np.clip(values, low, high)
        expected = np.histogram(inside, BARS, (low, high))[0]
        # Elements on the border of a bar may count on either side of it.
        assert np.abs(np.cumsum(result.bars - expected)).max() <= max(2, 0.01 * len(values))
        width = (high - low) / BARS
        for q in (0.1, 0.5, 0.9):
            assert (
                abs(result.quantile(q) - np.quantile(values, q)) <= 2 * width + 0.2 * values.std()
            )


def test_flags_point_at_what_is_odd(saved: tuple[Checkpoint, dict[str, torch.Tensor]]) -> None:
    results = by_key(scan(saved[0]))
    expected = {
        "large_with_nan": {"nan"},
        "bad": {"nan", "inf"},
        "ones": {"constant"},
        "zeros": {"zero"},
        "mostly": {"sparse"},
        "one": set(),
        "empty": set(),
        "ids": set(),
        "mask": set(),
        "double": set(),
        "transposed": set(),
        "huge": {"f16-overflow"},
        "second_moment": {"f16-underflow"},
        "copy": {"duplicate"},
        "large_copy": {"duplicate"},
        "large": {"duplicate"},
        "block.5.weight": {"duplicate"},
        "block.6.weight": set(),
    }
    assert {key: set(results[key].flags) for key in expected} == expected
    assert all(result.flags <= set(FLAGS) for result in results.values())
    assert results["copy"].duplicate_of is results["block.5.weight"].tensor
    assert results["large"].duplicate_of is results["large_copy"].tensor


def test_ties_and_constants_are_no_duplicates(tmp_path: Path) -> None:
    weight = torch.randn(100)
    path = tmp_path / "tied.pt"
    torch.save({"a": weight, "b": weight, "c": torch.ones(9), "d": torch.ones(9)}, path)
    with open_checkpoint(path) as checkpoint:
        assert not any("duplicate" in result.flags for result in scan(checkpoint))


def test_the_same_figures_are_not_yet_the_same_elements() -> None:
    values = torch.tensor([1.0, 2.0, 3.0, 5.0])
    tensors = [tensor_of(values, "a"), tensor_of(values.flip(0), "b")]
    assert not any("duplicate" in result.flags for result in scan_tensors(tensors))


def test_a_copy_in_another_order_is_a_duplicate() -> None:
    generator = torch.Generator().manual_seed(8)
    views = [torch.randn(9, 5 + n, generator=generator).double().exp().T for n in range(50)]
    tensors = [tensor_of(one) for view in views for one in (view, view.contiguous())]
    found = [result.duplicate_of for result in scan_tensors(tensors)]
    assert found[0::2] == tensors[1::2] and found[1::2] == tensors[0::2]


def test_elements_that_a_view_repeats_are_looked_at_once(tmp_path: Path) -> None:
    path = tmp_path / "repeated.pt"
    row = torch.tensor([1.0, 2.0])
    torch.save(
        {
            "a": row.expand(2**34, 2),
            "b": row.clone().expand(2**34, 2),
            "rows": row.clone().expand(2, 2),
            "columns": row.clone().unsqueeze(1).expand(2, 2),
        },
        path,
    )
    with open_checkpoint(path) as checkpoint:
        found = {one.tensor.key: one.duplicate_of for one in scan(checkpoint)}
    assert found["a"] is not None and found["a"].key == "b"
    assert found["rows"] is found["columns"] is None


def test_an_unreadable_tensor_is_a_row_and_not_the_end(
    saved: tuple[Checkpoint, dict[str, torch.Tensor]],
) -> None:
    checkpoint, _ = saved
    for tensor in checkpoint.tensors:
        if tensor.key in ("large", "block.7.weight"):
            position = checkpoint.tensors.index(tensor)
            assert tensor.storage is not None
            storage = copy(tensor.storage)
            storage.problem = "its record is damaged"
            checkpoint.tensors[position] = tensor.replaced(storage=storage)
    results = by_key(scan(checkpoint))
    assert len(results) == len(checkpoint.tensors)
    broken = {key for key, result in results.items() if result.error}
    assert broken == {"large", "block.7.weight"}
    assert results["large"].flags == {"unreadable"}
    assert "damaged" in results["large"].error
    assert math.isnan(results["large"].mean) and math.isnan(results["large"].quantile(0.5))


def test_a_meta_tensor_is_not_unreadable_and_loses_no_row(tmp_path: Path) -> None:
    weight = torch.randn(3, 4)
    state = {"bare": torch.empty(5, 5, device="meta"), "tagged": weight, "last": torch.randn(5)}
    with cuda_tags(lambda storage: "meta" if storage.nbytes() == weight.nbytes else None):
        torch.save(state, tmp_path / "meta.pt")
    with open_checkpoint(tmp_path / "meta.pt") as checkpoint:
        results = by_key(scan(checkpoint))
    assert {key: set(result.flags) for key, result in results.items()} == {
        "bare": {"no-data"},
        "tagged": {"no-data"},
        "last": set(),
    }
    assert "no data" in results["tagged"].error


@pytest.mark.filterwarnings("ignore:Sparse")
def test_equal_stored_values_make_no_constant_tensor(tmp_path: Path) -> None:
    mask = (torch.rand(40, 40) < 0.1).float()
    state = {
        "coo": mask.to_sparse(),
        "csr": mask.to_sparse_csr(),
        "blocks": mask.to_sparse_bsr((4, 4)),
        "nothing": torch.sparse_coo_tensor(torch.zeros(2, 3, dtype=torch.long), torch.zeros(3)),
        "bad": (mask * torch.nan).to_sparse(),
    }
    torch.save(state, tmp_path / "sparse.pt")
    with open_checkpoint(tmp_path / "sparse.pt") as checkpoint:
        results = by_key(scan(checkpoint))
    flags = {key: set(result.flags) for key, result in results.items()}
    assert [flags[key] for key in ("coo", "csr", "blocks")] == [set(), set(), set()]
    assert (flags["nothing"], flags["bad"]) == ({"zero"}, {"nan"})


def test_results_stream_and_progress_ends_at_the_total(
    saved: tuple[Checkpoint, dict[str, torch.Tensor]],
) -> None:
    batches: list[list[str]] = []
    seen: list[tuple[int, int]] = []
    threads: set[int] = set()

    def on_result(results: Sequence[ScanResult]) -> None:
        batches.append([result.tensor.key for result in results])
        threads.add(threading.get_ident())

    scan(saved[0], on_result=on_result, progress=lambda done, total: seen.append((done, total)))
    keys = {key for batch in batches for key in batch}
    assert keys == {tensor.key for tensor in saved[0].tensors}
    assert len(batches) > 3
    assert threads == {threading.get_ident()}
    total = sum(tensor.nbytes for tensor in saved[0].tensors)
    assert seen[-1] == (total, total)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_cancelling_keeps_what_was_found(
    saved: tuple[Checkpoint, dict[str, torch.Tensor]],
) -> None:
    cancel = CancelToken()
    found: list[ScanResult] = []

    def on_result(results: Sequence[ScanResult]) -> None:
        found.extend(results)
        cancel.cancel()

    with pytest.raises(Cancelled):
        scan(saved[0], cancel=cancel, on_result=on_result)
    assert 0 < len(found) < len(saved[0].tensors)


def test_a_file_that_changes_meanwhile_ends_the_scan(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save({"a": torch.randn(100)}, path)
    with open_checkpoint(path) as checkpoint:
        with path.open("r+b") as file:
            file.truncate(200)
        with pytest.raises(ChangedOnDiskError):
            scan(checkpoint)


def test_an_empty_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "empty.pt"
    torch.save({}, path)
    with open_checkpoint(path) as checkpoint:
        assert list(scan(checkpoint)) == []


def test_small_tensors_are_read_in_few_reads(tmp_path: Path) -> None:
    tensors = [tensor_of(torch.randn(1000), str(number)) for number in range(3)]
    joined = tensor_of(torch.randn(100_000))
    rows = [
        joined.replaced(key=str(row), shape=(1000,), stride=(1,), storage_offset=1000 * row)
        for row in range(100)
    ]
    results = scanning.scan_tensors([*tensors, *rows])
    assert len(results) == 103
    values = np.frombuffer(source_of(joined).data, np.float32)
    for row in (0, 57, 99):
        assert results[3 + row].max == values[1000 * row : 1000 * row + 1000].max()
    assert source_of(joined).bytes_read <= 400_000


def test_tensors_without_elements_are_told_by_their_type(tmp_path: Path) -> None:
    state = {"a": torch.empty(0), "b": torch.empty(0, 3), "c": torch.empty(0, dtype=torch.int64)}
    torch.save(state, tmp_path / "empty.pt")
    with open_checkpoint(tmp_path / "empty.pt") as checkpoint:
        results = scan(checkpoint)
    assert [result.tensor.key for result in results] == ["a", "b", "c"]
    assert [result.tensor.dtype for result in results] == ["float32", "float32", "int64"]
    assert all((result.count, result.zeros, result.error) == (0, 0, "") for result in results)
    assert not any(result.duplicate_of for result in results)


def test_results_are_told_by_number_by_slice_and_by_column() -> None:
    nan = torch.tensor([1.0, math.nan])
    values = [torch.randn(50), torch.randn(70_000), nan, torch.randn(50), torch.randn(7).half()]
    results = scan_tensors([tensor_of(value, str(n)) for n, value in enumerate(values)])
    extremes = [value[value.isfinite()].max().item() for value in values]
    assert [result.max for result in results] == extremes
    assert [results[number].max for number in range(-5, 5)] == 2 * extremes
    assert [result.max for result in results[3:0:-1]] == extremes[3:0:-1]
    for some in (results, results[1:4], list(results)):
        for name in ("high", "counts", "flags", "bars"):
            expected = [getattr(result.columns, name)[result.row] for result in some]
            assert column(some, name).tolist() == np.array(expected).tolist()


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_sums_beyond_float64_leave_a_row_with_bars(sign: float) -> None:
    values = sign * torch.tensor([1.7e308, 1.6e308, 1.5e308, 0.0], dtype=torch.float64)
    (found,) = scan_tensors([tensor_of(values)])
    assert (found.min, found.max) == (values.min().item(), values.max().item())
    assert found.bounds == (found.min, found.max) and found.bars.sum() == 4
    assert math.isinf(found.mean) and found.std == math.inf
