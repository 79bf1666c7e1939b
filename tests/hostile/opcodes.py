"""A small assembler for pickles: each function returns the opcodes that push one thing.

Opcodes after CPython's Lib/pickletools.py. Nothing is memoized, so any order of pieces is valid.
"""

from __future__ import annotations

import struct

MARK, STOP, POP, POP_MARK, DUP = b"(", b".", b"0", b"1", b"2"
REDUCE, BUILD, NEWOBJ, NEWOBJ_EX, OBJ = b"R", b"b", b"\x81", b"\x92", b"o"
TUPLE, TUPLE1, TUPLE2, TUPLE3, EMPTY_TUPLE = b"t", b"\x85", b"\x86", b"\x87", b")"
LIST, EMPTY_LIST, APPEND, APPENDS = b"l", b"]", b"a", b"e"
DICT, EMPTY_DICT, SETITEM, SETITEMS = b"d", b"}", b"s", b"u"
EMPTY_SET, ADDITEMS, FROZENSET = b"\x8f", b"\x90", b"\x91"
NONE, TRUE, FALSE = b"N", b"\x88", b"\x89"
BINPERSID, MEMOIZE, STACK_GLOBAL = b"Q", b"\x94", b"\x93"


def number(value: int) -> bytes:
    """Push an int of any size."""
    if 0 <= value < 1 << 8:
        return b"K" + bytes([value])
    if -(1 << 31) <= value < 1 << 31:
        return b"J" + struct.pack("<i", value)
    body = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    if len(body) < 256:
        return b"\x8a" + bytes([len(body)]) + body
    return b"\x8b" + struct.pack("<i", len(body)) + body


def text(value: str) -> bytes:
    """Push a str."""
    body = value.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(body)) + body


def raw(value: bytes) -> bytes:
    """Push bytes (protocol 3)."""
    return b"B" + struct.pack("<I", len(value)) + value


def name(module: str, attribute: str) -> bytes:
    """Push a global."""
    return f"c{module}\n{attribute}\n".encode()


def put(slot: int) -> bytes:
    """Store the top of the stack in the memo."""
    return b"r" + struct.pack("<I", slot)


def get(slot: int) -> bytes:
    """Push from the memo."""
    return b"j" + struct.pack("<I", slot)


def tuple_of(*items: bytes) -> bytes:
    """Push a tuple."""
    return MARK + b"".join(items) + TUPLE


def list_of(*items: bytes) -> bytes:
    """Push a list."""
    return EMPTY_LIST + MARK + b"".join(items) + APPENDS


def numbers(*values: int) -> bytes:
    """Push a tuple of ints."""
    return tuple_of(*(number(value) for value in values))


def dict_of(*pairs: tuple[bytes | str, bytes]) -> bytes:
    """Push a dict; str keys are pushed as texts."""
    body = b"".join((text(k) if isinstance(k, str) else k) + v for k, v in pairs)
    return EMPTY_DICT + MARK + body + SETITEMS


def call(function: bytes, *args: bytes) -> bytes:
    """Push the result of calling `function`."""
    return function + tuple_of(*args) + REDUCE


def storage(
    key: str = "0", kind: str = "FloatStorage", count: int = 6, location: str = "cpu"
) -> bytes:
    """Push a storage by its persistent id."""
    pid = tuple_of(text("storage"), name("torch", kind), text(key), text(location), number(count))
    return pid + BINPERSID


def tensor(
    of: bytes = b"",
    offset: int = 0,
    size: tuple[int, ...] = (2, 3),
    stride: tuple[int, ...] = (3, 1),
    requires_grad: bytes = FALSE,
    hooks: bytes = b"",
) -> bytes:
    """Push a tensor as torch.save writes it."""
    return call(
        name("torch._utils", "_rebuild_tensor_v2"),
        of or storage(),
        number(offset),
        numbers(*size),
        numbers(*stride),
        requires_grad,
        hooks or call(name("collections", "OrderedDict")),
    )


def pickled(body: bytes, protocol: int = 2) -> bytes:
    """Return a whole pickle."""
    return b"\x80" + bytes([protocol]) + body + STOP
