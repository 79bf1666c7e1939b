"""What every page with a tree has: a filter, an order, a cursor, copying, two halves.

Filtering and sorting run in a worker; the page shows the latest answer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.plain_text import shown
from inspector.ui import assets, theme
from inspector.ui.arrange import DISTRIBUTION, NAME, Arrangement, Request, arrange, sort_key
from inspector.ui.jobs import Jobs
from inspector.ui.texts import PlainLabel, counted
from inspector.ui.tree_model import TreeModel
from inspector.ui.tree_view import TreeView

if TYPE_CHECKING:
    from PySide6.QtCore import QByteArray
    from PySide6.QtWidgets import QMenu

    from inspector.ui.banner import Banner
    from inspector.ui.filter import Query


class _Halves(QSplitter):
    """`sized` follows every change of its size."""

    sized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new size out, and tell."""
        super().resizeEvent(event)
        self.sized.emit()


class TreePage(QWidget):
    """A tree with a filter at the left, what is selected in it at the right.

    Subclasses make the widgets, say what shows a selection, and may filter and sort otherwise.
    `status` carries a line for the status bar.
    """

    status = Signal(str)
    reload_asked = Signal()

    def __init__(
        self, model: TreeModel, tree: TreeView, jobs: Jobs, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._wanted = model.request
        self.model = model
        self.tree = tree
        self.has_layout = False
        self.splitter = _Halves(Qt.Orientation.Horizontal, self)
        self._lay_out_left(QWidget(self.splitter))
        self._set_up_filter()
        self._connect_tree()

    def _lay_out_left(self, left: QWidget) -> None:
        # Everything is where it stays before it is styled: each move would style it anew.
        em = self.fontMetrics().height()
        self.filter = QLineEdit(left)
        self._hits = PlainLabel("", left, "muted")
        self._line = QHBoxLayout()
        self._line.setContentsMargins(em * 3 // 4, 0, em // 2, em // 2)
        self._line.setSpacing(em // 2)
        self._line.addWidget(self.filter, 1)
        self._line.addWidget(self._hits)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._line)
        column.addWidget(self.tree, 1)
        left.setMinimumWidth(em * 14)

    def _set_up_filter(self) -> None:
        self.filter.setAccessibleName(self.tr("Filter the keys"))
        self._filter_icon = self.filter.addAction(
            assets.icon("filter", theme.colors().muted), QLineEdit.ActionPosition.LeadingPosition
        )
        theme.changed.connect(self._paint_icon)
        self.filter.textChanged.connect(lambda text: self.ask(self._wanted._replace(text=text)))
        self.filter.returnPressed.connect(self.tree.setFocus)
        self.tree.first_painted.connect(self._complete_filter)

    def _complete_filter(self) -> None:
        from PySide6.QtGui import QKeySequence, QShortcut

        self.filter.setClearButtonEnabled(True)  # in sight once there is a text
        for key, run in (
            (Qt.Key.Key_Escape, self._leave_filter),
            (Qt.Key.Key_Down, self.tree.setFocus),
        ):
            shortcut = QShortcut(QKeySequence(key), self.filter, run)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)

    def _leave_filter(self) -> None:
        self.filter.clear()
        self.tree.setFocus()

    def _paint_icon(self) -> None:
        self._filter_icon.setIcon(assets.icon("filter", theme.colors().muted))

    @property
    def before_tree(self) -> list[QWidget]:
        """What Tab passes on its way to the tree, which itself has the focus of the page."""
        return [*self._header.findChildren(QPushButton), self.filter]

    def _put_together(self, header: QWidget, selection: QWidget, shares: tuple[int, int]) -> None:
        """Lay out banner, header and the two halves."""
        self._header = header
        self.splitter.addWidget(selection)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        for place, share in enumerate(shares):
            self.splitter.setStretchFactor(place, share)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(header)
        outer.addWidget(self.splitter, 1)
        self.setFocusProxy(self.tree)
        # Not before: what shows the whole imports numpy and pyqtgraph.
        self.tree.first_painted.connect(self._show_overview)

    @cached_property
    def banner(self) -> Banner:
        """Tells what happened to the file; most files never need one."""
        from inspector.ui.banner import Banner

        banner = Banner(self)
        banner.acted.connect(self.reload_asked)
        self._put_at_top(banner)
        return banner

    def _put_at_top(self, banner: Banner) -> None:
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(0, banner)

    def _put_beside_filter(self, widget: QWidget) -> None:
        self._line.addWidget(widget)

    def _put_at_right(self, widget: QWidget) -> None:
        """Show `widget` in place of what stood at the right so far."""
        sizes, before = self.splitter.sizes(), self.splitter.widget(1)
        assert before is not None
        widget.setSizePolicy(before.sizePolicy())  # which holds its share of the width
        self.splitter.replaceWidget(1, widget)
        self.splitter.setSizes(sizes)
        before.deleteLater()

    def _connect_tree(self) -> None:
        self.tree.row_chosen.connect(self._show_row)
        self.tree.row_activated.connect(self._enter_row)
        self.tree.typed.connect(self._type_into_filter)
        self.tree.horizontalHeader().sectionClicked.connect(self.sort_by)
        self.tree.customContextMenuRequested.connect(self._show_menu)

    # Selection

    def _show_row(self, row: int) -> None:
        """Show what the row stands for; -1 for the whole."""
        raise NotImplementedError

    def _enter_row(self, row: int) -> None:
        """Give the keyboard to what shows the row."""
        raise NotImplementedError

    def _show_overview(self) -> None:
        if self.tree.current_row() < 0:
            self._show_row(-1)

    def show_overview(self) -> None:
        """Select nothing and show the whole."""
        self.tree.setCurrentIndex(QModelIndex())
        self._show_row(-1)

    def go_to_key(self, key: str) -> bool:
        """Put the cursor on the row of `key`; a filter that hides it is taken away."""
        try:
            row = self.model.rows.keys.index(key)
        except ValueError:
            return False
        self.go_to_row(row)
        return True

    def go_to_row(self, row: int) -> None:
        """Put the cursor on `row`; a filter that hides it is taken away."""
        if not self.tree.choose_row(row):
            with QSignalBlocker(self.filter):
                self.filter.clear()
            self.ask(self._wanted._replace(text=""), lambda: self.tree.choose_row(row))

    def find_next(self, step: int) -> None:
        """Go to the next tensor or value that the tree shows, or with -1 to the one before; the
        last is followed by the first."""
        lines, rows = self.model.visible, self.model.rows
        now = self.tree.currentIndex().row()
        start = now if now >= 0 or step > 0 else len(lines)
        for count in range(1, len(lines) + 1):
            row = lines[(start + step * count) % len(lines)]
            if not rows.is_group(row):
                self.tree.choose_row(row)
                return

    # Filter and order

    def add_filter(self, term: str) -> None:
        """Put `term` into the filter, in place of another one of its kind."""
        kind = term.partition(":")[0] + ":"
        kept = [word for word in self.filter.text().split() if not word.startswith(kind)]
        self.filter.setText(" ".join([*kept, term]))

    def sort_by(self, column: int) -> None:
        """Sort by `column`, then the other way round, then as in the file again."""
        now = self._wanted
        if not self._is_sortable(column):
            return
        first = self._largest_first(column)
        if now.column != column:
            self.ask(now._replace(column=column, descending=first))
        elif now.descending is first:
            self.ask(now._replace(descending=not first))
        else:
            self.ask(now._replace(column=None, descending=False))

    def _show_menu(self, place: QPoint) -> None:
        """Offer what can be done with the row under the cursor and with the tree."""
        row = self.tree.current_row()
        if row < 0:
            return
        from PySide6.QtWidgets import QMenu

        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add_copies(menu, row)
        menu.addSeparator()
        self.add_orders(menu)
        menu.addAction(self.tr("Expand all"), lambda: self.tree.open_all(True))
        menu.addAction(self.tr("Collapse all"), lambda: self.tree.open_all(False))
        menu.popup(self.tree.viewport().mapToGlobal(place))

    def _add_copies(self, menu: QMenu, row: int) -> None:
        """Add to `menu` what can be copied of `row`."""
        from PySide6.QtGui import QKeySequence

        copy = QKeySequence(QKeySequence.StandardKey.Copy)
        menu.addAction(self.tr("Copy key"), copy, self.copy_key)
        menu.addAction(self.tr("Copy row"), self.copy_row)

    def add_orders(self, menu: QMenu) -> None:
        """Add a menu of all orders to `menu`: the keyboard does not reach the header."""
        orders = menu.addMenu(self.tr("Sort by"))
        for column in range(self.model.columnCount()):
            if self._is_sortable(column):
                title = str(self.model.headerData(column, Qt.Orientation.Horizontal))
                orders.addAction(title, partial(self.sort_by, column))
        orders.addSeparator()
        orders.addAction(self.tr("File order"), self.file_order)

    def _is_sortable(self, column: int) -> bool:
        return column != DISTRIBUTION

    def _largest_first(self, column: int) -> bool:
        """Whether the first click on the column brings the largest to the top."""
        return False

    def sort_naturally(self) -> None:
        """Order the keys by name, numbers by their size."""
        self.ask(self._wanted._replace(column=NAME, descending=False))

    def file_order(self) -> None:
        """Order the keys as in the file."""
        self.ask(self._wanted._replace(column=None, descending=False))

    @property
    def wanted(self) -> Request:
        """The filter and the order asked for last."""
        return self._wanted

    def show_request(self, request: Request, then: Callable[[], object]) -> None:
        """Filter and sort as `request` says, with its text in the filter field."""
        with QSignalBlocker(self.filter):
            self.filter.setText(request.text)
        self.ask(request, then)

    def _query(self, text: str) -> Query:
        """Read a filter text; called in a worker."""
        from inspector.ui.filter import parse

        return parse(text, self.model.found)

    def _sort_key(self, column: int) -> Callable[[int], object]:
        """Return what rows are sorted by; called in a worker."""
        return sort_key(self.model.rows, column)

    def ask(self, request: Request, then: Callable[[], object] = lambda: None) -> None:
        """Filter and sort as `request` says; the answer comes from the `find` lane."""
        self._wanted = request
        rows = self.model.rows

        def work(cancel: CancelToken, progress: Progress) -> Arrangement:
            return arrange(rows, request, self._query(request.text), cancel, self._sort_key)

        def done(arrangement: Arrangement) -> None:
            self._show_arrangement(arrangement)
            then()

        self._jobs.run("find", work, done, owner=self)

    def _show_arrangement(self, arrangement: Arrangement) -> None:
        row = self.tree.current_row()
        with QSignalBlocker(self.tree):  # the row under the cursor stays the same
            self.model.set_arrangement(arrangement)
            self.tree.return_to(row)
        now = self.tree.current_row()
        if now != row and now >= 0:
            self._show_row(now)
        header = self.tree.horizontalHeader()
        request = arrangement.request
        descending = Qt.SortOrder.DescendingOrder
        ascending = Qt.SortOrder.AscendingOrder
        header.setSortIndicatorShown(request.column is not None)
        if request.column is not None:
            header.setSortIndicator(request.column, descending if request.descending else ascending)
        self._show_hits(arrangement)

    def _show_hits(self, arrangement: Arrangement) -> None:
        total = len(self.model.rows.leaves)
        unclear = arrangement.unclear
        text = ""
        if unclear:
            text = self.tr("not clear: {}").format(shown(unclear[0], 40))
        elif arrangement.unscanned:
            text = self.tr("{} needs a scan (F6)").format(shown(arrangement.unscanned[0], 40))
        elif arrangement.listed is not None:
            text = self.tr("{} of {}").format(f"{arrangement.hits:,}", f"{total:,}")
        self._hits.setText(text)
        self.filter.setProperty("wrong", bool(unclear or arrangement.unscanned))
        self.filter.style().polish(self.filter)

    def _type_into_filter(self, text: str) -> None:
        self.filter.setFocus()
        self.filter.setText(text)

    # Copying

    def copy_key(self) -> None:
        """Put the key under the cursor on the clipboard."""
        row = self.tree.current_row()
        if row >= 0:
            self._copy(self.model.rows.keys[row])

    def copy_row(self) -> None:
        """Put the cells of the row on the clipboard, between tabs."""
        row = self.tree.current_row()
        if row >= 0:
            self._copy(self._cells(row))

    def copy_table(self) -> None:
        """Put the rows in the tree on the clipboard, as for a spreadsheet."""
        model, side = self.model, Qt.Orientation.Horizontal
        titles = [str(model.headerData(at, side)) for at in range(model.columnCount())]
        lines = ["\t".join(titles), *map(self._cells, model.visible)]
        QGuiApplication.clipboard().setText("\n".join(lines))
        rows = counted(len(model.visible), self.tr("{} row"), self.tr("{} rows"))
        self.status.emit(self.tr("Copied {}").format(rows))

    def _cells(self, row: int) -> str:
        cells = (self.model.text(row, column) for column in range(1, self.model.columnCount()))
        return "\t".join([self.model.rows.keys[row], *cells]).rstrip("\t")

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.status.emit(self.tr("Copied {}").format(shown(text.replace("\n", "; "), 120)))

    # The window's part

    def save_layout(self) -> QByteArray:
        """Return where the splitter stands and how wide a person made the columns."""
        from PySide6.QtCore import QByteArray, QDataStream, QIODeviceBase

        state = QByteArray()
        stream = QDataStream(state, QIODeviceBase.OpenModeFlag.WriteOnly)
        stream << self.splitter.saveState()
        for column, width in self.tree.chosen_widths.items():
            stream.writeInt32(column)
            stream.writeInt32(width)
        return state

    def restore_layout(self, state: QByteArray) -> None:
        """Put the splitter and the columns where `save_layout` found them."""
        from PySide6.QtCore import QByteArray, QDataStream, QIODeviceBase

        stream = QDataStream(state, QIODeviceBase.OpenModeFlag.ReadOnly)
        splitter = QByteArray()
        stream >> splitter
        self.has_layout = self.splitter.restoreState(splitter)
        widths = {}
        while self.has_layout and not stream.atEnd():
            column = stream.readInt32()
            widths[column] = stream.readInt32()
        self.tree.choose_widths(widths)
