"""The language of the window: English as written in the code, or a translation beside it.

`tests/make_translations.py` collects the texts; `resources/translations` holds what became of them.
"""

from __future__ import annotations

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication

from inspector.ui.resources import resources

ENGLISH, CHINESE = "en", "zh_CN"
CHOICES = {"system": "", ENGLISH: "English", CHINESE: "简体中文"}
"""What may be chosen, and how each language calls itself."""
_CHINESE_FONTS = ("Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", "WenQuanYi Micro Hei")
"""Tried in turn after the desktop's own font: what follows otherwise may draw Japanese forms."""


def start(application: QApplication, choice: str) -> str:
    """Translate what `application` shows from now on; return the language in use."""
    language = _of_system() if choice == "system" else choice
    if language != CHINESE:
        return ENGLISH
    from PySide6.QtCore import QLibraryInfo, QTranslator

    folder = str(resources() / "translations")
    qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for name, place in (("qtbase", qt_folder), ("inspector", folder)):
        translator = QTranslator(application)
        if translator.load(f"{name}_{CHINESE}", place):
            application.installTranslator(translator)
    font = application.font()
    font.setFamilies([*font.families(), *_CHINESE_FONTS])
    application.setFont(font)
    return CHINESE


def _of_system() -> str:
    """Return Chinese if that is the first language the person reads, whatever script it has."""
    wanted = QLocale.system().uiLanguages()
    if not wanted or wanted[0].partition("-")[0] != "zh":
        return ENGLISH
    from PySide6.QtGui import QFontDatabase

    # Without a font that has the characters, every text would be a row of boxes.
    readable = QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese)
    return CHINESE if readable else ENGLISH


def translated_later(context: str, *texts: str) -> tuple[str, ...]:
    """Return `texts`, which `QCoreApplication.translate(context, ...)` is given when it is time."""
    return texts
