"""One open checkpoint: its facts, its tree with a filter, and what is selected in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QByteArray, QModelIndex, QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.python_line import load_line
from inspector.checkpoint.types import Tensor, Value
from inspector.ui import assets, theme
from inspector.ui.arrange import DISTRIBUTION, NAME, Arrangement, Request, arrange
from inspector.ui.banner import Banner
from inspector.ui.facts_panel import path_text
from inspector.ui.file_watch import FileWatch
from inspector.ui.filter import parse
from inspector.ui.header import Header
from inspector.ui.jobs import Jobs
from inspector.ui.opening import Opened
from inspector.ui.selection_panel import SelectionPanel
from inspector.ui.texts import PlainLabel
from inspector.ui.tree_model import TreeModel
from inspector.ui.tree_view import TreeView


class CheckpointPage(QWidget):
    """Header, filter, tree and selection. `status` carries a line for the status bar."""

    status = Signal(str)
    reload_asked = Signal()

    def __init__(self, opened: Opened, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.checkpoint = opened.checkpoint
        self._jobs = jobs
        self._wanted = opened.arrangement.request
        self.model = TreeModel(opened.rows, opened.arrangement, opened.open_rows, self)
        self.header = Header(opened.checkpoint, opened.summary, self)
        self.header.filter_asked.connect(self.add_filter)
        self.tree = TreeView(self)
        self.tree.show_model(self.model)
        self.selection = SelectionPanel(opened.checkpoint, jobs, self)
        self.selection.key_activated.connect(self.go_to_key)
        self.filter = QLineEdit(self)
        self._hits = PlainLabel("", self, "muted")
        self.banner = Banner(self)
        self.banner.acted.connect(self.reload_asked)
        self._watch = FileWatch(opened.checkpoint.sources, self)
        self._watch.changed.connect(self._on_file_changed)
        self._watch.removed.connect(self._on_file_removed)
        self._set_up_filter()
        self._lay_out()
        self._connect_tree()

    def _set_up_filter(self) -> None:
        self.filter.setPlaceholderText(
            self.tr(
                "Filter:  name   dtype:bfloat16   device:cuda   shape:768   size:>10MB   has:nan"
            )
        )
        self.filter.setAccessibleName(self.tr("Filter the keys"))
        self.filter.setClearButtonEnabled(True)
        self._filter_icon = self.filter.addAction(
            assets.icon("filter", theme.colors().muted), QLineEdit.ActionPosition.LeadingPosition
        )
        theme.changed.connect(self._paint_icon)
        self.filter.textChanged.connect(lambda text: self.ask(replace(self._wanted, text=text)))
        self.filter.returnPressed.connect(self.tree.setFocus)

    def _paint_icon(self) -> None:
        self._filter_icon.setIcon(assets.icon("filter", theme.colors().muted))

    def _lay_out(self) -> None:
        em = self.fontMetrics().height()
        line = QHBoxLayout()
        line.setContentsMargins(em * 3 // 4, 0, em // 2, em // 2)
        line.addWidget(self.filter, 1)
        line.addWidget(self._hits)
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(line)
        column.addWidget(self.tree, 1)
        left.setMinimumWidth(em * 14)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.selection)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(0, 11)
        self.splitter.setStretchFactor(1, 10)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.banner)
        outer.addWidget(self.header)
        outer.addWidget(self.splitter, 1)
        self.setFocusProxy(self.tree)

    def _connect_tree(self) -> None:
        self.tree.row_chosen.connect(self._on_row)
        self.tree.row_activated.connect(lambda row: self.selection.tabs.setFocus())
        self.tree.typed.connect(self._type_into_filter)
        self.tree.customContextMenuRequested.connect(self._show_menu)
        self.tree.horizontalHeader().sectionClicked.connect(self.sort_by)

    # The file on disk

    def _on_file_changed(self) -> None:
        text = self.tr("The file changed on disk since it was opened. This is the earlier version.")
        self.banner.tell(text, self.tr("Reload"))

    def _on_file_removed(self) -> None:
        self.banner.tell(self.tr("The file is gone from the disk."))

    # Selection

    def show_overview(self) -> None:
        """Select nothing and show the whole file."""
        self.tree.setCurrentIndex(QModelIndex())
        self.selection.show_row(self.model, -1)

    def _on_row(self, row: int) -> None:
        self.selection.show_row(self.model, row)

    def go_to_key(self, key: str) -> bool:
        """Put the cursor on the row of `key`; a filter that hides it is taken away."""
        try:
            row = self.model.rows.keys.index(key)
        except ValueError:
            return False
        if not self.tree.choose_row(row):
            with QSignalBlocker(self.filter):
                self.filter.clear()
            self.ask(replace(self._wanted, text=""), lambda: self.tree.choose_row(row))
        return True

    # Filter and order

    def add_filter(self, term: str) -> None:
        """Put `term` into the filter, in place of another one of its kind."""
        kind = term.partition(":")[0] + ":"
        kept = [word for word in self.filter.text().split() if not word.startswith(kind)]
        self.filter.setText(" ".join([*kept, term]))

    def sort_by(self, column: int) -> None:
        """Sort by `column`, then the other way round, then as in the file again."""
        now = self._wanted
        if column == DISTRIBUTION:
            return
        if now.column != column:
            self.ask(replace(now, column=column, descending=False))
        elif not now.descending:
            self.ask(replace(now, descending=True))
        else:
            self.ask(replace(now, column=None, descending=False))

    def sort_naturally(self) -> None:
        """Order the keys by name, numbers by their size."""
        self.ask(replace(self._wanted, column=NAME, descending=False))

    def file_order(self) -> None:
        """Order the keys as in the file."""
        self.ask(replace(self._wanted, column=None, descending=False))

    @property
    def wanted(self) -> Request:
        """The filter and the order asked for last."""
        return self._wanted

    def show_request(self, request: Request, then: Callable[[], object]) -> None:
        """Filter and sort as `request` says, with its text in the filter field."""
        with QSignalBlocker(self.filter):
            self.filter.setText(request.text)
        self.ask(request, then)

    def ask(self, request: Request, then: Callable[[], object] = lambda: None) -> None:
        """Filter and sort as `request` says; the answer comes from the `find` lane."""
        self._wanted = request
        rows, flags = self.model.rows, self.model.found

        def work(cancel: CancelToken, progress: Progress) -> Arrangement:
            return arrange(rows, request, parse(request.text, flags), cancel)

        def done(arrangement: Arrangement) -> None:
            self._show_arrangement(arrangement)
            then()

        self._jobs.run("find", work, done)

    def _show_arrangement(self, arrangement: Arrangement) -> None:
        row = self.tree.current_row()
        self.model.set_arrangement(arrangement)
        header = self.tree.horizontalHeader()
        request = arrangement.request
        descending = Qt.SortOrder.DescendingOrder
        ascending = Qt.SortOrder.AscendingOrder
        header.setSortIndicatorShown(request.column is not None)
        if request.column is not None:
            header.setSortIndicator(request.column, descending if request.descending else ascending)
        self.tree.return_to(row)
        self._show_hits(arrangement)

    def _show_hits(self, arrangement: Arrangement) -> None:
        total = len(self.model.rows.leaves)
        unclear = arrangement.unclear
        text = ""
        if unclear:
            text = self.tr("not clear: {}").format(shown(unclear[0], 40))
        elif arrangement.listed is not None:
            text = self.tr("{} of {}").format(f"{arrangement.hits:,}", f"{total:,}")
        self._hits.setText(text)
        self.filter.setProperty("wrong", bool(unclear))
        self.filter.style().polish(self.filter)

    def _type_into_filter(self, text: str) -> None:
        self.filter.setFocus()
        self.filter.setText(text)

    # Copying

    def _show_menu(self, place: QPoint) -> None:
        row = self.tree.current_row()
        if row < 0:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        entry = self.model.rows.entries[row]
        menu.addAction(
            self.tr("Copy key"), QKeySequence(QKeySequence.StandardKey.Copy), self.copy_key
        )
        if entry is not None:
            menu.addAction(self.tr("Copy path"), self.copy_path)
        menu.addAction(self.tr("Copy row"), self.copy_row)
        if isinstance(entry, Tensor):
            menu.addAction(self.tr("Copy as Python"), self.copy_python)
        menu.addSeparator()
        menu.addAction(self.tr("Expand all"), lambda: self.tree.open_all(True))
        menu.addAction(self.tr("Collapse all"), lambda: self.tree.open_all(False))
        menu.popup(self.tree.viewport().mapToGlobal(place))

    def copy_key(self) -> None:
        """Put the key under the cursor on the clipboard."""
        row = self.tree.current_row()
        if row >= 0:
            self._copy(self.model.rows.keys[row])

    def copy_path(self) -> None:
        """Put the exact steps to the entry under the cursor on the clipboard."""
        entry = self._entry()
        if entry is not None:
            self._copy(path_text(entry.path))

    def copy_row(self) -> None:
        """Put the cells of the row on the clipboard, between tabs."""
        row = self.tree.current_row()
        if row >= 0:
            cells = (self.model.text(row, column) for column in range(1, self.model.columnCount()))
            self._copy("\t".join([self.model.rows.keys[row], *cells]).rstrip("\t"))

    def copy_python(self) -> None:
        """Put the Python that loads this tensor on the clipboard."""
        entry = self._entry()
        if isinstance(entry, Tensor):
            self._copy(load_line(self.checkpoint, entry))

    def _entry(self) -> Tensor | Value | None:
        row = self.tree.current_row()
        return self.model.rows.entries[row] if row >= 0 else None

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.status.emit(self.tr("Copied {}").format(shown(text.replace("\n", "; "), 120)))

    # The window's part

    def save_layout(self) -> QByteArray:
        """Return where the splitter stands."""
        return self.splitter.saveState()

    def restore_layout(self, state: QByteArray) -> None:
        """Put the splitter where `save_layout` found it."""
        self.splitter.restoreState(state)

    def close_file(self) -> None:
        """Close the file; the page must go, too."""
        self._watch.stop()
        self.checkpoint.close()
