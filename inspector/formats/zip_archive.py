"""A strict reader of zip archives: what two readers could understand differently is refused.

Zip keeps every fact twice: in a local header before the data and in the central directory at the
end. Attacks on checkpoint scanners live in the gap between the two, so here both must agree.
Layout after PKWARE's APPNOTE.TXT 6.3.10, all little-endian:

    local header        "PK\\3\\4" u16 version flags method time date, u32 crc csize usize,
                        u16 name_length extra_length, name, extra, data
    data descriptor     ["PK\\7\\8"] u32 crc, u32 or u64 csize usize     (flag 8, after the data)
    directory entry     "PK\\1\\2" u16 made version flags method time date, u32 crc csize usize,
                        u16 name_length extra_length comment_length disk internal,
                        u32 external header_offset, name, extra, comment
    zip64 end           "PK\\6\\6" u64 size, u16 made version, u32 disk disk, u64 entries entries
                        directory_size directory_offset
    zip64 locator       "PK\\6\\7" u32 disk, u64 zip64_end_offset, u32 disks
    end                 "PK\\5\\6" u16 disk disk entries entries, u32 directory_size
                        directory_offset, u16 comment_length, comment
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from operator import attrgetter

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import (
    DamagedError,
    LimitError,
    NotACheckpointError,
    UnsupportedError,
)
from inspector.checkpoint.plain_text import shown

STORED, DEFLATED = 0, 8
# Without the fields that nobody compares: versions, times, attributes.
_LOCAL = struct.Struct("<4s2x2H4x3I2H")
_ENTRY = struct.Struct("<4s4x2H4x3I4H6xI")
_LENGTHS = struct.Struct("<2H")
_DESCRIPTOR_32, _DESCRIPTOR_64 = struct.Struct("<3I"), struct.Struct("<I2Q")
_LONGEST_DESCRIPTOR = 24
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_MAX_COMMENT = 0xFFFF
_ENCRYPTED, _DESCRIPTOR, _UTF8 = 1, 8, 0x800
_WINDOW = 1 << 16
_NEAR = 1 << 14  # bytes that are read at once where they hold the headers of a few records
_FEW = 4
_HEADER = 168  # bytes of a local header that are read at once: only long names take more
_SMALLEST_DEFLATED = 64  # bytes that deflate may take for nothing at all, generously
_FULL = 0xFFFFFFFF  # "see the zip64 extra field"


class Record:
    """One file in the archive. `offset` is where its data begins, known once it was checked."""

    __slots__ = ("compressed", "crc", "flags", "header", "method", "name", "offset", "size", "told")

    def __init__(
        self, name: str, size: int, compressed: int, crc: int, method: int, flags: int, header: int,
        told: bytes,
    ) -> None:  # fmt: skip
        self.name = name
        self.size = size
        self.compressed = compressed
        self.crc = crc
        self.method = method
        self.flags = flags
        self.header = header
        self.told = told
        """Checksum and sizes as the directory holds them, and a 32-bit descriptor as well; empty
        where they take 64 bits."""
        self.offset = -1


class ZipArchive:
    """The records of an archive by name, in the order of the directory.

    Raises `DamagedError` for an archive that contradicts itself (duplicate names, overlapping
    records, local headers that differ from the directory), `UnsupportedError` for an encrypted or
    split one. `trailing` counts bytes behind the archive's end.
    """

    def __init__(self, source: ByteSource, cancel: CancelToken) -> None:
        self.source = source
        self.records: dict[str, Record] = {}
        self.directory_offset = 0
        self.trailing = 0
        directory, count = self._find_end()
        self._read_directory(directory, count, cancel)
        self._check_local_headers(cancel)

    def read(self, record: Record, limit: int) -> bytes:
        """Return a record's bytes, inflated when it is compressed.

        Raises `LimitError` before anything beyond `limit` bytes is made, `DamagedError` when the
        data is not what the directory says.
        """
        if record.size > limit:
            raise LimitError(
                f"it claims to hold {record.size:,} bytes, more than any real checkpoint",
                where=self._place(record),
            )
        if record.compressed > 2 * record.size + _SMALLEST_DEFLATED:
            raise DamagedError(
                f"its {record.compressed:,} compressed bytes cannot come from {record.size:,}",
                where=self._place(record),
            )
        data = self.source.read(record.offset, record.compressed)
        if record.method == STORED:
            return data
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            inflated = inflater.decompress(data, record.size + 1)
        except zlib.error as error:
            raise DamagedError(
                "its compressed data is damaged", where=self._place(record)
            ) from error
        if len(inflated) != record.size or not inflater.eof:
            raise DamagedError(
                f"it inflates to another length than the {record.size:,} bytes it names",
                where=self._place(record),
            )
        return inflated

    # -- the end of the file ----------------------------------------------------------------------

    def _find_end(self) -> tuple[bytes, int]:
        """Return the central directory and its number of entries.

        The end record is the one whose directory ends exactly where it, or its zip64 record,
        begins. Many readers take the last one there is, so a file with a later one is refused.
        """
        span = min(self.source.size, _END.size + _MAX_COMMENT + _LOCATOR.size + _END64.size)
        base = self.source.size - span
        tail = self.source.read(base, span)
        ends = list(_end_signatures(tail))
        whole = [at for at in ends if at + _END.size <= len(tail)]
        found = [(*one, base + at) for at in whole if (one := self._end_at(tail, base, at))]
        if any(self._begins_later(tail, base, at) for at in whole[-1:] if not found):
            raise _several()
        if not found:
            raise DamagedError(
                "the zip archive has no directory at its end",
                where=f"byte {self.source.size:,}",
                advice="The file was probably cut short; copy or download it again",
            )
        self.directory_offset, size, count, end = found[0]
        (comment,) = struct.unpack_from("<H", tail, end - base + 20)
        after = end + _END.size + comment
        self.trailing = self.source.size - after
        if tail.startswith(b"PK\3\4", after - base):
            raise _several()
        later = [base + at for at in ends if base + at > end]
        if later:
            raise DamagedError(
                "the zip archive has two end records, so readers would disagree about its content",
                where=f"bytes {end:,} and {later[0]:,}",
            )
        if self.trailing < 0:
            raise DamagedError("the zip archive's comment is cut short", where=f"byte {end:,}")
        start = self.directory_offset - base
        if start >= 0:
            return tail[start : start + size], count
        return self.source.read(self.directory_offset, size), count

    def _end_at(self, tail: bytes, base: int, at: int) -> tuple[int, int, int] | None:
        """Return (offset, size, entries) of the directory if an end record stands at `at`."""
        _, disk, first_disk, here, count, size, offset, _ = _END.unpack_from(tail, at)
        end = base + at
        locator = at - _LOCATOR.size
        if locator >= 0 and tail[locator : locator + 4] == b"PK\6\7":
            _, _, end64, disks = _LOCATOR.unpack_from(tail, locator)
            if end64 + _END64.size != base + locator or end64 < base:
                return None
            fields = _END64.unpack_from(tail, end64 - base)
            _, _, _, _, disk64, first64, here64, count64, size64, offset64 = fields
            told = ((size, size64, 0xFFFFFFFF), (offset, offset64, 0xFFFFFFFF),
                    (count, count64, 0xFFFF), (here, here64, 0xFFFF))  # fmt: skip
            if any(small not in (large, full) for small, large, full in told) or disks > 1:
                return None
            disk, first_disk, here, count = disk64, first64, here64, count64
            size, offset, end = size64, offset64, end64
        if offset + size != end:
            return None
        if disk or first_disk or here != count:
            raise UnsupportedError("the zip archive is one part of a split one")
        return offset, size, count

    def _begins_later(self, tail: bytes, base: int, at: int) -> bool:
        """Whether the archive that ends with the record at `at` has others before it."""
        _, _, _, _, _, size, offset, _ = _END.unpack_from(tail, at)
        starts = [base + at - record - size - offset for record in (0, _LOCATOR.size + _END64.size)]
        return any(at > 0 and self.source.read(at, 4) == b"PK\3\4" for at in starts)

    # -- the directory ----------------------------------------------------------------------------

    def _read_directory(self, data: bytes, count: int, cancel: CancelToken) -> None:
        size = len(data)
        if count * _ENTRY.size > size:
            raise DamagedError("the zip directory is too short for its entries")
        records = self.records
        unpack, fixed = _ENTRY.unpack_from, _ENTRY.size
        pos = 0
        for number in range(count):
            if not number & 0x3FF:
                cancel.check()
            if pos + fixed > size:
                raise DamagedError("the zip directory is cut short")
            (signature, flags, method, crc, compressed, length, name_length,
             extra_length, comment_length, disk, header) = unpack(data, pos)  # fmt: skip
            start = pos + fixed
            if signature != b"PK\1\2":
                where = f"byte {self.directory_offset + pos:,}"
                raise DamagedError("the zip directory is damaged", where=where)
            pos = start + name_length
            raw = data[start:pos]
            name = raw.decode() if raw.isascii() and 0 not in raw else _decoded(raw, flags)
            if extra_length or comment_length:
                extra = data[pos : pos + extra_length]
                pos += extra_length + comment_length
            else:
                extra = b""
            told = data[start - 30 : start - 18]
            if compressed == _FULL or length == _FULL or header == _FULL:
                told = b""
                length, compressed, header = _widened(extra, length, compressed, header, name)
            if disk or flags & _ENCRYPTED or (method != STORED and method != DEFLATED):
                raise _unsupported(flags, method, disk, name)
            if method == STORED and compressed != length:
                raise DamagedError("an entry's two sizes disagree", where=shown(name, 200))
            records[name] = Record(name, length, compressed, crc, method, flags, header, told)
            if len(records) == number:
                raise DamagedError(
                    "the zip archive holds two entries of one name", where=shown(name, 200)
                )
        if pos != size:
            raise DamagedError("the zip directory is not as long as its entries")

    # -- local headers ----------------------------------------------------------------------------

    def _check_local_headers(self, cancel: CancelToken) -> None:
        """Compare every local header with the directory and find where the data begins.

        One read per record, or per window of small ones; each starts early enough to hold the data
        descriptor of the record before as well.
        """
        order = sorted(self.records.values(), key=attrgetter("header"))
        if order and order[0].header != 0:
            raise DamagedError(
                f"{order[0].header:,} bytes stand before the zip archive's first entry",
                advice="A checkpoint begins at the first byte; this may be a disguise",
            )
        limit = self.directory_offset
        # As if zeros stood before the file: the descriptor of a record that is empty.
        base = -_LONGEST_DESCRIPTOR
        window = bytes(_LONGEST_DESCRIPTOR) + self.source.read(0, min(_HEADER, limit))
        reach = base + len(window)
        read, lengths_at, fixed = self.source.read, _LENGTHS.unpack_from, _LOCAL.size
        ends = [record.header for record in order[1:]]
        ends += [limit] * _FEW
        before = Record("", 0, 0, 0, STORED, 0, 0, bytes(12))
        data_end = 0  # where the data of the record before ends
        usual = None  # how torch begins each local header
        for record, end, fourth in zip(order, ends, ends[_FEW - 1 :], strict=False):
            header = record.header
            if header + _HEADER > reach and header:
                cancel.check()
                base = header - _LONGEST_DESCRIPTOR
                near = fourth - header < _NEAR
                wanted = _NEAR if near else _HEADER + _LONGEST_DESCRIPTOR
                window = read(base, wanted if base + wanted < limit else max(limit - base, 0))
                reach = base + len(window)
            start = header - base
            if header + fixed > reach:
                raise self._disagreement(record, "does not begin where the directory says")
            if header - data_end > _LONGEST_DESCRIPTOR:
                self._check_gap(before, header)
            if window[start - 12 : start] != before.told:
                self._check_descriptor(before, window, start)
            name_length, extra_length = lengths_at(window, start + 26)
            name_at = start + fixed
            record.offset = data_at = header + fixed + name_length + extra_length
            data_end = data_at + record.compressed
            if data_end > end:
                raise self._disagreement(record, "lies over another, or over the directory")
            if (
                window[start : start + 26] != usual
                or window[name_at : name_at + name_length] != record.name.encode()
                or record.method
            ):
                self._compare(record, window, start)
                usual = usual or _usual(window[start : start + 26])
            before = record
        if order:
            self._check_gap(before, limit)
            last = max(limit - _LONGEST_DESCRIPTOR, before.offset)
            rest = self.source.read(last, limit - last)
            self._check_descriptor(before, rest, len(rest))

    def _compare(self, record: Record, window: bytes, start: int) -> None:
        """Compare an entry's local header, all but its place, with the directory."""
        signature, flags, method, crc, compressed, length, name_length, extra_length = (
            _LOCAL.unpack_from(window, start)
        )
        if signature != b"PK\3\4":
            raise self._disagreement(record, "does not begin where the directory says")
        name = window[start + _LOCAL.size : start + _LOCAL.size + name_length]
        if len(name) < name_length:
            name = self.source.read(record.header + _LOCAL.size, name_length)
        if method != record.method or _decoded(name, flags) != record.name:
            raise self._disagreement(record, "has another name or method than the directory says")
        if flags & _ENCRYPTED:
            raise self._disagreement(record, "is encrypted, but not as the directory has it")
        if flags & _DESCRIPTOR and not compressed and not length:
            return  # sizes and checksum stand in the descriptor
        if compressed == _FULL or length == _FULL:
            extra = self.source.read(record.offset - extra_length, extra_length)
            length, compressed, _ = _widened(extra, length, compressed, 0, record.name)
        same_crc = crc == record.crc or flags & _DESCRIPTOR
        if compressed != record.compressed or length != record.size or not same_crc:
            raise self._disagreement(record, "has another size or checksum than the directory says")

    def _check_gap(self, record: Record, end: int) -> None:
        """Refuse an entry between two others that the directory does not list.

        Readers that go from header to header would see it, those that ask the directory would not.
        """
        start = record.offset + record.compressed
        if b"PK\3\4" in self.source.read(start, min(end - start, _WINDOW)):
            raise self._disagreement(record, "is followed by one that is not in the directory")

    def _check_descriptor(self, record: Record, window: bytes, end: int) -> None:
        """Compare a record's data descriptor, which ends at `end`, with the directory.

        torch writes none behind an empty record, though the record's flags say it would.
        """
        if not record.flags & _DESCRIPTOR or not record.size:
            return
        told = (record.crc, record.compressed, record.size)
        for layout in (_DESCRIPTOR_32, _DESCRIPTOR_64):
            if end >= layout.size and layout.unpack_from(window, end - layout.size) == told:
                return
        raise self._disagreement(record, "is followed by other sizes than the directory says")

    def _disagreement(self, record: Record, what: str) -> DamagedError:
        return DamagedError(f"an entry of the zip archive {what}", where=self._place(record))

    def _place(self, record: Record) -> str:
        return f"entry {shown(record.name, 200)} at byte {max(record.header, 0):,}"


