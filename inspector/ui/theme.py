"""Colours and type: one light and one dark set, and the palette Qt's own widgets get from them.

The palette is set here rather than asked of the platform, because bare X11 and the offscreen
platform ignore `setColorScheme`. A and B are the two files of a comparison, everywhere.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

CHOICES = ("system", "light", "dark")


class Colors:
    """One set of colours. `window` lies behind everything, `surface` behind lists and fields."""

    dark: bool
    window: QColor
    surface: QColor
    stripe: QColor
    hover: QColor
    border: QColor
    text: QColor
    muted: QColor
    accent: QColor
    on_accent: QColor
    selection: QColor
    a: QColor
    b: QColor
    changed: QColor
    danger: QColor
    ok: QColor
    grid: QColor

    def __init__(self, dark: bool, **names: str) -> None:
        self.dark = dark
        for name, value in names.items():
            setattr(self, name, QColor(value))


LIGHT = Colors(
    False,
    window="#f5f7f9",
    surface="#ffffff",
    stripe="#f8fafc",
    hover="#eef2f7",
    border="#d7dde4",
    text="#1b1f24",
    muted="#5b6570",
    accent="#1b66dc",
    on_accent="#ffffff",
    selection="#d6e6fd",
    a="#1b66dc",
    b="#b54f09",
    changed="#8a5d00",
    danger="#c4232f",
    ok="#1a7f37",
    grid="#e5e9ee",
)
DARK = Colors(
    True,
    window="#1d2025",
    surface="#23272e",
    stripe="#262a32",
    hover="#2c323b",
    border="#3a414c",
    text="#e7eaee",
    muted="#9ba5b1",
    accent="#4c9bff",
    on_accent="#10151c",
    selection="#223c63",
    a="#5aa2ff",
    b="#ff9c45",
    changed="#f0c04e",
    danger="#ff7a80",
    ok="#4bd388",
    grid="#30363f",
)


class _Theme(QObject):
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choice = "system"
        self.colors = LIGHT


_theme = _Theme()
changed = _theme.changed
"""Emitted after the colours changed; paint again from `colors()`."""


def colors() -> Colors:
    """Return the colours in use now."""
    return _theme.colors


def choice() -> str:
    """Return what the person chose: system, light or dark."""
    return _theme.choice


def start(chosen: str) -> None:
    """Give the application the chosen colours; follow the system's changes."""
    QGuiApplication.styleHints().colorSchemeChanged.connect(_follow_system)
    choose(chosen)


def choose(chosen: str) -> None:
    """Switch to system, light or dark colours."""
    _theme.choice = chosen if chosen in CHOICES else "system"
    scheme = QGuiApplication.styleHints().colorScheme()
    dark = chosen == "dark" or (chosen != "light" and scheme == Qt.ColorScheme.Dark)
    _theme.colors = DARK if dark else LIGHT
    QApplication.setPalette(_palette(_theme.colors))
    changed.emit()


def _follow_system() -> None:
    if _theme.choice == "system":
        choose("system")


def monospace() -> QFont:
    """Return the platform's fixed-width font at the application's size."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPointSizeF(QApplication.font().pointSizeF())
    return font


def _palette(colors: Colors) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette(colors.surface, colors.window)
    for name, color in (
        (role.Window, colors.window),
        (role.WindowText, colors.text),
        (role.Base, colors.surface),
        (role.AlternateBase, colors.stripe),
        (role.Text, colors.text),
        (role.PlaceholderText, colors.muted),
        (role.Button, colors.surface),
        (role.ButtonText, colors.text),
        (role.BrightText, colors.danger),
        (role.ToolTipBase, colors.surface),
        (role.ToolTipText, colors.text),
        (role.Highlight, colors.selection),
        (role.HighlightedText, colors.text),
        (role.Link, colors.accent),
        (role.LinkVisited, colors.accent),
        (role.Accent, colors.accent),
        (role.Light, colors.hover),
        (role.Midlight, colors.border),
        (role.Mid, colors.border),
        (role.Dark, colors.border),
        (role.Shadow, QColor(0, 0, 0, 90)),
    ):
        palette.setColor(name, color)
    for name in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, _faded(colors))
    return palette


def _faded(colors: Colors) -> QColor:
    return QColor(colors.muted.red(), colors.muted.green(), colors.muted.blue(), 130)
