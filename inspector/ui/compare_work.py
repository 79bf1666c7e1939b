"""What the window's workers do for a comparison: open both files, line their keys up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inspector.analysis.matching import Mapping
from inspector.analysis.pairs import Structure, structure
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.types import Checkpoint
from inspector.formats.detect import open_checkpoint
from inspector.ui.arrange import Arrangement, as_in_file, open_at_first
from inspector.ui.compare_rows import CompareRows, build_compare_rows
from inspector.ui.opening import no_search_for_cycles


@dataclass(slots=True)
class LinedUp:
    """Both files, their pairs and the rows of the tree as they stand at first."""

    a: Checkpoint
    b: Checkpoint
    structure: Structure
    rows: CompareRows
    arrangement: Arrangement
    open_rows: bytearray


def open_both(path_a: str, path_b: str, cancel: CancelToken, progress: Progress) -> LinedUp:
    """Read both files. Raises `CheckpointError`, which names the file, and `Cancelled`."""
    size_a, size_b = _size(path_a), _size(path_b)
    a = _open(path_a, cancel, lambda done, total: progress(done, total + size_b))
    try:
        b = _open(path_b, cancel, lambda done, total: progress(size_a + done, size_a + total))
        try:
            return line_up(a, b, None, cancel)
        except BaseException:
            b.close()
            raise
    except BaseException:
        a.close()
        raise


def line_up(a: Checkpoint, b: Checkpoint, mapping: Mapping | None, cancel: CancelToken) -> LinedUp:
    """Pair the keys of two open files and build the rows. Raises `Cancelled`."""
    with no_search_for_cycles():
        pairs = structure(a, b, mapping)
        cancel.check()
        rows = build_compare_rows(a, b, pairs, cancel)
        arrangement = as_in_file(rows)
        return LinedUp(a, b, pairs, rows, arrangement, open_at_first(rows))


def _open(path: str, cancel: CancelToken, progress: Progress) -> Checkpoint:
    try:
        return open_checkpoint(path, cancel=cancel, progress=progress)
    except CheckpointError as error:
        error.file = error.file or path
        raise


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
