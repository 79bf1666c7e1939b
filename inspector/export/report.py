"""What an export did."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something of the source that the copy will not hold, and why."""

    key: str
    why: str


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export did. `compared` counts tensors that were read back and found equal, None when
    reading back was not asked for; `loading_code` opens the copy in Python."""

    files: tuple[Path, ...]
    nbytes: int
    tensors: int
    compared: int | None
    seconds: float
    warnings: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    loading_code: str
