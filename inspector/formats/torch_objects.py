"""Walks what the pickle machine built and lists every tensor and value in it, in file order.

Knows how Python and torch lay things out: dicts and their subclasses, `nn.Module` (parameters,
buffers, modules in the order of `state_dict()`, then the plain attributes), objects of classes that
exist nowhere any more. Never recurses; a thing that contains itself is shown as such, and one that
many places share is listed in each, up to a bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import LimitError
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import (
    Path,
    Plain,
    Tensor,
    Value,
)
from inspector.formats.contents import Contents
from inspector.formats.inert import (
    ModuleVersions,
    OpaqueObject,
    PersistentId,
    PickledDict,
    PickledSet,
    attributes_of,
    pairs_of,
)
from inspector.formats.plain_values import (
    described,
    is_scalar,
    plain_object,
    plain_scalar,
    step_of,
    type_name,
)
from inspector.formats.storage_references import MakeStorage
from inspector.formats.tensor_records import TensorRecords

MAX_REPEATS = 10_000
"""How often a container that many places share is listed again before a note must do."""
LISTED_TEXT = 8 << 20
"""Characters of text that are listed whole; a few texts that many places share could print as
gigabytes."""
Items = list[object] | tuple[object, ...]
_MODULE_LEVELS = ("_parameters", "_buffers", "_modules")


@dataclass(slots=True)
class _Frame:
    """One open container: what is left of it, and its identity while it is being walked."""

    children: Iterator[tuple[Path, str, object, bool]]
    identity: int


def contents_of(
    root: object, make_storage: MakeStorage, limits: Limits, cancel: CancelToken
) -> Contents:
    """Return everything under `root`.

    Raises `DamagedError` for a tensor that contradicts itself, `LimitError` for too many rows.
    """
    walk = _Walk(TensorRecords(make_storage), limits, cancel)
    walk.run(root)
    walk.contents.storages = walk.records.storages
    return walk.contents


class _Walk:
    def __init__(self, records: TensorRecords, limits: Limits, cancel: CancelToken) -> None:
        self.records = records
        self.limits = limits
        self.cancel = cancel
        self.contents = Contents()
        self.open: set[int] = set()  # containers on the way from the root to here
        self.first: dict[int, str] = {}  # where each container was met first
        self.repeats = 0
        self.text_left = LISTED_TEXT

    def run(self, root: object) -> None:
        frames: list[_Frame] = []
        self._visit(root, (), "", True, frames)
        entries = self.contents.entries
        while frames:
            frame = frames[-1]
            for path, key, child, in_state_dict in frame.children:
                self._visit(child, path, key, in_state_dict, frames)
                if not len(entries) & 0x3FF:
                    self._check_budget(key)
                if frames[-1] is not frame:
                    break
            else:
                self.open.discard(frame.identity)
                frames.pop()

    def _check_budget(self, key: str) -> None:
        self.cancel.check()
        if len(self.contents.entries) > self.limits.nodes:
            raise LimitError(f"it holds more than {self.limits.nodes:,} things", where=key)

    def _visit(
        self, obj: object, path: Path, key: str, in_state_dict: bool, frames: list[_Frame]
    ) -> None:
        tensor = self.records.tensor(obj, path, key) if isinstance(obj, OpaqueObject) else None
        if tensor is not None:
            assert isinstance(obj, OpaqueObject)
            tensor.in_state_dict = in_state_dict
            self.contents.entries.append(tensor)
            if type(obj) is OpaqueObject and obj.dotted in _WITH_ATTRIBUTES:
                self._open(_tensor_attributes(obj, tensor, path, key), obj, frames)
            return
        if type(obj) is PersistentId and isinstance(obj.pid, tuple):
            self.contents.entries.append(self.records.storage_as_tensor(obj, path, key))
            return
        children = self._children(obj, path, key, in_state_dict)
        if children is None:
            self.contents.entries.append(Value(path, key, type_name(obj), self._leaf(obj)))
            return
        refusal = self._refusal(obj, len(frames), key)
        if refusal:
            self.contents.entries.append(Value(path, key, type_name(obj), refusal))
            return
        self.contents.containers[path] = type_name(obj)
        self._open(children, obj, frames)

    def _open(
        self,
        children: Iterable[tuple[Path, str, object, bool]],
        obj: object,
        frames: list[_Frame],
    ) -> None:
        self.open.add(id(obj))
        frames.append(_Frame(iter(children), id(obj)))

    def _leaf(self, obj: object) -> Plain:
        plain = _plain(obj)
        if isinstance(plain, str):
            self.text_left -= len(plain)
        elif isinstance(plain, list):
            self.text_left -= sum(len(item) for item in plain if isinstance(item, str))
        return plain if self.text_left >= 0 else shown(described(obj), 80)

    def _refusal(self, obj: object, depth: int, key: str) -> str:
        """Return why a container is not listed here, "" when it is."""
        if id(obj) in self.open:
            return f"contains itself: see {self.first[id(obj)] or 'the saved object'}"
        if depth > self.limits.depth:
            return "nested too deeply to be listed"
        if id(obj) in self.first:
            self.repeats += 1
            if self.repeats > MAX_REPEATS:
                return f"shared: see {self.first[id(obj)] or 'the saved object'}"
        else:
            self.first[id(obj)] = key
        return ""

    # -- what a container contains ----------------------------------------------------------------

    def _children(
        self, obj: object, path: Path, key: str, in_state_dict: bool
    ) -> Iterable[tuple[Path, str, object, bool]] | None:
        """Return (path, key, child, part of the state_dict) of each child, None for a leaf."""
        if isinstance(obj, PickledDict):
            return _dict_children(obj.pairs, path, key, in_state_dict) if obj.pairs else None
        if isinstance(obj, list | tuple | PickledSet):
            items: Items = obj.items if isinstance(obj, PickledSet) else obj
            if all(is_scalar(item) for item in items):
                return None
            return _items(items, path, key, in_state_dict)
        if not isinstance(obj, OpaqueObject) or plain_object(obj) is not None:
            return None
        pairs = _dict_pairs(obj)
        if pairs is not None:
            children = list(_dict_children(pairs, path, key, in_state_dict))
            children += _metadata_child(obj, path, key)
            return children or None
        wrapped = _wrapped_items(obj)
        if wrapped is not None:
            flat = all(is_scalar(item) for item in wrapped)
            return None if flat else _items(wrapped, path, key, in_state_dict)
        return list(_object_children(obj, path, key, in_state_dict)) or None


def _dict_pairs(obj: OpaqueObject) -> list[tuple[object, object]] | None:
    """Return the pairs of an object that is a dict, also of one built from a dict or a list."""
    if obj.dotted not in _DICTS:
        return None
    pairs = list(obj.pairs or ())
    given = obj.args[0] if obj.args else None
    if isinstance(given, PickledDict):
        return given.pairs + pairs
    if isinstance(given, list):  # OrderedDict([[key, value], ...]), as Python 2 wrote it
        return [tuple(pair) for pair in given if _is_pair(pair)] + pairs
    return pairs


def _is_pair(obj: object) -> bool:
    return isinstance(obj, list | tuple) and len(obj) == 2


def _wrapped_items(obj: OpaqueObject) -> Items | None:
    """Return the items of `set([...])` and its like, which protocol 2 spells as calls."""
    if obj.dotted in _SEQUENCES and len(obj.args) == 1 and isinstance(obj.args[0], list | tuple):
        return obj.args[0]
    return None


def _dict_children(
    pairs: list[tuple[object, object]], path: Path, key: str, in_state_dict: bool
) -> Iterable[tuple[Path, str, object, bool]]:
    """List a dict's values; where a key was set twice the last value stands, as in Python."""
    prefix = f"{key}." if key else ""
    texts = {name: value for name, value in pairs if type(name) is str}
    if len(texts) == len(pairs):
        return (
            ((*path, name), prefix + name, value, in_state_dict) for name, value in texts.items()
        )
    # Only texts are hashed as the file gave them; colliding ints would take forever.
    unique: dict[str, tuple[object, object]] = {}
    for name, value in pairs:
        token = f"s{name}" if isinstance(name, str) else f"{type(name).__name__} {_token(name)}"
        unique[token] = (name, value)
    return (
        ((*path, step_of(name)), f"{prefix}{step_of(name)}", value, in_state_dict)
        for name, value in unique.values()
    )


