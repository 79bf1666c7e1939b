"""The toolbar: commands that start something, the search field, the menu of all commands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QSizePolicy, QToolBar, QToolButton, QWidget

from inspector.ui import assets, theme
from inspector.ui.actions import GO_KEYS, IN_TOOLBAR, Actions

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenuBar


class Toolbar(QToolBar):
    """Words beside the icons while there is room for them; see `fit`."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self.setWindowTitle(self.tr("Commands"))
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        em = self.fontMetrics().height()
        self.setIconSize(QSize(em, em))
        for name in IN_TOOLBAR:
            self.addAction(actions[name])
            # Qt takes them out of the Tab order; it still does where the system wants that (macOS).
            self.widgetForAction(actions[name]).setFocusPolicy(Qt.FocusPolicy.TabFocus)
        spacer = QWidget(self)
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self._go = self._go_button(actions)
        self._menu = self._menu_button()
        self.addWidget(self._go)
        self.addWidget(self._menu)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def fit(self, width: int) -> None:
        """Keep only the icons where the words would push the menu out of a window of `width`."""
        beside = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        self.setToolButtonStyle(beside)
        # Not the size hint of the toolbar, which leaves out what is out of sight.
        widgets = [self.widgetForAction(action) for action in self.actions()]
        room = sum(max(widget.sizeHint().width(), 0) for widget in widgets)
        layout = self.layout()
        assert layout is not None
        margins = layout.contentsMargins()
        room += margins.left() + margins.right() + layout.spacing() * (len(widgets) - 1)
        if room > width:
            self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)

    def lead_to(self, widgets: Sequence[QWidget]) -> None:
        """Let Tab go from the last button to these, in order, before it enters the page."""
        for before, widget in pairwise((self._menu, *widgets)):
            QWidget.setTabOrder(before, widget)

    def show_menus(self, menus: QMenuBar) -> None:
        """Put all commands behind the button at the right end."""
        from PySide6.QtWidgets import QMenu

        menu = QMenu(self._menu)
        for entry in menus.actions():
            menu.addAction(entry)
        self._menu.setMenu(menu)
        self._menu.setShortcut("F10")
        self._go.setToolTip(self._actions["go"].toolTip())

    def _go_button(self, actions: Actions) -> QPushButton:
        """Return what looks like a search field and opens the palette, which is one."""
        action = actions["go"]
        button = QPushButton(f"{action.text()}   {GO_KEYS}", self)
        button.setObjectName("search")
        button.clicked.connect(action.trigger)
        return button

    def _menu_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolTip(self.tr("All commands (F10)"))
        button.setAccessibleName(self.tr("All commands"))
        return button

    def _paint_icons(self) -> None:
        self._menu.setIcon(assets.icon("menu", theme.colors().text))  # never disabled
        self._go.setIcon(assets.icon("search", theme.colors().muted))
