"""Archives that two readers read differently: one sees weights, the other the payload."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.hostile import opcodes as op
from tests.hostile.archives import WEIGHTS, Entry, beside, good_pickle, parts, zip_bytes
from tests.hostile.attack import harmless, inert, refused, write
from tests.hostile.attacks.code_in_pickle import touch


def payload(folder: Path) -> bytes:
    return op.pickled(touch(folder) + op.POP + beside())


def _model(folder: Path, entries: list[Entry], **end: object) -> Path:
    return write(folder / "model.pt", zip_bytes(entries, **end))  # type: ignore[arg-type]


@refused("two entries", "twice", "data.pkl")
def two_data_pkl_of_one_name(folder: Path) -> Path:
    """torch takes the first, Python's zipfile the last."""
    return _model(folder, [Entry("model/data.pkl", payload(folder)), *parts(good_pickle())])


@refused("two entries", "twice", "data.pkl")
def two_data_pkl_the_payload_last(folder: Path) -> Path:
    return _model(folder, [*parts(good_pickle()), Entry("model/data.pkl", payload(folder))])


@refused("two entries", "twice")
def two_storages_of_one_name(folder: Path) -> Path:
    return _model(folder, [*parts(good_pickle()), Entry("model/data/0", bytes(24))])


@refused("data.pkl")
def two_roots(folder: Path) -> Path:
    return _model(folder, [*parts(good_pickle()), *parts(payload(folder), root="other")])


@refused("outside", "data.pkl", "disagree")
def a_root_data_pkl_beside_the_folder(folder: Path) -> Path:
    return _model(folder, [Entry("data.pkl", payload(folder)), *parts(good_pickle())])


@refused("disagree", "data.pkl")
def local_name_differs_from_the_directory(folder: Path) -> Path:
    entries = parts(good_pickle())
    entries[0].local = {"name": b"model/evil.pkl"}
    return _model(folder, entries)


@refused("another name")
def local_header_names_another_record(folder: Path) -> Path:
    entries = [Entry("model/x", payload(folder), local={"name": b"model/data.pkl"})]
    return _model(folder, [*entries, *parts(good_pickle())])


@refused("another name")
def names_that_differ_in_case_of_the_local_header(folder: Path) -> Path:
    entries = parts(good_pickle())
    entries[0].local = {"name": b"model/DATA.PKL"}
    return _model(folder, entries)


@refused("two end records", "disagree", "directory")
def an_archive_inside_the_comment(folder: Path) -> Path:
    """The end record inside the comment leads to another directory."""
    first = zip_bytes(parts(good_pickle()))
    second = zip_bytes(parts(payload(folder)), prefix=first)
    inner = second[len(first) :]
    comment_length = struct.pack("<H", len(inner))
    return write(folder / "model.pt", first[:-2] + comment_length + inner)


@refused("two end records")
def an_empty_archive_behind_the_end(folder: Path) -> Path:
    """torch and zipfile take the last end record, which lists nothing."""
    return write(folder / "model.pt", zip_bytes(parts(good_pickle())) + b"PK\5\6" + bytes(18))


@refused("two end records")
def a_second_end_record_in_the_comment(folder: Path) -> Path:
    data = zip_bytes(parts(good_pickle()))
    end = data[-22:]
    return write(folder / "model.pt", data[:-2] + struct.pack("<H", 22) + end)


@refused("several archives", "two end records")
def an_archive_behind_another(folder: Path) -> Path:
    return write(
        folder / "model.pt", zip_bytes(parts(payload(folder))) + zip_bytes(parts(good_pickle()))
    )


@refused("before", "two end records", "several archives in a row")
def an_archive_behind_another_with_true_offsets(folder: Path) -> Path:
    first = zip_bytes(parts(payload(folder)))
    return write(folder / "model.pt", zip_bytes(parts(good_pickle()), prefix=first))


@refused()
def a_prefix_of_junk(folder: Path) -> Path:
    return write(folder / "model.pt", b"MZ" + bytes(510) + zip_bytes(parts(good_pickle())))


@refused()
def a_prefix_of_a_shell_script(folder: Path) -> Path:
    script = b"#!/bin/sh\ntouch CANARY\n"
    return write(folder / "model.pt", zip_bytes(parts(good_pickle()), prefix=script))


@refused()
def a_gif_in_front(folder: Path) -> Path:
    return write(folder / "model.pt", zip_bytes(parts(good_pickle()), prefix=b"GIF89a" + bytes(20)))


@refused("before", "begin", "directory")
def an_unlisted_entry_in_front(folder: Path) -> Path:
    hidden = Entry("model/data.pkl", payload(folder), listed=False)
    return _model(folder, [hidden, *parts(good_pickle())])


@refused("gap", "between", "unlisted", "bytes", "disagree", "entry")
def an_unlisted_entry_in_the_middle(folder: Path) -> Path:
    entries = parts(good_pickle())
    hidden = Entry("model/data.pkl", payload(folder), listed=False)
    return _model(folder, [entries[0], hidden, *entries[1:]])


