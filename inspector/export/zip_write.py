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
from dataclasses import dataclass, field

from inspector.checkpoint.cancel import CancelToken
from inspector.export.pieces import Block, Late, Piece, Stream

_LOCAL = struct.Struct("<4s5H3I2H")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_UTF8, _DESCRIPTOR = 0x0800, 0x0008
_WIDE = 0xFFFFFFFF
ALIGNMENT = 64


@dataclass(slots=True)
class _Written:
    name: bytes
    flags: int
    size: int
    header: int
    crc: int = 0


@dataclass
class ArchiveWriter:
    """Collects the pieces of an archive whose records lie in one folder."""

    folder: str = "archive"
    pieces: list[Piece] = field(default_factory=list)
    _records: list[_Written] = field(default_factory=list)
    _length: int = 0

    def add(self, name: str, data: bytes | Stream) -> None:
        """Append a record."""
        size = len(data) if isinstance(data, bytes) else data.length
        flags = _UTF8 | (_DESCRIPTOR if size else 0)
        record = _Written(f"{self.folder}/{name}".encode(), flags, size, self._length)
        self._records.append(record)
        self._piece(_local_header(record))
        if not size:
            return
        if isinstance(data, bytes):
            record.crc = zlib.crc32(data)
            self._piece(data)
        else:
            self._piece(Stream(size, _checked(data.blocks, record)))
        wide = size >= _WIDE or record.header >= _WIDE
        layout = struct.Struct("<4sI2Q" if wide else "<4s3I")
        self._piece(Late(layout.size, lambda: layout.pack(b"PK\7\x08", record.crc, size, size)))

    def finish(self) -> list[Piece]:
        """Append the directory and return all pieces."""
        start, records = self._length, self._records
        length = sum(len(_entry(record)) for record in records)
        self._piece(Late(length, lambda: b"".join(map(_entry, records))))
        self._piece(_end_records(len(records), start, length))
        return self.pieces

    def _piece(self, piece: Piece) -> None:
        self.pieces.append(piece)
        self._length += len(piece) if isinstance(piece, bytes) else piece.length


def _local_header(record: _Written) -> bytes:
    start = record.header + _LOCAL.size + len(record.name) + 4
    zip64 = b""
    if record.size >= _WIDE or record.header >= _WIDE:
        sizes = [record.size, record.size] if record.size >= _WIDE else []
        if record.header >= _WIDE:
            sizes.append(record.header)
        zip64 = struct.pack(f"<2H{len(sizes)}Q", 1, 8 * len(sizes), *sizes)
    length = -(start + len(zip64)) % ALIGNMENT
    extra = zip64 + b"FB" + struct.pack("<H", length) + b"Z" * length
    size = _WIDE if record.size >= _WIDE else 0
    lengths = (size, size, len(record.name), len(extra))
    return _LOCAL.pack(b"PK\3\4", 0, record.flags, 0, 0, 0, 0, *lengths) + record.name + extra


def _checked(
    blocks: Callable[[CancelToken], Iterator[Block]], record: _Written
) -> Callable[[CancelToken], Iterator[Block]]:
    """Sum the blocks up on their way through."""

    def checked(cancel: CancelToken) -> Iterator[Block]:
        record.crc = 0
        for block in blocks(cancel):
            record.crc = zlib.crc32(block, record.crc)
            yield block

    return checked


def _entry(record: _Written) -> bytes:
    values = (record.size, record.size, record.header)
    wide = [value for value in values if value >= _WIDE]
    extra = struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
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
