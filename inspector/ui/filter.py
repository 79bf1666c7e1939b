"""The filter field's language: words of the key, and terms such as `dtype:bfloat16 size:>10MB`.

Words and terms narrow each other; a leading `-` turns one round. All of it runs in a worker.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.types import Tensor, Value
from inspector.ui.tree_rows import Rows

Flags = dict[int, frozenset[str]]
"""What a scan found, by row number: "nan", "inf", "zero", ..."""
Test = Callable[[Rows, int], bool]

TERMS = ("dtype", "device", "shape", "size", "params", "has", "type")
SCANNED = ("nan", "inf", "zero", "constant", "sparse", "f16-overflow", "f16-underflow", "duplicate")
"""What `has:` asks for and only a scan of the file tells."""
_FLAGS = (*SCANNED, "grad", "view", "unreadable", "no-data", "changed", "new")
_SLICE = 1024
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
    "": operator.ge,
}
_AMOUNT = r"(>=|<=|>|<|=|)\s*(\d+(?:\.\d*)?|\.\d+)([kmgtp]?)(i?b)?"
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}


class Query:
    """A parsed filter text. `unclear` lists the terms that say nothing (yet), `unscanned` those
    that cannot be answered before a scan; neither hides anything."""

    def __init__(self) -> None:
        self.words: list[tuple[str, bool]] = []
        self.tests: list[tuple[Test, bool]] = []
        self.unclear: list[str] = []
        self.unscanned: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.words or self.tests)

    def rows(self, rows: Rows, cancel: CancelToken) -> list[int]:
        """Return the leaf rows that pass, in file order. Raises `Cancelled`."""
        if not rows.folded:
            rows.folded = [key.casefold() for key in cancel.each(rows.keys)]
        found: list[int] = []
        for start in range(0, len(rows.leaves), _SLICE):
            cancel.check()
            found += self._narrow(rows, rows.leaves[start : start + _SLICE])
        return found

    def _narrow(self, rows: Rows, leaves: Iterable[int]) -> Iterable[int]:
        keys = rows.folded
        for word, wanted in self.words:
            leaves = [leaf for leaf in leaves if (word in keys[leaf]) is wanted]
        for test, wanted in self.tests:
            leaves = [leaf for leaf in leaves if test(rows, leaf) is wanted]
        return leaves


def parse(text: str, *flags: Flags, scanned: bool = True) -> Query:
    """Read a filter text. What is no known term counts as a word of the key. `scanned` says whether
    a scan has put anything into `flags`."""
    query = Query()
    for piece in text.split():
        wanted = not (piece.startswith("-") and len(piece) > 1)
        body = piece if wanted else piece[1:]
        name, colon, argument = body.partition(":")
        if not colon or name.casefold() not in TERMS:
            query.words.append((body.casefold(), wanted))
            continue
        test = _test(name.casefold(), argument.casefold(), flags)
        if test is None:
            query.unclear.append(piece)
        elif not scanned and name.casefold() == "has" and argument.casefold() in SCANNED:
            query.unscanned.append(piece)
        else:
            query.tests.append((test, wanted))
    return query


def asks_scan(text: str) -> bool:
    """Say whether what a filter text finds depends on a scan of the file."""
    terms = (piece.lstrip("-").casefold().partition(":") for piece in text.split())
    return any(name == "has" and argument in SCANNED for name, _, argument in terms)


def _test(name: str, argument: str, flags: Sequence[Flags]) -> Test | None:
    if not argument:
        return None
    if name == "shape":
        return _shape_test(argument)
    if name in ("size", "params"):
        return _amount_test(name, argument)
    if name == "has":
        return _flag_test(argument, flags) if argument in _FLAGS else None
    if name == "type":
        return lambda rows, row: argument in _type_name(rows, row)
    if name == "dtype":
        return lambda rows, row: _is_tensor(rows, row) and rows.dtypes[row].startswith(argument)
    return _device_test(argument)


def _device_test(argument: str) -> Test:
    if argument in ("-", "none"):
        return lambda rows, row: _is_tensor(rows, row) and not rows.devices[row]

    def test(rows: Rows, row: int) -> bool:
        device = rows.devices[row]
        return device == argument or device.startswith(argument + ":")

    return test


def _shape_test(argument: str) -> Test | None:
    """`768`: some dimension; `64x3x*`: these dimensions side by side; `scalar`: none."""
    if argument == "scalar":
        return lambda rows, row: _is_tensor(rows, row) and not _shape(rows, row)
    pieces = [piece for piece in re.split(r"[x×,]", argument) if piece]
    if not pieces or not all(piece == "*" or piece.isdecimal() for piece in pieces):
        return None
    wanted = [None if piece == "*" else int(piece) for piece in pieces]

    def test(rows: Rows, row: int) -> bool:
        shape = _shape(rows, row)
        return any(
            all(want in (None, size) for want, size in zip(wanted, shape[start:], strict=False))
            for start in range(len(shape) - len(wanted) + 1)
        )

    return test


def _amount_test(name: str, argument: str) -> Test | None:
    match = re.fullmatch(_AMOUNT, argument, re.IGNORECASE)
    if match is None:
        return None
    sign, number, unit, _ = match.groups()
    amount = float(number) * (1024 if name == "size" else 1000) ** _POWERS[unit.lower()]
    compare = COMPARISONS[sign]
    if name == "size":
        return lambda rows, row: _is_tensor(rows, row) and compare(rows.nbytes[row], amount)
    return lambda rows, row: _is_tensor(rows, row) and compare(rows.numels[row], amount)


def _flag_test(argument: str, flags: Sequence[Flags]) -> Test:
    def test(rows: Rows, row: int) -> bool:
        found = any(argument in known.get(row, ()) for known in flags)
        return found or argument in _own_flags(rows.entries[row])

    return test


def _own_flags(entry: Tensor | Value | None) -> tuple[str, ...]:
    """Flags that need no scan: `grad` (requires_grad), `view` (not contiguous), `unreadable`
    (bytes are missing in the file), `no-data` (it was saved without any, as a meta tensor)."""
    if not isinstance(entry, Tensor):
        return ()
    return (
        *(("grad",) if entry.requires_grad else ()),
        *(() if entry.stride is None or entry.is_contiguous else ("view",)),
        *(("unreadable",) if entry.problem else ()),
        *(("no-data",) if entry.lacks_data else ()),
    )


def _is_tensor(rows: Rows, row: int) -> bool:
    return isinstance(rows.entries[row], Tensor)


def _shape(rows: Rows, row: int) -> tuple[int, ...]:
    entry = rows.entries[row]
    return entry.shape if isinstance(entry, Tensor) else ()


def _type_name(rows: Rows, row: int) -> str:
    entry = rows.entries[row]
    if isinstance(entry, Tensor):
        return entry.class_name.casefold()
    return entry.type_name.casefold() if entry else ""
