"""How values lie along an axis, also those that are larger than any plot can show."""

from __future__ import annotations

import math

import numpy as np
import pytest

from inspector.ui.value_scale import REACH, LinearScale, SymlogScale, ValueScale, within_reach


@pytest.mark.parametrize("scale", [LinearScale(), SymlogScale(1e-3), SymlogScale(1e301)])
def test_a_span_at_the_end_of_the_floats_can_be_plotted(scale: ValueScale) -> None:
    low, high = within_reach(-1.7e308, 1.7e308)
    assert (low, high) == (-REACH, REACH)
    assert math.isfinite(4 * (high - low))
    places = scale.place(np.array([low, 0.0, high]))
    assert np.isfinite(places).all()
    assert (np.diff(places) > 0).all()
    np.testing.assert_allclose(scale.value(places), [low, 0, high], rtol=1e-9)


def test_other_spans_stay_as_they_are() -> None:
    assert within_reach(-0.5, 3.0) == (-0.5, 3.0)
    assert within_reach(1e308, 1.7e308) == (REACH, REACH)


def test_places_far_outside_have_values_all_the_same() -> None:
    assert np.isfinite(SymlogScale(1.0).value(np.array([-1e6, 1e6]))).all()
