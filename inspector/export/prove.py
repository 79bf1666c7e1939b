"""Prove a copy: real torch loads it in a process of its own, and sees what the source holds.

The process is started without the current folder on its path, with its memory limited, and killed
on cancel or when it takes too long. Whatever it says and however it ends is only reported: a copy
is written and read back already when it is proven.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inspector.analysis.elements import logical_raw_blocks
from inspector.analysis.floats import Array
from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Storage, Tensor
from inspector.export.cast import cast_blocks
from inspector.export.plan import ExportPlan
from inspector.export.report import ExportReport

_HELPER = Path(__file__).with_name("prove_helper.py")
_MEMORY_BYTES = 8 << 30
"""Address space that importing torch and its threads may take, beside twice the file."""
_SECONDS, _BYTES_PER_SECOND = 60.0, 20e6
_POLL_SECONDS = 0.05
_BLOCK_BYTES = 1 << 20
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(slots=True)
class Proof:
    """What torch said. `proven` counts tensors (or storages) that it sees with the source's very
    elements; `contradicted` names those that it sees otherwise; `lines` tell it to people."""

    proven: int = 0
    contradicted: list[str] = field(default_factory=list)
    uncompared: int = 0
    """Sparse and nested tensors, which load and are not compared element by element."""
    lines: list[str] = field(default_factory=list)


def prove(
    plan: ExportPlan,
    report: ExportReport,
    *,
    cancel: CancelToken | None = None,
    seconds: float | None = None,
) -> Proof:
    """Let real torch load what `report` says was written, and compare it with the plan's source.

    Never raises for what torch does, only `Cancelled`. `seconds` limits the whole.
    """
    cancel = cancel or CancelToken()
    seconds = seconds or _SECONDS + report.nbytes / _BYTES_PER_SECOND
    proof = Proof()
    files = [path for path in report.files if path.suffix != ".json"]
    mode = _mode(plan)
    if not mode:
        proof.lines.append(
            "not proven by torch: this old format cannot be loaded without running what it names; "
            "the copy was read back and compared"
        )
        return proof
    seen: dict[str, Any] = {}
    for path in files:
        seen = _ask(plan.format, mode, path, cancel, seconds)
        if "error" in seen:
            proof.lines.append(f"torch could not load the copy: {_words(seen)}")
            return proof
        compare = _compare_records if mode == "records" else _compare_tensors
        compare(plan, seen, proof, cancel)
    proof.lines += _told(plan, mode, seen, proof)
    return proof


def _mode(plan: ExportPlan) -> str:
    """Return how torch can look at the copy: "load", "records", or "" for not at all."""
    if plan.kind == "rewrite" or plan.checkpoint.weights_only.loads:
        return "load"
    return "records" if plan.format in ("torch zip", "torchscript") else ""


def _ask(kind: str, mode: str, path: Path, cancel: CancelToken, seconds: float) -> dict[str, Any]:
    """Return the helper's answer; an "error" entry when there is none."""
    kind = "safetensors" if kind == "safetensors" else "torch"
    limit = _MEMORY_BYTES + 2 * path.stat().st_size
    python = _python()
    if not python:
        return {"error": "this build holds no torch, and no Python is installed", "message": ""}
    command = [python, "-I", str(_HELPER), kind, mode, str(limit), str(path.resolve())]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=tempfile.gettempdir(), env=_environment(),
    ) as helper:  # fmt: skip
        try:
            output, errors = _communicate(helper, cancel, time.monotonic() + seconds)
        except TimeoutError:
            return {"error": "Timeout", "message": f"no answer in {seconds:.0f} seconds"}
        finally:
            helper.kill()
    try:
        answer = json.loads(output)
    except ValueError:
        last = errors.decode("utf-8", "replace").strip().splitlines()[-1:]
        return {
            "error": f"its process ended with status {helper.returncode}",
            "message": "".join(last),
        }
    return answer if isinstance(answer, dict) else {"error": "no answer", "message": ""}


def _frozen() -> bool:
    return bool(getattr(sys, "frozen", False))


def _python() -> str:
    """Return the Python that runs the helper; a frozen build is none and takes an installed one."""
    if not _frozen():
        return sys.executable
    return shutil.which("python3") or shutil.which("python") or ""


