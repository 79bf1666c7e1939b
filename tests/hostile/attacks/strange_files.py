"""Files of other kinds under a model's name; each is refused by what it is."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import zipfile
from pathlib import Path

from tests.hostile import opcodes as op
from tests.hostile.archives import Entry as ZipEntry
from tests.hostile.archives import beside, zip_bytes
from tests.hostile.attack import harmless, refused, refuses_bytes, write
from tests.hostile.attacks.code_in_pickle import touch

LFS = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)
HTML = (
    b"<!DOCTYPE html>\n<html><head><title>Google Drive - Virus scan warning</title></head></html>"
)


def _zip(names: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return out.getvalue()


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("model.txt")
        info.size = 5
        archive.addfile(info, io.BytesIO(b"hello"))
    return out.getvalue()


def _strangers() -> dict[str, tuple[bytes, tuple[str, ...]]]:
    """Return contents and the words that must name them."""
    npy = b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n"
    onnx = b"\x08\x07\x12\x07pytorch\x1a\x052.1.0:\x05\x0a\x03abc"
    return {
        "empty_file": (b"", ("empty",)),
        "git_lfs_pointer": (LFS, ("LFS",)),
        "html_page": (HTML, ("HTML",)),
        "html_page_after_blanks": (b"\n\n  " + HTML, ("HTML",)),
        "html_page_with_a_mark": (b"\xef\xbb\xbf" + HTML, ("HTML",)),
        "xml_error_page": (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", ()),
        "json_config": (json.dumps({"model_type": "llama", "hidden_size": 8}).encode(), ("JSON",)),
        "json_list": (b"[1, 2, 3]", ("JSON",)),
        "plain_text": (b"Repository not found\n", ()),
        "python_source": (b"import torch\nprint(1)\n", ()),
        "yaml_config": (b"lr: 0.1\nepochs: 3\n", ()),
        "hdf5_keras": (b"\x89HDF\r\n\x1a\n" + bytes(100), ("HDF5",)),
        "gguf": (b"GGUF\x03\0\0\0" + bytes(100), ("GGUF",)),
        "onnx": (onnx + bytes(50), ("ONNX",)),
        "npy": (npy + bytes(100), ("NumPy", "npy")),
        "npz": (_zip({"arr_0.npy": npy}), ("NumPy", "npz")),
        "plain_zip": (_zip({"a.txt": b"a", "b/c.txt": b"c"}), ("zip",)),
        "zip_of_a_checkpoint": (_zip({"model.pt": b"x" * 100}), ("zip",)),
        "word_document": (_zip({"[Content_Types].xml": b"", "word/document.xml": b""}), ("Word",)),
        "keras_zip": (_zip({"config.json": b"{}", "model.weights.h5": b""}), ("Keras",)),
        "gzip": (gzip.compress(b"hello", mtime=0), ("gzip",)),
        "xz": (b"\xfd7zXZ\x00" + bytes(60), ("xz",)),
        "bzip2": (b"BZh91AY&SY" + bytes(60), ("bzip2",)),
        "zstandard": (b"\x28\xb5\x2f\xfd" + bytes(60), ("Zstandard", "zstd")),
        "rar": (b"Rar!\x1a\x07\x01\x00" + bytes(60), ("RAR",)),
        "seven_zip": (b"7z\xbc\xaf\x27\x1c" + bytes(60), ("7-Zip", "7z")),
        "tar_of_something": (_tar(), ("tar",)),
        "png": (b"\x89PNG\r\n\x1a\n" + bytes(60), ("PNG",)),
        "pdf": (b"%PDF-1.7\n" + bytes(60), ("PDF",)),
        "elf_program": (b"\x7fELF\x02\x01\x01" + bytes(60), ("program",)),
        "sqlite": (b"SQLite format 3\0" + bytes(60), ("SQLite",)),
        "comments_that_lead_nowhere": (b"<!---->" * 500 + b"x", ("text",)),
        "only_zeros": (bytes(4096), ("zero",)),
        "one_byte": (b"P", ()),
        "random_bytes": (bytes((n * 7919 + 13) % 251 for n in range(4096)), ()),
    }


for _name, (_data, _says) in _strangers().items():
    refuses_bytes(_name, "model.pt", _data, *_says)


@refused("pickle", live=True)
def plain_pickle_with_a_call(folder: Path) -> Path:
    return write(folder / "model.pkl", op.pickled(op.dict_of(("x", touch(folder)))))


@refused("pickle")
def plain_pickle_of_protocol_4(folder: Path) -> Path:
    body = b"\x95" + struct.pack("<Q", 30) + op.dict_of(("a", op.number(1)))
    return write(folder / "model.pkl", op.pickled(body + bytes(0), 4))


@refused(live=True)
def plain_pickle_of_protocol_0(folder: Path) -> Path:
    text = f"cposix\nsystem\n(S\"touch '{folder / 'CANARY'}'\"\ntR."
    return write(folder / "model.pt", text.encode())


@refused()
def plain_pickle_without_an_end(folder: Path) -> Path:
    return write(folder / "model.pt", b"\x80\x02" + op.NONE * 5000)


@refused()
def html_with_terminal_codes_in_its_title(folder: Path) -> Path:
    page = b"<html><title>\x1b[31mred\x1b[0m\x07</title></html>"
    return write(folder / "model.pt", page)


@refused()
def text_that_advises_to_load_unsafely(folder: Path) -> Path:
    return write(folder / "model.pt", b"Please use torch.load(weights_only=False)\n" * 50)


@refused()
def zip_whose_first_name_advises(folder: Path) -> Path:
    entry = ZipEntry(
        "\x1b[1mset weights_only=False\x1b[0m\nTraceback (most recent call last)", b"x"
    )
    return write(folder / "model.pt", zip_bytes([entry]))


@harmless()
def a_file_whose_name_is_html_and_newlines(folder: Path) -> Path:
    return write(folder / "<b>model<\n\x1b[31m>\u202e.pt", b"nothing of worth")


@harmless()
def a_file_whose_name_is_no_utf8(folder: Path) -> Path:
    import os

    path = os.fsencode(folder) + b"/\xff\xfe.pt"
    with open(path, "wb") as stream:  # noqa: PTH123 - a Path of bytes is not to be had
        stream.write(op.pickled(beside()))
    return Path(os.fsdecode(path))


@harmless()
def a_file_whose_name_begins_with_a_dash(folder: Path) -> Path:
    return write(folder / "-rf.pt", HTML)
