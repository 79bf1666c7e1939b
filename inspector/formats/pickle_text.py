"""Python 2's quoted text, as the STRING opcode of protocol 0 writes it."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))", re.DOTALL)
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

    return _ESCAPE.sub(replace, line[1:-1].decode("latin-1"))
