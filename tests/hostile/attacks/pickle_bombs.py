"""Small files that cost time or memory without end in other readers."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from tests.hostile import opcodes as op
from tests.hostile.archives import Entry, beside, checkpoint, parts, zip_bytes
from tests.hostile.attack import harmless, inert, refused, write


def _dag(leaf: bytes, levels: int, double: bytes) -> bytes:
    body = leaf + op.put(0) + op.POP
    for level in range(levels):
        body += op.MARK + op.get(level) * 2 + double + op.put(level + 1) + op.POP
    return body


@inert("w")
def tuple_dag_as_a_dict_key(folder: Path) -> Path:
    """hash() of the key takes 2**40 steps."""
    return checkpoint(folder, _dag(op.number(1), 40, op.TUPLE) + beside((op.get(40), op.NONE)))


@inert("w")
def list_dag_as_a_value(folder: Path) -> Path:
    """repr() of the value takes 2**60 steps."""
    return checkpoint(folder, _dag(op.number(1), 60, op.LIST) + beside(("x", op.get(60))))


@refused()
def one_long_name_above_many_rows(folder: Path) -> Path:
    """Each row's key repeats the name: 100 GB of text from one megabyte."""
    inner = op.dict_of(*((str(number), op.number(number)) for number in range(10_000)))
    return checkpoint(folder, beside(("x" * 10_000_000, inner)))


@refused()
def one_long_name_in_many_dicts(folder: Path) -> Path:
    long = op.text("x" * 1_000_000) + op.put(0) + op.POP
    inner = [(str(number), op.EMPTY_DICT + op.get(0) + op.NONE + b"s") for number in range(10_000)]
    return checkpoint(folder, long + beside(*inner))


@inert("w")
def an_empty_array_that_is_endless_along_one_axis(folder: Path) -> Path:
    sizes = op.tuple_of(op.number(0), op.number((1 << 62) - 1))
    dtype = op.call(op.name("numpy", "dtype"), op.text("f4"), op.NONE, op.NONE)
    state = op.tuple_of(op.number(1), sizes, dtype, b"\x88", op.raw(b""))
    array = op.call(op.name("numpy._core.multiarray", "_reconstruct")) + state + b"b"
    return checkpoint(folder, beside(("x", array)))


def _in_many_places(what: bytes) -> bytes:
    shared = what + op.put(0) + op.POP
    return shared + beside(*((f"k{n}", op.get(0)) for n in range(20_000)))


_NUMBERS = [op.number(n % 200) for n in range(20_000)]


@inert("w")
def a_long_list_in_many_places(folder: Path) -> Path:
    return checkpoint(folder, _in_many_places(op.list_of(*_NUMBERS)))


@inert("w")
def a_long_size_in_many_places(folder: Path) -> Path:
    size = op.call(op.name("torch", "Size"), op.tuple_of(*_NUMBERS))
    return checkpoint(folder, _in_many_places(size))


@inert("w")
def an_array_in_many_places(folder: Path) -> Path:
    dtype = op.call(op.name("numpy", "dtype"), op.text("i8"), op.FALSE, op.TRUE)
    made = op.call(op.name("numpy.core.multiarray", "_reconstruct"), op.name("numpy", "ndarray"))
    state = op.number(1), op.numbers(1000), dtype, op.FALSE, op.raw(bytes(8000))
    return checkpoint(folder, _in_many_places(made + op.tuple_of(*state) + op.BUILD), 3)


@inert("w")
def a_numpy_number_of_ten_million_bytes_in_many_places(folder: Path) -> Path:
    dtype = op.call(op.name("numpy", "dtype"), op.text("i8"), op.FALSE, op.TRUE)
    scalar = op.name("numpy.core.multiarray", "scalar")
    return checkpoint(folder, _in_many_places(op.call(scalar, dtype, op.text("a" * 10_000_000))))


def _state_dict(metadata: bytes) -> bytes:
    ordered = op.call(op.name("collections", "OrderedDict"))
    return ordered + op.dict_of(("_metadata", metadata)) + op.BUILD


@inert("w")
def dict_dag_as_the_versions_of_modules(folder: Path) -> Path:
    body = op.dict_of(("version", op.number(1))) + op.put(0) + op.POP
    for level in range(6):
        hundred = [(f"k{n}", op.get(level)) for n in range(100)]
        body += op.dict_of(*hundred) + op.put(level + 1) + op.POP
    return checkpoint(folder, body + beside(("x", _state_dict(op.get(6)))))


@inert("w")
def one_long_text_as_many_versions_of_modules(folder: Path) -> Path:
    body = op.text("k" * 1_000_000) + op.put(0) + op.POP
    texts = op.dict_of(*((f"m{n}", op.get(0)) for n in range(1000)))
    return checkpoint(folder, body + beside(("x", _state_dict(texts))))


