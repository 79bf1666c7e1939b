"""Comparison of whole files against safetensors and torch, in the same run and on the same bytes.

Writes three files of 2 GB to the folder for temporary files and deletes them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from inspector.analysis.compare import Comparison, compare
from inspector.analysis.pairs import structure
from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.formats.detect import open_checkpoint
from tests.benchmarks.table import Row, heartbeat, interleaved, seconds

TENSORS, SHAPE = 64, (4096, 2048)
SMALL = 100_000

# Linux only: the peak is set back to what is in use, then read again.
_PEAK = """
import re, sys
from inspector.analysis.compare import compare
from inspector.formats.detect import open_checkpoint
def kibibytes(name):
    return int(re.search(name + r":\\s+(\\d+)", open("/proc/self/status").read())[1])
with open_checkpoint(sys.argv[1]) as a, open_checkpoint(sys.argv[2]) as b:
    open("/proc/self/clear_refs", "w").write("5")
    idle = kibibytes("VmRSS")
    compare(a, b)
print((kibibytes("VmHWM") - idle) / 1024)
"""


def write_large(folder: Path) -> None:
    """Write a, b equal to it, and c that differs in every element: 2 GiB each."""
    tensors = {f"layer{i}.weight": torch.randn(SHAPE) for i in range(TENSORS)}
    save_file(tensors, folder / "a")
    save_file(tensors, folder / "b")
    for tensor in tensors.values():
        tensor.mul_(1.01).add_(1e-3)
    save_file(tensors, folder / "c")


def by_torch(a: Path, b: Path) -> None:
    """Load both, `torch.equal`, and the largest difference where they are not equal."""
    ours, theirs = load_file(a), load_file(b)
    for key, tensor in ours.items():
        if not torch.equal(tensor, theirs[key]):
            (tensor - theirs[key]).abs().max()


def by_us(a: Path, b: Path, cancel: CancelToken | None = None) -> Comparison:
    """Open both and compare them with all measures."""
    with open_checkpoint(a) as one, open_checkpoint(b) as other:
        return compare(one, other, cancel=cancel)


def speed(folder: Path) -> Iterator[Row]:
    """Whole files against torch with its default threads, and with one."""
    a, threads = folder / "a", torch.get_num_threads()
    for name, other, least in (("identical", folder / "b", 1.8), ("different", folder / "c", 1.0)):
        for count in (1, threads):
            torch.set_num_threads(count)
            taken = interleaved(
                {
                    "ours": lambda other=other: by_us(a, other),  # type: ignore[misc]
                    "torch": lambda other=other: by_torch(a, other),  # type: ignore[misc]
                }
            )
            ratio, detail = taken["torch"] / taken["ours"], f"{taken['ours']:.2f} s"
            yield Row(f"2 GiB {name}, x torch, {count} threads", ratio, "x", least, True, detail)
        torch.set_num_threads(threads)


def memory(folder: Path) -> Iterator[Row]:
    """Peak memory of a process of its own, above what it had after opening."""
    for name, other in (("identical", "b"), ("different", "c")):
        command = [sys.executable, "-c", _PEAK, str(folder / "a"), str(folder / other)]
        grown = float(subprocess.run(command, check=True, capture_output=True).stdout)
        yield Row(f"2 GiB {name}: memory above idle", grown, "MiB", 96.0, False)


def liveness(folder: Path) -> Iterator[Row]:
    """What another thread, and somebody who cancels, notice of the work."""
    idle: list[float] = []
    with heartbeat(idle):
        time.sleep(1.0)
    for name, other in (("identical", "b"), ("different", "c")):
        busy: list[float] = []
        with heartbeat(busy):
            by_us(folder / "a", folder / other)
        gap = (max(busy) - max(idle)) * 1e3
        yield Row(f"2 GiB {name}: longest gap of another thread", gap, "ms", 30.0, False)
        taken = max(_cancel_time(folder / "a", folder / other, 0.05 * i) for i in range(1, 6))
        yield Row(f"2 GiB {name}: cancelled after", taken * 1e3, "ms", 50.0, False)


def _cancel_time(a: Path, b: Path, after: float) -> float:
    cancel, asked = CancelToken(), [0.0]

    def ask() -> None:
        asked[0] = time.perf_counter()
        cancel.cancel()

    timer = threading.Timer(after, ask)
    timer.start()
    try:
        by_us(a, b, cancel)
    except Cancelled:
        return time.perf_counter() - asked[0]
    finally:
        timer.join()
    return 0.0


def many(folder: Path) -> Iterator[Row]:
    """100,000 tensors of 256 numbers against as many, under the same names and wrapped."""
    tensors = {
        f"block{i // 1000}.unit{i // 100 % 10}.sub{i // 10 % 10}.leaf{i % 10}": torch.randn(16, 16)
        for i in range(SMALL)
    }
    save_file(tensors, folder / "small")
    save_file({f"module.{key}": value + 1 for key, value in tensors.items()}, folder / "wrapped")
    for name in ("small", "wrapped"):
        with open_checkpoint(folder / "small") as a, open_checkpoint(folder / name) as b:
            taken = seconds(lambda a=a, b=b: structure(a, b))  # type: ignore[misc]
            yield Row(f"100,000 tensors, {name}: structure", taken, "s", 1.0, False)
            taken = seconds(lambda a=a, b=b: compare(a, b))  # type: ignore[misc]
            yield Row(f"100,000 tensors, {name}: all values", taken, "s", 4.0, False)


def rows() -> Iterator[Row]:
    """Yield all rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield from many(folder)
        write_large(folder)
        yield from speed(folder)
        yield from memory(folder)
        yield from liveness(folder)
