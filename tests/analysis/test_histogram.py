"""Histograms from counts, held against numpy.histogram over the same values."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from inspector.analysis.distribution import of_values
from inspector.analysis.histogram import histogram_of, spaced_edges
from inspector.analysis.statistics import Statistics, refine, summarize
from tests.analysis.tensors import array_tensor, tensor_of

BINS = [1, 2, 63, 512, 2048]
RANGES = [None, (-1.0, 1.0), (0.25, 0.26), (-100.0, 100.0), (5.0, 5.0)]


def summary(dtype: str) -> tuple[Statistics, np.ndarray]:
    generator = torch.Generator().manual_seed(3)
    values = torch.randn(150_000, generator=generator).to(getattr(torch, dtype))
    return summarize(tensor_of(values)), values.double().numpy()


@pytest.mark.parametrize("bins", BINS)
@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float8_e4m3fn"])
def test_small_types_equal_numpy_at_any_binning(dtype: str, bins: int) -> None:
    found, values = summary(dtype)
    for limits in RANGES:
        counts, edges = np.histogram(values, bins, limits)
        histogram = found.histogram(bins, limits)
        assert histogram.exact and histogram.error == 0
        assert np.array_equal(histogram.edges, edges)
        assert np.array_equal(histogram.counts, counts)
        assert histogram.below + histogram.above + counts.sum() == len(values)


@pytest.mark.parametrize("bins", BINS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_large_floats_stay_within_the_stated_error(dtype: str, bins: int) -> None:
    found, values = summary(dtype)
    for limits in RANGES:
        counts, edges = np.histogram(values, bins, limits)
        histogram = found.histogram(bins, limits)
        assert np.array_equal(histogram.edges, edges)
        assert np.abs(histogram.counts - counts).max() <= histogram.error + 1
        assert histogram.below + histogram.above + histogram.counts.sum() == len(values)
    whole = found.histogram(256)
    counts = np.histogram(values, 256)[0]
    assert np.abs(whole.counts - counts).max() < 0.01 * counts.max()


@given(
    st.lists(st.floats(-(2.0**60), 2.0**60), min_size=1, max_size=50),
    st.integers(1, 100),
    st.tuples(st.floats(-(2.0**60), 2.0**60), st.floats(-(2.0**60), 2.0**60)),
)
def test_any_values_in_any_bins(
    values: list[float], bins: int, limits: tuple[float, float]
) -> None:
    low, high = sorted(limits)
    edges = spaced_edges(low, high, bins)
    array = np.array(values)
    found = histogram_of(of_values(array), edges)
    if (np.diff(edges) > 0).all():
        assert np.array_equal(found.counts, np.histogram(array, edges)[0])
    assert found.below == np.count_nonzero(array < edges[0])
    assert found.above == np.count_nonzero(array > edges[-1])


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=50), st.floats(0, 1))
def test_quantiles_of_exact_values_equal_numpy(values: list[float], q: float) -> None:
    place = q * (len(values) - 1)
    found, error = of_values(np.array(values)).at(place)
    expected = np.quantile(np.array(values), q)
    assert error == 0
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12 * np.abs(values).max())


@pytest.mark.parametrize("scale", ["log", "symlog"])
def test_other_scales_count_every_element_between_their_edges(scale: str) -> None:
    found, values = summary("bfloat16")
    histogram = found.histogram(100, scale=scale)
    edges = histogram.edges
    assert (np.diff(edges) > 0).all()
    assert np.array_equal(histogram.counts, np.histogram(values, edges)[0])
    if scale == "log":
        assert edges[0] == values[values > 0].min() and edges[-1] == values.max()
        assert np.allclose(np.diff(np.log(edges)), np.diff(np.log(edges))[0])
        assert histogram.below == np.count_nonzero(values <= 0)
    else:
        places = np.sign(edges) * np.log1p(np.abs(edges) / 0.5)
        symmetric = found.histogram(100, scale=scale, threshold=0.5)
        places = np.sign(symmetric.edges) * np.log1p(np.abs(symmetric.edges) / 0.5)
        assert np.allclose(np.diff(places), np.diff(places)[0])
        assert histogram.below == histogram.above == 0


def test_scales_without_any_positive_or_any_value() -> None:
    for values in (torch.full((9,), -1.0), torch.zeros(5), torch.empty(0)):
        found = summarize(tensor_of(values))
        for scale in ("linear", "log", "symlog"):
            histogram = found.histogram(10, scale=scale)
            assert len(histogram.counts) == 10 and (np.diff(histogram.edges) > 0).all()
            total = histogram.counts.sum() + histogram.below + histogram.above
            assert total == values.numel()


def test_the_widest_range_there_is() -> None:
    values = np.array([-1.7e308, 0.0, 1.7e308])
    histogram = summarize(array_tensor(values, "float64")).histogram(3)
    assert histogram.counts.tolist() == [1, 1, 1]
    assert np.isfinite(histogram.edges).all()


def test_a_symmetric_scale_reaches_from_subnormal_numbers_to_the_largest() -> None:
    values = np.array([-1.7e308, -3e-310, 2e-310, 0.0, 5e-310, 1e-5, 1.7e308])
    found = summarize(array_tensor(values, "float64"))
    for threshold in (None, 5e-310, 1e-300, 1.0):
        histogram = found.histogram(40, scale="symlog", threshold=threshold)
        assert (np.diff(histogram.edges) > 0).all() and histogram.counts.sum() == len(values)
        assert [histogram.edges[0], histogram.edges[-1]] == [values[0], values[-1]]


def test_a_huge_constant_still_has_bins() -> None:
    histogram = summarize(array_tensor(np.full(3, 1e300), "float64")).histogram(1)
    assert histogram.counts.tolist() == [3]


@pytest.mark.parametrize(
    ("low", "high", "bins", "scale"),
    [(1, 0, 5, "linear"), (0, 1, 0, "linear"), (0, 1, 5, "log"), (0, 1, 5, "cubic")],
)
def test_bins_that_make_no_sense_are_refused(low: int, high: int, bins: int, scale: str) -> None:
    with pytest.raises(ValueError, match=r"bins|scale"):
        spaced_edges(low, high, bins, scale)
    with pytest.raises(ValueError, match="bins"):
        spaced_edges(0, math.nan, 5)
    with pytest.raises(ValueError, match="quantile"):
        summarize(tensor_of(torch.zeros(1))).quantile(1.5)


def test_a_deep_zoom_is_counted_exactly_in_a_second_pass() -> None:
    for dtype in ("float32", "float64", "bfloat16", "int64"):
        values = (torch.randn(400_000, dtype=torch.float64) * 1000).to(getattr(torch, dtype))
        near = (0.5, 3.25)
        found = refine(tensor_of(values), near, 37)
        expected = np.histogram(values.double().numpy(), 37, near)[0]
        assert found.exact and np.array_equal(found.counts, expected)
        assert found.below == int((values < near[0]).sum())
        assert found.above == int((values > near[1]).sum())
    expanded = torch.arange(4.0).expand(5, 4)
    assert refine(tensor_of(expanded), (0, 3), 4).counts.tolist() == [5, 5, 5, 5]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_elements_on_an_edge_stay_within_the_stated_error(dtype: str) -> None:
    values = torch.randn(200_000, dtype=torch.float64).to(getattr(torch, dtype))
    values[::1500] = -0.5  # too few for a spike
    values[1::1500] = 0.5
    values[2::1500] = -0.0
    values[3::1500] = 1e-42
    found = summarize(tensor_of(values)).histogram(8, (-1.0, 1.0))
    expected = np.histogram(values.double().numpy(), found.edges)[0]
    assert np.abs(found.counts - expected).max() <= found.error + 1


@pytest.mark.parametrize("value", [5e-324, 1e-310, 1.1e308, 1.7e308])
@pytest.mark.parametrize("scale", ["linear", "log", "symlog"])
def test_constants_at_the_ends_of_the_floats_have_bins_on_every_scale(
    value: float, scale: str
) -> None:
    histogram = summarize(array_tensor(np.full(5, value), "float64")).histogram(2, scale=scale)
    assert np.isfinite(histogram.edges).all() and (np.diff(histogram.edges) >= 0).all()
    assert histogram.counts.sum() == 5
