"""The columns of figures below a histogram."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from inspector.ui.statistics_table import Figure, StatisticsTable


def test_columns_of_figures_depend_on_the_width_alone(qtbot: QtBot) -> None:
    """Were they to depend on how they stand now, laying them out would never end."""
    table = StatisticsTable()
    qtbot.addWidget(table)
    figures = [Figure(f"name {number}", "0.123456", "0.123456") for number in range(12)]
    table.show_figures(figures)
    table.show()
    for width in range(100, 900, 5):
        table.resize(width, 400)
        arranged = table._arranged
        table._arrange()
        assert table._arranged == arranged


def test_a_name_stands_nearer_to_its_value_than_to_the_one_before(qtbot: QtBot) -> None:
    table = StatisticsTable()
    qtbot.addWidget(table)
    table.show_figures([Figure("mean", str(number), "") for number in range(4)])
    table.resize(900, 400)
    table.show()
    (_, value), (name, own) = table._labels[:2]
    text = name.fontMetrics().horizontalAdvance(name.text())
    before = name.geometry().right() - text - value.geometry().right()
    assert before > own.geometry().left() - name.geometry().right()
