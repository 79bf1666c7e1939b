from __future__ import annotations

import numpy as np
import pytest

from inspector.analysis.float32_sums import LONGEST, SHORTEST, suitable, sums_of
from inspector.analysis.measures import EXACT_VALUES, Measures, Tolerance, Totals

CHANCE = np.random.default_rng(1)


def exact(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    x, y = a.astype(np.float64), b.astype(np.float64)
    d = np.abs(x - y)
    norms = np.linalg.norm(x), np.linalg.norm(y)
    return {
        "max_abs": d.max(),
        "mean_abs": d.mean(),
        "rms": np.sqrt((d * d).mean()),
        "rel_l2": np.linalg.norm(d) / norms[0],
        "cosine": x @ y / norms[0] / norms[1],
        "changed": (a != b).sum(),
    }


def _noise(name: str) -> float:
    return 1e-8 if name == "cosine" else 0.0


@pytest.mark.parametrize("scale", [1e-30, 1e-20, 1e-12, 1.0, 1e15, 1e30])
@pytest.mark.parametrize("ratio", [1 + 1e-6, 1.01, -3.0, 1e-6, 1e6])
def test_long_stretches_are_as_in_double_precision(scale: float, ratio: float) -> None:
    a = (CHANCE.standard_normal(3 * LONGEST + 5) * scale).astype(np.float32)
    b = (a * ratio + CHANCE.standard_normal(len(a)) * scale * 1e-3).astype(np.float32)
    a[700:800] = b[700:800]
    totals = Totals(quick=True)
    with np.errstate(all="ignore"):
        totals.add(a, b, 0, EXACT_VALUES)
        totals.bits_differ = True
    found, expected = Measures.of(totals), exact(a, b)
    for name, value in expected.items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-7, abs=_noise(name)), name
    assert found.max_abs == expected["max_abs"]
    place = np.abs(a.astype(np.float64) - b.astype(np.float64)).argmax()
    assert totals.largest == place
    assert totals.beyond == found.changed


def test_what_float32_cannot_hold_is_left_to_float64() -> None:
    ones = np.ones(SHORTEST, np.float32)
    assert sums_of(ones, ones * 2) is not None
    with np.errstate(all="ignore"):
        for hard in (ones * 1e-25, ones * 1e25, ones * np.nan, ones * np.inf):
            assert sums_of(ones, hard.astype(np.float32)) is None
    assert not suitable(ones[:-1], ones[:-1])
    assert not suitable(ones.astype(np.float64), ones)


def test_equal_differences_have_the_first_place() -> None:
    a, b = np.zeros(SHORTEST, np.float32) + 3, np.zeros(SHORTEST, np.float32) + 3
    b[[100, 200]] = 4
    totals = Totals(quick=True)
    totals.add(a, b, 1000, Tolerance(0.5))
    assert (totals.max_abs, totals.largest, totals.beyond) == (1.0, 1100, 2)