@inert("w")
def dict_dag_as_a_value(folder: Path) -> Path:
    body = op.EMPTY_DICT + op.put(0) + op.POP
    for level in range(50):
        pairs = (("a", op.get(level)), ("b", op.get(level)))
        body += op.dict_of(*pairs) + op.put(level + 1) + op.POP
    return checkpoint(folder, body + beside(("x", op.get(50))))


@inert("w")
def tuple_dag_of_tensors(folder: Path) -> Path:
    body = _dag(op.tensor(), 30, op.TUPLE)
    return checkpoint(folder, body + beside(("x", op.get(30))))


@inert("w")
def object_dag(folder: Path) -> Path:
    body = op.call(op.name("a", "B")) + op.put(0) + op.POP
    for level in range(40):
        made = op.call(op.name("a", "B"), op.get(level), op.get(level))
        body += made + op.put(level + 1) + op.POP
    return checkpoint(folder, body + beside(("x", op.get(40)), (op.get(40), op.NONE)))


@inert("w")
def dag_as_state(folder: Path) -> Path:
    body = op.EMPTY_DICT + op.put(0) + op.POP
    for level in range(40):
        made = op.call(op.name("a", "B"))
        state = op.dict_of(("l", op.get(level)), ("r", op.get(level)))
        body += made + state + op.BUILD + op.put(level + 1) + op.POP
    return checkpoint(folder, body + beside(("x", op.get(40))))


@inert("w")
def colliding_integer_keys(folder: Path) -> Path:
    """All keys have one hash: a dict of 40,000 takes 800 million comparisons."""
    prime = (1 << 61) - 1
    pairs = b"".join(op.number(prime * n) + op.NONE for n in range(1, 40_001))
    return checkpoint(folder, beside(("x", op.EMPTY_DICT + op.MARK + pairs + op.SETITEMS)))


@inert("w")
def nested_tuples_400_000_deep_as_a_key(folder: Path) -> Path:
    deep = op.EMPTY_TUPLE + op.TUPLE1 * 400_000
    return checkpoint(folder, beside((deep, op.NONE)))


@inert("w")
def nested_lists_200_000_deep(folder: Path) -> Path:
    deep = op.EMPTY_LIST * 200_000 + op.APPEND * 199_999
    return checkpoint(folder, beside(("x", deep)))


@inert("w")
def nested_dicts_100_000_deep(folder: Path) -> Path:
    deep = (op.EMPTY_DICT + op.text("k")) * 100_000 + op.NONE + op.SETITEM * 100_000
    return checkpoint(folder, beside(("x", deep)))


@inert("w")
def nested_dicts_900_deep(folder: Path) -> Path:
    """All of them are listed; whoever writes them anew by recursion gets no further."""
    deep = (op.EMPTY_DICT + op.text("k")) * 900 + op.NONE + op.SETITEM * 900
    return checkpoint(folder, beside(("x", deep)))


@inert("w", "m." * 100_000)
def a_tensor_100_000_modules_deep(folder: Path) -> Path:
    return checkpoint(folder, beside(("m." * 100_000, op.tensor())))


@inert("w")
def nested_calls_100_000_deep(folder: Path) -> Path:
    body = op.name("a", "B") + op.put(0) + op.POP + op.NONE
    body += (op.put(1) + op.POP + op.get(0) + op.get(1) + op.TUPLE1 + op.REDUCE) * 100_000
    return checkpoint(folder, body + op.put(2) + op.POP + beside(("x", op.get(2))))


@inert("w")
def nested_builds_50_000_deep(folder: Path) -> Path:
    made = op.call(op.name("a", "B"))
    deep = made * 50_000 + op.NONE + op.BUILD * 50_000
    return checkpoint(folder, beside(("x", deep)))


@harmless()
def a_million_marks(folder: Path) -> Path:
    return checkpoint(folder, op.MARK * 1_000_000)


@harmless()
def ten_million_nones(folder: Path) -> Path:
    return checkpoint(folder, op.NONE * 10_000_000)


@harmless()
def a_million_memo_slots(folder: Path) -> Path:
    return checkpoint(folder, op.NONE + b"".join(op.put(n) for n in range(1_000_000)))


@inert("w")
def memo_growth_by_appending_a_list_to_itself(folder: Path) -> Path:
    body = op.EMPTY_LIST + op.put(0)
    body += (op.MARK + op.get(0) * 100 + op.APPENDS) * 100
    return checkpoint(folder, body + op.POP + beside(("x", op.get(0))))


@inert("w")
def integers_longer_than_torch_reads(folder: Path) -> Path:
    return checkpoint(folder, beside(("x", op.number(1 << 3000)), (op.number(1 << 2040), op.NONE)))


@inert("w")
def an_integer_of_a_million_digits(folder: Path) -> Path:
    body = b"\x8b" + struct.pack("<i", 400_000) + b"\x7f" * 400_000
    return checkpoint(folder, beside(("x", body)))


