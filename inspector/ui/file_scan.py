"""*Scan file*: the statistics of every tensor come into the tree while they are made.

The button stands beside the filter while a scan runs: it tells how far it is, and stops it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.types import Checkpoint
from inspector.ui.jobs import Job, Jobs
from inspector.ui.reasons import reason_of
from inspector.ui.sparkline import flag_words
from inspector.ui.texts import counted
from inspector.ui.tree_model import Found, TreeModel
from inspector.ui.tree_rows import Rows

if TYPE_CHECKING:
    from collections import Counter

    from inspector.analysis.scan_results import Results, ScanResult

Finished: TypeAlias = "tuple[Results, Counter[str]]"
"""All results, and how many tensors have each flag."""


PUBLISHED_EVERY = 0.2
"""Seconds between two batches of rows for the tree, each of which paints it anew."""


class FileScan(QPushButton):
    """One scan of one file at a time. `told` carries a line for the status bar."""

    told = Signal(str)
    failed = Signal(str)
    advanced = Signal(object)
    """All `ScanResult`s so far."""
    switched = Signal(bool)
    """Whether a scan is under way, when that changes."""

    def __init__(
        self, checkpoint: Checkpoint, model: TreeModel, jobs: Jobs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("flat")
        self.setToolTip(self.tr("Stop the scan; what was found stays"))
        self.clicked.connect(self.stop)
        self.hide()
        self._checkpoint = checkpoint
        self._model = model
        self._jobs = jobs
        self._job: Job[Finished] | None = None
        self._began = 0.0
        self.complete = False
        """Whether the last scan came to its end."""

    @property
    def running(self) -> bool:
        """Whether a scan is under way."""
        return self._job is not None

    def start(self) -> None:
        """Scan the file, unless that is being done."""
        if self.running:
            return
        self._began = perf_counter()
        self._show_progress(1, 1)
        # Of one size whatever it says: a new size lays out and paints the whole window anew.
        self.setFixedSize(self.sizeHint())
        self._show_progress(0, 1)
        self.show()
        checkpoint, rows = self._checkpoint, self._model.rows

        def work(cancel: CancelToken, progress: Progress) -> Finished:
            from inspector.analysis.scan import scan
            from inspector.analysis.scan_results import count_flags
            from inspector.ui.merged_bars import merged_bars

            self._jobs.post_and_wait(self.show)  # with the column that the scan fills
            found = _Batches(rows, partial(self._jobs.post_and_wait, self._model.set_found))
            results = scan(checkpoint, cancel=cancel, progress=progress, on_result=found.take)
            found.publish()
            self._jobs.post(self._model.set_found, merged_bars(rows, results, cancel), {})
            return results, count_flags(results)

        self.complete = False
        self._job = self._jobs.run("work", work, self._done, self._fail, self._show_progress)
        self.switched.emit(True)

    def stop(self) -> None:
        """End the scan; what was found stays."""
        if self._job is not None:
            self._job.cancel()
            self._end(self.tr("Scan stopped"))

    def _show_progress(self, done: int, total: int) -> None:
        percent = 100 * done // max(total, 1)
        self.setText("✕ " + self.tr("Scanning {} %").format(percent))

    def _counted(self, flag: str, count: int) -> str:
        if flag in ("nan", "inf", "f16-overflow", "f16-underflow"):
            return self.tr("{} with {}").format(f"{count:,}", flag_words(flag))
        return f"{count:,} {flag_words(flag)}"

    def _done(self, finished: Finished) -> None:
        results, counts = finished
        self.complete = True
        self.advanced.emit(results)
        parts = [
            counted(
                len(results),
                self.tr("Scan complete: {} tensor"),
                self.tr("Scan complete: {} tensors"),
            ),
            *(self._counted(flag, count) for flag, count in counts.most_common()),
        ]
        seconds = perf_counter() - self._began
        self._end(", ".join(parts) + f"  ·  {seconds:.1f} s")

    def _fail(self, trouble: Exception) -> None:
        self._end("")
        if isinstance(trouble, CheckpointError):
            self.failed.emit(reason_of(trouble))
        else:
            self._jobs.failed.emit(trouble)

    def _end(self, text: str) -> None:
        self._job = None
        self.hide()
        self.switched.emit(False)
        self.told.emit(text)


class _Batches:
    """Gathers results in the worker, and hands them to the tree a few times a second.

    `show` comes back once they are painted: a worker that computes on meanwhile makes the painting
    of a tree several times as long.
    """

    def __init__(
        self, rows: Rows, show: Callable[[dict[int, Found], dict[int, frozenset[str]]], None]
    ) -> None:
        self._numbers, self._show = rows.numbers, show
        self._rows: dict[int, Found] = {}
        self._flags: dict[int, frozenset[str]] = {}
        self._shown = 0.0

    def take(self, batch: Sequence[ScanResult]) -> None:
        """Take some results, the first ones straight to the tree."""
        from inspector.analysis.scan_results import column

        flagged = column(batch, "flags").nonzero()[0].tolist()
        batch = list(batch)
        rows = [self._numbers[result.tensor] for result in batch]
        self._rows.update(zip(rows, batch, strict=True))
        for place in flagged:
            self._flags[rows[place]] = batch[place].flags
        if perf_counter() - self._shown > PUBLISHED_EVERY:
            self.publish()

    def publish(self) -> None:
        """Hand over what has come since the last time."""
        rows, self._rows = self._rows, {}
        flags, self._flags = self._flags, {}
        self._show(rows, flags)
        self._shown = perf_counter()
