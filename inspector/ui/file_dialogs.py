"""Asks which files to open, without a way to harm any.

Where the desktop has no file dialog of its own, Qt shows one that can also rename and delete, whole
folders at that; it is told not to.
"""

from __future__ import annotations

from PySide6.QtWidgets import QFileDialog, QWidget

_READ_ONLY = QFileDialog.Option.ReadOnly


def ask_files(parent: QWidget, title: str, folder: str = "", kinds: str = "") -> list[str]:
    """Return the paths chosen, none if the person thought better of it. `kinds` is Qt's filter."""
    paths, _ = QFileDialog.getOpenFileNames(parent, title, folder, kinds, options=_READ_ONLY)
    return paths


def ask_file(parent: QWidget, title: str, folder: str = "", kinds: str = "") -> str:
    """Return the path chosen, nothing if the person thought better of it."""
    path, _ = QFileDialog.getOpenFileName(parent, title, folder, kinds, options=_READ_ONLY)
    return path


def ask_folder(parent: QWidget, title: str, folder: str = "") -> str:
    """Return the folder chosen, nothing if the person thought better of it."""
    options = QFileDialog.Option.ShowDirsOnly | _READ_ONLY
    return QFileDialog.getExistingDirectory(parent, title, folder, options)
