"""What the pickle machine builds instead of objects: records that do nothing.

Nothing here is ever hashed or compared, for a file may nest them so that either never ends.
"""

from __future__ import annotations

from collections.abc import Iterator


class Global:
    """A name the pickle asked for. It is text; nothing was looked up."""

    __slots__ = ("module", "name")

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    @property
    def dotted(self) -> str:
        """The name as "module.name", Python 2's module names in today's spelling."""
        return f"{_PYTHON_2_MODULES.get(self.module, self.module)}.{self.name}"


class PickledDict:
    """A dict as its pairs in the order they were set; a key may stand there twice."""

    __slots__ = ("pairs",)

    def __init__(self) -> None:
        self.pairs: list[tuple[object, object]] = []


class PickledSet:
    """A set or frozenset as a list of what was added."""

    __slots__ = ("frozen", "items")

    def __init__(self, items: list[object], frozen: bool) -> None:
        self.items = items
        self.frozen = frozen


class PersistentId:
    """A reference to something outside the pickle: torch's storages."""

    __slots__ = ("pid",)

    def __init__(self, pid: object) -> None:
        self.pid = pid


class OpaqueObject:
    """What a call or an instance would have become: the callable, its arguments, what was set.

    `items` were appended to it, `pairs` set in it, `state` handed to its `__setstate__` or
    `__dict__`.
    """

    __slots__ = ("args", "function", "items", "pairs", "state")

    def __init__(self, function: object, args: tuple[object, ...]) -> None:
        self.function = function
        self.args = args
        self.state: object = None
        self.items: list[object] | None = None
        self.pairs: list[tuple[object, object]] | None = None

    @property
    def dotted(self) -> str:
        """The callable's name, "" when it is not simply a name."""
        return self.function.dotted if isinstance(self.function, Global) else ""


class ModuleVersions:
    """The `_metadata` of a state_dict, set apart so that it becomes one row and not a hundred."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


def pairs_of(obj: object) -> list[tuple[object, object]] | None:
    """Return the pairs of a dict or of an object used as one, else None."""
    return obj.pairs if isinstance(obj, PickledDict | OpaqueObject) else None


def attributes_of(obj: OpaqueObject) -> Iterator[tuple[str, object]]:
    """Yield what `__dict__` (and `__slots__`) would have held; later settings follow earlier ones.

    A state is a dict, or a pair (dict or None, dict of slots): Python's own `object.__reduce_ex__`.
    """
    state = obj.state
    halves = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    for half in halves:
        for name, value in pairs_of(half) or ():
            if isinstance(name, str):
                yield name, value


_PYTHON_2_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
