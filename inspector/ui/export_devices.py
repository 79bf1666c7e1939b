"""Which device every tensor of the copy is to name: a line for each tag found in the file."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QWidget,
)

from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.units import bytes_text
from inspector.ui.export_facts import SourceFacts
from inspector.ui.export_section import Section
from inspector.ui.texts import ElidedLabel, PlainLabel, counted

_OFFERED = ("cpu", "cuda:0", "cuda:1", "mps")
_LISTED = 64
"""Tags with a line each; a hostile file can hold any number."""
_TAG = 40
"""Characters of a tag that are shown."""


class DeviceChoices(Section):
    """`map_location` and `map_keys` are what the export takes."""

    def __init__(self, facts: SourceFacts, parent: QWidget) -> None:
        super().__init__(self.tr("Devices"), parent, opened=True)
        self._facts = facts
        self.boxes: dict[str, QComboBox] = {}
        """The device chosen for each tag of the file."""
        self.patterns: list[tuple[QLineEdit, QComboBox]] = []
        """The lines for keys by pattern: pattern and device."""
        self._note = PlainLabel("", self, "muted")
        self._note.setWordWrap(True)
        self._table = QWidget(self)
        self._grid = QGridLayout(self._table)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        self._fill()
        self.keep_on_cpu = QCheckBox(
            counted(
                facts.on_cpu,
                self.tr("{} RNG state or step counter stays on the CPU"),
                self.tr("{} RNG states and step counters stay on the CPU"),
            ),
            self,
        )
        self.keep_on_cpu.setChecked(True)
        self.keep_on_cpu.setToolTip(
            self.tr("torch.set_rng_state and Adam want them there, whatever the model does")
        )
        self.keep_on_cpu.setVisible(bool(facts.on_cpu))
        self.keep_on_cpu.toggled.connect(self.changed)
        self.body.addWidget(self._note)
        self.body.addWidget(self._table)
        self.body.addWidget(self.keep_on_cpu)
        self.body.addLayout(self._more())
        self.show_for("torch")

    def show_for(self, kind: str) -> None:
        """Fit the section to what is written: safetensors names no device at all."""
        safetensors = kind == "safetensors"
        self._table.setVisible(not safetensors)
        self._add.setVisible(not safetensors)
        self.keep_on_cpu.setVisible(bool(self._facts.on_cpu) and not safetensors)
        note = self._safetensors_note() if safetensors else self._torch_note()
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._tell(safetensors)

    def _safetensors_note(self) -> str:
        note = self.tr("safetensors keeps no device: whoever loads the copy chooses it.")
        if not self._facts.names_devices:
            return note
        names = ", ".join(shown(tag.name, 20) for tag in self._facts.devices[:4])
        return note + " " + self.tr("What the file names now ({}) is dropped.").format(names)

    def _torch_note(self) -> str:
        if not self._facts.names_devices:
            return self.tr("The file names no device; a torch file does.")
        more = len(self._facts.devices) - _LISTED
        if more <= 0:
            return ""
        return self.tr(
            "{} more devices stay as they are, unless a pattern names their keys."
        ).format(f"{more:,}")

    @property
    def map_location(self) -> dict[str, str] | None:
        """Tags that change and what they change to."""
        wanted = {tag: box.currentText().strip() for tag, box in self.boxes.items()}
        return {tag: device for tag, device in wanted.items() if device != shown(tag, _TAG)} or None

    @property
    def map_keys(self) -> tuple[tuple[str, str], ...]:
        """Key patterns with the device of each."""
        pairs = ((line.text().strip(), box.currentText().strip()) for line, box in self.patterns)
        return tuple((pattern, device) for pattern, device in pairs if pattern)

    @property
    def targets(self) -> tuple[str, ...]:
        """Every device that the copy will name, by the lines of tags."""
        return tuple(dict.fromkeys(box.currentText().strip() for box in self.boxes.values()))

    def send_all(self, device: str) -> None:
        """Choose one device for every tag; an empty text leaves all as they are."""
        if not device:
            return
        for box in self.boxes.values():
            box.setCurrentText(device)

    def _fill(self) -> None:
        tags = self._facts.devices[:_LISTED]
        for row, tag in enumerate(tags):
            name = ElidedLabel(shown(tag.name, _TAG), self._table)
            size = counted(tag.tensors, self.tr("{} tensor"), self.tr("{} tensors"))
            detail = PlainLabel(f"{size}, {bytes_text(tag.nbytes)}", self._table, "muted")
            box = self._box(self.tr("Device for what is on {}").format(shown(tag.name, _TAG)))
            for device in dict.fromkeys((tag.name, *_OFFERED)):
                box.addItem(shown(device, _TAG))
            box.setCurrentText("cpu" if tag.name.startswith("cuda") else shown(tag.name, _TAG))
            box.currentTextChanged.connect(self._on_change)
            self.boxes[tag.name] = box
            for column, widget in enumerate((name, detail, PlainLabel("→", self._table), box)):
                self._grid.addWidget(widget, row, column)
        if len(tags) > 1:
            box = self._box(self.tr("One device for everything"))
            box.addItem("")
            box.addItems(_OFFERED)
            box.setPlaceholderText(self.tr("choose"))
            box.textActivated.connect(self.send_all)
            row = len(tags)
            self._grid.addWidget(PlainLabel(self.tr("all to"), self._table, "muted"), row, 0, 1, 2)
            self._grid.addWidget(PlainLabel("→", self._table), row, 2)
            self._grid.addWidget(box, row, 3)

    def _box(self, name: str) -> QComboBox:
        box = QComboBox(self._table)
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.setAccessibleName(name)
        box.setMinimumWidth(self.fontMetrics().horizontalAdvance("n" * 12))
        return box

    def _more(self) -> QHBoxLayout:
        self._add = QPushButton(self.tr("Another device for some keys"), self)
        self._add.setObjectName("link")
        self._add.clicked.connect(self.add_pattern)
        row = QHBoxLayout()
        row.addWidget(self._add)
        row.addStretch(1)
        return row

    def add_pattern(self) -> None:
        """Offer one more line: keys by pattern, and their device."""
        line = QLineEdit(self._table)
        line.setPlaceholderText(self.tr("keys, such as optimizer*"))
        line.setAccessibleName(self.tr("Pattern of keys"))
        box = self._box(self.tr("Device of these keys"))
        box.addItems(_OFFERED)
        line.textChanged.connect(self._on_change)
        box.currentTextChanged.connect(self._on_change)
        row = self._grid.rowCount()
        self._grid.addWidget(line, row, 0, 1, 2)
        self._grid.addWidget(PlainLabel("→", self._table), row, 2)
        self._grid.addWidget(box, row, 3)
        self.patterns.append((line, box))
        line.setFocus()

    def _on_change(self) -> None:
        self._tell(False)
        self.changed.emit()

    def _tell(self, safetensors: bool) -> None:
        moved = self.map_location or {}
        if safetensors:
            self.tell(self.tr("none"))
        elif moved or self.map_keys:
            self.tell(", ".join(f"{tag} → {device}" for tag, device in moved.items()))
        else:
            self.tell(self.tr("as they are"))
