"""Plan an export, show it, write it: the one way in for the window, the command line and scripts.

plan = plan_export(checkpoint, "out.pt", ExportOptions(map_location="cpu"))
plan.changes, plan.left_out, plan.warnings          # nothing was written yet
report = write(plan)
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from inspector.checkpoint.cancel import CancelToken, Progress, no_progress
from inspector.checkpoint.collector import collector_paused
from inspector.checkpoint.errors import CheckpointError, ExportError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint
from inspector.export.loading_code import loading_code
from inspector.export.map_location import MapLocation
from inspector.export.plan import ExportOptions, ExportPlan, PlannedFile
from inspector.export.remap import SourceScan
from inspector.export.remap_plan import plan_remap
from inspector.export.report import ExportReport
from inspector.export.rewrite_plan import plan_rewrite
from inspector.export.safe_file import PendingFile, check_space, free_bytes


def plan_export(
    checkpoint: Checkpoint,
    target: str | os.PathLike[str],
    options: ExportOptions | None = None,
    *,
    cancel: CancelToken | None = None,
    scan: SourceScan | None = None,
) -> ExportPlan:
    """Return what an export to `target` would do; nothing is written. Whoever plans several copies
    of one checkpoint keeps a `scan` of it.

    Raises `ExportError` for what cannot be done, in words for the person who asked.
    """
    options, cancel = options or ExportOptions(), cancel or CancelToken()
    try:
        # A plan has no cycles, and may have an object or more for each of 100,000 tensors.
        with collector_paused():
            if _is_remap(checkpoint, target, options):
                scan = scan or SourceScan(checkpoint)
                plan = plan_remap(checkpoint, target, options, cancel, scan)
            else:
                plan = plan_rewrite(checkpoint, target, options, cancel)
    except CheckpointError as error:
        error.file = error.file or os.fspath(target)
        raise
    except RecursionError as error:  # torch, too, saves nothing that is nested so deeply
        raise ExportError("its content is nested too deeply", file=os.fspath(target)) from error
    plan.free = free_bytes(plan.files[0].target.real.parent)
    return plan


def write(
    plan: ExportPlan, cancel: CancelToken | None = None, progress: Progress = no_progress
) -> ExportReport:
    """Write what was planned: all files whole, or none of them.

    Raises `ExportError` when it cannot be written, `ChangedOnDiskError` when the source changed
    meanwhile, `Cancelled`; in each case every target is as it was and no temporary file is left.
    """
    cancel = cancel or CancelToken()
    started = time.monotonic()
    _refuse_unsafe(plan)
    compares = plan.options.read_back
    total = plan.nbytes + (plan.compared_bytes if compares else 0)
    advance = _counter(total, progress)
    for file in plan.files:
        check_space(file.target, plan.nbytes)
    compared = None
    plan.check(cancel)
    _check_sources(plan)
    with ExitStack() as stack:
        pending = [_written(file, stack, cancel, advance) for file in plan.files]
        _check_sources(plan)
        if compares:
            compared = plan.read_back([temporary.path for temporary in pending], cancel, advance)
            _check_sources(plan)
        cancel.check()
        for temporary in pending:
            temporary.commit()
    progress(total, total)  # what a view repeats was read back once
    files = tuple(file.target.asked for file in plan.files)
    return ExportReport(
        files, plan.nbytes, plan.tensors, compared, time.monotonic() - started,
        tuple(plan.warnings), tuple(plan.left_out), loading_code(plan),
    )  # fmt: skip


def export_checkpoint(
    checkpoint: Checkpoint,
    target: str | os.PathLike[str],
    map_location: MapLocation | None = None,
    *,
    cancel: CancelToken | None = None,
    progress: Progress = no_progress,
    **wishes: object,
) -> ExportReport:
    """Write a copy of `checkpoint` to `target`.

    `map_location` is a device ("cpu", "cuda:0") or a dict of them ({"cuda:0": "cpu"}), as
    torch.load takes them; `wishes` are the other fields of `ExportOptions`. Raises like
    `plan_export` and `write`.
    """
    options = ExportOptions(map_location=map_location, **wishes)  # type: ignore[arg-type]
    return write(plan_export(checkpoint, target, options, cancel=cancel), cancel, progress)


def _is_remap(
    checkpoint: Checkpoint, target: str | os.PathLike[str], options: ExportOptions
) -> bool:
    """Whether the copy is the source with other locations, and nothing else."""
    if options.rewrites or not checkpoint.format.startswith("torch"):
        return False
    to_safetensors = Path(target).suffix == ".safetensors" and options.format is None
    return not to_safetensors and options.format in (None, "torch") and (
        checkpoint.format != "torch tar"
    )  # fmt: skip


def _refuse_unsafe(plan: ExportPlan) -> None:
    if plan.unsafe and not plan.options.allow_unsafe_globals:
        names = ", ".join(shown(name, 60) for name in plan.unsafe[:3])
        raise ExportError(
            f"the file names what no model needs ({names}), and a re-mapped copy still would",
            file=plan.checkpoint.path,
            advice="Export the weights only (--weights-only), or allow it (--allow-unsafe-globals)",
        )


def _written(
    file: PlannedFile, stack: ExitStack, cancel: CancelToken, advance: Callable[[int], None]
) -> PendingFile:
    pending = stack.enter_context(PendingFile(file.target))
    pending.write(file.pieces(), file.nbytes, cancel, advance)
    return pending


def _check_sources(plan: ExportPlan) -> None:
    for source in plan.checkpoint.sources:
        source.check_unchanged()


def _counter(total: int, progress: Progress) -> Callable[[int], None]:
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress(min(done, total), total)

    progress(0, total)
    return advance
