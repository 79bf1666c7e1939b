"""The rows of a comparison before any number is read: what stands in A, in B, or in both.

Names, shapes and dtypes are known as soon as two files are open, so this much can be shown at once;
`compare` then fills in the values.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from inspector.analysis.matching import EXACT, Mapping, match_tensors
from inspector.analysis.value_pairs import ValuePair, pair_values
from inspector.checkpoint.collector import collector_paused
from inspector.checkpoint.types import Checkpoint, Tensor

Status = Literal[
    "identical", "close", "changed", "dtype", "shape", "only_a", "only_b", "unreadable", "pending"
]
STATUSES: tuple[Status, ...] = (
    "identical",
    "close",
    "changed",
    "dtype",
    "shape",
    "only_a",
    "only_b",
    "unreadable",
)
"""What a compared pair can be; `pending` stands for "not compared yet"."""


@dataclass(slots=True, eq=False)
class Pair:
    """A tensor of A and the tensor of B it is compared with; one of them may be missing.

    `how` says why the two belong together.
    """

    a: Tensor | None
    b: Tensor | None
    how: str = EXACT

    @property
    def key(self) -> str:
        """The name to show: A's, or B's where A has no such tensor."""
        tensor = self.a or self.b
        return tensor.key if tensor is not None else ""

    @property
    def status(self) -> Status:
        """What the structure alone says; `pending` where the values decide, `dtype` for sure."""
        if self.b is None:
            return "only_a"
        if self.a is None:
            return "only_b"
        if self.a.shape != self.b.shape:
            return "shape"
        return "dtype" if self.a.dtype != self.b.dtype else "pending"

    @property
    def both(self) -> tuple[Tensor, Tensor] | None:
        """The two tensors where both are there and have one shape, so that values compare."""
        if self.a is None or self.b is None or self.a.shape != self.b.shape:
            return None
        return self.a, self.b


@dataclass(slots=True)
class Structure:
    """All rows of a comparison in the order of A, B's own ones after their neighbours in B."""

    pairs: list[Pair]
    mapping: Mapping
    values: list[ValuePair] = field(default_factory=list)


@collector_paused()
def structure(a: Checkpoint, b: Checkpoint, mapping: Mapping | None = None) -> Structure:
    """Pair up two checkpoints; reads no element. `mapping` is obeyed where its keys exist."""
    mapping = match_tensors(a.tensors, b.tensors, mapping)
    matches = {match.key_a: match for match in mapping.accepted}
    first_b = {tensor.key: tensor for tensor in reversed(b.tensors)}
    # Several tensors may have one key: {"a.b": ..., "a": {"b": ...}}. They are paired in order.
    further_b: dict[str, deque[Tensor]] = {}
    if len(first_b) < len(b.tensors):
        for tensor in b.tensors:
            if first_b[tensor.key] is not tensor:
                further_b.setdefault(tensor.key, deque()).append(tensor)
    pairs: list[Pair] = []
    for tensor in a.tensors:
        match = matches.get(tensor.key)
        other = first_b.pop(match.key_b, None) if match else None
        if match and other is None and (further := further_b.get(match.key_b)):
            other = further.popleft()
        pairs.append(Pair(tensor, other, match.how if match and other else ""))
    values = pair_values(a, b, mapping)
    return Structure(_with_only_b(pairs, b.tensors), mapping, values)


def _with_only_b(pairs: list[Pair], tensors_b: Sequence[Tensor]) -> list[Pair]:
    """Return the pairs with B's own tensors put in behind the pair that precedes them in B."""
    partner = {id(pair.b): pair for pair in pairs if pair.b is not None}
    if len(partner) == len(tensors_b):
        return pairs
    after: dict[int, list[Pair]] = {}
    previous = 0
    for tensor in tensors_b:
        pair = partner.get(id(tensor))
        if pair is None:
            after.setdefault(previous, []).append(Pair(None, tensor, ""))
        else:
            previous = id(pair)
    found = after.get(0, [])
    for pair in pairs:
        found.append(pair)
        found += after.get(id(pair), ())
    return found
