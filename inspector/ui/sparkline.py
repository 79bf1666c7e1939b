"""A histogram of a few dozen bars in a table cell, and the flags of a tensor beside it.

Painted straight into the row: no widget, no pyqtgraph, nothing computed but heights.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QCoreApplication, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from inspector.ui import theme

MAX_WIDTH = 96
"""Pixels that the bars take at most; wider ones look like a chart and say no more."""
GAP = 8
"""Pixels between the bars and the words behind them."""
_AIR = 0.18
"""Part of the row's height left free above and below, so that rows do not grow together."""
GRAVE = frozenset({"nan", "inf", "unreadable"})
_ORDER = (
    "unreadable",
    "nan",
    "inf",
    "no-data",
    "zero",
    "constant",
    "sparse",
    "f16-overflow",
    "f16-underflow",
    "duplicate",
)


def flag_words(flag: str) -> str:
    """Return what a flag of a scan is called in the window."""
    return {
        "nan": QCoreApplication.translate("Flags", "NaN"),
        "inf": QCoreApplication.translate("Flags", "Inf"),
        "zero": QCoreApplication.translate("Flags", "all zero"),
        "constant": QCoreApplication.translate("Flags", "constant"),
        "sparse": QCoreApplication.translate("Flags", "mostly zero"),
        "f16-overflow": QCoreApplication.translate("Flags", "fp16 overflow"),
        "f16-underflow": QCoreApplication.translate("Flags", "fp16 underflow"),
        "duplicate": QCoreApplication.translate("Flags", "duplicate"),
        "no-data": QCoreApplication.translate("Flags", "no data"),
        "unreadable": QCoreApplication.translate("Flags", "unreadable"),
    }.get(flag, flag)


def flags_text(flags: Collection[str]) -> str:
    """Return the flags in one line, gravest first: "⚠ NaN · all zero"; empty without flags."""
    known = [flag for flag in _ORDER if flag in flags]
    words = [flag_words(flag) for flag in known + sorted(set(flags) - set(known))]
    if not words:
        return ""
    sign = "⚠" if GRAVE & set(flags) else "•"
    return f"{sign} {' · '.join(words)}"


def paint_sparkline(
    painter: QPainter, cell: QRect, counts: Sequence[float], color: QColor | None = None
) -> QRect:
    """Draw `counts` as bars at the left of `cell`; return what is left of the cell.

    Heights go by the square root, so that the tails of a distribution are seen beside its peak.
    """
    air = cell.height() * _AIR
    width = min(MAX_WIDTH, cell.width())
    peak = max(counts, default=0.0)
    if peak > 0 and width >= len(counts):
        each = width / len(counts)
        room = cell.height() - 2 * air
        bottom = cell.bottom() + 1 - air
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color or theme.colors().a)
        bars = [(place, count) for place, count in enumerate(counts) if count > 0]
        if len(bars) == 1:  # all values are one: it is not at the left end of anything
            bars = [(len(counts) // 2, peak)]
        for place, count in bars:
            height = max(room * (count / peak) ** 0.5, 1.0)
            left = cell.left() + place * each
            painter.drawRect(QRectF(left, bottom - height, max(each - 0.6, 0.8), height))
        painter.restore()
    return cell.adjusted(width + GAP if peak > 0 else 0, 0, 0, 0)


def paint_flags(painter: QPainter, cell: QRect, flags: Collection[str]) -> None:
    """Write the flags into `cell`, cut with an ellipsis where it is too narrow."""
    text = flags_text(flags)
    if not text or cell.width() <= 0:
        return
    colors = theme.colors()
    grave = bool(GRAVE & set(flags))
    painter.save()
    painter.setPen(colors.danger if grave else colors.changed)
    cut = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, cell.width())
    painter.drawText(cell, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, cut)
    painter.restore()
