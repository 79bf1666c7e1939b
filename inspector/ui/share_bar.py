"""One stacked bar with its legend: bytes by kind, by dtype, by device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.checkpoint.units import bytes_text
from inspector.ui import number_text, theme


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the bar: its word, its bytes, and a fixed colour if it has one."""

    word: str
    nbytes: int
    color: QColor | None = None


class ShareBar(QWidget):
    """Title, bar and legend; the legend names every part with bytes and share."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._shares: tuple[Share, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self.update)

    def show_shares(self, shares: Sequence[Share]) -> None:
        """Show these, largest first."""
        self._shares = tuple(sorted(shares, key=lambda share: -share.nbytes))
        total = sum(share.nbytes for share in self._shares)
        words = ", ".join(self._legend(share, total) for share in self._shares)
        self.setAccessibleName(f"{self._title}: {words}")
        self.setToolTip(words)
        self.setVisible(bool(total))
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Say that the legend wraps."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of bar and legend."""
        line = self._metrics().height()
        return round(line * 0.75 + line * 1.35 * (1 + self._walk(None, width)))

    def sizeHint(self) -> QSize:
        """Return the size in one line."""
        return QSize(200, self.heightForWidth(max(self.width(), 200)))

    def minimumSizeHint(self) -> QSize:
        """Return the least size."""
        return QSize(100, self.heightForWidth(max(self.width(), 100)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw bar and legend."""
        total = sum(share.nbytes for share in self._shares)
        if not total:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = self._metrics().height() * 0.6
        left = 0.0
        painter.setPen(Qt.PenStyle.NoPen)
        for place, share in enumerate(self._shares):
            width = self.width() * share.nbytes / total
            painter.setBrush(self._color(place))
            painter.drawRect(QRectF(left, 0, max(width - 1, 1), height))
            left += width
        self._walk(painter, self.width())

    def _walk(self, painter: QPainter | None, width: int) -> int:
        """Lay out the legend, drawing it if there is a painter; return its further lines."""
        metrics = self._metrics()
        line, swatch = metrics.height(), metrics.height() * 0.6
        total = sum(share.nbytes for share in self._shares)
        x, y = 0.0, line * 0.85
        lines = 0
        entries: list[tuple[int | None, str]] = [(None, self._title)]
        entries += [(place, self._legend(s, total)) for place, s in enumerate(self._shares)]
        for place, text in entries:
            mark = 0.0 if place is None else swatch + 5
            need = mark + metrics.horizontalAdvance(text)
            if x and x + need > width:
                x, y, lines = 0.0, y + line * 1.35, lines + 1
            if painter is not None:
                self._draw_entry(painter, place, text, x, y)
            x += need + line
        return lines

    def _draw_entry(
        self, painter: QPainter, place: int | None, text: str, x: float, y: float
    ) -> None:
        metrics = self._metrics()
        swatch = metrics.height() * 0.6
        painter.setPen(Qt.PenStyle.NoPen)
        if place is not None:
            painter.setBrush(self._color(place))
            painter.drawRect(QRectF(x, y + (metrics.height() - swatch) / 2, swatch, swatch))
            x += swatch + 5
        painter.setPen(theme.colors().muted if place is None else theme.colors().text)
        painter.drawText(QRectF(x, y, self.width() - x, metrics.height()), text)

    def _legend(self, share: Share, total: int) -> str:
        part = number_text.share(share.nbytes, total)
        return f"{share.word} {bytes_text(share.nbytes)} ({part})"

    def _color(self, place: int) -> QColor:
        """Return the part's own colour, or one of a row that differs in lightness as well."""
        own = self._shares[place].color
        if own is not None:
            return own
        colors = theme.colors()
        row = (colors.a, colors.b, colors.ok, colors.changed, colors.muted, colors.border)
        return row[min(place, len(row) - 1)]

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(self.font())
