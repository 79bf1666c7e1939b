"""`inspector-cli`: list, stats, compare, export and verify without a window. No Qt is imported.

Trouble is one line on stderr, `inspector: FILE: what is wrong`, and exit status 2.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import time
from collections.abc import Callable, Sequence
from itertools import chain

from inspector.arguments import parse
from inspector.checkpoint.as_json import dumps, json_of
from inspector.checkpoint.cancel import Progress, no_progress
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint, Plain, Tensor, Value
from inspector.checkpoint.units import bytes_text
from inspector.formats.detect import open_checkpoint

SAME, DIFFERENT, TROUBLE = 0, 1, 2
_INCOMPLETE = frozenset({"missing-shard", "unreadable-shard", "missing-tensor"})
"""What keeps a comparison from saying that two sets are the same."""
_VALUE_ROOM = 24
"""Characters of a plain value that are listed, more where a shape is wider: one long value would
push the columns behind it off the screen in every line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status and raises nothing a person would have to read."""
    options = parse(arguments)
    _prepare_output()
    try:
        status = _COMMANDS[options.action](options)
        sys.stdout.flush()  # what cannot be written is told here, not by the interpreter's end
        return status
    except CheckpointError as error:
        file = shown(error.file or getattr(options, "file", ""))
        print(f"inspector: {file}: {error.what()}", file=sys.stderr)
    except MemoryError:
        print(f"inspector: {shown(options.file)}: there is not enough memory", file=sys.stderr)
    except BrokenPipeError:
        _drop_output()  # its reader has seen enough
    except OSError as error:
        _drop_output()
        file = shown(str(error.filename or "the output"))
        print(f"inspector: {file}: {error.strerror or error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("inspector: stopped", file=sys.stderr)
    return TROUBLE


def _prepare_output() -> None:
    """See to it that anything can be printed: escaped where the terminal lacks a character, and
    dropped where there is no output at all."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Let nothing more be written, not even what the interpreter flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# -- list ------------------------------------------------------------------------------------------


def _list(options: argparse.Namespace) -> int:
    with open_checkpoint(options.file) as checkpoint:
        if options.json:
            for piece in json_of(checkpoint):
                print(piece, end="")
            print()
            return _damage_status(checkpoint)
        detail = f" ({checkpoint.detail})" if checkpoint.detail else ""
        print(f"{shown(checkpoint.path)}: {checkpoint.format}{detail}")
        _print_rows(checkpoint)
        _print_trust(checkpoint)
        return _damage_status(checkpoint)


def _damage_status(checkpoint: Checkpoint, also: frozenset[str] = frozenset()) -> int:
    """Say on stderr what is broken in a file that could be listed all the same: errors, and the
    findings of these codes."""
    broken = [one for one in checkpoint.findings if one.severity == "error" or one.code in also]
    for finding in broken:
        place = f" ({shown(finding.where, 200)})" if finding.where else ""
        print(f"inspector: {shown(checkpoint.path)}: {shown(finding.message)}{place}",
              file=sys.stderr)  # fmt: skip
    return TROUBLE if broken else SAME


def _print_rows(checkpoint: Checkpoint) -> None:
    rows = [("name", "shape", "dtype", "device", "bytes")]
    shapes = {
        id(tensor): " × ".join("?" if size < 0 else str(size) for size in tensor.shape) or "scalar"
        for tensor in checkpoint.tensors
    }
    room = max(_VALUE_ROOM, *map(len, shapes.values()), 0)
    for entry in chain(checkpoint.metadata_values, checkpoint.entries):
        name = shown(entry.key, 200) or ('""' if entry.path else "(the saved object)")
        if isinstance(entry, Tensor):
            device = shown(entry.device or "-", 60)
            rows.append((name, shapes[id(entry)], entry.dtype, device, bytes_text(entry.nbytes)))
        else:
            rows.append((name, shown(_value_text(entry), room), shown(entry.type_name, 60), "", ""))
    _print_table(rows)
    tensors, elements = len(checkpoint.tensors), sum(tensor.numel for tensor in checkpoint.tensors)
    print(f"{_counted(tensors, 'tensor')}, {_counted(elements, 'element')}, "
          f"{bytes_text(checkpoint.size)} on disk")  # fmt: skip


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _print_trust(checkpoint: Checkpoint) -> None:
    print("nothing in this file was executed")
    unknown = [shown(entry.name, 200) for entry in checkpoint.globals if not entry.known]
    if unknown:
        print(f"it names unknown things: {', '.join(unknown)}")
    verdict = checkpoint.weights_only
    if verdict.applies:
        obstacles = ", ".join(shown(name, 200) for name in verdict.obstacles)
        print(f"torch.load(weights_only=True) refuses it because of: {obstacles}"
              if obstacles else "torch.load(weights_only=True) takes it")  # fmt: skip
    for finding in checkpoint.findings:
        place = f" ({shown(finding.where, 200)})" if finding.where else ""
        print(f"{finding.severity}: {shown(finding.message)}{place}")


