"""Figures as they are read: true minus, few digits, nothing rounded to none or all."""

from __future__ import annotations

import math

import pytest

from inspector.ui import number_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.042161, "0.04216"),
        (-0.000412, "−0.000412"),
        (1.25e-7, "1.25e-7"),
        (-3.0, "−3"),
        (1234.5678, "1,235"),
        (3e12, "3e12"),
        (math.nan, "NaN"),
        (-math.inf, "−∞"),
    ],
)
def test_figures(value: float, text: str) -> None:
    assert number_text.figure(value) == text.replace("e-", "e−")


def test_a_share_that_is_not_quite_none_or_all_says_so() -> None:
    assert number_text.share(1, 10**9) == "< 0.01 %"
    assert number_text.share(10**9 - 1, 10**9) == "> 99.99 %"
    assert number_text.share(0, 5) == "0 %"
    assert number_text.share(5, 5) == "100 %"
    assert number_text.share(0, 0) == "0 %"


def test_powers_of_ten_on_an_axis() -> None:
    found = [number_text.power_of_ten(k) for k in (-5, -2, 0, 3, 6)]
    assert found == ["10⁻⁵", "0.01", "1", "1,000", "10⁶"]
