"""What lies over a file's page while another file is dragged over the window.

The left half takes it as A of a comparison, the right half as B, the strip below just opens it.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFont,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from inspector.checkpoint.plain_text import shown
from inspector.ui import theme

A, B, OPEN = "a", "b", "open"


class DropHalves(QWidget):
    """Hidden until `offer`; `dropped` carries where it was dropped and the path."""

    dropped = Signal(str, object)
    """`A`, `B` or `OPEN`, and the path."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._page = parent
        self.setAcceptDrops(True)
        self._name = ""
        self._over = ""
        self.setAccessibleName(self.tr("Drop to compare"))
        self.hide()

    def offer(self, name: str) -> None:
        """Cover the parent; `name` is the file that what is dropped would be compared with."""
        self._name, self._over = shown(name, 60), ""
        self.setGeometry(self._page.rect())
        self.show()
        self.raise_()

    def zone_at(self, place: QPointF) -> str:
        """Return which zone a place lies in."""
        if place.y() > self.height() * 0.8:
            return OPEN
        return A if place.x() < self.width() / 2 else B

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take the file."""
        event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Light up the zone below the file."""
        event.acceptProposedAction()
        over = self.zone_at(event.position())
        if over != self._over:
            self._over = over
            self.update()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Go: the file left the window."""
        self.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell what was dropped where."""
        self.hide()
        event.acceptProposedAction()
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            self.dropped.emit(self.zone_at(event.position()), paths[0])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the zones."""
        colors = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(colors.window)
        ground.setAlphaF(0.9)
        painter.fillRect(self.rect(), ground)
        gap, wide, high = 14.0, float(self.width()), float(self.height())
        half, top = wide / 2, high * 0.8
        left = QRectF(gap, gap, half - 1.5 * gap, top - 1.5 * gap)
        right = left.translated(half - 0.5 * gap, 0)
        below = QRectF(gap, top + gap / 2, wide - 2 * gap, high - top - 1.5 * gap)
        name = self._name
        self._zone(painter, left, A, colors.a, self.tr("Compare as A"), self.tr("{} is B"), name)
        self._zone(painter, right, B, colors.b, self.tr("Compare as B"), self.tr("{} is A"), name)
        self._zone(painter, below, OPEN, colors.muted, self.tr("Open in a tab of its own"), "", "")
        painter.end()

    def _zone(
        self,
        painter: QPainter,
        rect: QRectF,
        zone: str,
        color: QColor,
        title: str,
        detail: str,
        name: str,
    ) -> None:
        fill = QColor(color)
        fill.setAlphaF(0.22 if zone == self._over else 0.07)
        painter.setBrush(fill)
        painter.setPen(QPen(color, 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(rect, 10, 10)
        large = QFont(self.font())
        large.setPointSizeF(large.pointSizeF() * 1.5)
        large.setWeight(QFont.Weight.DemiBold)
        painter.setFont(large)
        painter.setPen(color)
        line = painter.fontMetrics().height() * 0.75
        middle = rect.translated(0, -line if detail else 0)
        painter.drawText(middle, Qt.AlignmentFlag.AlignCenter, title)
        painter.setFont(self.font())
        painter.setPen(theme.colors().muted)
        lower = rect.translated(0, line)
        painter.drawText(lower, Qt.AlignmentFlag.AlignCenter, detail.format(name))