def _token(key: object) -> str:
    return hex(key) if isinstance(key, int) else f"{described(key)} {id(key)}"


def _items(
    items: Items, path: Path, key: str, in_state_dict: bool
) -> Iterable[tuple[Path, str, object, bool]]:
    prefix = f"{key}." if key else ""
    return (
        ((*path, index), f"{prefix}{index}", item, in_state_dict)
        for index, item in enumerate(items)
    )


def _metadata_child(
    obj: OpaqueObject, path: Path, key: str
) -> list[tuple[Path, str, object, bool]]:
    """Return a state_dict's `_metadata` (the version of each module) as one row."""
    for name, value in attributes_of(obj):
        if name == "_metadata":
            return [
                ((*path, name), f"{key}._metadata" if key else name, ModuleVersions(value), False)
            ]
    return []


def _object_children(
    obj: OpaqueObject, path: Path, key: str, in_state_dict: bool
) -> Iterator[tuple[Path, str, object, bool]]:
    """List what an object of any class holds; an `nn.Module` as its `state_dict()` does."""
    prefix = f"{key}." if key else ""
    attributes = dict(attributes_of(obj))
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
    if obj.pairs:
        yield from _dict_children(obj.pairs, path, key, in_state_dict)
    for index, item in enumerate(obj.items or ()):
        yield (*path, index), f"{prefix}{index}", item, in_state_dict
    for index, arg in enumerate(obj.args):
        if isinstance(arg, OpaqueObject | PickledDict | list) and not _is_empty(arg):
            yield (*path, f"args[{index}]"), f"{prefix}args[{index}]", arg, False


