"""What of a checkpoint goes into a new file: which tensors and values, under which names, in which
containers.

Dicts and lists stay what they were. A pickled object becomes the dict that its `state_dict()` would
be, so that the file needs no class; what only its class could use is left out, and said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from inspector.checkpoint.errors import ExportError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint, OddKey, Path, Plain, Tensor, Value
from inspector.export.map_location import belongs_on_cpu
from inspector.export.plan import Change, ExportOptions
from inspector.export.renaming import renamed
from inspector.export.report import LeftOut

_DICTS = frozenset(("dict", "OrderedDict", "defaultdict", "Counter", "builtins.dict"))
_SEQUENCES = frozenset(("list", "tuple"))
_KEPT_KINDS = ("list", "tuple", "OrderedDict")
_NAMESPACES = frozenset(("argparse.Namespace", "types.SimpleNamespace"))
_PLAIN_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,), "float": (float, int), "bool": (bool,), "str": (str,), "NoneType": (type(None),),
    "list": (list,), "tuple": (list,), "dict": (dict,), "OrderedDict": (dict,),
}  # fmt: skip
_SPELLED_OUT = ("b'", 'b"', "an integer of ")
"""How a value begins that is only described: bytes, and integers of thousands of digits."""


Place = tuple[str, ...]
"""A path in the new file as texts: "s" and the step for texts, "i" and the digits for numbers.

Dicts are keyed by places, and a file can hold ints that all have one hash, but not such texts.
"""


def place_of(path: Path) -> Place:
    """Return a path as texts."""
    return tuple(f"i{step}" if isinstance(step, int) else f"s{step}" for step in path)


def step_at(token: str) -> str | int:
    """Return the step that a place's text stands for."""
    return int(token[1:]) if token[0] == "i" else token[1:]


@dataclass(slots=True)
class OutgoingTensor:
    """A tensor on its way: `place` is where it goes, `key` the name a person uses."""

    tensor: Tensor
    key: str
    place: Place
    dtype: str

    def dtype_of(self, piece: Tensor) -> str:
        """Return the new type of a piece: a sparse tensor's values are cast, not its indices."""
        return self.dtype if piece.dtype == self.tensor.dtype else piece.dtype


@dataclass(slots=True)
class OutgoingValue:
    """A plain value on its way; `type_name` tells a tuple from a list."""

    value: Value
    key: str
    place: Place

    @property
    def python(self) -> Plain | tuple[Plain, ...]:
        """The value as Python had it."""
        plain = self.value.value
        return (
            tuple(plain) if self.value.type_name == "tuple" and isinstance(plain, list) else plain
        )


@dataclass(slots=True)
class Outgoing:
    """Everything that goes, in file order. `kinds` holds "list", "tuple", "OrderedDict" or "dict"
    of each container by its place.
    """

    tensors: list[OutgoingTensor] = field(default_factory=list)
    values: list[OutgoingValue] = field(default_factory=list)
    kinds: dict[Place, str] = field(default_factory=dict)
    versions: dict[Place, Plain] = field(default_factory=dict)
    """The `_metadata` of each state_dict, which `load_state_dict` reads, by the dict's place."""
    changes: list[Change] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


def outgoing(checkpoint: Checkpoint, options: ExportOptions) -> Outgoing:
    """Return what goes, before the target's format has its say.

    Raises `ExportError` when no tensor is left, and for names that collide.
    """
    result = Outgoing()
    entries = list(_chosen(checkpoint, options, result))
    names = renamed(list(dict.fromkeys(entry.key for entry, _, _ in entries)), options.rename)
    taken: set[Place] = set()
    for entry, parent, name in entries:
        in_sequence = checkpoint.containers.get(parent) in _SEQUENCES
        path, key = _placed(entry, parent, name, names[entry.key], in_sequence)
        place = place_of(path)
        # From the inside out: around a container that is known all are.
        for depth in reversed(range(len(place))):
            if place[:depth] in result.kinds:
                break
            kind = checkpoint.containers.get(path[:depth], "dict")
            result.kinds[place[:depth]] = kind if kind in _KEPT_KINDS else "dict"
        if place in taken:
            raise ExportError("two entries would have one key", where=shown(key, 200))
        taken.add(place)
        if key != entry.key:
            result.changes.append(Change(entry.key, "key", entry.key, key))
        if isinstance(entry, Tensor):
            result.tensors.append(OutgoingTensor(entry, key, place, entry.dtype))
        else:
            result.values.append(OutgoingValue(entry, key, place))
    if checkpoint.tensors and not result.tensors:
        raise ExportError(
            "no tensor is left to write", advice="Choose other keys, or fewer to leave out"
        )
    return result


def cast_wishes(result: Outgoing, options: ExportOptions, castable: Iterable[str]) -> None:
    """Give every floating tensor the wanted type, those aside whose key is to be kept, step
    counters, and negative views: no torch turns the signs of 8-bit floats, and a zero or NaN that
    is cast before its sign is turned is not what it is when cast after."""
    if options.dtype is None:
        return
    kinds = set(castable)
    for item in result.tensors:
        # An optimizer's step counter is a float32 that must go on counting past 256.
        kept = belongs_on_cpu(item.tensor) or item.tensor.neg
        kept = kept or any(_matches(item, pattern) for pattern in options.keep_dtype)
        if item.tensor.dtype in kinds and item.tensor.quantization is None and not kept:
            item.dtype = options.dtype
        if item.dtype != item.tensor.dtype:
            result.changes.append(Change(item.key, "dtype", item.tensor.dtype, item.dtype))


