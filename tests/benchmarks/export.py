"""Exports against torch, safetensors and `cp`: whole processes, from start to the bytes on disk.

Every contender flushes what it wrote, and each run starts without the last one's output. No other
contender reads back what it wrote, so it is left out in the ratios and told beside them. The file
takes 2 GiB, or as many MiB as INSPECTOR_BENCHMARK_MIB says.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import CancelToken
from inspector.export.exporting import plan_export, write
from inspector.export.pickle_edits import check_remapped, remap_pickle
from inspector.export.pickle_locations import scan_locations
from inspector.export.plan import ExportOptions
from inspector.formats.detect import open_checkpoint
from inspector.formats.zip_archive import ZipArchive
from tests.benchmarks.table import Row

MIB = int(os.environ.get("INSPECTOR_BENCHMARK_MIB", "2048"))
RUNS = 3
_FLUSH = "import os, sys\nfd = os.open(sys.argv[2], os.O_RDWR); os.fsync(fd); os.close(fd)\n"
# Not getrusage: a child's figure there begins with its parent's.
_PEAK = (
    "status = open('/proc/self/status').read()\nprint(status.partition('VmHWM:')[2].split()[0])\n"
)
_OURS = (
    "import sys\n"
    "from inspector.export.exporting import export_checkpoint\n"
    "from inspector.formats.detect import open_checkpoint\n"
    "with open_checkpoint(sys.argv[1]) as checkpoint:\n"
    "    export_checkpoint(checkpoint, sys.argv[2], {})\n"
)
_LOAD = "import sys, torch\nstate = torch.load(sys.argv[1], weights_only=True, {})\n"
_SAVE = "torch.save(state, sys.argv[2])\n"
_SAFE = (
    "from safetensors.torch import save_file\n"
    "save_file({key: t.to(torch.bfloat16) for key, t in state.items()}, sys.argv[2])\n"
)
SCRIPTS = {
    "idle": _OURS.replace("export_checkpoint(checkpoint, sys.argv[2], {})", "pass"),
    "re-map, read back": _OURS.format("'cuda:0'"),
    "re-map": _OURS.format("'cuda:0', read_back=False"),
    "cp": "import subprocess, sys\nsubprocess.run(['cp', sys.argv[1], sys.argv[2]], check=True)\n"
    + _FLUSH,
    "load + save": _LOAD.format("map_location='cpu'") + _SAVE + _FLUSH,
    "mmap + save": _LOAD.format("map_location='cpu', mmap=True") + _SAVE + _FLUSH,
    "bfloat16, read back": _OURS.format("None, dtype='bfloat16', format='safetensors'"),
    "bfloat16": _OURS.format(
        "None, dtype='bfloat16', format='safetensors', read_back=False"
    ),
    "mmap + save_file": _LOAD.format("map_location='cpu', mmap=True") + _SAFE + _FLUSH,
}  # fmt: skip


def rows() -> Iterator[Row]:
    """Measure on a file of many layers, and on one of 100,000 tensors."""
    with tempfile.TemporaryDirectory(prefix="inspector-export-") as name:
        folder = Path(name)
        yield from _file_rows(folder)
        yield from _many_rows(folder)


def _file_rows(folder: Path) -> Iterator[Row]:
    source = folder / "source.pt"
    layer = torch.randn(4 << 20)
    torch.save({f"layer.{number}": layer + number for number in range(MIB // 16)}, source)
    taken: dict[str, list[float]] = {name: [] for name in SCRIPTS}
    peaks: dict[str, list[float]] = {name: [] for name in SCRIPTS}
    for _ in range(RUNS):
        for name, script in SCRIPTS.items():
            duration, peak = _run(script, source, folder / "target")
            taken[name].append(duration)
            peaks[name].append(peak)
    time_of = {name: statistics.median(values) for name, values in taken.items()}
    peak_of = {name: statistics.median(values) for name, values in peaks.items()}

    def faster(name: str, ours: str, other: str, target: float) -> Row:
        detail = f"{time_of[ours]:.2f} s against {time_of[other]:.2f} s"
        return Row(name, time_of[other] / time_of[ours], "x", target, True, detail)

    size = f"{MIB} MiB"
    yield faster(f"re-map {size}, vs torch.load + save", "re-map", "load + save", 2.5)
    yield faster("  vs torch.load(mmap=True) + save", "re-map", "mmap + save", 1.5)
    yield Row("  of a plain cp", time_of["re-map"] / time_of["cp"], "x", 2.5, False,
              f"{time_of['re-map']:.2f} s against {time_of['cp']:.2f} s; "
              f"{time_of['re-map, read back']:.2f} s with reading back")  # fmt: skip
    above = peak_of["re-map, read back"] - peak_of["idle"]
    yield Row("  memory above an open checkpoint", above, "MiB", 64, False)
    yield faster(f"bfloat16 safetensors of {size}, vs torch mmap + save_file", "bfloat16",
                 "mmap + save_file", 3)  # fmt: skip
    ours, theirs = peak_of["bfloat16, read back"], peak_of["mmap + save_file"]
    yield Row("  memory, of torch's", ours / theirs, "x", 0.2, False,
              f"{ours:.0f} MiB against {theirs:.0f} MiB; "
              f"{time_of['bfloat16, read back']:.2f} s with reading back")  # fmt: skip


def _run(script: str, source: Path, target: Path) -> tuple[float, float]:
    """Run a script in a process of its own; return its seconds and its peak memory in MiB."""
    target.unlink(missing_ok=True)
    os.sync()
    command = [sys.executable, "-c", script + _PEAK, str(source), str(target)]
    started = time.perf_counter()
    ran = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return time.perf_counter() - started, int(ran.stdout) / 1024


def _many_rows(folder: Path) -> Iterator[Row]:
    source = folder / "many.pt"
    torch.save({f"layer.{n}.weight": torch.zeros(4, 4) for n in range(100_000)}, source)
    cancel = CancelToken()
    archive = ZipArchive(ByteSource(source), cancel)
    data = archive.read(archive.records["many/data.pkl"], 1 << 28)

    started = time.process_time()
    scan = scan_locations(data, 0, cancel)
    changed = remap_pickle(data, scan, lambda key, old: "cuda:0")
    check_remapped(changed, scan, lambda key, old: "cuda:0", cancel)
    taken = time.process_time() - started
    yield Row("pickle of 100,000 tensors re-mapped and scanned again, CPU", taken, "s", 4, False)
    for kind, planning, writing in (("torch", 3, 8), ("safetensors", 1.5, 8)):
        options = ExportOptions(dtype="bfloat16", format=kind)
        with open_checkpoint(source) as checkpoint:
            started = time.process_time()
            plan = plan_export(checkpoint, folder / "many", options)
            planned = time.process_time()
            write(plan)
        name = f"100,000 tensors to bfloat16 {kind}"
        yield Row(f"{name}: plan, CPU", planned - started, "s", planning, False)
        taken = time.process_time() - planned
        yield Row(f"{name}: write and read back, CPU", taken, "s", writing, False)
        (folder / "many").unlink()
