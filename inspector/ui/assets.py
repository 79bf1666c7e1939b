"""Icons: bundled SVG drawings whose `currentColor` takes the colours in use.

Their names stand here alone. Icons of the desktop theme are not asked for: without a desktop
there is none, and the window must look the same everywhere.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtGui import QColor, QFontMetrics, QGuiApplication, QIcon, QPixmap
from PySide6.QtWidgets import QApplication

from inspector.ui import theme
from inspector.ui.resources import resources


def icon(name: str, color: QColor | None = None) -> QIcon:
    """Return `resources/icons/<name>.svg` in `color`, by default the text colour.

    It is as high as text, and at least as the icons of buttons that say no size of their own.
    A name without a drawing gives an empty icon. Ask again after `theme.changed`.
    """
    size = max(16, QFontMetrics(QApplication.font()).height())
    made = QIcon(picture(name, color or theme.colors().text, size))
    if color is None:
        made.addPixmap(picture(name, theme.colors().muted, size), QIcon.Mode.Disabled)
    return made


def app_icon() -> QIcon:
    """Return the program's icon in the sizes that desktops show."""
    made = QIcon()
    for size in (16, 32, 64, 128):
        made.addPixmap(picture("app", theme.colors().text, size))
    return made


def picture(name: str, color: QColor, size: int) -> QPixmap:
    """Return the drawing `size` device-independent pixels high, sharp on every screen there is."""
    sharpness = max(screen.devicePixelRatio() for screen in QGuiApplication.screens())
    return _draw(name, color.name(), size, sharpness)


@lru_cache(maxsize=256)
def _draw(name: str, tint: str, size: int, sharpness: float) -> QPixmap:
    made = QPixmap()
    try:
        drawing = (resources() / "icons" / f"{name}.svg").read_bytes()
    except OSError:
        return made
    # Qt draws at the size that the drawing states; every drawing of ours is a square.
    _, _, drawing = drawing.replace(b"currentColor", tint.encode()).partition(b"viewBox=")
    side = b'width="%d" height="%d"' % ((round(size * sharpness),) * 2)
    start = b'<svg xmlns="http://www.w3.org/2000/svg" ' + side
    made.loadFromData(start + b" viewBox=" + drawing, "svg")
    made.setDevicePixelRatio(sharpness)
    return made
