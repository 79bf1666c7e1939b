"""Statistics against naive torch and naive numpy, in the same run and on the same bytes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from inspector.analysis.scan import scan
from inspector.analysis.statistics import Statistics, sample, summarize
from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.checkpoint.types import Storage, Tensor
from inspector.formats.detect import open_checkpoint
from tests.benchmarks.table import Row, heartbeat, interleaved

ELEMENTS = 32 << 20


class Memory:
    """Bytes in memory that read as a file's in the page cache do: by copying."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.size = len(data)

    def read_into(self, offset: int, buffer: memoryview) -> None:
        np.frombuffer(buffer, np.uint8)[:] = np.frombuffer(self.data, np.uint8, len(buffer), offset)

    def check_unchanged(self) -> None:
        """Nothing changes it."""

    def close(self) -> None:
        """Nothing is open."""


def tensor_over(values: torch.Tensor) -> Tensor:
    """Describe a contiguous torch tensor over its own memory."""
    data = memoryview(values.view(torch.uint8).numpy().data).cast("B")
    return Tensor(
        ("w",),
        "w",
        str(values.dtype).removeprefix("torch."),
        tuple(values.shape),
        tuple(values.stride()),
        0,
        Storage("0", "cpu", len(data), Memory(data)),
        device="cpu",
    )


def naive_torch(values: torch.Tensor) -> None:
    """Eight statistics and a histogram, one whole-tensor call each."""
    values.min(), values.max(), values.mean(), values.std(), values.norm()
    (values == 0).sum(), torch.isnan(values).sum(), torch.isinf(values).sum()
    torch.histc(values.float(), 512)


def naive_numpy(values: np.ndarray) -> None:
    """The same in numpy."""
    values.min(), values.max(), values.mean(), values.std(), np.linalg.norm(values)
    (values == 0).sum(), np.isnan(values).sum(), np.isinf(values).sum()
    np.histogram(values, 512)


def everything(tensor: Tensor) -> Statistics:
    """Return all figures, quantiles and a histogram, as the window shows them."""
    found = summarize(tensor)
    found.histogram(512)
    for q in (0.01, 0.25, 0.5, 0.75, 0.99):
        found.quantile(q)
    return found


def speed() -> Iterator[Row]:
    """Whole tensors of 32 Mi elements."""
    float32 = torch.randn(1 << 20).repeat(ELEMENTS >> 20)
    bfloat16 = float32.bfloat16()
    for values, least in ((float32, 6.0), (bfloat16, 16.0)):
        tensor, name = tensor_over(values), str(values.dtype).removeprefix("torch.")
        works: dict[str, Callable[[], object]] = {
            "ours": lambda tensor=tensor: everything(tensor),  # type: ignore[misc]
            "torch": lambda values=values: naive_torch(values),  # type: ignore[misc]
        }
        if values is float32:
            works["numpy"] = lambda: naive_numpy(float32.numpy())
        taken = interleaved(works)
        rate = values.nbytes / taken["ours"] / 1e9
        detail = f"{taken['ours'] * 1e3:.0f} ms, {rate:.2f} GB/s"
        ratio = taken["torch"] / taken["ours"]
        yield Row(f"32 Mi {name}, everything, x naive torch", ratio, "x", least, True, detail)
        if "numpy" in taken:
            ratio = taken["numpy"] / taken["ours"]
            yield Row(f"32 Mi {name}, everything, x naive numpy", ratio, "x", 5.0, True)
        found = summarize(tensor)
        taken = interleaved({"bins": lambda found=found: found.histogram(2048)}, 9)  # type: ignore[misc]
        yield Row(f"{name}: 2048 new bins", taken["bins"] * 1e3, "ms", 5.0, False)
        taken = interleaved({"sample": lambda tensor=tensor: sample(tensor)}, 5)  # type: ignore[misc]
        yield Row(f"32 Mi {name}: sampled first picture", taken["sample"] * 1e3, "ms", 30.0, False)