@inert("w")
def flag_bits_of_encryption_only_in_the_local_header_are_told(folder: Path) -> Path:
    """Bit 11 alone (UTF-8) may differ without harm."""
    entries = parts(good_pickle())
    entries[0].local = {"flags": 0x800}
    return _model(folder, entries)


@refused("disagree", "encrypted", "flags")
def local_header_says_encrypted(folder: Path) -> Path:
    entries = parts(good_pickle())
    entries[0].local = {"flags": 1}
    return _model(folder, entries)


@refused("disagree", "data.pkl")
def local_method_differs(folder: Path) -> Path:
    entries = parts(good_pickle())
    entries[0].local = {"method": 8}
    return _model(folder, entries)


@refused("disagree", "data.pkl")
def local_size_differs(folder: Path) -> Path:
    entries = parts(good_pickle())
    entries[0].local = {"size": 5, "compressed": 5}
    return _model(folder, entries)


@inert("w", finds=("bad-checksum",))
def wrong_crc_of_the_pickle_is_told(folder: Path) -> Path:
    """torch checks no checksum; readers that do refuse the entry."""
    entries = parts(good_pickle())
    entries[0].local = entries[0].central = {"crc": 0x12345678}
    return _model(folder, entries)


@refused("disagree", "crc", "checksum")
def crc_differs_between_header_and_directory(folder: Path) -> Path:
    entries = parts(good_pickle())
    entries[0].local = {"crc": 1}
    return _model(folder, entries)


@refused("other sizes")
def a_descriptor_that_lies(folder: Path) -> Path:
    entries = parts(good_pickle())
    lie = struct.pack("<4sIII", b"PK\7\10", 1, 2, 3)
    entries[0].flags = 8
    entries[0].local = {"crc": 0, "size": 0, "compressed": 0}
    entries[0].trailer = lie
    return _model(folder, entries)


@refused("other sizes")
def a_descriptor_that_repeats_the_signs_for_64_bits(folder: Path) -> Path:
    entries = parts(good_pickle())
    entry, full = entries[0], 0xFFFFFFFF
    truth = entry.truth()
    wide = struct.pack("<HHQQ", 1, 16, truth["size"], truth["compressed"])
    entry.flags = 8
    entry.local = {"crc": 0, "size": 0, "compressed": 0}
    entry.central = {"size": full, "compressed": full, "extra": wide}
    entry.trailer = struct.pack("<4sIII", b"PK\7\10", truth["crc"], full, full)
    return _model(folder, entries)


@refused("other sizes", "entry")
def a_descriptor_that_is_missing(folder: Path) -> Path:
    entries = parts(good_pickle())
    entries[0].flags = 8
    entries[0].local = {"crc": 0, "size": 0, "compressed": 0}
    return _model(folder, entries)


@harmless()
def names_equal_after_normalising(folder: Path) -> Path:
    """Readers that normalise names see one entry twice."""
    extra = Entry("model/./data.pkl", payload(folder))
    return _model(folder, [*parts(good_pickle()), extra])


@refused()
def a_backslash_name(folder: Path) -> Path:
    entries = parts(good_pickle())
    entries[0].name = "model\\data.pkl"
    return _model(folder, entries)


@refused()
def a_name_with_a_nul(folder: Path) -> Path:
    """C readers end the name at the NUL: model/data.pkl."""
    extra = Entry(b"model/data.pkl\0.txt", payload(folder))
    return _model(folder, [*parts(good_pickle()), extra])


@refused("UTF-8", "name")
def a_name_that_is_no_utf8(folder: Path) -> Path:
    extra = Entry(b"model/\xff\xfe", b"", flags=0x800)
    return _model(folder, [*parts(good_pickle()), extra])


@inert("w")
def a_unicode_path_extra_field(folder: Path) -> Path:
    """Info-ZIP's 0x7075 field gives the entry another name to readers that know it."""
    other = b"\x01" + bytes(4) + b"model/evil.pkl"
    entries = parts(good_pickle())
    entries[0].central = {"extra": struct.pack("<HH", 0x7075, len(other)) + other}
    return _model(folder, entries)


@refused("zip archive")
def a_zip_in_a_zip(folder: Path) -> Path:
    inner = zip_bytes(parts(payload(folder)))
    return _model(folder, [Entry("checkpoint.pt", inner)])


@inert("w")
def a_zip_as_a_storage(folder: Path) -> Path:
    inner = zip_bytes(parts(payload(folder)))
    size = len(inner)
    made = op.tensor(op.storage("1", "ByteStorage", size), size=(size,), stride=(1,))
    entries = parts(op.pickled(beside(("zip", made))), storages={"0": WEIGHTS, "1": inner})
    return _model(folder, entries)


@harmless()
def a_constants_pkl_that_is_empty(folder: Path) -> Path:
    return _model(folder, [*parts(good_pickle()), Entry("model/constants.pkl", b"")])
