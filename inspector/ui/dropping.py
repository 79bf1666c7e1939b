"""The paths of what is dragged here."""

from __future__ import annotations

import os
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QMimeData, QUrl


def local_paths(data: QMimeData) -> list[str]:
    """Return the paths of the local files and folders in `data`."""
    return [_path(url) for url in data.urls() if url.isLocalFile()]


def _path(url: QUrl) -> str:
    """Return the path with the very bytes of its name; Qt replaces those that are no UTF-8."""
    path = url.toLocalFile()
    if "\N{REPLACEMENT CHARACTER}" not in path or os.name == "nt":
        return path
    return os.fsdecode(unquote_to_bytes(url.path(QUrl.ComponentFormattingOption.FullyEncoded)))
