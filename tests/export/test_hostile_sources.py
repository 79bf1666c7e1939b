"""Exports of hostile files that open: an error in words or a copy, nothing run, nothing left."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

import tests.hostile.attacks  # noqa: F401 - fills the list
from inspector.checkpoint.errors import CheckpointError
from inspector.export.exporting import plan_export, write
from inspector.export.plan import ExportOptions
from inspector.formats.detect import open_checkpoint
from tests.builders import torch
from tests.hostile.attack import ATTACKS, CANARY

WAYS: list[dict[str, Any]] = [
    {"map_location": "cuda:0", "allow_unsafe_globals": True},
    {"weights_only": True},
    {"format": "safetensors"},
]
# Seconds or gigabytes of torch's own, when it loads the dict or inflates the storage again.
SLOW = {"colliding_integer_keys", "storage_that_inflates_to_600_megabytes"}


@pytest.mark.parametrize(
    "name",
    [name for name, attack in ATTACKS.items()
     if (attack.opens or attack.either or attack.salvaged) and name not in SLOW],
)  # fmt: skip
def test_export_of_a_hostile_file(name: str, tmp_path: Path) -> None:
    source = ATTACKS[name].build(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    try:
        checkpoint = open_checkpoint(source)
    except CheckpointError:
        pytest.skip("it is refused already")
    with checkpoint:
        for wishes in WAYS:
            target = out / "copy"
            target.unlink(missing_ok=True)
            try:
                write(plan_export(checkpoint, target, ExportOptions(**wishes)))
            except CheckpointError:
                assert list(out.iterdir()) == []
                continue
            assert list(out.iterdir()) == [target]
            if wishes.get("weights_only"):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    torch.load(target, map_location="cpu", weights_only=True)
    assert not (tmp_path / CANARY).exists()
