"""One open checkpoint: its facts, its tree with a filter, and what is selected in it."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint, Tensor, Value
from inspector.ui.header import Header
from inspector.ui.jobs import Jobs
from inspector.ui.opening import MANY_ROWS, Opened, freeing
from inspector.ui.texts import counted
from inspector.ui.tree_model import TreeModel
from inspector.ui.tree_page import TreePage
from inspector.ui.tree_view import TreeView

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from inspector.analysis.reloaded import Changes
    from inspector.ui.arrange import Arrangement
    from inspector.ui.banner import Banner
    from inspector.ui.file_scan import FileScan
    from inspector.ui.file_watch import FileWatch
    from inspector.ui.filter import Flags, Query
    from inspector.ui.reload_news import ReloadBanner
    from inspector.ui.selection_panel import SelectionPanel

_SHARES = (11, 10)
"""Of the width, for the tree and for what is selected in it."""


class CheckpointPage(TreePage):
    """Header, filter, tree and selection of one file.

    Its first frame has the header, the filter and the tree. Everything else is a cached property,
    made when it is first asked for or once that frame is on the screen.
    """

    export_asked = Signal()

    def __init__(self, opened: Opened, jobs: Jobs, parent: QWidget | None = None) -> None:
        model = TreeModel(opened.rows, opened.arrangement, opened.open_rows)
        super().__init__(model, TreeView(), jobs, parent)
        model.setParent(self)
        self._opened = opened
        self.checkpoint = opened.checkpoint
        self._since: Flags = {}
        self._watch: FileWatch | None = None
        self._damaged = ""
        """The key of the first tensor whose checksum is wrong."""
        self.header = Header(opened.checkpoint, opened.summary, self)
        self.header.filter_asked.connect(self.add_filter)
        self.tree.show_model(self.model)
        self.filter.setPlaceholderText(
            self.tr(
                "Filter:  name   dtype:bfloat16   device:cuda   shape:768   size:>10MB   has:nan"
            )
        )
        self._put_together(self.header, QWidget(self.splitter), _SHARES)
        self.splitter.sized.connect(self._share_out)
        if any(finding.code == "cut-short" for finding in self.checkpoint.findings):
            self._offer_salvage()
        self._tell_missing_shards()
        self.tree.first_painted.connect(self._on_first_painted)

    # What comes after the first frame

    def _on_first_painted(self) -> None:
        self.has_layout = True
        from inspector.ui.file_watch import FileWatch

        self._watch = FileWatch(self.checkpoint.sources, self)
        self._watch.changed.connect(self._on_file_changed)
        self._watch.removed.connect(self._on_file_removed)

    @cached_property
    def selection(self) -> SelectionPanel:
        """What is selected, at the right of the tree."""
        from inspector.ui.selection_panel import SelectionPanel

        panel = SelectionPanel(self._opened, self._jobs, self)
        panel.key_activated.connect(self.go_to_key)
        panel.scan_asked.connect(self.scan_file)
        self._put_at_right(panel)
        return panel

    @cached_property
    def scan(self) -> FileScan:
        """The scan of the file, and the button that stops it."""
        from inspector.ui.file_scan import FileScan

        scan = FileScan(self.checkpoint, self.model, self._jobs, self)
        scan.told.connect(self.status)
        scan.failed.connect(self.banner.tell)
        scan.advanced.connect(self.selection.show_scan)
        scan.advanced.connect(self._filter_again)
        scan.switched.connect(self.selection.show_scanning)
        self._put_beside_filter(scan)
        return scan

    @cached_property
    def reload_banner(self) -> ReloadBanner:
        """What a reload changed."""
        from inspector.ui.reload_news import ReloadBanner

        banner = ReloadBanner(self)
        banner.acted.connect(lambda: self.add_filter("has:changed"))
        self._put_above_header(banner)
        return banner

    def _offer_salvage(self) -> None:
        from inspector.ui.salvage_banner import SalvageBanner

        banner = SalvageBanner(self.checkpoint, self)
        banner.acted.connect(self.export_asked)
        self._put_above_header(banner)

    def _tell_missing_shards(self) -> None:
        codes = ("missing-shard", "unreadable-shard")
        lost = [one.where for one in self.checkpoint.findings if one.code in codes]
        if not lost:
            return
        text = self.tr("A shard cannot be read, so its tensors are not listed: {}")
        if len(lost) > 1:
            text = self.tr("{} shards cannot be read, so their tensors are not listed: {}, …")
            text = text.format(f"{len(lost):,}", "{}")
        self.banner.tell(text.format(shown(lost[0], 100)), self.tr("Reload"))

    @cached_property
    def damage_banner(self) -> Banner:
        """What a check of the sums found."""
        from inspector.ui.banner import Banner

        banner = Banner(self)
        banner.acted.connect(lambda: self.go_to_key(self._damaged))
        self._put_above_header(banner)
        return banner

    def show_damage(self, keys: Collection[str]) -> None:
        """Mark the tensors whose bytes are not what was written; lead to the first of them."""
        self.model.mark_damaged(keys)
        if not keys:
            return
        text = counted(
            len(keys), self.tr("{} tensor is damaged."), self.tr("{} tensors are damaged.")
        )
        every = self.checkpoint.tensors
        self._damaged = next(tensor.key for tensor in every if tensor.key in keys)
        self.damage_banner.tell(text, self.tr("Go to the first"), "error")

    def _put_above_header(self, banner: QWidget) -> None:
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(column.indexOf(self.header), banner)

    # The file on disk

    def _on_file_changed(self) -> None:
        text = self.tr("The file changed on disk since it was opened. This is the earlier version.")
        self.banner.tell(text, self.tr("Reload"))

    def _on_file_removed(self) -> None:
        self.banner.tell(self.tr("The file is gone from the disk."))

    def show_changes(self, changes: Changes) -> None:
        """Mark the rows that an earlier reading of the file had otherwise, and count them."""
        from inspector.ui.reload_news import news_of

        rows = self.model.rows
        marks = ((changes.changed, "changed"), (changes.new, "new"))
        self._since = {
            rows.numbers[entry]: frozenset(("changed", word))
            for entries, word in marks
            for entry in entries
        }
        self.model.set_news(news_of(rows, changes))
        self.reload_banner.tell_of(changes)

    def _query(self, text: str) -> Query:
        from inspector.ui.filter import parse

        return parse(text, self.model.found, self._since, scanned=bool(self.model.bars))

    def _filter_again(self) -> None:
        """Filter by what a scan has found."""
        if self.filter.text():
            self.ask(self._wanted)

    def _show_hits(self, arrangement: Arrangement) -> None:
        """Say of what only a scan knows that it may not be all."""
        super()._show_hits(arrangement)
        if not self.model.bars or self.scan.complete or arrangement.listed is None:
            return
        from inspector.ui.filter import asks_scan

        if asks_scan(arrangement.request.text):
            self._hits.setText(self.tr("{}, scan unfinished (F6)").format(self._hits.text()))

    def is_current(self) -> bool:
        """Whether the file on disk is still the one that is shown."""
        return all(source.is_current() for source in self.checkpoint.sources)

    def part_with_file(self) -> Checkpoint:
        """Leave the file open for whoever takes it over; the page must go."""
        if self._watch is not None:
            self._watch.stop()
        if "selection" in vars(self):
            self.selection.forget()
        return self.checkpoint

    # Selection

    def _show_row(self, row: int) -> None:
        self.selection.show_row(self.model, row)

    def _enter_row(self, row: int) -> None:
        self.selection.tabs.setFocus()

    # The scan

    def scan_file(self) -> None:
        """Take the statistics of every tensor, in the background."""
        self.tree.show_distributions()
        self._make_room()
        self.scan.start()

    def _share_out(self) -> None:
        """Divide the page's first width, unless a person chose: the tree needs its columns."""
        if not self.has_layout:
            tree, selection = _SHARES
            self._make_room(sum(self.splitter.sizes()) * tree // (tree + selection))

    def _make_room(self, least: int = 0) -> None:
        """Move the splitter so that the columns are in sight, if that leaves enough beside it, and
        the tree has at least that width."""
        left, right = self.splitter.sizes()
        most = (left + right) * 5 // 8
        wanted = next((width for width in self.tree.wanted_widths() if width <= most), most)
        share = max(wanted, least or left)
        if share != left:
            self.splitter.setSizes([share, left + right - share])

    # Copying

    def _add_copies(self, menu: QMenu, row: int) -> None:
        super()._add_copies(menu, row)
        entry = self.model.rows.entries[row]
        if entry is not None:
            menu.addAction(self.tr("Copy path"), self.copy_path)
        if isinstance(entry, Tensor):
            menu.addAction(self.tr("Copy as Python"), self.copy_python)

    def copy_path(self) -> None:
        """Put the exact steps to the entry under the cursor on the clipboard."""
        entry = self._entry()
        if entry is not None:
            from inspector.ui.facts_panel import path_text

            self._copy(path_text(entry.path))

    def copy_python(self) -> None:
        """Put the Python that loads this tensor on the clipboard."""
        entry = self._entry()
        if isinstance(entry, Tensor):
            from inspector.checkpoint.python_line import load_line

            self._copy(load_line(self.checkpoint, entry))

    def _entry(self) -> Tensor | Value | None:
        row = self.tree.current_row()
        return self.model.rows.entries[row] if row >= 0 else None

    def close_file(self) -> None:
        """Close the file; the page must go, too."""
        checkpoint = self.part_with_file()
        checkpoint.close()
        self.tree.forget()
        if len(self.model.rows) > MANY_ROWS:
            work = freeing(self, checkpoint, self.model.rows, self.model.bars)
            self._jobs.run("plan", lambda cancel, progress: work(), lambda _: None)
