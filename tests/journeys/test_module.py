"""A module selected in the tree: its rows lead on, and closing the file ends the work on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.histogram_panel import HistogramPanel
from inspector.ui.main_window import MainWindow
from tests.builders import torch

Open = Callable[[Path], CheckpointPage]


@pytest.fixture
def page(opened: Open, tmp_path: Path, qtbot: QtBot) -> CheckpointPage:
    path = tmp_path / "model.pt"
    torch.save(
        {f"encoder.{i}.{name}": torch.randn(8) for i in range(3) for name in ("weight", "bias")},
        path,
    )
    page = opened(path)
    assert page.go_to_key("encoder")
    return page


def panel_of(page: CheckpointPage, qtbot: QtBot) -> HistogramPanel:
    qtbot.waitUntil(lambda: page.findChild(HistogramPanel) is not None)
    panel = page.findChild(HistogramPanel)
    assert isinstance(panel, HistogramPanel)
    return panel


def test_a_row_of_a_module_leads_to_its_tensor(page: CheckpointPage, qtbot: QtBot) -> None:
    panel = panel_of(page, qtbot)
    qtbot.waitUntil(lambda: panel.rows.model().rowCount() == 6)
    panel.rows.setCurrentIndex(panel.rows.model().index(3, 0))
    key = panel.rows.text().split("\n")[4].split("\t")[0]
    QTest.keyClick(panel.rows, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.model.rows.keys[page.tree.current_row()] == key)


def test_closing_the_file_forgets_what_was_looked_at(
    page: CheckpointPage, window: MainWindow, qtbot: QtBot
) -> None:
    panel = panel_of(page, qtbot)
    qtbot.waitUntil(lambda: panel.rows.model().rowCount() == 6)
    assert len(panel._results) == 1
    page.close_file()
    assert len(panel._results) == 0
    assert panel._subject is None
    assert not window.jobs.busy("look")


def test_what_is_copied_is_what_has_the_keyboard(
    page: CheckpointPage, window: MainWindow, qtbot: QtBot
) -> None:
    panel = panel_of(page, qtbot)
    qtbot.waitUntil(lambda: panel.rows.model().rowCount() == 6)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    clipboard = QGuiApplication.clipboard()
    for widget, copied in ((page.tree, "encoder"), (panel.rows, "Tensor"), (page.tree, "encoder")):
        widget.setFocus()
        clipboard.setText("nothing")
        QTest.keyClick(widget, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        assert clipboard.text().split("\t")[0] == copied


def test_each_module_has_room_for_its_names_until_a_person_chooses(
    opened: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    names = ("a.x", "a.y", "b.projection_of_the_keys.weight", "b.projection_of_the_keys.bias_term")
    torch.save({f"{name}": torch.randn(8) for name in (*names, "b.norm.scale")}, tmp_path / "m.pt")
    page = opened(tmp_path / "m.pt")
    page.go_to_key("a")
    panel = panel_of(page, qtbot)
    qtbot.waitUntil(lambda: panel.rows.model().rowCount() == 2)
    narrow = panel.rows.columnWidth(0)
    page.go_to_key("b")
    qtbot.waitUntil(lambda: panel.rows.model().rowCount() == 3)
    wide = panel.rows.fontMetrics().horizontalAdvance("projection_of_the_keys.bias_term")
    assert narrow < wide < panel.rows.columnWidth(0)
    panel.rows.setColumnWidth(0, 77)  # as dragging the border does
    page.go_to_key("a")
    qtbot.waitUntil(lambda: panel.rows.model().rowCount() == 2)
    assert panel.rows.columnWidth(0) == 77
