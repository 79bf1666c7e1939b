"""Values that very many elements have are counted for themselves, held against numpy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from inspector.analysis.statistics import Statistics, summarize
from tests.analysis.tensors import tensor_of

COUNT = 300_000
DTYPES = [torch.float32, torch.float64]


def noise(dtype: torch.dtype, seed: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(COUNT, generator=generator, dtype=torch.float64) * 0.05).to(dtype)


def held_at(found: Statistics, value: float) -> int:
    """Return how many elements the distribution has at exactly one value."""
    known = found.distribution
    return int(known.counts[(known.lower == value) & (known.upper == value)].sum())


def assert_within_bounds(found: Statistics, values: torch.Tensor) -> None:
    wide = values.double().numpy()
    wide = wide[np.isfinite(wide)]
    for bins in (64, 999):
        bars = found.histogram(bins)
        expected = np.histogram(wide, bars.edges)[0]
        assert bars.counts.sum() == len(wide)
        assert np.abs(bars.counts - expected).max() <= bars.error + 1
    for share in (0.001, 0.2, 0.5, 0.9):
        off = abs(found.quantile(share) - np.quantile(wide, share))
        assert off <= found.quantile_error(share) + 1e-12


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_repeated_value_is_a_bar_of_its_own(dtype: torch.dtype) -> None:
    values = noise(dtype)
    values[::5] = 0.1
    values[1::50] = -0.033
    values[7] = math.nan
    found = summarize(tensor_of(values))
    for spike in (values[5].item(), values[1].item()):
        assert held_at(found, spike) == int((values == spike).sum())
    assert_within_bounds(found, values)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bound", [1.0, 0.0703])
def test_clipped_weights_end_in_two_spikes(dtype: torch.dtype, bound: float) -> None:
    values = (noise(dtype) * 1.2 * bound / 0.05).clamp(-bound, bound)
    found = summarize(tensor_of(values))
    for end in (values.min(), values.max()):
        assert held_at(found, end.item()) == int((values == end).sum()) > 1000
    assert_within_bounds(found, values)


@pytest.mark.parametrize("dtype", DTYPES)
def test_few_different_values_are_all_known(dtype: torch.dtype) -> None:
    values = (torch.arange(COUNT) % 90 - 40).to(dtype) * 0.013
    found = summarize(tensor_of(values))
    assert found.exact
    assert found.distinct == 90
    assert found.quantile(0.3) == np.quantile(values.double().numpy(), 0.3)


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_was_bfloat16_is_exact(dtype: torch.dtype) -> None:
    values = noise(torch.float64).bfloat16().to(dtype)
    values[3:7] = torch.tensor([1e-40, 0.0, -0.0, -2.0]).bfloat16().to(dtype)
    found = summarize(tensor_of(values))
    assert found.exact
    assert found.distinct == len(np.unique(values.numpy()))
    bars = found.histogram(777)
    expected = np.histogram(values.double().numpy(), bars.edges)[0]
    assert bars.counts.tolist() == expected.tolist()


def test_one_finer_element_is_enough_to_doubt() -> None:
    values = noise(torch.float32).bfloat16().float()
    values[-1] = 0.1
    assert not summarize(tensor_of(values)).exact


def test_spikes_of_views_count_as_often_as_they_come() -> None:
    values = noise(torch.float32)
    values[::3] = 0.07
    spike = values[0].item()
    expanded = values.reshape(1, -1).expand(4, -1)
    assert held_at(summarize(tensor_of(expanded)), spike) == 4 * int((values == spike).sum())
    crossed = values.reshape(600, 500).t()
    assert held_at(summarize(tensor_of(crossed)), spike) == int((values == spike).sum())


def test_smooth_and_narrow_data_have_no_spikes() -> None:
    even = torch.linspace(1.001, 1.006, COUNT)  # all within one stretch of the sketch
    for values in (noise(torch.float32), even, noise(torch.float32).abs() + 1):
        found = summarize(tensor_of(values))
        inner = found.distribution.lower == found.distribution.upper
        assert found.distribution.counts[inner].sum() <= 2
        assert_within_bounds(found, values)


def test_a_spike_where_no_sample_looks_stays_within_the_bound() -> None:
    values = noise(torch.float32)
    values[16_500:17_500] = 0.1
    assert_within_bounds(summarize(tensor_of(values)), values)


def test_progress_does_not_go_back_for_the_second_look() -> None:
    values = noise(torch.float32).repeat(20)
    values[::4] = 0.1
    seen: list[int] = []
    found = summarize(tensor_of(values), progress=lambda done, total: seen.append(done))
    assert held_at(found, values[0].item()) == len(values) // 4
    assert seen == sorted(seen)
    assert len(seen) > 1  # each look tells at least its end
    assert seen[-1] == values.numel() * values.element_size()


@pytest.mark.parametrize("sign", [1, -1])
def test_zeros_are_no_part_of_a_spike_beside_them(sign: int) -> None:
    values = noise(torch.float32)
    values[::2] = 0.0
    values[1::8] = sign * 1e-41
    values[3::16] = sign * 2e-41
    values[5::64] = -0.0
    values[7::16] = sign * 1e-39
    found = summarize(tensor_of(values))
    spike = values[7].item()
    assert held_at(found, spike) == int((values == spike).sum())
    assert held_at(found, 0.0) == found.zeros == int((values == 0).sum())
    assert found.distribution.total == COUNT
    assert (found.distribution.counts > 0).all()
    assert_within_bounds(found, values)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_spike_on_the_border_of_two_stretches(dtype: torch.dtype) -> None:
    values = noise(dtype) * 12
    for place, value in enumerate((0.5, -0.5, 0.25, -1.0, 1.0, -0.75)):
        values[place::40] = value
    found = summarize(tensor_of(values))
    for value in (0.5, -0.5, 0.25, -1.0, 1.0, -0.75):
        assert held_at(found, value) == int((values == value).sum())
    assert found.distribution.total == COUNT
    assert (found.distribution.counts > 0).all()
    assert (np.diff(found.distribution.upper) >= 0).all()
    assert_within_bounds(found, values)


@pytest.mark.parametrize("power", range(-306, -299))
def test_stretches_as_dense_as_float64_says_are_compared_without_a_warning(power: int) -> None:
    values = noise(torch.float64) * 10.0**power
    assert_within_bounds(summarize(tensor_of(values)), values)
