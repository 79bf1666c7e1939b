"""A treemap's areas are the sizes, fill the rectangle and do not overlap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.ui.treemap_layout import squarify

SIZES = st.lists(st.integers(1, 10**12), min_size=1, max_size=60).map(
    lambda sizes: sorted((float(size) for size in sizes), reverse=True)
)


@given(SIZES, st.floats(10, 2000), st.floats(10, 2000))
def test_areas_are_proportional_and_inside(sizes: list[float], width: float, height: float) -> None:
    placed = squarify(sizes, (3, 5, width, height))
    total = sum(sizes)
    for size, (left, top, wide, tall) in zip(sizes, placed, strict=True):
        # A speck beside something a million million times larger may be off by a bit of a pixel.
        area = width * height
        assert wide * tall == pytest.approx(area * size / total, rel=1e-6, abs=1e-6 * area)
        assert left >= 3 - 1e-6
        assert top >= 5 - 1e-6
        assert left + wide <= 3 + width + 1e-6
        assert top + tall <= 5 + height + 1e-6


@given(SIZES)
def test_no_two_overlap(sizes: list[float]) -> None:
    placed = squarify(sizes, (0, 0, 400, 300))
    for number, (left, top, wide, tall) in enumerate(placed):
        for other_left, other_top, other_wide, other_tall in placed[number + 1 :]:
            across = min(left + wide, other_left + other_wide) - max(left, other_left)
            down = min(top + tall, other_top + other_tall) - max(top, other_top)
            assert min(across, down) <= 1e-6


def test_equal_sizes_become_squares() -> None:
    placed = squarify([1.0] * 4, (0, 0, 100, 100))
    assert all((wide, tall) == (50, 50) for _, _, wide, tall in placed)


def test_no_room_gives_no_area() -> None:
    assert squarify([2.0, 1.0], (0, 0, 0, 10)) == [(0, 0, 0, 0)] * 2