# -- stats -----------------------------------------------------------------------------------------


def _stats(options: argparse.Namespace) -> int:
    from inspector.analysis.stats_report import COLUMNS, statistics_of

    with open_checkpoint(options.file) as checkpoint, _TerminalProgress() as progress:
        found = statistics_of(checkpoint, options.keys, progress=progress.progress)
    if options.json:
        _print_json({"path": checkpoint.path, "format": checkpoint.format, "tensors": list(found)})
        return _damage_status(checkpoint)
    rows: list[tuple[str, ...]] = [("name", *COLUMNS)]
    rows += [
        (shown(str(row["key"]), 200), *(_number_text(row.get(column)) for column in COLUMNS))
        for row in found
    ]
    _print_table(rows)
    if any(str(row["layout"]).startswith("sparse") for row in found):
        print("of sparse tensors: the stored values")
    return _damage_status(checkpoint)


# -- compare ---------------------------------------------------------------------------------------


def _compare(options: argparse.Namespace) -> int:
    from inspector.analysis import compare_report
    from inspector.analysis.compare import compare
    from inspector.analysis.measures import Tolerance

    tolerance = Tolerance.parse(options.tolerance)
    with open_checkpoint(options.file) as a, open_checkpoint(options.other) as b:
        with _TerminalProgress() as progress:
            comparison = compare(a, b, tolerance=tolerance, progress=progress.progress)
        if options.json:
            _print_json(compare_report.comparison_as_json(comparison))
        else:
            kind = options.report or "text"
            print(compare_report.REPORTS[kind](comparison), end="")
        both = {one.path: one for one in (a, b)}.values()  # a file against itself is told once
        damage = max(_damage_status(one, _INCOMPLETE) for one in both)
    return damage or (SAME if comparison.same else DIFFERENT)


# -- export and verify -----------------------------------------------------------------------------


def _export(options: argparse.Namespace) -> int:
    from inspector.export import command

    with open_checkpoint(options.file) as checkpoint, _TerminalProgress() as progress:
        return command.export(checkpoint, options, progress.progress, print)


def _verify(options: argparse.Namespace) -> int:
    from inspector.export import command

    with open_checkpoint(options.file) as checkpoint, _TerminalProgress() as progress:
        status = command.verify(checkpoint, progress.progress, print)
    if status == TROUBLE:
        file = shown(options.file)
        print(f"inspector: {file}: damaged; the lines above name the tensors", file=sys.stderr)
    return status


# -- printing --------------------------------------------------------------------------------------


class _TerminalProgress:
    """A percentage on stderr while work runs, where stderr is a terminal; gone when it ends."""

    def __init__(self) -> None:
        self._shown_at = 0.0
        self.progress: Progress = self._show if sys.stderr.isatty() else no_progress

    def __enter__(self) -> _TerminalProgress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown_at:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _show(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._shown_at > 0.1 and total:
            self._shown_at = now
            text = f"\r{100 * done // total:3d} %  {bytes_text(done)} of {bytes_text(total)}"
            print(f"{text}\x1b[K", end="", file=sys.stderr, flush=True)


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print("  ".join(cells).rstrip())


def _print_json(value: Plain) -> None:
    print(dumps(value))


def _value_text(entry: Value) -> str:
    value = entry.value
    if entry.type_name == "tuple" and isinstance(value, list):
        return repr(tuple(value))
    return value if isinstance(value, str) else repr(value)


def _number_text(value: Plain) -> str:
    if value is None:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "list": _list,
    "stats": _stats,
    "compare": _compare,
    "export": _export,
    "verify": _verify,
}

if __name__ == "__main__":
    sys.exit(main())
