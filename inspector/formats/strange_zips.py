"""Name zip archives that are no checkpoint, by the names of what is inside, and cut ones.

The names are taken from the central directory at the end of the file, or, when the end is missing,
the first name from the first local header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.errors import CheckpointError, DamagedError, NotACheckpointError

_CENTRAL, _END = b"PK\x01\x02", b"PK\x05\x06"
_LONGEST_END = 22 + 0xFFFF
_MOST_NAMES = 20_000
_DIRECTORY_BYTES = 4 << 20
_WRONG_FILE = "Choose the checkpoint itself, or download it again"

# A name inside, what such an archive is, what to do about it; the first that is found counts.
_INSIDE: tuple[tuple[str, str, str], ...] = (
    (
        r"(^|/)(archive_format|serialized_exported_program\.json|models/\w+\.json)$",
        "a program written by torch.export (.pt2)",
        "It is read by torch.export.load; save its state_dict to open the weights",
    ),
    (
        r"(^|/)attributes\.pkl$",
        "a TorchScript archive of PyTorch 1.0 to 1.2",
        "Load it with torch.jit.load and save it again",
    ),
    (
        r"(^|/)\.data/(extern_modules|python_version)$",
        "a torch.package archive",
        "It carries its own code; save the state_dict of its model to open the weights",
    ),
    (
        r"^model\.weights\.h5$",
        "a Keras model (.keras)",
        "It is read by Keras",
    ),
    (r"^word/", "a Word document", _WRONG_FILE),
    (r"^xl/", "an Excel workbook", _WRONG_FILE),
    (r"^ppt/", "a PowerPoint presentation", _WRONG_FILE),
    (r"^AndroidManifest\.xml$", "an Android app", _WRONG_FILE),
    (r"\.dist-info/WHEEL$", "a Python wheel", "It is installed with pip"),
    (r"^META-INF/MANIFEST\.MF$", "a Java archive", _WRONG_FILE),
    (r"^mimetype$", "an OpenDocument or EPUB file", _WRONG_FILE),
)
# torch.save writes data.pkl first, torch.jit.save the storages.
_FIRST_OF_TORCH = re.compile(r"^[^/]+/(data\.pkl|data/\d+)$")
# What torch.save writes when it closes an archive in which it could pickle nothing.
_LEFT_OVER = re.compile(
    r"[^/]+/(version|byteorder|\.data/serialization_id|\.format_version|\.storage_alignment)"
)
_CHECKPOINT_INSIDE = re.compile(r"\.(safetensors|pt|pth|ckpt|bin)$", re.IGNORECASE)


def refusal(names: Iterable[str]) -> CheckpointError:
    """Return the error that names an archive without a checkpoint in it, by what is inside."""
    files = [name for name in names if not name.endswith("/")]
    for pattern, kind, advice in _INSIDE:
        if any(re.search(pattern, name) for name in files):
            return NotACheckpointError(f"this is {kind}, not a PyTorch checkpoint", advice=advice)
    if files and all(_LEFT_OVER.fullmatch(name) for name in files):
        return DamagedError(
            "the archive holds no data.pkl: this is what torch.save leaves behind when it fails",
            where=f"{files[0]:.100}",
            advice="Save the checkpoint again; the program that saved it has told why it could not",
        )
    if files and all(name.endswith(".npy") for name in files):
        return NotACheckpointError(
            "this is a NumPy archive (.npz), not a PyTorch checkpoint",
            advice="It is read by numpy.load",
        )
    inside = [name for name in files if _CHECKPOINT_INSIDE.search(name)]
    if inside:
        return NotACheckpointError(
            f'this is a zip archive with "{inside[0]:.100}" in it, and no data.pkl of its own',
            advice="Unpack it and open that file",
        )
    first = f' with "{files[0]:.100}" in it' if files else ""
    return NotACheckpointError(
        f"this is a plain zip archive{first}; a checkpoint has a data.pkl",
        advice="Unpack it, or choose another file",
    )


def refusal_of_unlisted(source: ByteSource) -> CheckpointError | None:
    """Return the error for an archive that the strict reader did not take.

    None when that reader's own complaint says it best: a whole archive that has a data.pkl.
    """
    name_bytes = int.from_bytes(source.read(0, min(30, source.size))[26:28], "little")
    first = source.read(0, min(30 + name_bytes, source.size))[30:].decode("utf-8", "replace")
    directory = _central_directory(source)
    if directory is None:
        return _cut(first, source)
    names = _names(directory)
    if any(name.endswith("data.pkl") for name in (first, *names)):
        return None
    return refusal(names or [first])


# offset  size  field of the end record
#      0     4  "PK\5\6"
#     12     4  bytes of the central directory
#     16     4  where it begins
def _central_directory(source: ByteSource) -> bytes | None:
    tail_bytes = min(source.size, _LONGEST_END)
    tail = source.read(source.size - tail_bytes, tail_bytes)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        return None
    size = int.from_bytes(tail[at + 12 : at + 16], "little")
    start = int.from_bytes(tail[at + 16 : at + 20], "little")
    if start + size > source.size:
        start, size = source.size - tail_bytes, at
    return source.read(start, min(size, _DIRECTORY_BYTES))


# offset  size  field of a directory entry
#      0     4  "PK\1\2"
#     28     2  bytes of the name, then of the extra field and of the comment (2 each)
#     46     -  name, extra field, comment
def _names(directory: bytes) -> list[str]:
    names: list[str] = []
    at = max(directory.find(_CENTRAL), 0)
    while directory.startswith(_CENTRAL, at) and len(names) < _MOST_NAMES:
        lengths = [int.from_bytes(directory[at + i : at + i + 2], "little") for i in (28, 30, 32)]
        names.append(directory[at + 46 : at + 46 + lengths[0]].decode("utf-8", "replace"))
        at += 46 + sum(lengths)
    return names


def _cut(first: str, source: ByteSource) -> CheckpointError:
    kind = "checkpoint" if _FIRST_OF_TORCH.search(first) else "zip archive"
    return DamagedError(
        f"this {kind} was cut short: it ends after {source.size:,} bytes, before the directory that"
        " stands at its end",
        where=f"byte {source.size:,}",
        advice="The download or the copy did not finish; get the file again",
    )
