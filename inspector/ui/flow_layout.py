"""Widgets side by side, on as many lines as the width needs; some of them kept at the right."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget


class FlowLayout(QLayout):
    """Left-aligned flow; widgets from `add_right` end the line they fall on at its right edge."""

    def __init__(self, parent: QWidget, gap: int) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._right: set[QWidget] = set()
        self._heights: dict[int, int] = {}
        """By width; Qt asks for the same ones again and again."""
        self.setSpacing(gap)

    def add_right(self, widget: QWidget) -> None:
        """Add `widget` to those at the right."""
        self._right.add(widget)
        self.addWidget(widget)

    def addItem(self, item: QLayoutItem) -> None:
        """Take over `item`."""
        self._items.append(item)

    def count(self) -> int:
        """Return the number of items."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return an item, or None past the end."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Give an item back."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Ask for no more room than needed."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Narrower means higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines at `width`."""
        if width not in self._heights:
            self._heights[width] = self._place(QRect(0, 0, width, 0), move=False)
        return self._heights[width]

    def invalidate(self) -> None:
        """Forget what was worked out: a widget came, went or wants another size."""
        self._heights.clear()
        super().invalidate()

    def setGeometry(self, rect: QRect) -> None:
        """Place the widgets."""
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        """Return the least size; the width is the parent's business."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """Return the room for the widest item."""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(QSize(item.minimumSize().width(), item.sizeHint().height()))
        margins = self.contentsMargins()
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _place(self, rect: QRect, move: bool) -> int:
        margins = self.contentsMargins()
        area = rect.adjusted(margins.left(), margins.top(), -margins.right(), 0)
        top = area.top()
        for line in self._lines(area.width()):
            height = max(item.sizeHint().height() for item in line)
            if move:
                self._place_line(line, QRect(area.left(), top, area.width(), height))
            top += height + self.spacing()
        return top - self.spacing() + margins.bottom() - rect.top()

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        lines: list[list[QLayoutItem]] = []
        used = width + 1
        for item in self._items:
            widget = item.widget()
            if widget is not None and widget.isHidden():
                continue
            size = item.sizeHint().width()
            room = size
            if widget in self._right and not (lines and lines[-1][-1].widget() in self._right):
                room = self._right_width()  # they stay together
            if used + self.spacing() + room > width:
                lines.append([])
                used = -self.spacing()
            lines[-1].append(item)
            used += self.spacing() + size
        return lines

    def _right_width(self) -> int:
        widths = [widget.sizeHint().width() for widget in self._right if not widget.isHidden()]
        return sum(widths) + self.spacing() * (len(widths) - 1)

    def _place_line(self, line: list[QLayoutItem], rect: QRect) -> None:
        left = rect.left()
        sizes = [min(item.sizeHint().width(), rect.width()) for item in line]
        total = sum(sizes) + self.spacing() * (len(line) - 1)
        moved = False
        for item, width in zip(line, sizes, strict=True):
            if item.widget() in self._right and not moved:
                left += rect.width() - total
                moved = True
            item.setGeometry(QRect(QPoint(left, rect.top()), QSize(width, rect.height())))
            left += width + self.spacing()


def flowing(widget: QWidget) -> QWidget:
    """Let `widget` be as high as its flow needs at the width it is given."""
    policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    widget.setSizePolicy(policy)
    return widget
