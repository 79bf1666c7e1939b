"""The table model that plays a tree: Qt's own checker, opening and closing against a slow tree."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.types import Tensor, Value
from inspector.ui.arrange import (
    BYTES,
    DEVICE,
    DTYPE,
    NAME,
    OPEN_AT_FIRST,
    PARAMETERS,
    SHAPE,
    Request,
    arrange,
    open_at_first,
)
from inspector.ui.filter import parse
from inspector.ui.tree_model import TreeModel
from inspector.ui.tree_view import TreeView
from tests.ui.in_code import block_model, in_file_order, rows_of, tensor, value

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal


@pytest.fixture
def model(qtbot: QtBot) -> TreeModel:
    rows = rows_of(value("epoch", 4), *block_model(3, 3), tensor("head", (), "int64", None))
    return TreeModel(rows, in_file_order(rows), open_at_first(rows))


def expected(model: TreeModel, open_rows: set[int]) -> list[int]:
    rows, listed = model.rows, model.arrangement.listed
    found: list[int] = []

    def walk(parent: int) -> None:
        for child in sorted(rows.children(parent), key=model.arrangement.positions.__getitem__):
            if listed is None or listed[child]:
                found.append(child)
                if child in open_rows:
                    walk(child)

    walk(-1)
    return found


def test_cells(model: TreeModel) -> None:
    model.open_all(True)
    columns = (NAME, SHAPE, DTYPE, DEVICE, PARAMETERS, BYTES)
    cells = {
        model.rows.keys[row]: [model.text(row, column) for column in columns]
        for row in model.visible
    }
    assert cells["epoch"] == ["epoch", "4", "int", "", "", ""]
    assert cells["block0"] == ["block0", "6 tensors", "float32", "cpu", "30", "120 B"]
    assert cells["block1.unit2.weight1"] == ["weight1", "3 × 3", "float32", "cpu", "9", "36 B"]
    assert cells["head"] == ["head", "scalar", "int64", "—", "1", "8 B"]


def test_what_has_no_name_is_called_something(qtbot: QtBot) -> None:
    for path, name in (((), "(the saved object)"), (("",), '""')):
        lone = tensor("")
        lone.path = path
        rows = rows_of(lone)
        model = TreeModel(rows, in_file_order(rows), open_at_first(rows))
        assert model.index(0, NAME).data() == name


def test_a_module_without_tensors_counts_its_values(qtbot: QtBot) -> None:
    rows = rows_of(value("config.lr", 1), value("config.wd", 2), tensor("head", (2,)))
    model = TreeModel(rows, in_file_order(rows), open_at_first(rows))
    assert model.text(rows.keys.index("config"), SHAPE) == "2 values"


def test_qt_finds_no_fault_while_rows_come_and_go(model: TreeModel) -> None:
    QAbstractItemModelTester(model, FATAL)
    groups = {row for row in range(len(model.rows)) if model.rows.is_group(row)}
    opened = {row for row in groups if model.is_open(row)}
    chance = random.Random(5)
    for _ in range(300):
        line = chance.randrange(len(model.visible))
        row = model.visible[line]
        if row in groups:
            model.set_open(line, row not in opened)
            opened ^= {row}
        assert model.visible == expected(model, opened)


def test_open_all_and_below(model: TreeModel) -> None:
    QAbstractItemModelTester(model, FATAL)
    model.open_all(False)
    assert [model.rows.depths[row] for row in model.visible] == [0] * 5
    line = model.line_of(model.rows.keys.index("block1"))
    model.open_below(line)
    assert len(model.visible) == 5 + 3 + 6
    model.open_all(True)
    assert model.visible == list(range(len(model.rows)))


def test_a_filter_opens_groups_and_gives_the_old_state_back(model: TreeModel) -> None:
    QAbstractItemModelTester(model, FATAL)
    model.open_all(False)
    before = list(model.visible)
    query = parse("unit1.weight0", {})
    filtered = arrange(model.rows, Request("unit1.weight0"), query, CancelToken())
    model.set_arrangement(filtered)
    assert [model.rows.labels[row] for row in model.visible] == [
        label for block in range(3) for label in (f"block{block}", "unit1", "weight0")
    ]
    model.set_open(0, False)
    assert len(model.visible) == 7
    model.set_arrangement(in_file_order(model.rows))
    assert model.visible == before


def test_reveal_opens_what_hides_a_row(model: TreeModel) -> None:
    model.open_all(False)
    row = model.rows.keys.index("block2.unit0.weight1")
    assert model.line_of(row) == -1
    line = model.reveal(row)
    assert model.visible[line] == row
    query = parse("block1", {})
    model.set_arrangement(arrange(model.rows, Request("block1"), query, CancelToken()))
    assert model.reveal(row) == -1


def test_a_large_file_starts_with_few_rows(qtbot: QtBot) -> None:
    rows = rows_of(*block_model(30, 30))
    model = TreeModel(rows, in_file_order(rows), open_at_first(rows))
    assert 30 <= len(model.visible) <= OPEN_AT_FIRST


def test_many_values_stay_closed_beside_tensors(qtbot: QtBot) -> None:
    many = [value(f"args.a{n}", n, path=("args", f"a{n}")) for n in range(40)]
    few = [value(f"group.{n}", n, path=("group", n)) for n in range(3)]
    rows = rows_of(*many, *few, *block_model(1, 2))
    opened = open_at_first(rows, all_values=False)
    assert next(rows.keys[row] for row in range(len(rows)) if opened[row]) == "group"
    assert sum(open_at_first(rows)) == sum(opened) + 1
    alone = rows_of(*many, *few)
    assert open_at_first(alone, all_values=False) == open_at_first(alone)


def test_rows_tell_a_screen_reader_where_they_are(model: TreeModel) -> None:
    model.open_all(False)
    role = Qt.ItemDataRole.AccessibleTextRole
    line = model.line_of(model.rows.keys.index("block0"))
    assert model.index(line, NAME).data(role) == "block0, collapsed, level 1"
    model.set_open(line, True)
    assert model.index(line, NAME).data(role) == "block0, expanded, level 1"
    assert model.index(line + 1, NAME).data(role) == "unit0, collapsed, level 2"


def test_text_from_files_is_made_safe(qtbot: QtBot) -> None:
    rows = rows_of(tensor("<b>bold</b>\n\u202egnp.exe"), value("x" * 5000, "y" * 50_000))
    model = TreeModel(rows, in_file_order(rows), open_at_first(rows))
    first, second = (model.index(line, NAME) for line in range(2))
    assert first.data() == "<b>bold</b>\\x0a\\u202egnp.exe"
    assert "&lt;b>" in first.data(Qt.ItemDataRole.ToolTipRole).replace("&gt;", ">")
    assert len(second.data()) <= 1000
    assert len(model.index(1, SHAPE).data()) <= 1000


def test_an_empty_checkpoint_has_no_rows(qtbot: QtBot) -> None:
    rows = rows_of()
    model = TreeModel(rows, in_file_order(rows), open_at_first(rows))
    QAbstractItemModelTester(model, FATAL)
    assert model.rowCount(QModelIndex()) == 0


def test_the_name_column_has_room_for_whose_state_it_is(qtbot: QtBot) -> None:
    def names_of(*entries: Tensor | Value) -> int:
        rows = rows_of(*entries)
        view = TreeView()
        qtbot.addWidget(view)
        view.show_model(TreeModel(rows, in_file_order(rows), open_at_first(rows)))
        assert bool(rows.owners) is (len(entries) > 2)
        return view.wanted_widths()[0]

    weight = tensor("model.a.weight", path=("model", "a.weight"))
    bias = tensor("model.a.bias", path=("model", "a.bias"))
    state = [
        tensor(f"optim.state.{n}.momentum_buffer", path=("optim", "state", n, "momentum_buffer"))
        for n in range(2)
    ]
    groups = value("g", [0, 1], path=("optim", "param_groups", 0, "params"))
    assert names_of(weight, bias, *state, groups) > names_of(weight, bias)


def test_names_that_are_long_and_many_are_shown_whole(qtbot: QtBot) -> None:
    """They differ in their middle; a single long one must not push a column out."""

    def room_for(*entries: Tensor | Value) -> int:
        rows = rows_of(*entries)
        view = TreeView()
        qtbot.addWidget(view)
        view.show_model(TreeModel(rows, in_file_order(rows), open_at_first(rows)))
        return view.wanted_widths()[0] - view._width_of(view.wanted_columns())

    long = "lora_unet_down_blocks_{}_attentions_0_transformer_blocks_0_attn1_to_q"
    short = [tensor(f"w{number}") for number in range(9)]
    few, many = ([tensor(long.format(number)) for number in range(count)] for count in (1, 9))
    text = QFontMetrics(TreeView().font()).horizontalAdvance(long.format(0))
    assert room_for(*many) > text
    assert room_for(*few, *short) == room_for(*short) < text


def test_a_wide_view_has_room_for_values(qtbot: QtBot) -> None:
    rows = rows_of(value("lr", 0.003454915028125267), tensor("w"))
    view = TreeView()
    qtbot.addWidget(view)
    view.show_model(TreeModel(rows, in_file_order(rows), open_at_first(rows)))
    view.resize(600, 300)
    view.show()
    narrow = view.columnWidth(SHAPE)
    view.resize(1800, 300)
    wide = view.columnWidth(SHAPE)
    assert wide > 2 * narrow
    assert view.columnWidth(NAME) > narrow
    view.horizontalHeader().resizeSection(DTYPE, 150)  # a person who makes another column wider
    assert view.chosen_widths == {DTYPE: 150}
    view.horizontalHeader().resizeSection(SHAPE, 100)
    view.resize(1700, 300)
    assert view.columnWidth(SHAPE) == 100


def test_the_shapes_of_convolutions_are_seen_whole(qtbot: QtBot) -> None:
    def width(shape: tuple[int, ...]) -> int:
        rows = rows_of(tensor("conv.weight", shape))
        view = TreeView()
        qtbot.addWidget(view)
        view.show_model(TreeModel(rows, in_file_order(rows), open_at_first(rows)))
        mono = QFontMetrics(view.delegate.mono_font)
        return view.columnWidth(SHAPE) - 2 * view.delegate.pad - mono.horizontalAdvance("1") * 19

    assert width((1280, 2560, 3, 3)) >= 0 > width((64,))


def test_columns_have_room_for_the_counts_of_the_groups_in_sight() -> None:
    rows = rows_of(*(tensor(f"layers.{number}", ()) for number in range(12_345)))
    model = TreeModel(rows, in_file_order(rows), bytearray(len(rows)))
    assert model.longest_texts()[SHAPE] == "12,345 tensors"


def test_the_tip_of_a_type_tells_a_class_with_its_module(qtbot: QtBot) -> None:
    rows = rows_of(Value(("x",), "x", "numpy.ndarray", None), tensor("a.x", (1,)), tensor("a.y"))
    model = TreeModel(rows, in_file_order(rows), bytearray(len(rows)))
    assert model._tip(0, DTYPE) == "numpy.ndarray"
    assert model._tip(1, DTYPE) == ""
