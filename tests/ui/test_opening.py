"""What closed files leave in memory is looked for where it is worth the time."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from inspector.ui import opening


class Ring:
    """Something that only the collector frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All objects there are, as after a search."""
    gc.disable()
    gc.freeze()
    monkeypatch.setattr(opening, "_kept", gc.get_freeze_count())
    monkeypatch.setattr(opening, "_MUCH_LEFT", 10_000)
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.usefixtures("frozen")
def test_memory_is_looked_for_once_much_is_left() -> None:
    ring = weakref.ref(Ring())
    gc.freeze()
    opening.give_back_memory()
    assert ring() is not None
    for _ in range(10_001):
        Ring()
    gc.freeze()
    opening.give_back_memory()
    assert ring() is None
