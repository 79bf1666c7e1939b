"""Sorting and filtering of the flat tree against a recursive one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.checkpoint.cancel import CancelToken
from inspector.ui import arrange as arranging
from inspector.ui.arrange import BYTES, NAME, PARAMETERS, SHAPE, Request, arrange, natural_key
from inspector.ui.filter import parse
from inspector.ui.tree_rows import Rows
from tests.ui.in_code import block_model, rows_of, tensor, value

KEYS: dict[int, Callable[[Rows, int], object]] = {
    NAME: lambda rows, row: natural_key(rows.labels[row]),
    PARAMETERS: lambda rows, row: rows.numels[row],
    BYTES: lambda rows, row: rows.nbytes[row],
}


def sorted_by_recursion(rows: Rows, column: int, descending: bool, parent: int = -1) -> list[int]:
    order = []
    children = rows.children(parent)
    for child in sorted(children, key=lambda row: KEYS[column](rows, row), reverse=descending):  # type: ignore[arg-type, return-value]
        order.append(child)
        if rows.is_group(child):
            order += sorted_by_recursion(rows, column, descending, child)
    return order


@pytest.mark.parametrize("column", list(KEYS))
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("at_once", [2, 4096])
def test_siblings_are_sorted_among_each_other(
    column: int, descending: bool, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arranging, "_SORTED_AT_ONCE", at_once)
    rows = rows_of(*block_model(12, 5), value("epoch", 1), tensor("a"))
    result = arrange(rows, Request("", column, descending), parse("", {}), CancelToken())
    assert list(result.order) == sorted_by_recursion(rows, column, descending)
    for position, row in enumerate(result.order):
        assert result.positions[row] == position
        below = set(range(row, rows.ends[row]))
        assert set(result.order[position : result.ends[position]]) == below


def test_numbers_in_names_sort_by_their_size() -> None:
    rows = rows_of(*(tensor(f"layer{number}") for number in (10, 9, 1, 100, 2)))
    result = arrange(rows, Request("", NAME), parse("", {}), CancelToken())
    assert [rows.labels[row] for row in result.order] == [
        "layer1",
        "layer2",
        "layer9",
        "layer10",
        "layer100",
    ]


def test_shapes_values_and_groups_sort_together() -> None:
    rows = rows_of(value("v", [1]), tensor("b", (9,)), tensor("c", (2, 2)), *block_model(2, 1))
    result = arrange(rows, Request("", SHAPE), parse("", {}), CancelToken())
    top = [row for row in result.order if rows.depths[row] == 0]
    assert [rows.labels[row] for row in top] == ["block0.unit0", "block1.unit0", "c", "b", "v"]


@given(
    st.sets(st.integers(0, 15)), st.sampled_from(["", "unit1", "weight0", "block2.unit", "none"])
)
def test_visible_rows_are_those_that_pass_and_that_nothing_hides(
    closed: set[int], text: str
) -> None:
    rows = rows_of(*block_model(3, 3), value("epoch", 1))
    result = arrange(rows, Request(text, NAME, True), parse(text, {}), CancelToken())
    groups = [row for row in range(len(rows)) if rows.is_group(row)]
    opened = bytearray(b"\1") * len(rows)
    for number in closed:
        opened[groups[number % len(groups)]] = 0
    passing = set(parse(text, {}).rows(rows, CancelToken()) if text else rows.leaves)
    expected = []
    for row in result.order:
        ancestors = []
        parent = rows.parents[row]
        while parent >= 0:
            ancestors.append(parent)
            parent = rows.parents[parent]
        holds_a_hit = bool(passing & set(range(row, rows.ends[row])))
        if holds_a_hit and all(opened[ancestor] for ancestor in ancestors):
            expected.append(row)
    assert result.visible(opened) == expected
    assert result.hits == len(passing)
