"""The dialogs that ask for files: what they return, and that they rename and delete nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from inspector.ui.file_dialogs import ask_file, ask_files, ask_folder

# The offscreen platform has no file dialog of its own: Qt shows the one that could delete.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "raise()", "grabbing the keyboard")


@pytest.mark.parametrize("ask", [ask_file, ask_files, ask_folder])
def test_the_dialog_is_read_only(
    ask: Callable[[QWidget, str, str], object], qtbot: QtBot, tmp_path: Path
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    seen: list[bool] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QFileDialog):
            QTimer.singleShot(10, look)
            return
        seen.append(dialog.testOption(QFileDialog.Option.ReadOnly))
        dialog.reject()

    QTimer.singleShot(0, look)
    assert not ask(parent, "Open", str(tmp_path))
    assert seen == [True]
