"""Where a copy may not go, and what stays of what stands there."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from inspector.checkpoint.errors import ExportError
from inspector.export.exporting import export_checkpoint
from inspector.formats.detect import open_checkpoint
from tests.builders import save, torch
from tests.export.small_exports import digest, export, out, source

__all__ = ["out", "source"]


def test_a_folder_without_permission(source: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    code = (
        "import os, sys\n"
        "from inspector.checkpoint.errors import ExportError\n"
        "from inspector.export.exporting import export_checkpoint\n"
        "from inspector.formats.detect import open_checkpoint\n"
        "checkpoint = open_checkpoint(sys.argv[1])\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setegid(65534); os.seteuid(65534)\n"
        "os.access = lambda path, mode: True\n"  # root's rights linger in access()
        "try: export_checkpoint(checkpoint, sys.argv[2], 'cpu')\n"
        "except ExportError as error: print(error)\n"
    )
    for parent in closed.parents:
        if "pytest" in str(parent):  # pytest's own folders are closed to everybody else
            parent.chmod(0o755)
    ran = subprocess.run([sys.executable, "-c", code, str(source), str(closed / "copy.pt")],
                         capture_output=True, text=True, check=False)  # fmt: skip
    assert "no permission" in ran.stdout, ran.stderr
    assert list(closed.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("missing/copy.pt", "no such folder"),
        ("x" * 300 + ".pt", "longer"),
        ("folder", "a folder"),
        ("fifo", "no regular file"),
        ("loop", "link"),
        ("nul\0.pt", "not valid"),
    ],
)
def test_a_target_that_is_none(name: str, why: str, source: Path, out: Path) -> None:
    (out / "folder").mkdir()
    os.mkfifo(out / "fifo")
    (out / "loop").symlink_to(out / "loop")
    before = sorted(out.iterdir())
    with pytest.raises(ExportError, match=why):
        export(source, out / name, overwrite=True)
    assert sorted(out.iterdir()) == before


def test_an_existing_file_is_only_overwritten_when_asked(source: Path, out: Path) -> None:
    target = out / "copy.pt"
    target.write_bytes(b"mine")
    with pytest.raises(ExportError, match="there already"):
        export(source, target)
    assert target.read_bytes() == b"mine"


def test_the_source_is_refused_under_every_name(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (out / "link.pt").symlink_to(source)
    os.link(source, out / "hard.pt")
    monkeypatch.chdir(source.parent)
    before = digest(source)
    detour = source.parent / ".." / "source" / "model.pt"
    names: list[str | Path] = [source, out / "link.pt", out / "hard.pt", detour, "model.pt"]
    with open_checkpoint(source) as checkpoint:
        if sys.platform.startswith("linux"):
            names.append(f"/proc/self/fd/{checkpoint.sources[0].fileno()}")
        for name in names:
            for weights_only in (False, True):
                with pytest.raises(ExportError, match="the source itself"):
                    export_checkpoint(
                        checkpoint, name, "cpu", overwrite=True, weights_only=weights_only
                    )
    assert digest(source) == before


def test_a_symbolic_link_stays_and_its_target_is_replaced(source: Path, out: Path) -> None:
    real = out / "real.pt"
    real.write_bytes(b"old")
    link = out / "link.pt"
    link.symlink_to("real.pt")
    export(source, link, overwrite=True)
    assert link.is_symlink()
    assert torch.load(real, map_location="cpu", weights_only=True)["b"].sum() == 3


def test_mode_bits_and_umask(source: Path, out: Path) -> None:
    kept = out / "kept.pt"
    kept.write_bytes(b"old")
    kept.chmod(0o640)
    export(source, kept, overwrite=True)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    umask = os.umask(0o077)
    try:
        export(source, out / "fresh.pt")
    finally:
        os.umask(umask)
    assert stat.S_IMODE((out / "fresh.pt").stat().st_mode) == 0o600


def test_keys_never_become_file_names(out: Path, tmp_path: Path) -> None:
    names = ["../up", "/etc/passwd", "aux", "", "n" * 900_000, "nul\0", "a/b\\c"]
    source = save(tmp_path / "names.pt", {name: torch.ones(1) for name in names})
    with open_checkpoint(source) as checkpoint:
        ways: list[dict[str, Any]] = [{}, {"weights_only": True}, {"shard_bytes": 8}]
        for number, wishes in enumerate(ways):
            folder = out / str(number)
            folder.mkdir()
            export_checkpoint(checkpoint, folder / "copy.pt", "cuda:0", **wishes)
            assert all(path.name.startswith("copy") for path in folder.iterdir())
        assert sorted(path.name for path in out.iterdir()) == ["0", "1", "2"]
    loaded = torch.load(out / "1" / "copy.pt", map_location="cpu", weights_only=True)
    assert list(loaded) == names
