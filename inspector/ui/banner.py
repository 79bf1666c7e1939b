"""A line above a page that tells what happened to its file, with what to do about it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from inspector.ui import assets, theme
from inspector.ui.texts import PlainLabel


class Banner(QFrame):
    """Hidden until `tell`, and empty: most banners never say a word.

    `acted` when its button was pressed, `dismissed` when it was closed.
    """

    acted = Signal()
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = "info"
        self.hide()

    def _fill(self) -> None:
        em = self.fontMetrics().height()
        self._icon = QLabel(self)
        self._text = PlainLabel("", self)
        self._text.setWordWrap(True)
        self._button = QPushButton(self)
        self._button.setObjectName("plain")
        self._button.clicked.connect(self._act)
        self._close = QToolButton(self)
        self._close.setObjectName("flat")
        self._close.setToolTip(self.tr("Dismiss"))
        self._close.setAccessibleName(self.tr("Dismiss this message"))
        self._close.clicked.connect(self._dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(em, em // 2, em // 2, em // 2)
        row.setSpacing(em * 2 // 3)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        row.addWidget(self._close)
        theme.changed.connect(self._paint_icons)

    def tell(self, text: str, action: str = "", tone: str = "warning") -> None:
        """Show `text` and, unless it is empty, a button named `action`.

        `tone` is `info`, `warning` or `error`; its icon says the same as its colour.
        """
        if self.layout() is None:
            self._fill()
        self._tone = tone
        self._text.setText(text)
        self._button.setText(action)
        self._button.setVisible(bool(action))
        self.setAccessibleName(text)
        self._paint_icons()
        self.show()

    @property
    def text(self) -> str:
        """What the banner says."""
        return self._text.text() if self.layout() is not None else ""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tint the ground with the tone, and close it with a line below."""
        painter = QPainter(self)
        tint = QColor(self._color())
        ground = self.contentsRect()
        painter.fillRect(ground, theme.colors().surface)
        tint.setAlpha(26)
        painter.fillRect(ground, tint)
        tint.setAlpha(120)
        painter.fillRect(0, ground.bottom(), self.width(), 1, tint)
        painter.end()

    def _act(self) -> None:
        self.hide()
        self.acted.emit()

    def _dismiss(self) -> None:
        self.hide()
        self.dismissed.emit()

    def _color(self) -> QColor:
        colors = theme.colors()
        tones = {"info": colors.accent, "warning": colors.changed, "error": colors.danger}
        return tones[self._tone]

    def _paint_icons(self) -> None:
        size = round(self.fontMetrics().height() * 1.25)
        self._icon.setPixmap(assets.picture(self._tone, self._color(), size))
        self._close.setIcon(assets.icon("close", theme.colors().muted))
        self.update()
