"""Which keys of A and B are paired: accept, change or refuse row by row, save and load."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from inspector.analysis.matching import EXACT, Mapping, Match
from inspector.analysis.suggestions import MAX_KEYS
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.plain_text import shown
from inspector.ui.file_dialogs import ask_file
from inspector.ui.reasons import in_words
from inspector.ui.row_table import RowTable
from inspector.ui.texts import PlainLabel, counted
from inspector.ui.tree_model import AnyIndex

_ROOT = QModelIndex()
KEY_A, KEY_B, WHY, SURE, STATE = range(5)
_SIGNS = {"accepted": "✓", "suggested": "?", "refused": "✗"}


class MappingModel(QAbstractTableModel):
    """The rows that say more than "the same name", suggestions first."""

    changed = Signal()

    def __init__(self, mapping: Mapping, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.mapping = mapping
        self.rows: list[Match] = []
        self.reload()

    def reload(self) -> None:
        """Show the rows of the mapping anew."""
        order = {"suggested": 0, "refused": 1, "accepted": 2}
        self.beginResetModel()
        rows = [row for row in self.mapping.matches if row.how != EXACT or row.state != "accepted"]
        self.rows = sorted(rows, key=lambda row: (order[row.state], -row.confidence))
        self.endResetModel()

    def set_state(self, numbers: Sequence[int], accepted: bool) -> None:
        """Accept or refuse rows."""
        for number in numbers:
            if accepted:
                self.mapping.accept(self.rows[number])
            else:
                self.mapping.refuse(self.rows[number])
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, STATE))
        self.changed.emit()

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else 5

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's title."""
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        titles = (self.tr("Key in A"), self.tr("Key in B"), self.tr("Why"))
        return (*titles, self.tr("Sure"), self.tr("State"))[section]

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text."""
        if not index.isValid() or role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return None
        row = self.rows[index.row()]
        words = {
            "accepted": self.tr("accepted"),
            "suggested": self.tr("suggested"),
            "refused": self.tr("refused"),
        }
        cells = (
            shown(row.key_a),
            shown(row.key_b),
            in_words(shown(row.how)),
            f"{row.confidence:.0%}".replace("%", " %"),
            f"{_SIGNS[row.state]} {words[row.state]}",
        )
        return cells[index.column()]


class MappingDialog(QDialog):
    """`chosen` carries the mapping to compare by. Works on a copy until it is accepted."""

    chosen = Signal(object)

    def __init__(
        self,
        mapping: Mapping,
        left_a: Sequence[str],
        left_b: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Key mapping"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._left = list(left_a), list(left_b)
        self.model = MappingModel(_copy(mapping), self)
        self.table = RowTable(self)
        self.table.setModel(self.model)
        self.table.setAccessibleName(self.tr("Pairs of keys"))
        self._summary = PlainLabel("", self, "muted")
        self.trouble = PlainLabel("", self, "wrong")
        self.trouble.hide()
        self.keys_a, self.keys_b = QComboBox(self), QComboBox(self)
        self._lay_out()
        self.model.changed.connect(self._describe)
        self.model.modelReset.connect(self._describe)
        self._describe()

    def _lay_out(self) -> None:
        em = self.fontMetrics().height()
        header = self.table.horizontalHeader()
        header.setStretchLastSection(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in ((WHY, 16), (SURE, 4), (STATE, 7)):
            self.table.setColumnWidth(column, em * width)
        for column in (KEY_A, KEY_B):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        answers = QHBoxLayout()
        for text, run in (
            (self.tr("Accept"), lambda: self.model.set_state(self._selected(), True)),
            (self.tr("Refuse"), lambda: self.model.set_state(self._selected(), False)),
            (self.tr("Accept all suggested"), self.accept_suggested),
        ):
            answers.addWidget(self._button(text, run))
        answers.addStretch(1)
        answers.addWidget(self._button(self.tr("Load…"), self.load))
        answers.addWidget(self._button(self.tr("Save…"), self.save))
        by_hand = QHBoxLayout()
        by_hand.addWidget(PlainLabel(self.tr("Pair by hand"), self, "muted"))
        for box, name in ((self.keys_a, self.tr("Key in A")), (self.keys_b, self.tr("Key in B"))):
            box.setAccessibleName(name)
            box.setEditable(True)
            box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            by_hand.addWidget(box, 1)
        by_hand.addWidget(self._button(self.tr("Pair"), self.pair_by_hand))
        ends = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        accept = QDialogButtonBox.ButtonRole.AcceptRole
        use = ends.addButton(self.tr("Compare with these pairs"), accept)
        use.setDefault(True)
        ends.accepted.connect(self._use)
        ends.rejected.connect(self.reject)
        outer = QVBoxLayout(self)
        outer.setSpacing(em // 2)
        outer.addWidget(self._summary)
        outer.addWidget(self.table, 1)
        outer.addLayout(answers)
        outer.addLayout(by_hand)
        outer.addWidget(self.trouble)
        outer.addWidget(ends)
        self.resize(em * 60, em * 34)

    def _button(self, text: str, run: Any) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName("plain")
        button.setAutoDefault(False)
        button.clicked.connect(lambda: run())
        return button

    def _selected(self) -> list[int]:
        return [index.row() for index in self.table.selectionModel().selectedRows()]

    def _describe(self) -> None:
        accepted = {row.key_a for row in self.model.mapping.accepted}
        accepted_b = {row.key_b for row in self.model.mapping.accepted}
        free_a = [key for key in self._left[0] if key not in accepted]
        free_b = [key for key in self._left[1] if key not in accepted_b]
        for box, keys in ((self.keys_a, free_a), (self.keys_b, free_b)):
            box.clear()
            box.addItems(keys)
        left_a = counted(len(free_a), self.tr("{} key only in A"), self.tr("{} keys only in A"))
        left_b = counted(len(free_b), self.tr("{} key only in B"), self.tr("{} keys only in B"))
        exact = sum(row.how == EXACT for row in self.model.mapping.accepted)
        same = counted(exact, self.tr("{} key has"), self.tr("{} keys have"))
        text = self.tr("{} the same name on both sides. Left over: {}, {}.")
        text = text.format(same, left_a, left_b)
        if max(len(free_a), len(free_b)) > MAX_KEYS:
            first = self.tr("Suggestions are made for the first {} of them.")
            text = f"{text} {first.format(f'{MAX_KEYS:,}')}"
        self._summary.setText(text)

    def accept_suggested(self) -> None:
        """Accept every row that waits for an answer."""
        waiting = [n for n, row in enumerate(self.model.rows) if row.state == "suggested"]
        self.model.set_state(waiting, True)

    def pair_by_hand(self) -> None:
        """Pair the two keys in the fields."""
        key_a, key_b = self.keys_a.currentText(), self.keys_b.currentText()
        if key_a in self._left[0] and key_b in self._left[1]:
            self.model.mapping.choose(key_a, key_b)
            self.model.reload()

    def save(self, path: str = "") -> None:
        """Write the mapping as JSON; asks for a name where none is given."""
        if not path:
            path, _ = QFileDialog.getSaveFileName(self, self.tr("Save mapping"), "mapping.json")
        if path:
            try:
                Path(path).write_text(self.model.mapping.to_json(), encoding="utf-8")
            except OSError as error:
                self._complain(self.tr("It cannot be saved: {}").format(error.strerror))

    def load(self, path: str = "") -> None:
        """Read a mapping; asks for a file where none is given."""
        if not path:
            path = ask_file(self, self.tr("Load mapping"))
        if not path:
            return
        try:
            found = Mapping.from_json(Path(path).read_text(encoding="utf-8"))
        except CheckpointError as error:
            self._complain(error.what())
        except (OSError, ValueError) as error:
            self._complain(self.tr("It cannot be read: {}").format(shown(str(error), 200)))
        else:
            exact = [row for row in self.model.mapping.matches if row.how == EXACT]
            given = {row.key_a for row in found.accepted}
            self.model.mapping.matches = found.matches + [
                row for row in exact if row.key_a not in given
            ]
            self.model.reload()

    def _complain(self, words: str) -> None:
        self.trouble.setText(words)
        self.trouble.show()

    def _use(self) -> None:
        self.chosen.emit(self.model.mapping)
        self.accept()


def _copy(mapping: Mapping) -> Mapping:
    return Mapping(
        Match(row.key_a, row.key_b, row.how, row.confidence, row.state) for row in mapping.matches
    )
