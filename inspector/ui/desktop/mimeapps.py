"""The user's default applications, `mimeapps.list`, edited line by line.

A default is a list in order of preference (MIME Applications specification 1.0.1). Ours goes first
and the others stay behind it, so that taking it out again restores what was there. `xdg-mime
default` would forget them, and is not installed everywhere.
"""

from __future__ import annotations

from pathlib import Path

_DEFAULTS = "[Default Applications]"
_SECTIONS = (_DEFAULTS, "[Added Associations]")


def put_first(path: Path, entry: str, types: tuple[str, ...]) -> None:
    """Make the desktop entry `entry` the first choice for `types` in the file at `path`."""
    lines = _read(path)
    if _DEFAULTS not in lines:
        lines.append(_DEFAULTS)
    for mime_type in types:
        _put_first(lines, entry, mime_type)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, lines)


def take_out(path: Path, entry: str) -> None:
    """Remove `entry` from every default and association; remove the file when nothing is left."""
    before = _read(path)
    lines: list[str] = []
    section = ""
    for line in before:
        section = line if line.startswith("[") else section
        kept = _without(line, entry) if section in _SECTIONS else line
        if kept is not None:
            lines.append(kept)
    if lines == before:
        return
    lines = _without_empty_section(lines)
    if any(lines):
        _write(path, lines)
    else:
        path.unlink()


def is_first(path: Path, entry: str, mime_type: str) -> bool:
    """Whether `entry` is the first choice for `mime_type`."""
    lines = _read(path)
    found = _find(lines, mime_type)
    return found is not None and _entries(lines[found])[:1] == [entry]


def _put_first(lines: list[str], entry: str, mime_type: str) -> None:
    found = _find(lines, mime_type)
    if found is None:
        lines.insert(_last(lines) + 1, f"{mime_type}={entry}")
        return
    others = [other for other in _entries(lines[found]) if other != entry]
    lines[found] = f"{mime_type}=" + ";".join([entry, *others])


def _find(lines: list[str], mime_type: str) -> int | None:
    if _DEFAULTS not in lines:
        return None
    for index in range(lines.index(_DEFAULTS) + 1, len(lines)):
        if lines[index].startswith("["):
            return None
        if lines[index].partition("=")[0].strip() == mime_type:
            return index
    return None


def _last(lines: list[str]) -> int:
    """Return the index of the last line with text in the defaults."""
    last = lines.index(_DEFAULTS)
    for index in range(last + 1, len(lines)):
        if lines[index].startswith("["):
            break
        if lines[index].strip():
            last = index
    return last


def _entries(line: str) -> list[str]:
    names = line.partition("=")[2].split(";")
    return [name.strip() for name in names if name.strip()]


def _without(line: str, entry: str) -> str | None:
    """Return `line` without `entry`, None when that leaves no application."""
    others = [other for other in _entries(line) if other != entry]
    if len(others) == len(_entries(line)):
        return line
    return line.partition("=")[0] + "=" + ";".join(others) if others else None


def _without_empty_section(lines: list[str]) -> list[str]:
    """Drop the heading of the defaults when nothing but blank lines follows it."""
    if _DEFAULTS not in lines or _last(lines) > lines.index(_DEFAULTS):
        return lines
    start = lines.index(_DEFAULTS)
    return lines[:start] + lines[start + 1 :]


def _read(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return []
    return text.splitlines()


def _write(path: Path, lines: list[str]) -> None:
    text = "\n".join(lines) + "\n"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
