"""Everything in a pickle that is no tensor, as plain data: numbers, texts, numpy arrays, records.

Nothing is constructed: a path is its parts joined, a numpy scalar is unpacked from its bytes, an
unknown object is written down with its class and arguments, cut to a bounded length.
"""

from __future__ import annotations

import math
import struct
from itertools import product
from operator import mul
from typing import TypeGuard

from inspector.checkpoint.plain_text import MAX_SHOWN, shown
from inspector.checkpoint.types import OddKey, Plain, Step
from inspector.formats.inert import (
    Global,
    ModuleVersions,
    OpaqueObject,
    PersistentId,
    PickledDict,
    PickledSet,
)

MAX_ITEMS = 1000
"""Elements of an array that are listed."""
_MAX_BITS = 2039
"""Of an integer: what fits into the 255 bytes of LONG1, the longest that torch reads back."""
_MAX_DIMENSIONS = 64
_DEPTH = 6
_WIDTH = 8
_FORMATS = {
    "f8": "d", "f4": "f", "f2": "e", "i8": "q", "i4": "i", "i2": "h", "i1": "b",
    "u8": "Q", "u4": "I", "u2": "H", "u1": "B", "b1": "?",
}  # fmt: skip
_NAMED = {"b1": "bool", "M8": "datetime64", "m8": "timedelta64", "O8": "object"}
_SPELLED = {"f": "float", "i": "int", "u": "uint", "c": "complex"}


def is_scalar(obj: object) -> bool:
    """Whether `obj` is a number, a text, bytes or None."""
    return obj is None or isinstance(obj, bool | int | float | str | bytes)


def plain_scalar(obj: object) -> Plain:
    """Return a scalar as JSON can say it; huge integers as text, for their digits take forever."""
    if isinstance(obj, int) and obj.bit_length() > _MAX_BITS:
        return f"an integer of {obj.bit_length():,} bits"
    if isinstance(obj, bytes):
        cut = obj[:MAX_ITEMS]
        return f"{cut!r}" + (f"… ({len(obj):,} bytes)" if len(obj) > len(cut) else "")
    if obj is None or isinstance(obj, bool | int | float | str):
        return obj
    raise TypeError(type(obj).__name__)


def step_of(key: object) -> Step:
    """Return a dict key as a step of a path: str and int as they are, others as their repr."""
    if isinstance(key, str):
        return key
    if isinstance(key, int) and not isinstance(key, bool) and key.bit_length() <= _MAX_BITS:
        return key
    return OddKey(described(key))


def type_name(obj: object) -> str:
    """Return the Python type that `obj` stands for."""
    if isinstance(obj, PickledDict | ModuleVersions):
        return "dict"
    if isinstance(obj, PickledSet):
        return "frozenset" if obj.frozen else "set"
    if isinstance(obj, Global):
        if obj.module != "torch":
            return "type"
        return "torch.qscheme" if obj.name.startswith("per_") else "torch.dtype"
    if isinstance(obj, PersistentId):
        return "persistent id"
    if not isinstance(obj, OpaqueObject):
        return type(obj).__name__
    if obj.dotted == "copyreg._reconstructor" and obj.args and isinstance(obj.args[0], Global):
        return obj.args[0].dotted
    if obj.dotted in _NUMPY_SCALAR and obj.args and (dtype := _numpy_dtype(obj.args[0])):
        return shown(f"numpy.{_numpy_name(dtype[0])}", 40)
    return _RENAMED.get(obj.dotted, obj.dotted.removeprefix("builtins.")) or "object"


