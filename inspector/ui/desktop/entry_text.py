"""Text of freedesktop entries: quoting of command lines and filling of templates.

Rules: Desktop Entry Specification 1.5, "The Exec key" and "Possible value types". An argument is
put in double quotes with `"`, the backtick, `$` and the backslash escaped; `%` doubles, because it
starts a field code; then the whole value is escaped once more as a string.
"""

from __future__ import annotations

import re

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PLAIN = re.compile(r"[A-Za-z0-9_@+=:,./-]+")


def string(text: str) -> str:
    """Return `text` as a value of type string."""
    escaped = "".join(_ESCAPES.get(letter, letter) for letter in text)
    return "\\s" + escaped[1:] if escaped.startswith(" ") else escaped


def command_line(arguments: list[str]) -> str:
    """Return `arguments` as the value of an Exec key.

    GLib looks for the program before it undoubles `%`, and drops the entry when it finds none;
    `env` in front keeps such a path out of its sight.
    """
    if "%" in arguments[0]:
        arguments = ["env", *arguments]
    return string(" ".join(_quoted(argument) for argument in arguments))


def fill(template: str, command: list[str], executable: str) -> str:
    """Return `template` with `@PROGRAM@` and `@TRY@` replaced for Exec and TryExec."""
    filled = {"@PROGRAM@": command_line(command), "@TRY@": string(executable)}
    return re.sub("@PROGRAM@|@TRY@", lambda match: filled[match.group()], template)


def _quoted(argument: str) -> str:
    percent = argument.replace("%", "%%")
    if _PLAIN.fullmatch(percent):
        return percent
    return '"' + re.sub(r'(["`$\\])', r"\\\1", percent) + '"'
