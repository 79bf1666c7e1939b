"""What the views of one selected pair have in common: ask a worker, show, remember.

And the worker's part that two of them share: the statistics of both sides and of B - A.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from PySide6.QtWidgets import QWidget

from inspector.analysis.compare_views import difference_figures
from inspector.analysis.differences import Difference
from inspector.analysis.pairs import Pair
from inspector.analysis.statistics import Statistics, summarize
from inspector.analysis.tally import Figures
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.ui.answer_panel import AnswerPanel
from inspector.ui.jobs import Job, Jobs
from inspector.ui.recent_results import RecentResults

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class PairNumbers:
    """Statistics of both sides, None for a side that is not there, and of B - A over the elements
    finite in both, None where the shapes differ or nothing differs."""

    a: Statistics | None
    b: Statistics | None
    difference: Figures | None


def numbers_of(pair: Pair, cancel: CancelToken, progress: Progress) -> PairNumbers:
    """Read both sides of a pair. Raises `CheckpointError` and `Cancelled`."""
    a = summarize(pair.a, cancel=cancel, progress=progress) if pair.a is not None else None
    b = summarize(pair.b, cancel=cancel, progress=progress) if pair.b is not None else None
    both = pair.both
    figures = difference_figures(*both, cancel=cancel) if both is not None else None
    return PairNumbers(a, b, figures)


class PairPanel(AnswerPanel, Generic[R]):
    """`show_pair` shows what a worker makes of a pair. Subclasses fill `page`."""

    def __init__(
        self, jobs: Jobs, parent: QWidget | None, results: RecentResults[R] | None = None
    ) -> None:
        super().__init__(jobs, parent)
        self._results = RecentResults[R](8) if results is None else results
        self._job: Job[R] | None = None
        self.pair: Pair | None = None
        self.difference: Difference | None = None

    def show_pair(self, pair: Pair, difference: Difference | None) -> None:
        """Show a pair; `difference` is None while its values are not compared."""
        self.pair, self.difference = pair, difference
        if self._job is not None:
            self._job.cancel()
        refusal = self._refusal(pair)
        kept = self._results.get(pair)
        if refusal:
            self._say(refusal)
        elif kept is not None:
            self._present(kept)
        else:
            self._patience.start()
            self._ask(pair)

    def _ask(self, pair: Pair) -> None:
        def done(result: R) -> None:
            self._results.keep(pair, result)
            self._present(result)

        self._job = self._jobs.run(
            "look",
            lambda cancel, progress: self._work(pair, cancel, progress),
            done,
            self._fail,
            self._progress,
            owner=self,
        )

    def _present(self, result: R) -> None:
        self._show_page()
        self._show(result)

    def _refusal(self, pair: Pair) -> str:
        """Say why a pair has nothing to show here; empty where it has."""
        if pair.both is None:
            return self.tr("Both sides are needed, of one shape.")
        return self._empty(pair)

    def _empty(self, pair: Pair) -> str:
        sides = [side for side in (pair.a, pair.b) if side is not None]
        if all(side.numel == 0 for side in sides):
            return self.tr("This tensor has no elements.")
        return ""

    def _work(self, pair: Pair, cancel: CancelToken, progress: Progress) -> R:
        """Make what is shown; in a worker."""
        raise NotImplementedError

    def _show(self, result: R) -> None:
        """Show what was made."""
        raise NotImplementedError
