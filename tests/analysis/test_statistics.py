"""Statistics of one tensor, held against torch in float64 over every type, view and layout."""

from __future__ import annotations

import math
import threading
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.analysis.scan import scan_tensors
from inspector.analysis.statistics import Statistics, merge, refine, sample, summarize
from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.checkpoint.errors import DamagedError, UnsupportedError
from tests.analysis.tensors import (
    array_tensor,
    composite,
    quantized_of,
    source_of,
    tensor_of,
)

FLOATS = ["float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"]
FLOATS += ["float8_e4m3fnuz", "float8_e5m2fnuz"]
INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool"]
SIZES = [1, 2, 1000, 70_001]
SPECIAL = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1e-45, -1e-40, 6e-8, 1.0]


def random_tensor(dtype: str, count: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(count)
    wide = torch.randn(count, generator=generator, dtype=torch.float64) * 40
    if dtype == "bool":
        return wide > 0
    if dtype.startswith("uint"):
        wide = wide.abs()
    return wide.to(getattr(torch, dtype))


def assert_agrees(found: Statistics, values: torch.Tensor, tolerance: float = 1e-12) -> None:
    """Compare with torch over `values`, given as float64, 1-D."""
    assert found.count == len(values)
    assert found.nan == int(values.isnan().sum())
    assert found.posinf == int((values == math.inf).sum())
    assert found.neginf == int((values == -math.inf).sum())
    assert found.zeros == int((values == 0).sum())
    finite = values[values.isfinite()]
    assert found.finite == len(finite)
    if not len(finite):
        assert all(math.isnan(value) for value in (found.min, found.max, found.mean))
        return
    assert [found.min, found.max] == [finite.min().item(), finite.max().item()]
    # Cancellation in a mean near 0 is no error of the sum: measured by the size of the numbers.
    size = float(finite.abs().mean())
    assert found.mean == pytest.approx(float(finite.mean()), rel=tolerance, abs=tolerance * size)
    assert found.l2 == pytest.approx(float(finite.square().sum().sqrt()), rel=tolerance)
    if len(finite) > 1:
        # torch's own standard deviation is off by more than the tolerance on some data.
        expected = float(finite.numpy().astype(np.longdouble).std(ddof=1))
        assert found.std == pytest.approx(expected, rel=tolerance, abs=1e-15 * size)
    else:
        assert math.isnan(found.std)


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("dtype", [*FLOATS, *INTEGERS])
def test_every_figure_agrees_with_torch(dtype: str, count: int) -> None:
    values = random_tensor(dtype, count)
    found = summarize(tensor_of(values))
    wide = values.double()
    assert_agrees(found, wide)
    assert found.exact or dtype in ("float32", "float64")
    if found.exact:
        assert found.distinct == len(torch.unique(wide))
    if dtype in INTEGERS:
        assert isinstance(found.min, int)
    for q in (0.0, 0.01, 0.25, 0.5, 0.9, 1.0):
        expected = float(np.quantile(wide.numpy(), q))
        slack = 1e-15 * abs(expected)
        assert abs(found.quantile(q) - expected) <= found.quantile_error(q) + slack
        assert found.quantile_error(q) <= abs(expected) * 2**-6
        assert not found.exact or found.quantile_error(q) == 0


@pytest.mark.parametrize("count", [100, 80_000])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16", "float8_e5m2"])
def test_nan_infinities_zeros_and_subnormals_are_counted(dtype: str, count: int) -> None:
    values = random_tensor(dtype, count)
    special = torch.tensor(SPECIAL, dtype=torch.float64).to(values.dtype)
    for place in range(len(SPECIAL)):
        values[place :: 10 + place] = special[place]
    found = summarize(tensor_of(values))
    assert found.nan and found.posinf and found.neginf and found.zeros
    assert_agrees(found, values.double())


def test_nothing_but_nan_and_infinities() -> None:
    for count in (3, 70_000):
        values = torch.tensor([math.nan, math.inf, -math.inf]).repeat(count)
        found = summarize(tensor_of(values))
        assert_agrees(found, values.double())
        assert math.isnan(found.quantile(0.5)) and found.l2 == 0
        assert found.histogram(4).counts.sum() == 0


def test_negative_signalling_nan_patterns_are_nan() -> None:
    for dtype, pattern in (("<u4", 0x7F800001), ("<u4", 0xFF800001), ("<u8", 0x7FF0000000000001)):
        array = np.full(70_000, pattern, dtype)
        found = summarize(array_tensor(array, f"float{8 * array.itemsize}"))
        assert found.nan == 70_000


def test_an_empty_tensor_and_one_without_dimensions() -> None:
    for values in (torch.empty(0, 4), torch.tensor(2.5), torch.tensor(-7)):
        found = summarize(tensor_of(values))
        assert_agrees(found, values.double().reshape(-1))
        assert found.histogram(8).counts.sum() == values.numel()


def test_a_constant_has_no_spread_at_all() -> None:
    for dtype in ("float32", "float64", "bfloat16", "int64"):
        for count in (10, 100_000):
            found = summarize(tensor_of(torch.full((count,), 0.1).to(getattr(torch, dtype))))
            assert found.std == 0 and found.mean == found.min == found.max
            assert found.histogram(10).counts.sum() == count


@pytest.mark.parametrize("offset", [1e3, -1e5])
@pytest.mark.parametrize("count", [1000, 300_000])
def test_a_mean_far_from_zero_costs_no_digits_of_the_spread(offset: float, count: int) -> None:
    values = torch.randn(count, dtype=torch.float64) + offset
    assert_agrees(summarize(tensor_of(values)), values, 1e-11)


def test_sums_of_huge_integers_are_exact() -> None:
    for count in (100, 100_000):
        values = torch.randint(-(2**62), 2**62, (count,))
        found = summarize(tensor_of(values))
        assert found.moments.total == sum(values.tolist())
        assert [found.min, found.max] == [values.min().item(), values.max().item()]
        unsigned = torch.from_numpy(values.numpy().view(np.uint64))
        assert summarize(tensor_of(unsigned)).moments.total == sum(unsigned.tolist())


def test_integers_within_a_small_range_are_known_value_by_value() -> None:
    values = torch.randint(-300, 300, (200_000,)) + 2**40
    found = summarize(tensor_of(values))
    assert found.exact and found.distinct == 600
    assert found.quantile(0.5) == np.quantile(values.numpy(), 0.5)


@pytest.mark.parametrize("count", [300, 100_000])
def test_how_many_integers_differ_is_not_told_where_float64_has_one_number_for_several(
    count: int,
) -> None:
    small = torch.arange(count) % 200 - 100
    found = {power: summarize(tensor_of(small + 2**power)) for power in (52, 60)}
    assert found[52].distinct == 200 and found[60].distinct is None
    assert merge([found[60], found[52]]).distinct is None


def test_float64_beyond_the_range_of_float32() -> None:
    values = torch.randn(100_000, dtype=torch.float64)
    for factor in (1e-150, 1e120):
        found = summarize(tensor_of(values * factor))
        assert_agrees(found, values * factor)
        expected = float(np.quantile((values * factor).numpy(), 0.9))
        assert found.quantile(0.9) == pytest.approx(expected, rel=2**-7)
    assert summarize(tensor_of(values * 1e300)).l2 == math.inf
    ends = torch.full((1 << 20,), 1e306, dtype=torch.float64)
    ends[: 1 << 19] *= -1  # the sums of its halves are infinite, too
    assert summarize(tensor_of(ends)).l2 == math.inf
    assert scan_tensors([tensor_of(ends)])[0].l2 == math.inf


@pytest.mark.parametrize("count", [500, 90_000])
@pytest.mark.parametrize("dtype", ["complex64", "complex128", "complex32"])
def test_complex_numbers_by_part_and_magnitude(dtype: str, count: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch says that complex32 is experimental
        values = torch.randn(count, dtype=torch.complex64).to(getattr(torch, dtype))
        found = summarize(tensor_of(values))
        wide = values.to(torch.complex128)
    assert_agrees(found.components["real"], wide.real)
    assert_agrees(found.components["imaginary"], wide.imag)
    assert_agrees(found.components["magnitude"], torch.from_numpy(np.abs(wide.numpy())))
    assert found.l2 == found.components["magnitude"].l2


def test_a_complex_number_is_nan_when_a_part_is() -> None:
    values = torch.tensor([complex(math.nan, math.inf), complex(1, -math.inf), 0j, 3 + 4j])
    found = summarize(tensor_of(values))
    assert (found.nan, found.posinf, found.zeros, found.max) == (1, 1, 1, 5)


@pytest.mark.parametrize("count", [600, 90_000])
@pytest.mark.parametrize("dtype", ["qint8", "quint8", "qint32"])
def test_quantized_values_and_raw_integers(dtype: str, count: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch deprecates its quantized tensors
        tensor = torch.quantize_per_tensor(torch.randn(count), 0.03, 5, getattr(torch, dtype))
        found, expected = summarize(quantized_of(tensor)), tensor.dequantize().double()
        raw = tensor.int_repr().double()
    assert found.mean == pytest.approx(float(expected.mean()), rel=1e-6)
    assert found.max == pytest.approx(float(expected.max()), rel=1e-6)
    assert_agrees(found.components["raw"], raw)
    assert found.components["values"].mean == found.mean


def test_quantized_per_channel() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scales, zeros = torch.rand(300, dtype=torch.float64) + 0.1, torch.arange(300) % 7
        tensor = torch.quantize_per_channel(
            torch.randn(300, 400) * 5, scales, zeros, 0, torch.qint8
        )
        found, expected = summarize(quantized_of(tensor)), tensor.dequantize().double()
        raw = tensor.int_repr().double().reshape(-1)
    assert found.std == pytest.approx(float(expected.std()), rel=1e-6)
    assert_agrees(found.components["raw"], raw)


def test_both_numbers_of_a_float4_byte_count() -> None:
    for count in (10, 100_000):
        codes = np.arange(count, dtype=np.uint8)
        found = summarize(array_tensor(codes, "float4_e2m1fn_x2"))
        both = np.concatenate([codes & 15, codes >> 4])
        table = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6])
        assert_agrees(found, torch.from_numpy(table[both]))


def test_sparse_tensors_by_their_stored_values() -> None:
    indices, values = torch.tensor([[0, 3, 7]]), torch.tensor([1.0, 0.0, -2.0])
    found = summarize(composite((12,), "float32", "sparse_coo", indices=indices, values=values))
    assert_agrees(found, values.double())
    assert found.density == 0.25


def test_a_tensor_of_unknown_parts_says_which_it_has() -> None:
    with pytest.raises(UnsupportedError, match="its parts are: inner"):
        summarize(composite((2,), "float32", "strided", inner=torch.zeros(2)))


@pytest.mark.parametrize("byteorder", ["little", "big"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "complex64", "int32"])
def test_views_count_each_element_as_often_as_it_comes(dtype: str, byteorder: str) -> None:
    base = torch.randn(300, 400).to(getattr(torch, dtype))
    for view in (base.T, base[::3, 5::2], base[:, :1].expand(300, 9), base.expand(4, 300, 400)):
        wide = view.to(torch.complex128) if view.is_complex() else view.double()
        expected = torch.from_numpy(np.abs(wide.numpy())) if view.is_complex() else wide
        assert_agrees(summarize(tensor_of(view, byteorder=byteorder)), expected.reshape(-1), 1e-11)


def test_overlapping_windows_count_as_torch_counts_them() -> None:
    view = torch.randn(1000).as_strided((900, 5), (1, 3))
    found = summarize(tensor_of(view))
    assert_agrees(found, view.double().reshape(-1))
    assert not found.note


def test_windows_without_end_count_each_element_once_and_say_so() -> None:
    tensor = tensor_of(torch.randn(200_000)).replaced(shape=(100_000, 100_000), stride=(1, 1))
    found = summarize(tensor)
    assert found.count == 199_999
    assert "199,999 elements once" in found.note and not found.exact


def test_an_element_repeated_a_billion_billion_times() -> None:
    tensor = tensor_of(torch.arange(4.0)).replaced(shape=(10**9, 4, 10**9), stride=(0, 1, 0))
    found = summarize(tensor)
    assert found.count == 4 * 10**18 and found.zeros == 10**18
    assert found.mean == 1.5 and found.quantile(0.5) == pytest.approx(1.5, abs=0.5)
    assert found.std == pytest.approx(math.sqrt(1.25))
    assert found.histogram(4).counts.tolist() == [10**18] * 4
    assert source_of(tensor).bytes_read == 16
    assert sample(tensor).count == 4 * 10**18


def test_a_view_that_leaves_its_storage_is_refused() -> None:
    tensor = tensor_of(torch.zeros(10)).replaced(shape=(11,))
    for work in (summarize, sample):
        with pytest.raises(DamagedError):
            work(tensor)


def test_a_sample_is_labelled_and_close() -> None:
    values = torch.randn(3_000_000)
    found = sample(tensor_of(values))
    assert found.sampled and not found.exact and found.distinct is None
    assert 64 * 16000 < found.count <= 64 * 16384
    assert found.std == pytest.approx(1.0, abs=0.01)
    whole = sample(tensor_of(values[:1000].clone()))
    assert not whole.sampled and whole.count == 1000
    column = sample(tensor_of(torch.randn(9000, 1000)[:, 3]))
    assert column.sampled and 64 * 60 < column.count <= 64 * 64


def test_two_threads_give_the_same_figures_each_time() -> None:
    tensor = tensor_of(torch.randn(7_000_003) + 3)
    first, second = summarize(tensor), summarize(tensor)
    assert (first.mean, first.std, first.l2) == (second.mean, second.std, second.l2)
    assert_agrees(
        first,
        torch.frombuffer(bytearray(source_of(tensor).data), dtype=torch.float32).double(),
        1e-11,
    )


def test_progress_reaches_the_end_in_the_calling_thread() -> None:
    seen: list[tuple[int, int]] = []
    threads = set()

    def progress(done: int, total: int) -> None:
        seen.append((done, total))
        threads.add(threading.get_ident())

    tensor = tensor_of(torch.zeros(6 << 20))
    summarize(tensor, progress=progress)
    assert threads == {threading.get_ident()}
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert {total for _, total in seen} == {24 << 20}


def test_cancelling_stops_the_pass() -> None:
    tensor, cancel = tensor_of(torch.zeros(32 << 20, dtype=torch.uint8)), CancelToken()
    with pytest.raises(Cancelled):
        summarize(tensor, cancel=cancel, progress=lambda done, total: cancel.cancel())
    assert source_of(tensor).bytes_read < 32 << 20
    with pytest.raises(Cancelled):
        refine(tensor_of(torch.zeros(100_000)), (0, 1), cancel=cancel)


def test_a_failing_read_is_raised_not_swallowed() -> None:
    tensor = tensor_of(torch.zeros(8 << 20))
    assert tensor.storage is not None
    tensor.storage.problem = "checksum"
    with pytest.raises(DamagedError, match="checksum"):
        summarize(tensor)


def test_merging_equals_one_tensor_of_everything() -> None:
    parts = [torch.randn(90_000), torch.randn(10) * 5, torch.zeros(4), torch.full((70_000,), -2.0)]
    parts[1][3] = math.nan
    found = merge([summarize(tensor_of(part)) for part in parts])
    everything = torch.cat(parts).double()
    assert_agrees(found, everything)
    finite = everything[everything.isfinite()].numpy()
    assert abs(found.quantile(0.9) - np.quantile(finite, 0.9)) <= found.quantile_error(0.9)
    counts = found.histogram(50)
    assert np.abs(counts.counts - np.histogram(finite, 50)[0]).max() <= counts.error + 1


def test_merging_exact_parts_of_several_types_stays_exact() -> None:
    parts = [random_tensor(dtype, 80_000) for dtype in ("bfloat16", "float16", "int8")]
    parts.append(random_tensor("float32", 60))
    found = merge([summarize(tensor_of(part)) for part in parts])
    everything = torch.cat([part.double() for part in parts])
    assert_agrees(found, everything)
    assert found.exact and found.distinct == len(torch.unique(everything))
    assert found.quantile(0.3) == pytest.approx(np.quantile(everything.numpy(), 0.3), rel=1e-15)
    expected = np.histogram(everything.numpy(), 100)[0]
    assert np.array_equal(found.histogram(100).counts, expected)


def test_merging_many_different_values_keeps_within_the_stated_bound() -> None:
    parts = [torch.randn(60_000, dtype=torch.float64) * 10.0**-power for power in range(0, 60, 9)]
    found = merge([summarize(tensor_of(part)) for part in parts])
    everything = torch.cat(parts)
    assert_agrees(found, everything)
    assert not found.exact
    for q in (0.1, 0.4, 0.5, 0.8, 0.97):
        expected = np.quantile(everything.numpy(), q)
        assert abs(found.quantile(q) - expected) <= found.quantile_error(q)


def test_merging_nothing_and_empty_tensors() -> None:
    for found in (merge([]), merge([summarize(tensor_of(torch.empty(0)))])):
        assert found.count == 0 and math.isnan(found.mean) and found.l2 == 0


@settings(max_examples=60)
@given(st.lists(st.floats(width=32), min_size=1, max_size=40), st.integers(1, 2500))
def test_any_floats_at_all(values: list[float], repeats: int) -> None:
    tensor = torch.tensor(values, dtype=torch.float32).repeat(repeats)
    found = summarize(tensor_of(tensor))
    wide = tensor.double()
    finite = wide[wide.isfinite()].numpy()
    assert found.nan == int(wide.isnan().sum()) and found.zeros == int((wide == 0).sum())
    if len(finite):
        assert (found.min, found.max) == (finite.min(), finite.max())
        assert found.l2 == pytest.approx(math.sqrt((finite**2).sum()), rel=1e-12)
        for q in (0.0, 0.37, 0.5, 1.0):
            expected = np.quantile(finite, q)
            slack = 1e-12 * max(abs(found.min), abs(found.max))
            # Between two neighbours far apart the place between them decides, not the sketch.
            places = np.sort(finite)[
                [math.floor(q * (len(finite) - 1)), math.ceil(q * (len(finite) - 1))]
            ]
            width = found.quantile_error(q)
            assert places[0] - width - slack <= found.quantile(q) <= places[1] + width + slack
            assert not found.exact or abs(found.quantile(q) - expected) <= slack
