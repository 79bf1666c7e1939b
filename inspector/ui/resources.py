"""Where icons, samples, the desktop entry and the MIME types lie. Qt is not needed to know it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def resources() -> Path:
    """Return the folder of resources: in the wheel, or beside the package in a checkout."""
    bundled = _PACKAGE / "resources"
    return bundled if bundled.is_dir() else _PACKAGE.parent / "resources"
