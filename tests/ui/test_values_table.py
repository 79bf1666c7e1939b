"""Copying out of the table of values: what is selected, in figures that programs read."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication, QStandardItem, QStandardItemModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from inspector import open_checkpoint
from inspector.ui import values_panel
from inspector.ui.compare_table import CompareTable, Line
from inspector.ui.jobs import Jobs
from inspector.ui.values_panel import ValuesTable
from tests.builders import torch


@pytest.fixture
def table(qtbot: QtBot) -> ValuesTable:
    model = QStandardItemModel(4, 3)
    for row in range(4):
        for column in range(3):
            model.setItem(row, column, QStandardItem(f"−{row}.{column}e−05"))
    made = ValuesTable()
    model.setParent(made)
    made.setModel(model)
    qtbot.addWidget(made)
    made.show()
    return made


def copied(table: ValuesTable) -> str:
    QGuiApplication.clipboard().clear()
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    return QGuiApplication.clipboard().text()


def select(table: ValuesTable, top: int, left: int, bottom: int, right: int) -> None:
    model = table.model()
    table.setCurrentIndex(model.index(top, left))
    block = QItemSelection(model.index(top, left), model.index(bottom, right))
    flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
    table.selectionModel().select(block, flags)


def test_the_selected_block_is_copied_in_figures_of_ascii(table: ValuesTable) -> None:
    select(table, 1, 0, 2, 1)
    text = copied(table)
    assert text == "-1.0e-05\t-1.1e-05\n-2.0e-05\t-2.1e-05"
    assert float(text.split("\t")[0]) == -1.0e-05


def test_a_block_too_large_to_be_seen_is_one_cell(
    table: ValuesTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(values_panel, "_MOST_COPIED", 3)
    select(table, 1, 0, 2, 1)
    assert copied(table) == "-1.0e-05"


def test_figures_of_a_comparison_are_copied_in_ascii(qtbot: QtBot) -> None:
    table = CompareTable()
    qtbot.addWidget(table)
    table.show_lines([Line("mean", "−0.5", "1e−7", "−0.4")])
    assert table.text() == "mean\t-0.5\t1e-7\t-0.4"


def test_a_long_figure_alone_on_its_line_widens_no_column(qtbot: QtBot) -> None:
    table = CompareTable()
    qtbot.addWidget(table)
    sides = Line("mean", "−0.123456", "−0.123456", "−0.123456")
    table.show_lines([sides])
    width = table.minimumSizeHint().width()
    table.show_lines([sides, Line("n", delta="123,456 of 123,456")])
    assert table.minimumSizeHint().width() == width
    assert sum(not label.isHidden() for label in table.findChildren(QLabel)) == 12


def test_a_narrow_panel_leaves_room_for_the_slice(qtbot: QtBot, tmp_path: Path) -> None:
    torch.save({"w": torch.ones(20, 20, 3, 3)}, tmp_path / "a.pt")
    jobs = Jobs()
    with open_checkpoint(tmp_path / "a.pt") as checkpoint:
        panel = values_panel.ValuesPanel(jobs)
        qtbot.addWidget(panel)
        panel.resize(200, 200)
        panel.show()
        panel.show_tensor(checkpoint.tensors[0])
        field = panel.slice_line
        text = field.fontMetrics().horizontalAdvance(field.text())
        assert field.text() == "[0, 0, :, :]"
        assert field.width() > text
        jobs.close()
