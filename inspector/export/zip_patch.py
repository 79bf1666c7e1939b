"""Replace small records of a torch zip archive; every other byte stays, and stays aligned.

torch aligns each record's data (to 64 bytes, or as `.storage_alignment` says) by a filler field in
its local header, and can compute every offset from the sizes alone, so the filler must be exactly
what torch itself would have written:

    extra field of a local header      "FB" u16 length, then `length` bytes "Z"

A replaced record that is longer or shorter is made up for by the filler of the next one: what
follows moves by a multiple of the alignment, mostly by nothing, and mapping the new record back
gives the original file byte for byte. For the records of a zip archive see
`inspector.formats.zip_archive`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.errors import ExportError
from inspector.export.pieces import Piece, Stretch
from inspector.formats.zip_archive import Record, ZipArchive

_LOCAL = struct.Struct("<4s5H3I2H")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_HAS_DESCRIPTOR = 8
_WIDE = 0xFFFFFFFF
_ZIP64, _FILLER = 1, 0x4246
DEFAULT_ALIGNMENT = 64


def patched(
    source: ByteSource,
    archive: ZipArchive,
    replaced: Mapping[str, bytes],
    alignment: int = DEFAULT_ALIGNMENT,
) -> list[Piece]:
    """Return the pieces of a copy of `archive` with the records in `replaced` given new data.

    A deflated record becomes a stored one. Raises `ExportError` for more records than the archive
    has names for.
    """
    copy = _Copy(source, alignment)
    order = sorted(archive.records.values(), key=lambda record: record.header)
    ends = [record.header for record in order[1:]] + [archive.directory_offset]
    for record, end in zip(order, ends, strict=True):
        copy.add(record, end, replaced.get(record.name))
    missing = set(replaced) - set(archive.records)
    if missing:
        raise ExportError("the archive has no such record", where=min(missing))
    copy.finish(archive, replaced)
    return copy.pieces


@dataclass
class _Copy:
    """The new archive while it grows."""

    source: ByteSource
    alignment: int
    pieces: list[Piece] = field(default_factory=list)
    length: int = 0
    headers: dict[str, int] = field(default_factory=dict)
    crcs: dict[str, int] = field(default_factory=dict)

    def add(self, record: Record, end: int, data: bytes | None) -> None:
        """Append one record, which takes the bytes up to `end` in the source."""
        self.headers[record.name] = self.length
        moved = self.length - record.header
        if data is None and moved % self.alignment == 0:
            self._stretch(record.header, end)
            return
        header = self.source.read(record.header, record.offset - record.header)
        if moved % self.alignment:
            header = _realigned(header, moved, self.alignment)
        if data is None:
            self._bytes(header)
            self._stretch(record.offset, end)
            return
        crc = self.crcs[record.name] = zlib.crc32(data)
        self._bytes(_with_data(header, record, data, crc) + data)
        gap = end - record.offset - record.compressed
        if record.flags & _HAS_DESCRIPTOR and gap >= 12:
            self._bytes(_descriptor(gap, crc, len(data)))

    def finish(self, archive: ZipArchive, replaced: Mapping[str, bytes]) -> None:
        """Append the directory and what follows it."""
        start = archive.directory_offset
        tail = self.source.read(start, self.source.size - start)
        entries, pos = [], 0
        for record in archive.records.values():
            end = pos + _entry_length(tail, pos)
            entry = tail[pos:end]
            if record.name in replaced or self.headers[record.name] != record.header:
                entry = self._entry(entry, record, replaced.get(record.name))
            entries.append(entry)
            pos = end
        directory = b"".join(entries)
        offset = self.length
        self._bytes(directory)
        self._bytes(_end_records(tail[pos:], offset, len(directory)))

    def _entry(self, entry: bytes, record: Record, data: bytes | None) -> bytes:
        """Return a directory entry with the record's new place, size and checksum."""
        fields = list(_ENTRY.unpack_from(entry))
        name_end = _ENTRY.size + fields[10]
        extra_end = name_end + fields[11]
        size, compressed, crc = record.size, record.compressed, record.crc
        if data is not None:
            size = compressed = len(data)
            crc, fields[4] = self.crcs[record.name], 0
        places = (size, compressed, self.headers[record.name])
        wide = [value for value in places if value >= _WIDE]
        zip64 = struct.pack(f"<2H{len(wide)}Q", _ZIP64, 8 * len(wide), *wide) if wide else b""
        extra = zip64 + _without(entry[name_end:extra_end], _ZIP64)
        fields[7:10] = crc, min(compressed, _WIDE), min(size, _WIDE)
        fields[11], fields[16] = len(extra), min(places[2], _WIDE)
        return _ENTRY.pack(*fields) + entry[_ENTRY.size : name_end] + extra + entry[extra_end:]

    def _bytes(self, data: bytes) -> None:
        last = self.pieces[-1] if self.pieces else None
        if isinstance(last, bytes):
            self.pieces[-1] = last + data
        else:
            self.pieces.append(data)
        self.length += len(data)

    def _stretch(self, start: int, end: int) -> None:
        last = self.pieces[-1] if self.pieces else None
        if isinstance(last, Stretch) and last.offset + last.length == start:
            self.pieces[-1] = Stretch(self.source, last.offset, end - last.offset)
        elif end > start:
            self.pieces.append(Stretch(self.source, start, end - start))
        self.length += end - start


