"""`stats --json` over real files: the figures torch gives, and the tensors that keys choose."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch

from inspector import cli
from inspector.analysis.stats_report import COLUMNS, statistics_of
from inspector.checkpoint.errors import CheckpointError, UnsupportedError
from inspector.formats.detect import open_checkpoint


@pytest.fixture
def model(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "model.pt"
    state = {
        "layer.0.weight": torch.randn(40, 30),
        "layer.1.weight": torch.randn(300, 300).half(),
        "layer.1.bias": torch.tensor([1.0, math.nan, -math.inf]),
        "step": torch.tensor(7),
        "odd[1]": torch.zeros(2),
        "empty": torch.empty(0),
    }
    torch.save(state, path)
    return path


def test_the_command_prints_what_torch_says(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["stats", str(model), "--json"]) == 0
    rows = {row["key"]: row for row in json.loads(capsys.readouterr().out)["tensors"]}
    state = torch.load(model, weights_only=True)
    assert list(rows) == list(state)
    for key in ("layer.0.weight", "layer.1.weight", "step"):
        values, row = state[key].double(), rows[key]
        assert [row["min"], row["max"]] == [values.min().item(), values.max().item()]
        assert row["mean"] == pytest.approx(values.mean().item(), rel=1e-12)
        assert row["l2"] == pytest.approx(values.norm().item(), rel=1e-12)
        assert row["zeros"] == (values == 0).sum()
        assert row["shape"] == list(values.shape)
    assert rows["layer.0.weight"]["std"] == pytest.approx(state["layer.0.weight"].double().std())
    assert rows["step"]["std"] == "nan"
    bias = rows["layer.1.bias"]
    assert [bias[name] for name in ("nan", "posinf", "neginf", "max")] == [1, 0, 1, 1.0]
    assert [rows["empty"][name] for name in ("min", "l2", "zeros")] == ["nan", 0.0, 0]


def test_keys_are_exact_or_patterns_and_come_in_file_order(model: Path) -> None:
    with open_checkpoint(model) as checkpoint:
        chosen = [row["key"] for row in statistics_of(checkpoint, ["step", "layer.*.weight"])]
        assert chosen == ["layer.0.weight", "layer.1.weight", "step"]
        assert [row["key"] for row in statistics_of(checkpoint, ["odd[1]"])] == ["odd[1]"]
        with pytest.raises(UnsupportedError, match=r"no tensor is named layer\.0\.wieght.*Did you"):
            statistics_of(checkpoint, ["layer.0.wieght"])


def test_an_unreadable_tensor_is_a_row_unless_it_was_asked_for(model: Path) -> None:
    with open_checkpoint(model) as checkpoint:
        broken = checkpoint.tensors[1]
        assert broken.storage is not None
        broken.storage.problem = "its bytes are missing"
        rows = statistics_of(checkpoint)
        assert [row["key"] for row in rows if "error" in row] == [broken.key]
        assert all(rows[1][column] is None for column in COLUMNS)
        assert "missing" in str(rows[1]["error"])
        with pytest.raises(CheckpointError, match="missing"):
            statistics_of(checkpoint, [broken.key])


def test_progress_counts_the_bytes_of_all_chosen_tensors(model: Path) -> None:
    seen: list[tuple[int, int]] = []
    with open_checkpoint(model) as checkpoint:
        statistics_of(checkpoint, progress=lambda done, total: seen.append((done, total)))
        total = sum(tensor.nbytes for tensor in checkpoint.tensors)
    assert seen[-1] == (total, total)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
