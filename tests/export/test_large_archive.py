"""An archive of more than 4 GiB, mostly holes: only when INSPECTOR_LARGE is set, for it needs disk.

`INSPECTOR_LARGE=1 pytest tests/export/test_large_archive.py`
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.export.exporting import export_checkpoint
from inspector.formats.detect import open_checkpoint
from tests.builders import torch
from tests.export.loading import loaded_with_tags

pytestmark = pytest.mark.skipif(
    not os.environ.get("INSPECTOR_LARGE"), reason="writes 10 GB; set INSPECTOR_LARGE=1"
)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a file whose last headers lie beyond 4 GiB, and whose first storage does itself."""
    path = tmp_path_factory.mktemp("large") / "large.pt"
    huge = torch.zeros((1 << 32) + 1000, dtype=torch.uint8)
    huge[-1] = 7
    torch.save({"huge": huge, "after": torch.arange(10.0), "last": torch.ones(3)}, path)
    yield path
    path.unlink()


def check(path: Path) -> None:
    loaded = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    assert loaded["huge"].shape == ((1 << 32) + 1000,)
    assert loaded["huge"][-1] == 7
    assert loaded["huge"][:: 1 << 20].sum() == 0
    assert torch.equal(loaded["after"], torch.arange(10.0))
    assert torch.equal(loaded["last"], torch.ones(3))
    with zipfile.ZipFile(path) as archive:
        assert any(info.header_offset > 1 << 32 for info in archive.infolist())


def test_re_mapped_there_and_back(large: Path, tmp_path: Path) -> None:
    there, back = tmp_path / "there.pt", tmp_path / "back.pt"
    with open_checkpoint(large) as checkpoint:
        export_checkpoint(checkpoint, there, "cuda:0")
    check(there)
    assert set(loaded_with_tags(there)[1].values()) == {"cuda:0"}
    with open_checkpoint(there) as checkpoint:
        export_checkpoint(checkpoint, back, {"cuda:0": "mps"})
    there.unlink()
    check(back)
    back.unlink()


def test_written_as_a_new_file(large: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.pt"
    with open_checkpoint(large) as checkpoint:
        export_checkpoint(checkpoint, target, "cuda:0", weights_only=True)
    check(target)
    target.unlink()