def _end_signatures(tail: bytes) -> Iterator[int]:
    """Yield where the end record's signature stands, by one byte: Python finds it ten times faster
    than all four."""
    at = tail.find(b"\5")
    while at >= 0:
        if tail[max(at - 2, 0) : at + 2] == b"PK\5\6":
            yield at - 2
        at = tail.find(b"\5", at + 1)


def _usual(header: bytes) -> bytes | None:
    """Return the first 26 bytes of a local header if they are as torch writes them: stored, the
    name in UTF-8, checksum and sizes left to the descriptor."""
    _, flags, method, crc, compressed, size, _, _ = _LOCAL.unpack(header + bytes(4))
    told = flags != _UTF8 | _DESCRIPTOR or method or crc or compressed or size
    return None if told else header


def _several() -> NotACheckpointError:
    return NotACheckpointError(
        "this is not a PyTorch checkpoint but several archives in a row, perhaps one shard of a "
        "distributed checkpoint (DCP)",
        advice="Convert the folder it came from with torch.distributed.checkpoint.format_utils",
    )


def _unsupported(flags: int, method: int, disk: int, name: str) -> UnsupportedError:
    if flags & _ENCRYPTED:
        what = "is encrypted"
    elif disk:
        what = "is split over several files"
    else:
        what = f"uses compression method {method}"
    return UnsupportedError(f"the zip archive {what}", where=shown(name, 200))


def _decoded(name: bytes, flags: int) -> str:
    if b"\0" in name:
        raise DamagedError("an entry's name holds a NUL, where some readers end it")
    try:
        return name.decode() if name.isascii() or flags & _UTF8 else name.decode("cp437")
    except UnicodeDecodeError as error:
        raise DamagedError("an entry's name is not valid UTF-8") from error


def _widened(
    extra: bytes, length: int, compressed: int, header: int, name: str
) -> tuple[int, int, int]:
    """Return (length, compressed, header) with the 64-bit values of the zip64 extra field.

    The field holds, in this order, only those values whose 32-bit place says 0xFFFFFFFF.
    """
    pos = 0
    while pos + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, pos)
        if kind == 1:
            values = list(struct.unpack_from(f"<{min(size // 8, 3)}Q", extra, pos + 4))
            wide = [
                values.pop(0) if value == _FULL and values else value
                for value in (length, compressed, header)
            ]
            return wide[0], wide[1], wide[2]
        pos += 4 + size
    raise DamagedError("an entry lacks its 64-bit sizes", where=shown(name, 200))
