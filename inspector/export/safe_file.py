"""A file that has its name only once it is whole.

It is written under a name of its own beside the target, flushed to the disk, and then renamed; the
old target stands until that moment, whatever happens before.

    create exclusively -> write -> flush -> (the caller checks) -> rename -> flush the folder

A file left behind by a killed process keeps its telling name and nobody's lock, and is found again
by `left_over`.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.checkpoint.errors import ExportError
from inspector.export.pieces import Piece, write_piece

if sys.platform != "win32":  # where an open file cannot be removed anyway
    import fcntl

_TEMPORARY = re.compile(r"\.checkpoint-inspector-[0-9a-f]{16}\.part")
_FLUSH_BYTES = 64 << 20
_FLUSH_POLL = 0.05


@dataclass(frozen=True, slots=True)
class Target:
    """Where a copy goes: the real file behind `asked`, which a symbolic link may lead to."""

    asked: Path
    real: Path
    mode: int | None
    """Permission bits of the file that stands there now, None if there is none."""


def check_target(
    path: str | os.PathLike[str], sources: Sequence[ByteSource], *, overwrite: bool
) -> Target:
    """Say whether a file may be written at `path`.

    Raises `ExportError` when the folder is missing, the name too long, when something else than a
    regular file stands there, when a file stands there and `overwrite` is False, and when it is one
    of the sources under whatever name.
    """
    asked = Path(path)
    try:
        real = Path(os.path.realpath(asked, strict=False))
        status = real.stat() if os.path.lexists(real) else None
    except (OSError, ValueError) as error:
        raise ExportError(_why(error), file=str(asked)) from error
    if not real.parent.is_dir():
        raise ExportError("there is no such folder", file=str(asked), where=str(real.parent))
    _check_name(real, asked)
    if status is None:
        _check_folder(real.parent, asked)
        return Target(asked, real, None)
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
        raise ExportError(f"the target is {kind}", file=str(asked), advice="Choose another name")
    identity = (status.st_dev, status.st_ino)
    if any(identity == (source.identity.device, source.identity.inode) for source in sources):
        raise ExportError(
            "the target is the source itself", file=str(asked), advice="Choose another name"
        )
    if not overwrite:
        raise ExportError(
            "a file of this name is there already",
            file=str(asked),
            advice="Choose another name, or ask for it to be overwritten",
        )
    _check_folder(real.parent, asked)
    return Target(asked, real, stat.S_IMODE(status.st_mode))


def free_bytes(folder: Path) -> int:
    """Return how many bytes this user may still write into `folder`."""
    return shutil.disk_usage(folder).free


def check_space(target: Target, needed: int) -> None:
    """Raise `ExportError` when `needed` bytes do not fit; nothing was written yet."""
    free = free_bytes(target.real.parent)
    if needed > free:
        raise ExportError(
            f"the copy needs {needed:,} bytes, but only {free:,} are free on that disk",
            file=str(target.asked),
            advice="Free some space or choose another folder",
        )


def left_over(folder: Path) -> list[Path]:
    """Return the temporary files in `folder` that a killed export left, not those in use."""
    return [
        path
        for path in sorted(folder.glob(".checkpoint-inspector-*.part"))
        if _TEMPORARY.fullmatch(path.name) and path.is_file() and not _in_use(path)
    ]


class PendingFile:
    """A file on its way to `target`. Leave by `commit` or `discard`; `with` discards on errors."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._errors: list[OSError] = []
        name = f".checkpoint-inspector-{secrets.token_hex(8)}.part"
        self.path = target.real.parent / name
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        try:
            # The umask takes its share; what replaces a private file is private from the start.
            mode = 0o666 if target.mode is None else target.mode & 0o777
            self._descriptor = os.open(self.path, flags, mode)
        except OSError as error:
            raise self._failure(error, 0) from error
        if sys.platform != "win32":
            with suppress(OSError):  # network file systems may have no locks
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def __enter__(self) -> PendingFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def write(
        self,
        pieces: Iterable[Piece],
        needed: int,
        cancel: CancelToken,
        advance: Callable[[int], None],
    ) -> None:
        """Write all pieces, which are to take `needed` bytes, and flush them to the disk.

        Raises `ExportError` for a full disk and the like; the target is as it was.
        """
        unflushed = 0
        flushing: threading.Thread | None = None

        def count(written: int) -> None:
            nonlocal unflushed, flushing
            unflushed += written
            # Early, so that the disk works while more is made, and not only after it.
            if unflushed >= _FLUSH_BYTES and not (flushing and flushing.is_alive()):
                flushing, unflushed = self._flush(), 0
            advance(written)

        try:
            for piece in pieces:
                cancel.check()
                write_piece(self._descriptor, piece, cancel, count)
            if flushing:
                _wait(flushing, cancel)
            _wait(self._flush(), cancel)
            if self._errors:
                raise self._errors[0]
            written = os.fstat(self._descriptor).st_size
        except OSError as error:
            raise self._failure(error, needed) from error
        if written != needed:
            raise ExportError(
                f"{written:,} bytes arrived of {needed:,}", file=str(self.target.asked)
            )

    def commit(self) -> None:
        """Give the file its name: the old target is gone from this moment on."""
        try:
            if self.target.mode is not None and hasattr(os, "fchmod"):
                os.fchmod(self._descriptor, self.target.mode)
            self.path.replace(self.target.real)
        except OSError as error:
            raise self._failure(error, 0) from error
        self._close()
        _flush_folder(self.target.real.parent)

    def discard(self) -> None:
        """Remove the file unless it was committed."""
        if self._descriptor >= 0:
            self._close()
            with suppress(FileNotFoundError):
                self.path.unlink()

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        os.close(descriptor)

    def _flush(self) -> threading.Thread:
        """Flush in a thread, for a slow disk takes seconds and a cancel must not wait for it."""
        descriptor = os.dup(self._descriptor)

        def flush() -> None:
            try:
                os.fsync(descriptor)
            except OSError as error:
                self._errors.append(error)
            finally:
                os.close(descriptor)

        thread = threading.Thread(target=flush, name="flush", daemon=True)
        thread.start()
        return thread

    def _failure(self, error: OSError, needed: int) -> ExportError:
        why = _why(error)
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) and needed:
            free = free_bytes(self.target.real.parent)
            why = f"{why}: the copy needs {needed:,} bytes, {free:,} are free"
        return ExportError(
            why, file=str(self.target.asked), advice="No file was written or changed"
        )


