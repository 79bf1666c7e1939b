"""A compressed record, made readable at any position.

A re-zipped checkpoint may have deflated storages. Deflate has no positions, so the record is
inflated once, when its first byte is wanted, into an anonymous temporary file.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from typing import IO

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.errors import DamagedError, LimitError
from inspector.checkpoint.limits import Limits
from inspector.formats.zip_archive import Record, ZipArchive

_CHUNK = 1 << 20


class InflatedRecord:
    """The bytes of one deflated record; inflating happens once and is checked for its length."""

    def __init__(self, archive: ZipArchive, record: Record, limits: Limits) -> None:
        self._archive = archive
        self._record = record
        self._limits = limits
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None

    @property
    def size(self) -> int:
        """Length of the inflated bytes."""
        return self._record.size

    def check_unchanged(self) -> None:
        """Raise `ChangedOnDiskError` when the archive is not the file that was opened."""
        self._archive.source.check_unchanged()

    def read_into(self, offset: int, buffer: memoryview) -> None:
        """Fill `buffer` from `offset` of the inflated bytes.

        Raises `DamagedError` when the compressed data is damaged or of another length than it says,
        `LimitError` when it is larger than any storage this program unpacks, or the disk is full.
        """
        with self._lock:
            if self._file is None:
                self._file = self._inflate()
            self._file.seek(offset)
            data = self._file.read(len(buffer))
        buffer[: len(data)] = data

    def close(self) -> None:
        """Drop the inflated bytes; a later read would inflate them again."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _inflate(self) -> IO[bytes]:
        record = self._record
        if record.size > self._limits.inflated_bytes:
            raise LimitError(
                f"it is compressed and would unpack to {record.size:,} bytes", where=record.name
            )
        import tempfile  # slow to import, and few files are compressed

        try:
            target = tempfile.TemporaryFile(prefix="inspector-")  # noqa: SIM115 - lives as we do
            try:
                for block in inflated_blocks(self._archive.source, record):
                    target.write(block)
            except BaseException:
                target.close()
                raise
        except OSError as error:
            raise LimitError(
                f"its {record.size:,} bytes cannot be unpacked into {tempfile.gettempdir()}: "
                f"{error.strerror}",
                where=record.name,
                advice="Free some space there, or let TMPDIR name another folder",
            ) from error
        return target


def inflated_blocks(source: ByteSource, record: Record) -> Iterator[bytes]:
    """Yield what a deflated record inflates to, a MiB at most at a time.

    Raises `DamagedError` when its data is damaged or of another length than it says.
    """
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    wrong_length = DamagedError(
        f"it inflates to another length than the {record.size:,} bytes it names", where=record.name
    )
    done = 0
    try:
        for start in range(0, record.compressed, _CHUNK):
            data = source.read(record.offset + start, min(_CHUNK, record.compressed - start))
            while data and not inflater.eof:
                block = inflater.decompress(data, _CHUNK)
                done += len(block)
                if done > record.size:
                    raise wrong_length
                yield block
                data = inflater.unconsumed_tail
        block = inflater.flush()  # a few held-back bytes: all input was taken
        done += len(block)
        yield block
    except zlib.error as error:
        raise DamagedError("its compressed data is damaged", where=record.name) from error
    if done != record.size or not inflater.eof:
        raise wrong_length