def plain_object(obj: OpaqueObject) -> Plain | None:
    """Return what a call of a known harmless name stands for, None for any other object."""
    name, args = obj.dotted, obj.args
    if name in _NUMPY_SCALAR:
        return _numpy_scalar(args)
    if name in NUMPY_ARRAY:
        return _numpy_array(*obj.state[1:5]) if _is_array_state(obj.state) else None
    if name in _NUMPY_BUFFER and len(args) > 3:  # protocol 5: bytes, dtype, shape, "C" or "F"
        return _numpy_array(args[2], args[1], args[3] == "F", args[0])
    if name == "_codecs.encode" or name == "builtins.bytearray":
        data = bytes_of(obj)
        return None if data is None else plain_scalar(data)
    if name.startswith("pathlib.") and all(isinstance(part, str) for part in args):
        parts = [part for part in args if isinstance(part, str)]
        slash = "\\" if name.endswith("WindowsPath") else "/"
        if parts and parts[0].endswith(slash):
            return parts[0] + slash.join(parts[1:])
        return slash.join(parts) or "."
    if name == "numpy.dtype" and args and isinstance(args[0], str):
        return _numpy_name(args[0])
    if name == "torch.serialization._get_layout" and args and isinstance(args[0], str):
        return args[0]
    if name == "torch.device":
        return ":".join(str(part) for part in args if isinstance(part, str | int))
    if name == "torch.Size" and args and isinstance(args[0], tuple):
        return [plain_scalar(size) if is_scalar(size) else described(size) for size in args[0]]
    if name == "builtins.complex" and len(args) == 2:
        real, imaginary = args
        if isinstance(real, float | int) and isinstance(imaginary, float | int):
            return f"{complex(real, imaginary)}"
    if name in _MOMENTS and args and (moment := bytes_of(args[0])) is not None:
        text = _moment(name, moment)
        return text if text is None or len(args) < 2 else f"{text}{_zone(args[1])}"
    return None


def bytes_of(obj: object) -> bytes | None:
    """Return bytes, also as protocol 2 spells them: `_codecs.encode(text, "latin1")`."""
    if isinstance(obj, bytes):
        return obj
    if isinstance(obj, str):
        return obj.encode("latin-1", "replace")
    if isinstance(obj, OpaqueObject) and obj.args:
        if obj.dotted == "_codecs.encode" and isinstance(obj.args[0], str):
            return obj.args[0].encode("latin-1", "replace")
        if obj.dotted == "builtins.bytearray":
            return bytes_of(obj.args[0])
    if isinstance(obj, OpaqueObject) and obj.dotted in ("builtins.bytes", "builtins.bytearray"):
        return b""
    return None


def described(obj: object, depth: int = _DEPTH) -> str:
    """Return `obj` roughly as Python's repr would, bounded in depth, width and length."""
    if isinstance(obj, str):
        return shown(repr(obj[:MAX_SHOWN]))
    if is_scalar(obj):
        return shown(str(plain_scalar(obj)))
    if isinstance(obj, Global):
        return shown(obj.dotted)
    if depth == 0:
        return "…"
    if isinstance(obj, OpaqueObject):
        return shown(_described_object(obj, depth))
    if isinstance(obj, PickledDict):
        pairs = [
            f"{described(key, depth - 1)}: {described(value, depth - 1)}"
            for key, value in obj.pairs[:_WIDTH]
        ]
        return shown("{" + ", ".join(pairs) + ("…" if len(obj.pairs) > _WIDTH else "") + "}")
    if isinstance(obj, PickledSet):
        return shown(_described_set(obj.items, obj.frozen, depth))
    if isinstance(obj, tuple):
        return shown(f"({_joined(obj, depth)}{',' if len(obj) == 1 else ''})")
    if isinstance(obj, list):
        return shown(f"[{_joined(obj, depth)}]")
    return "a persistent id"


def _described_object(obj: OpaqueObject, depth: int) -> str:
    plain, name, args = plain_object(obj), obj.dotted, obj.args
    if isinstance(plain, str) and name in ("_codecs.encode", "builtins.complex"):
        return plain  # Python's own repr already
    if name in _NUMPY_SCALAR and plain is not None:
        return f"np.{type_name(obj).removeprefix('numpy.')}({plain!r})"
    if name in ("builtins.set", "builtins.frozenset") and args and isinstance(args[0], list):
        return _described_set(args[0], name.endswith("frozenset"), depth)
    if name == "torch.Size" and isinstance(plain, list):
        return f"torch.Size({plain[:_WIDTH]})"
    if isinstance(plain, str):
        return f"{type_name(obj)}({shown(plain, 100)!r})"
    if name in _REBUILT:
        return _described_tensor(obj)
    function = type_name(obj) if name else described(obj.function, depth - 1)
    return f"{function}({_joined(args, depth)})"


