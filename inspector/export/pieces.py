"""What a file to be written consists of: bytes at hand, stretches of other files, made streams.

A plan knows the size of the copy and yields its pieces one after the other, so that nothing of it
is in memory before it is written.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from inspector.checkpoint.byte_source import ByteSource, Readable
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import ExportError

COPY_BYTES = 8 << 20
"""Bytes the kernel copies between two looks at the cancel token."""
READ_BYTES = 1 << 20
"""Bytes of one read where the kernel cannot copy by itself."""
# What copy_file_range answers where this pair of file systems has no such copy.
_NO_KERNEL_COPY = {
    errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF, errno.EPERM,
    errno.ETXTBSY,
}  # fmt: skip
Block = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Stretch:
    """`length` bytes of `source` from `offset`, as they are."""

    source: Readable
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Stream:
    """`length` bytes that `blocks` yields when the writer arrives there; it may be run again."""

    length: int
    blocks: Callable[[CancelToken], Iterator[Block]]


Piece = bytes | Stretch | Stream


def size_of(piece: Piece) -> int:
    """Return the bytes that a piece takes."""
    return len(piece) if isinstance(piece, bytes) else piece.length


def total_size(pieces: Sequence[Piece]) -> int:
    """Return the bytes that all pieces take."""
    return sum(map(size_of, pieces))


def write_piece(
    descriptor: int, piece: Piece, cancel: CancelToken, advance: Callable[[int], None]
) -> None:
    """Write one piece at the descriptor's position; `advance` is told the bytes as they go.

    Raises `OSError` from writing, `CheckpointError` from reading, `Cancelled`.
    """
    if isinstance(piece, Stretch):
        _write_stretch(descriptor, piece, cancel, advance)
        return
    if isinstance(piece, Stream):
        written = 0
        for block in piece.blocks(cancel):
            cancel.check()
            write_all(descriptor, memoryview(block), advance)
            written += len(block)
        if written != piece.length:
            raise ExportError(f"{written:,} bytes were made where {piece.length:,} were planned")
        return
    write_all(descriptor, memoryview(piece), advance)


def write_all(descriptor: int, data: memoryview, advance: Callable[[int], None]) -> None:
    """Write every byte of `data`, in however many calls that takes."""
    while data:
        written = os.write(descriptor, data)
        data = data[written:]
        advance(written)


def _write_stretch(
    descriptor: int, piece: Stretch, cancel: CancelToken, advance: Callable[[int], None]
) -> None:
    done = 0
    if isinstance(piece.source, ByteSource) and hasattr(os, "copy_file_range"):
        done = _kernel_copy(descriptor, piece.source, piece, cancel, advance)
    buffer = memoryview(bytearray(min(READ_BYTES, piece.length - done)))
    while done < piece.length:
        cancel.check()
        block = buffer[: piece.length - done]
        piece.source.read_into(piece.offset + done, block)
        write_all(descriptor, block, advance)
        done += len(block)


def _kernel_copy(
    descriptor: int,
    source: ByteSource,
    piece: Stretch,
    cancel: CancelToken,
    advance: Callable[[int], None],
) -> int:
    """Let the kernel copy (and share blocks where the file system can); return how much it did."""
    done = 0
    while done < piece.length:
        cancel.check()
        wanted = min(COPY_BYTES, piece.length - done)
        try:
            got = os.copy_file_range(source.fileno(), descriptor, wanted, piece.offset + done)
        except OSError as error:
            if error.errno in _NO_KERNEL_COPY and not done:
                return 0
            raise
        if got == 0:
            raise source.cut_at(piece.offset + done)
        done += got
        advance(got)
    return done