def many_small_tensors() -> Iterator[Row]:
    """A real file of 100,000 tensors of 256 elements, scanned whole."""
    count = 100_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.pt"
        values = [torch.randn(256) for _ in range(count)]
        torch.save({f"layer.{number}": value for number, value in enumerate(values)}, path)
        with open_checkpoint(path) as checkpoint:
            few = values[:2000]
            taken = interleaved(
                {
                    "scan": lambda: scan(checkpoint),
                    "torch": lambda: list(map(naive_torch, few)),
                }
            )
    each, naive = taken["scan"] / count * 1e6, taken["torch"] / len(few) * 1e6
    yield Row("scan of 256 elements each: per tensor", each, "us", 3.0, False)
    yield Row("scan of 256 elements each, x naive torch", naive / each, "x", 30.0, True)


def liveness() -> Iterator[Row]:
    """What another thread, and somebody who cancels, notice of the work."""
    for dtype in (torch.float32, torch.bfloat16):
        tensor = tensor_over(torch.randn(1 << 20).repeat(64).to(dtype))
        name = tensor.dtype
        idle: list[float] = []
        with heartbeat(idle):
            time.sleep(1.0)
        busy: list[float] = []
        with heartbeat(busy):
            summarize(tensor)
            summarize(tensor)
        gap = (max(busy) - max(idle)) * 1e3
        yield Row(f"{name}: longest gap of another thread above idle", gap, "ms", 30.0, False)
        yield Row(f"{name}: cancelled after", _cancel_time(tensor) * 1e3, "ms", 50.0, False)
    for name, tensor in _slow_kinds():
        yield Row(f"{name}: cancelled after", _cancel_time(tensor) * 1e3, "ms", 50.0, False)


def _slow_kinds() -> Iterator[tuple[str, Tensor]]:
    """Yield tensors whose blocks take longest."""
    floats = torch.randn(1 << 20).repeat(32)
    yield "complex64", tensor_over(torch.view_as_complex(floats.view(-1, 2)))
    spiky = floats.clone()
    spiky[::3] = 0.1
    yield "float32 with a repeated value", tensor_over(spiky)
    crossed = tensor_over(floats).replaced(shape=(8192, 4096), stride=(1, 8192))
    yield "float32, transposed", crossed


MEASURED_ALONE = """
import re, sys
from inspector.analysis.statistics import summarize
from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.types import Storage, Tensor
def peak():  # not ru_maxrss, which begins with that of the parent
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
path, dtype, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
source = ByteSource(path)
count = source.size // size
small = Tensor(("w",), "w", dtype, (70_000,), (1,), 0, Storage("0", "cpu", source.size, source))
summarize(small)
before = peak()
tall = count // 4096
for shape, stride in ((count,), (1,)), ((4096, tall), (1, 4096)):
    summarize(small.replaced(shape=shape, stride=stride))
print((peak() - before) / 1024)
"""


def memory() -> Iterator[Row]:
    """What a pass over half a GiB adds to a process that has done one over a few KiB."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "numbers"
        np.tile(np.random.default_rng(0).standard_normal(1 << 20, np.float32), 128).tofile(path)
        for dtype, size in (("float32", 4), ("bfloat16", 2), ("float64", 8), ("complex64", 8)):
            command = [sys.executable, "-c", MEASURED_ALONE, str(path), dtype, str(size)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            yield Row(
                f"512 MiB of {dtype}, also transposed: memory",
                float(done.stdout),
                "MiB",
                64.0,
                False,
            )


def _cancel_time(tensor: Tensor) -> float:
    worst = 0.0
    for _ in range(5):
        cancel = CancelToken()
        asked: list[float] = []

        def ask(cancel: CancelToken = cancel, asked: list[float] = asked) -> None:
            asked.append(time.perf_counter())
            cancel.cancel()

        timer = threading.Timer(0.02, ask)
        timer.start()
        try:
            while not asked:
                summarize(tensor, cancel=cancel)
        except Cancelled:
            pass
        worst = max(worst, time.perf_counter() - asked[0])
        timer.join()
    return worst


def rows() -> Iterator[Row]:
    """Yield all rows."""
    yield from speed()
    yield from many_small_tensors()
    yield from liveness()
    yield from memory()
