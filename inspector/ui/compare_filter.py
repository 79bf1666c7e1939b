"""The filter field of a comparison: `status:changed rel:>0.01`, beside what every tree knows."""

from __future__ import annotations

import math
import re

from inspector.analysis.pairs import STATUSES
from inspector.checkpoint.types import Tensor, Value
from inspector.ui.compare_rows import CompareRows
from inspector.ui.filter import COMPARISONS, Query, Test, parse
from inspector.ui.tree_rows import Rows

MEASURES = ("rel", "max", "cos", "share")
_STATUSES = (*STATUSES, "pending")
_GROUPS = {
    "different": ("changed", "dtype", "shape", "only_a", "only_b", "unreadable"),
    "same": ("identical", "close"),
    "only": ("only_a", "only_b"),
}
_COMPARISON = re.compile(r"(>=|<=|>|<|=|)(.+)")


def parse_compare(text: str, rows: CompareRows) -> Query:
    """Read a filter text: `status:`, `is:` and measures here, the rest as in any tree."""
    others = []
    tests: list[tuple[Test, bool]] = []
    unclear = []
    for piece in text.split():
        wanted = not (piece.startswith("-") and len(piece) > 1)
        name, colon, argument = piece.lstrip("-").casefold().partition(":")
        if not colon or name not in ("status", "is", *MEASURES):
            others.append(piece)
            continue
        if name == "status":
            test = _status_test(argument, rows)
        else:
            test = _kind_test(argument) if name == "is" else _test(name, argument, rows)
        if test is None:
            unclear.append(piece)
        else:
            tests.append((test, wanted))
    query = parse(" ".join(others), scanned=False)
    query.tests += tests
    query.unclear += unclear + query.unscanned  # two files are not scanned
    query.unscanned = []
    return query


def measure_of(rows: CompareRows, row: int, name: str) -> float | None:
    """Return a measure of a leaf or a module, None where nothing was compared.

    A relative change that NaN leaves without a number counts as infinite.
    """
    if row in rows.sums:
        return _of_module(rows, row, name)
    difference = rows.differences.get(row)
    measures = difference.measures if difference is not None else None
    if difference is None or measures is None:
        return None
    if name == "rel":
        return difference.magnitude
    if name == "max":
        return math.inf if math.isnan(measures.max_abs) else float(measures.max_abs)
    if name == "cos":
        return measures.cosine
    return measures.changed / rows.numels[row] if rows.numels[row] else 0.0


def _of_module(rows: CompareRows, row: int, name: str) -> float | None:
    sums = rows.sums[row]
    if name == "share":
        return sums.changed / sums.compared if sums.compared else None
    return {"rel": sums.rel_l2, "max": sums.max_abs, "cos": sums.cosine}[name]


def _status_test(argument: str, rows: CompareRows) -> Test | None:
    wanted: set[str] = set()
    for word in argument.split(","):
        if not word:
            continue
        named = _GROUPS.get(word) or [name for name in _STATUSES if name.startswith(word)]
        if not named:
            return None
        wanted.update(named)
    statuses = rows.statuses
    return (lambda _, row: statuses[row] in wanted) if wanted else None


def _kind_test(argument: str) -> Test | None:
    kinds = {"value": Value, "tensor": Tensor}
    kind = kinds.get(argument.rstrip("s"))
    return (lambda rows, row: isinstance(rows.entries[row], kind)) if kind else None


def _test(name: str, argument: str, rows: CompareRows) -> Test | None:
    match = _COMPARISON.fullmatch(argument)
    if match is None:
        return None
    percent = match[2].endswith("%")
    try:
        limit = float(match[2].rstrip("%")) / (100 if percent else 1)
    except ValueError:
        return None
    compare = COMPARISONS[match[1]]

    def test(_: Rows, row: int) -> bool:
        found = measure_of(rows, row, name)
        return found is not None and compare(found, limit)

    return test
