"""Classes that exist while a file is written and nowhere afterwards."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Iterator


@contextlib.contextmanager
def throwaway_module(name: str) -> Iterator[types.ModuleType]:
    """Offer an importable module `name` (and its parents) for the length of the block.

    Put a class there with `adopt`; pickles then name it, and nothing can import it later.
    """
    parts = name.split(".")
    names = [".".join(parts[: count + 1]) for count in range(len(parts))]
    fresh = [module for module in names if module not in sys.modules]
    for module in fresh:
        sys.modules[module] = types.ModuleType(module)
    try:
        yield sys.modules[name]
    finally:
        for module in fresh:
            del sys.modules[module]


def adopt(module: types.ModuleType, cls: type, name: str | None = None) -> None:
    """Make `cls` look like a class that `module` defines."""
    cls.__module__ = module.__name__
    cls.__qualname__ = cls.__name__ = name or cls.__name__
    setattr(module, cls.__name__, cls)
