"""The figures of a pair: statistics of both sides, measures of the difference, its place."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from inspector.analysis.compare_words import matched_text
from inspector.analysis.differences import Difference
from inspector.analysis.pairs import Pair
from inspector.analysis.statistics import Statistics
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Tensor
from inspector.checkpoint.units import bytes_text
from inspector.ui import number_text
from inspector.ui.compare_panel import PairNumbers, PairPanel, numbers_of
from inspector.ui.compare_table import CompareTable, Line
from inspector.ui.figures import layout_text, shape_text
from inspector.ui.jobs import Jobs
from inspector.ui.reasons import in_words
from inspector.ui.recent_results import RecentResults
from inspector.ui.scrolling import scrolling
from inspector.ui.texts import PlainLabel

_DIGITS = 6


def _tr(text: str) -> str:
    return QCoreApplication.translate("CompareFacts", text)


class CompareFacts(PairPanel[PairNumbers]):
    """Everything known about a pair, as text. `cell_activated` asks to see one element."""

    cell_activated = Signal(object)

    def __init__(
        self, jobs: Jobs, parent: QWidget | None, results: RecentResults[PairNumbers] | None = None
    ) -> None:
        super().__init__(jobs, parent, results)
        em = self.fontMetrics().height()
        self.table = CompareTable(self)
        self._note = PlainLabel("", self, "wrong")
        self._note.setWordWrap(True)
        self._matched = PlainLabel("", self, "muted")
        self._matched.setWordWrap(True)
        self.jump = QPushButton(self)
        self.jump.setObjectName("link")
        self.jump.clicked.connect(self._jump)
        self._copy = QPushButton(self.tr("Copy figures"), self)
        self._copy.setObjectName("plain")
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.table.text()))
        foot = QHBoxLayout()
        foot.addWidget(self.jump)
        foot.addStretch(1)
        foot.addWidget(self._copy)
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, em, 0)
        column.setSpacing(em // 2)
        column.addWidget(self._note)
        column.addWidget(self._matched)
        column.addWidget(self.table)
        column.addLayout(foot)
        column.addStretch(1)
        outer = QVBoxLayout(self.page)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(inner, self))

    def _refusal(self, pair: Pair) -> str:
        return ""

    def _work(self, pair: Pair, cancel: CancelToken, progress: Progress) -> PairNumbers:
        return numbers_of(pair, cancel, progress)

    def _show(self, result: PairNumbers) -> None:
        if self.pair is None:
            return
        difference = self.difference
        lines = [*side_lines(self.pair), *statistics_lines(result)]
        lines += difference_lines(difference, self.pair) if difference is not None else []
        self.table.show_lines(lines)
        problem = shown(difference.problem) if difference is not None else ""
        matched = in_words(matched_text(difference)) if difference is not None else ""
        for label, text in ((self._note, problem), (self._matched, matched)):
            label.setText(text)
            label.setVisible(bool(text))
        place = difference.largest_at if difference is not None else None
        self.jump.setVisible(place is not None)
        if place is not None:
            self.jump.setText(self.tr("Go to the largest difference at {}").format(list(place)))

    def _jump(self) -> None:
        if self.difference is not None and self.difference.largest_at is not None:
            self.cell_activated.emit(self.difference.largest_at)


def side_lines(pair: Pair) -> list[Line]:
    """Return what the files say of the two tensors."""
    a, b = pair.a, pair.b

    def both(name: str, texts: Sequence[str]) -> Line:
        return Line(name, texts[0], texts[1], "≠" if a and b and texts[0] != texts[1] else "")

    def of(tensor: Tensor | None) -> list[str]:
        if tensor is None:
            return [_tr("not there"), "", "", "", ""]
        device = tensor.device or _tr("no device")
        size = bytes_text(tensor.nbytes)
        return [shape_text(tensor.shape), tensor.dtype, device, layout_text(tensor), size]

    names = (_tr("shape"), _tr("dtype"), _tr("device"), _tr("layout"), _tr("bytes"))
    return [both(name, texts) for name, *texts in zip(names, of(a), of(b), strict=True)]


def statistics_lines(numbers: PairNumbers) -> list[Line]:
    """Return the statistics of both sides and of B - A."""
    figures = numbers.difference

    def line(name: str, field: str, delta: float | None) -> Line:
        sides = [_figure(getattr(one, field)) if one else "" for one in (numbers.a, numbers.b)]
        return Line(name, sides[0], sides[1], "" if delta is None else _figure(delta))

    has = figures is not None and figures.moments.count > 0
    lines = [
        line(_tr("mean"), "mean", figures.moments.mean if figures is not None and has else None),
        line(_tr("std"), "std", figures.moments.std if figures is not None and has else None),
        line(_tr("min"), "min", figures.min if figures is not None and has else None),
        line(_tr("max"), "max", figures.max if figures is not None and has else None),
        line(_tr("L2 norm"), "l2", figures.moments.l2 if figures is not None and has else None),
    ]
    for name, field in (
        (_tr("zeros"), "zeros"),
        ("NaN", "nan"),
        ("+∞", "posinf"),
        ("−∞", "neginf"),
    ):
        lines += _count_line(name, field, numbers.a, numbers.b)
    return lines


def difference_lines(difference: Difference, pair: Pair) -> list[Line]:
    """Return the measures of the difference; what appeared or vanished is alarming."""
    measures = difference.measures
    lines = []
    if measures is not None:
        total = pair.a.numel if pair.a is not None else 0
        share = number_text.share(measures.changed, total)
        changed = _tr("{} of {} ({})").format(f"{measures.changed:,}", f"{total:,}", share)
        lines += [
            Line(_tr("changed"), delta=changed),
            Line(_tr("max |Δ|"), delta=_figure(measures.max_abs)),
            Line(_tr("mean |Δ|"), delta=_figure(measures.mean_abs)),
            Line(_tr("RMS of Δ"), delta=_figure(measures.rms)),
            Line(_tr("relative L2"), delta=_figure(measures.rel_l2)),
            Line(_tr("cosine"), delta=f"{measures.cosine:.9g}".replace("-", "−")),
        ]
        for count, name, alarming in (
            (measures.nan_appeared, _tr("NaN appeared"), True),
            (measures.nan_vanished, _tr("NaN vanished"), False),
            (measures.inf_appeared, _tr("Inf appeared"), True),
            (measures.inf_vanished, _tr("Inf vanished"), False),
        ):
            if count:
                lines.append(Line(name, delta=f"{count:,}", alarming=alarming))
    if difference.largest_at is not None:
        lines.append(Line(_tr("largest at"), delta=str(list(difference.largest_at))))
    return lines


def _count_line(name: str, field: str, a: Statistics | None, b: Statistics | None) -> list[Line]:
    counts = [getattr(one, field) if one else 0 for one in (a, b)]
    if not any(counts):
        return []
    delta = counts[1] - counts[0]
    sides = [f"{count:,}" if one else "" for count, one in zip(counts, (a, b), strict=True)]
    return [
        Line(name, sides[0], sides[1], f"{delta:+,}".replace("-", "−") if a and b and delta else "")
    ]


def _figure(value: float) -> str:
    if isinstance(value, int) or (math.isfinite(value) and float(value).is_integer()):
        return number_text.figure(float(value), 12)
    return number_text.figure(value, _DIGITS)