def _described_set(items: list[object], frozen: bool, depth: int) -> str:
    inside = "{" + _joined(items, depth) + "}" if items else ""
    return f"frozenset({inside})" if frozen else inside or "set()"


def _described_tensor(obj: OpaqueObject) -> str:
    """Return what tells a tensor that is a dict's key from others: an optimizer's parameters."""
    args, word = obj.args, "Tensor"
    if args and isinstance(args[0], OpaqueObject):
        args, word = args[0].args, "Parameter"
    if len(args) < 3 or not isinstance(args[0], PersistentId) or not isinstance(args[0].pid, tuple):
        return word
    key = args[0].pid[2] if len(args[0].pid) > 2 else None
    place = f"storage {described(key, 1)}, offset {described(args[1], 1)}"
    return f"{word}({place}, {described(args[2], 2)})"


def _joined(items: tuple[object, ...] | list[object], depth: int) -> str:
    # The budget of text is shared by width and depth: a DAG of tuples has 2**depth leaves.
    width = max(_WIDTH >> (_DEPTH - depth), 2)
    parts = [described(item, depth - 1) for item in items[:width]]
    return ", ".join(parts) + (", …" if len(items) > width else "")


# -- numpy -----------------------------------------------------------------------------------------
# Array: _reconstruct(ndarray, (0,), b"b"), state (version, shape, dtype, fortran order, bytes).
# Scalar: scalar(dtype, bytes). dtype("f4", False, True), state (version, byte order, ...).


def _numpy_dtype(obj: object) -> tuple[str, str] | None:
    """Return (code such as "f4", byte order "<" or ">") of a numpy dtype record."""
    if not isinstance(obj, OpaqueObject) or obj.dotted != "numpy.dtype" or not obj.args:
        return None
    code, state = obj.args[0], obj.state
    order = state[1] if isinstance(state, tuple) and len(state) > 1 else "<"
    return (code, ">" if order == ">" else "<") if isinstance(code, str) else None


def _numpy_scalar(args: tuple[object, ...]) -> Plain | None:
    dtype = _numpy_dtype(args[0]) if args else None
    data = bytes_of(args[1]) if len(args) > 1 else None
    if dtype is None or data is None:
        return None
    values = _unpacked(dtype, data, 1)
    return values[0] if values else shown(f"{dtype[0]} {data[:40]!r}")


def _is_array_state(state: object) -> TypeGuard[tuple[object, ...]]:
    return isinstance(state, tuple) and len(state) > 4


def _numpy_array(sizes: object, kind: object, fortran: object, elements: object) -> Plain | None:
    """Return an array's dtype, shape and first elements in row-major order; None where it holds
    objects that are more than scalars."""
    dtype = _numpy_dtype(kind)
    if dtype is None or not isinstance(sizes, tuple) or len(sizes) > _MAX_DIMENSIONS:
        return None
    shape = [size for size in sizes if isinstance(size, int) and 0 <= size < 1 << 63]
    found: dict[str, Plain] = {"dtype": _numpy_name(dtype[0]), "shape": list(shape)}
    count, data = math.prod(shape), bytes_of(elements)
    if isinstance(elements, list):
        if not all(is_scalar(item) for item in elements):
            return None
        found["data"] = [plain_scalar(item) for item in elements[:MAX_ITEMS]]
    elif data is not None and fortran is True and len(shape) > 1 and count:
        if count <= MAX_ITEMS:
            found["data"] = _row_major(_unpacked(dtype, data, count), shape)
    elif data is not None:
        found["data"] = _unpacked(dtype, data, min(count, MAX_ITEMS))
    return found


def _row_major(elements: list[Plain], shape: list[int]) -> list[Plain]:
    """Put the elements of a column-major array into the order in which they are read."""
    strides = [math.prod(shape[:axis]) for axis in range(len(shape))]
    places = product(*(range(size) for size in shape))
    order = [sum(map(mul, place, strides)) for place in places]
    return [elements[at] for at in order] if len(elements) == len(order) else elements


def _numpy_name(code: str) -> str:
    if code in _NAMED:
        return _NAMED[code]
    kind, size = code[:1], code[1:]
    known = kind in _SPELLED and size.isdigit() and len(size) < 4
    return f"{_SPELLED[kind]}{int(size) * 8}" if known else code


