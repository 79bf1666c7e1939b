"""The order of a comparison's rows: A's file order, what B alone has behind its neighbours in B.

The pairs of tensors come in that order already; the values, far fewer, are put in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inspector.analysis.pairs import Pair, Structure
from inspector.analysis.value_pairs import ValuePair
from inspector.checkpoint.types import Checkpoint, Tensor, Value

AnyPair = Pair | ValuePair


def in_file_order(a: Checkpoint, b: Checkpoint, structure: Structure) -> list[AnyPair]:
    """Return all pairs in the order of A's entries, B's own ones behind their neighbours in B."""
    if not structure.values:
        return list(structure.pairs)
    of_a = {id(pair.a): pair for pair in structure.values if pair.a is not None}
    found = list(_with_values_of_a(a.entries, structure.pairs, of_a))
    found += of_a.values()  # the notes of a safetensors file are no entries
    own = {id(pair.b): pair for pair in structure.values if pair.a is None}
    return _with_own_values(found, b.entries, own) if own else found


def _with_values_of_a(
    entries: Sequence[Tensor | Value], pairs: Sequence[Pair], of_a: dict[int, ValuePair]
) -> Iterator[AnyPair]:
    """Yield the pairs of tensors with A's values in between; takes these out of `of_a`."""
    tensors_of_a = [place for place, pair in enumerate(pairs) if pair.a is not None]
    start = tensors = 0
    for entry in entries:
        if isinstance(entry, Tensor):
            tensors += 1
        elif id(entry) in of_a:
            end = tensors_of_a[tensors] if tensors < len(tensors_of_a) else len(pairs)
            end = end if tensors else 0
            yield from pairs[start:end]
            yield of_a.pop(id(entry))
            start = end
    yield from pairs[start:]


def _with_own_values(
    pairs: Sequence[AnyPair], entries: Sequence[Tensor | Value], own: dict[int, ValuePair]
) -> list[AnyPair]:
    """Return the pairs with B's own values put in behind what precedes each in B."""
    behind: dict[int, list[AnyPair]] = {}
    previous = 0
    for entry in entries:
        pair = own.pop(id(entry), None)
        if pair is None:
            previous = id(entry)
        else:
            behind.setdefault(previous, []).append(pair)
    found = behind.pop(0, [])
    for one in pairs:
        found.append(one)
        if id(one.b) in behind:
            found += behind.pop(id(one.b))
    return [*found, *own.values()]
