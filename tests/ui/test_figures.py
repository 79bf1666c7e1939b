"""Numbers and values as the window writes them."""

from __future__ import annotations

import pytest

from inspector.checkpoint.types import Plain
from inspector.checkpoint.units import bytes_text, short_count_text
from inspector.ui.figures import count_text, exact_bytes_text, shape_text, value_text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1,023 B"),
        (1024, "1.0 KB"),
        (37_632, "36.8 KB"),
        (1024 * 1024 - 1, "1.0 MB"),
        (1000 * 1024 * 1024, "1000 MB"),
        (2**31, "2.0 GB"),
        (10**20, "86.7 EB"),
    ],
)
def test_bytes(count: int, text: str) -> None:
    assert bytes_text(count) == text


def test_counts() -> None:
    assert [short_count_text(n) for n in (0, 9408, 215_808, 25_557_032)] == [
        "0",
        "9,408",
        "215.8 K",
        "25.6 M",
    ]
    assert [count_text(n) for n in (2_048_000, 25_557_032)] == ["2,048,000", "25.6 M"]
    assert exact_bytes_text(37_632) == "36.8 KB (37,632 bytes)"
    assert exact_bytes_text(8) == "8 bytes"


def test_shapes() -> None:
    assert [shape_text(shape) for shape in ((), (0,), (2, -1), (64, 3, 7, 7))] == [
        "scalar",
        "0",
        "2 × ?",
        "64 × 3 × 7 × 7",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (True, "True"),
        (0.7734, "0.7734"),
        ("adam", '"adam"'),
        ("a\nb", '"a\\x0ab"'),
        ([1, [2.5, None]], "[1, [2.5, None]]"),
        ({"": {"version": 1}}, '{"": {"version": 1}}'),
        (list(range(30)), "[" + ", ".join(map(str, range(24))) + ", …]"),
        ([[[[[1]]]]], "[[[[…]]]]"),
    ],
)
def test_values(value: Plain, text: str) -> None:
    assert value_text(value) == text


def test_tuples_are_in_parentheses() -> None:
    values: list[Plain] = [[], [5], [5, [1]]]
    texts = [value_text(value, type_name="tuple") for value in values]
    assert texts == ["()", "(5,)", "(5, [1])"]
    assert value_text([*range(30)], type_name="tuple").endswith("23, …)")


def test_huge_values_stay_short() -> None:
    huge: Plain = ["x" * 10**6] * 10**5
    assert len(value_text(huge)) <= 200
    assert len(value_text(10**100_000)) <= 200
    assert value_text({"k" * 10**6: 1}).startswith('{"kkk')


def test_only_strings_have_quotes() -> None:
    assert value_text("torch.float16", type_name="torch.dtype") == "torch.float16"
    assert value_text("(1+2j)", type_name="complex") == "(1+2j)"
    assert value_text("resnet18", type_name="str") == '"resnet18"'
