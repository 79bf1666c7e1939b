"""Walks what the pickle machine built and lists every tensor and value in it, in file order.

Knows how Python and torch lay things out: dicts and their subclasses, `nn.Module` (parameters,
buffers, modules in the order of `state_dict()`, then the plain attributes), objects of classes that
exist nowhere any more. Never recurses; a thing that contains itself is shown as such, and one that
many places share is listed in each, up to a bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any

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
    TensorCall,
    are_texts,
    attributes_of,
    pairs_of,
    text_in,
)
from inspector.formats.object_parts import Child, Items, items_of, object_children
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


class _Frame:
    """One open container: what is left of it, and its identity while it is being walked."""

    __slots__ = ("children", "identity")

    def __init__(self, children: Iterator[Child], identity: int) -> None:
        self.children = children
        self.identity = identity


class _TensorCalls:
    """Many tensors in the usual form, with their names in the dict that holds them: one child."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: Iterator[tuple[str, Any]]) -> None:
        self.pairs = pairs


def contents_of(
    root: object, make_storage: MakeStorage, limits: Limits, cancel: CancelToken
) -> Contents:
    """Return everything under `root`.

    Raises `DamagedError` for a tensor that contradicts itself, `LimitError` for too many rows.
    """
    walk = _Walk(TensorRecords(make_storage), limits, cancel)
    walk.run(root)
    walk.contents.storages = walk.records.take_storages()
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
        self.names_left = limits.names
        self.versions_left = _VERSIONS_TEXT
        # What takes time to be read or has many items, and is listed as one value, by identity: the
        # object, which keeps that, the value, and what listing it once more costs.
        self.leaves: dict[int, tuple[object, Plain, int]] = {}

    def run(self, root: object) -> None:
        frames: list[_Frame] = []
        self._visit(root, (), "", True, frames)
        entries = self.contents.entries
        while frames:
            frame = frames[-1]
            for path, key, child, in_state_dict in frame.children:
                if type(child) is _TensorCalls:
                    for some in self.cancel.batches(child.pairs):
                        entries += self.records.of_runs(some, path, key, in_state_dict)
                        self._check_budget(key)
                else:
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
        name = _SMALL_SCALARS.get(type(obj))
        if name is not None and (name != "int" or -_SMALL < obj < _SMALL):  # type: ignore[operator]
            self.contents.entries.append(Value(path, key, name, obj))  # type: ignore[arg-type]
            return
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
        refusal = self._refusal(obj) if id(obj) in self.first else ""
        is_leaf = refusal or id(obj) in self.leaves
        children = None if is_leaf else self._children(obj, path, key, in_state_dict)
        if children is not None and len(frames) > self.limits.depth:
            refusal = "nested too deeply to be listed"
        if refusal or children is None:
            plain = refusal or self._leaf(obj)
            self.contents.entries.append(Value(path, key, type_name(obj), plain))
            return
        self.first.setdefault(id(obj), key)
        self.contents.containers[path] = type_name(obj)
        self._open(children, obj, frames)

    def _open(
        self,
        children: Iterable[Child],
        obj: object,
        frames: list[_Frame],
    ) -> None:
        self.open.add(id(obj))
        frames.append(_Frame(iter(children), id(obj)))

    def _leaf(self, obj: object) -> Plain:
        """Return what is no container, or how it would be described once too much was listed."""
        _, plain, cost = self.leaves.get(id(obj), _NOT_MET)
        if not cost:
            plain = self._versions(obj.value) if isinstance(obj, ModuleVersions) else _plain(obj)
            items = _items_of(plain)
            cost = sum(len(item) for item in items if isinstance(item, str))
            if len(items) > _FEW_ITEMS or isinstance(obj, OpaqueObject):
                self.leaves[id(obj)] = obj, plain, cost + _STEP * len(items)
        if cost <= self.text_left:
            self.text_left -= cost
            return plain
        self.text_left = 0
        if isinstance(plain, str) and len(plain) <= _BRIEF:
            return plain
        brief = shown(described(obj), _BRIEF)
        self.leaves[id(obj)] = obj, brief, len(brief)
        return brief

    def _versions(self, obj: object, depth: int = 6) -> Plain:
        """Return the `_metadata` of a state_dict as dicts of dicts, up to a bound: a few dicts that
        hold one another many times over would make more of them than there is memory."""
        pairs = pairs_of(obj)
        if pairs is None or depth == 0:
            leaf = plain_scalar(obj) if is_scalar(obj) else described(obj)
            self.versions_left -= len(leaf) if isinstance(leaf, str) else 0
            return leaf
        if depth > 1 and (usual := _usual_versions(pairs)):
            cost, versions = usual
            if cost <= self.versions_left:
                self.versions_left -= cost
                return versions
        found: dict[str, Plain] = {}
        for name, value in pairs:
            word = name if type(name) is str else str(step_of(name))
            self.versions_left -= _STEP + len(word)
            if self.versions_left < 0:
                found["…"] = "…"
                break
            is_small = type(value) is int and -_SMALL < value < _SMALL
            found[word] = value if is_small else self._versions(value, depth - 1)  # type: ignore[assignment]
        return found

    def _refusal(self, obj: object) -> str:
        """Return why a container that was met before is not listed here, "" when it is."""
        if id(obj) in self.open:
            return f"contains itself: see {self.first[id(obj)] or 'the saved object'}"
        self.repeats += 1
        if self.repeats > MAX_REPEATS:
            return f"shared: see {self.first[id(obj)] or 'the saved object'}"
        return ""

    # -- what a container contains ----------------------------------------------------------------

    def _children(
        self, obj: object, path: Path, key: str, in_state_dict: bool
    ) -> Iterable[Child] | None:
        """Return (path, key, child, part of the state_dict) of each child, None for a leaf."""
        if isinstance(obj, PickledDict):
            self._spend(len(obj.pairs), path, key, text_in(obj.pairs))
            return _dict_children(obj.pairs, path, key, in_state_dict) if obj.pairs else None
        items = obj.items if isinstance(obj, PickledSet) else obj
        if isinstance(obj, OpaqueObject):
            if not (obj.args or obj.pairs or obj.items) and obj.state is None:
                return None
            items = items_of(obj)
        if isinstance(items, list | tuple):
            if all(is_scalar(item) for item in items):
                return None
            self._spend(len(items), path, key)
            return _items(items, path, key, in_state_dict)
        if not isinstance(obj, OpaqueObject) or plain_object(obj) is not None:
            return None
        pairs = _dict_pairs(obj)
        if pairs is not None:
            self._spend(len(pairs), path, key, text_in(pairs))
            versions = _metadata_child(obj, path, key)
            if not pairs and not versions:
                return None
            return chain(_dict_children(pairs, path, key, in_state_dict), versions)
        return self._object_children(obj, path, key, in_state_dict)

    def _object_children(
        self, obj: OpaqueObject, path: Path, key: str, in_state_dict: bool
    ) -> Iterable[Child] | None:
        children = []
        for child in object_children(obj, path, key, in_state_dict):
            self.names_left -= len(child[1]) + _STEP * len(path)
            children.append(child)
            self._check_names(key)
        return children or None

    def _spend(self, count: int, above: Path, key: str, names: int = 0) -> None:
        """Count the text of `count` names before it is made: each repeats what is `above` it, so
        that one long name above many rows would make more text than there is memory."""
        self.names_left -= names + count * (len(key) + _STEP * len(above))
        self._check_names(key)

    def _check_names(self, key: str) -> None:
        if self.names_left < 0:
            raise LimitError(
                f"the names in it make more than {self.limits.names >> 20:,} MiB of text",
                where=shown(key, 200),
            )


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


