"""Two open checkpoints side by side: what it comes to, the tree of both, what is selected in it.

The structure is there at once. Values are compared in the *work* lane, which writes each answer
into the rows. A few times a second it lets the window look what has come in, and waits until that
is painted: painting takes several times as long while threads that compare want the interpreter.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from inspector.analysis.compare import Comparison, compare_structure
from inspector.analysis.differences import Difference
from inspector.analysis.load_verdict import LoadVerdict, load_verdict
from inspector.analysis.matching import Mapping
from inspector.analysis.measures import EXACT_VALUES, Tolerance
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.errors import CheckpointError
from inspector.ui.arrange import Request
from inspector.ui.compare_filter import parse_compare
from inspector.ui.compare_header import CompareHeader
from inspector.ui.compare_mapping import MappingDialog
from inspector.ui.compare_model import MEASURES, STATUS, CompareModel
from inspector.ui.compare_saving import ReportSaving
from inspector.ui.compare_selection import CompareSelection
from inspector.ui.compare_verdict import VerdictPopup
from inspector.ui.compare_view import CompareView
from inspector.ui.compare_work import LinedUp, line_up
from inspector.ui.file_watch import FileWatch
from inspector.ui.filter import Query
from inspector.ui.jobs import Job, Jobs
from inspector.ui.opening import no_search_for_cycles
from inspector.ui.texts import counted
from inspector.ui.tree_page import TreePage

_REFRESH = 0.3
"""Seconds of comparing between two looks at what has come in."""
_PAUSE = 0.005
_AT_ONCE = 256
"""Answers written into the rows between two checks."""
_REARRANGE_EVERY = 4
"""Looks between two new orders of a list that is sorted or filtered by what comes in."""


class ComparePage(TreePage):
    """Compares as soon as it is made. `lined_up_anew` carries other pairs of the same files."""

    lined_up_anew = Signal(object)

    def __init__(
        self,
        lined_up: LinedUp,
        jobs: Jobs,
        parent: QWidget | None = None,
        tolerance: Tolerance = EXACT_VALUES,
    ) -> None:
        model = CompareModel(lined_up.rows, lined_up.arrangement, lined_up.open_rows)
        tree = CompareView()
        super().__init__(model, tree, jobs, parent)
        model.setParent(self)
        self.a, self.b = lined_up.a, lined_up.b
        self.structure = lined_up.structure
        self.rows = lined_up.rows
        self.tolerance = tolerance
        self.comparison: Comparison | None = None
        self.verdict: LoadVerdict | None = None
        self._compared = model
        self._job: Job[Comparison] | None = None
        self._ticks = 0
        self._values = sum(pair.matters for pair in self.structure.values)
        tree.show_model(model)
        self.header = CompareHeader(self.a, self.b, self)
        self.header.show_mapping(self.structure.mapping)
        self.selection = CompareSelection(model, jobs, self)
        self.selection.row_asked.connect(self.go_to_row)
        self._saving = ReportSaving(jobs, self)
        self._saving.told.connect(self.status)
        self.tolerance_field = self._make_tolerance_field()
        self.filter.setPlaceholderText(
            self.tr("Filter:  name   status:changed   rel:>0.01   max:>1e-3   dtype:float16")
        )
        self.filter.textChanged.connect(self._check_chip)
        self._put_together(self.header, self.selection, (13, 9))
        self._put_beside_filter(self.tolerance_field)
        self.splitter.setSizes([1300, 900])
        self._connect_header()
        self._watch = FileWatch([*self.a.sources, *self.b.sources], self)
        self._watch.changed.connect(self._on_file_changed)
        self._show_answers()
        self.compare()

    def _make_tolerance_field(self) -> QLineEdit:
        field = QLineEdit(self)
        field.setPlaceholderText(self.tr("Tolerance: exact"))
        field.setAccessibleName(self.tr("Tolerance"))
        field.setToolTip(
            self.tr(
                "Up to which difference values count as close: 1e-6, or rel=1e-5,abs=1e-8.\n"
                "|a − b| ≤ abs + rel · max(|a|, |b|)"
            )
        )
        field.setFixedWidth(self.fontMetrics().horizontalAdvance("rel=1e-5,abs=1e-8") * 5 // 4)
        if self.tolerance != EXACT_VALUES:
            field.setText(str(self.tolerance))
        field.editingFinished.connect(self._on_tolerance)
        return field

    def _connect_header(self) -> None:
        self.header.status_asked.connect(self.show_only)
        self.header.values_asked.connect(lambda: self.filter.setText("is:value status:different"))
        self.header.largest_asked.connect(lambda: self.go_to_row(self.rows.most_changed))
        self.header.mapping_asked.connect(self.show_mapping)
        self.header.verdict_asked.connect(self.show_verdict)
        self.header.cancel_asked.connect(self.stop)
        self.header.again_asked.connect(self.compare)

    # Comparing

    def compare(self) -> None:
        """Compare all values (again)."""
        self._cancel()
        self.comparison = None
        a, b, pairs, rows, tolerance = self.a, self.b, self.structure, self.rows, self.tolerance
        jobs, tell = self._jobs, self.verdict is None

        def work(cancel: CancelToken, progress: Progress) -> Comparison:
            rows.start(cancel)
            jobs.post_and_wait(self._show_answers)

            def take(found: list[Difference]) -> None:
                for start in range(0, len(found), _AT_ONCE):
                    cancel.check()
                    rows.take(found[start : start + _AT_ONCE])

            with no_search_for_cycles():  # answers have none either
                if tell:
                    jobs.post(self._show_verdict, load_verdict(a, b, cancel=cancel))
                return compare_structure(
                    a, b, pairs,
                    tolerance=tolerance, cancel=cancel, progress=self._looks(cancel),
                    on_result=take,
                )  # fmt: skip

        self.header.start()
        self._job = jobs.run("work", work, self._on_compared, owner=self)

    def _looks(self, cancel: CancelToken) -> Progress:
        """Return what the comparing thread calls: it gives the window a look now and then."""
        jobs, last = self._jobs, monotonic()

        def look(done: int, total: int) -> None:
            nonlocal last
            if monotonic() - last < _REFRESH:
                return
            jobs.post_and_wait(self._show_progress, done, total)
            while jobs.busy("find") or jobs.busy("look"):
                cancel.check()
                sleep(_PAUSE)
            jobs.post_and_wait(lambda: None)  # what these found is painted, too
            last = monotonic()

        return look

    def _show_progress(self, done: int, total: int) -> None:
        self.header.show_progress(done, total)
        self._show_answers()

    def stop(self) -> None:
        """Stop comparing; what is known stays."""
        self._cancel()
        self._show_answers()
        left = self.rows.total.counts["pending"]
        text = counted(
            left,
            self.tr("Stopped. {} tensor is not compared."),
            self.tr("Stopped. {} tensors are not compared."),
        )
        self.header.show_end(text, complete=False)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    @property
    def comparing(self) -> bool:
        """Whether values are still being compared."""
        return self._job is not None

    def _on_compared(self, comparison: Comparison) -> None:
        self._cancel()
        self.comparison = comparison
        self._ticks = 0
        self._show_answers()
        same = comparison.same
        most = self.rows.most_changed
        if most >= 0:
            sentence = self.tr("Largest relative change:")
        else:
            sentence = self.tr("No tensor changed.") if same else self._without_change()
            if not same and not self._compared_tensors():
                self.header.offer_mapping()
        broken = len(self.rows.broken)
        if broken:
            warning = counted(
                broken,
                self.tr("NaN or Inf appeared in {} tensor."),
                self.tr("NaN or Inf appeared in {} tensors."),
            )
            sentence = f"{warning} {sentence}".strip()
        self.header.show_end(sentence, complete=True)
        self.selection.refresh()
        tensors = counted(self._compared_tensors(), self.tr("{} tensor"), self.tr("{} tensors"))
        self.status.emit(self.tr("Compared {}").format(tensors))

    def _compared_tensors(self) -> int:
        counts = self.rows.total.counts
        return sum(counts[status] for status in ("identical", "close", "changed", "dtype"))

    def _without_change(self) -> str:
        """Say why no change is the largest, though the files are not the same."""
        if self._compared_tensors():
            return self.tr("No tensor in both files changed.")
        return self.tr("No tensor could be compared.")

    def _show_answers(self) -> None:
        self._compared.refresh()
        self.header.show_counts(self.rows, self._values)
        if self._ticks % _REARRANGE_EVERY == 0 and not self._jobs.busy("look"):
            self.selection.refresh()
        live = self._wanted.column in (STATUS, *MEASURES) or any(
            term in self._wanted.text for term in ("status:", "rel:", "max:", "cos:", "share:")
        )
        if live and self._ticks % _REARRANGE_EVERY == 0 and not self._jobs.busy("find"):
            self.ask(self._wanted)
        self._ticks += 1

    def _show_verdict(self, verdict: LoadVerdict) -> None:
        self.verdict = verdict
        self.header.show_verdict(verdict)

    def _on_tolerance(self) -> None:
        field = self.tolerance_field
        try:
            tolerance = Tolerance.parse(field.text())
        except CheckpointError as error:
            field.setProperty("wrong", True)
            self.status.emit(error.what())
        else:
            field.setProperty("wrong", False)
            if tolerance != self.tolerance:
                self.tolerance = tolerance
                self.compare()
        field.style().polish(field)

    # Other pairs

    def swap(self) -> None:
        """Exchange A and B."""
        self._line_up(True, self.structure.mapping.swapped())

    def use_mapping(self, mapping: Mapping) -> None:
        """Pair the keys as `mapping` says."""
        self._line_up(False, mapping)

    def _line_up(self, swapped: bool, mapping: Mapping) -> None:
        self._cancel()
        a, b = (self.b, self.a) if swapped else (self.a, self.b)
        self._jobs.run(
            "open",
            lambda cancel, progress: line_up(a, b, mapping, cancel),
            self.lined_up_anew.emit,
            owner=self,
        )

    # Rows

    def _show_row(self, row: int) -> None:
        self.selection.show_row(row)

    def _enter_row(self, row: int) -> None:
        self.selection.tabs.setFocus()

    def next_difference(self, step: int = 1) -> None:
        """Go to the next row, or with -1 the one before, whose two sides are not the same."""
        arrangement = self.model.arrangement
        row = self.tree.current_row()
        place = arrangement.positions[row] if row >= 0 else (-1 if step > 0 else len(self.rows))
        place += step
        while 0 <= place < len(self.rows):
            row = arrangement.order[place]
            listed = arrangement.listed is None or arrangement.listed[row]
            if listed and self.rows.is_difference(row):
                self.tree.choose_row(row)
                return
            place += step
        self.status.emit(
            self.tr("No more differences below") if step > 0 else self.tr("No differences above")
        )

    def show_only(self, status: str) -> None:
        """List what has one status; everything for an empty one."""
        if status:
            self.add_filter(f"status:{status}")
        else:
            words = self.filter.text().split()
            self.filter.setText(" ".join(w for w in words if not w.startswith("status:")))

    def show_request(self, request: Request, then: Callable[[], object]) -> None:
        """Filter and sort as `request` says, with its text in the filter field."""
        super().show_request(request, then)
        self._check_chip(request.text)

    def _check_chip(self, text: str) -> None:
        terms = [word[7:] for word in text.split() if word.startswith("status:")]
        self.header.check_status(terms[0] if len(terms) == 1 else "")

    def _query(self, text: str) -> Query:
        return parse_compare(text, self.rows)

    def _sort_key(self, column: int) -> Callable[[int], object]:
        return self._compared.compare_key(column)

    def _is_sortable(self, column: int) -> bool:
        return True

    def _largest_first(self, column: int) -> bool:
        return column == STATUS or column in MEASURES

    # Reports and keys

    def save_report(self, kind: str, path: str = "") -> None:
        """Save a report, one of `compare_saving.ENDINGS`, once all is compared."""
        if self.comparison is not None:
            self._saving.save(self.comparison, kind, path)
        else:
            self._tell_unfinished()

    def copy_report(self) -> None:
        """Put a report for an issue on the clipboard, once all is compared."""
        if self.comparison is not None:
            self._saving.copy(self.comparison)
        else:
            self._tell_unfinished()

    def _tell_unfinished(self) -> None:
        self.status.emit(self.tr("A report needs a finished comparison"))

    def show_mapping(self) -> None:
        """Show which keys are paired, to change that."""
        pairs = self.structure.pairs
        mapping = self.structure.mapping
        renamed = [row for row in mapping.accepted if row.key_a != row.key_b]
        left_a = [pair.a.key for pair in pairs if pair.a is not None and pair.b is None]
        left_b = [pair.b.key for pair in pairs if pair.b is not None and pair.a is None]
        left_a += [row.key_a for row in renamed]
        left_b += [row.key_b for row in renamed]
        dialog = MappingDialog(mapping, left_a, left_b, self)
        dialog.chosen.connect(self.use_mapping)
        dialog.open()

    def show_verdict(self) -> None:
        """Say in torch's terms what loading B into A's model gives."""
        if self.verdict is None:
            return
        renames = self.structure.mapping.renames()
        renamed = load_verdict(self.a, self.b, renames) if renames else None
        VerdictPopup(self.verdict, renamed, self).show_below(self.header.verdict)

    # The window's part

    def _on_file_changed(self) -> None:
        text = self.tr("A file changed on disk since it was opened. This is the earlier version.")
        self.banner.tell(text, self.tr("Compare anew"))

    def close_files(self) -> None:
        """Stop and close both files; the page must go, too."""
        self._cancel()
        self._watch.stop()
        self.a.close()
        self.b.close()
