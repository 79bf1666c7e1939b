"""What is left of a torch.save archive that was cut short: half a download, a full disk.

The directory stands at the end and is gone, but torch.save writes data.pkl first and the storages
after it in the order in which the pickle refers to them. So every tensor can be listed, and those
whose bytes lie before the cut can be read.
"""

from __future__ import annotations

import struct

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.types import Checkpoint, Storage, WeightsOnly
from inspector.formats import cut_short
from inspector.formats.pickle_stream import PickleStream
from inspector.formats.torch_objects import contents_of
from inspector.formats.torch_zip import FORMAT
from inspector.formats.zip_archive import STORED

# The local header of zip_archive.py's table, and the descriptor that follows an entry's data.
_LOCAL = struct.Struct("<4s5H3I2H")
_DESCRIPTOR = b"PK\7\x08"
_DESCRIPTOR_SIZES = (16, 24)
_SMALL = 4096  # the records beside the storages are shorter than this


def read(
    source: ByteSource, limits: Limits, cancel: CancelToken, progress: Progress
) -> Checkpoint | None:
    """List a cut archive; None when not even its pickle is whole.

    Storages behind the cut have a `problem`, and a finding of severity error tells how many tensors
    are whole.
    """
    first = _local_header(source, 0)
    if first is None or not first.name.endswith("/data.pkl") or first.method != STORED:
        return None
    stream = PickleStream(source, limits, cancel, first.data, source.size)
    storages: dict[str, Storage] = {}

    def make_storage(key: str, location: str, numel: int, itemsize: int, view: object) -> Storage:
        nbytes = numel * itemsize
        storages[key] = Storage(key, location, nbytes, None, problem=cut_short.BEFORE)
        return storages[key]

    try:
        pickle = stream.pickle("data.pkl")
        contents = contents_of(pickle.root, make_storage, limits, cancel)
    except CheckpointError:
        return None
    progress(pickle.end, pickle.end)
    root = first.name.removesuffix("data.pkl")
    _find_storages(source, stream.position, f"{root}data/", storages, cancel)
    return contents.checkpoint(
        pickle,
        source,
        format=FORMAT,
        detail="cut short",
        findings=[cut_short.finding(contents.tensors, source.size)],
        weights_only=WeightsOnly(
            applies=True, obstacles=("the end of the file, which is missing",)
        ),
    )


class _Header:
    """One local header: the entry's name, its method, and where its data begins."""

    def __init__(self, name: str, method: int, data: int, size: int) -> None:
        self.name = name
        self.method = method
        self.data = data
        self.size = size


def _local_header(source: ByteSource, at: int) -> _Header | None:
    if at + _LOCAL.size > source.size:
        return None
    signature, _, _, method, _, _, _, size, _, name_length, extra_length = _LOCAL.unpack(
        source.read(at, _LOCAL.size)
    )
    data = at + _LOCAL.size + name_length + extra_length
    if signature != b"PK\3\4" or data > source.size:
        return None
    name = source.read(at + _LOCAL.size, name_length).decode("utf-8", "replace")
    return _Header(name, method, data, size)


def _find_storages(
    source: ByteSource, at: int, folder: str, storages: dict[str, Storage], cancel: CancelToken
) -> None:
    """Follow the entries from `at` on and give each storage its place, up to the cut."""
    byteorder = "little"
    while (start := _next_header(source, at)) is not None:
        cancel.check()
        header = _local_header(source, start)
        if header is None:
            return
        storage = storages.get(header.name.removeprefix(folder))
        if header.name.startswith(folder) and storage is not None:
            there = source.size - header.data
            storage.source, storage.offset = source, header.data
            storage.record, storage.byteorder = header.name, byteorder
            storage.problem = cut_short.problem(there, storage.nbytes)
            at = header.data + storage.nbytes
        else:
            if header.name.endswith("/byteorder"):
                big = source.read(header.data, min(3, source.size - header.data)) == b"big"
                byteorder = "big" if big else "little"
            at = header.data + header.size


def _next_header(source: ByteSource, at: int) -> int | None:
    """Return where the next local header begins, at or a little after `at`.

    Between the two lie a descriptor and, for a small record of unknown length, its data.
    """
    if at >= source.size:
        return None
    window = source.read(at, min(_SMALL, source.size - at))
    if window.startswith(b"PK\3\4"):
        return at
    descriptor = window.find(_DESCRIPTOR)
    for size in _DESCRIPTOR_SIZES:
        if descriptor >= 0 and window.startswith(b"PK\3\4", descriptor + size):
            return at + descriptor + size
    return None
