"""The chips that say whom to trust, for files that torch wrote."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from inspector import open_checkpoint
from inspector.ui.trust import trust_chips
from tests.builders import torch


class Runs:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("echo harm",)


class Harmless:
    """A class of this module alone."""


def chips(path: Path) -> dict[str, str]:
    with open_checkpoint(path) as checkpoint:
        return {text: tone for text, tone, _ in trust_chips(checkpoint)}


def test_a_file_that_runs_commands_is_called_so(tmp_path: Path) -> None:
    torch.save({"weight": torch.ones(2), "extra": Runs()}, tmp_path / "a.pt")
    found = chips(tmp_path / "a.pt")
    assert found[f"⚠ asks for {os.system.__module__}.system"] == "danger"
    assert found["✓ Nothing executed"] == "ok"
    assert found["✗ weights_only refuses 1 name"] == "warning"


def test_a_class_of_its_own_is_no_attack(tmp_path: Path) -> None:
    torch.save({"weight": torch.ones(2), "extra": Harmless()}, tmp_path / "a.pt")
    assert list(chips(tmp_path / "a.pt").values()) == ["ok", "warning"]


@pytest.mark.parametrize("kept", [0.7, 1.0])
def test_what_is_no_name_is_not_called_a_name(tmp_path: Path, kept: float) -> None:
    torch.save({"a": torch.ones(9999), "b": torch.ones(9999)}, tmp_path / "a.pt")
    data = (tmp_path / "a.pt").read_bytes()
    (tmp_path / "a.pt").write_bytes(data[: int(len(data) * kept)])
    found = chips(tmp_path / "a.pt")
    assert ("✗ weights_only refuses it" in found) == (kept < 1)
    assert ("loads with weights_only" in found) == (kept == 1)


def test_a_single_finding_is_named(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(9999), "b": torch.ones(9999)}, tmp_path / "a.pt")
    data = (tmp_path / "a.pt").read_bytes()
    (tmp_path / "a.pt").write_bytes(data + b"more")
    assert chips(tmp_path / "a.pt")["⚠ bytes after its end"] == "warning"
    (tmp_path / "a.pt").write_bytes(data[:60_000])
    assert chips(tmp_path / "a.pt")["✗ cut short"] == "danger"
