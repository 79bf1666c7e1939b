"""Sums over real files: what is tied counts once, and a view's hidden storage is found."""

from __future__ import annotations

from pathlib import Path

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.summary import Summary, sharers, summarize_checkpoint
from inspector.formats.detect import open_checkpoint
from tests.builders import torch


def summary_of(path: Path, saved: object) -> Summary:
    torch.save(saved, path)
    with open_checkpoint(path) as checkpoint:
        return summarize_checkpoint(checkpoint, CancelToken())


def test_plain_tensors_add_up(tmp_path: Path) -> None:
    saved = {
        "a": torch.zeros(10, 10),
        "b": torch.zeros(50, dtype=torch.bfloat16),
        "optimizer": {"state": {0: {"exp_avg": torch.zeros(100)}}},
    }
    summary = summary_of(tmp_path / "a.pt", saved)
    assert summary.tensors == 3
    assert summary.parameters == 150
    assert summary.bytes_by_dtype == {"float32": 800, "bfloat16": 100}
    assert summary.bytes_by_device == {"cpu": 900}
    assert (summary.shared, summary.uncovered) == (0, 0)


def test_tied_weights_are_counted_once(tmp_path: Path) -> None:
    weight = torch.zeros(100)
    summary = summary_of(tmp_path / "a.pt", {"a": weight, "b": weight, "row": weight[10:20]})
    assert summary.parameters == 110
    assert summary.shared == 400 + 40
    assert summary.uncovered == 0


def test_an_averaged_copy_does_not_double_the_parameters(tmp_path: Path) -> None:
    model, average = {"w": torch.zeros(100)}, {"w": torch.ones(100)}
    assert summary_of(tmp_path / "a.pt", {"model": model, "ema": average}).parameters == 100
    assert summary_of(tmp_path / "b.pt", {"ema": average}).parameters == 100
    beside = {"unet.w": torch.zeros(30), "model_ema.w": torch.ones(30), "ema_scale": torch.ones(2)}
    assert summary_of(tmp_path / "c.pt", {"state_dict": beside}).parameters == 32
    assert summary_of(tmp_path / "d.pt", beside).parameters == 32


def test_a_view_saved_with_its_whole_storage_is_found(tmp_path: Path) -> None:
    whole = torch.zeros(1000, 1000)
    summary = summary_of(tmp_path / "a.pt", {"row": whole[3], "transposed": torch.zeros(4, 6).T})
    assert summary.uncovered == 4 * (1_000_000 - 1000)
    assert summary.shared == 0


def test_a_column_covers_only_its_own_elements(tmp_path: Path) -> None:
    summary = summary_of(tmp_path / "a.pt", {"column": torch.zeros(100, 10)[:, 0]})
    assert summary.uncovered == 4 * (1000 - 100)


def test_views_without_end_cost_what_they_store(tmp_path: Path) -> None:
    endless = torch.zeros(1).expand(10**9, 10**9)
    summary = summary_of(tmp_path / "a.pt", {"endless": endless})
    assert summary.bytes_by_dtype == {"float32": 4}


def test_sparse_tensors_count_their_parts(tmp_path: Path) -> None:
    sparse = torch.eye(5).to_sparse()
    summary = summary_of(tmp_path / "a.pt", {"sparse": sparse})
    assert summary.bytes_by_dtype == {"int64": 80, "float32": 20}


def test_sharers_are_the_tensors_of_one_storage(tmp_path: Path) -> None:
    weight = torch.zeros(10)
    torch.save({"a": weight, "b": weight[2:], "c": torch.zeros(10)}, tmp_path / "a.pt")
    with open_checkpoint(tmp_path / "a.pt") as checkpoint:
        first, _, third = checkpoint.tensors
        assert [tensor.key for tensor in sharers(checkpoint, first)] == ["b"]
        assert sharers(checkpoint, third) == []
