"""Proposes which of the left-over keys may be one tensor under two names.

Each stage sorts the keys of both files by what they have in common (shape, the end of the name, the
layer numbers in it) and pairs them in file order where a group holds as many of A as of B. The
stages go from much in common to little; a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from itertools import islice

from inspector.checkpoint.types import Tensor

MAX_KEYS = 10_000
"""Suggestions are read by a person; beyond this many left-over keys only the first ones get any."""
_NUMBERS = re.compile(r"\d+")

Tensors = dict[str, Tensor]
Likeness = Callable[["_Facts"], Hashable]


@dataclass(frozen=True, slots=True)
class _Facts:
    shape: tuple[int, ...]
    steps: tuple[str, ...]
    numbers: tuple[str, ...]

    def end(self, depth: int) -> tuple[str, ...] | None:
        """The last `depth` steps; None for a key that has fewer."""
        return self.steps[-depth:] if len(self.steps) >= depth else None


@dataclass(frozen=True, slots=True)
class _Stage:
    how: str
    confidence: float
    likeness: Likeness


def _ending(depth: int, numbers: bool) -> Likeness:
    def likeness(facts: _Facts) -> Hashable:
        end = facts.end(depth)
        if end is None:
            return None
        return (facts.shape, end, facts.numbers) if numbers else (facts.shape, end)

    return likeness


_STAGES = (
    _Stage("the same ending, layer numbers and shape", 0.9, _ending(3, True)),
    _Stage("the same ending, layer numbers and shape", 0.85, _ending(2, True)),
    _Stage("the same ending and shape", 0.75, _ending(3, False)),
    _Stage("the same ending and shape", 0.7, _ending(2, False)),
    _Stage("the same last name, layer numbers and shape", 0.65, _ending(1, True)),
    _Stage("the same last name, shape and order", 0.5, _ending(1, False)),
    _Stage("the same layer numbers and shape", 0.4, lambda facts: (facts.shape, facts.numbers)),
    _Stage("the same shape and order", 0.3, lambda facts: facts.shape or None),
    _Stage("the same ending, another shape", 0.2, lambda facts: facts.end(2)),
)


def suggest(a: Tensors, b: Tensors) -> Iterator[tuple[str, str, str, float]]:
    """Yield (key of A, key of B, why, confidence 0 to 1), no key twice, the surest first."""
    rest_a = {key: _facts(tensor) for key, tensor in islice(a.items(), MAX_KEYS)}
    rest_b = {key: _facts(tensor) for key, tensor in islice(b.items(), MAX_KEYS)}
    for stage in _STAGES:
        if not rest_a or not rest_b:
            return
        groups_b = _groups(rest_b, stage.likeness)
        for likeness, keys_a in _groups(rest_a, stage.likeness).items():
            keys_b = groups_b.get(likeness, ())
            if len(keys_a) != len(keys_b):
                continue
            confidence = stage.confidence if len(keys_a) == 1 else stage.confidence * 0.8
            for key_a, key_b in zip(keys_a, keys_b, strict=True):
                del rest_a[key_a], rest_b[key_b]
                yield key_a, key_b, stage.how, round(confidence, 2)


def _facts(tensor: Tensor) -> _Facts:
    steps = tuple(tensor.key.split("."))
    return _Facts(tensor.shape, steps, tuple(_NUMBERS.findall(tensor.key)))


def _groups(rest: dict[str, _Facts], likeness: Likeness) -> dict[Hashable, list[str]]:
    groups: dict[Hashable, list[str]] = {}
    for key, facts in rest.items():
        alike = likeness(facts)
        if alike is not None:
            groups.setdefault(alike, []).append(key)
    return groups