def _is_empty(arg: object) -> bool:
    if isinstance(arg, PickledDict):
        return not arg.pairs
    return isinstance(arg, list) and not arg


def _module_children(
    attributes: dict[str, object], path: Path, prefix: str, in_state_dict: bool
) -> Iterator[tuple[Path, str, object, bool]]:
    hidden = _names_in(attributes.get("_non_persistent_buffers_set"))
    for level in _MODULE_LEVELS:
        for name, value in pairs_of(attributes[level]) or ():
            if isinstance(name, str) and value is not None:
                kept = in_state_dict and not (level == "_buffers" and name in hidden)
                yield (*path, level, name), prefix + name, value, kept


def _names_in(obj: object) -> set[str]:
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
        empty = not value.pairs and not _names_in(value)
        return empty and ("hooks" in name or name == "_non_persistent_buffers_set")
    return isinstance(value, PickledSet) and name == "_non_persistent_buffers_set"


def _tensor_attributes(
    obj: OpaqueObject, tensor: Tensor, path: Path, key: str
) -> Iterator[tuple[Path, str, object, bool]]:
    """List the Python attributes that were saved with a tensor, its inner tensors aside."""
    if tensor.layout == "jagged":
        return  # its attributes are its parts once more
    holder = OpaqueObject(None, ())
    holder.state = obj.args[3] if len(obj.args) > 3 else None
    inner = {part for part, _ in tensor.parts}
    for attribute, value in attributes_of(holder):
        if attribute not in inner:
            yield (*path, attribute), f"{key}.{attribute}" if key else attribute, value, False


def _plain(obj: object) -> Plain:
    """Return a leaf as JSON can say it."""
    if is_scalar(obj):
        return plain_scalar(obj)
    if isinstance(obj, ModuleVersions):
        return _plain_tree(obj.value, 6)
    if isinstance(obj, PickledDict):
        return {}
    if isinstance(obj, list | tuple | PickledSet):
        items = obj.items if isinstance(obj, PickledSet) else obj
        return [plain_scalar(item) for item in items]
    if isinstance(obj, OpaqueObject):
        plain = plain_object(obj)
        if plain is not None:
            return plain
        wrapped = _wrapped_items(obj)
        if wrapped is not None:
            return [plain_scalar(item) for item in wrapped]
        if _dict_pairs(obj) is not None:
            return {}
    return described(obj)


def _plain_tree(obj: object, depth: int) -> Plain:
    pairs = pairs_of(obj)
    if pairs is None or depth == 0:
        return plain_scalar(obj) if is_scalar(obj) else described(obj)
    return {str(step_of(name)): _plain_tree(value, depth - 1) for name, value in pairs}


_WITH_ATTRIBUTES = (
    "torch._tensor._rebuild_from_type_v2",
    "torch._utils._rebuild_parameter_with_state",
)
_DICTS = frozenset(
    ("collections.OrderedDict", "collections.defaultdict", "collections.Counter", "builtins.dict")
)
_SEQUENCES = frozenset(
    ("builtins.set", "builtins.frozenset", "builtins.list", "builtins.tuple", "collections.deque")
)
