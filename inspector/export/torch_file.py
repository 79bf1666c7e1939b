"""A new torch file: records in torch's order, of storages and the pickle that refers to them."""

from __future__ import annotations

import hashlib

from inspector.export.new_storages import NewStorage
from inspector.export.outgoing import Outgoing
from inspector.export.torch_pickle import state_pickle
from inspector.export.zip_write import ALIGNMENT, ArchiveWriter

_FORMAT_VERSION, _ARCHIVE_VERSION = b"1", b"3\n"


def torch_archive(out: Outgoing, storages: list[NewStorage]) -> ArchiveWriter:
    """Return the file that holds everything in `out`."""
    places = {identity: view for storage in storages for identity, view in storage.placed()}
    archive = ArchiveWriter()

    def add(name: str, data: bytes) -> None:
        archive.add(name, len(data), lambda: data)

    pickle = state_pickle(out, places)
    add("data.pkl", pickle)
    add(".format_version", _FORMAT_VERSION)
    add(".storage_alignment", str(ALIGNMENT).encode())
    add("byteorder", b"little")
    for storage in storages:
        archive.add(f"data/{storage.key}", storage.nbytes, storage.stream)
    add("version", _ARCHIVE_VERSION)
    add(".data/serialization_id", _serialization_id(pickle))
    return archive


def _serialization_id(pickle: bytes) -> bytes:
    """Return 40 digits, as torch's two hashes of names and checksums are; nothing checks them."""
    return str(int(hashlib.sha256(pickle).hexdigest(), 16))[:40].encode()
