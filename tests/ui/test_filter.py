"""The filter's language against a slow and simple reading of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.checkpoint.types import Tensor, Value
from inspector.ui.filter import parse
from tests.ui.in_code import block_model, rows_of, tensor, value

ENTRIES: list[Tensor | Value] = [
    tensor("model.Conv1.weight", (64, 3, 7, 7), "float32", "cuda:0"),
    tensor("model.conv1.bias", (64,), "float32", "cuda:1"),
    tensor("model.conv10.weight", (768, 64), "bfloat16", "cuda:10"),
    tensor("embed", (30_000, 768), "float16", None),
    tensor("steps", (), "int64", "cpu"),
    tensor("empty", (0, 768), "float32", "cpu"),
    value("epoch", 7),
    value("name", "conv net"),
]
ROWS = rows_of(*ENTRIES)


def hits(text: str, flags: dict[int, frozenset[str]] | None = None) -> list[str]:
    return [ROWS.keys[row] for row in parse(text, flags or {}).rows(ROWS, CancelToken())]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("conv1.w", ["model.Conv1.weight"]),
        ("CONV1 bias", ["model.conv1.bias"]),
        ("conv -weight", ["model.conv1.bias"]),
        ("dtype:float", ["model.Conv1.weight", "model.conv1.bias", "embed", "empty"]),
        ("dtype:BFloat16", ["model.conv10.weight"]),
        ("device:cuda", ["model.Conv1.weight", "model.conv1.bias", "model.conv10.weight"]),
        ("device:cuda:1", ["model.conv1.bias"]),
        ("device:none", ["embed"]),
        ("shape:768", ["model.conv10.weight", "embed", "empty"]),
        ("shape:64x3", ["model.Conv1.weight"]),
        ("shape:3×*×7", ["model.Conv1.weight"]),
        ("shape:scalar", ["steps"]),
        ("size:>10MB", ["embed"]),
        ("size:<=256B", ["model.conv1.bias", "steps", "empty"]),
        ("size:=8", ["steps"]),
        ("params:>1M", ["embed"]),
        ("params:9k", ["model.Conv1.weight", "model.conv10.weight", "embed"]),
        ("-device:cuda dtype:float32", ["empty"]),
        ("type:int", ["epoch"]),
        ("colon:word", []),
    ],
)
def test_terms(text: str, keys: list[str]) -> None:
    assert hits(text) == keys


def test_flags_come_from_a_scan() -> None:
    row = ROWS.keys.index("embed")
    assert hits("has:nan", {row: frozenset({"nan", "zero"})}) == ["embed"]
    assert hits("has:nan", {}) == []


def test_what_only_a_scan_tells_hides_nothing_before_one() -> None:
    query = parse("has:nan conv -has:duplicate", scanned=False)
    assert query.unscanned == ["has:nan", "-has:duplicate"]
    assert len(query.rows(ROWS, CancelToken())) == 3
    assert parse("has:grad has:no-data", scanned=False).unscanned == []


@pytest.mark.parametrize(
    "term", ["size:>", "size:big", "shape:x", "dtype:", "params:1Q", "has:", "has:na"]
)
def test_terms_that_say_nothing_yet_hide_nothing(term: str) -> None:
    query = parse(term, {})
    assert not query
    assert query.unclear == [term]


@given(st.text("block0123unitweight.", min_size=1, max_size=8))
def test_words_are_found_wherever_they_stand(word: str) -> None:
    rows = rows_of(*block_model(4, 4))
    found = parse(word, {}).rows(rows, CancelToken())
    assert [rows.keys[row] for row in found] == [
        rows.keys[row] for row in rows.leaves if word.casefold() in rows.keys[row].casefold()
    ]


def test_filtering_can_be_cancelled() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        parse("conv", {}).rows(ROWS, token)
