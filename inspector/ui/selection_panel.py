"""The right side: what is selected in the tree, as a histogram, a picture, values and facts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from inspector.checkpoint.types import Tensor, Value
from inspector.checkpoint.units import bytes_text
from inspector.ui.arrange import BYTES, DEVICE, DTYPE, PARAMETERS, SHAPE
from inspector.ui.facts_panel import FactsPanel
from inspector.ui.figures import layout_text, shape_text, value_text
from inspector.ui.jobs import Jobs
from inspector.ui.late_view import LateView
from inspector.ui.opening import Opened
from inspector.ui.texts import ElidedLabel
from inspector.ui.tree_model import TreeModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inspector.analysis.scan_results import ScanResult
    from inspector.ui.histogram_axes import KeptAxes
    from inspector.ui.histogram_panel import HistogramPanel
    from inspector.ui.overview_panel import OverviewPanel
    from inspector.ui.picture_panel import PicturePanel
    from inspector.ui.picture_plot import Sight
    from inspector.ui.values_panel import ValuesPanel

HISTOGRAM, PICTURE, VALUES, FACTS = range(4)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a tensor one looks: its chosen value, the part of its picture that is in view."""

    key: str
    shape: tuple[int, ...]
    cell: tuple[int, ...] = ()
    sight: Sight | None = None


