"""Colours that words are written in can be read on the ground they stand on."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from inspector.ui.theme import DARK, LIGHT, Colors

WORDS = ("text", "muted", "accent", "a", "b", "changed", "danger", "ok")


def luminance(color: QColor) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    parts = (color.redF(), color.greenF(), color.blueF())
    linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["window", "surface"])
def test_words_have_the_contrast_that_wcag_asks_for(colors: Colors, ground: str) -> None:
    behind = luminance(getattr(colors, ground))
    for word in WORDS:
        ink = luminance(getattr(colors, word))
        ratio = (max(ink, behind) + 0.05) / (min(ink, behind) + 0.05)
        assert ratio >= 4.5, f"{word} on {ground}: {ratio:.2f}"
