"""The whole corpus on disk, and the program run over all of it in a few processes."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.hostile.attacks import ATTACKS, CANARY

BATCH = Path(__file__).with_name("batch.py")
Job = tuple[str, list[str]]
"""An attack's name and the words of a command line."""
WARM = (
    "a_link_to_a_checkpoint",
    "script_that_is_good",
    "index_with_one_missing_shard",
    "npz",
    "st_name_twice",
)
"""Files that make the program load its own modules."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What one command over one file did; the fields are those of `batch.run`."""

    name: str
    status: int | None
    crash: str
    out: str
    err: str
    events: list[str]
    peak: int
    seconds: float
    descriptors: int

    @property
    def line(self) -> str:
        return self.err.removesuffix("\n")


@dataclasses.dataclass
class Corpus:
    """Every attack's file, built once under `folder`, by name."""

    folder: Path
    paths: dict[str, Path]

    @classmethod
    def build(cls, folder: Path, names: list[str] | None = None) -> Corpus:
        """Write the files of `names`, by default of all attacks, each in a folder of its own."""
        paths = {}
        for name in names or list(ATTACKS):
            home = folder / name
            home.mkdir(parents=True)
            paths[name] = ATTACKS[name].build(home)
        return cls(folder, paths)

    def canaries(self) -> list[str]:
        """Return the names of the attacks whose code was executed."""
        return sorted({found.parent.name for found in self.folder.rglob(CANARY)})

    def run(self, command: str, scratch: Path) -> dict[str, Outcome]:
        """Run a command ("list --json") over every file, by name.

        Two processes share the files; `scratch` is their folder for temporary files. A file that
        kills or hangs its process is missing in what is returned.
        """
        jobs = [(name, _arguments(command, path)) for name, path in self.paths.items()]
        warm = [_arguments(command, self.paths[name]) for name in WARM if name in self.paths]
        with ThreadPoolExecutor(2) as pool:
            halves = pool.map(lambda half: self._run(half, warm, scratch), (jobs[::2], jobs[1::2]))
            return {result["name"]: Outcome(**result) for half in halves for result in half}

    def _run(self, jobs: list[Job], warm: list[list[str]], scratch: Path) -> list[dict[str, Any]]:
        trap = self.folder / "imports_a_module_beside_the_file"
        environment = {**os.environ, "TMPDIR": str(scratch), "PYTHONWARNINGS": "default"}
        environment["PYTHONDONTWRITEBYTECODE"] = "1"  # nothing written is the program's own
        environment.pop("PYTHONPATH", None)
        results: list[dict[str, Any]] = []
        while jobs:
            done = subprocess.run(
                [sys.executable, "-P", str(BATCH)],
                input=json.dumps({"warm": warm, "jobs": jobs}).encode(),
                stdout=subprocess.PIPE,
                cwd=trap if trap.is_dir() else self.folder,
                env=environment,
                check=False,
            )
            found = [json.loads(line) for line in done.stdout.splitlines()]
            results += found
            jobs = jobs[len(found) + 1 :]  # after the file that killed the process, if one did
        return results


def _arguments(command: str, path: Path) -> list[str]:
    verb, *options = command.split()
    files = [os.fspath(path)] * (2 if verb == "compare" else 1)
    return [verb, *options, "--", *files]
