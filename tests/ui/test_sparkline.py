"""Sparklines keep apart from their neighbours; flags are words with a sign, gravest first."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from inspector.analysis.scan_results import FLAGS
from inspector.ui.sparkline import flag_words, flags_text, paint_flags, paint_sparkline

INK, GROUND = QColor("#ff0000"), QColor("#ffffff")


def painted(counts: list[float], width: int = 160, height: int = 24) -> tuple[QImage, QRect]:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(GROUND)
    painter = QPainter(image)
    rest = paint_sparkline(painter, QRect(0, 0, width, height), counts, INK)
    painter.end()
    return image, rest


def inked_rows(image: QImage, column: int) -> list[int]:
    rows = range(image.height())
    return [row for row in rows if image.pixelColor(column, row).green() < 128]


def test_there_is_air_above_and_below(qtbot: QtBot) -> None:
    image, rest = painted([float(n) for n in range(1, 33)])
    rows = inked_rows(image, 94)
    assert min(rows) >= 4
    assert max(rows) <= 24 - 5
    assert rest.left() > 96


def test_a_small_bar_is_seen_and_an_empty_one_is_not(qtbot: QtBot) -> None:
    image, _ = painted([10_000.0] * 16 + [1.0] + [0.0] * 15)
    assert len(inked_rows(image, 10)) > 10
    assert len(inked_rows(image, 49)) >= 1
    assert inked_rows(image, 70) == []


def test_no_counts_leave_the_cell_alone(qtbot: QtBot) -> None:
    image, rest = painted([0.0] * 32)
    assert rest == QRect(0, 0, 160, 24)
    assert all(not inked_rows(image, column) for column in range(160))


def test_every_flag_of_a_scan_has_words(qtbot: QtBot) -> None:
    words = [flag_words(flag) for flag in FLAGS]
    assert len(set(words)) == len(FLAGS)
    assert flags_text(frozenset()) == ""
    assert flags_text({"zero", "duplicate"}) == "• all zero · duplicate"
    assert flags_text({"sparse", "inf", "nan"}) == "⚠ NaN · Inf · mostly zero"


def test_flags_stay_inside_a_narrow_cell(qtbot: QtBot) -> None:
    image = QImage(200, 24, QImage.Format.Format_RGB32)
    image.fill(GROUND)
    painter = QPainter(image)
    paint_flags(painter, QRect(0, 0, 60, 24), {"nan", "sparse", "f16-overflow"})
    painter.end()
    changed = [
        column
        for column in range(200)
        for row in range(24)
        if image.pixelColor(column, row) != GROUND
    ]
    assert changed
    assert max(changed) <= 60


def test_one_value_alone_is_in_the_middle(qtbot: QtBot) -> None:
    image, _ = painted([5.0] + [0.0] * 31)
    assert inked_rows(image, 1) == []
    assert len(inked_rows(image, 49)) > 10
