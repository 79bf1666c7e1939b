"""Labels of lines never cover one another, keep their order and stay within the strip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.ui.label_layout import spread


def test_labels_with_room_stand_centred() -> None:
    assert spread([50, 150], [20, 40], 0, 200, 5) == [40, 130]


def test_colliding_labels_share_the_room() -> None:
    left, right = spread([100, 100], [40, 40], 0, 200, 10) or []
    assert (left, right) == (55, 105)


def test_no_place_is_said() -> None:
    assert spread([1, 2, 3], [40, 40, 40], 0, 100, 5) is None


@given(
    st.lists(st.tuples(st.floats(0, 500), st.floats(1, 60)), min_size=1, max_size=7),
)
def test_labels_never_overlap_nor_leave_the_strip(labels: list[tuple[float, float]]) -> None:
    labels.sort(key=lambda label: label[0])
    widths = [width for _, width in labels]
    places = spread([centre for centre, _ in labels], widths, 0, 500, 4)
    if places is None:
        assert sum(widths) + 4 * (len(widths) - 1) > 500
        return
    for place, width, following in zip(places, widths, [*places[1:], None], strict=True):
        assert place >= -1e-6
        assert place + width <= 500 + 1e-6
        if following is not None:
            assert following - (place + width) == pytest.approx(4, abs=1e-6) or (
                following > place + width + 4
            )
