"""Pickles and raw bytes that follow one another in a file, as torch wrote them before 1.6.

Where a pickle ends is known only once it was read, and gigabytes of elements may follow it. So it
is read from a window that grows until the pickle fits.
"""

from __future__ import annotations

from collections.abc import Callable

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import DamagedError
from inspector.checkpoint.limits import Limits
from inspector.formats import pickle_machine
from inspector.formats.inert import PersistentId
from inspector.formats.pickle_machine import Pickle

_FIRST_WINDOW = 4096
_GROWTH = 16


class PickleStream:
    """A position in a stretch of a file, moved on by each read; `end` is the byte after it."""

    def __init__(
        self, source: ByteSource, limits: Limits, cancel: CancelToken, start: int, end: int
    ) -> None:
        self.source = source
        self.position = start
        self.end = end
        self._limits = limits
        self._cancel = cancel

    def pickle(self, what: str, persistent: Callable[[object], object] = PersistentId) -> Pickle:
        """Read the next pickle; `what` names it in an error.

        Raises `DamagedError` when it is cut short or is no pickle.
        """
        start = self.position
        left = min(self.end - start, self._limits.pickle_bytes)
        size = min(_FIRST_WINDOW, left)
        while True:
            window = self.source.read(start, size)
            try:
                found = pickle_machine.run(
                    window, self._limits, self._cancel, persistent=persistent
                )
                break
            except DamagedError as error:
                if size == left:
                    error.where = f"{what}, {error.where}, which begins at byte {start:,}"
                    raise
                size = min(size * _GROWTH, left)
        self.position = start + found.end
        return found

    def integer(self, size: int) -> int:
        """Read a signed little-endian integer of `size` bytes."""
        start = self.skip(size, "a number")
        return int.from_bytes(self.source.read(start, size), "little", signed=True)

    def skip(self, length: int, what: str) -> int:
        """Pass over `length` bytes that `what` needs and return where they begin.

        Raises `DamagedError` when they are not all there.
        """
        start = self.position
        if not 0 <= length <= self.end - start:
            raise DamagedError(
                f"{what} needs {length:,} bytes, but only {self.end - start:,} are left",
                where=f"byte {start:,}",
                advice="The file was probably cut short; copy or download it again",
            )
        self.position = start + length
        return start
