"""Buffers begin where cache lines do."""

from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.buffers import buffer


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.bool_])
@pytest.mark.parametrize("count", [1, 1000, 1 << 20])
def test_a_buffer_begins_with_a_cache_line(count: int, dtype: type) -> None:
    made = buffer(count, dtype)
    assert made.shape == (count,) and made.dtype == dtype
    assert made.ctypes.data % 64 == 0
