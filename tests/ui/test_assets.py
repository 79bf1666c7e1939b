"""Icons: every drawing can be drawn, in the colour and the size asked for."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from inspector.ui import assets
from inspector.ui.resources import resources

NAMES = sorted(path.stem for path in (resources() / "icons").glob("*.svg"))


@pytest.mark.parametrize("name", NAMES)
def test_every_drawing_is_drawn_at_the_size_asked_for(qtbot: QtBot, name: str) -> None:
    picture = assets.picture(name, QColor("#ff0000"), 24)
    assert picture.deviceIndependentSize().toTuple() == (24.0, 24.0)
    image = picture.toImage()
    colors = {
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }
    assert colors
    drawn = (resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    assert ("#ff0000" in colors) == ("currentColor" in drawn)


def test_a_name_without_a_drawing_gives_an_empty_icon(qtbot: QtBot) -> None:
    assert assets.icon("there is no such drawing").isNull()
    assert not assets.icon("open").isNull()
