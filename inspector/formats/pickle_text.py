"""Python 2's quoted text, as the STRING opcode of protocol 0 writes it."""

from __future__ import annotations

import re

_ESCAPE = r"(?s)\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))"
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def unquoted(line: bytes) -> str:
    """Return the text of a quoted Python 2 str literal."""
    if len(line) < 2 or line[0] != line[-1] or line[0] not in b"'\"":
        raise ValueError("a quoted text has no quotes")

    def replace(match: re.Match[str]) -> str:
        hexadecimal, octal, letter = match.groups()
        if letter is not None:
            return _LETTERS.get(letter, letter)
        return chr(int(hexadecimal, 16) if hexadecimal else int(octal, 8))

    return re.sub(_ESCAPE, replace, line[1:-1].decode("latin-1"))
