"""Ctrl+K: type a few letters of a command or of a key, and go there.

Laid over the window as a child of it, because a pop-up of its own cannot be placed on Wayland.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenuBar,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from inspector.checkpoint.plain_text import shown
from inspector.ui import assets, theme
from inspector.ui.arrange import SHAPE
from inspector.ui.menu_actions import menu_actions, shortcut_text
from inspector.ui.palette_ranking import rank
from inspector.ui.texts import PlainLabel
from inspector.ui.tree_model import TreeModel

_SHOWN = 60
_ROWS = 12
_LABEL = Qt.ItemDataRole.UserRole
_HINT = Qt.ItemDataRole.UserRole + 1
_ICON = Qt.ItemDataRole.UserRole + 2
_CHOICE = Qt.ItemDataRole.UserRole + 3
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


def _no_hint(index: int) -> str:
    return ""


@dataclass(frozen=True)
class Source:
    """Things of one kind that can be gone to: `choose(index)` goes to `labels[index]`.

    `hint(index)` stands at the right of a label: a shortcut, a shape. `icon` is a name for
    `assets.icon`.
    """

    labels: Sequence[str]
    choose: Callable[[int], object]
    hint: Callable[[int], str] = _no_hint
    icon: str = ""
    folded: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "folded", [label.casefold() for label in self.labels])


def command_source(menus: QMenuBar) -> Source:
    """Return a source of everything enabled in `menus`, with its shortcut."""
    offered = [(names, action) for names, action in menu_actions(menus) if action.isEnabled()]
    return Source(
        # The menu's own name says little; a submenu's is half the command: "Theme › Dark".
        labels=[" › ".join(names[1:]) for names, _ in offered],
        choose=lambda index: offered[index][1].trigger(),
        hint=lambda index: shortcut_text(offered[index][1]),
        icon="chevron-right",
    )


def key_source(model: TreeModel, choose: Callable[[int], object], title: str) -> Source:
    """Return a source of the keys in a tree; `title` names their file."""

    def hint(row: int) -> str:
        return "  ·  ".join(part for part in (model.text(row, SHAPE), title) if part)

    return Source(model.rows.keys, choose, hint, "tensor")


class CommandPalette(QFrame):
    """The field and its answers. `open` shows it; Escape or a click elsewhere closes it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._sources: list[Source] = []
        self._focus_before: QWidget | None = None
        self.setObjectName("card")
        self.setAutoFillBackground(True)
        self._field = QLineEdit(self)
        self._field.setPlaceholderText(self.tr("Go to key or command"))
        self._field.setAccessibleName(self.tr("Go to key or command"))
        self._field.setClearButtonEnabled(True)
        self._field.textChanged.connect(self._search)
        self._field.installEventFilter(self)
        self._list = QListWidget(self)
        self._list.setAccessibleName(self.tr("Answers"))
        self._list.setItemDelegate(_RowDelegate(self._list))
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setUniformItemSizes(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.itemClicked.connect(self._choose)
        self._nothing = PlainLabel(self.tr("Nothing answers to that"), self, "muted")
        em = self.fontMetrics().height()
        column = QVBoxLayout(self)
        column.setContentsMargins(em // 2, em // 2, em // 2, em // 2)
        column.setSpacing(em // 3)
        for widget in (self._field, self._list, self._nothing):
            column.addWidget(widget)
        self.hide()

    def open(self, sources: Sequence[Source]) -> None:
        """Show the palette with what can be gone to now."""
        self._sources = list(sources)
        self._focus_before = QApplication.focusWidget()
        self._field.clear()
        self._search("")
        self._place()
        self.show()
        self.raise_()
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.window().installEventFilter(self)

    def close_palette(self) -> None:
        """Hide the palette and give the focus back."""
        self.window().removeEventFilter(self)
        self.hide()
        self._sources = []
        self._list.clear()
        before, self._focus_before = self._focus_before, None
        # Touching a deleted widget in an event filter ends the process: PySide cannot carry that
        # error through Qt.
        if before is not None and isValid(before):
            before.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Send the keys of the list there from the field; follow the window's size."""
        if watched is self._field and isinstance(event, QKeyEvent):
            return event.type() == QEvent.Type.KeyPress and self._press(event)
        if watched is self._field and event.type() == QEvent.Type.FocusOut:
            if self.isVisible() and QApplication.focusWidget() is not self._field:
                self._focus_before = None  # it was given to something else
                self.close_palette()
        elif watched is self.window() and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _press(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.close_palette()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self._list.currentItem())
        elif key in _MOVES:
            QApplication.sendEvent(self._list, event.clone())
        else:
            return False
        return True

    def _search(self, text: str) -> None:
        self._list.clear()
        answers = [
            (badness, order, index)
            for order, source in enumerate(self._sources)
            for badness, index in rank(text, source.folded, _SHOWN)
        ]
        for _, order, index in sorted(answers)[:_SHOWN]:
            self._list.addItem(_item(self._sources[order], index))
        self._list.setCurrentRow(0)
        self._list.setVisible(bool(answers))
        self._nothing.setVisible(not answers)
        if self.isVisible():
            self._place()

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        source, index = item.data(_CHOICE)
        self.close_palette()
        source.choose(index)

    def _place(self) -> None:
        """Lay the palette at the top of the window, as wide as reading needs."""
        window = self.window()
        em = self.fontMetrics().height()
        width = min(em * 44, max(window.width() - 2 * em, em * 12))
        rows = min(self._list.count(), _ROWS)
        self._list.setFixedHeight(rows * self._list.sizeHintForRow(0) if rows else 0)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((window.width() - width) // 2, em * 3)


class _RowDelegate(QStyledItemDelegate):
    """One answer: icon, label, and its hint at the right."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Return a row that a finger can hit."""
        return QSize(0, round(option.fontMetrics.height() * 1.9))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw the row; text is cut in the middle, where keys differ least."""
        colors, metrics = theme.colors(), option.fontMetrics
        em = metrics.height()
        row = QRect(option.rect)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(row, option.palette.color(QPalette.ColorRole.Highlight))
        row.adjust(em // 2, 0, -em // 2, 0)
        if name := index.data(_ICON):
            icon = QRect(row.left(), row.center().y() - em // 2, em, em)
            assets.icon(name, colors.muted).paint(painter, icon)
        row.setLeft(row.left() + em * 3 // 2)
        hint = metrics.elidedText(index.data(_HINT), Qt.TextElideMode.ElideRight, row.width() // 2)
        painter.setPen(colors.muted)
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, hint)
        row.setRight(row.right() - metrics.horizontalAdvance(hint) - em)
        label = metrics.elidedText(index.data(_LABEL), Qt.TextElideMode.ElideMiddle, row.width())
        painter.setPen(colors.text)
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, label)


def _item(source: Source, index: int) -> QListWidgetItem:
    label, hint = shown(source.labels[index]), shown(source.hint(index))
    item = QListWidgetItem()
    for role, value in (
        (_LABEL, label),
        (_HINT, hint),
        (_ICON, source.icon),
        (_CHOICE, (source, index)),
        (Qt.ItemDataRole.AccessibleTextRole, f"{label} {hint}".strip()),
    ):
        item.setData(role, value)
    return item
