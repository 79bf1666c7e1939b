"""Checksums: damage is found and named, a missing checksum is no damage."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.export.verify import VerifyReport, verify_checkpoint
from inspector.formats.detect import open_checkpoint
from tests.builders import VALID, built, save, torch


def verify(path: Path) -> VerifyReport:
    with open_checkpoint(path) as checkpoint:
        return verify_checkpoint(checkpoint)


@pytest.mark.parametrize("name", VALID)
def test_no_valid_file_is_damaged(name: str) -> None:
    file = built(name)
    report = verify(file.path)
    assert report.damaged == ()
    if file.format in ("torch zip", "torchscript"):
        assert len(report.records) == len(zipfile.ZipFile(file.path).namelist())
    elif file.format in ("torch legacy", "safetensors"):
        assert "no checksums" in report.summary


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_one_flipped_bit_names_the_tensors_of_its_record(compression: int, tmp_path: Path) -> None:
    shared = torch.arange(100.0)
    source = save(tmp_path / "source.pt", {"a": shared, "b": shared[:5], "c": torch.ones(100)})
    packed = tmp_path / "packed.pt"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(packed, "w", compression) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        record = new.getinfo("source/data/0")
    data = bytearray(packed.read_bytes())
    start = record.header_offset + 30 + len(record.filename)
    data[start + record.compress_size // 2] ^= 4
    packed.write_bytes(data)
    report = verify(packed)
    assert [damaged.tensors for damaged in report.damaged] == [("a", "b")]
    assert report.damaged[0].problem
    assert "1 of 8 records" in report.summary


def test_a_file_without_checksums(tmp_path: Path) -> None:
    torch.serialization.set_crc32_options(False)
    try:
        source = save(tmp_path / "source.pt", {"w": torch.ones(1000)})
    finally:
        torch.serialization.set_crc32_options(True)
    report = verify(source)
    assert report.damaged == ()
    assert {record.status for record in report.records} >= {"no checksum"}
    assert "have no checksum" in report.summary


def test_cancel_and_progress(tmp_path: Path) -> None:
    source = save(tmp_path / "source.pt", {"w": torch.ones(1_000_000)})
    seen: list[int] = []
    with open_checkpoint(source) as checkpoint:
        verify_checkpoint(checkpoint, progress=lambda done, total: seen.append(done))
        cancel = CancelToken()
        cancel.cancel()
        with pytest.raises(Cancelled):
            verify_checkpoint(checkpoint, cancel)
    assert seen == sorted(seen)
    assert seen[-1] >= 4_000_000
