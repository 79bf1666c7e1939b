"""Writes the files of the window's benchmarks, in a process of its own.

    python -m tests.benchmarks.window_files {large|many|pairs} FOLDER

The window's process never has torch, whose half a million objects make every search for cycles,
and so the window's gaps, ten times as long.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TENSORS = 100_000


def write(what: str, folder: Path) -> None:
    """Write the files of that name to `folder`."""
    command = [sys.executable, "-m", "tests.benchmarks.window_files", what, str(folder)]
    subprocess.run(command, check=True)


def _large(folder: Path) -> None:
    import torch

    values = torch.randn(1 << 20).repeat(32)
    torch.save({f"w{number}": values + number for number in range(4)}, folder / "large.pt")


def _many(folder: Path) -> None:
    import torch

    torch.save({_key(n): torch.ones(16) for n in range(TENSORS)}, folder / "many.pt")


def _pairs(folder: Path) -> None:
    """One file, one with the same names, and one whose names are wrapped."""
    import torch

    tensors = {_key(n): torch.full((16,), float(n)) for n in range(TENSORS)}
    torch.save(tensors, folder / "a.pt")
    others = {key: value + n % 2 for n, (key, value) in enumerate(tensors.items())}
    torch.save(others, folder / "same.pt")
    torch.save({f"module.{key}": value for key, value in others.items()}, folder / "wrapped.pt")


def _key(n: int) -> str:
    return f"block{n // 1000}.unit{n // 100 % 10}.sub{n // 10 % 10}.leaf{n % 10}"


if __name__ == "__main__":
    {"large": _large, "many": _many, "pairs": _pairs}[sys.argv[1]](Path(sys.argv[2]))
