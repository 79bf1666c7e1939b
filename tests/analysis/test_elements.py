"""Elements as numpy arrays, held against torch for every type, view and layout."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from inspector.analysis.elements import (
    logical_blocks,
    logical_raw_blocks,
    raw_blocks,
    read_array,
    read_window,
    small_row,
    value_shape,
)
from inspector.analysis.floats import pattern_values
from inspector.analysis.views import Boxes, distinct, view_of
from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.errors import DamagedError, LimitError, UnsupportedError
from inspector.checkpoint.types import Quantization, Tensor
from tests.analysis.tensors import array_tensor, composite, quantized_of, source_of, tensor_of

FLOAT8 = [name for name in DTYPES if name.startswith("float8")]
PLAIN = ["float64", "float32", "int64", "int32", "int16", "int8", "uint8", "bool"]
UNSIGNED = ["uint16", "uint32", "uint64"]


def bits(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array).view(np.uint8)


def random_tensor(dtype: str, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(len(dtype))
    wide = torch.randn(shape, generator=generator, dtype=torch.float64) * 50
    return wide.to(getattr(torch, dtype))


@pytest.mark.parametrize("byteorder", ["little", "big"])
@pytest.mark.parametrize("name", PLAIN)
def test_types_that_numpy_knows_come_back_bit_for_bit(name: str, byteorder: str) -> None:
    tensor = random_tensor(name, 3, 5)
    got = read_array(tensor_of(tensor, byteorder=byteorder))
    assert got.dtype == tensor.numpy().dtype
    assert np.array_equal(got, tensor.numpy())


@pytest.mark.parametrize("byteorder", ["little", "big"])
@pytest.mark.parametrize("name", UNSIGNED)
def test_unsigned_integers_keep_their_top_bit(name: str, byteorder: str) -> None:
    tensor = torch.tensor([0, 1, 255, -1, -300], dtype=torch.int64).to(getattr(torch, name))
    got = read_array(tensor_of(tensor, byteorder=byteorder))
    assert np.array_equal(got, tensor.numpy())
    assert got.max() == np.iinfo(got.dtype).max


@pytest.mark.parametrize("byteorder", ["little", "big"])
@pytest.mark.parametrize("name", ["bfloat16", "float16", *FLOAT8])
def test_small_floats_equal_torch_in_float32(name: str, byteorder: str) -> None:
    tensor = random_tensor(name, 4, 3)
    got = read_array(tensor_of(tensor, byteorder=byteorder))
    assert got.dtype == (np.float16 if name == "float16" else np.float32)
    np.testing.assert_array_equal(got.astype(np.float32), tensor.float().numpy())


@pytest.mark.parametrize("byteorder", ["little", "big"])
@pytest.mark.parametrize("name", ["complex64", "complex128"])
def test_complex_tensors_and_their_conjugate_and_negative_views(name: str, byteorder: str) -> None:
    tensor = torch.randn(4, 3, dtype=getattr(torch, name))
    for view in (tensor, tensor.conj(), tensor.conj().imag, torch._neg_view(tensor)):
        got = read_array(tensor_of(view, byteorder=byteorder))
        assert np.array_equal(bits(got), bits(view.resolve_conj().resolve_neg().numpy()))


@pytest.mark.parametrize("byteorder", ["little", "big"])
def test_complex_of_two_halves(byteorder: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch says that complex32 is experimental
        tensor = torch.complex(torch.randn(6).half(), torch.randn(6).half())
        expected = tensor.to(torch.complex64)
        got = read_array(tensor_of(tensor, byteorder=byteorder))
        assert np.array_equal(got, expected.numpy())
        conjugate = read_array(tensor_of(tensor.conj(), byteorder=byteorder))
        assert np.array_equal(conjugate, expected.conj().resolve_conj().numpy())


def test_two_float4_numbers_in_each_byte_low_bits_first() -> None:
    tensor = array_tensor(np.array([[0x21, 0x7F], [0x08, 0x40]], np.uint8), "float4_e2m1fn_x2")
    expected = [[0.5, 1.0, -6.0, 6.0], [-0.0, 0.0, 0.0, 2.0]]
    assert value_shape(tensor) == (2, 4)
    assert read_array(tensor).tolist() == expected
    assert read_window(tensor, (0, 1), (2, 2)).tolist() == [[1.0, -6.0], [0.0, 0.0]]


def test_float6_codes_cross_byte_borders() -> None:
    codes = np.arange(8) * 9 % 64
    stream = sum(int(code) << (6 * place) for place, code in enumerate(codes))
    packed = np.frombuffer(stream.to_bytes(6, "little"), np.uint8)
    tensor = array_tensor(packed, "float6_e2m3fn").replaced(shape=(2, 4), stride=(4, 1))
    expected = pattern_values("float6_e2m3fn")[codes].reshape(2, 4)
    assert np.array_equal(read_array(tensor), expected)
    assert np.array_equal(read_window(tensor, (1, 1), (1, 2)), expected[1:, 1:3])


def views() -> dict[str, torch.Tensor]:
    base = torch.arange(5 * 6 * 7, dtype=torch.float32).reshape(5, 6, 7)
    return {
        "contiguous": base,
        "permuted": base.permute(2, 0, 1),
        "sliced": base[:, 1::2, ::3],
        "offset row": base[2:4, 3],
        "column": base[:, 2, 4],
        "expanded in front": base.expand(3, 5, 6, 7),
        "expanded within": base[:, :1].expand(5, 9, 7),
        "expanded at the end": base[..., :1].expand(5, 6, 4),
        "one element expanded": base[1, 1, 1].expand(3, 4),
        "overlapping windows": base.as_strided((4, 5), (1, 1), 3),
        "windows of steps": base.as_strided((10, 6), (4, 2), 1),
        "uneven overlap": base.as_strided((3, 3), (2, 3), 1),
        "0-dim": base[1, 2, 3],
        "empty": base[:, :0],
    }


@pytest.mark.parametrize("name", views())
@pytest.mark.parametrize("block", [1, 4, 1000])
def test_views_come_in_logical_order_and_each_distinct_element_once(name: str, block: int) -> None:
    view = views()[name]
    tensor = tensor_of(view)
    assert np.array_equal(read_array(tensor), view.numpy())
    logical = [part.copy() for part in logical_blocks(tensor, block_elements=block)]
    assert all(len(part) <= block for part in logical)
    assert np.array_equal(np.concatenate([np.empty(0), *logical]), view.numpy().ravel())
    raw = [part.copy() for part in raw_blocks(tensor, block_bytes=block * 4)]
    found = np.sort(np.concatenate([np.empty(0), *raw]))
    expected = np.sort(view.numpy(), axis=None) if name == "uneven overlap" else np.unique(view)
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("name", [*PLAIN, *FLOAT8, "bfloat16", "float16", "complex64"])
def test_a_small_row_is_the_tensor_as_it_lies(name: str) -> None:
    whole = random_tensor(name, 6, 5)
    row = small_row(tensor_of(whole[2:4]))
    (block,) = raw_blocks(tensor_of(whole[2:4]))
    assert row is not None and row.dtype == block.dtype
    assert np.array_equal(bits(row), bits(block))


def test_what_is_large_or_lies_otherwise_is_no_small_row() -> None:
    tensor = random_tensor("complex64", 6, 5)
    others = [tensor.t(), tensor[:, 1:], tensor.conj(), tensor[:0]]
    described = [tensor_of(other) for other in others]
    assert described[2].conj
    assert all(small_row(one) is None for one in (*described, tensor_of(tensor, "w", "big")))
    assert small_row(tensor_of(torch.zeros((1 << 14) + 1))) is None
    with pytest.raises(DamagedError):
        small_row(tensor_of(tensor).replaced(storage_offset=1))


@given(st.data())
def test_any_view_reads_as_numpy_slices_it(data: st.DataObject) -> None:
    rank = data.draw(st.integers(0, 4))
    sizes = data.draw(st.lists(st.integers(0, 5), min_size=rank, max_size=rank))
    steps = data.draw(st.lists(st.integers(0, 9), min_size=rank, max_size=rank))
    offset = data.draw(st.integers(0, 9))
    view = torch.arange(200, dtype=torch.int16).as_strided(sizes, steps, offset)
    tensor = tensor_of(view)
    assert np.array_equal(read_array(tensor), view.numpy())
    block = data.draw(st.integers(1, 30))
    raw = np.concatenate(
        [np.empty(0), *(part.copy() for part in raw_blocks(tensor, block_bytes=2 * block))]
    )
    assert np.array_equal(np.unique(raw), np.unique(view))
    repeats = distinct(view_of(tensor)).repeats
    if repeats is not None:
        assert len(raw) * repeats == view.numel() and len(np.unique(raw)) == len(raw)
    starts = tuple(data.draw(st.integers(0, size)) for size in sizes)
    window = tuple(
        data.draw(st.integers(0, size - start)) for size, start in zip(sizes, starts, strict=True)
    )
    cut = tuple(slice(a, a + n) for a, n in zip(starts, window, strict=True))
    assert np.array_equal(read_window(tensor, starts, window), view.numpy()[cut])


@given(st.lists(st.integers(0, 12), max_size=4), st.integers(1, 40))
def test_boxes_cover_a_shape_once_and_in_order(sizes: list[int], limit: int) -> None:
    places = np.arange(int(np.prod(sizes))).reshape(sizes)
    boxes = Boxes(tuple(sizes), limit)
    seen = []
    for index in range(boxes.count):
        starts, extent = boxes.box(index)
        cut = tuple(slice(a, a + n) for a, n in zip(starts, extent, strict=True))
        assert 0 < places[cut].size <= limit
        seen.extend(places[cut].ravel().tolist())
    assert seen == places.ravel().tolist()


def test_an_element_repeated_a_billion_billion_times_is_read_once() -> None:
    tensor = tensor_of(torch.arange(3.0)).replaced(shape=(10**9, 3, 10**9), stride=(0, 1, 0))
    assert [block.tolist() for block in raw_blocks(tensor)] == [[0.0, 1.0, 2.0]]
    assert source_of(tensor).bytes_read == 12
    for read in (logical_blocks, logical_raw_blocks):
        with pytest.raises(LimitError, match="repeats"):
            next(read(tensor))
    assert read_window(tensor, (10**8, 0, 5), (1, 3, 2)).tolist() == [[[0, 0], [1, 1], [2, 2]]]


def test_a_window_reads_little_more_than_itself() -> None:
    tensor = tensor_of(torch.zeros(1000, 1000))
    read_window(tensor, (500, 500), (10, 10))
    assert source_of(tensor).bytes_read < 50_000


@pytest.mark.parametrize(
    "change",
    [
        {"shape": (4, 4)},
        {"stride": (4, 2)},
        {"storage_offset": 1},
        {"storage_offset": -1},
        {"stride": (-3, 1)},
        {"shape": (-3, -3)},
        {"stride": (1,)},
        {"dtype": "float64"},
    ],
)
def test_a_view_that_leaves_its_storage_is_refused(change: dict[str, object]) -> None:
    tensor = tensor_of(torch.zeros(3, 3)).replaced(**change)
    for read in (read_array, lambda it: list(raw_blocks(it)), lambda it: list(logical_blocks(it))):
        with pytest.raises(DamagedError):
            read(tensor)
    assert source_of(tensor).bytes_read == 0


def test_a_window_outside_the_tensor_is_refused() -> None:
    tensor = tensor_of(torch.zeros(3, 3))
    for starts, sizes in [((0, 0), (4, 1)), ((2, 2), (2, 1)), ((-1, 0), (1, 1))]:
        with pytest.raises(DamagedError, match="no box"):
            read_window(tensor, starts, sizes)


def test_more_than_the_limit_is_refused_before_anything_is_allocated() -> None:
    tensor = tensor_of(torch.zeros(1)).replaced(shape=(10**15,), stride=(0,))
    with pytest.raises(LimitError, match="4,000,000,000,000,000"):
        read_array(tensor)
    assert len(read_array(tensor.replaced(shape=(100,)), limit=400)) == 100


def test_a_tensor_without_data_says_so() -> None:
    tensor = tensor_of(torch.zeros(1)).replaced(storage=None)
    with pytest.raises(UnsupportedError, match="no data"):
        read_array(tensor)


@pytest.mark.parametrize("dtype", ["qint8", "quint8", "qint32"])
def test_one_scale_for_the_tensor(dtype: str) -> None:
    wide = torch.randn(4, 6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch deprecates its quantized tensors
        tensor = torch.quantize_per_tensor(wide, 0.02, 3, getattr(torch, dtype))
        described = quantized_of(tensor)
        expected = tensor.dequantize().numpy()
    np.testing.assert_allclose(read_array(described), expected, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(read_window(described, (1, 2), (2, 3)), expected[1:3, 2:5], 1e-6)


@pytest.mark.parametrize("axis", [0, 1])
def test_one_scale_per_channel(axis: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scales = torch.rand((4, 6)[axis], dtype=torch.float64) + 0.01
        zeros = torch.arange((4, 6)[axis])
        tensor = torch.quantize_per_channel(torch.randn(4, 6), scales, zeros, axis, torch.qint8)
        described = quantized_of(tensor)
        expected = tensor.dequantize().numpy()
    np.testing.assert_allclose(read_array(described), expected, rtol=1e-6)
    np.testing.assert_allclose(read_window(described, (1, 2), (2, 3)), expected[1:3, 2:5], 1e-6)
    blocks = np.concatenate(list(logical_blocks(described, block_elements=5)))
    np.testing.assert_allclose(blocks, expected.ravel(), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["quint4x2", "quint2x4"])
def test_quantized_codes_smaller_than_a_byte(dtype: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scales, zeros = torch.rand(3) + 0.1, torch.rand(3)
        tensor = torch.quantize_per_channel(
            torch.rand(3, 8), scales, zeros, 0, getattr(torch, dtype)
        )
        described = quantized_of(tensor)
        expected = tensor.dequantize().numpy()
    np.testing.assert_allclose(read_array(described), expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(
        read_window(described, (1, 3), (2, 3)), expected[1:, 3:6], rtol=1e-6, atol=1e-6
    )


def test_missing_scales_are_damage() -> None:
    tensor = tensor_of(torch.zeros(2, 2, dtype=torch.int8))
    tensor.quantization = Quantization("per_channel_affine", axis=0)
    with pytest.raises(DamagedError, match="scales"):
        read_array(tensor.replaced(dtype="qint8"))


def sparse_of(tensor: torch.Tensor) -> Tensor:
    """Describe a sparse torch tensor."""
    layout = str(tensor.layout).removeprefix("torch.")
    if layout == "sparse_coo":
        parts = {"indices": tensor._indices(), "values": tensor._values()}
    elif layout in ("sparse_csr", "sparse_bsr"):
        parts = {"crow_indices": tensor.crow_indices(), "col_indices": tensor.col_indices()}
    else:
        parts = {"ccol_indices": tensor.ccol_indices(), "row_indices": tensor.row_indices()}
    parts["values"] = tensor._values() if layout == "sparse_coo" else tensor.values()
    return composite(tuple(tensor.shape), "float32", layout, **parts)


@pytest.mark.filterwarnings("ignore:Sparse")
def test_infinities_at_one_place_of_a_sparse_tensor_add_up_without_a_warning() -> None:
    inf = float("inf")
    places, values = torch.tensor([[1, 1, 0, 2, 2]]), torch.tensor([inf, -inf, inf, 3e38, 3e38])
    stored = torch.sparse_coo_tensor(places, values, (4,))
    found = read_array(sparse_of(stored))
    np.testing.assert_array_equal(found, stored.to_dense().numpy())


@pytest.mark.filterwarnings("ignore:Sparse")
@pytest.mark.parametrize("layout", ["coo", "hybrid", "csr", "csc", "bsr", "bsc", "batched"])
def test_sparse_layouts_equal_torchs_dense_form(layout: str) -> None:
    dense = (torch.arange(48, dtype=torch.float32) % 5 - 2).clamp(min=0).reshape(6, 8)
    if layout == "batched":
        tensor = torch.stack([dense, dense]).to_sparse_csr()
    elif layout == "hybrid":
        tensor = dense.reshape(6, 4, 2).to_sparse(2)
    elif layout in ("bsr", "bsc"):
        tensor = getattr(dense, f"to_sparse_{layout}")((2, 4))
    else:
        tensor = dense.to_sparse() if layout == "coo" else getattr(dense, f"to_sparse_{layout}")()
    expected = tensor.to_dense().numpy()
    described = sparse_of(tensor)
    assert np.array_equal(read_array(described), expected)
    assert np.array_equal(np.concatenate(list(logical_blocks(described))), expected.ravel())
    cut = tuple(slice(1, size) for size in expected.shape)
    starts, sizes = (1,) * expected.ndim, tuple(size - 1 for size in expected.shape)
    assert np.array_equal(read_window(described, starts, sizes), expected[cut])


def test_coordinates_that_come_twice_add_up() -> None:
    places, values = torch.tensor([[0, 0, 1], [1, 1, 0]]), torch.tensor([1.0, 2.0, 4.0])
    tensor = composite((2, 2), "float32", "sparse_coo", indices=places, values=values)
    assert read_array(tensor).tolist() == [[0, 3], [4, 0]]


def test_an_index_outside_the_shape_is_damage() -> None:
    indices, values = torch.tensor([[0, 7]]), torch.ones(2)
    with pytest.raises(DamagedError, match="indices"):
        read_array(composite((5,), "float32", "sparse_coo", indices=indices, values=values))
    bounds = torch.tensor([0, 5, 2])
    for part in (bounds, torch.tensor([0, 1]), torch.tensor([0, 1, 9])):
        with pytest.raises(DamagedError, match="indices"):
            read_array(
                composite(
                    (2, 2),
                    "float32",
                    "sparse_csr",
                    crow_indices=part,
                    col_indices=torch.tensor([0, 1]),
                    values=values,
                )
            )


def test_a_huge_sparse_tensor_is_refused_before_it_is_made_dense() -> None:
    parts = {"indices": torch.zeros(2, 1, dtype=torch.int64), "values": torch.ones(1)}
    with pytest.raises(LimitError):
        read_array(composite((10**9, 10**9), "float32", "sparse_coo", **parts))


def test_a_nested_tensor_gives_its_values_in_one_row() -> None:
    buffer = torch.arange(7.0)
    nested = composite((2, -1), "float32", "nested", buffer=buffer)
    assert np.array_equal(read_array(nested), buffer.numpy())
    assert value_shape(nested) == (7,)


def test_every_pass_checks_the_file_before_and_after() -> None:
    tensor = tensor_of(torch.zeros(10))
    list(raw_blocks(tensor, block_bytes=8))
    assert source_of(tensor).checks == 2


def test_a_cancelled_pass_stops_at_the_next_block() -> None:
    tensor, cancel = tensor_of(torch.zeros(10)), CancelToken()
    blocks = raw_blocks(tensor, block_bytes=8, cancel=cancel)
    next(blocks)
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(blocks)
    assert source_of(tensor).bytes_read == 8
