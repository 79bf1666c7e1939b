"""Where the copy goes: a path that follows the choices until the person writes another."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from inspector.checkpoint.plain_text import shown
from inspector.ui.texts import PlainLabel, counted

_LONGEST = 4096


class ExportTarget(QWidget):
    """`changed` after every edit; `replace` is only asked for where a file is there already."""

    changed = Signal()
    removal_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._own = False
        self._exact = "", ""
        em = self.fontMetrics().height()
        self.line = QLineEdit(self)
        self.line.setAccessibleName(self.tr("Path of the copy"))
        self.line.textEdited.connect(self._on_edit)
        label = PlainLabel(self.tr("Write to"), self)
        label.setBuddy(self.line)
        browse = QPushButton(self.tr("Choose…"), self)
        browse.setObjectName("plain")
        browse.clicked.connect(self._browse)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self.line, 1)
        row.addWidget(browse)
        self.replace = QCheckBox(self)
        self.replace.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(em // 3)
        column.addLayout(row)
        column.addWidget(self.replace)
        self.remove = QPushButton(self)
        self.remove.setObjectName("link")
        self.remove.setAutoDefault(False)
        self.remove.clicked.connect(self.removal_asked)
        self.remove.hide()
        column.addWidget(self.remove)

    @property
    def path(self) -> str:
        """The path in the field; of one that no field can show, the very bytes."""
        text, exact = self._exact
        return exact if self.line.text() == text else self.line.text()

    def propose(self, path: str) -> None:
        """Show `path` unless the person chose one."""
        if not self._own and path != self.path:
            self._show(path)

    def choose(self, path: str) -> None:
        """Take a path that the person chose."""
        self._own = True
        self._show(path)
        self.changed.emit()

    def show_replaced(self, files: tuple[str, ...]) -> None:
        """Ask about the files that are there already; nothing to ask when there are none."""
        self.replace.setVisible(bool(files))
        self.replace.setText(
            counted(
                len(files),
                self.tr("Replace the file of this name that is there already"),
                self.tr("Replace the {} files of these names that are there already"),
            )
        )

    def show_left_over(self, count: int) -> None:
        """Offer to remove what an export left in this folder that was killed."""
        self.remove.setVisible(bool(count))
        self.remove.setText(
            counted(
                count,
                self.tr("Remove {} unfinished copy that an interrupted export left in this folder"),
                self.tr("Remove {} unfinished copies that interrupted exports left in this folder"),
            )
        )

    def _show(self, path: str) -> None:
        # Qt loses bytes that are no UTF-8, and a line break breaks the line.
        self._exact = shown(path, _LONGEST), path
        self.line.setText(self._exact[0])
        self._forget_answer()

    def _on_edit(self) -> None:
        self._own = bool(self.line.text())
        self._forget_answer()
        self.changed.emit()

    def _forget_answer(self) -> None:
        # The answer was for another file.
        self.replace.setChecked(False)

    def _browse(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self,
            self.tr("Write the copy to"),
            self.path,
            self.tr("All files (*)"),
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if path:
            self.choose(path)
