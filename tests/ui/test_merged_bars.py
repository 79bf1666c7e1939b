"""The small histogram of a module, put together from those of its tensors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from inspector.analysis.scan import scan
from inspector.checkpoint.cancel import CancelToken
from inspector.formats.detect import open_checkpoint
from inspector.ui.merged_bars import merged_bars
from inspector.ui.tree_rows import build_rows


def test_every_element_is_in_a_bar_and_a_counter_does_not_press_them_into_one(
    tmp_path: Path,
) -> None:
    moments = {f"exp_avg{n}": torch.randn(4000) * 1e-3 for n in range(3)}
    path = tmp_path / "last.pt"
    torch.save({"state": {**moments, "step": torch.tensor(640.0)}, "other": torch.ones(2)}, path)
    cancel = CancelToken()
    with open_checkpoint(path) as checkpoint:
        rows = build_rows(checkpoint, {}, cancel)
        merged = merged_bars(rows, scan(checkpoint), cancel)
    bars = merged[rows.keys.index("state")].bars
    assert bars.sum() == 12_001
    assert np.count_nonzero(bars > 12) > 10
    assert bars[-1] < 12
