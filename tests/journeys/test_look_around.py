"""Looking around in an open file: by keys, by filter, and at what is selected."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QPushButton, QToolButton
from pytestqt.qtbot import QtBot
from safetensors.torch import save_file

from inspector.ui import theme
from inspector.ui.arrange import (
    BYTES,
    DISTRIBUTION,
    DTYPE,
    NAME,
    PARAMETERS,
    SHAPE,
    Request,
)
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.facts_panel import FactsPanel
from inspector.ui.histogram_panel import HistogramPanel
from inspector.ui.main_window import MainWindow
from inspector.ui.picture_panel import PicturePanel
from inspector.ui.selection_panel import FACTS, HISTOGRAM, PICTURE, VALUES
from inspector.ui.texts import PlainLabel
from inspector.ui.values_panel import ValuesPanel
from inspector.ui.wrapped_text import WrappedText
from tests.builders import built, torch

Open = Callable[[Path], CheckpointPage]
Key = Qt.Key


@pytest.fixture
def page(opened: Open) -> CheckpointPage:
    return opened(built("general_checkpoint_with_adam").path)


def labels(page: CheckpointPage) -> list[str]:
    return [page.model.rows.labels[row] for row in page.model.visible]


def test_the_tree_is_walked_with_the_keys(page: CheckpointPage, qtbot: QtBot) -> None:
    tree, rows = page.tree, page.model.rows
    tree.open_all(False)
    group = next(row for row in range(len(rows)) if rows.is_group(row))
    tree.choose_row(group)
    count = len(page.model.visible)
    QTest.keyClick(tree, Key.Key_Right)
    assert page.model.is_open(group)
    QTest.keyClick(tree, Key.Key_Right)
    assert rows.parents[tree.current_row()] == group
    QTest.keyClick(tree, Key.Key_Left)
    assert tree.current_row() == group
    QTest.keyClick(tree, Key.Key_Left)
    assert len(page.model.visible) == count
    QTest.keyClick(tree, Key.Key_Asterisk)
    assert len(page.model.visible) == count + rows.ends[group] - group - 1
    QTest.keyClick(tree, Key.Key_Minus)
    assert len(page.model.visible) == count


def test_tab_passes_the_toolbar_the_chips_and_the_filter_on_its_way_to_the_tree(
    page: CheckpointPage, window: MainWindow, qtbot: QtBot
) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    button = next(b for b in window.findChildren(QToolButton) if b.text().strip() == "Open")
    button.setFocus(Qt.FocusReason.TabFocusReason)
    passed: list[str] = []
    while window.focusWidget() is not page.tree and len(passed) < 40:
        focus = window.focusWidget()
        passed.append(focus.accessibleName() or getattr(focus, "text", str)().strip())
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    assert passed[:4] == ["Open", "Compare", "Scan file", "Export copy"]
    assert passed[5] == "All commands"
    assert passed[-2:] == ["loads with weights_only", "Filter the keys"]


def test_a_meta_tensor_offers_no_numbers_and_is_found(opened: Open, qtbot: QtBot) -> None:
    page = opened(built("meta_tensors").path)
    page.go_to_key("meta")
    tabs = page.selection.tabs
    assert [tabs.isTabEnabled(view) for view in range(4)] == [False, False, False, True]
    assert page.selection.view == FACTS
    page.filter.setText("has:no-data")
    qtbot.waitUntil(lambda: page.model.arrangement.hits == 2)
    page.go_to_key("w")
    qtbot.waitUntil(lambda: page.selection.view == HISTOGRAM)


def test_typing_in_the_tree_filters(page: CheckpointPage, window: MainWindow, qtbot: QtBot) -> None:
    page.tree.choose_row(0)
    QTest.keyClick(page.tree, Key.Key_B)
    assert page.filter.text() == "b"
    page.filter.setText("weight dtype:float32")
    qtbot.waitUntil(lambda: page.model.request.text == "weight dtype:float32")
    rows = page.model.rows
    leaves = [row for row in page.model.visible if not rows.is_group(row)]
    assert leaves
    assert all("weight" in rows.keys[row] for row in leaves)
    page.filter.clear()
    qtbot.waitUntil(lambda: page.model.request.text == "")


def test_a_hidden_key_is_reached_all_the_same(page: CheckpointPage, qtbot: QtBot) -> None:
    page.filter.setText("bias")
    qtbot.waitUntil(lambda: page.model.request.text == "bias")
    key = next(tensor.key for tensor in page.checkpoint.tensors if "bias" not in tensor.key)
    assert page.go_to_key(key)
    qtbot.waitUntil(lambda: page.model.rows.keys[page.tree.current_row()] == key)
    assert page.filter.text() == ""
    assert not page.go_to_key("no such key")


def test_columns_sort_and_return_to_file_order(page: CheckpointPage, qtbot: QtBot) -> None:
    before = labels(page)
    for descending in (False, True):
        page.sort_by(BYTES)
        wanted = Request("", BYTES, descending)
        qtbot.waitUntil(lambda wanted=wanted: page.model.request == wanted)  # type: ignore[misc]
    page.sort_by(BYTES)
    qtbot.waitUntil(lambda: page.model.request.column is None)
    assert labels(page) == before


def test_values_equal_torchs(page: CheckpointPage, qtbot: QtBot) -> None:
    file = built("general_checkpoint_with_adam")
    matrix = next(tensor for tensor in file.tensors if len(tensor.shape) == 2)
    page.go_to_key(matrix.key)
    page.selection.tabs.setCurrentIndex(VALUES)
    qtbot.waitUntil(lambda: page.selection.findChild(ValuesPanel) is not None)
    values = page.selection.findChild(ValuesPanel)
    assert isinstance(values, ValuesPanel)
    qtbot.waitUntil(lambda: values.model is not None and values.model.index(0, 0).data() != "…")
    model = values.model
    assert model is not None
    assert (model.rowCount(), model.columnCount()) == matrix.shape
    shown = [
        [
            float(model.index(row, column).data().replace("−", "-"))
            for column in range(matrix.shape[1])
        ]
        for row in range(matrix.shape[0])
    ]
    np.testing.assert_allclose(shown, matrix.tensor.detach().cpu().numpy(), rtol=1e-5, atol=1e-12)


def test_a_slice_goes_through_leading_dimensions(
    opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    cube = torch.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    torch.save({"cube": cube, "plain": torch.zeros(2)}, tmp_path / "cube.pt")
    page = opened(tmp_path / "cube.pt")
    page.go_to_key("cube")
    page.selection.show_cell((1, 2, 3, 4))
    qtbot.waitUntil(lambda: page.selection.findChild(ValuesPanel) is not None)
    values = page.selection.findChild(ValuesPanel)
    assert isinstance(values, ValuesPanel)
    assert values.slice_line.text() == "[1, 2, :, :]"
    assert values.table.currentIndex().row() == 3
    assert values.table.currentIndex().column() == 4
    qtbot.waitUntil(lambda: values.table.currentIndex().data() == str(int(cube[1, 2, 3, 4])))
    values.slice_line.setText("[0, -1, :, :]")
    values.slice_line.editingFinished.emit()
    assert values.slice_line.text() == "[0, 2, :, :]"
    assert values.model is not None
    model = values.model
    qtbot.waitUntil(lambda: model.index(0, 0).data() == str(int(cube[0, 2, 0, 0])))
    values.slice_line.setText("[7, 0, :, :]")
    values.slice_line.editingFinished.emit()
    assert values.slice_line.text() == "[0, 2, :, :]"


def test_a_one_by_one_convolution_is_one_table(opened: Open, qtbot: QtBot, tmp_path: Path) -> None:
    weight = torch.arange(4 * 6).reshape(1, 4, 1, 6, 1)
    torch.save({"w": weight}, tmp_path / "conv.pt")
    page = opened(tmp_path / "conv.pt")
    page.go_to_key("w")
    page.selection.show_cell((0, 3, 0, 2, 0))
    qtbot.waitUntil(lambda: page.selection.findChild(ValuesPanel) is not None)
    values = page.selection.findChild(ValuesPanel)
    assert values is not None and values.model is not None
    assert values.slice_line.text() == "[0, :, 0, :, 0]"
    assert (values.model.rowCount(), values.model.columnCount()) == (4, 6)
    index = values.table.currentIndex()
    qtbot.waitUntil(lambda: index.data() == str(int(weight[0, 3, 0, 2, 0])))
    assert values.model.cell(index.row(), index.column()) == (0, 3, 0, 2, 0)


def test_finding_next_goes_round_what_the_filter_shows(
    page: CheckpointPage, window: MainWindow, qtbot: QtBot
) -> None:
    page.filter.setFocus()
    page.filter.setText("bias")
    qtbot.waitUntil(lambda: page.model.request.text == "bias")
    hits = [row for row in page.model.visible if not page.model.rows.is_group(row)]
    assert len(hits) > 1
    for wanted in (*hits, hits[0]):
        window.actions_["find_next"].trigger()
        assert page.tree.current_row() == wanted
    window.actions_["find_previous"].trigger()
    assert page.tree.current_row() == hits[-1]
    QTest.keyClick(page.filter, Key.Key_Escape)
    assert page.filter.text() == ""


def test_every_order_is_in_the_menu_of_the_tree(page: CheckpointPage, qtbot: QtBot) -> None:
    menu = QMenu()
    qtbot.addWidget(menu)
    page.add_orders(menu)
    orders = menu.actions()[0].menu()
    assert isinstance(orders, QMenu)
    by_name = {action.text(): action for action in orders.actions()}
    by_name["Bytes"].trigger()
    qtbot.waitUntil(lambda: page.model.request.column == BYTES)
    by_name["File order"].trigger()
    qtbot.waitUntil(lambda: page.model.request.column is None)


def test_the_table_is_copied_for_a_spreadsheet(page: CheckpointPage, window: MainWindow) -> None:
    page.tree.open_all(True)
    window.actions_["copy_table"].trigger()
    head, *lines = QGuiApplication.clipboard().text().split("\n")
    assert head.split("\t")[:3] == ["Name", "Shape", "Dtype"]
    assert [line.split("\t")[0] for line in lines] == page.model.rows.keys
    page.tree.choose_row(page.model.visible[-1])
    window.actions_["copy_row"].trigger()
    assert QGuiApplication.clipboard().text() == lines[-1]


def test_facts_name_who_shares_the_storage(opened: Open, qtbot: QtBot) -> None:
    page = opened(built("tied_weights").path)
    sharing = [
        t for t in page.checkpoint.tensors if t.storage is page.checkpoint.tensors[0].storage
    ]
    first, second = sharing[:2]
    page.go_to_key(first.key)
    page.selection.tabs.setCurrentIndex(FACTS)
    facts = page.selection.findChild(FactsPanel)
    assert isinstance(facts, FactsPanel)
    shown = dict(facts.facts)
    assert shown["Dtype"] == first.dtype
    assert "torch.load(" in shown["Python"]
    links = [button for button in facts.findChildren(QPushButton) if button.text() == second.key]
    links[0].click()
    assert page.model.rows.keys[page.tree.current_row()] == second.key


def test_a_view_comes_though_the_one_before_it_goes_on_reading(
    page: CheckpointPage, window: MainWindow, qtbot: QtBot
) -> None:
    page.go_to_key(page.checkpoint.tensors[0].key)
    page.selection.tabs.setCurrentIndex(PICTURE)
    window.jobs.run("look", lambda cancel, progress: None, lambda nothing: None)
    qtbot.waitUntil(lambda: page.selection.findChild(PicturePanel) is not None)


def test_facts_stay_in_front_of_a_view_that_comes_late(page: CheckpointPage, qtbot: QtBot) -> None:
    page.go_to_key(page.checkpoint.tensors[0].key)  # its histogram is on the way
    page.selection.tabs.setCurrentIndex(FACTS)
    facts = page.selection.findChild(FactsPanel)
    qtbot.wait(50)
    assert facts is not None and facts.isVisible()


def test_long_facts_are_broken_and_can_be_copied(
    opened: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    key = "a_word_without_a_break" * 20
    file = tmp_path / "long.pt"
    torch.save({key: torch.zeros(2)}, file)
    page = opened(file)
    page.go_to_key(key)
    page.selection.tabs.setCurrentIndex(FACTS)
    facts = page.selection.findChild(FactsPanel)
    assert facts is not None
    qtbot.wait(1)  # the layout
    buttons = [button for button in facts.findChildren(QPushButton) if button.text() == "Copy"]
    for button in buttons:
        right = button.mapTo(facts, button.rect().topRight()).x()
        assert right < facts.width()
    assert buttons
    lines = [text for text in facts.findChildren(WrappedText) if "torch.load" in text.toPlainText()]
    assert lines[0].toPlainText().startswith("import torch\ntensor = ")
    assert lines[0].height() >= 4 * lines[0].fontMetrics().lineSpacing()


def test_a_narrow_window_keeps_name_shape_and_dtype(
    page: CheckpointPage, window: MainWindow, qtbot: QtBot
) -> None:
    tree = page.tree
    page.go_to_key(page.checkpoint.tensors[0].key)
    for width in (700, 1500, 700):
        window.resize(width, 600)
        qtbot.waitUntil(partial(lambda wanted: window.width() == wanted, width))
        qtbot.wait(50)
        hidden = [column for column in range(DISTRIBUTION) if tree.isColumnHidden(column)]
        assert (PARAMETERS in hidden) == (width == 700)
        assert not {NAME, SHAPE, DTYPE} & set(hidden)
        assert tree.horizontalScrollBar().maximum() == 0
    assert window.height() == 600


def test_long_words_never_push_the_menu_out_of_a_narrow_window(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.actions_["scan"].setIconText(" Words of a language longer than English")
    for width in (800, 1200, 700):
        window.resize(width, 600)
        qtbot.waitUntil(partial(lambda wanted: window.width() == wanted, width))
        QTest.qWait(1)  # the layout
        assert window._bar._menu.isVisible()
        assert window._bar._menu.geometry().right() < width


def test_an_empty_tree_says_why(page: CheckpointPage, qtbot: QtBot) -> None:
    def inked() -> set[int]:
        picture = page.tree.viewport().grab().toImage()
        middle = range(picture.width() // 4, picture.width() * 3 // 4)
        return {picture.pixel(x, y) for y in range(picture.height() // 4) for x in middle}

    page.filter.setText("no such key")
    qtbot.waitUntil(lambda: not page.model.visible)
    assert len(inked()) > 1


def test_copying(page: CheckpointPage, window: MainWindow) -> None:
    key = page.checkpoint.tensors[0].key
    page.go_to_key(key)
    clipboard = QGuiApplication.clipboard()
    window.actions_["copy_key"].trigger()
    assert clipboard.text() == key
    window.actions_["copy_python"].trigger()
    assert clipboard.text().startswith("import torch\ntensor = torch.load(")
    page.copy_row()
    assert clipboard.text().split("\t")[0] == key


def test_views_follow_the_selection(page: CheckpointPage, qtbot: QtBot) -> None:
    tensor = page.checkpoint.tensors[0]
    page.go_to_key(tensor.key)
    assert page.selection.view == HISTOGRAM
    value = page.checkpoint.values[0]
    page.go_to_key(value.key)
    assert page.selection.view == FACTS
    page.go_to_key(tensor.key)
    assert page.selection.view == HISTOGRAM


def test_optimizer_state_names_its_parameter(page: CheckpointPage) -> None:
    notes = [note for note in page.model.rows.notes.values() if note.startswith("→")]
    assert len(notes) == len(page.model.rows.owners) / 3


def test_the_size_of_a_header_is_told_whole(opened: Open, tmp_path: Path) -> None:
    save_file({f"layer{n}.weight": torch.zeros(2) for n in range(30)}, tmp_path / "m.safetensors")
    page = opened(tmp_path / "m.safetensors")
    texts = [chip.text() for chip in page.header.findChildren(PlainLabel)]
    assert any(re.fullmatch(r"safetensors · header of \d,\d{3} bytes", text) for text in texts)


def test_the_class_of_a_saved_model_and_of_its_modules_are_told(opened: Open) -> None:
    page = opened(built("whole_model_of_a_gone_class").path)
    chips = [label.text() for label in page.header.findChildren(PlainLabel)]
    assert chips[1] == "vanished_project.models.Net"
    assert "torch.nn.BatchNorm2d" in page.model.rows.notes.values()


def test_tab_walks_the_histogram_as_it_is_laid_out_and_is_seen_on_the_plot(
    opened: Open, window: MainWindow, qtbot: QtBot
) -> None:
    page = opened(built("half_precision_layer").path)
    page.go_to_key("weight")
    qtbot.waitUntil(lambda: page.selection.findChild(HistogramPanel) is not None)
    panel = page.selection.findChild(HistogramPanel)
    assert isinstance(panel, HistogramPanel)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    controls, plot = panel.controls, panel.plot.plot
    # The plot comes with the first bars.
    qtbot.waitUntil(lambda: controls.normal.isVisible() and plot.isVisible())
    controls.symlog.setFocus(Qt.FocusReason.TabFocusReason)
    order = [window.focusWidget()]
    while order[-1] is not plot and len(order) < 12:
        QTest.keyClick(order[-1], Key.Key_Tab)
        order.append(window.focusWidget())
    assert order[:4] == [controls.symlog, controls.log_counts, controls.bins, controls.normal]
    edge = plot.grab().toImage().pixelColor(plot.width() // 2, 0)
    assert edge == theme.colors().accent