def _usual_versions(pairs: list[tuple[Any, Any]]) -> tuple[int, Plain] | None:
    """Return `{"": {"version": 1}, ...}`, as torch writes it, and how much text that is; None for
    anything else. No loop of its own looks at the many items."""
    if set(map(type, map(_value_of, pairs))) != {PickledDict} or not are_texts(pairs):
        return None
    held = [value.pairs for _, value in pairs]
    inner = list(chain.from_iterable(held))
    numbers = list(map(_value_of, inner))
    if set(map(len, held)) != {1} or set(map(type, numbers)) != {int} or not are_texts(inner):
        return None
    if min(numbers) <= -_SMALL or max(numbers) >= _SMALL:
        return None
    cost = text_in(pairs) + text_in(inner) + 2 * _STEP * len(pairs)
    return cost, {
        name: {word: number} for (name, _), (word, number) in zip(pairs, inner, strict=True)
    }


def _is_pair(obj: object) -> bool:
    return isinstance(obj, list | tuple) and len(obj) == 2


def _dict_children(
    pairs: list[tuple[object, object]], path: Path, key: str, in_state_dict: bool
) -> Iterator[Child]:
    """List a dict's values; where a key was set twice the last value stands, as in Python."""
    prefix = f"{key}." if key else ""
    texts: dict[str, object] = dict(pairs) if are_texts(pairs) else {}  # type: ignore[arg-type]
    if len(texts) == len(pairs):
        items = iter(texts.items())
        for kind, alike in groupby(map(type, texts.values())):
            some = islice(items, len(list(alike)))
            if kind is TensorCall:
                yield path, prefix, _TensorCalls(some), in_state_dict
            else:
                for text, value in some:
                    yield (*path, text), prefix + text, value, in_state_dict
        return
    # Only texts are hashed as the file gave them; colliding ints would take forever.
    unique: dict[str, tuple[object, object]] = {}
    for name, value in pairs:
        token = f"s{name}" if isinstance(name, str) else f"{type(name).__name__} {_token(name)}"
        unique[token] = (name, value)
    for name, value in unique.values():
        yield (*path, step_of(name)), f"{prefix}{step_of(name)}", value, in_state_dict


