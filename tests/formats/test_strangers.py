"""Everything that is no checkpoint is refused by name, with what to do about it."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import pickle  # noqa: TID251 - the files under test are written with it
import socket
import struct
import sys
import tarfile
import warnings
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.errors import (
    CheckpointError,
    DamagedError,
    NotACheckpointError,
    UnreadableFileError,
)
from inspector.formats.detect import open_checkpoint
from tests.builders import torch


def refusal(path: Path) -> CheckpointError:
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(path)
    assert caught.value.file == str(path)
    assert caught.value.advice
    line = str(caught.value)
    assert str(path) in line
    assert "\n" not in line
    return caught.value


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, b"content")
    return buffer.getvalue()


def npy() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(3))
    return buffer.getvalue()


def npz() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.arange(3), b=np.ones(2))
    return buffer.getvalue()


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("readme.txt"))
    return buffer.getvalue()


def field(number: int, wire: int, value: bytes) -> bytes:
    """Return one field of a protocol buffer."""
    length = bytes([len(value)]) if wire == 2 else b""
    tag = number << 3 | wire
    return (bytes([tag]) if tag < 128 else bytes([tag & 127 | 128, tag >> 7])) + length + value


ONNX = (
    field(1, 0, b"\x08")
    + field(2, 2, b"pytorch")
    + field(7, 2, b"g" * 50)
    + field(8, 2, b"\x10\x11")
)
SAVED_MODEL = field(1, 0, b"\x01") + field(2, 2, b"meta")
LFS = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    "size 12345\n"
)
CONTENTS: dict[str, tuple[bytes, str]] = {
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(100), "HDF5 file (Keras?)"),
    "HDF5 behind a user block": (bytes(512) + b"\x89HDF\r\n\x1a\n" + bytes(100), "HDF5"),
    "GGUF": (b"GGUF\x03\x00\x00\x00" + bytes(100), "GGUF"),
    "npy": (npy(), "NumPy array (.npy)"),
    "npz": (npz(), "NumPy archive (.npz), not"),
    "ONNX": (ONNX, "ONNX model"),
    "ONNX, cut": (ONNX[:-20], "ONNX model"),
    "ONNX without a producer": (field(1, 0, b"\x08") + field(7, 2, b"g" * 50), "ONNX model"),
    "SavedModel": (SAVED_MODEL, "TensorFlow SavedModel"),
    "Core ML": (field(1, 0, b"\x09") + field(2, 2, b"m") + field(502, 2, b"ml"), "Core ML model"),
    "TFLite": (b"\x1c\x00\x00\x00TFL3" + bytes(50), "TensorFlow Lite"),
    "TensorFlow index": (
        b"\x00\x00\x01\x02index" + bytes(40) + (0xDB4775248B80FB57).to_bytes(8, "little"),
        "index of a TensorFlow checkpoint",
    ),
    "gzip": (gzip.compress(b"x" * 100), "gzip archive"),
    "bzip2": (bz2.compress(b"x" * 100), "bzip2 archive"),
    "xz": (lzma.compress(b"x" * 100), "xz archive"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(20), "Zstandard archive"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(20), "7-Zip archive"),
    "rar": (b"Rar!\x1a\x07\x01\x00" + bytes(20), "RAR archive"),
    "zlib": (zlib.compress(b"a" * 100), "zlib-compressed data (joblib?)"),
    "tar of something else": (tarred(), "tar archive"),
    "plain zip": (zipped("notes/a.txt", "b.csv"), 'plain zip archive with "notes'),
    "empty zip": (zipped(), "empty zip archive"),
    "zip around a checkpoint": (zipped("best/a.pth"), 'zip archive with "best/a.pth" in it'),
    "zip with data.pkl too deep": (zipped("a/b/data.pkl"), "plain zip archive"),
    "docx": (zipped("[Content_Types].xml", "word/document.xml"), "Word document"),
    "xlsx": (zipped("[Content_Types].xml", "xl/workbook.xml"), "Excel workbook"),
    "wheel": (zipped("pkg/__init__.py", "pkg-1.0.dist-info/WHEEL"), "Python wheel"),
    "jar": (zipped("META-INF/MANIFEST.MF"), "Java archive"),
    "keras": (zipped("metadata.json", "config.json", "model.weights.h5"), "Keras model (.keras)"),
    "old TorchScript": (
        zipped("m/version", "m/model.json", "m/attributes.pkl", "m/tensors/0"),
        "TorchScript archive of PyTorch 1.0 to 1.2",
    ),
    "HTML": (b"\n<!DOCTYPE html>\n<html><title>404</title></html>", "HTML page"),
    "HTML with a mark": (b"\xef\xbb\xbf<HTML lang=de>" + "ü".encode() * 3000, "HTML page"),
    "XML": (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "XML text"),
    "JSON": (b'{"model_type": "bert"}', "JSON text"),
    "LFS pointer": (LFS.encode(), "Git LFS pointer for 12,345 bytes"),
    "Python source": (b"import torch\n\nmodel = torch.nn.Linear(3, 4)\n", "Python source code"),
    "text": (b"epoch,loss\n1,0.5\n", "text file"),
    "UTF-16 text": ("epoch 1".encode("utf-16"), "text in UTF-16"),
    "plain pickle": (pickle.dumps({"a": [1, 2.5]}), "plain Python pickle (protocol 4)"),
    "joblib": (
        pickle.dumps(OrderedDict(name="x")).replace(b"collections", b"joblib.numpy_pickle"),
        "joblib or scikit-learn pickle",
    ),
    "ELF": (b"\x7fELF\x02\x01\x01" + bytes(60), "Linux program or library"),
    "exe": (b"MZ" + bytes(58) + b"\x40\x00\x00\x00PE\x00\x00" + bytes(60), "Windows program"),
    "PNG": (b"\x89PNG\r\n\x1a\n" + bytes(60), "PNG picture"),
    "JPEG": (b"\xff\xd8\xff\xe0" + bytes(60), "JPEG picture"),
    "PDF": (b"%PDF-1.7\n" + bytes(60), "PDF document"),
    "resource fork": (b"\x00\x05\x16\x07" + bytes(60), "macOS resource file"),
    "noise": (b"\x01\x90\x03\x07\xfe" + bytes(range(200, 256)), "begins with the bytes 01 90 03"),
}  # fmt: skip


@pytest.mark.parametrize("kind", CONTENTS)
def test_names_what_the_file_is(kind: str, tmp_path: Path) -> None:
    content, words = CONTENTS[kind]
    path = tmp_path / "model.pt"
    path.write_bytes(content)
    error = refusal(path)
    assert isinstance(error, NotACheckpointError)
    assert words in error.message


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "what", [{"a": 1}, [1, "b"], (1, 2), OrderedDict(x=np.float64(1)), "text", 7, 2.5, {}]
)
def test_names_plain_pickles_of_every_protocol(what: Any, protocol: int, tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(pickle.dumps(what, protocol))
    assert "plain Python pickle" in refusal(path).message


def test_names_the_programs_of_torch_export_and_torch_package(tmp_path: Path) -> None:
    class Net(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            return x + 1

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(Net(), (torch.ones(2),))
        torch.export.save(program, tmp_path / "program.pt2")
        with torch.package.PackageExporter(tmp_path / "package.pt") as exporter:
            exporter.save_pickle("model", "model.pkl", {"a": 1})
    assert "torch.export (.pt2)" in refusal(tmp_path / "program.pt2").message
    assert "torch.package archive" in refusal(tmp_path / "package.pt").message


@pytest.mark.parametrize("count", [4, 40_000])  # the last archive alone, or others in sight too
def test_names_the_metadata_and_shards_of_a_distributed_checkpoint(
    count: int, tmp_path: Path
) -> None:
    from torch.distributed.checkpoint.state_dict_saver import save

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        save(
            {"v": torch.ones(3), "w": torch.ones(count)}, checkpoint_id=str(tmp_path), no_dist=True
        )
    assert "distributed checkpoint (DCP)" in refusal(tmp_path / ".metadata").message
    assert "distributed checkpoint (DCP)" in refusal(tmp_path).message
    (shard,) = tmp_path.glob("*.distcp")
    assert "several archives in a row" in refusal(shard).message


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.pt"
    path.touch()
    assert refusal(path).message == "the file is empty"


@pytest.mark.parametrize("size", [1, 4096, 5000, 1 << 40])
def test_a_file_of_zeros_is_named_with_a_few_reads(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "zeros.pt"
    with path.open("wb") as file:
        file.truncate(size)
    read = 0
    real = ByteSource.read

    def count(source: ByteSource, offset: int, length: int) -> bytes:
        nonlocal read
        read += length
        return real(source, offset, length)

    monkeypatch.setattr(ByteSource, "read", count)
    error = refusal(path)
    assert isinstance(error, DamagedError)
    assert f"every byte that was looked at is zero, of {size:,} in all" in error.message
    assert read < 1 << 20


def test_a_file_that_only_begins_with_zeros_is_not_called_empty(tmp_path: Path) -> None:
    path = tmp_path / "half.pt"
    path.write_bytes(bytes(100_000) + b"\x01" * 100_000)
    assert "begins with the bytes 00" in refusal(path).message


def test_a_cut_download_says_so(tmp_path: Path) -> None:
    path = tmp_path / "cut.pt"
    torch.save({"w": torch.ones(1000)}, path)
    content = path.read_bytes()
    for length in (60, 100, 200):  # what is cut later is listed as far as it goes
        path.write_bytes(content[:length])
        error = refusal(path)
        assert isinstance(error, DamagedError), length
        assert "checkpoint was cut short" in error.message
    path.write_bytes(zipped("notes.txt")[:-10])
    assert "zip archive was cut short" in refusal(path).message


def test_a_script_cut_short_is_called_a_checkpoint_too(tmp_path: Path) -> None:
    path = tmp_path / "script.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), path)
    path.write_bytes(path.read_bytes()[:-100])
    assert "checkpoint was cut short" in refusal(path).message


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in the file system")
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "named pipe" in refusal(tmp_path / "pipe").message
    assert "character device" in refusal(Path("/dev/zero")).message
    os.chdir(tmp_path)  # a socket's name may be 100 characters long
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        assert "socket" in refusal(tmp_path / "socket").message


def test_what_a_failed_save_leaves_behind_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    with pytest.raises((AttributeError, pickle.PicklingError)):
        torch.save({"w": torch.ones(2), "act": lambda x: x}, path)
    error = refusal(path)
    assert isinstance(error, DamagedError)
    assert "torch.save leaves behind when it fails" in str(error)


def test_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "last.pt").symlink_to(tmp_path / "gone.pt")
    with pytest.raises(UnreadableFileError, match="this link leads to no file"):
        open_checkpoint(tmp_path / "last.pt")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no such file"):
        open_checkpoint(tmp_path / "nowhere.pt")
    with pytest.raises(UnreadableFileError):
        open_checkpoint(str(tmp_path / "a\x00b"))


def test_json_that_is_no_index_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"weights": {"weight_map": 1}, "pad": "x" * 5000}))
    assert "weight_map" in refusal(path).message + refusal(path).advice


@pytest.mark.parametrize(
    "near",
    [
        pytest.param(lambda: SAVED_MODEL[:-1], id="cut"),
        pytest.param(lambda: SAVED_MODEL + b"\x00", id="spare byte"),
        pytest.param(lambda: b"\x08\x08" + b"\x12\xff\xff\xff\xff\x7f" + b"x", id="long length"),
        pytest.param(lambda: b"\x08" + b"\xff" * 200, id="varint without end"),
        pytest.param(lambda: b"\x08\x01" * 5000, id="too many fields"),
        pytest.param(lambda: b"MZ" + struct.pack("<Q", 0) * 20, id="only MZ"),
    ],
)
def test_what_only_looks_alike_is_not_named(near: Callable[[], bytes], tmp_path: Path) -> None:
    path = tmp_path / "near.bin"
    path.write_bytes(near())
    assert "content is not that of any checkpoint" in refusal(path).message


def test_every_short_beginning_of_a_stranger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short"
    for content, _ in CONTENTS.values():
        for length in range(1, min(len(content), 40)):
            path.write_bytes(content[:length])
            refusal(path)
