"""The zip reader: any field may lie; where we and Python's zipfile both open, we read the same."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import strategies as st

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import CheckpointError
from inspector.formats.detect import open_checkpoint
from inspector.formats.zip_archive import ZipArchive
from tests.builders.registry import built
from tests.hostile.archives import Entry, good_pickle, parts, zip_bytes
from tests.hostile.fuzzing import fuzz

SEEDS = (
    "state_dict_pt",
    "rezipped_deflated",
    "rezipped_with_zip64_headers",
    "zip_written_to_a_pipe",
)
# offset in the record, bytes: every number of the headers
_LOCAL = ((4, 2), (6, 2), (8, 2), (10, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2))
_CENTRAL = ((8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2), (34, 2), (42, 4))
_END = ((4, 2), (6, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2))
_END64 = ((4, 8), (16, 4), (20, 4), (24, 8), (32, 8), (40, 8), (48, 8))
_LOCATOR = ((4, 4), (8, 8), (16, 4))
_FIELDS = {
    b"PK\3\4": _LOCAL,
    b"PK\1\2": _CENTRAL,
    b"PK\5\6": _END,
    b"PK\6\6": _END64,
    b"PK\6\7": _LOCATOR,
}


def fields_of(data: bytes) -> list[tuple[int, int]]:
    """Return (offset, bytes) of every number in the headers of an archive."""
    found = []
    for signature, places in _FIELDS.items():
        at = data.find(signature)
        while at >= 0:
            found += [
                (at + offset, size) for offset, size in places if at + offset + size <= len(data)
            ]
            at = data.find(signature, at + 1)
    return found


def check(path: Path, data: bytes) -> bool:
    """Open `data`; where zipfile opens it too, both must see the same bytes in every entry."""
    path.write_bytes(data)
    try:
        with open_checkpoint(path) as checkpoint:
            if any(finding.code == "cut-short" for finding in checkpoint.findings):
                return False  # salvage: zipfile does not open such a file
    except CheckpointError:
        return False
    ours = _ours(path)
    theirs = _theirs(path)
    if theirs is not None:
        assert ours == theirs
    return True


def _ours(path: Path) -> dict[str, bytes]:
    source = ByteSource(path)
    try:
        archive = ZipArchive(source, CancelToken())
        return {
            name: archive.read(record, 1 << 20)
            for name, record in archive.records.items()
            if name.endswith("data.pkl")
        }
    finally:
        source.close()


def _theirs(path: Path) -> dict[str, bytes] | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith("data.pkl")]
            return {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        return None
    except (KeyError, IndexError, struct.error, OverflowError):
        return None


def _changed(data: bytes, at: int, size: int, value: int) -> bytes:
    value %= 1 << (8 * size)
    return data[:at] + value.to_bytes(size, "little") + data[at + size :]


@pytest.mark.parametrize("name", SEEDS)
def test_fuzz_every_field_of_a_real_archive(name: str, tmp_path: Path) -> None:
    data = built(name).path.read_bytes()
    path = tmp_path / "fuzzed.pt"
    assert check(path, data)
    for at, size in fields_of(data):
        before = int.from_bytes(data[at : at + size], "little")
        for value in (0, 1, before + 1, before - 1, (1 << 8 * size) - 1):
            if value != before:
                check(path, _changed(data, at, size, value))


_entry = st.builds(
    Entry,
    name=st.sampled_from(
        ["model/data.pkl", "model/data/0", "model/x", "other/data.pkl", "data.pkl"]
    ),
    data=st.sampled_from([good_pickle(), b"", b"abc", bytes(24)]),
    method=st.sampled_from([0, 0, 8]),
    flags=st.sampled_from([0, 0, 8, 0x800, 1]),
    trailer=st.sampled_from([b"", b"", b"PK\7\x08" + bytes(12), bytes(30)]),
    listed=st.sampled_from([True, True, True, False]),
)


@fuzz(
    200,
    entries=st.lists(_entry, max_size=4),
    good=st.booleans(),
    prefix=st.sampled_from([b"", b"", b"PK\3\4", b"junk"]),
    suffix=st.sampled_from([b"", b"", b"PK\5\6" + bytes(18), b"x"]),
)
def test_fuzz_archives_of_odd_entries(
    entries: list[Entry], good: bool, prefix: bytes, suffix: bytes
) -> None:
    whole = [*(parts(good_pickle()) if good else []), *entries]
    path = built("state_dict_pt").path.with_name("fuzzed.pt")
    check(path, zip_bytes(whole, prefix=prefix) + suffix)
