"""What the command line does when nobody takes its output any more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
