"""Write a zip archive as `torch.save` does, record by record, its checksums found on the way.

Order, alignment and the notes behind each record are torch's own (caffe2/serialize, miniz), so that
torch may compute every offset without reading a header:

    local header        flags 0x0808, crc and sizes 0, filler "FB" that aligns the data to 64 bytes
    data
    data descriptor     crc, size, size: 16 bytes, 24 where the size or the header's place needs 64
                        bits, none behind an empty record
    directory, zip64 end record, locator, end record

The fields of each are drawn up in `inspector.formats.zip_archive`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from inspector.checkpoint.cancel import CancelToken
from inspector.export.pieces import Block, Piece, Stream

_LOCAL = struct.Struct("<4s5H3I2H")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_FILLER = struct.Struct("<2sH")
_SHORT_DESCRIPTOR, _WIDE_DESCRIPTOR = struct.Struct("<4s3I"), struct.Struct("<4sI2Q")
_UTF8, _DESCRIPTOR = 0x0800, 0x0008
_WIDE = 0xFFFFFFFF
ALIGNMENT = 64
_FOLDER = "archive"
"""Where torch.save puts the records."""


@dataclass(slots=True)
class _Record:
    """One record; `data` makes what is written, `crc` is known once it was."""

    name: bytes
    size: int
    header: int
    data: Callable[[], bytes | Stream]
    crc: int = 0

    @property
    def flags(self) -> int:
        return _UTF8 | (_DESCRIPTOR if self.size else 0)

    def zip64(self) -> bytes:
        """Return the extra field of what needs 64 bits."""
        if self.size < _WIDE and self.header < _WIDE:
            return b""
        wide = [value for value in (self.size, self.size, self.header) if value >= _WIDE]
        return struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide)


class ArchiveWriter:
    """An archive whose records lie in one folder. How long it will be is known at once, but nothing
    of it is made before `pieces` arrives there."""

    def __init__(self) -> None:
        self._records: list[_Record] = []
        self._end = self._directory = 0

    @property
    def nbytes(self) -> int:
        """Bytes of the whole archive."""
        return self._end + self._directory + _END64.size + _LOCATOR.size + _END.size

    def add(self, name: str, size: int, data: Callable[[], bytes | Stream]) -> None:
        """Append a record of `size` bytes, which `data` makes."""
        record = _Record(f"{_FOLDER}/{name}".encode(), size, self._end, data)
        self._records.append(record)
        named = len(record.name) + len(record.zip64())
        self._directory += _ENTRY.size + named
        start = self._end + _LOCAL.size + named + _FILLER.size
        self._end = start + -start % ALIGNMENT + size + (_layout(record).size if size else 0)

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces, each when the one before was written: its checksum follows it."""
        before = b""
        for record in self._records:
            yield before + _local_header(record)
            before = b""
            if record.size:
                data = record.data()
                if isinstance(data, bytes):
                    record.crc = zlib.crc32(data)
                    yield data
                else:
                    yield Stream(record.size, _checked(data.blocks, record))
                before = _layout(record).pack(b"PK\7\x08", record.crc, record.size, record.size)
        yield before + b"".join(map(_entry, self._records))
        yield _end_records(len(self._records), self._end, self._directory)


def _layout(record: _Record) -> struct.Struct:
    """Return the form of the data descriptor."""
    return _WIDE_DESCRIPTOR if record.zip64() else _SHORT_DESCRIPTOR


def _local_header(record: _Record) -> bytes:
    zip64 = record.zip64()
    start = record.header + _LOCAL.size + len(record.name) + len(zip64) + _FILLER.size
    length = -start % ALIGNMENT
    extra = zip64 + _FILLER.pack(b"FB", length) + b"Z" * length
    size = _WIDE if record.size >= _WIDE else 0
    lengths = (size, size, len(record.name), len(extra))
    return _LOCAL.pack(b"PK\3\4", 0, record.flags, 0, 0, 0, 0, *lengths) + record.name + extra


def _checked(
    blocks: Callable[[CancelToken], Iterator[Block]], record: _Record
) -> Callable[[CancelToken], Iterator[Block]]:
    """Sum the blocks up on their way through."""

    def checked(cancel: CancelToken) -> Iterator[Block]:
        record.crc = 0
        for block in blocks(cancel):
            record.crc = zlib.crc32(block, record.crc)
            yield block

    return checked


def _entry(record: _Record) -> bytes:
    extra = record.zip64()
    size, header = min(record.size, _WIDE), min(record.header, _WIDE)
    return (
        _ENTRY.pack(
            b"PK\1\2", 0, 0, record.flags, 0, 0, 0, record.crc, size, size, len(record.name),
            len(extra), 0, 0, 0, 0, header,
        )
        + record.name + extra
    )  # fmt: skip


def _end_records(count: int, start: int, length: int) -> bytes:
    end64 = _END64.pack(b"PK\6\6", 44, 0x031E, 0x2D, 0, 0, count, count, length, start)
    few = min(count, 0xFFFF)
    end = _END.pack(b"PK\5\6", 0, 0, few, few, min(length, _WIDE), min(start, _WIDE), 0)
    return end64 + _LOCATOR.pack(b"PK\6\7", 0, start + length, 1) + end
