"""How the desktop shall start this program, from any folder, and the identifiers it goes by."""

from __future__ import annotations

import sys
from pathlib import Path

TORCH_TYPE = "application/x-pytorch-checkpoint"
SAFETENSORS_TYPE = "application/x-safetensors"

_ROOT = Path(__file__).resolve().parents[3]


def start_command() -> list[str]:
    """Return the argument vector that starts the window; file paths may be appended.

    Every form keeps the current folder off the import path: a `numpy.py` that lies beside a
    checkpoint must not run.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable]
    import sysconfig

    suffix = ".exe" if sys.platform == "win32" else ""
    script = Path(sysconfig.get_path("scripts")) / f"inspector{suffix}"
    if script.is_file():
        return [str(script)]
    # Started from a checkout: nothing is installed that could be called.
    return ["env", f"PYTHONPATH={_ROOT}", sys.executable, "-P", "-m", "inspector"]


def executable(command: list[str]) -> str:
    """Return the file without which `command` cannot run."""
    return sys.executable if command[0] == "env" else command[0]
