"""Say what a file is that no reader here takes, and what to do with it.

Half of the files that "cannot be loaded" are something else under a model's name: an error page, a
Git LFS pointer, an archive, a Keras file. Each is recognised by its content, with a handful of
bounded reads whatever its size, and named in one sentence.
"""

from __future__ import annotations

import re

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.errors import CheckpointError, DamagedError, NotACheckpointError
from inspector.formats import strange_pickles, strange_protobufs, strange_texts, torch_tar

_UNPACK = "Unpack it and open the checkpoint inside"
_WRONG_FILE = "Choose the checkpoint itself, or download it again"
_KERAS = "It is read by h5py or Keras; save the weights with torch.save or safetensors to open them"
_NUMPY = "It is read by numpy.load"
_PROBES = 64
_PROBE_BYTES = 4096

# offset, bytes there, what such a file is, what to do about it
_MAGICS: tuple[tuple[int, bytes, str, str], ...] = (
    *((at, b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras?)", _KERAS) for at in (0, 512, 1024, 2048)),
    (0, b"GGUF", "a GGUF file (llama.cpp)", "It is read by llama.cpp and the gguf package"),
    (0, b"lmgg", "a GGML file (old llama.cpp)", "It is read by old versions of llama.cpp"),
    (0, b"tjgg", "a GGML file (old llama.cpp)", "It is read by old versions of llama.cpp"),
    (0, b"\x93NUMPY", "a NumPy array (.npy)", _NUMPY),
    (4, b"TFL3", "a TensorFlow Lite model", "It is read by TensorFlow Lite"),
    (4, b"ET12", "an ExecuTorch program", "It is made to run, and is read by ExecuTorch"),
    (0, b"\x1f\x8b", "a gzip archive", _UNPACK),
    (0, b"\xfd7zXZ\x00", "an xz archive", _UNPACK),
    (0, b"BZh", "a bzip2 archive", _UNPACK),
    (0, b"\x78\x9c", "zlib-compressed data (joblib?)", _UNPACK),
    (0, b"\x78\xda", "zlib-compressed data (joblib?)", _UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive", _UNPACK),
    (0, b"\x04\x22\x4d\x18", "an LZ4 archive", _UNPACK),
    (0, b"PK\x05\x06", "an empty zip archive", _WRONG_FILE),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (0, b"SQLite format 3\x00", "an SQLite database", _WRONG_FILE),
    (0, b"PAR1", "a Parquet table", _WRONG_FILE),
    (0, b"ARROW1", "an Arrow table", _WRONG_FILE),
    (0, b"%PDF-", "a PDF document", _WRONG_FILE),
    (0, b"\x89PNG\r\n\x1a\n", "a PNG picture", _WRONG_FILE),
    (0, b"\xff\xd8\xff", "a JPEG picture", _WRONG_FILE),
    (0, b"GIF87a", "a GIF picture", _WRONG_FILE),
    (0, b"GIF89a", "a GIF picture", _WRONG_FILE),
    (8, b"WEBP", "a WebP picture", _WRONG_FILE),
    (8, b"WAVE", "a WAV sound", _WRONG_FILE),
    (4, b"ftyp", "a video", _WRONG_FILE),
    (0, b"\x7fELF", "a Linux program or library", _WRONG_FILE),
    (0, b"\xcf\xfa\xed\xfe", "a macOS program or library", _WRONG_FILE),
    (0, b"\xca\xfe\xba\xbe", "a macOS program or a Java class", _WRONG_FILE),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office document", _WRONG_FILE),
    (
        0,
        b"\x00\x05\x16\x07",
        "a macOS resource file (AppleDouble)",
        "Open the file of the same name without the leading '._'",
    ),
)
# The last eight bytes of a LevelDB table, which TensorFlow writes as its checkpoint's index.
_TABLE_MAGIC = 0xDB4775248B80FB57.to_bytes(8, "little")


def refusal(head: bytes, source: ByteSource) -> CheckpointError:
    """Return the error that names what the file is; `head` is its beginning."""
    if not source.size:
        return NotACheckpointError(
            "the file is empty",
            advice="The download or the save did not finish; get the file again",
        )
    return (
        _by_magic(head)
        or _tar(head)
        or _program(head)
        or strange_pickles.refusal(head, source)
        or strange_texts.refusal(head, source)
        or strange_protobufs.refusal(head, source)
        or _tensorflow_index(source)
        or _only_zeros(head, source)
        or _unknown(head)
    )


def _by_magic(head: bytes) -> CheckpointError | None:
    for offset, magic, kind, advice in _MAGICS:
        if head.startswith(magic, offset):
            return NotACheckpointError(f"this is {kind}, not a PyTorch checkpoint", advice=advice)
    return None


def _tar(head: bytes) -> CheckpointError | None:
    if torch_tar.is_tar(head):
        return NotACheckpointError(
            "this is a tar archive, not a PyTorch checkpoint", advice=_UNPACK
        )
    return None


def _program(head: bytes) -> CheckpointError | None:
    # "MZ" alone begins many things; the header it points to settles it.
    at = int.from_bytes(head[0x3C:0x40], "little")
    if head.startswith(b"MZ") and head[at : at + 4] == b"PE\x00\x00":
        return NotACheckpointError(
            "this is a Windows program or library, not a PyTorch checkpoint", advice=_WRONG_FILE
        )
    return None


def _tensorflow_index(source: ByteSource) -> CheckpointError | None:
    size = len(_TABLE_MAGIC)
    if source.size > size and source.read(source.size - size, size) == _TABLE_MAGIC:
        return NotACheckpointError(
            "this is the index of a TensorFlow checkpoint, not a PyTorch checkpoint",
            advice="It is read by TensorFlow",
        )
    return None


def _only_zeros(head: bytes, source: ByteSource) -> CheckpointError | None:
    if any(head):
        return None
    step = max(source.size // _PROBES, _PROBE_BYTES)
    for offset in [*range(0, source.size, step), max(source.size - _PROBE_BYTES, 0)]:
        if any(source.read(offset, min(_PROBE_BYTES, source.size - offset))):
            return None
    return DamagedError(
        f"every byte that was looked at is zero, of {source.size:,} in all",
        where="byte 0",
        advice="The download or the copy did not finish; get the file again",
    )


def _unknown(head: bytes) -> CheckpointError:
    start = re.sub(r"(..)", r"\1 ", head[:8].hex()).strip()
    return NotACheckpointError(
        f"the content is not that of any checkpoint known here; it begins with the bytes {start}",
        where="byte 0",
        advice="It may be cut at its beginning, encrypted, or of another program",
    )
