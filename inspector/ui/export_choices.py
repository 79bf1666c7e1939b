"""The choices of an export, the important ones first, as the engine's `ExportOptions`."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint
from inspector.export.plan import ExportOptions
from inspector.ui.export_details import FileChoices, TypeChoices
from inspector.ui.export_devices import DeviceChoices
from inspector.ui.export_facts import SourceFacts, proposed_target
from inspector.ui.export_names import NameChoices
from inspector.ui.texts import PlainLabel

WHOLE, TORCH, SAFETENSORS = "whole", "torch", "safetensors"


class ExportChoices(QWidget):
    """`changed` after every edit. `what` is `WHOLE`, `TORCH` or `SAFETENSORS`."""

    changed = Signal()

    def __init__(self, checkpoint: Checkpoint, facts: SourceFacts, parent: QWidget) -> None:
        super().__init__(parent)
        self._checkpoint = checkpoint
        self._facts = facts
        self._kinds: dict[str, QRadioButton] = {}
        em = self.fontMetrics().height()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(em, em // 2, em, em)
        self._column.setSpacing(em // 3)
        self._add_kinds(em)
        self.devices = DeviceChoices(facts, self)
        self.types = TypeChoices(facts, self)
        self.names = NameChoices(facts, self)
        self.files = FileChoices(facts, self)
        self._same = PlainLabel(
            self.tr("Types, names and values stay as they are in a copy of the whole file."),
            self,
            "muted",
        )
        self._same.setWordWrap(True)
        for section in (self.devices, self.types, self.names, self.files):
            self._column.addWidget(section)
            section.changed.connect(self.changed)
        self._column.addWidget(self._same)
        self._column.addStretch(1)
        first = self._kinds[self._first()]
        first.setChecked(True)
        self.setFocusProxy(first)

    @property
    def what(self) -> str:
        """What is written."""
        return next(kind for kind, button in self._kinds.items() if button.isChecked())

    def choose(self, what: str) -> None:
        """Choose what is written."""
        self._kinds[what].setChecked(True)

    def offers(self, what: str) -> bool:
        """Whether this kind of copy can be made of the file."""
        return self._kinds[what].isEnabled()

    def options(self) -> ExportOptions:
        """Return the choices; raises `ExportError` for a size that is none."""
        devices, what = self.devices, self.what
        named = what != SAFETENSORS
        base = ExportOptions(
            map_location=devices.map_location if named else None,
            map_keys=devices.map_keys if named else (),
            keep_on_cpu=devices.keep_on_cpu.isChecked(),
            format="torch" if named else "safetensors",
        )
        if what == WHOLE:
            return base
        return replace(
            base,
            weights_only=True,
            dtype=self.types.dtype,
            keep_dtype=self.types.keep_dtype,
            select=self.names.select,
            exclude=self.names.exclude,
            rename=self.names.rename,
            values=self.files.values.isChecked(),
            shrink=self.files.shrink.isChecked(),
            tied="duplicate" if self.files.tied.isChecked() else "refuse",
            shard_bytes=self.files.shard_bytes,
        )

    def proposed_target(self) -> str:
        """Return a name that says what is chosen."""
        devices = self.devices.targets if self.devices.map_location else ()
        return proposed_target(self._checkpoint.path, self.options(), devices)

    def _first(self) -> str:
        if self._checkpoint.format.endswith("safetensors"):
            return SAFETENSORS
        whole = self.offers(WHOLE) and not self._facts.unsafe
        return WHOLE if whole else TORCH

    def _add_kinds(self, em: int) -> None:
        group = QButtonGroup(self)
        obstacle = self._whole_obstacle()
        entries = (
            (
                WHOLE,
                self.tr("The whole file, on other devices"),
                obstacle or self._whole_note(),
            ),
            (
                TORCH,
                self.tr("Tensors only, for torch"),
                self.tr("A state_dict that torch.load(weights_only=True) takes, no class needed."),
            ),
            (
                SAFETENSORS,
                self.tr("Tensors only, as safetensors"),
                self.tr("Tensors alone: no devices, no shared storages, no values."),
            ),
        )
        for kind, text, detail in entries:
            button = QRadioButton(text, self)
            button.setAccessibleDescription(detail)
            button.setEnabled(kind != WHOLE or not obstacle)
            button.toggled.connect(self._on_kind)
            group.addButton(button)
            note = PlainLabel(detail, self, "muted")
            note.setWordWrap(True)
            note.setIndent(em * 3 // 2)
            self._column.addWidget(button)
            self._column.addWidget(note)
            self._kinds[kind] = button
        self._column.addSpacing(em // 2)

    def _whole_obstacle(self) -> str:
        if self._checkpoint.format.endswith("safetensors"):
            return self.tr("safetensors files name no device that could change.")
        if not self._facts.remappable:
            return self.tr("A {} cannot be patched; its weights can be written anew.").format(
                self._checkpoint.format
            )
        if self._facts.unreadable:
            return self.tr("Some tensors are damaged or cut off; those that are whole can go.")
        return ""

    def _whole_note(self) -> str:
        if not self._facts.unsafe:
            return self.tr("Only device tags change; every other byte stays.")
        return self.tr("⚠ The file names {}, which no model needs; so would the copy.").format(
            shown(self._facts.unsafe[0], 60)
        )

    def _on_kind(self, chosen: bool) -> None:
        if not chosen:
            return
        rewrites = self.what != WHOLE
        for section in (self.types, self.names, self.files):
            section.setVisible(rewrites)
        self._same.setVisible(not rewrites)
        self.devices.show_for(self.what)
        self.files.show_for(self.what)
        self.changed.emit()
