"""How the command line ends: when nobody takes its output any more, and beside damage."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from inspector import cli
from tests.builders import built, save, torch
from tests.builders.containers import records_of, rezip

SAMPLE = Path(__file__).parent.parent / "resources" / "samples" / "tiny_cnn_epoch01.pt"
COMMANDS = ["list", "list --json", "stats", "verify"]


def run(words: str, output: int) -> tuple[int, str]:
    command = [sys.executable, "-m", "inspector.cli", *words.split(), str(SAMPLE)]
    done = subprocess.run(
        command, stdout=output, stderr=subprocess.PIPE, text=True, timeout=120, check=False
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("words", COMMANDS)
def test_a_reader_that_has_seen_enough_is_no_trouble_to_tell(words: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert run(words, writer) == (2, "")
    finally:
        os.close(writer)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
@pytest.mark.parametrize("words", COMMANDS)
def test_a_full_disk_is_one_line(words: str) -> None:
    with Path("/dev/full").open("wb") as full:
        status, told = run(words, full.fileno())
    assert status == 2
    assert told == "inspector: the output: No space left on device\n"


@pytest.mark.parametrize("closed", ["1", "2"])
@pytest.mark.parametrize("words", COMMANDS)
def test_an_output_that_is_closed_gets_nothing(words: str, closed: str) -> None:
    command = f'exec "$0" -m inspector.cli {words} "$1" {closed}>&-'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable, str(SAMPLE)], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert bool(done.stdout) == (closed == "2")


def test_a_terminal_without_a_character_gets_its_code() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "inspector.cli", "list", str(SAMPLE)],
        capture_output=True, check=False, env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"16 \xd7 1 \xd7 3 \xd7 3" in done.stdout


def test_no_room_to_unpack_a_tensor_is_told_of_that_tensor(tmp_path: Path) -> None:
    source = save(tmp_path / "source.pt", {"w": torch.zeros(1 << 20), "small": torch.ones(4)})
    packed = rezip(tmp_path / "packed.pt", records_of(source), method=zipfile.ZIP_DEFLATED)
    done = subprocess.run(
        [sys.executable, "-m", "inspector.cli", "stats", "--json", str(packed)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)),
    )
    found = {row["key"]: row for row in json.loads(done.stdout)["tensors"]}
    assert "cannot be unpacked" in found["w"]["error"]
    assert found["w"]["min"] is None
    assert found["small"]["max"] == 1


def test_a_comparison_with_a_missing_shard_is_trouble(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = built("sharded_safetensors_by_index").path.parent
    cut = shutil.copytree(whole, tmp_path / "set")
    missing = sorted(cut.glob("*.safetensors"))[0]
    missing.unlink()
    assert cli.main(["compare", str(whole), str(whole)]) == cli.SAME
    assert capsys.readouterr().err == ""
    assert cli.main(["compare", str(whole), str(cut)]) == cli.TROUBLE
    out, told = capsys.readouterr()
    assert "only in A" in out
    assert missing.name in told


def test_stats_say_what_the_figures_of_sparse_tensors_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "sparse.pt"
    torch.save({"eye": torch.eye(4).to_sparse(), "w": torch.ones(2)}, path)
    assert cli.main(["stats", str(path)]) == 0
    assert capsys.readouterr().out.endswith("of sparse tensors: the stored values\n")
    assert cli.main(["stats", str(path), "w"]) == 0
    assert "sparse" not in capsys.readouterr().out
