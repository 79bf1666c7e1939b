"""Labels for text from files: always plain, never guessed to be HTML."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from inspector.checkpoint.plain_text import shown


class PlainLabel(QLabel):
    """A label that shows its text as it is, whatever it looks like."""

    def __init__(self, text: str = "", parent: QWidget | None = None, name: str = "") -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setObjectName(name)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show `text`; unsafe characters in it are escaped, line by line."""
        super().setText("\n".join(shown(line) for line in text.split("\n")))

    def enlarge(self, factor: float) -> None:
        """Set the text in a larger size, and bolder."""
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * factor)
        font.setWeight(QFont.Weight.DemiBold)
        self.setFont(font)


class ElidedLabel(PlainLabel):
    """One line that gives up its middle when it is too long; the tip shows it whole."""

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        name: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
    ) -> None:
        self._whole = ""
        self._mode = mode
        super().__init__(text, parent, name)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("n" * 6))

    def setText(self, text: str) -> None:
        """Show as much of `text` as there is room for."""
        self._whole = shown(text)
        self.setToolTip(plain_tip(self._whole))
        self.setAccessibleName(self._whole)
        self._elide()

    def text(self) -> str:
        """Return the whole text."""
        return self._whole

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the text anew."""
        super().resizeEvent(event)
        self._elide()

    def sizeHint(self) -> QSize:
        """Ask for the room of the whole text."""
        hint = super().sizeHint()
        hint.setWidth(self.fontMetrics().horizontalAdvance(self._whole) + 2)
        return hint

    def _elide(self) -> None:
        room = max(self.width(), 20)
        PlainLabel.setText(self, self.fontMetrics().elidedText(self._whole, self._mode, room))


def counted(count: int, one: str, many: str) -> str:
    """Return `many` with the count filled in for `{}`, or `one` for a single thing.

    Qt's own `%n` needs a translation file even for English plurals.
    """
    return (one if count == 1 else many).format(f"{count:,}")


def plain_tip(text: str) -> str:
    """Return `text` for a tool tip: Qt would take one that looks like HTML for HTML."""
    if "<" not in text and "&" not in text:
        return text
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "<span>" + escaped.replace("\n", "<br>") + "</span>"