def _realigned(header: bytes, moved: int, alignment: int) -> bytes:
    """Return a local header whose filler makes up for `moved` bytes, where it has a filler."""
    fields = list(_LOCAL.unpack_from(header))
    extra_at = _LOCAL.size + fields[9]
    extra = header[extra_at:]
    filler = _field(extra, _FILLER)
    if filler is None:
        return header  # re-packed by another program: nothing was aligned on purpose
    length = (len(filler) - moved) % alignment
    extra = _without(extra, _FILLER) + struct.pack("<2H", _FILLER, length) + b"Z" * length
    fields[10] = len(extra)
    return _LOCAL.pack(*fields) + header[_LOCAL.size : extra_at] + extra


def _with_data(header: bytes, record: Record, data: bytes, crc: int) -> bytes:
    """Return a local header for stored `data`; sizes stay 0 where a descriptor tells them."""
    fields = list(_LOCAL.unpack_from(header))
    extra_at = _LOCAL.size + fields[9]
    extra = header[extra_at:]
    fields[3] = 0
    if not record.flags & _HAS_DESCRIPTOR or fields[7] or fields[8]:
        fields[6:9] = crc, len(data), len(data)
        extra = _without(extra, _ZIP64)
    fields[10] = len(extra)
    return _LOCAL.pack(*fields) + header[_LOCAL.size : extra_at] + extra


def _descriptor(gap: int, crc: int, size: int) -> bytes:
    """Return a data descriptor in the form that took `gap` bytes in the source."""
    signature = b"PK\7\x08" if gap in (16, 24) else b""
    return signature + struct.pack("<I2Q" if gap >= 20 else "<3I", crc, size, size)


def _entry_length(tail: bytes, pos: int) -> int:
    name, extra, comment = struct.unpack_from("<3H", tail, pos + 28)
    return int(_ENTRY.size + name + extra + comment)


def _end_records(tail: bytes, offset: int, size: int) -> bytes:
    """Return what follows the directory, for a directory of `size` bytes at `offset`."""
    if tail[:4] != b"PK\6\6":
        if max(offset, size) >= _WIDE:
            raise ExportError("the archive would grow past 4 GiB, which its directory cannot say")
        end = list(_END.unpack_from(tail))
        end[5:7] = size, offset
        return _END.pack(*end) + tail[_END.size :]
    end64 = list(_END64.unpack_from(tail))
    end64[8:10] = size, offset
    locator_at = _END64.size
    locator = list(_LOCATOR.unpack_from(tail, locator_at))
    locator[2] = offset + size
    end_at = locator_at + _LOCATOR.size
    end = list(_END.unpack_from(tail, end_at))
    end[5:7] = min(size, _WIDE), min(offset, _WIDE)
    packed = _END64.pack(*end64) + _LOCATOR.pack(*locator) + _END.pack(*end)
    return packed + tail[end_at + _END.size :]


def _field(extra: bytes, kind: int) -> bytes | None:
    """Return the body of one extra field, None when there is none."""
    for found, body in _fields(extra):
        if found == kind:
            return body
    return None


def _without(extra: bytes, kind: int) -> bytes:
    """Return an extra area without the fields of one kind."""
    return b"".join(
        struct.pack("<2H", found, len(body)) + body
        for found, body in _fields(extra)
        if found != kind
    )


def _fields(extra: bytes) -> list[tuple[int, bytes]]:
    fields, pos = [], 0
    while pos + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, pos)
        fields.append((kind, extra[pos + 4 : pos + 4 + length]))
        pos += 4 + length
    return fields
