"""What opens under a chip: words on a card. Escape or a click elsewhere closes it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from inspector.ui.scrolling import scrolling
from inspector.ui.texts import PlainLabel


class ChipPopup(QFrame):
    """A subclass adds its words in `_fill`, which the constructor calls; `ems` is its width."""

    def __init__(self, name: str, ems: int, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("card")
        self.setAccessibleName(name)
        em = self._em = self.fontMetrics().height()
        inner = QWidget(self)
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(em, em, em, em)
        self._column.setSpacing(em // 3)
        self._fill()
        self._column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.addWidget(scrolling(inner, self))
        window = parent.window()
        width = min(em * ems, window.width() - em)
        inner.setFixedWidth(width - em)
        height = self._column.heightForWidth(inner.width()) + 4
        self.resize(width, min(height, window.height() * 2 // 3))

    def show_below(self, chip: QPushButton) -> None:
        """Open under `chip`, kept inside the window."""
        corner = chip.mapToGlobal(QPoint(chip.width(), chip.height() + self._em // 4))
        left = max(corner.x() - self.width(), chip.window().mapToGlobal(QPoint(0, 0)).x())
        self.move(left, corner.y())
        self.show()

    def _fill(self) -> None:
        raise NotImplementedError

    def _add(self, text: str, name: str = "") -> PlainLabel:
        """Add a text in the style `name`; it can be selected, to be copied."""
        label = PlainLabel(text, self, name)
        label.setWordWrap(True)
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._column.addWidget(label)
        return label
