"""Read a file and make everything that its page shows at first. All of it runs in a worker."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.summary import Summary, summarize_checkpoint
from inspector.checkpoint.types import Checkpoint
from inspector.ui.arrange import Arrangement, Request, arrange, open_at_first
from inspector.ui.filter import Query
from inspector.ui.tree_rows import Rows, build_rows


class Opened(NamedTuple):
    """A checkpoint, its rows as they stand at first, and its sums."""

    checkpoint: Checkpoint
    rows: Rows
    arrangement: Arrangement
    open_rows: bytearray
    summary: Summary


def open_file(path: str, cancel: CancelToken, progress: Progress) -> Opened:
    """Read `path` and build its rows. Raises `CheckpointError` and `Cancelled`."""
    from inspector.formats.detect import open_checkpoint

    checkpoint = open_checkpoint(path, cancel=cancel, progress=progress)
    try:
        with no_search_for_cycles():
            rows = build_rows(checkpoint, cancel)
            arrangement = arrange(rows, Request(), Query(), cancel)
            summary = summarize_checkpoint(checkpoint, cancel)
            return Opened(checkpoint, rows, arrangement, open_at_first(rows), summary)
    except BaseException:
        checkpoint.close()
        raise


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Hold the collector off while many objects are made.

    Every search for cycles walks all objects made so far, for longer than a frame of the window
    may take, and rows have no cycles: freezing them keeps the next search off them, too.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def give_back_memory() -> None:
    """Free what closed files left in cycles, which the freezing above hides from the collector.

    For the moment when no file is open: one search then walks the program's own objects alone.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
