"""Checksums: damage is found and named, a missing checksum is no damage."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
from safetensors.torch import save_file

from inspector.analysis.elements import read_array
from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.export.verify import VerifyReport, verify_checkpoint
from inspector.formats.detect import open_checkpoint
from tests.builders import VALID, built, save, torch
from tests.builders.containers import records_of, rezip


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


@pytest.mark.parametrize("beyond", [-1, 0, 1, 100, 257, 258, 259])
def test_a_deflated_record_about_as_long_as_a_block_is_whole(beyond: int, tmp_path: Path) -> None:
    length = (1 << 20) + beyond  # zlib may hold back the last bytes of what it was asked for
    source = save(tmp_path / "source.pt", {"w": torch.zeros(length, dtype=torch.uint8)})
    packed = rezip(tmp_path / "packed.pt", records_of(source), method=zipfile.ZIP_DEFLATED)
    assert verify(packed).damaged == ()
    with open_checkpoint(packed) as checkpoint:
        assert not read_array(checkpoint.tensors[0]).any()


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


def test_a_missing_shard_is_damage(tmp_path: Path) -> None:
    folder = shutil.copytree(built("sharded_safetensors_by_index").path.parent, tmp_path / "set")
    missing = sorted(folder.glob("*.safetensors"))[0]
    missing.unlink()
    report = verify(next(folder.glob("*.index.json")))
    assert [record.name for record in report.damaged] == [missing.name]
    assert "there is no such file" in report.damaged[0].problem
    assert "damaged" in report.summary


def test_what_is_whole_in_a_cut_file_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "cut.safetensors"
    save_file({f"w{n}": torch.ones(100) for n in range(4)}, path)
    path.write_bytes(path.read_bytes()[:-500])
    assert verify(path).summary == "2 of 4 records are damaged"


def test_a_damaged_shard_names_its_tensors(tmp_path: Path) -> None:
    folder = shutil.copytree(built("sharded_torch_by_index").path.parent, tmp_path / "set")
    shard = sorted(folder.glob("*.bin"))[0]
    index = next(folder.glob("*.index.json"))
    with open_checkpoint(index) as checkpoint:
        tensor = checkpoint.tensors[0]
        storage = tensor.storage
        assert storage is not None
        assert storage.record.startswith(f"{shard.name}:")
    with shard.open("r+b") as file:
        file.seek(storage.offset)
        file.write(b"\xff\xff\xff")
    (record,) = verify(index).damaged
    assert record.tensors == (tensor.key,)
