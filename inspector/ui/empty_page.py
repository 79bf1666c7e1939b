"""What the window shows without a file: what to do first, and the files opened lately."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from inspector.checkpoint.plain_text import shown
from inspector.ui import assets, theme
from inspector.ui.recent import RecentFile
from inspector.ui.texts import PlainLabel, plain_tip

_RECENT_SHOWN = 6


class EmptyPage(QWidget):
    """An invitation. `open_asked` opens the dialog, `recent_asked` carries a recent file."""

    open_asked = Signal()
    recent_asked = Signal(object)

    def __init__(self, recent: list[RecentFile], parent: QWidget | None = None) -> None:
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
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._column = QVBoxLayout()
        self._outer.addLayout(self._column, 1)
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

    def put_on_top(self, banner: QWidget) -> None:
        """Show `banner` above everything else, from edge to edge."""
        self._outer.insertWidget(0, banner)

    def show_recent(
        self, recent: list[RecentFile], missing: Collection[RecentFile] = frozenset()
    ) -> None:
        """List the newest of `recent`; those that are `missing` say so."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        center = Qt.AlignmentFlag.AlignHCenter
        if recent:
            self._recent.addWidget(PlainLabel(self.tr("Recent files"), self, "muted"), 0, center)
        for entry in recent[:_RECENT_SHOWN]:
            self._recent.addWidget(self._link(entry, entry in missing), 0, center)

    def _link(self, entry: RecentFile, missing: bool) -> QPushButton:
        facts = [entry.title, entry.folder, shown(entry.kind, 40)]
        if missing:
            facts.append(self.tr("missing"))
        text = "  ·  ".join(fact for fact in facts if fact)
        button = QPushButton(text.replace("&", "&&"), self)
        button.setObjectName("link")
        button.setEnabled(not missing)
        button.setToolTip(plain_tip(shown(entry.path)))
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(lambda: self.recent_asked.emit(entry))
        return button

    def _paint_icon(self) -> None:
        picture = assets.icon("open", theme.colors().muted)
        self._icon.setPixmap(picture.pixmap(self._icon_size, self._icon_size))
