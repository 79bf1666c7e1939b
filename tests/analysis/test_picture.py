"""The reduction of a tensor to cells equals the naive one over its blocks, however it is read."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from inspector.analysis.picture import (
    Picture,
    Region,
    can_zoom,
    mosaic,
    picture,
    plane_of,
    sample_picture,
)
from inspector.checkpoint.cancel import Cancelled, CancelToken
from tests.analysis.tensors import tensor_of


def reduced(matrix: Any, made: Picture, reduce: Callable[[Any], float]) -> Any:
    """Reduce each block the plain way."""
    found: Any = np.empty(made.mean.shape)
    for row in range(found.shape[0]):
        for column in range(found.shape[1]):
            top, bottom = made.row_edges[row : row + 2].tolist()
            left, right = made.column_edges[column : column + 2].tolist()
            found[row, column] = reduce(matrix[top:bottom, left:right])
    return found


def assert_reduces(made: Picture, matrix: Any) -> None:
    np.testing.assert_allclose(made.mean, reduced(matrix, made, np.mean), rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(made.low, reduced(matrix, made, np.min))
    np.testing.assert_array_equal(made.high, reduced(matrix, made, np.max))


@pytest.mark.parametrize("cells", [(1, 1), (7, 5), (20, 80), (1000, 1000)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.int16])
def test_matrix_is_reduced_over_its_blocks(dtype: torch.dtype, cells: tuple[int, int]) -> None:
    values = (torch.randn(20, 83, dtype=torch.float64) * 90).to(dtype)
    made = picture(tensor_of(values), cells)
    assert made.mean.shape == (min(20, cells[0]), min(83, cells[1]))
    assert made.is_full_detail == (cells == (1000, 1000))
    assert not made.sampled
    assert_reduces(made, values.double().numpy())


def test_rows_longer_than_a_chunk_are_joined() -> None:
    values = torch.randn(3, 700_001)
    assert_reduces(picture(tensor_of(values), (2, 5)), values.double().numpy())


def test_a_transposed_view_is_read_as_it_is_seen() -> None:
    values = torch.randn(40, 30).t()
    assert_reduces(picture(tensor_of(values), (8, 9)), values.double().numpy())


def test_a_region_is_the_same_part_of_the_matrix() -> None:
    values = torch.randn(300, 200)
    made = picture(tensor_of(values), (10, 10), Region(31, 95, 40, 143))
    assert (made.row_edges[0], made.row_edges[-1]) == (31, 95)
    assert (made.column_edges[0], made.column_edges[-1]) == (40, 143)
    assert_reduces(made, values.double().numpy())


def test_strongest_keeps_the_sign_of_the_largest_magnitude() -> None:
    values = torch.zeros(4, 4)
    values[0, 0], values[1, 1], values[2, 3] = 2.0, -3.0, 5.0
    made = picture(tensor_of(values), (2, 2))
    assert made.strongest.tolist() == [[-3.0, 0.0], [0.0, 5.0]]


def test_nan_and_infinities_are_counted_and_left_out_of_the_mean() -> None:
    values = torch.ones(4, 4)
    values[0, 0], values[0, 1], values[3, 3] = math.nan, math.inf, -math.inf
    values[2:, :2] = math.nan
    made = picture(tensor_of(values), (2, 2))
    assert made.bad.tolist() == [[2, 0], [4, 1]]
    assert made.mean[0].tolist() == [1.0, 1.0]
    assert math.isnan(made.mean[1, 0])
    assert made.mean[1, 1] == 1.0


def test_complex_values_count_by_magnitude() -> None:
    values = torch.tensor([[3 + 4j, 0j], [0j, 5 + 12j]])
    assert picture(tensor_of(values), (2, 2)).mean.tolist() == [[5, 0], [0, 13]]


def test_a_sample_reads_part_of_each_block() -> None:
    values = torch.arange(100.0).reshape(100, 1).expand(100, 60).contiguous()
    made = sample_picture(tensor_of(values), (10, 6))
    assert made is not None
    assert made.sampled
    # The middle row of each block of ten.
    assert made.mean[:, 0].tolist() == [5, 15, 25, 35, 45, 55, 65, 75, 85, 95]


def test_a_sample_of_a_very_long_row_is_bounded() -> None:
    tensor = tensor_of(torch.zeros(1))
    endless = tensor.replaced(shape=(1 << 40,), stride=(0,))
    made = sample_picture(endless, (100, 300))
    assert made is not None
    assert made.mean.shape == (1, 1500)


@pytest.mark.parametrize(
    ("shape", "rows", "columns", "kernel"),
    [
        ((), 1, 1, None),
        ((7,), 1, 7, None),
        ((1, 7, 1), 1, 7, None),
        ((3, 1, 5), 3, 5, (1, 5)),
        ((64, 3, 7, 7), 64, 147, (7, 7)),
        ((8, 4, 3), 8, 12, (1, 3)),
        ((8, 4, 1, 1), 8, 4, None),
        ((2, 3, 2, 3, 3), 2, 54, (6, 3)),
        ((4, 100, 200), 400, 200, None),
    ],
)
def test_every_shape_has_a_plane(
    shape: tuple[int, ...], rows: int, columns: int, kernel: tuple[int, int] | None
) -> None:
    values = torch.arange(math.prod(shape)).reshape(shape)
    plane = plane_of(tensor_of(values))
    assert (plane.rows, plane.columns, plane.kernel) == (rows, columns, kernel)
    index = plane.index(rows - 1, columns - 1)
    assert values[index].item() == math.prod(shape) - 1
    assert picture(tensor_of(values), (999, 999)).mean.reshape(-1)[-1] == math.prod(shape) - 1


def test_a_mosaic_shows_every_element_of_every_kernel_once() -> None:
    plane = plane_of(tensor_of(torch.zeros(5, 3, 2, 4)))
    laid = mosaic(plane, 100, 100)
    assert laid is not None
    shown = laid[laid >= 0]
    assert sorted(shown.tolist()) == list(range(5 * 3 * 2 * 4))
    top, left = (place[0] for place in np.nonzero(laid == 8))
    assert laid[top : top + 2, left : left + 4].reshape(-1).tolist() == list(range(8, 16))


def test_kernels_too_many_for_the_pixels_have_no_mosaic() -> None:
    assert mosaic(plane_of(tensor_of(torch.zeros(64, 64, 3, 3))), 100, 100) is None


def test_permuted_kernels_are_seen_in_their_logical_order() -> None:
    values = torch.randn(6, 5, 3, 3).to(memory_format=torch.channels_last)
    tensor = tensor_of(values)
    assert not can_zoom(tensor)
    assert_reduces(picture(tensor, (99, 99)), values.reshape(6, 45).double().numpy())


def test_a_cancelled_picture_ends() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        picture(tensor_of(torch.randn(10, 10)), (2, 2), cancel=token)
