"""The page of a file that cannot be opened: what is wrong, where, and what to do next."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from inspector.checkpoint.errors import CheckpointError, NotACheckpointError, UnreadableFileError
from inspector.checkpoint.plain_text import shown
from inspector.ui import assets, theme
from inspector.ui.reasons import in_words, sentence
from inspector.ui.texts import PlainLabel


class ErrorPage(QWidget):
    """`error` in words, with *Try again* and *Copy details*."""

    retried = Signal()

    def __init__(self, path: str, error: CheckpointError, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._details = f"{shown(path)}\n{error.code}: {error.what()}"
        em = self.fontMetrics().height()
        self._icon = QLabel(self)
        self._icon_size = em * 3
        column = QVBoxLayout(self)
        column.setContentsMargins(em * 2, em * 2, em * 2, em * 2)
        column.setSpacing(em // 2)
        column.addStretch(2)
        column.addWidget(self._icon)
        column.addSpacing(em // 2)
        title = self._line(sentence(error.message), "title")
        title.enlarge(1.35)
        column.addWidget(title)
        column.addWidget(self._line(path, "muted"))
        if error.where:
            column.addWidget(self._line(self.tr("Where: {}").format(in_words(error.where))))
        advice = error.advice or self.tr("Check that the file is complete, then try again")
        if isinstance(error, UnreadableFileError) and not error.advice:
            advice = self.tr("Check that it is still there and may be read, then try again")
        column.addWidget(self._line(sentence(advice)))
        column.addSpacing(em)
        column.addLayout(self._buttons(isinstance(error, NotACheckpointError)))
        column.addStretch(3)
        self.setMaximumWidth(em * 46)
        self.setAccessibleName(self.tr("This file cannot be opened"))
        theme.changed.connect(self._paint_icon)
        self._paint_icon()

    @property
    def details(self) -> str:
        """What *Copy details* puts on the clipboard."""
        return self._details

    def _line(self, text: str, name: str = "") -> PlainLabel:
        label = PlainLabel(shown(text), self, name)
        label.setWordWrap(True)
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        return label

    def _buttons(self, for_good: bool) -> QHBoxLayout:
        again = QPushButton(self.tr("Try again"), self)
        again.setObjectName("plain" if for_good else "primary")
        again.clicked.connect(self.retried)
        copy = QPushButton(self.tr("Copy details"), self)
        copy.setObjectName("plain")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._details))
        row = QHBoxLayout()
        row.addWidget(again)
        row.addWidget(copy)
        row.addStretch(1)
        self.setFocusProxy(again)
        return row

    def _paint_icon(self) -> None:
        self._icon.setPixmap(assets.picture("error", theme.colors().danger, self._icon_size))
