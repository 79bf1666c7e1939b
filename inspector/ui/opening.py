"""Read a file and make everything that its page shows at first. All of it runs in a worker."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any, NamedTuple

from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.collector import collector_paused, let_go
from inspector.checkpoint.summary import Summary, summarize_checkpoint
from inspector.checkpoint.types import Checkpoint, Path
from inspector.ui.arrange import Arrangement, as_in_file, open_at_first
from inspector.ui.tree_rows import Rows, build_rows, owners_of

MANY_ROWS = 10_000
"""Rows whose freeing takes longer than a frame of the window."""
_PAGE_GOES = 0.25
"""Seconds that a closed page may take to be deleted."""
_MUCH_LEFT = 100_000
"""Objects; the program has 75,000 of its own."""
_kept = 0


class Opened(NamedTuple):
    """A checkpoint, its rows as they stand at first, its sums, and whose its optimizer state is."""

    checkpoint: Checkpoint
    rows: Rows
    arrangement: Arrangement
    open_rows: bytearray
    summary: Summary
    owners: dict[Path, str]


def open_file(path: str, cancel: CancelToken, progress: Progress) -> Opened:
    """Read `path` and build its rows. Raises `CheckpointError` and `Cancelled`."""
    from inspector.formats.detect import open_checkpoint

    checkpoint = open_checkpoint(path, cancel=cancel, progress=progress)
    try:
        with no_search_for_cycles():
            owners = owners_of(checkpoint)
            rows = build_rows(checkpoint, owners, cancel)
            arrangement, open_rows = as_in_file(rows), open_at_first(rows, all_values=False)
            summary = summarize_checkpoint(checkpoint, cancel)
            return Opened(checkpoint, rows, arrangement, open_rows, summary, owners)
    except BaseException:
        checkpoint.close()
        raise


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Hold the collector off while many objects are made, and leave it off where it was.

    Every search for cycles walks all objects made so far, for longer than a frame of the window
    may take, and rows have no cycles: freezing them keeps the next search off them, too.
    """
    with collector_paused():
        try:
            yield
        finally:
            gc.freeze()


def freeing(
    page: object, checkpoint: Checkpoint, rows: Rows, bars: dict[int, Any]
) -> Callable[[], None]:
    """Return work that frees what `page` shows in slices, once the page itself is gone.

    The window would stand still while it frees 100,000 tensors. The rows and the bars of a scan
    are the page's alone; the checkpoint stays as it is, for somebody else may use it.
    """
    gc.freeze()  # no search for cycles in what is about to go; `give_back_memory` makes one
    gone = weakref.ref(page)
    kept = [(checkpoint, rows, bars)]

    def work() -> None:
        checkpoint, rows, bars = kept.pop()
        deadline = monotonic() + _PAGE_GOES
        while gone() is not None:
            sleep(_PAGE_GOES / 25)
            if monotonic() > deadline:
                return
        for column in vars(rows).values():
            let_go(column)
        let_go(bars)
        parts: list[object] = [*checkpoint.entries, *checkpoint.storages]
        del checkpoint, rows, bars
        let_go(parts)

    return work


def give_back_memory() -> None:
    """Free what closed files left in cycles, which the freezing above hides from the collector.

    For the moment when no file is open. Mostly nothing is left, and the search walks all objects of
    the program, for longer than a frame of the window: it is made once there are many more of them
    than after the last one.
    """
    global _kept
    if gc.get_freeze_count() - _kept > _MUCH_LEFT:
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        _kept = gc.get_freeze_count()
