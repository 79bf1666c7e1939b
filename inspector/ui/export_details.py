"""Choices beyond the devices, folded away at first: element type, names, and how files are laid."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLineEdit, QWidget

from inspector.export.cast import CASTABLE
from inspector.export.shards import parse_size
from inspector.ui.export_facts import SourceFacts
from inspector.ui.export_section import Section
from inspector.ui.texts import PlainLabel, counted

_FIRST = ("bfloat16", "float16", "float32", "float8_e4m3fn", "float8_e5m2")


def patterns(text: str) -> tuple[str, ...]:
    """Return the patterns in a field where they stand with commas between."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


class TypeChoices(Section):
    """To which element type floating tensors are cast, and which are left as they are."""

    def __init__(self, facts: SourceFacts, parent: QWidget) -> None:
        super().__init__(self.tr("Type"), parent)
        self.box = QComboBox(self)
        self.box.setAccessibleName(self.tr("Element type of floating tensors"))
        self.box.addItem(self.tr("Keep every type"), None)
        for name in dict.fromkeys((*_FIRST, *CASTABLE)):
            self.box.addItem(name, name)
        self.keep = QLineEdit(self)
        self.keep.setPlaceholderText(self.tr("keys, such as *norm*, *embed*"))
        self.keep.setAccessibleName(self.tr("Keys that keep their type"))
        form = QFormLayout()
        form.addRow(self.tr("Cast to"), self.box)
        form.addRow(self.tr("But keep"), self.keep)
        count = counted(facts.floating, self.tr("{} tensor"), self.tr("{} tensors"))
        note = PlainLabel(
            self.tr("{} of floating type; integers and step counters are never cast.").format(
                count
            ),
            self,
            "muted",
        )
        note.setWordWrap(True)
        self.body.addLayout(form)
        self.body.addWidget(note)
        self.box.currentIndexChanged.connect(self._on_change)
        self.keep.textChanged.connect(self._on_change)
        self._on_change()

    @property
    def dtype(self) -> str | None:
        """The type to cast to, None to leave all."""
        found = self.box.currentData()
        return found if isinstance(found, str) else None

    @property
    def keep_dtype(self) -> tuple[str, ...]:
        """Patterns of keys that are not cast."""
        return patterns(self.keep.text())

    def _on_change(self) -> None:
        self.keep.setEnabled(self.dtype is not None)
        self.tell(self.dtype or self.tr("kept"))
        self.changed.emit()


class FileChoices(Section):
    """Values, storages, shards, and what becomes of tied tensors in safetensors."""

    def __init__(self, facts: SourceFacts, parent: QWidget) -> None:
        super().__init__(self.tr("File"), parent)
        self.values = QCheckBox(self.tr("Plain values go along (epoch, param_groups)"), self)
        self.values.setChecked(True)
        self.shrink = QCheckBox(self.tr("Write of each storage only what tensors use"), self)
        self.shrink.setChecked(True)
        self.tied = QCheckBox(
            counted(
                facts.tied,
                self.tr("Write {} tied tensor by itself (safetensors shares nothing)"),
                self.tr("Write {} tied tensors each by itself (safetensors shares nothing)"),
            ),
            self,
        )
        self.tied.setChecked(True)
        self._has_tied = bool(facts.tied)
        self.split = QCheckBox(self.tr("Split into files of at most"), self)
        self.shard_size = QLineEdit("5 GB", self)
        self.shard_size.setAccessibleName(self.tr("Size of one file"))
        self.shard_size.setEnabled(False)
        for box in (self.values, self.shrink, self.tied):
            self.body.addWidget(box)
            box.toggled.connect(self._on_change)
        shards = QFormLayout()
        shards.addRow(self.split, self.shard_size)
        self.body.addLayout(shards)
        self.split.toggled.connect(self.shard_size.setEnabled)
        self.split.toggled.connect(self._on_change)
        self.shard_size.textChanged.connect(self._on_change)
        self._on_change()

    def show_for(self, kind: str) -> None:
        """Show what means something for this kind of copy."""
        self.tied.setVisible(kind == "safetensors" and self._has_tied)
        self.values.setVisible(kind != "safetensors")
        self.shrink.setVisible(kind != "safetensors")

    @property
    def shard_bytes(self) -> int | None:
        """Bytes of one shard; raises `ExportError` for what is no size."""
        return parse_size(self.shard_size.text()) if self.split.isChecked() else None

    def _on_change(self) -> None:
        text = self.tr("several files") if self.split.isChecked() else self.tr("one file")
        self.tell(text)
        self.changed.emit()
