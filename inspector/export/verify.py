"""Check every record of a checkpoint that has a checksum, and name the tensors of damaged ones.

Only zip archives have checksums (CRC-32, one per record); torch itself never looks at them. A zero
stands for "none was written" (`torch.serialization.set_crc32_options(False)`), which is no damage.
Other containers have none at all: of them the structure is checked, which opening did already.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import CancelToken, Progress, no_progress
from inspector.checkpoint.errors import CheckpointError, DamagedError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.summary import pieces_of
from inspector.checkpoint.types import Checkpoint
from inspector.formats.inflated import inflated_blocks
from inspector.formats.zip_archive import STORED, Record, ZipArchive

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class VerifiedRecord:
    """One record: `status` is "ok", "damaged" or "no checksum"; `tensors` are the keys of those
    whose elements it holds; `problem` says what is wrong with a damaged one."""

    name: str
    nbytes: int
    status: str
    tensors: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What checking found, in file order, and one sentence for people."""

    records: tuple[VerifiedRecord, ...]
    summary: str

    @property
    def damaged(self) -> tuple[VerifiedRecord, ...]:
        """The records that are not what was written."""
        return tuple(record for record in self.records if record.status == "damaged")


def verify_checkpoint(
    checkpoint: Checkpoint,
    cancel: CancelToken | None = None,
    progress: Progress = no_progress,
) -> VerifyReport:
    """Read every byte that has a checksum and compare; `progress` counts those bytes.

    Raises `Cancelled`, and `ChangedOnDiskError` when the file changes meanwhile.
    """
    cancel = cancel or CancelToken()
    owners = _owners(checkpoint)
    total, done = sum(source.size for source in checkpoint.sources), 0
    records: list[VerifiedRecord] = []
    for source in checkpoint.sources:
        if source.size >= 4 and source.read(0, 4) == b"PK\3\4":
            for record in _verified(source, _prefix(checkpoint, source), owners, cancel):
                records.append(record)
                progress(min(done + record.nbytes, total), total)
                done += record.nbytes
        source.check_unchanged()
    seen = {record.name for record in records}
    records += [
        VerifiedRecord(storage.record or storage.key, storage.nbytes, "damaged",
                       owners.get(storage.record or storage.key, ()), storage.problem)
        for storage in checkpoint.storages
        if storage.problem and (storage.record or storage.key) not in seen
    ]  # fmt: skip
    records += [
        VerifiedRecord(finding.where or "other shards", 0, "damaged", (), finding.message)
        for finding in checkpoint.findings
        if finding.code in ("missing-shard", "unreadable-shard")
    ]
    whole = sum(
        not storage.problem and (storage.record or storage.key) not in seen
        for storage in checkpoint.storages
    )
    return VerifyReport(tuple(records), _summary(checkpoint, records, len(records) + whole))


def _prefix(checkpoint: Checkpoint, source: ByteSource) -> str:
    """Return what the records of a shard are called by: its name from the index, and a colon."""
    if source is checkpoint.sources[0]:
        return ""
    return f"{Path(source.path).relative_to(Path(checkpoint.path).parent).as_posix()}:"


def _owners(checkpoint: Checkpoint) -> dict[str, tuple[str, ...]]:
    owners: dict[str, dict[str, None]] = {}
    for tensor in checkpoint.tensors:
        for piece in pieces_of(tensor):
            if piece.storage is not None:
                name = piece.storage.record or piece.storage.key
                owners.setdefault(name, {})[tensor.key] = None
    return {name: tuple(keys) for name, keys in owners.items()}


def _verified(
    source: ByteSource, prefix: str, owners: dict[str, tuple[str, ...]], cancel: CancelToken
) -> Iterator[VerifiedRecord]:
    try:
        archive = ZipArchive(source, cancel)
    except CheckpointError as error:
        yield VerifiedRecord("the archive", source.size, "damaged", (), error.what())
        return
    for record in archive.records.values():
        name = prefix + record.name
        keys = owners.get(name, ())
        try:
            crc = _crc(source, record, cancel)
        except DamagedError as error:
            yield VerifiedRecord(name, record.size, "damaged", keys, error.message)
            continue
        if crc == record.crc:
            yield VerifiedRecord(name, record.size, "ok", keys)
        elif not record.crc:
            yield VerifiedRecord(name, record.size, "no checksum", keys)
        else:
            problem = f"its checksum is {crc:08x}, written was {record.crc:08x}"
            yield VerifiedRecord(name, record.size, "damaged", keys, problem)


def _crc(source: ByteSource, record: Record, cancel: CancelToken) -> int:
    """Return the CRC-32 of a record's bytes, inflated if need be."""
    crc = 0
    for block in (
        _stored(source, record) if record.method == STORED else inflated_blocks(source, record)
    ):
        cancel.check()
        crc = zlib.crc32(block, crc)
    return crc


def _stored(source: ByteSource, record: Record) -> Iterator[memoryview]:
    buffer = memoryview(bytearray(min(_BLOCK_BYTES, record.size)))
    for start in range(0, record.size, _BLOCK_BYTES):
        block = buffer[: record.size - start]
        source.read_into(record.offset + start, block)
        yield block


def _summary(checkpoint: Checkpoint, records: list[VerifiedRecord], total: int) -> str:
    counts = dict.fromkeys(("ok", "damaged", "no checksum"), 0)
    for record in records:
        counts[record.status] += 1
    name = shown(checkpoint.format)
    if not records:
        return f"a {name} file has no checksums; what it says of itself is consistent"
    if counts["damaged"]:
        are = "is" if counts["damaged"] == 1 else "are"
        return f"{counts['damaged']:,} of {total:,} records {are} damaged"
    if counts["no checksum"]:
        return (
            f"{counts['ok']:,} of {len(records):,} records are as they were written, "
            f"{counts['no checksum']:,} have no checksum"
        )
    return f"all {len(records):,} records are as they were written"
