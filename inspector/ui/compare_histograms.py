"""The histograms of A and B over shared bins, the histogram of B - A below them, key figures."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from inspector.analysis.compare_views import difference_histogram
from inspector.analysis.pairs import Pair
from inspector.analysis.tally import Figures
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.ui.compare_bars import BarsPlot, Layer
from inspector.ui.compare_facts import difference_lines, statistics_lines
from inspector.ui.compare_panel import PairNumbers, PairPanel, numbers_of
from inspector.ui.compare_table import CompareTable
from inspector.ui.jobs import Jobs
from inspector.ui.recent_results import RecentResults
from inspector.ui.scrolling import scrolling
from inspector.ui.texts import ElidedLabel, PlainLabel

_KEY_FIGURES = 4


class CompareHistograms(PairPanel[PairNumbers]):
    """A in blue, B in orange, the difference on a logarithmic axis of counts."""

    def __init__(
        self, jobs: Jobs, parent: QWidget | None, results: RecentResults[PairNumbers] | None = None
    ) -> None:
        super().__init__(jobs, parent, results)
        self.sides = BarsPlot(self.tr("Histograms of A and B"), self.tr("value (shared bins)"))
        self.delta = BarsPlot(self.tr("Histogram of the difference"), self.tr("B − A"))
        self.delta.set_log(True)
        self.log = QCheckBox(self.tr("Log counts"), self)
        self.log.toggled.connect(self.sides.set_log)
        self._readout = ElidedLabel("", self, "muted")
        self._nothing = PlainLabel("", self, "muted")
        for plot in (self.sides, self.delta):
            plot.pointed.connect(self._readout.setText)
        self.table = CompareTable(self)
        line = QHBoxLayout()
        line.addWidget(self.log)
        line.addWidget(self._readout, 1)
        em = self.fontMetrics().height()
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        for plot, share in ((self.sides, 5), (self.delta, 4)):
            plot.setMinimumHeight(2 * em * share)
            column.addWidget(plot, share)
        column.addWidget(self._nothing)
        column.addWidget(self.table)
        outer = QVBoxLayout(self.page)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(inner, self))

    def _refusal(self, pair: Pair) -> str:
        return self._empty(pair)

    def _work(self, pair: Pair, cancel: CancelToken, progress: Progress) -> PairNumbers:
        return numbers_of(pair, cancel, progress)

    def _show(self, result: PairNumbers) -> None:
        known = [
            (name, color, side)
            for name, color, side in (("A", "a", result.a), ("B", "b", result.b))
            if side is not None and side.finite
        ]
        layers = [Layer(name, color, side.histogram) for name, color, side in known]
        low = min((float(side.min) for _, _, side in known), default=0.0)
        high = max((float(side.max) for _, _, side in known), default=1.0)
        self.sides.setVisible(bool(known))
        self.sides.show_layers(layers, (low, high))
        self._show_difference(result.difference)
        lines = statistics_lines(result)[:_KEY_FIGURES]
        if self.difference is not None and self.difference.changed and self.pair is not None:
            lines += difference_lines(self.difference, self.pair)[:2]
        self.table.show_lines(lines)

    def _show_difference(self, figures: Figures | None) -> None:
        differs = figures is not None and (figures.min < 0 or figures.max > 0)  # not where NaN
        self.delta.setVisible(differs)
        self._nothing.setVisible(not differs)
        if figures is not None and differs:
            span = float(figures.min), float(figures.max)
            count = partial(difference_histogram, figures)
            self.delta.show_layers([Layer("B − A", "changed", count)], span)
        elif self.pair is not None and None in (self.pair.a, self.pair.b):
            self._nothing.setText(self.tr("Only one of the two files has it."))
        elif figures is None:
            self._nothing.setText(self.tr("The shapes differ: there is no difference to plot."))
        else:
            self._nothing.setText(self.tr("No finite value differs."))
