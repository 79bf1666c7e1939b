"""The line of facts above a checkpoint: container, size, tensors, bytes; and whom to trust."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.summary import Summary
from inspector.checkpoint.types import Checkpoint
from inspector.checkpoint.units import bytes_text, short_count_text
from inspector.ui.figures import exact_bytes_text
from inspector.ui.flow_layout import FlowLayout, flowing
from inspector.ui.reasons import in_words
from inspector.ui.texts import PlainLabel, counted, plain_tip
from inspector.ui.trust import trust_chips

_PLAIN = frozenset({"dict", "OrderedDict", "defaultdict", "list", "tuple", "set"})
"""What is saved so often that its class tells nothing."""
_NAMED = 3
"""Dtypes or devices with a chip each; the others share one."""


class Header(QWidget):
    """Chips. `filter_asked` carries a filter term when a dtype or device is clicked."""

    filter_asked = Signal(str)

    def __init__(self, checkpoint: Checkpoint, summary: Summary, parent: QWidget) -> None:
        super().__init__(parent)
        self._checkpoint = checkpoint
        em = self.fontMetrics().height()
        self._flow = FlowLayout(self, round(em * 0.4))
        self._flow.setContentsMargins(em * 3 // 4, em // 2, em * 3 // 4, em // 2)
        flowing(self)
        self.setAccessibleName(self.tr("Facts about the file"))
        self._add_facts(checkpoint, summary)
        self._add_sums(summary)
        self._add_oddities(summary)
        for text, tone, tip in trust_chips(checkpoint):
            chip = self._button(text, tip)
            chip.setProperty("tone", tone)
            chip.clicked.connect(lambda checked=False, chip=chip: self._explain(chip))
            self._flow.add_right(chip)

    def _add_facts(self, checkpoint: Checkpoint, summary: Summary) -> None:
        name, detail = shown(checkpoint.format, 60), shown(checkpoint.detail, 200)
        version, *rest = detail.partition(", ")  # not the comma in "header of 23,144 bytes"
        version = in_words(version)
        self._add(f"{name} · {version}" if version else name, "".join([version, *rest]))
        kind = checkpoint.containers.get((), "dict")
        if kind.rpartition(".")[2] not in _PLAIN:
            self._add(shown(kind, 60), self.tr("The class of the saved object"))
        self._add(bytes_text(checkpoint.size), exact_bytes_text(checkpoint.size))
        self._add(
            counted(summary.tensors, self.tr("{} tensor"), self.tr("{} tensors")),
            counted(
                len(checkpoint.storages),
                self.tr("{} storage holds their bytes"),
                self.tr("{} storages hold their bytes"),
            ),
        )
        count = summary.parameters
        words = self.tr("{} parameter") if count == 1 else self.tr("{} parameters")
        self._add(
            words.format(short_count_text(count)),
            counted(
                count,
                self.tr(
                    "{} element; optimizer state and averaged copies are left out, "
                    "tied tensors count once"
                ),
                self.tr(
                    "{} elements; optimizer state and averaged copies are left out, "
                    "tied tensors count once"
                ),
            ),
        )

    def _add_sums(self, summary: Summary) -> None:
        self._add_terms("dtype", list(summary.bytes_by_dtype.items()), with_bytes=True)
        devices = [(name or "", count) for name, count in summary.bytes_by_device.items() if name]
        self._add_terms("device", devices, with_bytes=len(summary.bytes_by_device) > 1)

    def _add_terms(self, term: str, sums: list[tuple[str, int]], with_bytes: bool) -> None:
        for name, count in sums[:_NAMED]:
            text = f"{shown(name, 40)} {bytes_text(count)}" if with_bytes else shown(name, 40)
            chip = self._button(
                text, self.tr("{}: show only these").format(exact_bytes_text(count))
            )
            chip.clicked.connect(
                lambda checked=False, asked=f"{term}:{name}": self.filter_asked.emit(asked)
            )
            self._flow.addWidget(chip)
        if others := sums[_NAMED:]:
            lines = (f"{shown(name, 40)}  {bytes_text(count)}" for name, count in others)
            more = {"dtype": self.tr("+{} dtypes"), "device": self.tr("+{} devices")}
            if len(others) == 1:
                more = {"dtype": self.tr("+{} dtype"), "device": self.tr("+{} device")}
            self._add(more[term].format(len(others)), "\n".join(lines))

    def _add_oddities(self, summary: Summary) -> None:
        if summary.shared:
            self._add(
                self.tr("{} shared").format(bytes_text(summary.shared)),
                self.tr("Tied tensors and views share {}, written once").format(
                    exact_bytes_text(summary.shared)
                ),
            )
        if summary.uncovered:
            self._add(
                self.tr("{} unused").format(bytes_text(summary.uncovered)),
                self.tr(
                    "{} in storages belong to no tensor: a view was saved with its whole storage.\n"
                    "Saving tensor.clone() instead makes the file that much smaller."
                ).format(exact_bytes_text(summary.uncovered)),
            )

    def _add(self, text: str, tip: str) -> None:
        chip = PlainLabel(text, self, "chip")
        chip.setToolTip(plain_tip(tip))
        self._flow.addWidget(chip)

    def _button(self, text: str, tip: str) -> QPushButton:
        chip = QPushButton(text, self)
        chip.setObjectName("chip")
        chip.setToolTip(plain_tip(tip))
        chip.setAccessibleDescription(tip)
        return chip

    def _explain(self, chip: QPushButton) -> None:
        from inspector.ui.trust_popup import TrustPopup

        TrustPopup(self._checkpoint, self).show_below(chip)
