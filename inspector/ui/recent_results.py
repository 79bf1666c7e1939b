"""The last few results, so that going back to a tensor shows it at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class RecentResults(Generic[T]):
    """At most `size` results; the one used longest ago goes first.

    Tensors are good keys: a file that is opened again, in a new version, brings new ones.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._results: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable) -> T | None:
        """Return the result kept for `key`, or None."""
        if key not in self._results:
            return None
        self._results.move_to_end(key)
        return self._results[key]

    def keep(self, key: Hashable, result: T) -> None:
        """Keep `result`, dropping the oldest beyond the size."""
        self._results[key] = result
        self._results.move_to_end(key)
        while len(self._results) > self._size:
            self._results.popitem(last=False)

    def clear(self) -> None:
        """Forget everything, as when a file is closed."""
        self._results.clear()

    def __len__(self) -> int:
        return len(self._results)
