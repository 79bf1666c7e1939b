"""Opening against torch.load and safetensors, in the same run and on the same files.

The models are those of most checkpoints: a ResNet-50 and a language model. Writes 2 GB to the
folder for temporary files and deletes it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from inspector.formats.detect import open_checkpoint
from tests.benchmarks.models import language_model, resnet50, write_state_dict
from tests.benchmarks.table import Row, interleaved

MANY = (100_000, (2,))

# Wall seconds and peak resident KiB of one child process.
_MEASURE = """
import json, os, subprocess, sys, time
start = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(json.dumps([time.perf_counter() - start, usage.ru_maxrss, status]))
"""


def write(path: Path, shape: tuple[int, tuple[int, ...]]) -> Path:
    """Write a state dict of that many tensors of that shape."""
    count, size = shape
    torch.save({f"layers.{n}.weight": torch.full(size, float(n)) for n in range(count)}, path)
    return path


def by_us(path: Path) -> int:
    """Open, tree ready."""
    with open_checkpoint(path) as checkpoint:
        return len(checkpoint.entries)


def by_torch(path: Path) -> int:
    """The fastest that torch offers: mapped, no tensor read."""
    return len(torch.load(path, mmap=True, weights_only=True))


def in_process(folder: Path) -> Iterator[Row]:
    """Open, in process, tree ready, against `torch.load(mmap=True, weights_only=True)`."""
    cases = (
        ("ResNet-50, 320 tensors", write_state_dict(folder / "resnet.pt", resnet50), 8.0),
        ("2 GB, 291 tensors", folder / "large.pt", 8.0),
        ("100,000 tensors", write(folder / "many.pt", MANY), 5.0),
    )
    for name, path, target in cases:
        taken = interleaved(
            {"ours": lambda path=path: by_us(path), "torch": lambda path=path: by_torch(path)},  # type: ignore[misc]
            runs=5,
        )
        ratio, detail = taken["torch"] / taken["ours"], f"{taken['ours'] * 1e3:.1f} ms"
        yield Row(f"open {name}, x torch.load(mmap)", ratio, "x", target, True, detail)


def safetensors(folder: Path) -> Iterator[Row]:
    """Open a safetensors file of 10,000 tensors against the package's own header reader."""
    path = folder / "m.safetensors"
    save_file({f"layers.{n}.weight": torch.zeros(2) for n in range(10_000)}, path)

    def theirs() -> None:
        with safe_open(path, "pt") as opened:
            for key in opened.keys():  # noqa: SIM118
                opened.get_slice(key).get_shape()

    taken = interleaved({"ours": lambda: by_us(path), "theirs": theirs}, runs=5)
    detail = f"{taken['ours'] * 1e3:.1f} ms"
    ratio = taken["theirs"] / taken["ours"]
    yield Row("open 10,000 safetensors, x safe_open", ratio, "x", 0.2, True, detail)


def whole_process(folder: Path) -> Iterator[Row]:
    """The command line against a Python process that loads the file, start to end."""
    path = str(folder / "large.pt")
    ours = [sys.executable, "-m", "inspector.cli", "list", "--json", path]
    code = "import sys, torch; torch.load(sys.argv[1], weights_only=True)"
    theirs = [sys.executable, "-c", code, path]
    runs = [(_measured(ours), _measured(theirs)) for _ in range(3)]
    seconds = [min(run[side][0] for run in runs) for side in (0, 1)]
    memory = [max(run[side][1] for run in runs) for side in (0, 1)]
    detail = f"{seconds[0] * 1e3:.0f} ms, {memory[0] / 1024:.0f} MiB"
    yield Row("list 2 GB, x torch.load", seconds[1] / seconds[0], "x", 25.0, True, detail)
    yield Row("list 2 GB, memory of torch.load's", memory[0] / memory[1], "", 0.05, False, detail)


def _measured(command: list[str]) -> tuple[float, int]:
    output = subprocess.run(
        [sys.executable, "-c", _MEASURE, *command], check=True, capture_output=True
    ).stdout
    seconds, peak, status = json.loads(output)
    if status:
        raise RuntimeError(f"{command} failed")
    return seconds, peak


def memory(folder: Path) -> Iterator[Row]:
    """Peak memory does not grow with the bytes of the tensors."""
    base = [sys.executable, "-m", "inspector.cli", "list", "--json"]
    small = write_state_dict(folder / "small.pt", lambda: language_model(2, 2, 2))
    grown = _measured([*base, str(folder / "large.pt")])[1] - _measured([*base, str(small)])[1]
    yield Row("2 GB instead of 2 KB: more memory", grown / 1024, "MiB", 4.0, False)


def rows() -> Iterator[Row]:
    """All of them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_state_dict(folder / "large.pt", language_model)
        yield from in_process(folder)
        yield from safetensors(folder)
        yield from whole_process(folder)
        yield from memory(folder)
