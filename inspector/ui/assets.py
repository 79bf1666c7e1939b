"""Icons: bundled SVG drawings whose `currentColor` takes the colours in use.

Their names stand here alone. Icons of the desktop theme are not asked for: without a desktop
there is none, and the window must look the same everywhere.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QBuffer, QByteArray, QSize
from PySide6.QtGui import QColor, QIcon, QImageReader, QPixmap

from inspector.ui import theme
from inspector.ui.resources import resources

_RESOLUTIONS = (16, 32, 64)


def icon(name: str, color: QColor | None = None) -> QIcon:
    """Return `resources/icons/<name>.svg` in `color`, by default the text colour.

    A name without a drawing gives an empty icon. Ask again after `theme.changed`.
    """
    tint = (color or theme.colors().text).name()
    faint = theme.colors().muted.name()
    made = QIcon(_draw(name, tint))
    if color is None:
        for pixmap in _pixmaps(name, faint):
            made.addPixmap(pixmap, QIcon.Mode.Disabled)
    return made


@lru_cache(maxsize=256)
def _draw(name: str, tint: str) -> QIcon:
    made = QIcon()
    for pixmap in _pixmaps(name, tint):
        made.addPixmap(pixmap)
    return made


def _pixmaps(name: str, tint: str) -> list[QPixmap]:
    path = resources() / "icons" / f"{name}.svg"
    if not path.is_file():
        return []
    drawing = QByteArray(path.read_bytes().replace(b"currentColor", tint.encode()))
    return [_pixmap(drawing, size) for size in _RESOLUTIONS]


def _pixmap(drawing: QByteArray, size: int) -> QPixmap:
    buffer = QBuffer(drawing)
    reader = QImageReader(buffer, b"svg")
    reader.setScaledSize(QSize(size, size))
    return QPixmap.fromImage(reader.read())
