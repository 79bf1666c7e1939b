"""What every plot does with the mouse and the keyboard, and that it follows the theme."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from inspector.ui import theme
from inspector.ui.plot_style import color_plot, make_plot


class PointedPlot(QWidget):
    """A plot with these axes, called `name` by a screen reader. A subclass draws, says what is
    pointed at, and may take further keys; + and − zoom, Home shows everything."""

    pointed = Signal(str)
    """A sentence about what is under the mouse or the keyboard cursor; empty for nothing."""

    def __init__(
        self, bottom: Any, left: Any, name: str, parent: QWidget | None, top: Any = None
    ) -> None:
        super().__init__(parent)
        self.plot = make_plot(bottom, left, top, name)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        self.plot.scene().sigMouseMoved.connect(self._point_at)
        self.plot.installEventFilter(self)
        theme.changed.connect(self._recolor)

    def fit(self) -> None:
        """Show everything."""
        raise NotImplementedError

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys before the plot does, and notice when the mouse leaves it."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._press(event)
        if event.type() == QEvent.Type.Leave:
            self._point(None)
        return super().eventFilter(watched, event)

    def _point_at(self, at: QPointF) -> None:
        box = self.plot.getViewBox()
        self._point(box.mapSceneToView(at) if box.sceneBoundingRect().contains(at) else None)

    def _point(self, place: QPointF | None) -> None:
        """Tell what lies at a place of the axes; None: the mouse is elsewhere."""
        raise NotImplementedError

    def _press(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom(0.5)
        elif key == Qt.Key.Key_Minus:
            self._zoom(2.0)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_0):
            self.fit()
        else:
            return False
        return True

    def _zoom(self, factor: float) -> None:
        self.plot.getViewBox().scaleBy(x=factor)

    def _recolor(self) -> None:
        color_plot(self.plot)
