"""Counts what a cast would lose, before anything is written: at once where it costs little."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.units import bytes_text
from inspector.export.cast import losses
from inspector.export.plan import CastLoss, ExportPlan
from inspector.ui.export_preview import ExportPreview
from inspector.ui.jobs import Job, Jobs

_AT_ONCE = 64 << 20
"""Bytes of cast tensors that are counted without being asked."""


class LossCounter(QObject):
    """Shows its counts in `preview`; `failed` carries what reading the tensors raised."""

    failed = Signal(object)

    def __init__(self, preview: ExportPreview, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._preview = preview
        self._jobs = jobs
        self._plan: ExportPlan | None = None
        self._job: Job[list[CastLoss]] | None = None
        preview.losses_asked.connect(self._count)

    def take(self, plan: ExportPlan) -> None:
        """Count what `plan` loses, or offer to."""
        self._plan = plan
        cost = _cost(plan)
        if cost > _AT_ONCE:
            text = self.tr("Count what the cast loses (reads {})").format(bytes_text(cost))
            self._preview.offer_losses(text)
        elif plan.casts:
            self._count()

    def stop(self) -> None:
        """Forget the plan."""
        self._plan = None
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _count(self) -> None:
        if self._plan is None:
            return
        casts, total = self._plan.casts, _cost(self._plan)
        self._show_progress(0, total)

        def count(cancel: CancelToken, progress: Progress) -> list[CastLoss]:
            found, done = [], 0
            for tensor, dtype in casts:
                found.append(losses(tensor, dtype, cancel=cancel))
                done += tensor.nbytes
                progress(done, total)
            return found

        self._job = self._jobs.run(
            "plan", count, self._preview.show_losses, self.failed.emit, self._show_progress
        )

    def _show_progress(self, done: int, total: int) -> None:
        text = self.tr("Counting what the cast loses: {} of {}")
        self._preview.show_counting(text.format(bytes_text(done), bytes_text(total)))


def _cost(plan: ExportPlan) -> int:
    return sum(tensor.nbytes for tensor, _ in plan.casts)
