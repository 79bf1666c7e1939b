"""The tree on screen: a table view with the indent, arrows and keys of a tree."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from heapq import nlargest
from itertools import islice

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QHeaderView,
    QTableView,
    QWidget,
)

from inspector.checkpoint.plain_text import shown as plain
from inspector.ui import style, theme
from inspector.ui.arrange import BYTES, DEVICE, DISTRIBUTION, DTYPE, NAME, PARAMETERS, SHAPE
from inspector.ui.tree_delegate import MONOSPACED, TreeDelegate
from inspector.ui.tree_model import AnyIndex, TreeModel
from inspector.ui.tree_rows import Rows

_WIDTHS = {  # what a column must have room for
    SHAPE: "32000 × 4096",
    DTYPE: "complex64 ",
    DEVICE: "cuda:0 ",
    PARAMETERS: "2,048,000 ",
    BYTES: "999.9 MB",
    DISTRIBUTION: "some bars • fp16 underflow",
}
_GIVEN_UP = (PARAMETERS, DEVICE, BYTES, DISTRIBUTION)
"""Columns that a narrow view does without, the first one first."""
_WORTH_LESS_THAN_OWNERS = 2
"""So many of them go before the names of an optimizer's parameters are cut."""
_LEAST_NAME, _MOST_NAME = "bn1.num_batches_tracked", "post_attention_layernorm.weight_scale"
"""Between the first and two of the second, names at the top decide what room is theirs first."""
_NARROW_NAME = "num_batches_tr"
"""What a name has room for before the view scrolls sideways."""
_AT_THE_TOP = 60
"""Lines."""
_NARROWEST, _WIDEST = 20, 2000
"""Pixels of a column that is restored."""
_SOME, _LONGEST = 4, 100
"""The names of which the shortest decides, so that no odd one does; characters measured."""


