"""Print one table of all benchmarks, or of those named: `python -m tests.benchmarks statistics`.

A benchmark is a module of this folder with a function `rows()` that yields `Row`s. Exits with 1
when a target is missed.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.table import formatted


def main(names: list[str]) -> int:
    """Run the benchmarks of those names, all without any, each in a process of its own."""
    if len(names) != 1:
        found = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
        command = [sys.executable, "-m", "tests.benchmarks"]
        runs = [subprocess.run([*command, name], check=False) for name in names or found]
        return int(any(run.returncode for run in runs))
    module = importlib.import_module(f"tests.benchmarks.{names[0]}")
    missed = False
    for line in formatted(module.rows()) if hasattr(module, "rows") else ():
        print(line, flush=True)
        missed = missed or "MISSED" in line
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
