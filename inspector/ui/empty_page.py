"""What the window shows without a file: what to do first, and the files opened lately."""

from __future__ import annotations

import os

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from inspector.checkpoint.plain_text import shown
from inspector.ui import assets, theme
from inspector.ui.texts import PlainLabel, plain_tip

_RECENT_SHOWN = 6


class EmptyPage(QWidget):
    """An invitation. `open_asked` opens the dialog, `path_asked` a recent file."""

    open_asked = Signal()
    path_asked = Signal(str)

    def __init__(self, recent: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        em = self.fontMetrics().height()
        self._icon = QLabel(self)
        self._icon_size = em * 4
        title = PlainLabel(self.tr("Open a PyTorch checkpoint"), self, "title")
        title.enlarge(1.5)
        hint = PlainLabel(
            self.tr(
                "Drop files or a model folder anywhere in this window: .pt, .pth, .bin, .ckpt, "
                ".safetensors, sharded sets.\nNothing in a file is ever executed."
            ),
            self,
            "muted",
        )
        hint.setWordWrap(True)
        hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        button = QPushButton(self.tr("Open…"), self)
        button.setObjectName("primary")
        button.setToolTip("Ctrl+O")
        button.clicked.connect(self.open_asked)
        self.setFocusProxy(button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(em, em, em, em)
        self._column.setSpacing(em * 2 // 3)
        self._column.addStretch(2)
        center = Qt.AlignmentFlag.AlignHCenter
        for widget in (self._icon, title):
            self._column.addWidget(widget, 0, center)
        self._column.addWidget(hint)
        self._column.addWidget(button, 0, center)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(em // 4)
        self._column.addSpacing(em)
        self._column.addLayout(self._recent)
        self._column.addStretch(3)
        theme.changed.connect(self._paint_icon)
        self._paint_icon()
        self.show_recent(recent)

    def show_recent(self, paths: list[str]) -> None:
        """List the newest of `paths`."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        center = Qt.AlignmentFlag.AlignHCenter
        if paths:
            self._recent.addWidget(PlainLabel(self.tr("Opened lately"), self, "muted"), 0, center)
        for path in paths[:_RECENT_SHOWN]:
            button = QPushButton(shown(_short(path), 80).replace("&", "&&"), self)
            button.setObjectName("link")
            button.setToolTip(plain_tip(shown(path)))
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(lambda checked=False, asked=path: self.path_asked.emit(asked))
            self._recent.addWidget(button, 0, center)

    def _paint_icon(self) -> None:
        picture = assets.icon("open", theme.colors().muted)
        self._icon.setPixmap(picture.pixmap(self._icon_size, self._icon_size))


def _short(path: str) -> str:
    folder, name = os.path.split(path)
    return f"{name}  ·  {os.path.basename(folder)}" if folder else name  # noqa: PTH119
