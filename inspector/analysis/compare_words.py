"""A comparison in words and cells: what every report and the window say alike."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from inspector.analysis.compare import Comparison
from inspector.analysis.differences import Difference
from inspector.analysis.load_verdict import LoadVerdict, load_verdict
from inspector.analysis.value_pairs import ValuePair
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Tensor, Value

T = TypeVar("T")

STATUS_WORDS = {
    "identical": "identical",
    "close": "close",
    "changed": "changed",
    "dtype": "other dtype",
    "shape": "other shape",
    "only_a": "only in A",
    "only_b": "only in B",
    "unreadable": "unreadable",
    "pending": "not compared yet",
}
STATUS_SIGNS = {
    "identical": "=",
    "close": "≈",
    "changed": "≠",
    "dtype": "≠",
    "shape": "⬚",
    "only_a": "A",
    "only_b": "B",
    "unreadable": "!",
    "pending": "…",
}
COLUMNS = (
    *("key", "status", "shape", "dtype", "device", "max |d|", "mean |d|", "rms", "relative L2"),
    *("cosine", "changed", "share", "largest at", "matched", "note"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One pair as text cells, in the order of `COLUMNS`."""

    key: str
    status: str
    shape: str
    dtype: str
    device: str
    max_abs: str
    mean_abs: str
    rms: str
    rel_l2: str
    cosine: str
    changed: str
    share: str
    largest_at: str
    matched: str
    note: str

    @property
    def cells(self) -> tuple[str, ...]:
        """All cells."""
        return tuple(getattr(self, name) for name in self.__slots__)


COLUMN_FIELDS = tuple(Row.__slots__)
_EACH = 12
"""Tensors of one side alone under one name that are listed each on a line."""


def row_of(difference: Difference) -> Row:
    """Return one pair as cells; text from files is made safe to show."""
    pair, measures = difference.pair, difference.measures
    numel = pair.a.numel if pair.a is not None else 0
    share = f"{measures.changed / numel:.2%}" if measures is not None and numel else ""
    return Row(
        key=shown(pair.key),
        status=STATUS_WORDS[difference.status],
        shape=_both(pair.a, pair.b, _shape),
        dtype=_both(pair.a, pair.b, lambda tensor: tensor.dtype),
        device=_both(pair.a, pair.b, lambda tensor: tensor.device or "-"),
        max_abs=number(difference.max_abs),
        mean_abs=number(difference.mean_abs),
        rms=number(difference.rms),
        rel_l2=number(difference.rel_l2),
        cosine=number(difference.cosine, 9),
        changed="" if measures is None else f"{measures.changed:,}",
        share=share,
        largest_at="" if difference.largest_at is None else str(list(difference.largest_at)),
        matched=matched_text(difference),
        note=note_text(difference),
    )


def matched_text(difference: Difference) -> str:
    """Say how two tensors of different names belong together, empty where the names are equal."""
    pair = difference.pair
    if pair.a is None or pair.b is None or pair.a.key == pair.b.key:
        return ""
    return shown(f"{pair.b.key} in B, {pair.how}")


def note_text(difference: Difference) -> str:
    """Say what is worth knowing beside the measures: NaN, same values, why it is unreadable."""
    notes = [shown(difference.problem)] if difference.problem else []
    measures = difference.measures
    if difference.same_values and difference.status in ("close", "dtype"):
        notes.append("the same values in other bits")
    if measures is not None:
        counts = (
            (measures.nan_appeared, "NaN appeared"),
            (measures.nan_vanished, "NaN vanished"),
            (measures.inf_appeared, "Inf appeared"),
            (measures.inf_vanished, "Inf vanished"),
        )
        notes += [f"{count:,} {what}" for count, what in counts if count]
    return "; ".join(notes)


def summary_line(comparison: Comparison) -> str:
    """Return "390 identical, 27 changed, 1 only in B; largest relative change fc.weight"."""
    summary = comparison.summary
    parts = [f"{count:,} {STATUS_WORDS[status]}" for status, count in summary.items() if count]
    line = ", ".join(parts) or "no tensors in either file"
    values = sum(pair.matters for pair in comparison.values)
    if values:
        line += f"; {values:,} other {'values differ' if values > 1 else 'value differs'}"
    broken = broken_tensors(comparison)
    if broken:
        line += f"; NaN or Inf appeared in {broken:,} tensor{'s' if broken > 1 else ''}"
    most = comparison.most_changed
    if most is not None:
        line += f"; largest relative change {shown(most.key)} ({number(most.rel_l2)})"
    return line


