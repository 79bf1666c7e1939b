"""A token that long work asks, once per chunk, whether anybody still wants the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

Progress = Callable[[int, int], None]
"""Called as `progress(done, total)`, both in bytes."""

_AT_ONCE = 512


class Cancelled(Exception):  # noqa: N818 - it is an answer, not an error
    """Raised inside the work by `CancelToken.check` after somebody called `cancel`."""


class CancelToken:
    """One token per piece of work; any thread may cancel it, the work checks it."""

    __slots__ = ("cancelled",)

    def __init__(self) -> None:
        self.cancelled = False
        """Whether `cancel` was called."""

    def cancel(self) -> None:
        """Ask the work to stop at its next check."""
        self.cancelled = True

    def check(self) -> None:
        """Return, or raise `Cancelled` once `cancel` was called."""
        if self.cancelled:
            raise Cancelled

    def each(self, items: Iterable[T]) -> Iterator[T]:
        """Yield the items, with a check before every few hundred of them."""
        for some in self.batches(items):
            yield from some

    def batches(self, items: Iterable[T]) -> Iterator[list[T]]:
        """Yield the items a few hundred at a time, with a check before each."""
        waiting = iter(items)
        while some := list(islice(waiting, _AT_ONCE)):
            self.check()
            yield some


def no_progress(done: int, total: int) -> None:
    """Stand in for a progress callback where nobody watches."""
