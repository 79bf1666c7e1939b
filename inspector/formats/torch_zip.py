"""What `torch.save` writes since PyTorch 1.6: a zip archive with one folder.

Records of the folder `P` (its name is the file's at the time of saving, or "archive"), after
caffe2/serialize/inline_container.cc and torch/serialization.py:

    P/data.pkl            the object, storages referred to by persistent id
    P/byteorder           "little" or "big"; absent means little
    P/data/<key>          the bytes of one storage
    P/version             a decimal number, or P/.data/version
    P/.format_version, P/.storage_alignment, P/.data/serialization_id
    P/constants.pkl       only in TorchScript archives, which are another reader's
"""

from __future__ import annotations

import zlib

from inspector.checkpoint.byte_source import ByteSource, Readable
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.collector import let_go
from inspector.checkpoint.errors import DamagedError
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint, Finding, Storage, WeightsOnly
from inspector.formats import pickle_machine
from inspector.formats.inert import let_go_of
from inspector.formats.torch_objects import contents_of
from inspector.formats.zip_archive import STORED, Record, ZipArchive

FORMAT = "torch zip"
_VERSIONS = ("version", ".data/version")
_NO_VERSION = WeightsOnly(applies=True, obstacles=("no version record",))


def matches(head: bytes, source: ByteSource) -> bool:
    """Whether the file begins as a zip archive does; `open_archive` tells which kind it is."""
    return head.startswith(b"PK\3\4")


def root_folder(archive: ZipArchive) -> str | None:
    """Return the folder that holds data.pkl, None when the archive is no checkpoint.

    Raises `DamagedError` when there are two: torch and other readers would choose differently.
    """
    pickles = [name for name in archive.records if name.endswith("/data.pkl")]
    roots = [name.removesuffix("data.pkl") for name in pickles if name.count("/") == 1]
    if len(roots) > 1:
        raise DamagedError(
            "the archive holds two data.pkl, so readers would disagree about its content",
            where=" and ".join(shown(f"{root}data.pkl", 100) for root in roots[:2]),
        )
    return roots[0] if roots else None


def read(source: ByteSource, limits: Limits, cancel: CancelToken, progress: Progress) -> Checkpoint:
    """Read the archive's directory and pickle; no tensor's bytes.

    Raises a `CheckpointError` for an archive that is damaged or no checkpoint.
    """
    archive = ZipArchive(source, cancel)
    root = root_folder(archive)
    if root is None:
        raise DamagedError("the zip archive holds no data.pkl in its folder")
    return read_archive(archive, root, limits, cancel, progress)


def check_names(archive: ZipArchive, root: str) -> None:
    """Raise `DamagedError` for an entry outside the folder."""
    records = archive.records
    if min(records).startswith(root) and max(records).startswith(root):
        return  # so does whatever sorts between the two
    outside = next(name for name in records if not name.startswith(root))
    raise DamagedError("an entry lies outside the checkpoint's folder", where=shown(outside, 200))


def read_archive(
    archive: ZipArchive, root: str, limits: Limits, cancel: CancelToken, progress: Progress
) -> Checkpoint:
    """Read an archive whose directory is known already, and the folder that holds its data.pkl."""
    check_names(archive, root)
    record = archive.records[f"{root}data.pkl"]
    data = archive.read(record, limits.pickle_bytes)
    progress(record.compressed, record.compressed)
    pickle = pickle_machine.run(data, limits, cancel)
    storages = StorageRecords(archive, f"{root}data/", byte_order(archive, root), limits)
    contents = contents_of(pickle.root, storages.open, limits, cancel)
    checkpoint = contents.checkpoint(
        pickle,
        archive.source,
        format=FORMAT,
        detail="PyTorch 1.6 or newer",
        findings=archive_findings(archive, record, data, pickle.end),
        weights_only=None if _has_version(archive, root) else _NO_VERSION,
    )
    let_go_of(pickle.root)
    let_go(archive.records)
    return checkpoint


def _has_version(archive: ZipArchive, root: str) -> bool:
    return any(f"{root}{name}" in archive.records for name in _VERSIONS)


def byte_order(archive: ZipArchive, root: str) -> str:
    """Return "little" or "big" as the byteorder record says.

    Raises `DamagedError` for any other word.
    """
    record = archive.records.get(f"{root}byteorder")
    word = b"little" if record is None else archive.read(record, 64)
    if word not in (b"little", b"big"):
        raise DamagedError("the byteorder record says neither little nor big", where="byteorder")
    return word.decode()


def archive_findings(archive: ZipArchive, record: Record, data: bytes, end: int) -> list[Finding]:
    """Return what is odd about an archive that can be read all the same: around it, and in its
    data.pkl, whose pickle ends at `end`."""
    findings = []
    if archive.trailing:
        findings.append(
            Finding(
                "warning",
                "trailing-bytes",
                f"{archive.trailing:,} bytes follow the end of the archive; nothing refers to them",
                f"byte {archive.source.size - archive.trailing:,}",
            )
        )
    if record.crc and record.crc != zlib.crc32(
        data
    ):  # zero where torch was told to write no checksums
        findings.append(
            Finding(
                "warning",
                "bad-checksum",
                "the pickle's checksum is wrong: some names or shapes may be damaged",
                "data.pkl",
            )
        )
    if end < len(data):
        findings.append(
            Finding(
                "warning",
                "trailing-pickle",
                f"{len(data) - end:,} bytes follow the end of the pickle; torch ignores them",
                f"byte {end:,} of data.pkl",
            )
        )
    return findings


class StorageRecords:
    """Finds the record that holds a storage's bytes and checks that it is as long as it must be."""

    def __init__(self, archive: ZipArchive, folder: str, byteorder: str, limits: Limits) -> None:
        self._archive = archive
        self._records = archive.records
        self._folder = folder
        self._byteorder = byteorder
        self._limits = limits

    def open(self, key: str, location: str, numel: int, itemsize: int, view: object) -> Storage:
        """Return the storage of `key`.

        Raises `DamagedError` when its record is missing or of another length.
        """
        nbytes = numel * itemsize
        name = self._folder + key
        record = self._records.get(name)
        if view is not None:
            raise DamagedError("a zip checkpoint has no views of storages", where=shown(name, 200))
        if location == "meta":
            return Storage(key, location, nbytes, None)
        if record is None:
            raise DamagedError("the record of a storage is missing", where=shown(name, 200))
        if record.size != nbytes:
            raise DamagedError(
                f"a storage of {nbytes:,} bytes has a record of {record.size:,}",
                where=shown(name, 200),
            )
        source: Readable = self._archive.source
        offset = record.offset
        if record.method != STORED:
            from inspector.formats.inflated import InflatedRecord  # torch deflates none

            source, offset = InflatedRecord(self._archive, record, self._limits), 0
        return Storage(key, location, nbytes, source, offset, name, self._byteorder, "", record.crc)
