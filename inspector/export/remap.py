"""A copy of a torch file whose storages name other devices; every other byte is the source's.

The pickle is patched where it says a location, the storages are copied as they are. No class of the
file is needed, no device, and no memory beyond the pickle.
"""

from __future__ import annotations

from dataclasses import dataclass

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import DamagedError, ExportError
from inspector.checkpoint.limits import DEFAULT_LIMITS
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint
from inspector.export.map_location import Placement
from inspector.export.pickle_edits import Target, remap_pickle
from inspector.export.pickle_locations import scan_locations
from inspector.export.pieces import Piece, Stretch
from inspector.export.zip_patch import DEFAULT_ALIGNMENT, patched
from inspector.formats.zip_archive import ZipArchive

_LEGACY_PICKLES = 3
"""Magic number, protocol version and system info stand before the object."""
REMAPPABLE = ("torch zip", "torch legacy", "torchscript")


@dataclass(frozen=True, slots=True)
class _Remap:
    """One re-map: the file, the wish, and the new location of each storage by its identity."""

    checkpoint: Checkpoint
    source: ByteSource
    wish: Placement
    devices: dict[int, str]
    cancel: CancelToken


def remapped(
    checkpoint: Checkpoint, wish: Placement, devices: dict[int, str], cancel: CancelToken
) -> list[Piece]:
    """Return the pieces of the copy; `devices` holds the new location by storage identity.

    A storage that lies hidden in an unknown object, and so is not among them, goes where `wish`
    sends its device. Raises `ExportError` for a container that is not patched, and `DamagedError`
    where the pickle and what was read from it disagree.
    """
    if checkpoint.format not in REMAPPABLE or len(checkpoint.sources) != 1:
        raise ExportError(
            f"a {checkpoint.format} file cannot be re-mapped in place",
            file=checkpoint.path,
            advice="Export its weights as a new file instead",
        )
    remap = _Remap(checkpoint, checkpoint.sources[0], wish, devices, cancel)
    return _legacy(remap) if checkpoint.format == "torch legacy" else _zip(remap)


def _zip(remap: _Remap) -> list[Piece]:
    try:
        archive = ZipArchive(remap.source, remap.cancel)
    except DamagedError as error:
        raise ExportError(
            f"the archive is damaged: {error.message}",
            where=error.where,
            advice="Export its weights only; all that is whole is then written",
        ) from error
    replaced = {}
    for name, record in archive.records.items():
        if name.count("/") != 1 or not name.endswith(tuple(_PICKLES)):
            continue
        data = archive.read(record, DEFAULT_LIMITS.pickle_bytes)
        folder = _PICKLES["/" + name.partition("/")[2]]
        scan = scan_locations(data, 0, remap.cancel)
        changed = remap_pickle(data, scan, _target(remap, folder), remap.cancel)
        if changed != data[: scan.end]:
            replaced[name] = changed + data[scan.end :]
    return patched(remap.source, archive, replaced, _alignment(archive))


def _legacy(remap: _Remap) -> list[Piece]:
    source, cancel = remap.source, remap.cancel
    held = [kept.offset for kept in remap.checkpoint.storages if kept.source is source]
    length = min(held, default=source.size)
    if length > DEFAULT_LIMITS.pickle_bytes:
        raise ExportError("its pickle is larger than any real checkpoint's", file=source.path)
    data = source.read(0, length)
    start = 0
    for _ in range(_LEGACY_PICKLES):
        start = scan_locations(data, start, cancel).end
    scan = scan_locations(data, start, cancel)
    changed = remap_pickle(data, scan, _target(remap, ""), cancel)
    head = data[:start] + changed + data[scan.end :]
    return [head, Stretch(source, length, source.size - length)]


def _target(remap: _Remap, folder: str) -> Target:
    """Return the answer for each storage of a pickle whose records lie in `folder`."""
    known = {
        storage.key: (storage.location, remap.devices[id(storage)])
        for storage in remap.checkpoint.storages
        if id(storage) in remap.devices and storage.record.partition("/")[2].startswith(folder)
    }

    def target(key: str, location: str) -> str:
        if key not in known:
            return remap.wish.of("", location)
        before, after = known[key]
        if before != location:
            raise DamagedError(
                "a storage is said to lie on two devices", where=f"storage {shown(key, 60)}"
            )
        return after

    return target


def _alignment(archive: ZipArchive) -> int:
    """Return the bytes that torch aligned the records to when it wrote the file."""
    for name, record in archive.records.items():
        if name.count("/") == 1 and name.endswith("/.storage_alignment"):
            text = archive.read(record, 64)
            if text.isdigit() and 0 < int(text) < 1 << 16:
                return int(text)
    return DEFAULT_ALIGNMENT


_PICKLES = {"/data.pkl": "data/", "/constants.pkl": "constants/"}
"""Pickles with storages, and the folder of their records."""
