"""The row of tabs: closable by button, middle click and key."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QTabBar, QTabWidget, QToolButton, QWidget

from inspector.checkpoint.plain_text import shown
from inspector.ui import assets, theme
from inspector.ui.texts import plain_tip


class _TabBar(QTabBar):
    middle_clicked = Signal(int)

    def minimumTabSizeHint(self, index: int) -> QSize:
        """Leave most names whole, where Qt would cut them down to a few letters before it lets
        the tabs scroll."""
        size = self.tabSizeHint(index)
        return QSize(min(size.width(), 16 * self.fontMetrics().height()), size.height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take a middle click on a tab."""
        place = self.tabAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.MiddleButton and place >= 0:
            self.middle_clicked.emit(place)
        else:
            super().mouseReleaseEvent(event)


class TabStrip(QTabWidget):
    """Pages with a title each; `tabCloseRequested` asks for the end of one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        bar = _TabBar(self)
        bar.middle_clicked.connect(self.tabCloseRequested)
        self.setTabBar(bar)
        self.setAccessibleName(self.tr("Open files"))
        self.setDocumentMode(True)
        self.setMovable(True)
        self.tabBar().setObjectName("files")
        self.tabBar().setElideMode(Qt.TextElideMode.ElideMiddle)
        self.tabBar().setExpanding(False)
        self.tabBar().setDrawBase(False)
        self.tabBar().setUsesScrollButtons(True)
        self.tabBar().setAccessibleName(self.tr("Open files"))
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

    def _paint(self) -> None:
        for place in range(self.count()):
            button = self.tabBar().tabButton(place, QTabBar.ButtonPosition.RightSide)
            if isinstance(button, QToolButton):
                button.setIcon(assets.icon("close", theme.colors().muted))
