"""The stream of pickles from before 1.6: lying lists, missing bytes, cuts."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.hostile import opcodes as op
from tests.hostile.archives import WEIGHTS
from tests.hostile.attack import inert, refused, refuses_bytes, salvages_bytes, write
from tests.hostile.attacks.code_in_pickle import touch

MAGIC = 0x1950A86A20F9469CFC6C
SYSTEM = op.dict_of(("protocol_version", op.number(1001)), ("little_endian", op.TRUE))


def storage(key: str = "0", view: bytes = op.NONE, count: int = 6) -> bytes:
    """Push a storage as the legacy form refers to it."""
    return (
        op.tuple_of(
            op.text("storage"), op.name("torch", "FloatStorage"), op.text(key), op.text("cpu"),
            op.number(count), view,
        )
        + op.BINPERSID
    )  # fmt: skip


def good_object() -> bytes:
    return op.dict_of(("w", op.tensor(storage())))


def stream(
    body: bytes = b"",
    keys: bytes = b"",
    data: bytes = b"",
    magic: bytes = b"",
    protocol: bytes = b"",
    system: bytes = b"",
) -> bytes:
    """Return a legacy file with the pieces given, the others as they should be."""
    pieces = (
        magic or op.number(MAGIC),
        protocol or op.number(1001),
        system or SYSTEM,
        body or good_object(),
        keys or op.list_of(op.text("0")),
    )
    return b"".join(op.pickled(piece) for piece in pieces) + (
        data or struct.pack("<q", 6) + WEIGHTS
    )


def _lies() -> dict[str, bytes]:
    """Return files that must be refused."""
    view = op.tuple_of(op.text("1"), op.number(4), op.number(6))
    negative = op.tuple_of(op.text("1"), op.number(-1), op.number(6))
    return {
        "legacy_empty_key_list": stream(keys=op.EMPTY_LIST, data=b"\0" * 32),
        "legacy_key_list_names_another": stream(keys=op.list_of(op.text("9"))),
        "legacy_key_list_names_one_twice": stream(keys=op.list_of(op.text("0"), op.text("0"))),
        "legacy_key_list_is_a_dict": stream(keys=op.EMPTY_DICT),
        "legacy_key_list_holds_lists": stream(keys=op.list_of(op.EMPTY_LIST)),
        "legacy_count_differs": stream(data=struct.pack("<q", 5) + WEIGHTS),
        "legacy_count_is_negative": stream(data=struct.pack("<q", -6) + WEIGHTS),
        "legacy_count_is_2_to_the_60": stream(data=struct.pack("<q", 1 << 60) + WEIGHTS),
        "legacy_view_outside_its_root": stream(op.dict_of(("w", op.tensor(storage(view=view))))),
        "legacy_view_at_a_negative_offset": stream(
            op.dict_of(("w", op.tensor(storage(view=negative))))
        ),
        "legacy_protocol_of_the_future": stream(protocol=op.number(2000)),
        "legacy_protocol_is_a_text": stream(protocol=op.text("1001")),
        "legacy_ends_after_the_magic": op.pickled(op.number(MAGIC)),
        "legacy_object_is_damaged": stream(op.TUPLE3),
    }


def _cuts() -> dict[str, bytes]:
    """Return files whose storage is not all there."""
    whole = stream()
    return {
        "legacy_count_agrees_on_2_to_the_40": stream(
            op.dict_of(("w", op.tensor(storage(count=1 << 40)))),
            data=struct.pack("<q", 1 << 40) + WEIGHTS,
        ),
        "legacy_one_byte_missing": whole[:-1],
        "legacy_no_storage_bytes": whole[:-24],
        "legacy_no_count": whole[:-32],
    }


for _name, _data in _cuts().items():
    salvages_bytes(_name, "old.pth", _data, "w")
for _name, _data in _lies().items():
    refuses_bytes(_name, "old.pth", _data)


@inert("w", names=("posix.system",), live=True)
def legacy_with_a_call_in_the_object(folder: Path) -> Path:
    return write(
        folder / "old.pth", stream(op.dict_of(("w", op.tensor(storage())), ("x", touch(folder))))
    )


@inert("w", live=True)
def legacy_with_a_call_in_the_system_information(folder: Path) -> Path:
    return write(folder / "old.pth", stream(system=touch(folder) + op.POP + SYSTEM))


@refused(live=True)
def legacy_with_a_call_instead_of_the_keys(folder: Path) -> Path:
    return write(folder / "old.pth", stream(keys=touch(folder)))


@refused(live=True)
def legacy_magic_number_made_by_a_call(folder: Path) -> Path:
    made = touch(folder) + op.POP + op.number(MAGIC)
    return write(folder / "old.pth", stream(magic=made))


@refused(live=True)
def legacy_magic_number_made_by_eval(folder: Path) -> Path:
    code = f"open({str(folder / 'CANARY')!r}, 'w').close() or {MAGIC}"
    made = op.call(op.name("builtins", "eval"), op.text(code))
    return write(folder / "old.pth", stream(magic=made))


@inert("w", names=("posix.system",))
def legacy_class_with_its_source(folder: Path) -> Path:
    """The source text in the file is only text."""
    source = op.text("import os\nos.system('touch CANARY')")
    pid = op.tuple_of(op.text("module"), op.name("posix", "system"), op.text("a.py"), source)
    made = pid + op.BINPERSID + op.EMPTY_TUPLE + op.REDUCE
    return write(folder / "old.pth", stream(op.dict_of(("w", op.tensor(storage())), ("x", made))))


@inert("w")
def legacy_with_trailing_bytes(folder: Path) -> Path:
    return write(folder / "old.pth", stream() + b"x" * 1000)


def prefixes() -> list[bytes]:
    """Return every proper prefix of a small legacy file."""
    whole = stream()
    return [whole[:length] for length in range(len(whole))]
