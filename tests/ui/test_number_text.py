"""Figures as they are read: true minus, few digits, nothing rounded to none or all."""

from __future__ import annotations

import math

import pytest
from pytestqt.qtbot import QtBot

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


def test_ticks_around_one_are_no_powers_of_ten(qtbot: QtBot) -> None:
    from inspector.ui.plot_style import ValueAxis

    axis = ValueAxis("bottom")
    near_one = axis.tickStrings([0.9999998, 1.0, 1.0000002], 1.0, 2e-7)
    assert near_one == ["0.9999998", "1.0000000", "1.0000002"]
    assert axis.tickStrings([0.0, 2e-6, -4e-6], 1.0, 2e-6) == ["0", "2e−6", "−4e−6"]
    assert axis.tickStrings([5e21, 5.2e21], 1.0, 2e20) == ["5.0e21", "5.2e21"]


def test_an_axis_of_very_few_counts_has_ticks(qtbot: QtBot) -> None:
    from inspector.ui.plot_style import CountAxis

    assert CountAxis().tickValues(0.0, 1.06, 300) == [(1.0, [0.0, 1.0])]
    assert CountAxis().tickValues(0.0, 106.0, 300)[0][0] >= 1
