"""*Scan file*: the statistics of every tensor come into the tree while they are made.

The button stands beside the filter while a scan runs: it tells how far it is, and stops it.
"""

from __future__ import annotations

from collections import Counter
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.types import Checkpoint, Tensor
from inspector.ui.jobs import Job, Jobs
from inspector.ui.sparkline import flag_words
from inspector.ui.texts import counted
from inspector.ui.tree_model import Found, TreeModel

if TYPE_CHECKING:
    from inspector.analysis.scan_results import ScanResult


class FileScan(QPushButton):
    """One scan of one file at a time. `told` carries a line for the status bar."""

    told = Signal(str)
    failed = Signal(str)
    advanced = Signal(object)
    """All `ScanResult`s so far."""

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
        self._job: Job[list[ScanResult]] | None = None
        self._results: dict[Tensor, ScanResult] = {}
        self._began = 0.0

    @property
    def running(self) -> bool:
        """Whether a scan is under way."""
        return self._job is not None

    def start(self) -> None:
        """Scan the file, unless that is being done."""
        if self.running:
            return
        self._results = {}
        self._began = perf_counter()
        self._show_progress(0, 1)
        self.show()
        checkpoint, model = self._checkpoint, self._model

        def work(cancel: CancelToken, progress: Progress) -> list[ScanResult]:
            from inspector.analysis.scan import scan
            from inspector.ui.merged_bars import merged_bars

            def publish(batch: list[ScanResult]) -> None:
                numbers = model.rows.numbers
                rows = {numbers[result.tensor]: result for result in batch}
                flags = {row: found for row, result in rows.items() if (found := result.flags)}
                self._jobs.post(self._take, rows, flags)

            results = scan(checkpoint, cancel=cancel, progress=progress, on_result=publish)
            self._jobs.post(self._take, merged_bars(model.rows, results, cancel), {})
            return results

        self._job = self._jobs.run("work", work, self._done, self._fail, self._show_progress)

    def stop(self) -> None:
        """End the scan; what was found stays."""
        if self._job is not None:
            self._job.cancel()
            self._end(self.tr("Scan stopped"))

    def _take(self, rows: dict[int, Found], flags: dict[int, frozenset[str]]) -> None:
        self._model.set_found(rows, flags)

    def _show_progress(self, done: int, total: int) -> None:
        percent = 100 * done // max(total, 1)
        self.setText("✕ " + self.tr("Scanning {} %").format(percent))

    def _done(self, results: list[ScanResult]) -> None:
        self.advanced.emit(results)
        counts = Counter(flag for flags in self._model.found.values() for flag in flags)
        parts = [
            counted(
                len(results),
                self.tr("Scan complete: {} tensor"),
                self.tr("Scan complete: {} tensors"),
            ),
            *(f"{count:,} {flag_words(flag)}" for flag, count in counts.most_common()),
        ]
        seconds = perf_counter() - self._began
        self._end(", ".join(parts) + f"  ·  {seconds:.1f} s")

    def _fail(self, trouble: Exception) -> None:
        self._end("")
        if isinstance(trouble, CheckpointError):
            self.failed.emit(trouble.what())
        else:
            self._jobs.failed.emit(trouble)

    def _end(self, text: str) -> None:
        self._job = None
        self.hide()
        self.told.emit(text)
