"""How a cell of the tree is painted: indent and arrow, a note beside the name, a sparkline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from inspector.checkpoint.plain_text import shown
from inspector.ui import theme
from inspector.ui.arrange import BYTES, DISTRIBUTION, DTYPE, NAME, PARAMETERS, SHAPE
from inspector.ui.tree_model import AnyIndex, TreeModel

if TYPE_CHECKING:
    from inspector.ui.tree_view import TreeView

MONOSPACED = frozenset({SHAPE, PARAMETERS, BYTES})
# As numbers: joined anew for each cell, the flags would take as long as its text.
AT_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
AT_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_ONE_LINE = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)


class TreeDelegate(QStyledItemDelegate):
    """Paints cells by hand: an arrow and indent, a muted note beside the name, no focus frames."""

    def __init__(self, view: TreeView) -> None:
        super().__init__(view)
        self._view = view
        self.measure()

    def measure(self) -> None:
        """Take over the view's font."""
        font = self._view.font()
        self.text_font = QFont(font)
        self.bold_font = QFont(font)
        self.bold_font.setWeight(QFont.Weight.DemiBold)
        self.mono_font = theme.monospace()
        self.mono_font.setPointSizeF(font.pointSizeF())
        metrics = QFontMetrics(font)
        self.height = round(metrics.height() * 1.5)
        self.pad = metrics.horizontalAdvance("n")
        self.indent = round(metrics.horizontalAdvance("n") * 2.1)

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """Return one height for all rows."""
        return QSize(10, self.height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Paint one cell."""
        model = self._view.tree_model
        if model is None:
            return
        line, column = index.row(), index.column()
        row = model.visible[line]
        rect: QRect = option.rect
        # Not `option.state`: QStyle is 8 ms of enumerations that PySide makes at the first look.
        selected = self._view.selection.isSelected(index)
        self._paint_ground(painter, rect, line, column, selected)
        if column == NAME:
            self._paint_name(painter, rect, model, row)
        elif column == DISTRIBUTION:
            self._paint_distribution(painter, rect, model, row)
        else:
            self._paint_text(painter, rect, model, row, column)

    def _paint_ground(
        self, painter: QPainter, rect: QRect, line: int, column: int, selected: bool
    ) -> None:
        colors = theme.colors()
        if selected:
            painter.fillRect(rect, colors.selection)
            if column == NAME and self._view.hasFocus():
                bar = QRect(rect.left(), rect.top(), max(2, self.pad // 3), rect.height())
                painter.fillRect(bar, colors.accent)
        elif line == self._view.hovered_line:
            painter.fillRect(rect, colors.hover)

    def _paint_name(self, painter: QPainter, rect: QRect, model: TreeModel, row: int) -> None:
        colors = theme.colors()
        left = rect.left() + self.pad + self.indent * model.rows.depths[row]
        if model.rows.is_group(row):
            self._paint_arrow(painter, left, rect, model.is_open(row))
        left += self.indent
        room = rect.right() - self.pad // 2 - left
        if room <= 0:
            return
        text = model.text(row, NAME)
        painter.setFont(self.text_font)
        painter.setPen(colors.text)
        metrics = painter.fontMetrics()
        # The sign of a warning is worth more than the last letters of a long name.
        marks = filter(None, (*model.marks(row), self._flagged(model, row)))
        signs = sum(metrics.horizontalAdvance(mark[0]) + self.pad for mark in marks)
        place = QRect(left, rect.top(), max(room - signs, room // 2), rect.height())
        used = self._draw(painter, place, text, metrics)
        self._paint_notes(painter, left + used + self.pad, rect, model, row)

    def _paint_notes(
        self, painter: QPainter, left: int, rect: QRect, model: TreeModel, row: int
    ) -> None:
        """Write what stands beside the name; of a warning without room its sign alone is left."""
        colors, metrics = theme.colors(), painter.fontMetrics()
        for note, color in (
            (model.mark(row), colors.danger),
            (self._flagged(model, row), colors.danger),
            (model.news.get(row, ""), colors.changed),
            (shown(model.rows.notes.get(row, "")), colors.muted),
        ):
            rest = rect.right() - self.pad // 2 - left
            if not note:
                continue
            if metrics.horizontalAdvance(note) > rest:
                if color is not colors.muted:
                    note = note.partition(" ")[0]
                elif not note.startswith("→"):  # a class: its own name says more than its module's
                    note = note.rpartition(".")[2]
            dotted = "." in note  # its end tells it from its neighbours
            least = 10 * metrics.averageCharWidth() if dotted else 2 * self.pad
            if rest < min(metrics.horizontalAdvance(note), least):
                continue
            painter.setPen(color)
            mode = Qt.TextElideMode.ElideMiddle if dotted else Qt.TextElideMode.ElideRight
            text = metrics.elidedText(note, mode, rest)
            place = QRect(left, rect.top(), rest, rect.height())
            left += self._draw(painter, place, text, metrics) + self.pad

    def _flagged(self, model: TreeModel, row: int) -> str:
        """Return what a scan warns of where its own column has no room."""
        if not model.found_in(row) or not self._view.isColumnHidden(DISTRIBUTION):
            return ""
        text = model.text(row, DISTRIBUTION)
        return text if text.startswith("⚠") else ""

    def _draw(self, painter: QPainter, place: QRect, text: str, metrics: QFontMetrics) -> int:
        width = metrics.horizontalAdvance(text)
        if width > place.width():
            text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, place.width())
        painter.drawText(place, _ONE_LINE, text)
        return min(width, place.width())

    def _paint_arrow(self, painter: QPainter, left: int, rect: QRect, opened: bool) -> None:
        size = self.pad * 0.42
        x, y = left + self.indent * 0.42, rect.center().y() + 0.5
        path = QPainterPath()
        if opened:
            path.moveTo(x - size, y - size / 2)
            path.lineTo(x, y + size / 2)
            path.lineTo(x + size, y - size / 2)
        else:
            path.moveTo(x - size / 2, y - size)
            path.lineTo(x + size / 2, y)
            path.lineTo(x - size / 2, y + size)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)  # a bar of the row above may have left one
        pen = QPen(theme.colors().muted, max(1.3, self.pad / 5))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPath(path)
        painter.restore()

    def _paint_text(
        self, painter: QPainter, rect: QRect, model: TreeModel, row: int, column: int
    ) -> None:
        text = model.text(row, column)
        if not text:
            return
        colors = theme.colors()
        strong = column in (SHAPE, PARAMETERS, BYTES) and not model.rows.is_group(row)
        painter.setFont(self.mono_font if column in MONOSPACED else self.text_font)
        painter.setPen(colors.text if strong else colors.muted)
        place = rect.adjusted(self.pad, 0, -self.pad, 0)
        metrics = painter.fontMetrics()
        if column == DTYPE and metrics.horizontalAdvance(text) > place.width():
            text = text.rpartition(".")[2]  # of a class, its own name
        if metrics.horizontalAdvance(text) > place.width():
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, AT_RIGHT if column in (PARAMETERS, BYTES) else AT_LEFT, text)

    def _paint_distribution(
        self, painter: QPainter, rect: QRect, model: TreeModel, row: int
    ) -> None:
        from inspector.ui.sparkline import GAP, flags_text, paint_flags, paint_sparkline

        place = rect.adjusted(self.pad, 0, -self.pad, 0)
        found, flags = model.bars.get(row), model.found_in(row)
        painter.setFont(self.text_font)
        if found is not None:
            words = painter.fontMetrics().horizontalAdvance(flags_text(flags)) + GAP + 1
            bars = max(place.width() - words, place.width() // 4) if flags else place.width()
            left = QRect(place.topLeft(), QSize(bars, place.height()))
            place.setLeft(paint_sparkline(painter, left, list(found.bars)).left())
        paint_flags(painter, place, flags)
