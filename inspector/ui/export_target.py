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

from inspector.ui.texts import PlainLabel, counted


class ExportTarget(QWidget):
    """`changed` after every edit; `replace` is only asked for where a file is there already."""

    changed = Signal()
    removal_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._own = False
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
        self.replace.toggled.connect(self.changed)
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
        """The path as it was written."""
        return self.line.text()

    def propose(self, path: str) -> None:
        """Show `path` unless the person chose one."""
        if not self._own and path != self.path:
            self.line.setText(path)
            self._forget_answer()

    def choose(self, path: str) -> None:
        """Take a path that the person chose."""
        self._own = True
        self.line.setText(path)
        self._forget_answer()
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
