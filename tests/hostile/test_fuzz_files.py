"""Whole files: cut at every byte, and with bytes flipped."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from inspector.analysis.statistics import summarize
from inspector.checkpoint.errors import CheckpointError
from inspector.formats.detect import open_checkpoint
from tests.builders.registry import VALID, built
from tests.hostile.attacks.legacy_lies import prefixes
from tests.hostile.fuzzing import SECONDS

LEGACY = [name for name in VALID if name.startswith("legacy") or name.endswith("legacy_model")]
FLIPPED = (
    "state_dict_pt",
    "views_of_one_storage",
    "quantized_per_channel",
    "sparse_coo",
    "sparse_compressed",
    "nested_strided",
    "general_checkpoint_with_adam",
    "whole_model_of_a_gone_class",
    "numpy_arrays_and_scalars",
    "rezipped_deflated",
    "legacy_state",
    "legacy_views",
    "tar_form",
    "torchscript_scripted",
    "safetensors_of_every_dtype",
    "sharded_torch_by_index",
)


def look_at(path: Path) -> bool:
    """Open and measure everything; True when it opened whole. Errors must be in words."""
    try:
        with open_checkpoint(path) as checkpoint:
            for tensor in checkpoint.tensors[:20]:
                try:
                    summarize(tensor)
                except CheckpointError as error:
                    assert str(error)
            return not any(finding.severity == "error" for finding in checkpoint.findings)
    except CheckpointError as error:
        assert str(error)
        return False


def test_fuzz_every_prefix_of_a_small_legacy_file(tmp_path: Path) -> None:
    for data in prefixes():
        path = tmp_path / "cut.pth"
        path.write_bytes(data)
        assert not look_at(path), len(data)


@pytest.mark.parametrize("name", LEGACY)
def test_fuzz_prefixes_of_real_legacy_files(name: str, tmp_path: Path) -> None:
    data = built(name).path.read_bytes()
    path = tmp_path / "cut.pth"
    chosen = range(len(data)) if SECONDS else random.Random(0).sample(range(len(data)), 60)
    for length in chosen:
        path.write_bytes(data[:length])
        assert not look_at(path), length


@pytest.mark.parametrize(
    "name", ["state_dict_pt", "safetensors_state", "tar_form", "torchscript_traced"]
)
def test_fuzz_prefixes_of_other_containers(name: str, tmp_path: Path) -> None:
    data = built(name).path.read_bytes()
    path = tmp_path / "cut.pt"
    chosen = range(len(data)) if SECONDS else random.Random(0).sample(range(len(data)), 60)
    for length in chosen:
        path.write_bytes(data[:length])
        if name == "tar_form" and not any(data[length:]):
            continue  # the padding at the end of a tar archive says nothing
        assert not look_at(path), length


@pytest.mark.parametrize("name", FLIPPED)
def test_fuzz_single_bytes_flipped(name: str, tmp_path: Path) -> None:
    data = built(name).path.read_bytes()
    path = tmp_path / built(name).path.name
    for sibling in built(name).path.parent.iterdir():
        (tmp_path / sibling.name).write_bytes(sibling.read_bytes())
    chance = random.Random(name)
    end, rounds = time.monotonic() + SECONDS, 0
    while rounds < 60 or time.monotonic() < end:
        at = chance.randrange(len(data))
        flipped = (
            data[at] ^ (1 << chance.randrange(8))
            if chance.random() < 0.5
            else chance.randrange(256)
        )
        path.write_bytes(data[:at] + bytes([flipped]) + data[at + 1 :])
        look_at(path)
        rounds += 1
