"""What the copy will be: its size, every change, what is left out, what it still names."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QCheckBox, QPushButton, QTabBar, QVBoxLayout, QWidget

from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import GlobalName
from inspector.checkpoint.units import bytes_text
from inspector.export.plan import CastLoss, Change, ExportPlan
from inspector.export.report import LeftOut
from inspector.ui.export_facts import Preview
from inspector.ui.figures import exact_bytes_text
from inspector.ui.flow_layout import FlowLayout, flowing
from inspector.ui.reasons import reason_of, sentence
from inspector.ui.row_table import Sheet, SheetTable
from inspector.ui.texts import PlainLabel, counted, plain_tip
from inspector.ui.tone_label import ToneLabel

CHANGES, LEFT_OUT, NAMES, LOSSES = range(4)
_LINES = 6
"""Lines of one kind above the lists; the lists hold everything."""


class ExportPreview(QWidget):
    """`allowed_changed` after the answer about unsafe names; `losses_asked` by the button."""

    allowed_changed = Signal()
    losses_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        em = self.fontMetrics().height()
        self._title = PlainLabel(self.tr("What will be written"), self, "title")
        self._title.enlarge(1.1)
        self._chips = QWidget(self)
        self._flow = FlowLayout(self._chips, round(em * 0.4))
        self._flow.setContentsMargins(0, 0, 0, 0)
        flowing(self._chips)
        self.sums = PlainLabel("", self)
        self.sums.setWordWrap(True)
        self.warning = ToneLabel(self)
        self.danger = ToneLabel(self)
        self.allow = QCheckBox(self.tr("Copy it with these names all the same"), self)
        self.allow.toggled.connect(self.allowed_changed)
        self.count_losses = QPushButton(self)
        self.count_losses.setObjectName("link")
        self.count_losses.clicked.connect(self.losses_asked)
        self.loss_line = ToneLabel(self)
        self.tabs = QTabBar(self)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(self.tr("Lists of what the export does"))
        self.tabs.currentChanged.connect(self._show_sheet)
        self.table = SheetTable(self)
        self._sheets: dict[int, Sheet] = {}
        for _ in range(4):
            self.tabs.addTab("")
        column = QVBoxLayout(self)
        column.setContentsMargins(em, em // 2, em, 0)
        column.setSpacing(em // 2)
        for widget in (self._title, self._chips, self.sums, self.warning, self.danger, self.allow):
            column.addWidget(widget)
        for widget in (self.loss_line, self.count_losses, self.tabs):
            column.addWidget(widget)
        column.addWidget(self.table, 1)
        self._rest = QWidget(self)  # takes the room of a table that is not there
        column.addWidget(self._rest, 1)
        self.clear(self.tr("Looking at the file…"))

    def clear(self, text: str) -> None:
        """Show no plan, only `text`."""
        self._say([text], [], "")
        self._set_chips([])
        self.allow.hide()
        self.show_losses(None)
        self._set_sheets({})

    def show_trouble(self, error: CheckpointError) -> None:
        """Show why there is no plan."""
        self.clear("")
        self._say([], [], sentence(reason_of(error)))

    def show_plan(self, preview: Preview) -> None:
        """Show everything that `preview` would do."""
        plan = preview.plan
        self._set_chips(self._facts(plan))
        warnings = [sentence(warning) for warning in plan.warnings]
        self._say([self._sum(*entry) for entry in preview.sums], warnings, self._danger(plan))
        self.allow.setVisible(bool(plan.unsafe))
        self.show_losses(None)
        self._set_sheets(self._lists(plan))

    def offer_losses(self, text: str) -> None:
        """Offer to count what the cast loses, by a button of this text."""
        self.count_losses.setText(text)
        self.count_losses.show()

    def show_counting(self, text: str) -> None:
        """Say how far the counting is."""
        self.count_losses.hide()
        self.loss_line.tell(text)

    def show_losses(self, losses: list[CastLoss] | None) -> None:
        """Show what a cast loses, None while that is not known."""
        self.count_losses.hide()
        if losses is None:
            self.loss_line.hide()
            self._sheets.pop(LOSSES, None)
        else:
            self._tell_losses(losses)
            self._sheets[LOSSES] = Sheet(
                (self.tr("Tensor"), self.tr("Too large"), self.tr("To zero"), self.tr("Rounded")),
                sorted(losses, key=lambda loss: (-loss.overflow, -loss.underflow, -loss.inexact)),
                _loss_cells,
                numbers_from=1,
            )
        self._name_tabs()

    def _tell_losses(self, losses: list[CastLoss]) -> None:
        count = sum(loss.count for loss in losses)
        overflow = sum(loss.overflow for loss in losses)
        underflow = sum(loss.underflow for loss in losses)
        inexact = sum(loss.inexact for loss in losses)
        parts = (
            (overflow, self.tr("{} too large for the new type")),
            (underflow, self.tr("{} turned to zero")),
            (inexact, self.tr("{} rounded")),
        )
        lost = ", ".join(words.format(f"{number:,}") for number, words in parts if number)
        text = self.tr("Of {} values: {}.").format(f"{count:,}", lost or self.tr("none changed"))
        self.loss_line.tell(text, "warning" if overflow or underflow else "")

    @property
    def lists(self) -> dict[int, Sheet]:
        """The lists there are, by `CHANGES`, `LEFT_OUT`, `NAMES`, `LOSSES`."""
        return self._sheets

    def _danger(self, plan: ExportPlan) -> str:
        if plan.nbytes > plan.free:
            return self.tr("There is not enough room: {} are needed, {} are free.").format(
                exact_bytes_text(plan.nbytes), exact_bytes_text(plan.free)
            )
        if not plan.unsafe:
            return ""
        return self.tr(
            "The file names what no model needs: {}. A copy of the whole file still would, and "
            "torch.load(weights_only=False) would run it. A copy of the tensors only is safe."
        ).format(", ".join(shown(name, 60) for name in plan.unsafe[:5]))

    def _facts(self, plan: ExportPlan) -> list[tuple[str, str]]:
        kind = self.tr("re-mapped copy") if plan.kind == "re-map" else self.tr("new file")
        free = self.tr("{} free").format(bytes_text(plan.free))
        tensors = counted(plan.tensors, self.tr("{} tensor"), self.tr("{} tensors"))
        if (every := len(plan.checkpoint.tensors)) > plan.tensors:
            tensors = self.tr("{} of {} tensors").format(f"{plan.tensors:,}", f"{every:,}")
        chips = [
            (kind, ""),
            (shown(plan.format, 40), ""),
            (bytes_text(plan.nbytes), exact_bytes_text(plan.nbytes)),
            (tensors, ""),
            (free, exact_bytes_text(plan.free)),
        ]
        if len(plan.files) > 1:
            names = "\n".join(shown(file.target.asked.name, 80) for file in plan.files[:20])
            chips.insert(2, (self.tr("{} files").format(len(plan.files)), names))
        return chips

    def _sum(self, what: str, before: str, after: str, count: int) -> str:
        tensors = counted(count, self.tr("{} tensor"), self.tr("{} tensors"))
        named = self.tr("none") if after == "-" else shown(after, 40)
        words = {"device": self.tr("Devices"), "dtype": self.tr("Types")}
        return f"{words[what]}: {shown(before, 40)} → {named}, {tensors}"

    def _lists(self, plan: ExportPlan) -> dict[int, Sheet]:
        unknown = [name for name in plan.globals if not name.known] if plan.kind == "re-map" else []
        return {
            CHANGES: Sheet(
                (self.tr("Key"), self.tr("What"), self.tr("Now"), self.tr("In the copy")),
                plan.changes,
                _change_cells,
            ),
            LEFT_OUT: Sheet(
                (self.tr("Key"), self.tr("Why")), plan.left_out, _left_out_cells, widest=1
            ),
            NAMES: Sheet(
                (self.tr("Name"), ""),
                sorted(unknown, key=lambda name: name.name not in plan.unsafe),
                lambda name: _name_cells(name, plan.unsafe),
            ),
        }

    def _set_chips(self, chips: list[tuple[str, str]]) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.deleteLater()
        for text, tip in chips:
            chip = PlainLabel(text, self._chips, "chip")
            chip.setToolTip(plain_tip(tip))
            self._flow.addWidget(chip)
            chip.show()
        self._chips.setVisible(bool(chips))

    def _set_sheets(self, sheets: dict[int, Sheet]) -> None:
        self._sheets = {place: sheet for place, sheet in sheets.items() if sheet.rows}
        self._name_tabs()

    def _name_tabs(self) -> None:
        words = {
            CHANGES: self.tr("Changes"),
            LEFT_OUT: self.tr("Left out"),
            NAMES: self.tr("Still named"),
            LOSSES: self.tr("Lost by the cast"),
        }
        for place, word in words.items():
            sheet = self._sheets.get(place)
            self.tabs.setTabText(place, f"{word} {len(sheet.rows):,}" if sheet else word)
            self.tabs.setTabVisible(place, sheet is not None)
        self.tabs.setVisible(bool(self._sheets))
        self.table.setVisible(bool(self._sheets))
        self._rest.setVisible(not self._sheets)
        if self.tabs.currentIndex() not in self._sheets and self._sheets:
            self.tabs.setCurrentIndex(min(self._sheets))
        self._show_sheet(self.tabs.currentIndex())

    def _show_sheet(self, place: int) -> None:
        if place in self._sheets:
            self.table.show_sheet(self._sheets[place])
            self.table.setAccessibleName(self.tabs.tabText(place))

    def _first(self, lines: list[str]) -> str:
        more = len(lines) - _LINES
        if more > 0:
            lines = [*lines[:_LINES], self.tr("… and {} more").format(f"{more:,}")]
        return "\n".join(lines)

    def _say(self, sums: list[str], warnings: list[str], danger: str) -> None:
        self.sums.setText(self._first(sums))
        self.sums.setVisible(any(sums))
        self.warning.tell(self._first(warnings), "warning")
        self.danger.tell(danger, "danger")


def _change_cells(change: Change) -> tuple[str, ...]:
    words = {
        "device": QCoreApplication.translate("ExportPreview", "device"),
        "dtype": QCoreApplication.translate("ExportPreview", "type"),
        "key": QCoreApplication.translate("ExportPreview", "name"),
        "sharing": QCoreApplication.translate("ExportPreview", "sharing"),
        "type": QCoreApplication.translate("ExportPreview", "class"),
    }
    return change.key, words[change.what], change.before, change.after


def _left_out_cells(item: LeftOut) -> tuple[str, ...]:
    return item.key, item.why


def _name_cells(name: GlobalName, unsafe: list[str]) -> tuple[str, ...]:
    words = QCoreApplication.translate("ExportPreview", "no class of a model")
    return name.name, words if name.name in unsafe else ""


def _loss_cells(loss: CastLoss) -> tuple[str, ...]:
    return loss.key, f"{loss.overflow:,}", f"{loss.underflow:,}", f"{loss.inexact:,}"