def _matches(item: OutgoingTensor, pattern: str) -> bool:
    return fnmatchcase(item.key, pattern) or fnmatchcase(item.tensor.key, pattern)


def _chosen(
    checkpoint: Checkpoint, options: ExportOptions, result: Outgoing
) -> Iterable[tuple[Tensor | Value, Path, str | int]]:
    """Yield (entry, path of its container, its name there) of what is chosen and can be kept."""
    attributes: Counter[str] = Counter()
    parents: dict[Path, Path] = {}
    for entry in checkpoint.entries:
        if not _wanted(entry.key, options):
            continue
        parent = entry.path[:-1]
        home = parents.get(parent)
        if home is None:
            home = parents[parent] = _home(parent, checkpoint.containers)
        kind = checkpoint.containers.get(home, "" if home else "dict")
        owner = None if _is_plain(kind) else kind
        why = _why_not(entry, owner, options)
        if why == _VERSIONS:
            assert isinstance(entry, Value)
            result.versions[place_of(home)] = entry.value
        elif why == _ATTRIBUTE:
            attributes[".".join((*map(str, home), "*"))] += 1
        elif why:
            result.left_out.append(LeftOut(entry.key, why))
        else:
            yield entry, home, _name_in(home, entry)
    for key, count in attributes.items():
        result.left_out.append(LeftOut(key, f"{count} attributes that only its class could use"))


_ATTRIBUTE, _VERSIONS = "attribute", "versions"


def _why_not(entry: Tensor | Value, owner: str | None, options: ExportOptions) -> str:
    """Return why an entry stays behind; `owner` is the class of the object that holds it."""
    if any(isinstance(step, OddKey) for step in entry.path):
        return "its key is neither a text nor a number"
    if isinstance(entry, Tensor):
        return "" if entry.in_state_dict else "no part of the state_dict"
    if owner is not None and owner not in _NAMESPACES:
        return _ATTRIBUTE
    if entry.path and entry.path[-1] == "_metadata" and isinstance(entry.value, dict):
        # Its entries are names of modules, which are others once keys are renamed.
        return (
            "it tells the versions of modules by their old names" if options.rename else _VERSIONS
        )
    if not options.values:
        return "plain values were not asked for"
    if not isinstance(entry.value, _PLAIN_TYPES.get(entry.type_name, ())) or _described(
        entry.value
    ):
        return f"a {entry.type_name} is no plain value"
    return ""


def _described(value: Plain) -> bool:
    """Whether a value is only a description of the real one."""
    if isinstance(value, str):
        return value.startswith(_SPELLED_OUT)
    if isinstance(value, list):
        return any(_described(item) for item in value)
    return isinstance(value, dict) and bool(value)


def unmatched(checkpoint: Checkpoint, options: ExportOptions) -> list[str]:
    """Return a warning for each pattern that chooses or leaves out nothing."""
    keys = [entry.key for entry in checkpoint.entries]
    return [
        f'no key is like "{shown(pattern, 60)}"'
        for pattern in (*options.select, *options.exclude)
        if not any(fnmatchcase(key, pattern) for key in keys)
    ]


def _wanted(key: str, options: ExportOptions) -> bool:
    chosen = not options.select or any(fnmatchcase(key, pattern) for pattern in options.select)
    return chosen and not any(fnmatchcase(key, pattern) for pattern in options.exclude)


def _home(parent: Path, containers: Mapping[Path, str]) -> Path:
    """Return the innermost container above an entry that is not inside a pickled object."""
    for depth in range(len(parent) + 1):
        # What stands below the root and is no container is a tensor with attributes.
        kind = containers.get(parent[:depth], "" if depth else "dict")
        if not _is_plain(kind):
            return parent[:depth]
    return parent


def _is_plain(kind: str) -> bool:
    return kind in _DICTS or kind in _SEQUENCES


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))


def _name_in(home: Path, entry: Tensor | Value) -> str | int:
    """Return an entry's name in its new container: the rest of its key."""
    if not entry.path:
        return ""
    if len(entry.path) == len(home) + 1:
        return entry.path[-1]
    above = _dotted(home)
    return entry.key[len(above) + 1 :] if above else entry.key


def _placed(
    entry: Tensor | Value, home: Path, name: str | int, key: str, in_sequence: bool
) -> tuple[Path, str]:
    """Return the path and key under the new name: in the old container where the new name still
    begins like it, at the top otherwise. A list has no place for names."""
    if not entry.path:
        return (), key
    if key == entry.key:
        return (*home, name), key
    above = _dotted(home)
    if above and key.startswith(f"{above}.") and not in_sequence:
        return (*home, key[len(above) + 1 :]), key
    return (key,), key
