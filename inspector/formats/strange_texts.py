"""Name the texts that stand under a model's name: error pages, pointers, JSON, source code."""

from __future__ import annotations

import re

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.errors import CheckpointError, NotACheckpointError

_AGAIN = (
    "The server sent it instead of the file; download the checkpoint again, logged in if needed"
)
_LFS = re.compile(rb"version https://(git-lfs\.github\.com|hawser\.github\.com)/spec/v1\s")
_LFS_SIZE = re.compile(rb"^size (\d{1,20})\s*$", re.MULTILINE)
_CODE = re.compile(
    rb"\s*(#!.*python|#.*coding[:=]|from [\w.]+ import |import [\w.]+|def \w+\(|class \w+|@\w+"
    rb'|""")'
)
# A comment is taken or left as a whole: tried in parts, a few dozen take for ever.
_MARKUP = re.compile(rb"\s*(?:(?><!--.*?-->)\s*)*<(!doctype\s+html|html|head|body)\b", re.I | re.S)
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
# Tab, line feed, form feed, carriage return, escape; a text holds no other control character.
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def refusal(head: bytes, source: ByteSource) -> CheckpointError | None:
    """Return the error that names the kind of text, or None when this is no text."""
    if head.startswith(_BYTE_ORDER_MARKS[1:]) and _is_text(head.replace(b"\x00", b"")[2:]):
        return _error("a text in UTF-16")
    text = head.removeprefix(_BYTE_ORDER_MARKS[0])
    if not _is_text(text):
        return None
    if _LFS.match(text):
        return _git_lfs(text)
    if _MARKUP.match(text):
        return _error("an HTML page", _AGAIN)
    start = text.lstrip()
    if start.startswith((b"<?xml", b"<Error")):
        return _error("an XML text", _AGAIN)
    if start.startswith((b"{", b"[")):
        return _error(
            "a JSON text",
            "Open the weights beside it; only an index with a weight_map leads to tensors",
        )
    if _CODE.match(text):
        return _error("Python source code", "Choose the file that this program saves")
    return _error("a text file")


def _git_lfs(text: bytes) -> CheckpointError:
    found = _LFS_SIZE.search(text)
    size = f" for {int(found[1]):,} bytes" if found else ""
    return _error(
        f"a Git LFS pointer{size}",
        'The content was not fetched; run "git lfs pull" in the repository',
    )


def _is_text(head: bytes) -> bool:
    if not head or _CONTROL.search(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # Cut inside the last character by the length of the head.
        return error.start >= len(head) - 3 and error.reason == "unexpected end of data"
    return True


def _error(
    kind: str, advice: str = "Choose the checkpoint itself, or download it again"
) -> CheckpointError:
    return NotACheckpointError(f"this is {kind}, not a PyTorch checkpoint", advice=advice)