def _unpacked(dtype: tuple[str, str], data: bytes, count: int) -> list[Plain]:
    """Return the first `count` numbers; complex ones and texts as text, others not at all."""
    code, order = dtype
    kind, size = code[:1], code[1:]
    if kind in "cUS" and size.isdigit() and 0 < int(size) < 1 << 16:
        return _unpacked_texts(kind, int(size), order, data, count)
    letter = "q" if code in ("M8", "m8") else _FORMATS.get(code)
    if letter is None:
        return []
    count = max(min(count, len(data) // struct.calcsize(letter)), 0)
    return list(struct.unpack_from(f"{order}{count}{letter}", data))


def _unpacked_texts(kind: str, size: int, order: str, data: bytes, count: int) -> list[Plain]:
    if kind == "c":
        letter = {8: "f", 16: "d"}.get(size)
        pairs = max(min(count, len(data) // size), 0)
        if letter is None:
            return []
        flat = struct.unpack_from(f"{order}{pairs * 2}{letter}", data)
        return [str(complex(flat[n], flat[n + 1])) for n in range(0, pairs * 2, 2)]
    width = size * 4 if kind == "U" else size
    encoding = ("utf-32-le" if order == "<" else "utf-32-be") if kind == "U" else "latin-1"
    pieces = [data[n * width : (n + 1) * width] for n in range(max(min(count, 100), 0))]
    return [piece.decode(encoding, "replace").rstrip("\0") for piece in pieces if piece]


# -- dates -----------------------------------------------------------------------------------------
# datetime.datetime: u16 year, u8 month day hour minute second, u24 microsecond, all big-endian;
# date has the first four bytes, time the last six.


def _moment(name: str, data: bytes) -> Plain | None:
    if name == "datetime.date" and len(data) == 4:
        return f"{int.from_bytes(data[:2]):04d}-{data[2] & 0x7F:02d}-{data[3]:02d}"
    if name == "datetime.time" and len(data) == 6:
        return _clock(data)
    if name == "datetime.datetime" and len(data) == 10:
        date = f"{int.from_bytes(data[:2]):04d}-{data[2] & 0x7F:02d}-{data[3]:02d}"
        return f"{date}T{_clock(data[4:])}"
    return None


def _zone(zone: object) -> str:
    """Return "+02:00" of a fixed distance from UTC, another time zone's own description."""
    if isinstance(zone, OpaqueObject) and zone.dotted == "datetime.timezone" and zone.args:
        distance = zone.args[0]
        numbers = distance.args if isinstance(distance, OpaqueObject) else ()
        if len(numbers) == 3:
            days, seconds, _ = numbers
            if isinstance(days, int) and isinstance(seconds, int) and -2 < days < 2:
                minutes = (days * 86400 + seconds) // 60
                return (
                    f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
                )
    return f" {described(zone, 2)}"


def _clock(data: bytes) -> str:
    micros = int.from_bytes(data[3:6])
    fraction = f".{micros:06d}" if micros else ""
    return f"{data[0] & 0x7F:02d}:{data[1]:02d}:{data[2]:02d}{fraction}"


NUMPY_ARRAY = ("numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct")
_NUMPY_BUFFER = ("numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer")
_NUMPY_SCALAR = ("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar")
_MOMENTS = ("datetime.date", "datetime.time", "datetime.datetime")
_REBUILT = frozenset(
    f"torch._utils._rebuild_{name}"
    for name in ("tensor", "tensor_v2", "tensor_v3", "parameter", "parameter_with_state")
)
_RENAMED = {
    "collections.OrderedDict": "OrderedDict",
    "collections.defaultdict": "defaultdict",
    "collections.Counter": "Counter",
    "_codecs.encode": "bytes",
    "builtins.xrange": "range",
    "torch.serialization._get_layout": "torch.layout",
    **dict.fromkeys((*NUMPY_ARRAY, *_NUMPY_BUFFER), "numpy.ndarray"),
    **dict.fromkeys(_NUMPY_SCALAR, "numpy.scalar"),
}