def _environment() -> dict[str, str]:
    """Return the helper's variables; those of a frozen build point at libraries of its own."""
    variables = dict(os.environ)
    if _frozen():
        variables.pop("LD_LIBRARY_PATH", None)
        if before := variables.pop("LD_LIBRARY_PATH_ORIG", ""):
            variables["LD_LIBRARY_PATH"] = before
    return variables


def _communicate(
    helper: subprocess.Popen[bytes], cancel: CancelToken, deadline: float
) -> tuple[bytes, bytes]:
    while True:
        try:
            return helper.communicate(timeout=_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            if cancel.cancelled:
                raise Cancelled from None
            if time.monotonic() > deadline:
                raise TimeoutError from None


def _words(seen: dict[str, Any]) -> str:
    """Return torch's first line, without what it advises about loading unsafely."""
    message = _ANSI.sub("", str(seen.get("message", ""))).strip()
    first = re.split(r"\n|\. |weights_only", message, maxsplit=1)[0]
    return shown(f"{seen['error']}: {first}" if first else str(seen["error"]), 300)


def _compare_tensors(
    plan: ExportPlan, seen: dict[str, Any], proof: Proof, cancel: CancelToken
) -> None:
    expected = plan.expected()
    for entry in seen["tensors"]:
        place = tuple(entry["place"])
        key = ".".join(place)
        wanted = expected.get(place)
        if wanted is None:
            proof.contradicted.append(key)
        elif entry["digest"] is None or wanted[0].lacks_data:
            proof.uncompared += 1
        elif _agrees(entry, seen["map_location"], *wanted, cancel):
            proof.proven += 1
        else:
            proof.contradicted.append(key)


def _agrees(
    entry: dict[str, Any],
    map_location: str,
    tensor: Tensor,
    dtype: str,
    device: str | None,
    cancel: CancelToken,
) -> bool:
    if entry["dtype"] != dtype or entry["shape"] != list(tensor.shape):
        return False
    device = map_location or device  # torch says "cuda:0" for "cuda"
    if entry["device"] not in (device, f"{device}:0"):
        return False
    blocks = logical_raw_blocks(tensor, cancel=cancel)
    return bool(entry["digest"] == _digest(cast_blocks(blocks, tensor.dtype, dtype)))


def _digest(blocks: Iterator[Array]) -> str:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block.tobytes())
    return digest.hexdigest()


def _compare_records(
    plan: ExportPlan, seen: dict[str, Any], proof: Proof, cancel: CancelToken
) -> None:
    for storage in plan.checkpoint.storages:
        name = storage.record.partition("/")[2]
        if storage.source is None or storage.problem or name not in seen["records"]:
            continue
        if seen["records"][name] == _storage_digest(storage, cancel):
            proof.proven += 1
        else:
            proof.contradicted.append(name)


def _storage_digest(storage: Storage, cancel: CancelToken) -> str:
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(min(_BLOCK_BYTES, storage.nbytes)))
    for start in range(0, storage.nbytes, _BLOCK_BYTES):
        cancel.check()
        block = buffer[: storage.nbytes - start]
        storage.read_into(start, block)
        digest.update(block)
    return digest.hexdigest()


def _told(plan: ExportPlan, mode: str, seen: dict[str, Any], proof: Proof) -> list[str]:
    """Return the proof in words: what was loaded how, what was not compared, what differs."""
    words = "safetensors" if plan.format == "safetensors" else f"torch {seen.get('torch')}"
    if mode == "records":
        lines = [
            f"{words} reads {proof.proven:,} storages from the copy, equal to the source's in "
            "every bit; the objects were not loaded, for that would run what they name"
        ]
    else:
        where = " with map_location='cpu'" if seen.get("map_location") else ""
        where = "" if plan.format == "safetensors" else where or " on the devices it names"
        equal = ", cast as asked" if plan.casts else " in every bit"
        tensors = f"{proof.proven:,} tensor{'' if proof.proven == 1 else 's'}"
        lines = [f"{words} loads {tensors}{where}, equal to the source's{equal}"]
    if proof.uncompared:
        lines.append(
            f"{proof.uncompared:,} sparse, nested or meta tensors load, but were not compared"
        )
    if proof.contradicted:
        names = ", ".join(shown(key, 100) for key in proof.contradicted[:5])
        lines.append(f"it sees {len(proof.contradicted):,} otherwise: {names}")
    return lines
