"""What the window shows without a file: what to do first, and the files opened lately."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from inspector.checkpoint.plain_text import shown
from inspector.ui import assets, theme
from inspector.ui.recent import RecentFile
from inspector.ui.texts import PlainLabel, plain_tip

_RECENT_SHOWN = 6


class _RecentRow(QPushButton):
    """A file's name, its folder and its kind, in columns; `text` has all of them."""

    def __init__(self, entry: RecentFile, state: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("recent")
        kind = self.tr("comparison") if entry.compared_with else shown(entry.kind, 40)
        self._parts = entry.title, entry.folder, state or kind
        self.setText("  ·  ".join(filter(None, (*self._parts[:2], kind, state))))
        paths = filter(None, (entry.path, entry.compared_with))
        self.setToolTip(plain_tip("\n".join(map(shown, paths))))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setEnabled(not state)
        em = self.fontMetrics().height()
        self.setFixedHeight(round(em * 1.8))
        self.setMinimumWidth(em * 12)

    def sizeHint(self) -> QSize:
        """Ask for lines of one width."""
        return QSize(self.fontMetrics().height() * 44, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground of what the pointer or the keyboard is on, and the three columns."""
        colors, metrics = theme.colors(), self.fontMetrics()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        em = metrics.height()
        if self.underMouse() and self.isEnabled():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.hover)
            painter.drawRoundedRect(self.rect(), 4, 4)
        if self.hasFocus():
            painter.setPen(colors.accent)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        place = self.rect().adjusted(em // 2, 0, -em // 2, 0)
        name, folder, kind = self._parts
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(colors.muted)
        painter.drawText(place, int(middle | Qt.AlignmentFlag.AlignRight), kind)
        place.setRight(place.right() - metrics.horizontalAdvance(kind) - em)
        painter.setPen(colors.text if self.isEnabled() else colors.muted)
        short = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, place.width() * 2 // 3)
        painter.drawText(place, int(middle), short)
        place.setLeft(place.left() + metrics.horizontalAdvance(short) + em)
        painter.setPen(colors.muted)
        folder = metrics.elidedText(folder, Qt.TextElideMode.ElideMiddle, place.width())
        painter.drawText(place, int(middle), folder)


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
        self._recent.setSpacing(0)
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
            row = _RecentRow(entry, self.tr("missing") if entry in missing else "", self)
            row.clicked.connect(lambda checked=False, entry=entry: self.recent_asked.emit(entry))
            self._recent.addWidget(row, 0, center)

    def _paint_icon(self) -> None:
        self._icon.setPixmap(assets.picture("open", theme.colors().muted, self._icon_size))
