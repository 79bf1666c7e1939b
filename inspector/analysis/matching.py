"""Which tensor of A belongs to which tensor of B: by name, by wrapper, or as a suggestion.

Exact names come first. What is left is matched by the wrapper levels and prefixes that training
code adds (`wrapper_levels`) and without the dots (`undotted`). What is left then is only suggested
(`suggestions`): a suggestion counts for nothing until somebody accepts it. The same mapping renames
keys in an export.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from inspector.analysis.suggestions import suggest
from inspector.analysis.undotted import match_without_dots
from inspector.analysis.wrapper_levels import match_by_rewriting
from inspector.checkpoint.errors import NotACheckpointError
from inspector.checkpoint.types import Tensor

State = Literal["accepted", "suggested", "refused"]
EXACT = "the same name"
BY_HAND = "chosen by hand"

_VERSION = 1
_MAX_JSON = 64 << 20


@dataclass(slots=True)
class Match:
    """One row of a mapping: a key of A, the key of B it belongs to, and why.

    `confidence` goes from 0 to 1; only `accepted` rows are compared or renamed.
    """

    key_a: str
    key_b: str
    how: str = EXACT
    confidence: float = 1.0
    state: State = "accepted"


class Mapping:
    """Rows of key matches, each key at most once on either side among the accepted ones."""

    def __init__(self, matches: Iterable[Match] = ()) -> None:
        self.matches = list(matches)

    @property
    def accepted(self) -> list[Match]:
        """The rows that count."""
        return [match for match in self.matches if match.state == "accepted"]

    @property
    def suggested(self) -> list[Match]:
        """The rows that wait for an answer."""
        return [match for match in self.matches if match.state == "suggested"]

    def accept(self, match: Match) -> None:
        """Let a row count; other accepted rows with one of its keys wait again."""
        self._free(match.key_a, match.key_b, keep=match)
        match.state = "accepted"

    def refuse(self, match: Match) -> None:
        """Keep the two keys of a row apart, also when the mapping is used again."""
        match.state = "refused"

    def choose(self, key_a: str, key_b: str) -> Match:
        """Pair two keys by hand and return the new row."""
        self._free(key_a, key_b, keep=None)
        self.matches = [row for row in self.matches if (row.key_a, row.key_b) != (key_a, key_b)]
        match = Match(key_a, key_b, BY_HAND)
        self.matches.append(match)
        return match

    def renames(self) -> dict[str, str]:
        """Return B's name for each accepted key of A that is called otherwise there."""
        return {row.key_a: row.key_b for row in self.accepted if row.key_a != row.key_b}

    def swapped(self) -> Mapping:
        """Return the same mapping with A and B exchanged."""
        return Mapping(
            Match(row.key_b, row.key_a, row.how, row.confidence, row.state) for row in self.matches
        )

    def to_json(self) -> str:
        """Return the rows that say more than "the same name" as JSON, for `from_json`."""
        rows = [asdict(row) for row in self.matches if row.how != EXACT or row.state != "accepted"]
        return json.dumps({"key_mapping": _VERSION, "matches": rows}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Mapping:
        """Read what `to_json` wrote; raises `NotACheckpointError` for anything else."""
        try:
            found = json.loads(text) if len(text) <= _MAX_JSON else None
            if not isinstance(found, dict) or found.get("key_mapping") != _VERSION:
                raise ValueError
            return cls(_match_from(row) for row in found["matches"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise NotACheckpointError(
                "this is no key mapping", advice="Choose a file that was saved as a key mapping"
            ) from error

    def _free(self, key_a: str, key_b: str, keep: Match | None) -> None:
        for row in self.matches:
            shares_a_key = row.key_a == key_a or row.key_b == key_b
            if shares_a_key and row is not keep and row.state == "accepted":
                row.state = "suggested"


def match_tensors(
    a: Sequence[Tensor], b: Sequence[Tensor], given: Mapping | None = None
) -> Mapping:
    """Return the mapping of A's tensors to B's.

    Rows of `given` whose keys both exist are kept as they are: accepted ones first of all, refused
    ones never proposed again. Time grows with the number of keys, not with its square.
    """
    rest_a, rest_b = _by_key(a), _by_key(b)
    kept = _kept(given, rest_a, rest_b)
    refused = {(row.key_a, row.key_b) for row in kept if row.state == "refused"}
    matches = [row for row in kept if row.state != "suggested"]
    _take(rest_a, rest_b, [row for row in kept if row.state == "accepted"])

    exact = [Match(key, key) for key in rest_a if key in rest_b and (key, key) not in refused]
    matches += exact
    if len(exact) == len(rest_a) == len(rest_b):
        return Mapping(matches)
    _take(rest_a, rest_b, exact)
    for match_more in (match_by_rewriting, match_without_dots):
        for how, pairs in match_more(rest_a, rest_b):
            found = [Match(*pair, how) for pair in pairs if pair not in refused]
            _take(rest_a, rest_b, found)
            matches += found
    for key_a, key_b, how, confidence in suggest(rest_a, rest_b):
        if (key_a, key_b) not in refused:
            matches.append(Match(key_a, key_b, how, confidence, "suggested"))
    return Mapping(matches)


def _by_key(tensors: Sequence[Tensor]) -> dict[str, Tensor]:
    """Return the first tensor of each key, in their order."""
    found = {tensor.key: tensor for tensor in tensors}
    if len(found) < len(tensors):
        found.update((tensor.key, tensor) for tensor in reversed(tensors))
    return found


def _kept(given: Mapping | None, a: dict[str, Tensor], b: dict[str, Tensor]) -> list[Match]:
    if given is None:
        return []
    return [row for row in given.matches if row.key_a in a and row.key_b in b]


def _take(a: dict[str, Tensor], b: dict[str, Tensor], matches: list[Match]) -> None:
    for match in matches:
        a.pop(match.key_a, None)
        b.pop(match.key_b, None)


def _match_from(row: dict[str, object]) -> Match:
    key_a, key_b, how, state = row["key_a"], row["key_b"], row["how"], row["state"]
    confidence = row["confidence"]
    if not (isinstance(key_a, str) and isinstance(key_b, str) and isinstance(how, str)):
        raise TypeError
    if not isinstance(confidence, int | float):
        raise TypeError
    for known in ("accepted", "suggested", "refused"):
        if state == known:
            return Match(key_a, key_b, how, float(confidence), known)
    raise ValueError
