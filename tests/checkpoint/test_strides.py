"""Which views are row-major without gaps, as torch decides it."""

from __future__ import annotations

from itertools import product

import torch

from inspector.checkpoint.types import contiguous_stride, is_contiguous


def test_strides_are_contiguous_where_torch_says_so() -> None:
    for axes in range(4):
        for shape in product((0, 1, 2, 3), repeat=axes):
            assert contiguous_stride(shape) == torch.empty(shape).stride()
            for stride in product((0, 1, 2, 3, 6), repeat=axes):
                expected = torch.empty_strided(shape, stride).is_contiguous()
                assert is_contiguous(shape, stride) is expected, (shape, stride)
