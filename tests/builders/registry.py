"""The list of all valid files: a builder puts itself on it with `@valid`."""

from __future__ import annotations

import functools
import tempfile
import warnings
from pathlib import Path

from tests.builders.oracle import Builder, Built

VALID: dict[str, Builder] = {}
"""Builder by name, in the order they were written."""

_home: tempfile.TemporaryDirectory[str] | None = None


def valid(builder: Builder) -> Builder:
    """Register a builder of one valid file under its own name."""
    VALID[builder.__name__] = builder
    return builder


@functools.cache
def built(name: str) -> Built:
    """Return the valid file of that name, written once in each test process.

    Treat the file as read-only: every test of the session shares it.
    """
    global _home
    if _home is None:
        _home = tempfile.TemporaryDirectory(prefix="inspector-valid-", ignore_cleanup_errors=True)
    folder = Path(_home.name) / name
    folder.mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of prototypes and deprecations when saving
        return VALID[name](folder)


def drop_built_files() -> None:
    """Delete every file that `built` wrote; the session's last act."""
    global _home
    if _home is not None:
        _home.cleanup()
        _home = None
    built.cache_clear()
