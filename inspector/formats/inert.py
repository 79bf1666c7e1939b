"""What the pickle machine builds instead of objects: records that do nothing.

Nothing here is ever hashed or compared, for a file may nest them so that either never ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any, NamedTuple

from inspector.checkpoint.collector import let_go


class Global:
    """A name the pickle asked for. It is text; nothing was looked up.

    `dotted` is "module.name", Python 2's module names in today's spelling.
    """

    __slots__ = ("dotted", "module", "name")

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name
        self.dotted = f"{_PYTHON_2_MODULES.get(module, module)}.{name}"


class PickledDict:
    """A dict as its pairs in the order they were set; a key may stand there twice."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[object, object]]) -> None:
        self.pairs = pairs


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

    state: object = None
    items: list[object] | None = None
    pairs: list[tuple[object, object]] | None = None
    by_new = False
    """Whether the arguments went to `__new__`: those of a tuple's subclass are its items."""

    def __init__(self, function: object, args: tuple[object, ...]) -> None:
        self.function = function
        self.args = args

    @property
    def dotted(self) -> str:
        """The callable's name, "" when it is not simply a name."""
        return self.function.dotted if isinstance(self.function, Global) else ""


class ModuleVersions:
    """The `_metadata` of a state_dict, set apart so that it becomes one row and not a hundred."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


class StorageKind(NamedTuple):
    """What the references of many tensors have in common: 'storage', its type, its location, and
    the tensor's (empty) hooks. Shared by all of them."""

    word: object
    kind: object
    location: object
    hooks: OpaqueObject


class TensorForm:
    """What the calls of many tensors have in common, all but the storage's key: one object for all.

    `has_view`: an old file adds None for "no view" to the persistent id.
    """

    __slots__ = ("function", "has_view", "kind", "numel", "offset", "requires_grad", "sizes",
                 "strides")  # fmt: skip

    def __init__(
        self, function: object, kind: StorageKind, numel: int, has_view: bool, offset: int,
        sizes: tuple[int, ...], strides: tuple[int, ...], requires_grad: bool,
    ) -> None:  # fmt: skip
        self.function = function
        self.kind = kind
        self.numel = numel
        self.has_view = has_view
        self.offset = offset
        self.sizes = sizes
        self.strides = strides
        self.requires_grad = requires_grad


class TensorCall(OpaqueObject):
    """A call of `_rebuild_tensor_v2` as torch.save writes it; its arguments are made when asked."""

    def __init__(self, form: TensorForm, key: str) -> None:
        self.form = form
        self.key = key

    @property
    def function(self) -> object:  # type: ignore[override]
        """The callable."""
        return self.form.function

    @property
    def pid(self) -> tuple[object, ...]:
        """The persistent id of its storage."""
        form, kind = self.form, self.form.kind
        pid = (kind.word, kind.kind, self.key, kind.location, form.numel)
        return (*pid, None) if form.has_view else pid

    @property
    def args(self) -> tuple[object, ...]:  # type: ignore[override]
        """The arguments of the call."""
        form = self.form
        return (
            PersistentId(self.pid), form.offset, form.sizes, form.strides, form.requires_grad,
            form.kind.hooks,
        )  # fmt: skip

    def stored(self) -> tuple[object, ...]:
        """What its opcodes put into the memo, in that order."""
        form = self.form
        sizes = [size for size in (form.sizes, form.strides) if size]
        return (self.key, self.pid, *sizes, form.kind.hooks, self.args, self)


def pairs_of(obj: object) -> list[tuple[object, object]] | None:
    """Return the pairs of a dict or of an object used as one, else None."""
    if type(obj) is PickledDict:
        return obj.pairs
    return obj.pairs if isinstance(obj, OpaqueObject) else None


def are_texts(pairs: list[tuple[object, object]]) -> bool:
    """Whether all keys are texts, as those of most dicts."""
    return set(map(type, map(_key_of, pairs))) == {str}


def text_in(pairs: list[tuple[object, object]]) -> int:
    """Return how many characters the keys have that are texts."""
    keys: Iterable[Any] = map(_key_of, pairs)
    if not are_texts(pairs):
        keys = (key for key in keys if type(key) is str)
    return sum(map(len, keys))


def let_go_of(root: object) -> None:
    """Empty the dicts at and below `root`, each once; nobody may use it any more."""
    waiting = [root]
    while waiting:
        pairs = pairs_of(waiting.pop())
        if pairs:
            waiting += [value for _, value in pairs if type(value) in _WITH_PAIRS]
            let_go(pairs)


def attributes_of(obj: OpaqueObject) -> Iterator[tuple[str, object]]:
    """Yield what `__dict__` (and `__slots__`) would have held; later settings follow earlier ones.

    A state is a dict, or a pair (dict or None, dict of slots): Python's own `object.__reduce_ex__`.
    """
    for half in _halves(obj.state):
        for name, value in pairs_of(half) or ():
            if isinstance(name, str):
                yield name, value


def nameless_state(obj: OpaqueObject) -> object:
    """Return a state that only the object's own `__setstate__` understands, else None."""
    halves = _halves(obj.state)
    named = all(half is None or pairs_of(half) is not None for half in halves)
    return None if named else obj.state


def _halves(state: object) -> tuple[object, ...]:
    if not isinstance(state, tuple) or len(state) != 2:
        return (state,)
    named = all(half is None or isinstance(half, PickledDict) for half in state)
    return state if named else (state,)


_key_of = itemgetter(0)
_WITH_PAIRS = PickledDict, OpaqueObject
_PYTHON_2_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
