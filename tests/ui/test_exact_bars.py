"""What is said below a plot of inexact bars is true, and a second pass counts them exactly."""

from __future__ import annotations

import re

import numpy as np
import torch

from inspector.analysis.statistics import summarize
from inspector.checkpoint.cancel import CancelToken, no_progress
from inspector.checkpoint.types import Storage
from inspector.ui.histogram_bins import bars_in_view
from inspector.ui.histogram_content import Shown, shown_of, words_for_bars
from inspector.ui.histogram_work import plotted, refine_bars
from inspector.ui.value_scale import LinearScale
from tests.analysis.tensors import tensor_of


def test_the_words_below_the_plot_hold_what_they_say() -> None:
    values = torch.randn(200_000)
    found = summarize(tensor_of(values))
    shown = shown_of(
        found, total=found.count, whole_numbers=False, truth_values=False, duration=0.1
    )
    for bins in (64, 2048):
        bars = bars_in_view(found, (-1.0, 2.0), bins, LinearScale(), False)
        line, tip = words_for_bars(bars, shown)
        assert "bars interpolated in steps of 0.8 %" in line
        assert "values out of sight" in line
        stated = re.search(r"off by ([\d,]+) values", tip)
        assert stated
        expected = np.histogram(values.double().numpy(), bars.edges)[0]
        assert np.abs(bars.counts - expected).max() <= int(stated[1].replace(",", ""))
    exact = bars_in_view(summarize(tensor_of(values[:999])), (-1.0, 2.0), 64, LinearScale(), False)
    assert "interpolated" not in "".join(words_for_bars(exact, shown))


def test_a_modules_bars_leave_out_what_cannot_be_read() -> None:
    values = torch.randn(100_000)
    bars = bars_in_view(summarize(tensor_of(values)), (-1.0, 1.0), 64, LinearScale(), False)
    broken = tensor_of(torch.randn(8))
    broken.storage = Storage("x", "cpu", 32, None)
    told: list[tuple[int, int]] = []
    found = refine_bars(
        [tensor_of(values), broken],
        bars,
        LinearScale(),
        CancelToken(),
        lambda done, total: told.append((done, total)),
    )
    expected = np.histogram(values.double().numpy(), bars.edges)[0]
    assert found.exact
    assert found.counts.tolist() == expected.tolist()
    assert found.counts.sum() + found.below + found.above == 100_000
    assert told[-1] == (400_032, 400_032)
    none = refine_bars([broken, broken], bars, LinearScale(), CancelToken(), no_progress)
    assert none.counts.sum() == 0


def test_of_tied_tensors_one_is_plotted_and_counters_are_not() -> None:
    weights, counter = tensor_of(torch.randn(10)), tensor_of(torch.tensor([3]))
    assert plotted([weights, counter, weights]) == [weights]
    assert plotted([counter]) == [counter]


def content_of(values: torch.Tensor) -> Shown:
    found = summarize(tensor_of(values))
    return shown_of(found, total=found.count, whole_numbers=False, truth_values=False, duration=0.1)


def test_two_outliers_do_not_hide_the_shape() -> None:
    values = torch.randn(100_000) * 0.02
    assert content_of(values).content.bulk is None  # type: ignore[union-attr]
    values[5], values[7] = 350.0, -120.0
    bulk = content_of(values).content.bulk  # type: ignore[union-attr]
    assert bulk is not None
    assert -0.2 < bulk[0] < -0.06 and 0.06 < bulk[1] < 0.2
    mostly_zero = torch.zeros(100_000)
    mostly_zero[:10] = torch.randn(10)
    assert content_of(mostly_zero).content.bulk is None  # type: ignore[union-attr]


def test_nearly_equal_values_are_told_apart() -> None:
    values = 1 + torch.arange(1000) * 2.0**-23
    figures = {figure.name: figure.shown for figure in content_of(values).figures}
    assert figures["min"] == "1"
    assert figures["max"] == "1.000119"
    assert figures["median"] == "1.00006"
    assert len({*figures.values()}) > 5
    ordinary = torch.randn(1000, generator=torch.Generator().manual_seed(0))
    plain = {figure.name: figure.shown for figure in content_of(ordinary).figures}
    assert all(len(plain[name].strip("−≈ ")) <= 7 for name in ("min", "mean", "max"))


def test_what_is_not_defined_is_a_dash() -> None:
    figures = {figure.name: figure for figure in content_of(torch.tensor([7.0])).figures}
    assert (figures["std"].shown, figures["std"].exact) == ("—", "nan")
    assert figures["mean"].shown == "7"
