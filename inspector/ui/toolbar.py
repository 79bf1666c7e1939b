"""The toolbar: commands that start something, the search field, the menu of all commands."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QMenu,
    QMenuBar,
    QPushButton,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QWidget,
)

from inspector.ui import assets, theme
from inspector.ui.actions import Actions

COMMANDS = ("open", "compare", "scan", "export")


class Toolbar(QToolBar):
    """Words beside the icons while there is room for them; see `fit`."""

    def __init__(self, actions: Actions, menus: QMenuBar, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Commands"))
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        em = self.fontMetrics().height()
        self.setIconSize(QSize(em, em))
        for name in COMMANDS:
            self.addAction(actions[name])
        spacer = QWidget(self)
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self._go = self._go_button(actions)
        self._menu = self._menu_button(menus)
        self.addWidget(self._go)
        self.addWidget(self._menu)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def fit(self, width: int) -> None:
        """Keep only the icons in a window as narrow as `width`."""
        narrow = width < self.fontMetrics().horizontalAdvance("n") * 100
        beside = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly if narrow else beside)

    def _go_button(self, actions: Actions) -> QPushButton:
        """Return what looks like a search field and opens the palette, which is one."""
        action = actions["go"]
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        button = QPushButton(f"{action.text()}   {key}", self)
        button.setObjectName("search")
        button.setToolTip(action.toolTip())
        button.clicked.connect(action.trigger)
        return button

    def _menu_button(self, menus: QMenuBar) -> QToolButton:
        button = QToolButton(self)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolTip(self.tr("All commands (F10)"))
        button.setAccessibleName(self.tr("All commands"))
        button.setShortcut("F10")
        menu = QMenu(button)
        for entry in menus.actions():
            menu.addAction(entry)
        button.setMenu(menu)
        return button

    def _paint_icons(self) -> None:
        self._menu.setIcon(assets.icon("menu"))
        self._go.setIcon(assets.icon("search", theme.colors().muted))
