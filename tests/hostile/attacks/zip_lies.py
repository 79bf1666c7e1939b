"""Zip archives that contradict themselves, are cut, encrypted, split or too large to be true."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from tests.hostile import opcodes as op
from tests.hostile.archives import (
    Entry,
    beside,
    directory_entry,
    end_record,
    good_pickle,
    local_header,
    parts,
    zip64_end,
    zip_bytes,
)
from tests.hostile.attack import harmless, inert, refused, refuses_bytes, write


def _good() -> list[Entry]:
    return parts(good_pickle())


def _central(title: str, index: int, fields: dict[str, Any], *says: str) -> None:
    """Register a file whose directory lies about one entry."""
    entries = _good()
    entries[index].central = fields
    refuses_bytes(title, "model.pt", zip_bytes(entries), *says)


_central("directory_size_of_pickle_too_large", 0, {"size": 9999, "compressed": 9999})
_central("directory_size_of_pickle_zero", 0, {"size": 0, "compressed": 0})
_central("directory_sizes_disagree", 0, {"size": 5})
_central("directory_size_of_storage_one_more", 2, {"size": 25, "compressed": 25})
_central("directory_size_of_storage_one_less", 2, {"size": 23, "compressed": 23})
_central("directory_size_of_4_gigabytes", 2, {"size": 0xFFFFFFFE, "compressed": 0xFFFFFFFE})
_central("directory_offset_beyond_the_file", 0, {"header": 0x7FFFFFFF})
_central("directory_offset_into_the_data", 2, {"header": 40})
_central("directory_offset_of_another_entry", 2, {"header": 0}, "data/0", "disagree", "entr")
_central("directory_method_deflated", 2, {"method": 8})
_central("directory_method_lzma", 2, {"method": 14}, "compression")
_central("directory_method_unknown", 2, {"method": 999}, "compression")
_central("directory_says_encrypted", 2, {"flags": 1}, "encrypted")
_central("directory_says_strongly_encrypted", 2, {"flags": 0x41}, "encrypted")
_central("directory_says_second_disk", 2, {"disk": 2}, "split", "part")
_central("directory_needs_zip64_but_has_none", 2, {"size": 0xFFFFFFFF, "compressed": 0xFFFFFFFF})
_central(
    "zip64_field_too_short",
    2,
    {"size": 0xFFFFFFFF, "compressed": 0xFFFFFFFF, "extra": struct.pack("<HHI", 1, 4, 24)},
)
_central(
    "zip64_field_of_2_to_the_63",
    2,
    {
        "size": 0xFFFFFFFF,
        "compressed": 0xFFFFFFFF,
        "extra": struct.pack("<HHQQ", 1, 16, 1 << 63, 1 << 63),
    },
)
_central(
    "zip64_offset_of_2_to_the_64",
    2,
    {"header": 0xFFFFFFFF, "extra": struct.pack("<HHQ", 1, 8, (1 << 64) - 1)},
)
_central("directory_name_climbs", 2, {"name": b"../../etc/passwd"}, "outside", "another name")


def _end(title: str, says: tuple[str, ...] = (), **fields: Any) -> None:
    refuses_bytes(title, "model.pt", zip_bytes(_good(), **fields), *says)


_end("end_counts_one_entry_more", count=5, here=5)
_end("end_counts_one_entry_less", count=3, here=3)
_end("end_counts_65534_entries", count=65534, here=65534)
_end("end_says_directory_elsewhere", offset=10)
_end("end_says_directory_beyond_the_file", offset=0x7FFFFFFF)
_end("end_says_directory_too_long", size=0x7FFFFFFF)
_end("end_says_directory_of_zero_bytes", size=0)
_end("end_is_of_disk_3", ("split", "part", "directory"), disk=3)
_end("end_is_one_of_two_parts", ("split", "part", "directory"), here=2)
_end("end_comment_longer_than_the_file", comment_length=500)
_end(
    "end_asks_for_zip64_without_one", offset=0xFFFFFFFF, size=0xFFFFFFFF, count=0xFFFF, here=0xFFFF
)


def _zip64(**lies: int) -> bytes:
    """Return a good archive with zip64 end records, fields replaced by `lies`."""
    data = zip_bytes(_good())
    _, _, _, _, count, size, offset, _ = struct.unpack("<4s4H2IH", data[-22:])
    truth = {"offset": offset, "size": size, "count": count, "here": count, "at": offset + size}
    return data[:-22] + zip64_end(**{**truth, **lies})


@inert("w")
def zip64_end_records_that_are_true(folder: Path) -> Path:
    return write(folder / "model.pt", _zip64())


def _zip64_lie(title: str, **lies: int) -> None:
    refuses_bytes(title, "model.pt", _zip64(**lies))


_zip64_lie("zip64_end_elsewhere", at=5)
_zip64_lie("zip64_end_beyond_the_file", at=1 << 62)
_zip64_lie("zip64_counts_2_to_the_63_entries", count=1 << 63, here=1 << 63)
_zip64_lie("zip64_directory_of_2_to_the_62_bytes", size=1 << 62)
_zip64_lie("zip64_directory_at_2_to_the_62", offset=1 << 62)
_zip64_lie("zip64_of_three_disks", disks=3)
_zip64_lie("zip64_is_of_disk_2", disk=2)
_zip64_lie("zip64_counts_disagree", here=1)


@refused()
def the_two_ends_tell_different_directories(folder: Path) -> Path:
    data = bytearray(_zip64())
    data[-22:] = end_record(count=4, size=10, offset=20)
    return write(folder / "model.pt", bytes(data))


@refused("over one another", "overlap", "entr")
def overlapping_records(folder: Path) -> Path:
    """Two names for one stretch of bytes: quoted overlap, the base of the best zip bombs."""
    entries = _good()
    data = zip_bytes(entries)
    directory = bytearray()
    for entry in entries:
        directory += directory_entry({**entry.truth(), "header": 0})
    start = struct.unpack("<4s4H2IH", data[-22:])[6]
    end = end_record(count=4, size=len(directory), offset=start)
    return write(folder / "model.pt", data[:start] + bytes(directory) + end)


@refused()
def a_record_that_reaches_into_the_next(folder: Path) -> Path:
    entries = _good()
    entries[0].local = entries[0].central = {
        "size": len(entries[0].data) + 60,
        "compressed": len(entries[0].data) + 60,
    }
    return write(folder / "model.pt", zip_bytes(entries))


@refused()
def a_record_that_reaches_into_the_directory(folder: Path) -> Path:
    entries = _good()
    entries[-1].local = entries[-1].central = {"size": 40, "compressed": 40}
    return write(folder / "model.pt", zip_bytes(entries))


@refused()
def extra_field_longer_than_the_directory(folder: Path) -> Path:
    data = bytearray(zip_bytes(_good()))
    last = data.rindex(b"PK\1\2")
    data[last + 30 : last + 32] = b"\xff\xff"
    return write(folder / "model.pt", bytes(data))


@refused()
def only_a_local_header(folder: Path) -> Path:
    return write(folder / "model.pt", local_header(_good()[0].truth()))


@refused()
def only_four_bytes(folder: Path) -> Path:
    return write(folder / "model.pt", b"PK\3\4")


@refused()
def an_archive_without_data_pkl(folder: Path) -> Path:
    return write(folder / "model.pt", zip_bytes(_good()[1:]))


@refused("empty")
def an_empty_archive(folder: Path) -> Path:
    return write(folder / "model.pt", end_record(count=0, size=0, offset=0))


@refused()
def a_directory_of_zeros(folder: Path) -> Path:
    data = zip_bytes(_good())
    start = struct.unpack("<4s4H2IH", data[-22:])[6]
    return write(folder / "model.pt", data[:start] + bytes(len(data) - start - 22) + data[-22:])


@refused("record", "data/0", "storage")
def a_record_missing_from_the_directory(folder: Path) -> Path:
    entries = _good()
    return write(folder / "model.pt", zip_bytes([entries[0], entries[1], entries[3]]))


@refused("outside", "folder")
def a_name_that_climbs(folder: Path) -> Path:
    return write(folder / "model.pt", zip_bytes([*_good(), Entry("../evil.txt", b"x")]))


@harmless()
def a_name_that_climbs_inside_the_folder(folder: Path) -> Path:
    return write(folder / "model.pt", zip_bytes([*_good(), Entry("model/../../evil.txt", b"x")]))


@refused("outside", "folder")
def an_absolute_name(folder: Path) -> Path:
    return write(folder / "model.pt", zip_bytes([*_good(), Entry("/etc/evil.txt", b"x")]))


@inert("w")
def names_with_terminal_codes(folder: Path) -> Path:
    return write(folder / "model.pt", zip_bytes([*_good(), Entry("model/\x1b[31mred", b"x")]))


@refused("byteorder")
def byteorder_of_a_third_kind(folder: Path) -> Path:
    entries = _good()
    entries[1].data = b"middle"
    return write(folder / "model.pt", zip_bytes(entries))


@refused("byteorder")
def byteorder_record_of_a_megabyte(folder: Path) -> Path:
    entries = _good()
    entries[1].data = b"little" + bytes(1 << 20)
    return write(folder / "model.pt", zip_bytes(entries))


@harmless()
def version_of_the_far_future(folder: Path) -> Path:
    entries = _good()
    entries[3].data = b"999999999999999999999\n"
    return write(folder / "model.pt", zip_bytes(entries))


@harmless()
def version_that_is_no_number(folder: Path) -> Path:
    entries = _good()
    entries[3].data = b"\x1b[31mthree"
    return write(folder / "model.pt", zip_bytes(entries))


@inert("w")
def sixty_thousand_empty_entries(folder: Path) -> Path:
    extra = [Entry(f"model/x{n}") for n in range(60_000)]
    return write(folder / "model.pt", zip_bytes([*_good(), *extra]))


@harmless()
def a_deflated_stream_that_is_damaged(folder: Path) -> Path:
    entries = parts(good_pickle())
    entries[0].method = 8
    body = bytearray(entries[0].body)
    body[5] ^= 0xFF
    entries[0].stored = bytes(body)
    return write(folder / "model.pt", zip_bytes(entries))


@refused()
def a_deflated_stream_that_is_cut(folder: Path) -> Path:
    entries = parts(good_pickle())
    entries[0].method = 8
    entries[0].stored = entries[0].body[:-10]
    return write(folder / "model.pt", zip_bytes(entries))


def _cut(title: str, keep: int, *says: str) -> None:
    """Register a file cut in its pickle: nothing of it can be listed."""

    refuses_bytes(title, "model.pt", zip_bytes(_good())[:keep], *says)


for _keep in (5, 20, 30, 40, 60, 120):
    _cut(f"zip_cut_after_{_keep}_bytes", _keep)


@harmless()
def zip_cut_in_the_middle_of_a_storage(folder: Path) -> Path:
    pickle = op.pickled(beside())
    data = zip_bytes(parts(pickle))
    return write(folder / "model.pt", data[: data.index(b"model/data/0") + 20])
