"""Which keys go into the copy, and under which names."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from inspector.analysis.matching import Mapping
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.plain_text import shown
from inspector.ui import assets, theme
from inspector.ui.export_details import patterns
from inspector.ui.export_facts import SourceFacts
from inspector.ui.export_section import Section
from inspector.ui.file_dialogs import ask_file
from inspector.ui.flow_layout import FlowLayout, flowing
from inspector.ui.texts import PlainLabel

_MAPPING_BYTES = 64 << 20


class NameChoices(Section):
    """Patterns of keys to take and to leave, and rules for new names."""

    def __init__(self, facts: SourceFacts, parent: QWidget) -> None:
        super().__init__(self.tr("Names"), parent)
        self._mapped: dict[str, str] = {}
        self._rules: list[tuple[QLineEdit, QLineEdit]] = []
        self.only = self._line(self.tr("all keys, or model*, *.weight"), self.tr("Only keys"))
        self.without = self._line(self.tr("keys, such as optimizer*"), self.tr("Without keys"))
        form = QFormLayout()
        form.addRow(self.tr("Only"), self.only)
        form.addRow(self.tr("Without"), self.without)
        self._rows = QVBoxLayout()
        self._hint = PlainLabel(
            self.tr("A whole key, a prefix that ends at a dot, or re:PATTERN with \\1 and \\2."),
            self,
            "muted",
        )
        self._hint.setWordWrap(True)
        self._hint.hide()
        self.mapping_line = PlainLabel("", self, "muted")
        self.mapping_line.setWordWrap(True)
        self.mapping_line.hide()
        self.body.addLayout(form)
        self.body.addLayout(self._rows)
        self.body.addWidget(self._hint)
        self.body.addWidget(self.mapping_line)
        self.body.addWidget(self._buttons(facts.prefix))
        self._on_change()

    @property
    def select(self) -> tuple[str, ...]:
        """Patterns of keys to write; empty for all."""
        return patterns(self.only.text())

    @property
    def exclude(self) -> tuple[str, ...]:
        """Patterns of keys to leave out."""
        return patterns(self.without.text())

    @property
    def rename(self) -> tuple[tuple[str, str], ...]:
        """(old, new) pairs: those of the mapping file, then the rules in order."""
        rules = ((old.text().strip(), new.text().strip()) for old, new in self._rules)
        return (*self._mapped.items(), *((old, new) for old, new in rules if old))

    def add_rule(self, old: str = "", new: str = "") -> None:
        """Offer one more rule for names."""
        first = self._line(self.tr("old name or prefix"), self.tr("Old name"), old)
        second = self._line(self.tr("new, or empty"), self.tr("New name"), new)
        remove = QToolButton(self)
        remove.setObjectName("flat")
        remove.setIcon(assets.icon("close", theme.colors().muted))
        remove.setToolTip(self.tr("Remove this rule"))
        remove.setAccessibleName(self.tr("Remove this rule"))
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(first, 1)
        row.addWidget(PlainLabel("→", holder))
        row.addWidget(second, 1)
        row.addWidget(remove)
        rule = first, second
        self._rules.append(rule)
        self._rows.addWidget(holder)
        self._hint.show()

        def drop() -> None:
            self._rules.remove(rule)
            self._rows.removeWidget(holder)
            holder.deleteLater()
            self._hint.setVisible(bool(self._rules))
            self._on_change()

        remove.clicked.connect(drop)
        if not old:
            first.setFocus()
        self._on_change()

    def use_mapping(self, path: str) -> None:
        """Take the names of a mapping that a comparison saved; say what is wrong with another."""
        try:
            file = Path(path)
            if file.stat().st_size > _MAPPING_BYTES:
                raise OSError(self.tr("it is too large"))
            self._mapped = Mapping.from_json(file.read_text(encoding="utf-8")).renames()
            text = self.tr("{} new names from {}").format(len(self._mapped), file.name)
        except CheckpointError as error:
            text = error.what()
        except (OSError, UnicodeDecodeError) as error:
            text = self.tr("The mapping cannot be read: {}").format(error)
        self.mapping_line.setText(text)
        self.mapping_line.show()
        self._on_change()

    def _buttons(self, prefix: str) -> QWidget:
        em = self.fontMetrics().height()
        holder = QWidget(self)
        flow = FlowLayout(holder, em)
        flow.setContentsMargins(0, 0, 0, 0)
        flowing(holder)
        if prefix:
            strip = self._link(self.tr("Remove “{}”").format(shown(prefix, 30).replace("&", "&&")))
            strip.clicked.connect(lambda: self.add_rule(prefix, ""))
            flow.addWidget(strip)
        rule = self._link(self.tr("Rename…"))
        rule.clicked.connect(lambda: self.add_rule())
        mapping = self._link(self.tr("Names from a mapping file…"))
        mapping.clicked.connect(self._ask_mapping)
        flow.addWidget(rule)
        flow.addWidget(mapping)
        return holder

    def _link(self, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName("link")
        return button

    def _line(self, hint: str, name: str, text: str = "") -> QLineEdit:
        line = QLineEdit(text, self)
        line.setPlaceholderText(hint)
        line.setAccessibleName(name)
        line.textChanged.connect(self._on_change)
        return line

    def _ask_mapping(self) -> None:
        path = ask_file(
            self, self.tr("Names from a mapping file"), "", self.tr("Key mappings (*.json)")
        )
        if path:
            self.use_mapping(path)

    def _on_change(self) -> None:
        told = []
        if self.select or self.exclude:
            told.append(self.tr("some keys"))
        if self.rename:
            told.append(self.tr("renamed"))
        self.tell(", ".join(told) or self.tr("all, as they are"))
        self.changed.emit()
