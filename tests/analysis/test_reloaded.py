"""What changed since an earlier reading, by checksums or by values, and what nobody can say."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from inspector import open_checkpoint
from inspector.analysis.reloaded import Changes, changes_since

Save = Callable[[Any, Path], None]


def legacy(state: Any, path: Path) -> None:
    torch.save(state, path, _use_new_zipfile_serialization=False)


def weights(changed: bool) -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    state = {name: torch.randn(40, 30) for name in ("kept", "moved", "cast")}
    if changed:
        state["moved"][3, 4] += 1e-6
        state["cast"] = state["cast"].half()
        state["added"] = torch.ones(2)
    else:
        state["dropped"] = torch.ones(2)
    return state


def keys(changes: Changes) -> tuple[list[str], list[str], int, int]:
    changed = sorted(entry.key for entry in changes.changed)
    return changed, [entry.key for entry in changes.new], changes.gone, changes.untold


@pytest.mark.parametrize("save", [torch.save, legacy, save_file])
def test_file_replaced_by_rename_is_compared(save: Save, tmp_path: Path) -> None:
    path, part = tmp_path / "last.pt", tmp_path / "last.part"
    save(weights(False), path)
    with open_checkpoint(path) as earlier:
        save(weights(True), part)
        part.replace(path)
        with open_checkpoint(path) as now:
            found = changes_since(earlier, now)
    assert keys(found) == (["cast", "moved"], ["added"], 1, 0)


def test_checksums_outlive_a_file_that_was_overwritten_in_place(tmp_path: Path) -> None:
    path = tmp_path / "last.pt"
    torch.save({"model": weights(False), "epoch": 1}, path)
    with open_checkpoint(path) as earlier:
        inode = path.stat().st_ino
        torch.save({"model": weights(True), "epoch": 2}, path)
        assert path.stat().st_ino == inode
        with open_checkpoint(path) as now:
            found = changes_since(earlier, now)
    expected = ["epoch", "model.cast", "model.moved"]
    assert keys(found) == (expected, ["model.added"], 1, 0)


def test_what_was_overwritten_without_checksums_is_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "last.pt"
    legacy(weights(False), path)
    with open_checkpoint(path) as earlier:
        legacy(weights(True), path)
        os.utime(path, ns=(1, 1))  # a clock too coarse to tell would be another story
        with open_checkpoint(path) as now:
            found = changes_since(earlier, now)
    assert keys(found) == (["cast"], ["added"], 1, 2)


def test_empty_and_absent_data_is_no_change(tmp_path: Path) -> None:
    path = tmp_path / "last.pt"
    state = {"empty": torch.ones(0, 3), "meta": torch.ones(2, device="meta")}
    torch.save(state, path)
    with open_checkpoint(path) as earlier:
        torch.save(state, path)
        with open_checkpoint(path) as now:
            assert changes_since(earlier, now) == Changes()