@inert("w")
def an_integer_of_a_million_digits_as_a_key(folder: Path) -> Path:
    body = b"\x8b" + struct.pack("<i", 400_000) + b"\x7f" * 400_000
    return checkpoint(folder, beside((body, op.NONE)))


@harmless()
def an_int_line_of_a_million_digits(folder: Path) -> Path:
    return checkpoint(folder, b"I" + b"9" * 1_000_000 + b"\n" + op.POP + beside())


@harmless()
def a_float_line_of_a_million_digits(folder: Path) -> Path:
    return checkpoint(folder, b"F" + b"9" * 1_000_000 + b"\n" + op.POP + beside())


@inert("w")
def a_text_of_twenty_million_characters(folder: Path) -> Path:
    return checkpoint(folder, beside(("x", op.text("é" * 10_000_000))))


@inert("w")
def strings_joined_by_their_memo(folder: Path) -> Path:
    """Each level is a tuple of the last one and a long text: small file, large if it is printed."""
    body = op.text("x" * 10_000) + op.put(0) + op.POP
    for level in range(64):
        body += op.MARK + op.get(level) * 4 + op.TUPLE + op.put(level + 1) + op.POP
    return checkpoint(folder, body + beside(("x", op.get(64))))


@inert("w")
def twenty_thousand_views_of_one_storage(folder: Path) -> Path:
    views = b"".join(op.text(f"v{n}") + op.get(0) for n in range(20_000))
    start = op.tensor() + op.put(0) + op.POP
    return checkpoint(folder, start + op.dict_of(("w", op.get(0))) + op.MARK + views + op.SETITEMS)


def _bomb(data: bytes, copies: int) -> tuple[bytes, int]:
    """Return (deflated, size) of `copies` of `data`, compressed once: full flushes end a block."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = deflater.compress(data) + deflater.flush(zlib.Z_FULL_FLUSH)
    return block * copies + deflater.flush(), len(data) * copies


@refused("data.pkl", "bytes")
def pickle_that_inflates_to_a_gigabyte(folder: Path) -> Path:
    body, size = _bomb(op.NONE * (1 << 20), 1 << 10)
    entry = Entry("model/data.pkl", method=8, stored=body)
    entry.local = entry.central = {"size": size, "crc": 0}
    return write(folder / "model.pt", zip_bytes([entry, *parts(b"")[1:]]))


@refused("data.pkl", "length")
def pickle_that_inflates_to_more_than_it_says(folder: Path) -> Path:
    body, _ = _bomb(op.NONE * (1 << 20), 1 << 10)
    entry = Entry("model/data.pkl", b"x" * 100, method=8, stored=body)
    return write(folder / "model.pt", zip_bytes([entry, *parts(b"")[1:]]))


@refused("data.pkl", "length")
def pickle_that_inflates_to_less_than_it_says(folder: Path) -> Path:
    pickle = op.pickled(beside())
    entry = Entry("model/data.pkl", pickle, method=8)
    entry.local = entry.central = {"size": len(pickle) + 50}
    return write(folder / "model.pt", zip_bytes([entry, *parts(b"")[1:]]))


def _storage_bomb(folder: Path, told: int | None) -> Path:
    body, size = _bomb(bytes(1 << 20), 600)
    size = size if told is None else told
    entry = Entry("model/data/0", method=8, stored=body)
    entry.local = entry.central = {"size": size, "crc": 0}
    of = op.storage(count=size // 4)
    view = op.tensor(of, size=(size // 4,), stride=(1,))
    entries = [*parts(op.pickled(op.dict_of(("big", view))))[:2], entry, *parts(b"")[3:]]
    return write(folder / "model.pt", zip_bytes(entries))


@inert("big", reads=False)
def storage_that_inflates_to_600_megabytes(folder: Path) -> Path:
    return _storage_bomb(folder, None)


@inert("big", reads=False)
def storage_that_inflates_to_more_than_it_says(folder: Path) -> Path:
    return _storage_bomb(folder, 24)


@refused("byteorder")
def byteorder_record_that_inflates_to_a_gigabyte(folder: Path) -> Path:
    body, size = _bomb(b"l" * (1 << 20), 1 << 10)
    entry = Entry("model/byteorder", method=8, stored=body)
    entry.local = entry.central = {"size": size, "crc": 0}
    good = parts(op.pickled(beside()))
    return write(folder / "model.pt", zip_bytes([good[0], entry, *good[2:]]))


@harmless()
def script_with_a_line_of_quotes(folder: Path) -> Path:
    code = b"class Net(Module):\n  __parameters__ = [" + b'\\"' * 500_000 + b"]\n"
    entries = parts(op.pickled(beside()))
    entries.append(Entry("model/constants.pkl", op.pickled(op.EMPTY_TUPLE)))
    entries.append(Entry("model/code/__torch__.py", code))
    return write(folder / "model.pt", zip_bytes(entries))
