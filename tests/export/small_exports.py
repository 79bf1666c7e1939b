"""A small source, a folder for its copies, and the export between them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from inspector.export.exporting import export_checkpoint
from inspector.formats.detect import open_checkpoint
from tests.builders import save, torch


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return save(folder / "model.pt", {"w": torch.arange(200_000.0), "b": torch.ones(3)})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def export(source: Path, target: Path, **wishes: Any) -> None:
    with open_checkpoint(source) as checkpoint:
        export_checkpoint(checkpoint, target, "cuda:0", **wishes)
