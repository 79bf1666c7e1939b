"""What a module of many tensors comes to, however its tensors are read."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from inspector.analysis.statistics import merge, summarize
from inspector.checkpoint.cancel import CancelToken
from inspector.formats.detect import open_checkpoint
from inspector.ui.histogram_work import ModuleShown, look_at_module
from inspector.ui.module_table import ModuleRow


def test_many_small_tensors_come_to_what_each_by_itself_does(tmp_path: Path) -> None:
    state = {f"layer.{number}.weight": torch.randn(number + 2) for number in range(300)}
    state["layer.5.steps"] = torch.tensor(7)
    state["layer.6.large"] = torch.randn(70_000)
    state["layer.7.bad"] = torch.tensor([torch.nan, 1.0])
    state["layer.8.tied"] = state["layer.299.weight"]
    path = tmp_path / "module.pt"
    torch.save(state, path)
    partial: list[ModuleShown] = []
    steps: list[tuple[int, int]] = []
    with open_checkpoint(path) as checkpoint:
        tensors = checkpoint.tensors
        shown = look_at_module(
            tensors, partial.append, CancelToken(), lambda done, total: steps.append((done, total))
        )
        each = [summarize(tensor) for tensor in tensors]
        kept = [
            found
            for tensor, found in zip(tensors, each, strict=True)
            if tensor.key not in ("layer.5.steps", "layer.8.tied")
        ]
        together = merge(kept)
    for row, tensor, found in zip(shown.rows, tensors, each, strict=True):
        expected = ModuleRow.of(tensor.key, found)
        assert (row.key, row.problem) == (expected.key, "")
        assert row.figures == pytest.approx(expected.figures, rel=1e-12, nan_ok=True)
    assert shown.shown is not None
    statistics = shown.shown.statistics
    assert (statistics.count, statistics.nan) == (together.count, 1)
    assert (statistics.min, statistics.max) == (together.min, together.max)
    assert statistics.mean == pytest.approx(together.mean, rel=1e-12)
    assert statistics.std == pytest.approx(together.std, rel=1e-12)
    assert partial[0].shown is not None
    assert len(partial[0].rows) == 302
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]
