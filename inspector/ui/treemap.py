"""Where the bytes are: nested rectangles, each as large as its share, each a way into the tree."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.checkpoint.kinds import AVERAGE, MODEL, OPTIMIZER
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.units import bytes_text
from inspector.ui import number_text, theme
from inspector.ui.overview_parts import Part
from inspector.ui.treemap_layout import squarify

_MAX_BOXES = 1500
_MOST = 300
"""Children of one part drawn for themselves; a screen has no room for more."""
_GAP = 1.5


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the map; one with a `heading` holds others. Of its `names`, the first for
    which there is room is written; the later ones are shorter and still tell it from its
    neighbours."""

    part: Part
    names: tuple[str, ...]
    area: QRectF
    depth: int
    heading: bool


def kind_color(kind: str) -> QColor:
    """Return the colour of model, optimizer, averaged copy and other."""
    colors = theme.colors()
    chosen = {MODEL: colors.a, OPTIMIZER: colors.muted, AVERAGE: colors.ok}
    return chosen.get(kind, colors.changed)


class Treemap(QWidget):
    """The map of one tree of parts; mouse or arrow keys point, click or Enter chooses."""

    pointed = Signal(str)
    """A sentence about the part pointed at; empty for none."""
    key_activated = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._root: Part | None = None
        self._boxes: list[Box] = []
        self._current: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Where the bytes are"))
        theme.changed.connect(self.update)

    @property
    def boxes(self) -> list[Box]:
        """The rectangles there are, outer before inner."""
        return self._boxes

    def show_parts(self, root: Part | None) -> None:
        """Show the map of `root`."""
        self._root = root
        self._current = None
        self._lay_out()
        if root is not None:
            largest = [self._sentence(part) for part in islice(root.children.values(), 8)]
            self.setAccessibleDescription("; ".join(largest))

    def minimumSizeHint(self) -> QSize:
        """Leave room for a few names."""
        em = self.fontMetrics().height()
        return QSize(em * 10, em * 7)

    def sizeHint(self) -> QSize:
        """Ask for a picture's room."""
        em = self.fontMetrics().height()
        return QSize(em * 30, em * 11)

    # Laying out

    def _lay_out(self) -> None:
        self._boxes = []
        if self._root is not None and self._root.nbytes:
            self._place(self._root, QRectF(self.rect()), 0)
        self.update()

    def _place(self, part: Part, area: QRectF, depth: int) -> None:
        children = [child for child in islice(part.children.values(), _MOST) if child.nbytes]
        sizes = [float(child.nbytes) for child in children]
        rest = part.nbytes - sum(sizes)
        if rest > 0:
            sizes.append(rest)
        rect = (area.left(), area.top(), area.width(), area.height())
        placed = [QRectF(*found).adjusted(0, 0, -_GAP, -_GAP) for found in squarify(sizes, rect)]
        # Equals look alike: if one layer has no room for its parts, no layer of its size shows any.
        full = {
            child.nbytes
            for child, inner in zip(children, placed, strict=False)
            if not self._has_room(inner)
        }
        for child, inner in zip(children, placed, strict=False):
            self._place_one(child, inner, depth, child.nbytes not in full)
        if rest > 0:
            label = self.tr("{count} more").format(count=f"{len(part.children) - len(children):,}")
            tensors = part.tensors - sum(child.tensors for child in children)
            smaller = Part(label, part.within, part.end, part.kind, round(rest), tensors)
            self._boxes.append(Box(smaller, (label,), placed[-1], depth, heading=False))

    def _has_room(self, area: QRectF) -> bool:
        """Whether a heading fits, and something below it."""
        line = QFontMetricsF(self.font()).height()
        return area.width() > 5 * line and area.height() > 3.2 * line

    def _place_one(self, part: Part, inner: QRectF, depth: int, room: bool) -> None:
        if inner.width() < 2 or inner.height() < 2 or len(self._boxes) >= _MAX_BOXES:
            return
        end, names = _single_file(part)
        heading = bool(end.children) and room
        self._boxes.append(Box(end, names, inner, depth, heading))
        if heading:
            line = QFontMetricsF(self.font()).height()
            below = inner.adjusted(3, line * 1.35, -3 + _GAP, -3 + _GAP)
            self._place(end, below, depth + 1)

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the boxes with their names where these fit."""
        painter = QPainter(self)
        for place, box in enumerate(self._boxes):
            self._paint_box(painter, box, place == self._current)
        if self.hasFocus() and self._current is None:
            painter.setPen(QPen(theme.colors().accent, 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint_box(self, painter: QPainter, box: Box, current: bool) -> None:
        colors = theme.colors()
        color = kind_color(box.part.kind)
        strength = 0.13 if box.heading else min(0.38 + 0.1 * box.depth, 0.6)
        painter.fillRect(box.area, _mixed(colors.window, color, strength))
        if current:
            painter.setPen(QPen(colors.text, 2))
            painter.drawRect(box.area.adjusted(1, 1, -1, -1))
        metrics = QFontMetricsF(self.font())
        inside = box.area.adjusted(5, 2, -4, -2)
        if inside.height() < metrics.height() or inside.width() < 2.2 * metrics.height():
            return
        painter.setPen(colors.text)
        size = bytes_text(box.part.nbytes)
        fitting = (name for name in box.names if metrics.horizontalAdvance(name) <= inside.width())
        name = next(fitting, box.names[-1])
        name = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, inside.width())
        wide = metrics.horizontalAdvance(f"{name}   {size}") <= inside.width()
        flags = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
        painter.drawText(inside, flags, f"{name}   {size}" if wide else name)
        below = inside.adjusted(0, metrics.height(), 0, 0)
        fits = (
            below.height() >= metrics.height() and metrics.horizontalAdvance(size) <= below.width()
        )
        if fits and not wide and not box.heading:
            painter.drawText(below, flags, size)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        super().resizeEvent(event)
        self._current = None
        self._lay_out()

    # Pointing and choosing

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the innermost box under the mouse."""
        self._point(self._box_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        self._point(None)
        super().leaveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the box under the mouse."""
        place = self._box_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self.key_activated.emit(self._boxes[place].part.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys go to the nearest box on that side, Enter chooses."""
        directions = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        key = Qt.Key(event.key())
        if key in directions and self._boxes:
            self._step(*directions[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current is not None:
            self.key_activated.emit(self._boxes[self._current].part.key)
        else:
            super().keyPressEvent(event)

    def _box_at(self, at: QPoint) -> int | None:
        for place in range(len(self._boxes) - 1, -1, -1):
            if self._boxes[place].area.contains(at):
                return place
        return None

    def _point(self, place: int | None) -> None:
        if place != self._current:
            self._current = place
            self.update()
            self.pointed.emit("" if place is None else self._words(self._boxes[place]))

    def _words(self, box: Box) -> str:
        """Return the sentence about a box, led by the parameter whose state it is."""
        sentence = self._sentence(box.part)
        owned = len(box.names) == 3 and box.names[1] != box.names[2]
        return f"{box.names[1]}  ·  {sentence}" if owned else sentence

    def _step(self, right: int, down: int) -> None:
        leaves = [place for place, box in enumerate(self._boxes) if not box.heading]
        if self._current is None:
            self._point(leaves[0])
            return
        here = self._boxes[self._current].area.center()
        best, nearest = None, float("inf")
        for place in leaves:
            there = self._boxes[place].area.center()
            ahead = (there.x() - here.x()) * right + (there.y() - here.y()) * down
            aside = abs((there.x() - here.x()) * down) + abs((there.y() - here.y()) * right)
            if place != self._current and ahead > 1 and ahead + 3 * aside < nearest:
                best, nearest = place, ahead + 3 * aside
        if best is not None:
            self._point(best)

    def _sentence(self, part: Part) -> str:
        total = self._root.nbytes if self._root else 0
        text = self.tr("{key}: {size}, {share} of the file's tensors, {count} tensors")
        if part.tensors == 1:
            text = self.tr("{key}: {size}, {share} of the file's tensors")
        return text.format(
            key=shown(part.key, 200),
            size=bytes_text(part.nbytes),
            share=number_text.share(part.nbytes, total),
            count=f"{part.tensors:,}",
        )


def _single_file(part: Part) -> tuple[Part, tuple[str, ...]]:
    """Return where a chain of only children ends, and what to call it: all names of the chain, the
    first of them, and what that is called in the file (a number, for the state of a parameter)."""
    first, names = part, [part.name]
    while len(part.children) == 1:
        (part,) = part.children.values()
        names.append(part.name)
    all_names = shown(".".join(names), 120)
    return part, (all_names, shown(first.name, 120), shown(first.key.rpartition(".")[2], 120))


def _mixed(ground: QColor, color: QColor, strength: float) -> QColor:
    """Return `color` laid over `ground`; text stays readable on it up to a strength of 0.6."""
    rest = 1 - strength
    return QColor(
        round(ground.red() * rest + color.red() * strength),
        round(ground.green() * rest + color.green() * strength),
        round(ground.blue() * rest + color.blue() * strength),
    )
