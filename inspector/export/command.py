"""The command line's `export` and `verify`: wishes in, plain lines out."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable

from inspector.checkpoint.cancel import Progress
from inspector.checkpoint.errors import ExportError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint
from inspector.export.cast import losses
from inspector.export.exporting import plan_export, write
from inspector.export.map_location import parse_map_location
from inspector.export.plan import ExportOptions, ExportPlan
from inspector.export.prove import prove
from inspector.export.renaming import parse_rename
from inspector.export.report import ExportReport
from inspector.export.shards import parse_size
from inspector.export.verify import verify_checkpoint

Print = Callable[[str], None]
DONE, DAMAGED = 0, 2
_LISTED = 20
"""Lines of one kind that are printed; the rest is counted."""


def export(
    checkpoint: Checkpoint, arguments: argparse.Namespace, progress: Progress, out: Print
) -> int:
    """Write a copy as the command line asks, say what was done; return the exit status.

    Raises `CheckpointError` when there is no copy.
    """
    plan = plan_export(checkpoint, arguments.target, _options(arguments))
    for line in describe(plan):
        out(line)
    for tensor, dtype in plan.casts:
        loss = losses(tensor, dtype)
        if loss.overflow or loss.underflow:
            out(
                f"warning: {shown(loss.key, 200)}: {loss.overflow:,} of {loss.count:,} values are "
                f"too large for {dtype}, {loss.underflow:,} become zero"
            )
    if arguments.dry_run:
        return DONE
    report = write(plan, progress=progress)
    compared = "" if report.compared is None else f", {report.compared:,} tensors read back equal"
    count = f" {len(report.files)} files, last" if len(report.files) > 1 else ""
    out(f"wrote{count} {shown(str(report.files[-1]))}: {report.nbytes:,} bytes{compared}")
    return _prove(plan, report, out) if arguments.prove else DONE


def verify(checkpoint: Checkpoint, progress: Progress, out: Print) -> int:
    """Check every record that has a checksum, print the damaged tensors; return the exit status."""
    report = verify_checkpoint(checkpoint, progress=progress)
    for record in report.damaged:
        names = ", ".join(shown(key, 200) for key in record.tensors) or shown(record.name, 200)
        out(f"damaged: {names}: {record.problem}")
    out(report.summary)
    return DAMAGED if report.damaged else DONE


def describe(plan: ExportPlan) -> list[str]:
    """Return a plan as lines of text."""
    lines = []
    counted = Counter((change.what, change.before, change.after)
                      for change in plan.changes if change.what in ("device", "dtype"))  # fmt: skip
    for (what, before, after), count in counted.items():
        tensors = f"{count:,} tensor{'' if count == 1 else 's'}"
        lines.append(f"{what}: {before} -> {after} ({tensors})")
    others = [change for change in plan.changes if change.what not in ("device", "dtype")]
    lines += _cut(
        [f"{change.what}: {shown(change.before, 200)} -> {shown(change.after, 200)}"
         for change in others]
    )  # fmt: skip
    lines += _cut([f"left out: {shown(item.key, 200)}: {item.why}" for item in plan.left_out])
    lines += [f"warning: {warning}" for warning in plan.warnings]
    unknown = [shown(name.name, 200) for name in plan.globals if not name.known]
    if plan.kind == "re-map" and unknown:
        lines.append(f"the copy still names: {', '.join(unknown[:_LISTED])}")
    return lines


def _cut(lines: list[str]) -> list[str]:
    more = len(lines) - _LISTED
    return lines if more <= 0 else [*lines[:_LISTED], f"... and {more:,} more"]


def _options(arguments: argparse.Namespace) -> ExportOptions:
    map_location, patterns = parse_map_location(arguments.map_location)
    return ExportOptions(
        map_location=map_location,
        map_keys=patterns,
        dtype=arguments.dtype and arguments.dtype.removeprefix("torch."),
        keep_dtype=tuple(arguments.keep_dtype),
        select=tuple(arguments.select),
        exclude=tuple(arguments.exclude),
        rename=parse_rename(arguments.rename),
        format=arguments.format,
        weights_only=arguments.weights_only,
        tied="refuse" if arguments.refuse_tied else "duplicate",
        shard_bytes=parse_size(arguments.shard_size) if arguments.shard_size else None,
        overwrite=arguments.overwrite,
        allow_unsafe_globals=arguments.allow_unsafe_globals,
    )


def _prove(plan: ExportPlan, report: ExportReport, out: Print) -> int:
    proof = prove(plan, report)
    for line in proof.lines:
        out(line)
    if proof.contradicted:
        raise ExportError(
            "torch loads the copy with other values than the source holds",
            file=str(report.files[-1]),
        )
    return DONE
