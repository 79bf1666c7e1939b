"""New names for keys: whole keys, prefixes, regular expressions.

(old, new) pair                 a key of that name becomes `new`
("module.", "") or ("a", "b")   a prefix that ends at a dot is replaced
("re:PATTERN", REPLACEMENT)     re.sub, with groups as \\1
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from inspector.checkpoint.errors import ExportError
from inspector.checkpoint.plain_text import shown

_REGULAR = "re:"
Rule = Callable[[str], str]


def renamed(keys: Sequence[str], pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the new name of every key.

    A pair whose old name is a key renames that key alone and takes it from the other pairs; those
    apply in order. Raises `ExportError` for a bad pattern, an empty name, and two keys of one name.
    """
    if not pairs:
        return dict(zip(keys, keys, strict=True))
    known = set(keys)
    whole = {old: new for old, new in pairs if old in known}
    rules = [_rule(old, new) for old, new in pairs if old not in known]
    names: dict[str, str] = {}
    taken: dict[str, str] = {}
    for key in keys:
        name = whole[key] if key in whole else _applied(rules, key)
        if not name and key:
            raise ExportError("a key would lose its whole name", where=shown(key, 200))
        if taken.setdefault(name, key) != key:
            raise ExportError(
                f"two keys would both be named {shown(name, 200)}",
                where=f"{shown(taken[name], 200)} and {shown(key, 200)}",
            )
        names[key] = name
    return names


def parse_rename(specs: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Read the command line's OLD=NEW pairs; a regular expression may hold "=" itself."""
    pairs = []
    for spec in specs:
        old, equals, new = (
            spec.rpartition("=") if spec.startswith(_REGULAR) else spec.partition("=")
        )
        if not equals or not old:
            raise ExportError("a rename is written OLD=NEW", where=shown(spec, 80))
        pairs.append((old, new))
    return tuple(pairs)


def _applied(rules: Sequence[Rule], key: str) -> str:
    for rule in rules:
        key = rule(key)
    return key


def _rule(old: str, new: str) -> Rule:
    if old.startswith(_REGULAR):
        return _regular(old.removeprefix(_REGULAR), new)
    prefix = old if old.endswith(".") else f"{old}."
    replacement = new if old.endswith(".") or not new else f"{new}."
    return lambda key: replacement + key[len(prefix) :] if key.startswith(prefix) else key


def _regular(pattern: str, replacement: str) -> Rule:
    try:
        compiled = re.compile(pattern)
        compiled.sub(replacement, "")
    except (re.error, IndexError) as error:
        raise ExportError(
            f"the regular expression is not valid: {error}", where=shown(pattern, 80)
        ) from error
    return lambda key: compiled.sub(replacement, key)
