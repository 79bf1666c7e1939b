"""What the histogram panel says of a tensor's figures, beside the numbers themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from inspector.analysis.statistics import summarize
from inspector.formats.detect import open_checkpoint
from inspector.ui.histogram_content import Shown, shown_of


def shown(folder: Path, tensor: torch.Tensor) -> Shown:
    torch.save({"w": tensor}, folder / "w.pt")
    with open_checkpoint(folder / "w.pt") as checkpoint:
        statistics = summarize(checkpoint.tensors[0])
    return shown_of(
        statistics, total=statistics.count, whole_numbers=False, truth_values=False, duration=0.001
    )


@pytest.mark.filterwarnings("ignore:Sparse")
def test_figures_of_a_sparse_tensor_are_said_to_be_of_what_is_stored(tmp_path: Path) -> None:
    ones = shown(tmp_path, torch.eye(8).to_sparse())
    assert [badge.text for badge in ones.badges] == ["every stored value is 1"]
    assert "stored values: 8 " in ones.note
    blocks = shown(tmp_path, torch.eye(8).to_sparse_bsr((2, 2)))
    assert [badge.text for badge in blocks.badges] == ["stored zeros: 8 (50 %)"]
    assert "stored zeros" in [figure.name for figure in blocks.figures]


def test_a_sparse_tensor_with_every_element_stored_is_like_any_other(tmp_path: Path) -> None:
    full = shown(tmp_path, torch.ones(2, 3).to_sparse())
    assert [badge.text for badge in full.badges] == ["constant: every value is 1"]
    assert full.note.startswith("exact · 6 values")
