"""A window over one tab that works on the tab's file: the tab asks it before it closes the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QWidget

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox


class TabDialog(QDialog):
    """Not modal, so that the file can be looked at meanwhile. While it is `busy` it asks before it
    goes, whichever way it is sent."""

    def __init__(self, tab: QWidget) -> None:
        super().__init__(tab)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.question: QMessageBox | None = None
        """The question whether to stop, while it is open."""

    @property
    def busy(self) -> bool:
        """Whether stopping now would lose work."""
        return False

    def stop(self) -> None:
        """End all work."""

    def stop_question(self) -> tuple[str, str, str]:
        """Return the question, and the words of the buttons that stop and that go on."""
        return (
            self.tr("Work on this file is not finished."),
            self.tr("Stop"),
            self.tr("Go on"),
        )

    def let_go(self, then: Callable[[], object]) -> bool:
        """Close and return True, or ask first: `then` is called once the person agreed."""
        if not self.busy:
            self.close()
            return True
        self._ask(then)
        return False

    def reject(self) -> None:
        """Leave by the Escape key; ask while there is work to lose."""
        if self.busy:
            self._ask(lambda: None)
            return
        self.stop()
        self.drop_question()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave by the window's own button, in the same way."""
        self.reject()
        event.setAccepted(not self.busy)

    def drop_question(self) -> None:
        """Take the question back: the work ended by itself."""
        if self.question is not None:
            self.question.deleteLater()
            self.question = None

    def _ask(self, then: Callable[[], object]) -> None:
        self.drop_question()
        self.show()
        self.raise_()
        text, stop, go_on = self.stop_question()
        from PySide6.QtWidgets import QMessageBox

        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(self.windowTitle())
        box.setText(text)
        stopping = box.addButton(stop, QMessageBox.ButtonRole.DestructiveRole)
        staying = box.addButton(go_on, QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(staying)
        box.setEscapeButton(staying)
        stopping.clicked.connect(lambda: self._leave(then))
        staying.clicked.connect(self.drop_question)
        self.question = box
        box.open()

    def _leave(self, then: Callable[[], object]) -> None:
        self.stop()
        self.close()
        then()


def leave(tab: QWidget, then: Callable[[], object]) -> bool:
    """Close the windows over `tab`; False when one asks first, and calls `then` after a yes."""
    return all(dialog.let_go(then) for dialog in tab.findChildren(TabDialog))
