"""Cancelling in the midst of a loop."""

from __future__ import annotations

import pytest

from inspector.checkpoint.cancel import Cancelled, CancelToken


@pytest.mark.parametrize("count", [0, 1, 511, 512, 513, 2000])
def test_each_yields_every_item_once(count: int) -> None:
    assert list(CancelToken().each(iter(range(count)))) == list(range(count))


def test_each_ends_soon_after_a_cancel() -> None:
    token, seen = CancelToken(), 0
    with pytest.raises(Cancelled):
        for item in token.each(range(10_000)):
            seen += 1
            if item == 5:
                token.cancel()
    assert seen < 1000
