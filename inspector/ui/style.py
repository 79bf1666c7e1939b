"""The one style sheet: flat surfaces, one accent. Lengths are in `em`-like units of the font."""

from __future__ import annotations

from PySide6.QtGui import QColor

from inspector.ui.resources import resources
from inspector.ui.theme import Colors

_SHEET = """
QToolTip { background: @surface; color: @text; border: 1px solid @border; padding: 0.3em; }
QToolBar { background: @surface; border: 0; border-bottom: 1px solid @border; padding: @s;
    spacing: @s; }
QToolBar QToolButton, QToolButton#flat, QPushButton#flat { background: transparent; color: @text;
    border: 1px solid transparent; border-radius: @r; padding: @s @m; }
QToolButton#flat { padding: @s @t; }
QToolBar QToolButton:hover, QToolButton#flat:hover, QPushButton#flat:hover { background: @hover; }
QToolBar QToolButton:pressed, QToolButton#flat:pressed { background: @border; }
QToolButton#flat:checked { background: @selection; }
QToolBar QToolButton:focus, QToolButton#flat:focus, QPushButton#flat:focus {
    border-color: @accent; }
QToolBar QToolButton:disabled, QToolButton#flat:disabled { color: @faint; }
QToolBar QToolButton::menu-indicator, QToolButton#flat::menu-indicator { image: none; }
QLineEdit { background: @surface; color: @text; border: 1px solid @border; border-radius: @r;
    padding: @s @s; selection-background-color: @selection; selection-color: @text; }
QLineEdit:focus { border-color: @accent; }
QLineEdit[wrong="true"] { border-color: @changed; }
QPushButton#search { background: @window; color: @muted; border: 1px solid @border;
    border-radius: @r; padding: @s @m; text-align: left; min-width: @wide; }
QPushButton#search:hover { border-color: @muted; }
QPushButton#search:focus { border-color: @accent; }
QTabWidget::pane { border: 0; }
QTabWidget::tab-bar { left: 0; }
QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: @muted; border: 0;
    border-bottom: 2px solid transparent; padding: @m @l; }
QTabBar#files::tab { min-width: @tab; }
QTabBar QToolButton { background: @window; border: 0; }
QTabBar QToolButton:hover { background: @hover; }
QTabBar#views::tab { padding: @m @gap; }
QTabBar::tab:hover { color: @text; background: @hover; }
QTabBar::tab:selected { color: @text; border-bottom-color: @accent; }
QTabBar::tab:focus { color: @accent; }
QTabBar::tab:disabled { color: @faint; }
QHeaderView { background: transparent; border: 0; }
QHeaderView::section { background: @window; color: @muted; border: 0;
    border-bottom: 1px solid @border; padding: @m; }
QHeaderView::section:hover { color: @text; }
QHeaderView::section:vertical { border-bottom: 0; border-right: 1px solid @border;
    padding: 0 @m; }
QTableView { background: @surface; color: @text; border: 0; outline: 0;
    selection-background-color: @selection; selection-color: @text; gridline-color: @grid; }
QTableView#values QHeaderView::section { padding: @t @s; }
QTableView#sheet QHeaderView::section { padding: @m 3px; }
QTableCornerButton::section { background: @window; border: 0;
    border-bottom: 1px solid @border; border-right: 1px solid @border; }
QSplitter::handle { background: @border; }
QSplitter::handle:hover { background: @accent; }
QStatusBar { background: @surface; color: @muted; border-top: 1px solid @border; }
QStatusBar::item { border: 0; }
QStatusBar QLabel { color: @muted; padding: 0 @s; }
QLabel#chip, QPushButton#chip { background: @surface; color: @muted; border: 1px solid @border;
    border-radius: @pill; padding: @t @m; }
QPushButton#chip:hover { color: @text; border-color: @muted; }
QPushButton#chip:focus { border-color: @accent; color: @text; }
QPushButton#chip[tone="ok"] { color: @ok; border-color: @ok; }
QPushButton#chip[tone="warning"] { color: @changed; border-color: @changed; }
QPushButton#chip[tone="danger"] { color: @danger; border-color: @danger; }
QPushButton#chip[tone="info"] { color: @muted; }
QPushButton#chip[tone="a"], QLabel#chip[tone="a"] { color: @a; border-color: @a; }
QPushButton#chip[tone="b"], QLabel#chip[tone="b"] { color: @b; border-color: @b; }
QPushButton#chip:checked { background: @selection; }
QLabel#title { color: @text; }
QLabel#muted, QLabel#subtitle { color: @muted; }
QLabel#wrong { color: @changed; }
QLabel[tone="ok"], QLabel#title[tone="ok"] { color: @ok; }
QLabel[tone="warning"], QLabel#title[tone="warning"] { color: @changed; }
QLabel[tone="danger"], QLabel#title[tone="danger"] { color: @danger; }
QPlainTextEdit { background: @surface; color: @text; border: 1px solid @border;
    border-radius: @r; padding: @s; selection-background-color: @selection; }
QPlainTextEdit:focus { border-color: @accent; }
QTextEdit#wrapped { background: transparent; color: @text; border: 0;
    selection-background-color: @selection; selection-color: @text; }
QComboBox { background: @surface; color: @text; border: 1px solid @border; border-radius: @r;
    padding: @s @m; combobox-popup: 0; }
QComboBox:hover { border-color: @muted; }
QComboBox:focus, QComboBox:on { border-color: @accent; }
QComboBox:disabled { color: @faint; }
QComboBox::drop-down { border: 0; width: @drop; }
QComboBox::down-arrow { image: url("@chevron"); width: @l; height: @l; }
QComboBox QLineEdit { border: 0; padding: 0; background: transparent; }
QComboBox QAbstractItemView { background: @surface; color: @text; border: 1px solid @border;
    outline: 0; selection-background-color: @selection; selection-color: @text; }
QComboBox QAbstractItemView::item { padding: @s @m; }
QPushButton#primary { background: @accent; color: @on_accent; border: 1px solid @accent;
    border-radius: @r; padding: @s @l; }
QPushButton#primary:hover { background: @a; }
QPushButton#primary:disabled { background: @border; border-color: @border; color: @faint; }
QPushButton#primary:focus { border-color: @text; }
QPushButton#plain, QDialogButtonBox QPushButton { background: @surface; color: @text;
    border: 1px solid @border;
    border-radius: @r; padding: @s @l; }
QPushButton#plain:hover, QDialogButtonBox QPushButton:hover { background: @hover; }
QPushButton#plain:focus, QDialogButtonBox QPushButton:focus { border-color: @accent; }
QPushButton#plain:disabled { color: @faint; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QCheckBox { spacing: @m; }
QCheckBox::indicator { background: @surface; border: 1px solid @muted; border-radius: 3px;
    width: @l; height: @l; }
QCheckBox::indicator:checked { background: @accent; border-color: @accent;
    image: url("@checked"); }
QCheckBox:focus, QRadioButton:focus { color: @accent; }
QCheckBox:disabled, QRadioButton:disabled { color: @faint; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: @border; }
QRadioButton { spacing: @m; }
QRadioButton::indicator { background: @surface; border: 1px solid @muted; border-radius: @dot;
    width: @l; height: @l; }
QRadioButton::indicator:checked { border-color: @accent;
    background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5,
    stop: 0 @on_accent, stop: 0.4 @on_accent, stop: 0.5 @accent, stop: 1 @accent); }
QPushButton#link { background: transparent; color: @accent; border: 1px solid transparent;
    border-radius: @r; padding: 0; text-align: left; }
QPushButton#link:hover { text-decoration: underline; }
QPushButton#link:focus { border-color: @accent; }
QPushButton#link:disabled { color: @faint; }
QFrame#card { background: @surface; border: 1px solid @border; border-radius: @r; }
QProgressBar { background: @border; border: 0; border-radius: 3px; max-height: 6px; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: 0; }
QToolButton#flat, QPushButton#search, QLineEdit { icon-size: @icon; }
QMenu { background: @surface; color: @text; border: 1px solid @border; padding: @s 0; }
QMenu::item { padding: @s @drop @s @l; }
QMenu::icon { padding-left: @m; }
QMenu::item:selected { background: @hover; }
QMenu::item:disabled { color: @faint; }
QMenu::separator { height: 1px; background: @border; margin: @s 0; }
QAbstractScrollArea::corner { background: transparent; border: 0; }
QScrollBar { background: transparent; border: 0; }
QScrollBar:vertical { width: @bar; }
QScrollBar:horizontal { height: @bar; }
QScrollBar::handle { background: @border; border-radius: 3px; margin: 2px; min-height: 2em;
    min-width: 2em; }
QScrollBar::handle:hover { background: @muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""


def bar_width(em: int) -> int:
    """Return the width of a scroll bar."""
    return max(9, round(em * 0.7))


def style_sheet(colors: Colors, em: int) -> str:
    """Return the sheet in `colors`; `em` is the height of the font in device-independent pixels."""
    thin = max(1, round(em * 0.12))
    lengths = {
        "wide": em * 15,
        # Half the height of a chip: Qt draws square corners where the radius is any larger.
        "pill": (em + 2 * thin + 2) // 2,
        "bar": bar_width(em),
        "t": thin,
        "s": round(em * 0.3),
        "m": round(em * 0.55),
        "l": round(em * 0.9),
        "tab": em * 6,
        "icon": max(16, em),
        "gap": round(em * 0.75),
        "drop": round(em * 1.6),
        "dot": round(em * 0.9) // 2 + 1,
        "r": max(3, round(em * 0.3)),
    }
    names: tuple[str, ...] = (
        "window",
        "surface",
        "hover",
        "border",
        "text",
        "muted",
        "accent",
        "on_accent",
    )
    names += ("selection", "a", "b", "changed", "danger", "ok", "grid")
    words = {name: getattr(colors, name).name() for name in names}
    shade = "dark" if colors.dark else "light"
    for drawing in ("checked", "chevron"):
        words[drawing] = (resources() / "icons" / f"{drawing}-{shade}.svg").as_posix()
    words["faint"] = _mixed(colors.muted, colors.surface).name()
    words |= {name: f"{length}px" for name, length in lengths.items()}
    sheet = _SHEET
    for name in sorted(words, key=len, reverse=True):
        sheet = sheet.replace("@" + name, words[name])
    return sheet


def _mixed(one: QColor, other: QColor) -> QColor:
    return QColor(
        (one.red() + other.red()) // 2,
        (one.green() + other.green()) // 2,
        (one.blue() + other.blue()) // 2,
    )