class TreeView(QTableView):
    """The rows of a `TreeModel`. `row_chosen` carries the row under the cursor."""

    row_chosen = Signal(int)
    row_activated = Signal(int)
    typed = Signal(str)
    first_painted = Signal()
    """The rows are on the screen for the first time."""
    samples: Mapping[int, str] = _WIDTHS
    """What a column must have room for."""
    given_up: Sequence[int] = _GIVEN_UP
    of_values: int = SHAPE
    """The column that plain values stand in, some of them long."""
    squeezed = ""
    """What that column keeps room for where names have too little; empty for all that it needs."""
    monospaced: Collection[int] = MONOSPACED

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tree_model: TreeModel | None = None
        self.hovered_line = -1
        self._widths: dict[int, int] = {}
        self.chosen_widths: dict[int, int] = {}
        """Of the columns that a person made wider or narrower."""
        self._names = self._names_and_owners = 0
        self._scanned = False
        self._name_resized = False
        self._painted = False
        # Of Qt's own viewport PySide would have to find the class, among all there are: 5 ms.
        self.setViewport(QWidget(self))
        self.setObjectName("tree")
        self.setAccessibleName(self.tr("Contents of the checkpoint"))
        self.delegate = TreeDelegate(self)
        self.setItemDelegate(self.delegate)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._set_up_headers()

    def _set_up_headers(self) -> None:
        vertical = self.verticalHeader()
        vertical.hide()
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        vertical.setMinimumSectionSize(1)
        vertical.setDefaultSectionSize(self.delegate.height)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(False)
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(3 * self.delegate.pad)
        header.sectionHandleDoubleClicked.connect(self._stop_fitting)
        header.sectionResized.connect(self._on_section_resized)

    def show_model(self, model: TreeModel) -> None:
        """Show `model` in the columns there is room for."""
        self.tree_model = model
        self._scanned = bool(model.bars)
        self.setModel(model)
        self.selection = self.selectionModel()
        plain = QFontMetrics(self.font())
        mono = QFontMetrics(self.delegate.mono_font)
        longest = model.longest_texts() if self.samples is _WIDTHS else {}
        for column, sample in self.samples.items():
            sample = max(sample, longest.get(column, ""), key=len)
            metrics = mono if column in self.monospaced else plain
            title = str(model.headerData(column, Qt.Orientation.Horizontal))
            width = max(metrics.horizontalAdvance(sample), plain.horizontalAdvance(title))
            self._widths[column] = width + 2 * self.delegate.pad
        self._names, self._names_and_owners = self._measured_names()
        self._fit_columns()

    def forget(self) -> None:
        """Let go of the rows, as the page goes: this view and its delegate hold one another."""
        self.tree_model = None

    def show_distributions(self) -> None:
        """Show the column that a scan fills."""
        self._scanned = True
        self._fit_columns()

    def current_row(self) -> int:
        """Return the row under the cursor, -1 if there is none."""
        index = self.currentIndex()
        if self.tree_model is None or not index.isValid():
            return -1
        return self.tree_model.visible[index.row()]

    def choose_row(self, row: int) -> bool:
        """Open what hides `row`, put the cursor there; False when the filter hides it."""
        if self.tree_model is None:
            return False
        line = self.tree_model.reveal(row)
        if line >= 0:
            index = self.tree_model.index(line, NAME)
            self.setCurrentIndex(index)
            self.scrollTo(index)
        return line >= 0

    def currentChanged(self, current: AnyIndex, previous: AnyIndex) -> None:
        """Report the new row under the cursor."""
        super().currentChanged(current, previous)
        if self.tree_model is not None and current.isValid():
            self.row_chosen.emit(self.tree_model.visible[current.row()])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and tell after the first time."""
        super().paintEvent(event)
        if self.tree_model is not None and not self.tree_model.visible:
            self._paint_emptiness(self.tree_model)
        if not self._painted and self.tree_model is not None:
            self._painted = True
            QTimer.singleShot(0, self, self.first_painted.emit)

    def _paint_emptiness(self, model: TreeModel) -> None:
        text = self.tr("There is nothing in this file.")
        if model.request.text:
            text = self.tr("Nothing here matches the filter.")
        painter = QPainter(self.viewport())
        painter.setPen(theme.colors().muted)
        place = self.viewport().rect().adjusted(0, 3 * self.delegate.height, 0, 0)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignHCenter), text)
        painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Take the focus without choosing a row: nothing chosen shows the whole file."""
        if self.currentIndex().isValid():
            super().focusInEvent(event)
        else:
            QAbstractScrollArea.focusInEvent(self, event)

    # Columns

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the columns that there is no room for; the name gets what the others leave."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit_columns()

    def wanted_columns(self) -> set[int]:
        """Return the columns to show beside the name where there is room; a scan fills one."""
        return set(self.samples) - (set() if self._scanned else {DISTRIBUTION})

    def _fit_columns(self) -> None:
        if self.tree_model is None:
            return
        room = self.viewport().width()
        wanted = self.wanted_columns()
        shown = wanted - set(self.given_up)
        for column in reversed(self.given_up):
            if column in wanted and self._names + self._width_of({*shown, column}) <= room:
                shown.add(column)
        with QSignalBlocker(self.horizontalHeader()):
            for column, width in self._widths.items():
                self.setColumnHidden(column, column not in shown)
                self.setColumnWidth(column, width)
        self._fit_name()
        self.updateGeometries()

    def _fit_name(self) -> None:
        if self._name_resized or self.tree_model is None:
            return
        shown = {column for column in self._widths if not self.isColumnHidden(column)}
        spare = self.viewport().width() - self._width_of(shown)
        least = self.fontMetrics().horizontalAdvance(_NARROW_NAME)
        values = self._widths[self.of_values]
        more = max(0, min((spare - self._names_and_owners) // 2, 2 * values))
        if self.squeezed and spare < self._names:
            need = self.fontMetrics().horizontalAdvance(self.squeezed) + 2 * self.delegate.pad
            more = min(0, max(spare - self._names, need - values))
        more = 0 if self.of_values in self.chosen_widths else more
        with QSignalBlocker(self.horizontalHeader()):  # it is not a person who does this
            self.setColumnWidth(self.of_values, values + more)
            self.setColumnWidth(NAME, max(least, spare - more))
        self.viewport().update()

    def _width_of(self, columns: Iterable[int]) -> int:
        return sum(self._widths[column] for column in columns)

    def _measured_names(self) -> tuple[int, int]:
        """Return what the names at the top need, with the arrows before them, within reason; and
        with what the state of an optimizer needs to tell the parameter it belongs to."""
        model = self.tree_model
        if model is None or not model.visible:
            return 0, 0
        rows = model.rows
        names = {row: rows.labels[row] for row in model.visible[:_AT_THE_TOP]}
        alone = self._room_for(names, rows)
        owned = rows.owners if self.samples is _WIDTHS else ()  # measures are worth more
        for row in islice(owned, _AT_THE_TOP):
            noted = row if row in rows.notes else rows.parents[row]
            names[noted] = f"{rows.labels[noted]}  {rows.notes[noted]}"
        return alone, self._room_for(names, rows) if owned else alone

    def _room_for(self, names: Mapping[int, str], rows: Rows) -> int:
        metrics = QFontMetrics(self.font())
        ranked = nlargest(_SOME, names, key=lambda row: len(names[row]) + 2 * rows.depths[row])
        longest = ranked[-1 if len(names) > 2 * _SOME else 0]
        name = plain(names[longest], _LONGEST)  # a hostile one is megabytes long
        wanted = metrics.horizontalAdvance(name) + 2 * self.delegate.pad
        wanted += self.delegate.indent * (rows.depths[longest] + 1)
        least = metrics.horizontalAdvance(_LEAST_NAME) + 2 * self.delegate.indent
        most = 2 * metrics.horizontalAdvance(_MOST_NAME)
        return min(max(wanted, least), most)

    def wanted_widths(self) -> list[int]:
        """Return the width at which all is in sight, and those with ever fewer columns."""
        shown = self.wanted_columns()
        fewer = [shown - set(self.given_up[:count]) for count in range(len(self.given_up) + 1)]
        beside = style.bar_width(self.fontMetrics().height())
        widths = []
        for given_up, columns in enumerate(fewer):
            others = beside + self._width_of(columns)
            widths.append(self._names_and_owners + others)
            if given_up >= _WORTH_LESS_THAN_OWNERS:
                widths.append(self._names + others)
        return widths

    def _on_section_resized(self, column: int, old: int, new: int) -> None:
        if column == NAME:
            self._stop_fitting()
        elif new:
            self._widths[column] = self.chosen_widths[column] = new
            self._fit_name()

    def choose_widths(self, widths: Mapping[int, int]) -> None:
        """Give columns the widths that a person once gave them."""
        for column, width in widths.items():
            if column in self._widths and _NARROWEST <= width <= _WIDEST:
                self._widths[column] = self.chosen_widths[column] = width
        self._fit_columns()

    def _stop_fitting(self, column: int = NAME) -> None:
        self._name_resized = self._name_resized or column == NAME

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open or close a group by its arrow."""
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and self._on_arrow(index, event):
            self.toggle(index.row())
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open or close a group, or hand the tensor over."""
        index = self.indexAt(event.position().toPoint())
        if not index.isValid() or self._on_arrow(index, event):
            return
        self._activate(index.row())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up the line under the pointer."""
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(round(event.position().y())))

    def leaveEvent(self, event: QEvent) -> None:
        """Let go of the line that was lit."""
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, line: int) -> None:
        for changed in {self.hovered_line, line} if line != self.hovered_line else ():
            top = self.rowViewportPosition(changed)
            self.viewport().update(0, top, self.viewport().width(), self.delegate.height)
        self.hovered_line = line

    def _on_arrow(self, index: AnyIndex, event: QMouseEvent) -> bool:
        model = self.tree_model
        if model is None or not index.isValid() or index.column() != NAME:
            return False
        row = model.visible[index.row()]
        start = self.columnViewportPosition(NAME) + self.delegate.pad
        start += self.delegate.indent * model.rows.depths[row]
        inside = start - self.delegate.pad <= event.position().x() < start + self.delegate.indent
        return inside and model.rows.is_group(row)

    # Keys

    def toggle(self, line: int) -> None:
        """Open or close the group on `line`."""
        if self.tree_model is not None:
            row = self.tree_model.visible[line]
            self.tree_model.set_open(line, not self.tree_model.is_open(row))

    def open_all(self, opened: bool) -> None:
        """Open or close every group; the cursor stays on its row."""
        if self.tree_model is not None:
            row = self.current_row()
            self.tree_model.open_all(opened)
            self.return_to(row)

    def return_to(self, row: int) -> None:
        """Put the cursor on `row` again after a reset, or on the nearest group above that shows."""
        model = self.tree_model
        while model is not None and row >= 0:
            line = model.line_of(row)
            if line >= 0:
                self.setCurrentIndex(model.index(line, NAME))
                return
            row = model.rows.parents[row]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, open and close as a tree does; other letters go to the filter."""
        line = self.currentIndex().row()
        model = self.tree_model
        if model is None or line < 0 or not self._tree_key(model, line, event):
            typed = event.text()
            plain = event.modifiers() in (
                Qt.KeyboardModifier.NoModifier,
                Qt.KeyboardModifier.ShiftModifier,
            )
            if plain and typed.isprintable() and typed.strip():
                self.typed.emit(typed)
            else:
                super().keyPressEvent(event)

    def _tree_key(self, model: TreeModel, line: int, event: QKeyEvent) -> bool:
        row, key = model.visible[line], event.key()
        group = model.rows.is_group(row)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        if key in (Qt.Key.Key_Right, Qt.Key.Key_Plus) and group and not model.is_open(row):
            model.set_open(line, True)
        elif key == Qt.Key.Key_Right and group:
            self._go_to(line + 1)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Minus) and model.is_open(row):
            model.set_open(line, False)
        elif key == Qt.Key.Key_Left:
            self.return_to(model.rows.parents[row])
        elif key == Qt.Key.Key_Asterisk and group:
            model.open_below(line)
            self.return_to(row)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._activate(line)
        else:
            return key in (Qt.Key.Key_Right, Qt.Key.Key_Plus, Qt.Key.Key_Minus)
        return True

    def _activate(self, line: int) -> None:
        if self.tree_model is None:
            return
        row = self.tree_model.visible[line]
        if self.tree_model.rows.is_group(row):
            self.toggle(line)
        else:
            self.row_activated.emit(row)

    def _go_to(self, line: int) -> None:
        if self.tree_model is not None and line < len(self.tree_model.visible):
            self.setCurrentIndex(self.tree_model.index(line, NAME))
