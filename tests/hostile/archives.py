"""Checkpoints written byte by byte, so that every field can lie.

The zip format is PKWARE's APPNOTE; an `Entry` says what its local header, its directory entry and
its data are, apart from one another.
"""

from __future__ import annotations

import dataclasses
import json
import struct
import zlib
from pathlib import Path
from typing import Any

from tests.hostile import opcodes as op
from tests.hostile.attack import write

WEIGHTS = struct.pack("<6f", *(0.5 * n for n in range(6)))
"""The six float32 of storage "0"."""


@dataclasses.dataclass
class Entry:
    """One zip entry; fields named `local_*` and `central_*` replace the truthful ones."""

    name: str | bytes
    data: bytes = b""
    method: int = 0
    flags: int = 0
    local: dict[str, Any] = dataclasses.field(default_factory=dict)
    central: dict[str, Any] = dataclasses.field(default_factory=dict)
    stored: bytes | None = None
    """The bytes in the file, when they are not `data` compressed by `method`."""
    trailer: bytes = b""
    """Bytes after the data: a descriptor, or a gap."""
    listed: bool = True

    @property
    def body(self) -> bytes:
        if self.stored is not None:
            return self.stored
        if self.method == 8:
            deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
            return deflater.compress(self.data) + deflater.flush()
        return self.data

    def truth(self) -> dict[str, Any]:
        name = self.name if isinstance(self.name, bytes) else self.name.encode()
        return {
            "name": name,
            "flags": self.flags,
            "method": self.method,
            "crc": zlib.crc32(self.data),
            "compressed": len(self.body),
            "size": len(self.data),
            "extra": b"",
        }


def local_header(fields: dict[str, Any]) -> bytes:
    """Return a local file header."""
    name, extra = bytes(fields["name"]), bytes(fields["extra"])
    return (
        struct.pack(
            "<4s5H3I2H", b"PK\3\4", 20, fields["flags"], fields["method"], 0, 0, fields["crc"],
            fields["compressed"], fields["size"], len(name), len(extra),
        )
        + name
        + extra
    )  # fmt: skip


def directory_entry(fields: dict[str, Any]) -> bytes:
    """Return a central directory entry."""
    comment = bytes(fields.get("comment", b""))
    name, extra = bytes(fields["name"]), bytes(fields["extra"])
    return (
        struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", 20, 20, fields["flags"], fields["method"], 0, 0,
            fields["crc"], fields["compressed"], fields["size"], len(name),
            len(extra), len(comment), fields.get("disk", 0), 0, 0, fields["header"],
        )
        + name
        + extra
        + comment
    )  # fmt: skip


def end_record(comment: bytes = b"", **fields: int) -> bytes:
    """Return the end of central directory record."""
    return struct.pack(
        "<4s4H2IH", b"PK\5\6", fields.get("disk", 0), fields.get("first_disk", 0),
        fields.get("here", fields["count"]), fields["count"], fields["size"], fields["offset"],
        fields.get("comment_length", len(comment)),
    ) + comment  # fmt: skip


def zip64_end(**told: int) -> bytes:
    """Return the three end records of a large archive from `offset`, `size` and `count`.

    `here`, `disk`, `disks` and `at` (where the zip64 record is) follow from them unless given.
    """
    end64 = struct.pack(
        "<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, told.get("disk", 0), 0,
        told.get("here", told["count"]), told["count"], told["size"], told["offset"],
    )  # fmt: skip
    at = told.get("at", told["offset"] + told["size"])
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, at, told.get("disks", 1))
    full: dict[str, Any] = {"count": 0xFFFF, "size": 0xFFFFFFFF, "offset": 0xFFFFFFFF}
    return end64 + locator + end_record(**full)


def zip_bytes(entries: list[Entry], prefix: bytes = b"", **end: Any) -> bytes:
    """Return an archive of the entries; `end` replaces fields of the end record."""
    out = bytearray(prefix)
    directory = bytearray()
    count = 0
    for entry in entries:
        header = len(out)
        out += local_header({**entry.truth(), **entry.local}) + entry.body + entry.trailer
        if entry.listed:
            directory += directory_entry({**entry.truth(), "header": header, **entry.central})
            count += 1
    truth: dict[str, Any] = {"count": count, "size": len(directory), "offset": len(out)}
    return bytes(out + directory) + end_record(**{**truth, **end})


def parts(
    pickle: bytes, root: str = "model", storages: dict[str, bytes] | None = None
) -> list[Entry]:
    """Return the entries of a checkpoint: its pickle, its storages by key, its version."""
    data = {"0": WEIGHTS} if storages is None else storages
    return [
        Entry(f"{root}/data.pkl", pickle),
        Entry(f"{root}/byteorder", b"little"),
        *(Entry(f"{root}/data/{key}", body) for key, body in data.items()),
        Entry(f"{root}/version", b"3\n"),
    ]


def checkpoint(
    folder: Path, body: bytes, protocol: int = 2, storages: dict[str, bytes] | None = None
) -> Path:
    """Write a well-formed zip whose pickle is `body`."""
    return write(folder / "model.pt", checkpoint_bytes(body, protocol, storages))


def checkpoint_bytes(
    body: bytes, protocol: int = 2, storages: dict[str, bytes] | None = None
) -> bytes:
    """Return a well-formed zip whose pickle is `body`."""
    return zip_bytes(parts(op.pickled(body, protocol), storages=storages))


def beside(*pairs: tuple[bytes | str, bytes]) -> bytes:
    """Return a dict of a good tensor "w" and of what is given."""
    return op.dict_of(("w", op.tensor()), *pairs)


def good_pickle() -> bytes:
    """Return the pickle of {"w": a good tensor}."""
    return op.pickled(beside())


def safetensors_bytes(
    header: object = None, data: bytes = WEIGHTS, *, length: int | None = None, raw: bytes = b""
) -> bytes:
    """Return a safetensors file; `raw` is a header that need not be JSON, `length` its lie."""
    text = raw or json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry_of(
    dtype: str = "F32", shape: tuple[object, ...] = (2, 3), span: tuple[object, ...] = (0, 24)
) -> dict[str, object]:
    """Return one tensor's entry in a safetensors header."""
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(span)}
