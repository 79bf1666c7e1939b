"""The running program: one `QApplication`, its window, and what happens when something breaks."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from inspector.ui import APP_ID, assets, language, theme
from inspector.ui.main_window import MainWindow
from inspector.ui.settings import Settings
from inspector.ui.trouble import Trouble

if TYPE_CHECKING:
    from inspector.ui.hand_over import Request

_PATIENCE = 0.1
"""Seconds that the first file has to be read before the window shows its progress instead."""
_LISTEN_MS = 50
"""Milliseconds after the first frame before later starts are listened for."""
_QUIET_MS = 300
"""Milliseconds after the first frame before anything is asked."""


class Application(QApplication):
    """Takes the files that the desktop hands over while the program runs (macOS)."""

    def __init__(self) -> None:
        # As an argument, because `setStyle` returns a QStyle, whose enumerations take 8 ms.
        super().__init__([sys.argv[0], "-style", "fusion"])
        self.window_: MainWindow | None = None
        self._early: list[str] = []

    if sys.platform == "darwin":  # elsewhere no such event comes, but each other one would be asked

        def event(self, event: QEvent) -> bool:
            """Open a file that arrives as an event, also one that comes before the window."""
            if isinstance(event, QFileOpenEvent):
                if self.window_ is None:
                    self._early.append(event.file())
                else:
                    self.window_.open_paths([event.file()])
                return True
            return super().event(event)

    def show_window(self, window: MainWindow, paths: Sequence[str], compare: bool = False) -> None:
        """Open or compare `paths` in `window`, and paint it with the first one if that is quick."""
        self.window_ = window
        window.open_paths([*paths, *self._early], compare=compare)
        if not compare:
            window.jobs.wait_for("open", _PATIENCE)
        window.show()


def run(paths: Sequence[str], options: Collection[str]) -> int:
    """Show the window with `paths` and return the exit code once it is closed."""
    application = Application()
    application.setApplicationName(APP_ID)
    application.setDesktopFileName(APP_ID)
    settings = Settings(fresh="--fresh" in options)
    font = application.font()
    font.setPointSizeF(font.pointSizeF() * settings.text_size / 100)
    application.setFont(font)
    language.start(application, settings.language)
    # In the window's words: titles that do not end with this name get it appended.
    application.setApplicationDisplayName(
        QCoreApplication.translate("MainWindow", "Checkpoint Inspector")
    )
    theme.start(settings.theme)
    window = MainWindow(settings)
    trouble = Trouble(window)
    window.jobs.failed.connect(trouble.report)
    sys.excepthook = trouble.take
    again = settings.last_files if settings.reopen and not paths else []
    window.after_first_frame(lambda: _go_on(application, window))
    application.show_window(window, [*paths, *again], compare="--compare" in options)
    code = application.exec()
    sys.excepthook = sys.__excepthook__
    if not window.clean:
        # A thread sits in a read that does not return (a dead disk); nothing of ours is unsaved.
        os._exit(code)
    return code


def _go_on(application: QApplication, window: MainWindow) -> None:
    """Do what can wait until the window is in sight."""
    application.setWindowIcon(assets.app_icon())
    QTimer.singleShot(_LISTEN_MS, window, lambda: _listen(application, window))
    QTimer.singleShot(_QUIET_MS, window, window.offer_registration)


def _listen(application: QApplication, window: MainWindow) -> None:
    """Take the files of later starts."""
    gc.freeze()  # what was made so far lives as long as the program
    gc.enable()
    from inspector.ui.single_instance import SingleInstance

    instance = SingleInstance(window)
    instance.received.connect(lambda request: take_over(window, request))
    application.aboutToQuit.connect(instance.close)
    instance.listen()


def take_over(window: MainWindow, request: Request) -> None:
    """Open in `window` what a later start was asked to open."""
    from inspector.ui.single_instance import bring_to_front

    bring_to_front(window, request.activation)
    window.open_paths(request.paths, compare=request.compare)