def _token(key: object) -> str:
    return hex(key) if isinstance(key, int) else f"{described(key)} {id(key)}"


def _items(items: Items, path: Path, key: str, in_state_dict: bool) -> Iterable[Child]:
    prefix = f"{key}." if key else ""
    return (
        ((*path, index), f"{prefix}{index}", item, in_state_dict)
        for index, item in enumerate(items)
    )


def _metadata_child(obj: OpaqueObject, path: Path, key: str) -> list[Child]:
    """Return a state_dict's `_metadata` (the version of each module) as one row."""
    for name, value in attributes_of(obj):
        if name == "_metadata":
            return [
                ((*path, name), f"{key}._metadata" if key else name, ModuleVersions(value), False)
            ]
    return []


def _tensor_attributes(obj: OpaqueObject, tensor: Tensor, path: Path, key: str) -> Iterator[Child]:
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
    if isinstance(obj, PickledDict):
        return {}
    if isinstance(obj, list | tuple | PickledSet):
        items = obj.items if isinstance(obj, PickledSet) else obj
        return [plain_scalar(item) for item in items]
    if isinstance(obj, OpaqueObject):
        plain = plain_object(obj)
        if plain is not None:
            return plain
        wrapped = items_of(obj)
        if wrapped is not None:
            return [plain_scalar(item) for item in wrapped]
        if _dict_pairs(obj) is not None:
            return {}
    return described(obj)


def _items_of(plain: Plain) -> list[Plain]:
    """Return a list's items, those of an array, or a text alone."""
    if isinstance(plain, dict):
        plain = plain.get("data", [])
    return plain if isinstance(plain, list) else [plain]


_SMALL_SCALARS: dict[type, str] = {int: "int", float: "float", bool: "bool", type(None): "NoneType"}
"""Most of what is no tensor, and needs no second look."""
_SMALL = 1 << 64
_value_of = itemgetter(1)
_STEP = 8
"""Bytes of one step of a path, a reference to its text."""
_VERSIONS_TEXT = 16 << 20
"""Bytes of the versions of modules in a file; those of 100,000 modules take some 5 MB."""
_FEW_ITEMS = 16
_BRIEF = 80
_NOT_MET: tuple[object, Plain, int] = None, None, 0
_WITH_ATTRIBUTES = (
    "torch._tensor._rebuild_from_type_v2",
    "torch._utils._rebuild_parameter_with_state",
)
_DICTS = frozenset(
    ("collections.OrderedDict", "collections.defaultdict", "collections.Counter", "builtins.dict")
)
