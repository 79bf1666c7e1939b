"""What a comparison comes to, in chips and one sentence: click a count to see only those."""

from __future__ import annotations

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from inspector.analysis.compare_words import STATUS_SIGNS
from inspector.analysis.load_verdict import LoadVerdict
from inspector.analysis.matching import EXACT, Mapping
from inspector.analysis.pairs import STATUSES
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint
from inspector.ui import number_text
from inspector.ui.compare_rows import CompareRows
from inspector.ui.flow_layout import FlowLayout, flowing
from inspector.ui.reasons import in_words
from inspector.ui.status_words import status_word
from inspector.ui.texts import PlainLabel, counted, plain_tip

_TONES = {
    "changed": "warning",
    "dtype": "warning",
    "shape": "danger",
    "unreadable": "danger",
    "only_a": "a",
    "only_b": "b",
}


class CompareHeader(QWidget):
    """Chips of the files, the counts, the mapping and the verdict; below them the sentence."""

    status_asked = Signal(str)
    """A status to see alone; empty for all."""
    values_asked = Signal()
    largest_asked = Signal()
    mapping_asked = Signal()
    verdict_asked = Signal()
    swap_asked = Signal()
    cancel_asked = Signal()
    again_asked = Signal()

    def __init__(self, a: Checkpoint, b: Checkpoint, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._em = self.fontMetrics().height()
        self.setAccessibleName(self.tr("Summary of the comparison"))
        self._chips = flowing(QWidget(self))
        flow = self._flow = FlowLayout(self._chips, round(self._em * 0.4))
        flow.setContentsMargins(0, 0, 0, 0)
        name_a, name_b = names_apart(a.path, b.path)
        self._file_chip("A", name_a, a)
        self.swap = self._button("⇄", self.tr("Swap A and B"), self.swap_asked)
        self.swap.setAccessibleName(self.tr("Swap A and B"))
        self._file_chip("B", name_b, b)
        self.counts = {status: self._count_chip(status) for status in STATUSES}
        self.values = self._button("", self.tr("Values that differ"), self.values_asked)
        self.values.setProperty("tone", "warning")
        self.matched = self._button(
            "", self.tr("How keys of A were matched to keys of B"), self.mapping_asked
        )
        self.verdict = QPushButton(self._chips)
        self.verdict.setObjectName("chip")
        self.verdict.clicked.connect(self.verdict_asked)
        flow.add_right(self.verdict)
        for chip in (*self.counts.values(), self.values, self.matched, self.verdict):
            chip.hide()
        self._lay_out()

    def _lay_out(self) -> None:
        em = self._em
        self._sentence = PlainLabel("", self, "muted")
        self.largest = QPushButton(self)
        self.largest.setObjectName("link")
        self.largest.clicked.connect(self.largest_asked)
        self.largest.hide()
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the comparison"))
        self._bar.setFixedWidth(em * 12)
        self._cancel = QPushButton(self.tr("Cancel"), self)
        self._cancel.setObjectName("link")
        self._cancel.clicked.connect(self.cancel_asked)
        self._again = QPushButton(self.tr("Compare again"), self)
        self._again.setObjectName("link")
        self._again.clicked.connect(self.again_asked)
        line = QHBoxLayout()
        line.setSpacing(em // 2)
        line.addWidget(self._sentence)
        line.addWidget(self.largest)
        line.addStretch(1)
        line.addWidget(self._bar)
        line.addWidget(self._cancel)
        line.addWidget(self._again)
        column = QVBoxLayout(self)
        column.setContentsMargins(em * 3 // 4, em // 2, em * 3 // 4, em // 2)
        column.setSpacing(em // 3)
        column.addWidget(self._chips)
        column.addLayout(line)

    def _file_chip(self, side: str, name: str, checkpoint: Checkpoint) -> None:
        devices = list(dict.fromkeys(t.device for t in checkpoint.tensors if t.device))
        where = devices[0] if len(devices) == 1 else ""
        chip = PlainLabel(
            f"● {side}  {shown(name, 60)}" + (f" · {where}" if where else ""), self, "chip"
        )
        chip.setProperty("tone", side.lower())
        chip.setToolTip(plain_tip(shown(f"{checkpoint.path}\n{checkpoint.format}")))
        self._flow.addWidget(chip)

    def _button(self, text: str, tip: str, asked: SignalInstance) -> QPushButton:
        chip = QPushButton(text, self._chips)
        chip.setObjectName("chip")
        chip.setToolTip(plain_tip(tip))
        chip.clicked.connect(asked)
        self._flow.addWidget(chip)
        return chip

    def _count_chip(self, status: str) -> QPushButton:
        chip = QPushButton(self._chips)
        chip.setObjectName("chip")
        chip.setCheckable(True)
        chip.setProperty("tone", _TONES.get(status, "info"))
        chip.setToolTip(self.tr("Show only what is {}").format(status_word(status)))
        chip.clicked.connect(lambda checked: self.status_asked.emit(status if checked else ""))
        self._flow.addWidget(chip)
        return chip

    # What is known

    def show_counts(self, rows: CompareRows, values: int) -> None:
        """Show how many tensors have each status, and the largest change so far."""
        for status, chip in self.counts.items():
            count = rows.total.counts[status]
            chip.setText(f"{STATUS_SIGNS[status]} {count:,} {status_word(status)}")
            chip.setVisible(count > 0)
        self.values.setVisible(values > 0)
        self.values.setText(
            "≠ " + counted(values, self.tr("{} value differs"), self.tr("{} values differ"))
        )
        most = rows.most_changed
        difference = rows.differences.get(most)  # gone once all is compared again
        self.largest.setVisible(difference is not None)
        if difference is not None:
            figure = number_text.figure(difference.magnitude, 3)
            key = shown(rows.keys[most], 100)
            self.largest.setText(f"{key}  ({figure})")
            self.largest.setAccessibleName(self.tr("Go to {}").format(key))

    def check_status(self, status: str) -> None:
        """Press the chip of the status that the filter shows alone."""
        for name, chip in self.counts.items():
            chip.setChecked(name == status)

    def show_progress(self, done: int, total: int) -> None:
        """Show how far the comparison is."""
        self._bar.setRange(0, 1000)
        self._bar.setValue(1000 * done // total if total else 0)
        self._set_running(True)

    def show_end(self, sentence: str, complete: bool) -> None:
        """Say how it ended; what is not complete can be started again."""
        self._sentence.setText(sentence)
        self._set_running(False)
        self._again.setHidden(complete)

    def start(self) -> None:
        """Say that values are being compared."""
        self._sentence.setText(self.tr("Comparing values…"))
        self._bar.setRange(0, 0)
        self._set_running(True)

    def _set_running(self, running: bool) -> None:
        self._bar.setVisible(running)
        self._cancel.setVisible(running)
        self._again.hide()

    def show_mapping(self, mapping: Mapping) -> None:
        """Say how keys were matched, where not by the same name."""
        hows = dict.fromkeys(row.how for row in mapping.accepted if row.how != EXACT)
        waiting = len(mapping.suggested)
        text = ""
        if hows:
            first = in_words(shown(next(iter(hows)), 60))
            more = f" +{len(hows) - 1}" if len(hows) > 1 else ""
            text = first + more
        if waiting:
            suggested = counted(
                waiting, self.tr("{} match suggested"), self.tr("{} matches suggested")
            )
            text = f"{text} · {suggested}" if text else suggested
        self.matched.setText(text)
        self.matched.setVisible(bool(text))

    def offer_mapping(self) -> None:
        """Lead on where no key fits one of the other file."""
        self.matched.setText(self.matched.text() or self.tr("Pair keys by hand…"))
        self.matched.show()

    def show_verdict(self, verdict: LoadVerdict) -> None:
        """Say whether B's state_dict loads into A's model."""
        problems = counted(verdict.problems, self.tr("{} problem"), self.tr("{} problems"))
        word = self.tr("ok") if verdict.strict else problems
        self.verdict.setText(self.tr("load_state_dict(strict): {}").format(word))
        self.verdict.setProperty("tone", "ok" if verdict.strict else "danger")
        self.verdict.setToolTip(self.tr("Would B's state_dict load into A's model?"))
        self.verdict.style().polish(self.verdict)
        self.verdict.show()


def names_apart(a: str, b: str) -> tuple[str, str]:
    """Return what to call the files of two paths: their names, with as many of their folders as
    tell them apart. Those of two sharded sets are both `model.safetensors.index.json`."""
    ways = [path.rstrip("/\\").replace("\\", "/").split("/") for path in (a, b)]
    parts = 1
    while parts < max(map(len, ways)) and ways[0][-parts:] == ways[1][-parts:]:
        parts += 1
    if ways[0] == ways[1]:
        parts = 1
    return "/".join(ways[0][-parts:]), "/".join(ways[1][-parts:])
