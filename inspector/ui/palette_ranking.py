"""Which labels answer what was typed into the command palette, the best first. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nsmallest

_WEIGHED = 20_000
"""Answers that are weighed against each other; so many mean that the typing goes on."""
_BOUNDARIES = frozenset(" ._/-›:")


def rank(query: str, labels: Sequence[str], limit: int) -> list[tuple[int, int]]:
    """Return up to `limit` pairs (badness, index) of the labels that hold every word of `query`.

    `labels` are casefolded. A word found at the start of the label or of one of its parts is better
    than one inside a part, and of two equal answers the shorter label is better; labels that are
    equally good keep their order. An empty query is answered by everything, in order.
    """
    words = query.casefold().split()
    found: Sequence[int] = range(len(labels))
    for word in words:
        found = [index for index in found if word in labels[index]]
    if not words:
        return [(0, index) for index in found[:limit]]
    weighed = found[:_WEIGHED]
    return nsmallest(limit, ((_badness(words, labels[index]), index) for index in weighed))


def _badness(words: Sequence[str], label: str) -> int:
    inside = sum(not _starts_a_part(word, label) for word in words)
    late = not label.startswith(words[0])
    return inside * 10_000 + late * 1_000 + min(len(label), 999)


def _starts_a_part(word: str, label: str) -> bool:
    at = label.find(word)
    while at > 0 and label[at - 1] not in _BOUNDARIES:
        at = label.find(word, at + 1)
    return at >= 0
