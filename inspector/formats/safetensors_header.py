"""Parse the header of a safetensors file: JSON, held to more rules than JSON has.

Most headers are written by the reference writer, without a blank between the tokens. Those are read
by one pattern per tensor, twice as fast as JSON; any other goes through the JSON parser.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import CheckpointError, DamagedError, LimitError
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.types import METADATA

LENGTH_BYTES = 8
CUT_SHORT = "The file was probably cut short; copy or download it again"
Row = tuple[str, str, tuple[int, ...], int, int]
"""Name, dtype as the format spells it, sizes, first byte and byte after the last."""

_U64 = 1 << 64
_INT = frozenset((int,))
# How deep the reference reader's JSON parser goes; a header needs three levels.
_JSON_DEPTH = 127
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_NUMBER = r"(?:0|[1-9][0-9]{0,18})"
_SIZES = re.compile(rf"(?:{_NUMBER}(?:,{_NUMBER})*)?")
_WRITTEN_ROW = re.compile(
    r'"([^"\\\x00-\x1f]*)":\{"dtype":"([A-Z0-9_]+)","shape":\[([0-9,]*)\],'
    rf'"data_offsets":\[({_NUMBER}),({_NUMBER})\]\}}(,|\}}[ \t\r\n]*\Z)'
)


class Header(NamedTuple):
    """The parsed header and where the elements begin, in bytes from the start of the file."""

    rows: list[Row]
    metadata: dict[str, str]
    data_start: int


# offset  size  field
#      0     8  N, length of the header, little-endian
#      8     N  header: JSON in UTF-8, may be padded with blanks
#  8 + N     -  elements; `data_offsets` in the header count from here
def read_header(source: ByteSource, limits: Limits, cancel: CancelToken) -> Header:
    """Return the header, its rows in the order they stand there.

    Raises `DamagedError` for one that is no valid JSON or breaks a rule of the format.
    """
    length = int.from_bytes(source.read(0, LENGTH_BYTES), "little")
    left = source.size - LENGTH_BYTES
    if length > left:
        raise DamagedError(
            f"the safetensors header should be {length:,} bytes long, but only {left:,} follow",
            where="byte 0",
            advice=CUT_SHORT,
        )
    if length > limits.header_bytes:
        raise LimitError(
            f"the safetensors header is {length:,} bytes long; {limits.header_bytes:,} is the most"
            " that the format allows",
            where="byte 0",
        )
    raw = source.read(LENGTH_BYTES, length)
    written = _as_written(raw, cancel)
    if written is None:
        written = _from_json(_parse(raw, cancel), cancel)
    rows, metadata = written
    return Header(rows, metadata, LENGTH_BYTES + length)


def _as_written(raw: bytes, cancel: CancelToken) -> tuple[list[Row], dict[str, str]] | None:
    """Read a header as the reference writer writes it, None where anything is otherwise."""
    if not raw.startswith(b'{"'):
        return None
    text = raw.decode("utf-8", "replace")
    metadata, position = _leading_metadata(text)
    rows: list[Row] = []
    known: dict[str, tuple[int, ...]] = {}
    while found := _WRITTEN_ROW.match(text, position):
        if not len(rows) & 0xFFF:
            cancel.check()
        name, code, shape, start, end, after = found.groups()
        sizes = known.get(shape)
        if sizes is None:
            if not _SIZES.fullmatch(shape):
                return None
            sizes = known[shape] = tuple(map(int, shape.split(","))) if shape else ()
        rows.append((name, code, sizes, int(start), int(end)))
        if after != ",":
            names = {row[0] for row in rows}
            unclear = len(names) < len(rows) or METADATA in names or "\ufffd" in text
            return None if unclear else (rows, metadata)
        position = found.end()
    return None


def _leading_metadata(text: str) -> tuple[dict[str, str], int]:
    """Return the metadata that stands first and the position of the row after it."""
    start = f'{{"{METADATA}":'
    if not text.startswith(start):
        return {}, 1
    decoder = json.JSONDecoder(object_pairs_hook=_unambiguous)
    try:
        metadata, end = decoder.raw_decode(text, len(start))
    except (ValueError, RecursionError):
        return {}, 1  # the JSON parser will say what is wrong
    if "\\" in text[:end]:
        return {}, 1  # escapes call for its other checks
    return _metadata(metadata), end + text.startswith(",", end)


def _from_json(entries: Any, cancel: CancelToken) -> tuple[list[Row], dict[str, str]]:
    if not isinstance(entries, dict):
        raise DamagedError("the safetensors header is no JSON object", where="byte 8")
    metadata = _metadata(entries.pop(METADATA, None))
    rows = []
    for number, (name, entry) in enumerate(entries.items()):
        if not number & 0xFFF:
            cancel.check()
        rows.append(_row(name, entry))
    return rows, metadata


def _parse(raw: bytes, cancel: CancelToken) -> Any:
    try:
        parsed = json.loads(
            raw.decode(),
            object_pairs_hook=_object_builder(cancel),
            # Only a minus sign calls for the slower hook.
            parse_int=_integer if b"-0" in raw else None,
            parse_float=_real,
            parse_constant=_refuse_constant,
        )
        check_characters(raw, parsed)
    except json.JSONDecodeError as error:
        byte = LENGTH_BYTES + len(error.doc[: error.pos].encode())
        raise _bad_header(f"is not valid JSON: {error.msg}", f"byte {byte:,}") from error
    except UnicodeDecodeError as error:
        raise _bad_header("is not UTF-8 text", f"byte {LENGTH_BYTES + error.start:,}") from error
    except UnicodeEncodeError as error:
        raise _bad_header("holds half a character (a lone surrogate)", "byte 8") from error
    except RecursionError as error:
        raise LimitError("the safetensors header is nested too deeply", where="byte 8") from error
    except ValueError as error:  # an integer of thousands of digits
        raise _bad_header("holds a number that is too long", "byte 8") from error
    return parsed


def check_characters(raw: bytes, parsed: Any) -> None:
    """Raise `UnicodeEncodeError` where parsed JSON holds half a character, as in "\\ud800": that is
    no text; the two halves together are."""
    if _SURROGATE_ESCAPE.search(raw):
        json.dumps(parsed, ensure_ascii=False).encode()


def _object_builder(cancel: CancelToken) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    calls = count()

    # A Python function on purpose: between its calls the window's thread gets its turn.
    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if not next(calls) & 0xFFF:
            cancel.check()
        return _unambiguous(pairs)

    return build


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) != len(pairs):
        names = Counter(name for name, _ in pairs)
        raise DamagedError(
            "a name occurs twice in the safetensors header, so its meaning is ambiguous",
            where=f'"{names.most_common(1)[0][0]}"',
        )
    return built


def _integer(text: str) -> int:
    if text == "-0":
        raise _bad_header("holds the number -0 where a whole number belongs", "byte 8")
    return int(text)


def _real(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _bad_header("holds a number out of range", "byte 8")
    return value


def _refuse_constant(text: str) -> None:
    raise _bad_header(f"is not valid JSON: it holds {text}", "byte 8")


def _bad_header(what: str, where: str) -> CheckpointError:
    return DamagedError(f"the safetensors header {what}", where=where)


def _metadata(entry: Any) -> dict[str, str]:
    if entry is None:
        return {}
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        raise DamagedError(f"{METADATA} may hold texts only", where=METADATA)
    return entry


def _row(name: str, entry: Any) -> Row:
    """Return the fields of an entry, their types checked."""
    try:
        code, sizes, (start, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
    except (KeyError, TypeError, ValueError) as error:
        raise bad_tensor(name, "lacks its dtype, its shape or its two offsets") from error
    if type(start) is not int or type(end) is not int or not 0 <= start <= end < _U64:
        raise bad_tensor(name, "has data_offsets that are no range of bytes")
    if type(code) is not str or type(sizes) is not list or not set(map(type, sizes)) <= _INT:
        raise bad_tensor(name, "has a dtype that is no text, or a shape of other than numbers")
    if len(entry) > 3:
        _check_depth(name, entry)
    return name, code, tuple(sizes), start, end


def _check_depth(name: str, entry: dict[str, Any]) -> None:
    """Refuse what no reader reaches: unknown fields may hold anything, but not at any depth."""
    level: list[Any] = [entry]
    for _ in range(_JSON_DEPTH - 1):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, (dict, list))
        ]
    if level:
        raise LimitError("the safetensors header is nested too deeply", where=f'tensor "{name}"')


def bad_tensor(name: str, what: str, where: str = "") -> CheckpointError:
    """Return the error that `what` is wrong with a tensor, at a byte if one is known."""
    place = f'tensor "{name}"'
    return DamagedError(f"a tensor {what}", where=f"{place}, {where}" if where else place)
