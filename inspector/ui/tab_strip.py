"""The row of tabs: closable by button, middle click and key."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QTabBar, QTabWidget, QToolButton, QWidget

from inspector.checkpoint.plain_text import shown
from inspector.ui import assets, theme
from inspector.ui.texts import plain_tip


class TabStrip(QTabWidget):
    """Pages with a title each; `tabCloseRequested` asks for the end of one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.setMovable(True)
        self.tabBar().setObjectName("files")
        self.tabBar().setElideMode(Qt.TextElideMode.ElideMiddle)
        self.tabBar().setExpanding(False)
        self.tabBar().setDrawBase(False)
        self.tabBar().setUsesScrollButtons(True)
        self.tabBar().setAccessibleName(self.tr("Open files"))
        self.tabBar().installEventFilter(self)
        theme.changed.connect(self._paint)

    def add_page(self, page: QWidget, title: str, tip: str) -> int:
        """Add `page` at the end and return its place."""
        place = self.addTab(page, "")
        self.name_page(page, title, tip)
        button = QToolButton(self)
        button.setObjectName("tabclose")
        button.setAutoRaise(True)
        button.setToolTip(self.tr("Close this tab (Ctrl+W)"))
        button.setAccessibleName(self.tr("Close {}").format(title))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        size = round(self.fontMetrics().height() * 0.8)
        button.setIconSize(QSize(size, size))
        button.setIcon(assets.icon("close", theme.colors().muted))
        button.clicked.connect(lambda: self.tabCloseRequested.emit(self.indexOf(page)))
        self.tabBar().setTabButton(place, QTabBar.ButtonPosition.RightSide, button)
        return place

    def name_page(self, page: QWidget, title: str, tip: str) -> None:
        """Give the tab of `page` a title and a tip."""
        place = self.indexOf(page)
        self.setTabText(place, shown(title, 60).replace("&", "&&"))
        self.setTabToolTip(place, plain_tip(shown(tip)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Close a tab by a middle click."""
        if (
            watched is self.tabBar()
            and event.type() == QEvent.Type.MouseButtonRelease
            and isinstance(event, QMouseEvent)
            and event.button() == Qt.MouseButton.MiddleButton
        ):
            place = self.tabBar().tabAt(event.position().toPoint())
            if place >= 0:
                self.tabCloseRequested.emit(place)
                return True
        return super().eventFilter(watched, event)

    def _paint(self) -> None:
        for place in range(self.count()):
            button = self.tabBar().tabButton(place, QTabBar.ButtonPosition.RightSide)
            if isinstance(button, QToolButton):
                button.setIcon(assets.icon("close", theme.colors().muted))
