"""Positional reads of one regular file, with its identity kept from the moment it was opened.

Reads, not a memory map: a training run that truncates a mapped file kills the process with SIGBUS,
while a short read is an error that can be reported. The descriptor is opened once, so a file that
is replaced by rename goes on being read in its old version, never as a mix of two.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from inspector.checkpoint.errors import ChangedOnDiskError, DamagedError, UnreadableFileError

_KINDS = (
    (stat.S_ISDIR, "this is a folder"),
    (stat.S_ISFIFO, "this is a named pipe"),
    (stat.S_ISSOCK, "this is a socket"),
    (stat.S_ISCHR, "this is a character device"),
    (stat.S_ISBLK, "this is a block device"),
)
# Windows has none.
_pread: Callable[[int, int, int], bytes] | None = getattr(os, "pread", None)


class Readable(Protocol):
    """Bytes that can be read at a position, by any thread."""

    @property
    def size(self) -> int:
        """Length in bytes."""

    def read_into(self, offset: int, buffer: memoryview) -> None:
        """Fill `buffer` from `offset`, or raise a `CheckpointError`."""

    def check_unchanged(self) -> None:
        """Raise `ChangedOnDiskError` when the file is not the one that was opened."""

    def close(self) -> None:
        """Give back what is held open; may be called again."""


class FileIdentity(NamedTuple):
    """What must stay the same for a file to count as unchanged."""

    device: int
    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> FileIdentity:
        """Take the identity from an `os.stat` result."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


class ByteSource:
    """One open regular file.

    Raises `UnreadableFileError` for what cannot be opened or is no regular file: the check is made
    on the descriptor, and opening never blocks, so a named pipe is refused at once.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._descriptor = -1
        self.path = os.fspath(path)
        self._lock = threading.Lock()
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
        flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
        try:
            # A folder or a socket cannot be opened everywhere; ask its kind first for the message,
            # and again on the descriptor for the truth.
            _refuse_irregular(os.stat(self.path), self.path)  # noqa: PTH116
            self._descriptor = os.open(self.path, flags)
        except (OSError, ValueError) as error:
            raise UnreadableFileError(_why(error), file=self.path) from error
        status = os.fstat(self._descriptor)
        try:
            _refuse_irregular(status, self.path)
        except UnreadableFileError:
            self.close()
            raise
        self.identity = FileIdentity.of(status)
        self.size = status.st_size
        """Length in bytes when the file was opened."""

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._descriptor < 0

    def fileno(self) -> int:
        """Return the descriptor, for copies that the kernel makes."""
        if self._descriptor < 0:
            raise UnreadableFileError("the file was closed", file=self.path)
        return self._descriptor

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes from `offset`.

        Raises `DamagedError` when the range reaches past the end: lengths are compared with the
        bytes there are before anything is allocated.
        """
        if offset < 0 or length < 0 or offset + length > self.size:
            raise DamagedError(
                f"{length:,} bytes are expected here, but the file ends after {self.size:,}",
                file=self.path,
                where=f"byte {offset:,}",
                advice="The file was probably cut short; copy or download it again",
            )
        if _pread:
            try:
                data = _pread(self._descriptor, length, offset)
            except OSError:
                data = b""  # the long way says what is wrong
            if len(data) == length:
                return data
        buffer = bytearray(length)
        self.read_into(offset, memoryview(buffer))
        return bytes(buffer)

    def read_into(self, offset: int, buffer: memoryview) -> None:
        """Fill `buffer` from `offset`; a short read means the file was cut since opening."""
        done = 0
        while done < len(buffer):
            try:
                got = self._read_some(offset + done, buffer[done:])
            except OSError as error:
                raise UnreadableFileError(
                    _why(error), file=self.path, where=f"byte {offset + done:,}"
                ) from error
            if got == 0:
                raise self.cut_at(offset + done)
            done += got

    def cut_at(self, offset: int) -> ChangedOnDiskError:
        """Return the error of a file that ended at a byte `offset` which it had when opened."""
        return ChangedOnDiskError(
            "the file is shorter than when it was opened",
            file=self.path,
            where=f"byte {offset:,}",
            advice="Reload it",
        )

    def check_unchanged(self) -> None:
        """Raise `ChangedOnDiskError` when the opened file itself was written to or cut since."""
        if self.closed:
            raise UnreadableFileError("the file was closed", file=self.path)
        if FileIdentity.of(os.fstat(self._descriptor)) != self.identity:
            raise ChangedOnDiskError(
                "the file changed on disk since it was opened", file=self.path, advice="Reload it"
            )

    def is_current(self) -> bool:
        """Whether the path still leads to this very file, unchanged."""
        try:
            return FileIdentity.of(Path(self.path).stat()) == self.identity
        except OSError:
            return False

    def close(self) -> None:
        """Close the descriptor; further reads raise `UnreadableFileError`."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        # A file whose reading ended when nobody waited for it any more has no other owner.
        self.close()

    def _read_some(self, offset: int, buffer: memoryview) -> int:
        if self._descriptor < 0:
            raise UnreadableFileError("the file was closed", file=self.path)
        if hasattr(os, "preadv"):
            return os.preadv(self._descriptor, [buffer], offset)
        with self._lock:  # Windows has no positional read
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            data = os.read(self._descriptor, len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _refuse_irregular(status: os.stat_result, path: str) -> None:
    for matches, kind in _KINDS:
        if matches(status.st_mode):
            raise UnreadableFileError(
                f"{kind}, not a regular file", file=path, advice="Choose a checkpoint file"
            )


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        is_link = isinstance(error.filename, str) and os.path.islink(error.filename)  # noqa: PTH114
        return "this link leads to no file" if is_link else "there is no such file"
    if isinstance(error, PermissionError):
        return "you have no permission to read this file"
    if isinstance(error, OSError) and error.strerror:
        return f"the file cannot be read: {error.strerror}"
    return "the file cannot be read: its name is not valid"
