"""Compares what is no tensor: epoch, loss, learning rates, config entries, metadata.

Equality is by type and value as JSON can say it; two NaN are the same value, 1 and True are not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from inspector.analysis.matching import Mapping
from inspector.checkpoint.types import METADATA, Checkpoint, Path, Plain, Value

_MODULE_LEVELS = frozenset(("_parameters", "_buffers", "_modules"))
_MAX_PREFIXES = 16
_SAMPLE = 1000

ValueStatus = Literal["identical", "changed", "type", "only_a", "only_b"]


@dataclass(frozen=True, slots=True)
class ValuePair:
    """One plain value of A and B; one of them may be missing."""

    a: Value | None
    b: Value | None
    same_renamed: bool = False
    """Whether both are the same once the names in them lose a wrapper's prefix."""
    of_module: bool = False
    """Whether it is an attribute of a pickled module, and the other file holds no modules."""

    @property
    def key(self) -> str:
        """The name to show: A's, or B's where A has no such value."""
        value = self.a or self.b
        return value.key if value is not None else ""

    @property
    def status(self) -> ValueStatus:
        """What became of the value from A to B."""
        if self.b is None:
            return "only_a"
        if self.a is None:
            return "only_b"
        if self.a.type_name != self.b.type_name:
            return "type"
        same = self.same_renamed or same_value(self.a.value, self.b.value)
        return "identical" if same else "changed"

    @property
    def is_note(self) -> bool:
        """Whether it is what one container notes about itself and another has no place for: a
        state_dict's `_metadata`, the `__metadata__` of a safetensors file, the attributes of a
        whole model."""
        return self.of_module or self.key.startswith(f"{METADATA}.") or _is_versions(self.key)

    @property
    def matters(self) -> bool:
        """Whether it makes the files differ; a note does not that one of them lacks."""
        one_sided = self.a is None or self.b is None
        return self.status != "identical" and not (self.is_note and one_sided)


def pair_values(a: Checkpoint, b: Checkpoint, mapping: Mapping) -> list[ValuePair]:
    """Pair values by name, then by the prefixes under which the tensors of both were matched."""
    values_a, values_b = _values(a), _values(b)
    rest_b: dict[str, list[Value]] = {}
    for value in values_b:
        rest_b.setdefault(value.key, []).append(value)
    prefixes = _prefixes(mapping) if values_a and values_b else []
    found: list[tuple[Value | None, Value | None]] = []
    for value in values_a:
        others = rest_b.get(value.key) or _under_prefix(value.key, rest_b, prefixes)
        found.append((value, others.pop(0) if others else None))
    found += [(None, value) for left in rest_b.values() for value in left]
    alone = any(one is None or other is None for one, other in found)
    modules = (_modules(a), _modules(b)) if alone else (set(), set())
    return [_pair(one, other, prefixes, *modules) for one, other in found]


def _values(checkpoint: Checkpoint) -> list[Value]:
    """Return the plain values, and the `__metadata__` of a safetensors file as such."""
    return checkpoint.values + checkpoint.metadata_values


def _pair(
    a: Value | None,
    b: Value | None,
    prefixes: list[tuple[str, str]],
    modules_a: set[Path],
    modules_b: set[Path],
) -> ValuePair:
    if a is not None and b is not None:
        return ValuePair(a, b, same_renamed=_same_versions(a, b, prefixes))
    value, own, other = (a, modules_a, modules_b) if a is not None else (b, modules_b, modules_a)
    path = value.path if value is not None else ()
    is_attribute = not other and any(path[:length] in own for length in range(len(path)))
    return ValuePair(a, b, of_module=is_attribute)


def _modules(checkpoint: Checkpoint) -> set[Path]:
    """Return the paths of the outermost modules that were pickled whole."""
    if checkpoint.format == "torchscript":
        return {()}
    paths = [tensor.path for tensor in checkpoint.tensors] + list(checkpoint.containers)
    levels = ((path, _first_level(path)) for path in paths)
    return {path[:level] for path, level in levels if level is not None}


def _first_level(path: Path) -> int | None:
    return next((at for at, step in enumerate(path) if step in _MODULE_LEVELS), None)


def _is_versions(key: str) -> bool:
    return key.split(".")[-1] == "_metadata"


def _same_versions(a: Value, b: Value, prefixes: list[tuple[str, str]]) -> bool:
    """Whether the `_metadata` of two state_dicts say the same of the modules below a wrapper."""
    if not (_is_versions(a.key) and isinstance(a.value, dict) and isinstance(b.value, dict)):
        return False
    homes = (a.key.removesuffix("_metadata"), b.key.removesuffix("_metadata"))
    return any(
        same_value(
            _below(a.value, prefix_a.removeprefix(homes[0])),
            _below(b.value, prefix_b.removeprefix(homes[1])),
        )
        for prefix_a, prefix_b in prefixes
    )


def _below(versions: dict[str, Plain], prefix: str) -> dict[str, Plain]:
    """Return the versions of the modules below a wrapper, by their names there."""
    found = {} if prefix else dict(versions)
    for name, version in versions.items() if prefix else ():
        if f"{name}.".startswith(prefix):
            found[name[len(prefix) :]] = version
    return found


def same_value(a: Plain, b: Plain) -> bool:
    """Whether two plain values are the same, NaN being the same as NaN."""
    stack: list[tuple[Plain, Plain]] = [(a, b)]
    while stack:
        one, other = stack.pop()
        if type(one) is not type(other):
            return False
        if isinstance(one, dict) and isinstance(other, dict):
            if list(one) != list(other):
                return False
            stack += zip(one.values(), other.values(), strict=True)
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            stack += zip(one, other, strict=True)
        elif isinstance(one, float) and isinstance(other, float):
            if one != other and not (math.isnan(one) and math.isnan(other)):
                return False
        elif one != other:
            return False
    return True


def _prefixes(mapping: Mapping) -> list[tuple[str, str]]:
    """Return the few pairs of prefixes that the accepted renames exchange."""
    found: dict[tuple[str, str], None] = {}
    renames = list(mapping.renames().items())
    for key_a, key_b in renames[:: len(renames) // _SAMPLE + 1]:
        steps = zip(reversed(key_a.split(".")), reversed(key_b.split(".")), strict=False)
        ending = [one for one, _ in takewhile(lambda pair: pair[0] == pair[1], steps)]
        length = len(".".join(ending))
        found[key_a[: len(key_a) - length], key_b[: len(key_b) - length]] = None
        if len(found) == _MAX_PREFIXES:
            break
    return list(found)


def _under_prefix(
    key: str, rest_b: dict[str, list[Value]], prefixes: list[tuple[str, str]]
) -> list[Value] | None:
    for prefix_a, prefix_b in prefixes:
        if key.startswith(prefix_a) and (found := rest_b.get(prefix_b + key[len(prefix_a) :])):
            return found
    return None
