"""The right side of a comparison: what differs in the selected pair, or in the whole."""

from __future__ import annotations

from functools import cached_property
from typing import TypeVar

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from inspector.analysis.compare_words import matched_text, note_text
from inspector.analysis.differences import Difference
from inspector.analysis.pairs import Pair
from inspector.analysis.value_pairs import ValuePair
from inspector.checkpoint.types import Value
from inspector.ui.compare_facts import CompareFacts
from inspector.ui.compare_histograms import CompareHistograms
from inspector.ui.compare_joint import CompareJoint
from inspector.ui.compare_model import CompareModel
from inspector.ui.compare_overview import CompareOverview
from inspector.ui.compare_panel import PairNumbers
from inspector.ui.compare_pictures import ComparePictures
from inspector.ui.compare_values import CompareValues
from inspector.ui.facts_panel import FactsPanel
from inspector.ui.figures import value_text
from inspector.ui.jobs import Jobs
from inspector.ui.reasons import in_words
from inspector.ui.recent_results import RecentResults
from inspector.ui.texts import ElidedLabel

W = TypeVar("W", bound=QWidget)
HISTOGRAMS, DIFFERENCE, AGAINST, PICTURE, VALUES = range(5)


class CompareSelection(QWidget):
    """Title, facts in a line, and five views of which only the visible one works."""

    row_asked = Signal(int)

    def __init__(self, model: CompareModel, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._rows = model.compared
        self._jobs = jobs
        self._row = -1
        self._seen: Difference | None = None
        self._preferred = HISTOGRAMS
        self._title = ElidedLabel("", self, "title")
        self._title.enlarge(1.25)
        self._subtitle = ElidedLabel("", self, "subtitle")
        self.tabs = QTabBar(self)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(self.tr("Views of the selected pair"))
        for name in (
            self.tr("Histograms"),
            self.tr("Difference"),
            self.tr("A against B"),
            self.tr("Picture"),
            self.tr("Values"),
        ):
            self.tabs.addTab(name)
        self.tabs.currentChanged.connect(self._prefer)
        self._numbers: RecentResults[PairNumbers] = RecentResults(16)
        self._stack = QStackedWidget(self)
        self.plain = FactsPanel(self)
        self._stack.addWidget(self.plain)
        self._lay_out()

    def _lay_out(self) -> None:
        em = self.fontMetrics().height()
        column = QVBoxLayout(self)
        column.setContentsMargins(em, em // 2, em // 2, em // 2)
        column.setSpacing(em // 4)
        column.addWidget(self._title)
        column.addWidget(self._subtitle)
        column.addSpacing(em // 4)
        column.addWidget(self.tabs)
        column.addWidget(self._stack, 1)
        # Three columns of figures and their names, which are as wide in every language.
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("n") * 57)

    # The views are made when they are first looked at: each takes the time of a few frames.

    @cached_property
    def overview(self) -> CompareOverview:
        """The whole, or a module."""
        view = CompareOverview(self._jobs, self)
        view.row_asked.connect(self.row_asked)
        return self._added(view)

    @cached_property
    def histograms(self) -> CompareHistograms:
        """Histograms of both sides and of the difference."""
        return self._added(CompareHistograms(self._jobs, self, self._numbers))

    @cached_property
    def facts(self) -> CompareFacts:
        """All figures."""
        view = CompareFacts(self._jobs, self, self._numbers)
        view.cell_activated.connect(self.show_cell)
        return self._added(view)

    @cached_property
    def joint(self) -> CompareJoint:
        """A against B."""
        return self._added(CompareJoint(self._jobs, self))

    @cached_property
    def pictures(self) -> ComparePictures:
        """Heat maps."""
        view = ComparePictures(self._jobs, self)
        view.cell_activated.connect(self.show_cell)
        return self._added(view)

    @cached_property
    def values(self) -> CompareValues:
        """Tables of values."""
        return self._added(CompareValues(self._jobs, self))

    def _added(self, view: W) -> W:
        self._stack.addWidget(view)
        return view

    def show_row(self, row: int) -> None:
        """Show the pair of a row; the overview of a module, -1 for that of the whole."""
        self._row = row
        pair = self._rows.pairs[row] if row >= 0 else None
        self._seen = self._rows.differences.get(row)
        self.tabs.setVisible(isinstance(pair, Pair))
        self._title.setVisible(row >= 0)
        self._subtitle.setVisible(row >= 0)
        if row >= 0:
            self._title.setText(self._rows.keys[row] or self.tr("(the saved object)"))
            self._subtitle.setText("  ·  ".join(part for part in self._parts(row) if part))
        if isinstance(pair, Pair):
            self._show_pair(pair)
        elif isinstance(pair, ValuePair):
            self._stack.setCurrentWidget(self.plain)
            types = " → ".join(dict.fromkeys(filter(None, (_type(pair.a), _type(pair.b)))))
            facts = [("A", _value(pair.a)), ("B", _value(pair.b)), (self.tr("Type"), types)]
            self.plain.show_group(pair.key, facts)
        else:
            self._stack.setCurrentWidget(self.overview)
            self.overview.show_rows(self._rows, row)

    def refresh(self) -> None:
        """Show what came in for the row or the module that is looked at."""
        if self._row < 0 or self._rows.is_group(self._row):
            self.overview.show_rows(self._rows, self._row)
        elif self._rows.differences.get(self._row) is not self._seen:
            self.show_row(self._row)

    def _parts(self, row: int) -> list[str]:
        rows, pair = self._rows, self._rows.pairs[row]
        status = self._model.status_text(row)
        if not isinstance(pair, Pair):
            return [status]
        difference = rows.differences.get(row)
        facts = [rows.shape_text(row), rows.dtypes[row], rows.devices[row] or self.tr("no device")]
        if difference is not None:
            facts += [in_words(matched_text(difference)), note_text(difference)]
        return [status, *facts]

    def _prefer(self, view: int) -> None:
        """Show a view now, and of the next pairs, too, where they have it."""
        self._preferred = view
        pair = self._rows.pairs[self._row] if self._row >= 0 else None
        if isinstance(pair, Pair):
            self._show_view(view, pair)

    def _show_pair(self, pair: Pair) -> None:
        view = self._preferred
        with QSignalBlocker(self.tabs):
            for number in (AGAINST, PICTURE, VALUES):
                self.tabs.setTabEnabled(number, pair.both is not None)
            if not self.tabs.isTabEnabled(view):
                view = HISTOGRAMS
            self.tabs.setCurrentIndex(view)
        self._show_view(view, pair)

    def _show_view(self, view: int, pair: Pair, cell: tuple[int, ...] = ()) -> None:
        if view == VALUES:
            self._stack.setCurrentWidget(self.values)
            self.values.show_pair(pair, self._seen, cell)
            return
        panel: CompareHistograms | CompareFacts | CompareJoint | ComparePictures
        if view == HISTOGRAMS:
            panel = self.histograms
        elif view == DIFFERENCE:
            panel = self.facts
        else:
            panel = self.joint if view == AGAINST else self.pictures
        self._stack.setCurrentWidget(panel)
        panel.show_pair(pair, self._seen)

    def show_cell(self, index: object) -> None:
        """Jump to one element in the tables of values."""
        pair = self._rows.pairs[self._row] if self._row >= 0 else None
        if isinstance(index, tuple) and isinstance(pair, Pair):
            self._preferred = VALUES
            with QSignalBlocker(self.tabs):
                self.tabs.setCurrentIndex(VALUES)
            self._show_view(VALUES, pair, index)


def _value(value: Value | None) -> str:
    return "—" if value is None else value_text(value.value, 1000, value.type_name)


def _type(value: Value | None) -> str:
    return "" if value is None else value.type_name
