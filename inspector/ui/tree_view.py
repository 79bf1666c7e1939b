"""The tree on screen: a table view with the indent, arrows and keys of a tree."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
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

from inspector.ui.arrange import BYTES, DEVICE, DISTRIBUTION, DTYPE, NAME, PARAMETERS, SHAPE
from inspector.ui.tree_delegate import MONOSPACED, TreeDelegate
from inspector.ui.tree_model import AnyIndex, TreeModel

_WIDTHS = {  # what a column must have room for
    SHAPE: "512 × 512 × 3 × 3",
    DTYPE: "complex64 ",
    DEVICE: "cuda:0 ",
    PARAMETERS: "2,048,000 ",
    BYTES: "999.9 MB",
    DISTRIBUTION: "as wide as bars ⚠ NaN",
}
_NAME_WIDTH = "bn1.num_batches_tracked"


class TreeView(QTableView):
    """The rows of a `TreeModel`. `row_chosen` carries the row under the cursor."""

    row_chosen = Signal(int)
    row_activated = Signal(int)
    typed = Signal(str)
    first_painted = Signal()
    """The rows are on the screen for the first time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tree_model: TreeModel | None = None
        self.hovered_line = -1
        self._name_resized = False
        self._painted = False
        # Of Qt's own viewport PySide would have to find the class, among all there are: 5 ms.
        self.setViewport(QWidget(self))
        self.setObjectName("tree")
        self.setAccessibleName(self.tr("Contents of the checkpoint"))
        self.delegate = TreeDelegate(self)
        self.setItemDelegate(self.delegate)
        self.setShowGrid(False)
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
        """Show `model`; the distribution column stays hidden until a scan fills it."""
        self.setModel(model)
        self.setColumnHidden(DISTRIBUTION, not model.bars)
        plain = QFontMetrics(self.font())
        mono = QFontMetrics(self.delegate.mono_font)
        for column, sample in _WIDTHS.items():
            metrics = mono if column in MONOSPACED else plain
            width = metrics.horizontalAdvance(sample) + 2 * self.delegate.pad
            self.setColumnWidth(column, width)
        self.tree_model = model
        self._fit_name()

    def show_distributions(self) -> None:
        """Show the column that a scan fills."""
        self.setColumnHidden(DISTRIBUTION, False)
        self._fit_name()

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
        if not self._painted and self.tree_model is not None:
            self._painted = True
            QTimer.singleShot(0, self, self.first_painted.emit)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Take the focus without choosing a row: nothing chosen shows the whole file."""
        if self.currentIndex().isValid():
            super().focusInEvent(event)
        else:
            QAbstractScrollArea.focusInEvent(self, event)

    # Columns

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the name what the other columns leave."""
        super().resizeEvent(event)
        self._fit_name()

    def _fit_name(self) -> None:
        if self._name_resized or self.tree_model is None:
            return
        header = self.horizontalHeader()
        header.blockSignals(True)
        spare = self.viewport().width() - self._width_of_others()
        self.setColumnWidth(NAME, max(self._least_name(), spare))
        header.blockSignals(False)
        self.updateGeometries()

    def _width_of_others(self) -> int:
        header = self.horizontalHeader()
        return sum(header.sectionSize(column) for column in range(1, header.count()))

    def _least_name(self) -> int:
        return QFontMetrics(self.font()).horizontalAdvance(_NAME_WIDTH) + 2 * self.delegate.indent

    def wanted_width(self) -> int:
        """Return the width at which no column is out of sight."""
        bar = self.verticalScrollBar().sizeHint().width()
        return self._least_name() + self._width_of_others() + bar

    def _on_section_resized(self, column: int, old: int, new: int) -> None:
        if column == NAME:
            self._stop_fitting()
        else:
            self._fit_name()

    def _stop_fitting(self, column: int = NAME) -> None:
        if column == NAME:
            self._name_resized = True

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
