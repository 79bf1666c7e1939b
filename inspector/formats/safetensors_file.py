"""Read a safetensors file: a length, a JSON header, and the elements of every tensor in a row.

The rules are those of the reference reader (github.com/huggingface/safetensors,
safetensors/src/tensor.rs) and two more: no name may occur twice, which its specification forbids
but the reader lets pass, and a tensor has at most 64 dimensions. So a file that opens here opens
there, and nothing in it is ambiguous.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.errors import CheckpointError, DamagedError, LimitError, UnsupportedError
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.types import Checkpoint, Storage, Tensor, contiguous_stride

FORMAT = "safetensors"
METADATA = "__metadata__"
MAX_DIMENSIONS = 64
_CUT_SHORT = "The file was probably cut short; copy or download it again"
_LENGTH_BYTES = 8
_U64 = 1 << 64
_INT = frozenset((int,))
_BLANKS = b" \t\r\n"
# How deep the reference reader's JSON parser goes; a header needs three levels.
_JSON_DEPTH = 127
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")

_TORCH_NAMES = {
    "BOOL": "bool",
    "F4": "float4_e2m1fn_x2",
    "F6_E2M3": "float6_e2m3fn",
    "F6_E3M2": "float6_e3m2fn",
    "U8": "uint8",
    "I8": "int8",
    "F8_E5M2": "float8_e5m2",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E8M0": "float8_e8m0fnu",
    "F8_E4M3FNUZ": "float8_e4m3fnuz",
    "F8_E5M2FNUZ": "float8_e5m2fnuz",
    "I16": "int16",
    "U16": "uint16",
    "F16": "float16",
    "BF16": "bfloat16",
    "I32": "int32",
    "U32": "uint32",
    "F32": "float32",
    "C64": "complex64",
    "F64": "float64",
    "I64": "int64",
    "U64": "uint64",
}
# safetensors counts each 4-bit number as an element, torch counts pairs of them.
_BITS = {code: 4 if code == "F4" else DTYPES[name].bits for code, name in _TORCH_NAMES.items()}


class _Header(NamedTuple):
    """The parsed header and where the elements begin, in bytes from the start of the file."""

    entries: dict[str, Any]
    data_start: int


def matches(head: bytes, source: ByteSource) -> bool:
    """Whether the file begins like safetensors: a plausible length, then the start of a JSON text.

    A length that lies is still recognised, so that the error can name the format.
    """
    length, text = head[:_LENGTH_BYTES], head[_LENGTH_BYTES:].lstrip(_BLANKS)
    if source.size <= _LENGTH_BYTES or (length.isascii() and length.decode().isprintable()):
        return False
    if text.startswith((b'{"', b"{}")):
        return True
    # The three upper bytes are zero in every length below a terabyte.
    return any(length) and not any(length[5:]) and text.startswith((b"{", b"[", b'"', b"\xef\xbb"))


def read(source: ByteSource, limits: Limits, cancel: CancelToken, progress: Progress) -> Checkpoint:
    """Return the tensors in the header's order; no element is read.

    Raises `DamagedError` for a header that breaks a rule, naming the tensor and the byte.
    """
    header = _read_header(source, limits, cancel)
    metadata = _metadata(header.entries.pop(METADATA, None))
    if len(header.entries) > limits.nodes:
        raise LimitError(f"the file lists {len(header.entries):,} tensors, too many to show")
    tensors = _Tensors(source, header.data_start).listed(header.entries, cancel)
    progress(header.data_start, header.data_start)
    return Checkpoint(
        path=source.path,
        format=FORMAT,
        size=source.size,
        entries=list(tensors),
        storages=[tensor.storage for tensor in tensors if tensor.storage is not None],
        sources=[source],
        detail=f"header of {header.data_start - _LENGTH_BYTES:,} bytes",
        metadata=metadata,
    )


# offset  size  field
#      0     8  N, length of the header, little-endian
#      8     N  header: JSON in UTF-8, may be padded with blanks
#  8 + N     -  elements; `data_offsets` in the header count from here
def _read_header(source: ByteSource, limits: Limits, cancel: CancelToken) -> _Header:
    length = int.from_bytes(source.read(0, _LENGTH_BYTES), "little")
    left = source.size - _LENGTH_BYTES
    if length > left:
        raise DamagedError(
            f"the safetensors header should be {length:,} bytes long, but only {left:,} follow",
            where="byte 0",
            advice=_CUT_SHORT,
        )
    if length > limits.header_bytes:
        raise LimitError(
            f"the safetensors header is {length:,} bytes long; {limits.header_bytes:,} is the most"
            " that the format allows",
            where="byte 0",
        )
    raw = source.read(_LENGTH_BYTES, length)
    entries = _parse(raw, cancel)
    if not isinstance(entries, dict):
        raise DamagedError("the safetensors header is no JSON object", where="byte 8")
    return _Header(entries, _LENGTH_BYTES + length)


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
        if _SURROGATE_ESCAPE.search(raw):
            # Half a character, as in "\ud800", is not text; the two halves together are.
            json.dumps(parsed, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        byte = _LENGTH_BYTES + len(error.doc[: error.pos].encode())
        raise _bad_header(f"is not valid JSON: {error.msg}", f"byte {byte:,}") from error
    except UnicodeDecodeError as error:
        raise _bad_header("is not UTF-8 text", f"byte {_LENGTH_BYTES + error.start:,}") from error
    except UnicodeEncodeError as error:
        raise _bad_header("holds half a character (a lone surrogate)", "byte 8") from error
    except RecursionError as error:
        raise LimitError("the safetensors header is nested too deeply", where="byte 8") from error
    except ValueError as error:  # an integer of thousands of digits
        raise _bad_header("holds a number that is too long", "byte 8") from error
    return parsed


def _object_builder(cancel: CancelToken) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    calls = count()

    # A Python function on purpose: between its calls the window's thread gets its turn.
    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if not next(calls) & 0xFFF:
            cancel.check()
        built = dict(pairs)
        if len(built) != len(pairs):
            seen: set[str] = set()
            twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
            raise DamagedError(
                "a name occurs twice in the safetensors header, so its meaning is ambiguous",
                where=f'"{twice}"',
            )
        return built

    return build


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


class _Layout(NamedTuple):
    """What the dtype and shape of a tensor come to; thousands of tensors share a few of them."""

    dtype: str
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    nbytes: int


class _Tensors:
    """Turns the entries of a header into tensors."""

    def __init__(self, source: ByteSource, data_start: int) -> None:
        self._source = source
        self._data_start = data_start
        self._layouts: dict[tuple[Any, ...], _Layout] = {}
        self._ranges: list[tuple[int, int, str]] = []

    def listed(self, entries: dict[str, Any], cancel: CancelToken) -> list[Tensor]:
        """Return a tensor for each entry, in order, once every byte has its owner."""
        tensors = []
        source, data_start, layouts = self._source, self._data_start, self._layouts
        for number, (name, entry) in enumerate(entries.items()):
            if not number & 0xFFF:
                cancel.check()
            code, sizes, start, end = _fields(name, entry)
            token = (code, *sizes)
            layout = layouts.get(token)
            if layout is None:
                layout = layouts[token] = _layout(name, code, sizes)
            dtype, shape, stride, nbytes = layout
            if nbytes != end - start:
                raise _bad_tensor(
                    name,
                    f"needs {nbytes:,} bytes by its shape, but has {end - start:,} by its offsets",
                    f"byte {data_start + start:,}",
                )
            self._ranges.append((start, end, name))
            storage = Storage(name, None, nbytes, source, data_start + start, name)
            tensors.append(Tensor((name,), name, dtype, shape, stride, 0, storage))
        _check_every_byte_owned(self._ranges, data_start, source.size)
        return tensors


def _fields(name: str, entry: Any) -> tuple[str, list[int], int, int]:
    """Return dtype, shape and the two offsets of an entry, their types checked."""
    try:
        code, sizes, (start, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
    except (KeyError, TypeError, ValueError) as error:
        raise _bad_tensor(name, "lacks its dtype, its shape or its two offsets") from error
    if type(start) is not int or type(end) is not int or not 0 <= start <= end < _U64:
        raise _bad_tensor(name, "has data_offsets that are no range of bytes")
    if type(code) is not str or type(sizes) is not list or not set(map(type, sizes)) <= _INT:
        raise _bad_tensor(name, "has a dtype that is no text, or a shape of other than numbers")
    if len(entry) > 3:
        _check_depth(name, entry)
    return code, sizes, start, end


def _layout(name: str, code: str, sizes: list[int]) -> _Layout:
    if code not in _BITS:
        raise UnsupportedError(f"the dtype {code!r:.40} is not known", where=f'tensor "{name}"')
    if len(sizes) > MAX_DIMENSIONS:
        raise _bad_tensor(name, f"has {len(sizes):,} dimensions; {MAX_DIMENSIONS} is the most")
    elements = 1
    for size in sizes:
        elements *= size
        if not 0 <= size < _U64 or elements >= _U64:
            raise _bad_tensor(name, "has a size, or a number of elements, that is not of 64 bits")
    bits = elements * _BITS[code]
    if bits >= _U64:
        raise _bad_tensor(name, "has more bits than 64 bits can count")
    if bits % 8:
        raise _bad_tensor(name, "does not end at a whole byte")
    shape = _shape_in_pairs(tuple(sizes)) if code == "F4" else tuple(sizes)
    return _Layout(_TORCH_NAMES[code], shape, contiguous_stride(shape), bits // 8)


def _shape_in_pairs(shape: tuple[int, ...]) -> tuple[int, ...]:
    # As torch reads it: the last dimension halves. Where it is odd, only a flat row of pairs is
    # true to the bytes.
    if shape[-1] % 2 == 0:
        return (*shape[:-1], shape[-1] // 2)
    return (math.prod(shape) // 2,)


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


def _check_every_byte_owned(
    ranges: list[tuple[int, int, str]], data_start: int, file_size: int
) -> None:
    position = 0
    ranges.sort()
    for start, end, name in ranges:
        if start != position:
            kind = (
                "overlaps the tensor before it" if start < position else "leaves a hole before it"
            )
            raise _bad_tensor(name, kind, f"byte {data_start + start:,}")
        position = end
    needed = data_start + position
    if needed > file_size:
        raise DamagedError(
            f"the file ends after {file_size:,} bytes, but its tensors reach to {needed:,}",
            where=f'tensor "{_first_cut(ranges, file_size - data_start)}", byte {file_size:,}',
            advice=_CUT_SHORT,
        )
    if needed < file_size:
        raise DamagedError(
            f"{file_size - needed:,} bytes at the end belong to no tensor",
            where=f"byte {needed:,}",
        )


def _first_cut(ranges: list[tuple[int, int, str]], data_bytes: int) -> str:
    return next(name for _, end, name in ranges if end > data_bytes)


def _bad_tensor(name: str, what: str, where: str = "") -> CheckpointError:
    place = f'tensor "{name}"'
    return DamagedError(f"a tensor {what}", where=f"{place}, {where}" if where else place)
