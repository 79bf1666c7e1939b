"""Values of bit patterns that numpy has no type for, held against torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inspector.analysis.floats import pattern_values, widen
from inspector.checkpoint.dtypes import DTYPES

FLOAT8 = [name for name in DTYPES if name.startswith("float8")]


@pytest.mark.parametrize("name", FLOAT8)
def test_float8_patterns_have_the_values_torch_gives_them(name: str) -> None:
    patterns = torch.arange(256, dtype=torch.uint8).view(getattr(torch, name))
    expected = patterns.to(torch.float32).numpy()
    np.testing.assert_array_equal(pattern_values(name), expected)
    assert np.array_equal(
        np.signbit(pattern_values(name))[expected == 0], np.signbit(expected)[expected == 0]
    )


def test_float4_and_float6_have_the_values_of_the_microscaling_standard() -> None:
    positive = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]
    assert pattern_values("float4_e2m1fn_x2").tolist() == positive + [-x for x in positive]
    assert pattern_values("float6_e2m3fn").max() == 7.5
    assert pattern_values("float6_e2m3fn")[1] == 0.125
    assert pattern_values("float6_e3m2fn").max() == 28.0
    assert pattern_values("float6_e3m2fn")[1] == 0.0625


@pytest.mark.parametrize("name", ["bfloat16", "float16"])
def test_every_16_bit_pattern_widens_as_torch_does(name: str) -> None:
    patterns = torch.arange(65536, dtype=torch.int32).to(torch.int16).view(getattr(torch, name))
    expected = patterns.to(torch.float32).numpy()
    np.testing.assert_array_equal(pattern_values(name), expected)
    np.testing.assert_array_equal(widen(np.arange(65536, dtype=np.uint16), name), expected)


@pytest.mark.parametrize("name", ["bfloat16", "float16", "float8_e5m2"])
def test_finite_patterns_widen_into_a_buffer(name: str) -> None:
    """float16 goes another way where nothing is infinite or NaN; the signs of zeros stay."""
    finite = np.flatnonzero(np.isfinite(pattern_values(name)))
    raw = finite.astype(np.uint8 if name == "float8_e5m2" else np.uint16)
    buffer = np.full(len(raw) + 1, 7, np.float32)
    values, expected = widen(raw, name, buffer), pattern_values(name)[finite]
    assert np.shares_memory(values, buffer) and buffer[-1] == 7
    np.testing.assert_array_equal(values.view(np.uint32), expected.view(np.uint32))