def _wait(flushing: threading.Thread, cancel: CancelToken) -> None:
    while flushing.is_alive():
        flushing.join(_FLUSH_POLL)
        if cancel.cancelled:
            raise Cancelled


def _check_name(real: Path, asked: Path) -> None:
    longest = os.pathconf(real.parent, "PC_NAME_MAX") if hasattr(os, "pathconf") else 255
    if len(os.fsencode(real.name)) > longest:
        raise ExportError(
            f"the name is longer than the {longest} bytes this disk allows", file=str(asked)
        )


def _check_folder(folder: Path, asked: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ExportError(
            "you have no permission to write into this folder, or its disk is read-only",
            file=str(asked),
            where=str(folder),
            advice="Choose another folder",
        )


def _flush_folder(folder: Path) -> None:
    """Make the rename itself durable; where folders cannot be flushed it is so anyway."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _in_use(path: Path) -> bool:
    if sys.platform == "win32":
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        known = {
            errno.ENOSPC: "the disk is full",
            errno.EDQUOT: "the disk quota is used up",
            errno.EFBIG: "the file would be larger than this disk or account allows",
            errno.EROFS: "the disk is read-only",
            errno.EACCES: "you have no permission to write there",
            errno.ENAMETOOLONG: "the name is too long",
            errno.ELOOP: "the name is a link that leads to itself",
        }
        return known.get(error.errno or 0, f"the file cannot be written: {error.strerror}")
    return "the file cannot be written: its name is not valid"
