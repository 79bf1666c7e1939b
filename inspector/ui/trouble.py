"""Defects that reach nobody else: a line in the log and one dialog, never a dead button."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox

_LOG_BYTES = 1 << 20
"""The log starts anew beyond this."""


class Trouble(QObject):
    """Takes exceptions that were not expected. One dialog at a time; the others go to the log."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.dialog: QMessageBox | None = None

    def take(
        self, kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        """Stand in for `sys.excepthook`."""
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, traceback)
            return
        self.report(error.with_traceback(traceback))

    def report(self, error: BaseException) -> None:
        """Log `error` and show it, unless another one is being shown."""
        details = _details(error)
        _log(details)
        if self.dialog is not None:
            return
        from PySide6.QtWidgets import QMessageBox

        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(self.tr("Something went wrong"))
        box.setText(self.tr("Something in the program went wrong. Your files were not changed."))
        box.setInformativeText(f"{type(error).__name__}: {error}"[:500])
        copy = box.addButton(self.tr("Copy details"), QMessageBox.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(details))
        box.addButton(QMessageBox.StandardButton.Close)
        box.destroyed.connect(self._forget)
        self.dialog = box
        box.open()

    def _forget(self) -> None:
        self.dialog = None


def log_path() -> Path:
    """Return where the log lies."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)
    return Path(folder) / "inspector.log"


def _details(error: BaseException) -> str:
    from traceback import format_exception

    return "".join(format_exception(error))


def _log(details: str) -> None:
    from time import strftime

    path = log_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = "a" if path.exists() and path.stat().st_size < _LOG_BYTES else "w"
        with path.open(mode, encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"{strftime('%Y-%m-%d %H:%M:%S')} {details}\n")
    except OSError:
        sys.stderr.write(details)  # no place for a log: the terminal, if there is one
