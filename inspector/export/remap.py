"""A copy of a torch file whose storages name other devices; every other byte is the source's.

The pickle is patched where it says a location, the storages are copied as they are. No class of the
file is needed, no device, and no memory beyond the pickle.
"""

from __future__ import annotations

from dataclasses import dataclass

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import DamagedError, ExportError
from inspector.checkpoint.limits import DEFAULT_LIMITS
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint, Storage
from inspector.export.map_location import Placement
from inspector.export.pickle_edits import Target, check_remapped, remap_pickle
from inspector.export.pickle_locations import LocationScan, scan_locations
from inspector.export.pieces import Piece, Stretch
from inspector.export.zip_patch import DEFAULT_ALIGNMENT, patched
from inspector.formats.zip_archive import ZipArchive

_LEGACY_PICKLES = 3
"""Magic number, protocol version and system info stand before the object."""
REMAPPABLE = ("torch zip", "torch legacy", "torchscript")


@dataclass(frozen=True, slots=True)
class _Located:
    """A pickle with storages: its record (empty in a legacy file), what it says of their locations,
    and those that tensors use by their keys."""

    record: str
    data: bytes
    scan: LocationScan
    storages: dict[str, Storage]


class SourceScan:
    """Where a file says on which device its storages lie, read at the first plan of a re-map.

    That takes longer than all the rest of a plan, and depends on the file alone: whoever makes
    several plans keeps it. It takes a few hundred bytes for each tensor.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self.archive: ZipArchive | None = None
        self.pickles: list[_Located] = []

    def read(self, cancel: CancelToken) -> None:
        """Read the file, unless that was done.

        Raises `ExportError` for a container that is not patched.
        """
        checkpoint = self.checkpoint
        if checkpoint.format not in REMAPPABLE or len(checkpoint.sources) != 1:
            raise ExportError(
                f"a {checkpoint.format} file cannot be re-mapped in place",
                file=checkpoint.path,
                advice="Export its weights as a new file instead",
            )
        if not self.pickles:
            self.pickles = (
                self._legacy(cancel) if checkpoint.format == "torch legacy" else self._zip(cancel)
            )

    def _zip(self, cancel: CancelToken) -> list[_Located]:
        try:
            archive = self.archive = ZipArchive(self.checkpoint.sources[0], cancel)
        except DamagedError as error:
            raise ExportError(
                f"the archive is damaged: {error.message}",
                where=error.where,
                advice="Export its weights only; all that is whole is then written",
            ) from error
        return [
            self._located(name, archive.read(record, DEFAULT_LIMITS.pickle_bytes), 0, cancel)
            for name, record in archive.records.items()
            if name.count("/") == 1 and name.endswith(tuple(_PICKLES))
        ]

    def _legacy(self, cancel: CancelToken) -> list[_Located]:
        source = self.checkpoint.sources[0]
        held = [kept.offset for kept in self.checkpoint.storages if kept.source is source]
        length = min(held, default=source.size)
        if length > DEFAULT_LIMITS.pickle_bytes:
            raise ExportError("its pickle is larger than any real checkpoint's", file=source.path)
        data = source.read(0, length)
        start = 0
        for _ in range(_LEGACY_PICKLES):
            start = scan_locations(data, start, cancel).end
        return [self._located("", data, start, cancel)]

    def _located(self, record: str, data: bytes, start: int, cancel: CancelToken) -> _Located:
        folder = _PICKLES.get("/" + record.partition("/")[2], "")
        storages = {
            storage.key: storage
            for storage in self.checkpoint.storages
            if storage.record.partition("/")[2].startswith(folder)
        }
        return _Located(record, data, scan_locations(data, start, cancel), storages)


class Remap:
    """A copy whose storages name other devices; `devices` holds the new location by the identity of
    each storage. One that lies hidden in an unknown object, and so is not among them, goes where
    `wish` sends its device."""

    def __init__(self, source: SourceScan, wish: Placement, devices: dict[int, str]) -> None:
        self._source = source
        self._wish = wish
        self._devices = devices
        self._changed: list[bytes] = []

    def pieces(self, cancel: CancelToken) -> list[Piece]:
        """Return the pieces of the copy.

        Raises `ExportError` for a container that is not patched, and `DamagedError` where the
        pickle and what was read from it disagree.
        """
        source = self._source
        source.read(cancel)
        self._changed = [
            remap_pickle(located.data, located.scan, self._target(located))
            for located in source.pickles
        ]
        whole = {
            located.record: located.data[: located.scan.start]
            + changed
            + located.data[located.scan.end :]
            for located, changed in zip(source.pickles, self._changed, strict=True)
        }
        file = source.checkpoint.sources[0]
        if source.archive is None:
            length = len(source.pickles[0].data)
            return [whole[""], Stretch(file, length, file.size - length)]
        replaced = {
            located.record: whole[located.record]
            for located in source.pickles
            if whole[located.record] != located.data
        }
        return patched(file, source.archive, replaced, _alignment(source.archive))

    def check(self, cancel: CancelToken) -> None:
        """Read the changed pickles anew; raises `ExportError` where they do not say what they
        should."""
        for located, changed in zip(self._source.pickles, self._changed, strict=True):
            check_remapped(changed, located.scan, self._target(located), cancel)

    def _target(self, located: _Located) -> Target:
        """Return the answer for each storage of a pickle."""
        storages, devices, wish = located.storages, self._devices, self._wish

        def target(key: str, location: str) -> str:
            if location == "meta":  # the file has no bytes for it that another device could hold
                return location
            storage = storages.get(key)
            after = devices.get(id(storage))
            if storage is None or after is None:
                return wish.of("", location)
            if storage.location != location:
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