def broken_tensors(comparison: Comparison) -> int:
    """Count the tensors that have NaN or infinities in B where A has numbers."""
    return sum(one.lost_numbers for one in comparison.tensors)


def matching_lines(comparison: Comparison) -> list[str]:
    """Say how keys of different names were matched, and how many matches are only suggested."""
    mapping = comparison.structure.mapping
    hows = Counter(row.how for row in mapping.accepted if row.key_a != row.key_b)
    lines = [f"{count:,} key{'s' if count > 1 else ''} {how}" for how, count in hows.items()]
    waiting = len(mapping.suggested)
    if waiting:
        lines.append(f"{waiting:,} more may match; the window suggests them one by one")
    return lines


def verdict_lines(comparison: Comparison) -> list[str]:
    """Say whether B loads into A's model as it is, and with its keys renamed where any were."""
    a, b = comparison.a, comparison.b
    verdict = load_verdict(a, b)
    lines = [verdict_line(verdict)]
    renames = comparison.structure.mapping.renames()
    if renames and not verdict.strict:
        lines.append(f"with B's keys renamed: {verdict_line(load_verdict(a, b, renames))}")
    return lines


def verdict_line(verdict: LoadVerdict) -> str:
    """Say in one line whether B's state_dict loads into A's model."""
    what = shown(f"A.load_state_dict(B) with B = {verdict.state_dict.describe()}")
    if verdict.strict:
        casts = f"; {len(verdict.casts):,} tensors change dtype" if verdict.casts else ""
        return f"{what} succeeds, strictly{casts}"
    sizes = len(verdict.errors)
    counts = (
        (len(verdict.missing), "missing"),
        (len(verdict.unexpected), "unexpected"),
        (sizes, "that cannot be copied"),
    )
    words = ", ".join(f"{count:,} {kind}" for count, kind in counts if count)
    loose = "strict=False would succeed" if verdict.non_strict else "strict=False fails, too"
    return f"{what} fails: {words}; {loose}"


def value_cells(pair: ValuePair) -> tuple[str, str, str, str]:
    """Return key, status, A and B of a plain value as text."""
    status = "other type" if pair.status == "type" else STATUS_WORDS[pair.status]
    return shown(pair.key), status, _value_text(pair.a), _value_text(pair.b)


def number(value: float | None, digits: int = 4) -> str:
    """Return a measure as text: few digits, integers whole, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.{digits}g}" if math.isfinite(value) else str(value)


def worth_telling(comparison: Comparison) -> list[Difference]:
    """Return the pairs that are not identical: what cannot be loaded first, then by change."""
    order = ("unreadable", "shape", "only_a", "only_b", "dtype", "changed", "close")
    rows = [one for one in comparison.tensors if one.status in order]
    return sorted(rows, key=lambda one: (order.index(one.status), *_descending(one)))


def _descending(difference: Difference) -> tuple[bool, bool, float]:
    weight, finite, magnitude = difference.rank
    return not weight, not finite, -magnitude


def gathered(rows: Sequence[Difference]) -> list[Row]:
    """Return the rows as cells; many that one side has alone under one name become one line."""
    tops = Counter(_top(one) for one in rows)
    found: list[Row] = []
    told = set()
    for one in rows:
        top = _top(one)
        if one.status not in ("only_a", "only_b") or tops[top] <= _EACH:
            found.append(row_of(one))
        elif top not in told:
            told.add(top)
            note = f"{tops[top]:,} tensors"
            blank = dict.fromkeys(COLUMN_FIELDS, "")
            words = {"key": shown(f"{top[1]}…"), "status": STATUS_WORDS[one.status], "note": note}
            found.append(Row(**(blank | words)))
    return found


def _top(difference: Difference) -> tuple[str, str]:
    """Return the status and the first step of the name with its dot."""
    return difference.status, difference.key[: difference.key.find(".") + 1]


def cut(rows: Sequence[T], limit: int) -> tuple[Sequence[T], str]:
    """Return at most `limit` rows and a sentence about those left out."""
    left = len(rows) - limit
    return rows[:limit], f"{left:,} more are not listed here." if left > 0 else ""


def _shape(tensor: Tensor) -> str:
    return " × ".join(map(str, tensor.shape)) or "scalar"


def _both(a: Tensor | None, b: Tensor | None, describe: Callable[[Tensor], str]) -> str:
    texts = [shown(describe(tensor)) for tensor in (a, b) if tensor is not None]
    return " → ".join(dict.fromkeys(texts))


def _value_text(value: Value | None) -> str:
    return "" if value is None else shown(str(value.value), 100)
