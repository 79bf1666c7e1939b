"""What an object of any class holds, as far as its pickle tells: attributes, items, arguments.

An `nn.Module` is listed as its `state_dict()` does it. What a class of its own `__reduce__`,
`__getnewargs__` or `__getstate__` was given has no names in the pickle; a place stands for it:
`args[0]`, `state[2]`.
"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.checkpoint.types import OddKey, Path
from inspector.formats.inert import (
    Global,
    OpaqueObject,
    PickledDict,
    PickledSet,
    attributes_of,
    nameless_state,
    pairs_of,
)
from inspector.formats.plain_values import NUMPY_ARRAY, is_scalar, step_of

Child = tuple[Path, str, object, bool]
"""(path, key, the child, whether it is part of the state_dict)."""
Items = list[object] | tuple[object, ...]
_MODULE_LEVELS = ("_parameters", "_buffers", "_modules")
_SEQUENCES = frozenset(
    ("builtins.set", "builtins.frozenset", "builtins.list", "builtins.tuple", "collections.deque")
)
_RECONSTRUCTOR = "copyreg._reconstructor"
"""How protocols 0 and 1 make an object: (class, base, what the base class is made of)."""
_TRACED = "torch.fx.graph_module.reduce_"
"""How a `GraphModule` is made: (`__dict__`, source of its imports)."""
_COMPILED = "torch._dynamo.eval_frame.OptimizedModule"
"""What `torch.compile(model)` returns; made of (the model, how it is compiled)."""


def object_children(
    obj: OpaqueObject, path: Path, key: str, in_state_dict: bool
) -> Iterator[Child]:
    """List what an object of any class holds; an `nn.Module` as its `state_dict()` does."""
    prefix = f"{key}." if key else ""
    attributes = dict(_attributes(obj))
    if all(level in attributes for level in _MODULE_LEVELS):
        yield from _module_children(attributes, path, prefix, in_state_dict)
        attributes = {
            name: value
            for name, value in attributes.items()
            if name not in _MODULE_LEVELS and not _is_bookkeeping(name, value)
        }
        in_state_dict = False
    for name, value in attributes.items():
        yield (*path, name), prefix + name, value, in_state_dict
    for given, value in _pairs(obj):
        step = step_of(given)
        if step in attributes and attributes[str(step)] is value:
            continue  # a dict whose items are its attributes, too: an output of `transformers`
        yield (*path, step), f"{prefix}{step}", value, in_state_dict
    if _is_compiled(obj):
        yield (*path, "_modules", "_orig_mod"), f"{prefix}_orig_mod", obj.args[0], in_state_dict
    for index, item in enumerate((*(tuple_items(obj) or ()), *(obj.items or ()))):
        yield (*path, index), f"{prefix}{index}", item, in_state_dict
    for place, part in (*_arguments(obj), *_nameless(obj)):
        yield (*path, OddKey(place)), prefix + place, part, False


def items_of(obj: OpaqueObject) -> Items | None:
    """Return the items of `set([...])` and its like, which protocol 2 spells as calls, and of a
    numpy array of objects; None for anything else."""
    if obj.dotted in _SEQUENCES and len(obj.args) == 1 and isinstance(obj.args[0], list | tuple):
        return obj.args[0]
    if obj.dotted in NUMPY_ARRAY and isinstance(obj.state, tuple) and len(obj.state) > 4:
        return obj.state[4] if isinstance(obj.state[4], list) else None
    return None


def tuple_items(obj: OpaqueObject) -> Items | None:
    """Return the items of an instance of a subclass of tuple, None for anything else.

    Its arguments are one tuple, those of a namedtuple the items themselves; a subclass of str, int
    or float looks like a namedtuple of one scalar, which stands for itself.
    """
    args: object = None
    if obj.by_new:
        args = obj.args[0] if len(obj.args) == 1 and isinstance(obj.args[0], tuple) else obj.args
    elif obj.dotted.startswith("torch.return_types.") and obj.args:
        args = obj.args[0]
    elif obj.dotted == _RECONSTRUCTOR and len(obj.args) == 3:
        args = obj.args[2]
    if not isinstance(args, list | tuple) or all(is_scalar(item) for item in args):
        return None
    return args


def _pairs(obj: OpaqueObject) -> list[tuple[object, object]]:
    given = obj.args[2] if obj.dotted == _RECONSTRUCTOR and len(obj.args) == 3 else None
    return [*(given.pairs if isinstance(given, PickledDict) else ()), *(obj.pairs or ())]


def _attributes(obj: OpaqueObject) -> Iterator[tuple[str, object]]:
    if obj.dotted.startswith(_TRACED) and obj.args:
        for name, value in pairs_of(obj.args[0]) or ():  # the __dict__ of a traced module
            if isinstance(name, str):
                yield name, value
    yield from attributes_of(obj)


def _arguments(obj: OpaqueObject) -> Iterator[tuple[str, object]]:
    """Yield the arguments that hold something, by place."""
    if tuple_items(obj) is not None or obj.dotted == _RECONSTRUCTOR:
        return
    first = 1 if obj.dotted.startswith(_TRACED) or _is_compiled(obj) else 0
    for index, arg in enumerate(obj.args[first:], first):
        if not is_scalar(arg) and not isinstance(arg, Global) and not _is_empty(arg):
            yield f"args[{index}]", arg


def _nameless(obj: OpaqueObject) -> Iterator[tuple[str, object]]:
    """Yield what was handed to `__setstate__` and is no dict of attributes, by place."""
    state = nameless_state(obj)
    if isinstance(state, list | tuple):
        for index, item in enumerate(state):
            yield f"state[{index}]", item
    elif state is not None:
        yield "state", state


def _is_compiled(obj: OpaqueObject) -> bool:
    return obj.dotted == _COMPILED and len(obj.args) > 0


def _is_empty(arg: object) -> bool:
    if isinstance(arg, PickledDict):
        return not arg.pairs
    if isinstance(arg, tuple):
        return all(is_scalar(item) for item in arg)
    return isinstance(arg, list) and not arg


def _module_children(
    attributes: dict[str, object], path: Path, prefix: str, in_state_dict: bool
) -> Iterator[Child]:
    hidden = names_in(attributes.get("_non_persistent_buffers_set"))
    for level in _MODULE_LEVELS:
        for name, value in pairs_of(attributes[level]) or ():
            if isinstance(name, str) and value is not None:
                kept = in_state_dict and not (level == "_buffers" and name in hidden)
                yield (*path, level, name), prefix + name, value, kept


def names_in(obj: object) -> set[str]:
    """Return the texts in a set, however a protocol spells it."""
    items: object = obj.items if isinstance(obj, PickledSet) else None
    if isinstance(obj, OpaqueObject) and obj.args:
        items = obj.args[0]
    if not isinstance(items, list | tuple):
        return set()
    return {item for item in items if isinstance(item, str)}


def _is_bookkeeping(name: str, value: object) -> bool:
    """Whether an attribute is one that every `nn.Module` has and that says nothing: empty hooks."""
    if not name.startswith("_"):
        return False
    if value is None or is_scalar(value):
        return name in ("_is_full_backward_hook", "_version", "_backward_hooks")
    if isinstance(value, OpaqueObject | PickledDict):
        empty = not value.pairs and not names_in(value)
        return empty and ("hooks" in name or name == "_non_persistent_buffers_set")
    return isinstance(value, PickledSet) and name == "_non_persistent_buffers_set"
