"""The tree of a comparison on screen: signs in the colour of their status, bars of change."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from inspector.ui import theme
from inspector.ui.compare_model import (
    CHANGE,
    COSINE,
    DEVICE,
    DTYPE,
    MAX_ABS,
    NAME,
    REL_L2,
    SHAPE,
    SHARE,
    STATUS,
    CompareModel,
)
from inspector.ui.tree_delegate import AT_LEFT, AT_RIGHT, TreeDelegate
from inspector.ui.tree_model import AnyIndex
from inspector.ui.tree_view import TreeView

_WIDTHS = {
    STATUS: "≠ other dtype, same values",
    SHAPE: "512 × 2048 × 3 × 3",
    DTYPE: "float32 → bfloat16",
    DEVICE: "cuda:0 → cpu",
    MAX_ABS: "1.23e−10",
    REL_L2: "relative L2",
    COSINE: "> 0.9999",
    SHARE: "99.99 %",
    CHANGE: "▁▂▃▅▇▅▃▂▁",
}
_GIVEN_UP = (SHARE, DEVICE, COSINE, SHAPE, CHANGE, DTYPE, MAX_ABS, REL_L2)
"""Columns that a narrow view does without, the first one first."""
_MONOSPACED = frozenset({SHAPE, MAX_ABS, REL_L2, COSINE, SHARE})


def status_color(status: str) -> QColor:
    """Return the colour of a status; its sign and word say the same."""
    colors = theme.colors()
    return {
        "changed": colors.changed,
        "dtype": colors.changed,
        "shape": colors.danger,
        "unreadable": colors.danger,
        "only_a": colors.a,
        "only_b": colors.b,
    }.get(status, colors.muted)


class CompareDelegate(TreeDelegate):
    """Paints statuses and bars; names and ground as in any tree."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Paint one cell."""
        model = self._view.tree_model
        if not isinstance(model, CompareModel):
            return
        line, column = index.row(), index.column()
        row = model.visible[line]
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        self._paint_ground(
            painter, rect, line, column, bool(state & QStyle.StateFlag.State_Selected)
        )
        if column == NAME:
            self._paint_name(painter, rect, model, row)
        elif column == CHANGE:
            self._paint_change(painter, rect, model, row)
        else:
            self._paint_cell(painter, rect, model, row, column)

    def _paint_cell(
        self, painter: QPainter, rect: QRect, model: CompareModel, row: int, column: int
    ) -> None:
        text = model.text(row, column)
        if not text:
            return
        colors, status = theme.colors(), model.compared.status(row)
        painter.setFont(self.mono_font if column in _MONOSPACED else self.text_font)
        differs = column != STATUS and "→" in text
        color = status_color(status) if column == STATUS or differs else colors.muted
        if column in model.at_the_right and status not in ("identical", "close"):
            color = colors.text
        painter.setPen(colors.danger if text.startswith("⚠") else color)
        place = rect.adjusted(self.pad, 0, -self.pad, 0)
        metrics = painter.fontMetrics()
        if metrics.horizontalAdvance(text) > place.width():
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, AT_RIGHT if column in model.at_the_right else AT_LEFT, text)

    def _paint_change(self, painter: QPainter, rect: QRect, model: CompareModel, row: int) -> None:
        part = model.bar(row)
        if part is None:
            return
        place = rect.adjusted(self.pad, 0, -self.pad, 0)
        height = max(4.0, rect.height() * 0.26)
        bar = QRectF(place.left(), 0, max(2.0, place.width() * part), height)
        bar.moveTop(rect.top() + (rect.height() - height) / 2)
        color = QColor(status_color(model.compared.status(row)))
        if model.rows.is_group(row):
            color.setAlphaF(0.55)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(bar, height / 3, height / 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


class CompareView(TreeView):
    """A `TreeView` of a `CompareModel`; in a narrow window the measures give way."""

    samples = _WIDTHS
    given_up = _GIVEN_UP
    of_values = STATUS
    squeezed = "≠ 18 changed"
    monospaced = _MONOSPACED

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Differences between A and B"))
        self.delegate = CompareDelegate(self)
        self.setItemDelegate(self.delegate)

    def wanted_columns(self) -> set[int]:
        """Return the columns of the measures; dtype and device have one only where they differ."""
        model = self.tree_model
        differing = model.compared.differing if isinstance(model, CompareModel) else frozenset()
        wanted = set(_WIDTHS)
        wanted -= {DTYPE} if "dtype" not in differing else set()
        wanted -= {DEVICE} if "device" not in differing else set()
        return wanted
