"""Compares what is no tensor: epoch, loss, learning rates, config entries, metadata.

Equality is by type and value as JSON can say it; two NaN are the same value, 1 and True are not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from inspector.analysis.matching import Mapping
from inspector.checkpoint.types import Checkpoint, Plain, Value

METADATA = "__metadata__"
_MAX_PREFIXES = 16
_SAMPLE = 1000

ValueStatus = Literal["identical", "changed", "type", "only_a", "only_b"]


@dataclass(frozen=True, slots=True)
class ValuePair:
    """One plain value of A and B; one of them may be missing."""

    a: Value | None
    b: Value | None

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
        return "identical" if same_value(self.a.value, self.b.value) else "changed"

    @property
    def matters(self) -> bool:
        """Whether it makes the files differ.

        What one container notes about itself and another has no place for does not: a state_dict's
        `_metadata`, the `__metadata__` of a safetensors file.
        """
        is_note = self.key.startswith(f"{METADATA}.") or self.key.split(".")[-1] == "_metadata"
        return self.status != "identical" and not (is_note and (self.a is None or self.b is None))


def metadata_values(checkpoint: Checkpoint) -> list[Value]:
    """Return the `__metadata__` of a safetensors file as plain values."""
    return [
        Value((METADATA, name), f"{METADATA}.{name}", "str", text)
        for name, text in checkpoint.metadata.items()
    ]


def pair_values(a: Sequence[Value], b: Sequence[Value], mapping: Mapping) -> list[ValuePair]:
    """Pair values by name, then by the prefixes under which the tensors of both were matched."""
    rest_b: dict[str, list[Value]] = {}
    for value in b:
        rest_b.setdefault(value.key, []).append(value)
    prefixes = _prefixes(mapping) if a and b else []
    pairs = []
    for value in a:
        found = rest_b.get(value.key) or _under_prefix(value.key, rest_b, prefixes)
        pairs.append(ValuePair(value, found.pop(0) if found else None))
    pairs += [ValuePair(None, value) for left in rest_b.values() for value in left]
    return pairs


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