class SelectionPanel(QWidget):
    """Title, facts in a line, and four views of which only the visible one works.

    The views for numbers are made when they are first looked at: they bring numpy and pyqtgraph.
    """

    key_activated = Signal(str)
    scan_asked = Signal()

    def __init__(self, opened: Opened, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._opened = opened
        self._jobs = jobs
        self._model: TreeModel | None = None
        self._row = -1
        self._cell: tuple[int, ...] = ()
        self._preferred = HISTOGRAM
        self._results: Sequence[ScanResult] | None = None
        self._scanning = False
        self._title = ElidedLabel("", self, "title")
        self._title.enlarge(1.25)
        self._subtitle = ElidedLabel("", self, "subtitle", Qt.TextElideMode.ElideRight)
        self.tabs = QTabBar(self)
        self.tabs.setObjectName("views")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setAccessibleName(self.tr("Views of the selection"))
        for name in (self.tr("Histogram"), self.tr("Picture"), self.tr("Values"), self.tr("Facts")):
            self.tabs.addTab(name)
        self.tabs.currentChanged.connect(self._prefer)
        self._stack = QStackedWidget(self)
        self._facts = FactsPanel(self)
        self._facts.key_activated.connect(self.key_activated)
        self._stack.addWidget(self._facts)
        self._kept_axes: KeptAxes | None = None
        self._kept_place: Place | None = None
        self._histogram = LateView(self._stack, jobs, _histogram, self._start_histogram)
        self._picture = LateView(
            self._stack, jobs, _picture, lambda view: view.cell_activated.connect(self.show_cell)
        )
        self._values = LateView(self._stack, jobs, _values)
        self._overview = LateView(self._stack, jobs, _overview, self._start_overview)
        self._late = self._histogram, self._picture, self._values, self._overview
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
        self.setMinimumWidth(em * 20)

    @property
    def view(self) -> int:
        """Which view is in front: `HISTOGRAM`, `PICTURE`, `VALUES` or `FACTS`."""
        return self.tabs.currentIndex()

    def show_row(self, model: TreeModel, row: int) -> None:
        """Show the row of the tree; -1 shows the overview of the whole file."""
        self._model, self._row = model, row
        nothing = row < 0
        self.tabs.setVisible(not nothing)
        self._subtitle.setVisible(not nothing)
        self._title.setVisible(not nothing)
        if nothing:
            self._give_up()
            self._overview.use(lambda view: None)
            return
        entry = model.rows.entries[row]
        self._title.setText(model.rows.keys[row] or self.tr("(the saved object)"))
        self._subtitle.setText("  ·  ".join(part for part in self._parts(model, row) if part))
        numbers = isinstance(entry, Tensor) and not entry.lacks_data
        tensors = numbers or (entry is None and model.rows.counts[row] > 0)
        with QSignalBlocker(self.tabs):
            self.tabs.setTabEnabled(HISTOGRAM, tensors)
            self.tabs.setTabEnabled(PICTURE, numbers)
            self.tabs.setTabEnabled(VALUES, numbers)
            view = self._preferred
            if not self.tabs.isTabEnabled(view):
                view = HISTOGRAM if tensors else FACTS
            self.tabs.setCurrentIndex(view)
        self._show_view(view)

    def _parts(self, model: TreeModel, row: int) -> list[str]:
        entry = model.rows.entries[row]
        if isinstance(entry, Tensor):
            device = entry.device or self.tr("no device")
            size = bytes_text(entry.nbytes)
            shape = shape_text(entry.shape)
            owner = model.rows.owners.get(row)
            state = self.tr("state of {}").format(owner) if owner else ""
            return [state, shape, entry.dtype, device, size, layout_text(entry)]
        if isinstance(entry, Value):
            return [entry.type_name, value_text(entry.value, type_name=entry.type_name)]
        columns = (SHAPE, DTYPE, DEVICE, PARAMETERS, BYTES)
        texts = [model.text(row, column) for column in columns]
        if texts[3]:
            texts[3] = self.tr("{} parameters").format(texts[3])
        return [model.rows.notes.get(row, ""), *texts]

    def _prefer(self, view: int) -> None:
        """Show a view now, and of the next selections, too, where they have it."""
        self._preferred = view
        self._show_view(view)

    def _show_view(self, view: int) -> None:
        if self._model is None or self._row < 0:
            return
        rows, row = self._model.rows, self._row
        entry = rows.entries[row]
        self._give_up()
        if view == FACTS:
            self._stack.setCurrentWidget(self._facts)
            self._fill_facts(entry)
        elif view == HISTOGRAM and entry is None:
            tensors = rows.tensors(row)
            self._histogram.use(lambda panel: panel.show_tensors(rows.keys[row], tensors))
        elif isinstance(entry, Tensor):
            self._show_numbers(view, entry)

    def _give_up(self) -> None:
        """Let no view that was asked for before come to the front of the next one."""
        for late in self._late:
            late.give_up()

    def _show_numbers(self, view: int, tensor: Tensor) -> None:
        if view == HISTOGRAM:
            self._histogram.use(lambda panel: panel.show_tensor(tensor))
        elif view == PICTURE:
            self._picture.use(lambda panel: self._show_picture(panel, tensor))
        else:
            cell, self._cell = self._cell, ()
            self._values.use(lambda panel: self._show_values(panel, tensor, cell))

    def _show_picture(self, panel: PicturePanel, tensor: Tensor) -> None:
        kept = self._kept(tensor)
        self._kept_place = replace(kept, sight=None)
        panel.show_tensor(tensor, kept.sight)

    def _show_values(self, panel: ValuesPanel, tensor: Tensor, cell: tuple[int, ...]) -> None:
        kept = self._kept(tensor)
        self._kept_place = replace(kept, cell=())
        panel.show_tensor(tensor, cell or kept.cell)

    def _fill_facts(self, entry: Tensor | Value | None) -> None:
        assert self._model is not None
        model, row = self._model, self._row
        if isinstance(entry, Tensor):
            self._facts.show_tensor(self._opened.checkpoint, entry, model.rows.owners.get(row, ""))
        elif isinstance(entry, Value):
            self._facts.show_value(entry)
        else:
            columns = (SHAPE, DTYPE, DEVICE, PARAMETERS, BYTES)
            names = (
                self.tr("Holds"),
                self.tr("Dtype"),
                self.tr("Device"),
                self.tr("Parameters"),
                self.tr("Bytes"),
            )
            facts = [
                (name, text)
                for name, column in zip(names, columns, strict=True)
                if (text := ", ".join(model.parts_of(row, column)) or model.text(row, column))
            ]
            if note := model.rows.notes.get(row):
                facts.insert(0, (self.tr("Type"), note))
            self._facts.show_group(model.rows.keys[row], facts)

    def show_cell(self, index: object) -> None:
        """Jump to one element in the value table."""
        if isinstance(index, tuple):
            self._cell = index
            if self.view == VALUES:
                self._show_view(VALUES)
            self.tabs.setCurrentIndex(VALUES)

    @property
    def axes(self) -> KeptAxes | None:
        """How the histogram is laid out, None before there was one."""
        return self._histogram.widget.axes() if self._histogram.widget else self._kept_axes

    def keep_axes(self, kept: KeptAxes | None) -> None:
        """Lay the histogram out as in an earlier version of the file, once there is one."""
        self._kept_axes = kept

    @property
    def place(self) -> Place | None:
        """Where in the selected tensor one looks, None where no tensor is selected."""
        tensor = self._model.rows.entries[self._row] if self._model and self._row >= 0 else None
        if not isinstance(tensor, Tensor):
            return None
        place = self._kept(tensor)
        values, picture = self._values.widget, self._picture.widget
        if values is not None and values.tensor is tensor:
            place = replace(place, cell=values.cell)
        if picture is not None and picture.tensor is tensor:
            place = replace(place, sight=picture.sight)
        return place

    def keep_place(self, kept: Place | None) -> None:
        """Look there again when a tensor of that key and shape is shown."""
        self._kept_place = kept

    def _kept(self, tensor: Tensor) -> Place:
        kept = self._kept_place
        same = kept is not None and (kept.key, kept.shape) == (tensor.key, tensor.shape)
        return kept if kept is not None and same else Place(tensor.key, tensor.shape)

    def _start_histogram(self, panel: HistogramPanel) -> None:
        panel.key_activated.connect(self.key_activated)
        if self._kept_axes is not None:
            panel.return_to(self._kept_axes)

    def show_scan(self, results: Sequence[ScanResult]) -> None:
        """Hand a scan's results to the overview, now or when it is first looked at."""
        self._results = results
        if self._overview.widget is not None:
            self._overview.widget.set_scan(results)

    def show_scanning(self, running: bool) -> None:
        """Offer no scan while there is one."""
        self._scanning = running
        if self._overview.widget is not None:
            self._overview.widget.scan.setDisabled(running)

    def forget(self) -> None:
        """Stop what is done for the selection and drop what is kept, before the file is closed."""
        for panel in (self._histogram.widget, self._picture.widget, self._overview.widget):
            if panel is not None:
                panel.forget()
        for late in self._late:
            late.forget()

    def _start_overview(self, overview: OverviewPanel) -> None:
        overview.key_activated.connect(self.key_activated)
        overview.scan_requested.connect(self.scan_asked)
        overview.scan.setDisabled(self._scanning)
        overview.show_file(self._opened)
        if self._results is not None:  # of a scan that was faster
            overview.set_scan(self._results)


def _histogram() -> type[HistogramPanel]:
    from inspector.ui.histogram_panel import HistogramPanel

    return HistogramPanel


def _picture() -> type[PicturePanel]:
    from inspector.ui.picture_panel import PicturePanel

    return PicturePanel


def _values() -> type[ValuesPanel]:
    from inspector.ui.values_panel import ValuesPanel

    return ValuesPanel


def _overview() -> type[OverviewPanel]:
    from inspector.ui.overview_panel import OverviewPanel

    return OverviewPanel
