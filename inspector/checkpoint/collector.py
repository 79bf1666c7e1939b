"""Python's collector of cyclic garbage, held off while many long-lived objects are made."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_FREED_AT_ONCE = 2048
_MANY_OBJECTS = 50_000
_pauses = 0
_pauses_lock = threading.Lock()


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the collector from walking what is being built again and again.

    It doubles the time of a large file, and its next full pass is a stall that the window feels:
    what was built of many objects is frozen, for it has no cycles. Several threads may pause it at
    a time, so the last one to leave switches it on again.
    """
    global _pauses
    with _pauses_lock:
        was_on = gc.isenabled() or _pauses > 0
        _pauses += was_on
        gc.disable()
    try:
        yield
        if gc.get_count()[0] > _MANY_OBJECTS:
            gc.freeze()
    finally:
        with _pauses_lock:
            _pauses -= was_on
            if was_on and not _pauses:
                gc.enable()


def let_go(items: list[Any] | dict[Any, Any]) -> None:
    """Empty what was built of many objects, in slices; nobody may use it any more.

    Python frees a large structure in one step, and no other thread, nor the window, gets a turn.
    """
    if isinstance(items, dict):
        while len(items) > _FREED_AT_ONCE:
            items.popitem()
    else:
        while len(items) > _FREED_AT_ONCE:
            del items[-_FREED_AT_ONCE:]
    items.clear()
