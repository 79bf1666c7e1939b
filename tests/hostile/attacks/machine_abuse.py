"""Opcodes that contradict one another: underflow, odd counts, memo abuse, lengths that lie."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.hostile import opcodes as op
from tests.hostile.archives import beside, checkpoint, checkpoint_bytes, parts, zip_bytes
from tests.hostile.attack import harmless, inert, opens, refused, refuses_bytes, write

HUGE = (1 << 31) - 1


def _bodies() -> dict[str, bytes]:
    """Return bodies of pickles that no reader may accept."""
    good = beside()
    return {
        "empty_pickle": b"",
        "only_a_mark": op.MARK,
        "tuple1_of_nothing": op.TUPLE1,
        "tuple3_of_two": op.number(1) + op.number(2) + op.TUPLE3,
        "tuple_without_mark": op.number(1) + op.TUPLE,
        "reduce_of_one": op.number(1) + op.REDUCE,
        "reduce_without_a_tuple": op.name("torch", "Size") + op.number(1) + op.REDUCE,
        "setitem_of_nothing": op.EMPTY_DICT + op.SETITEM,
        "setitems_odd": op.EMPTY_DICT + op.MARK + op.text("a") + op.SETITEMS,
        "setitems_on_an_int": op.number(1) + op.MARK + op.text("a") + op.NONE + op.SETITEMS,
        "setitems_on_a_list": op.EMPTY_LIST + op.MARK + op.number(0) + op.NONE + op.SETITEMS,
        "setitem_on_bytes": op.raw(b"abc") + op.number(0) + op.number(1) + op.SETITEM,
        "append_to_a_dict": op.EMPTY_DICT + op.number(1) + op.APPEND,
        "appends_to_a_tuple": op.EMPTY_TUPLE + op.MARK + op.number(1) + op.APPENDS,
        "additems_on_a_dict": op.EMPTY_DICT + op.MARK + op.number(1) + op.ADDITEMS,
        "dict_of_an_odd_count": op.MARK + op.number(1) + op.DICT,
        "pop_of_nothing": op.POP,
        "pop_mark_of_nothing": op.POP_MARK,
        "dup_of_nothing": op.DUP,
        "get_of_an_empty_slot": op.get(5) + good,
        "binget_of_an_empty_slot": b"h\x09" + good,
        "text_get_of_an_empty_slot": b"g77\n" + good,
        "text_get_of_no_number": b"gabc\n" + good,
        "text_get_of_a_negative_slot": b"g-1\n" + good,
        "put_of_nothing": b"q\x01",
        "memoize_of_nothing": op.MEMOIZE,
        "binint_cut_short": b"J\x01\x02",
        "text_longer_than_the_file": b"X" + struct.pack("<I", HUGE) + b"abc",
        "text8_of_2_to_the_60": b"\x8d" + struct.pack("<Q", 1 << 60) + b"abc",
        "bytes8_of_2_to_the_62": b"\x8e" + struct.pack("<Q", 1 << 62) + b"abc",
        "bytearray8_of_2_to_the_62": b"\x96" + struct.pack("<Q", 1 << 62) + b"abc",
        "binstring_of_negative_length": b"T" + struct.pack("<i", -5) + b"abc",
        "long4_of_negative_length": b"\x8b" + struct.pack("<i", -5) + b"abc",
        "long4_longer_than_the_file": b"\x8b" + struct.pack("<i", HUGE) + b"abc",
        "frame_longer_than_the_file": b"\x95" + struct.pack("<Q", 1 << 62) + good,
        "text_that_is_no_utf8": b"X" + struct.pack("<I", 2) + b"\xff\xfe" + good,
        "global_without_an_end": b"ctorch\nFloatStorage",
        "global_that_is_no_utf8": b"c\xff\xfe\n\xff\n" + good,
        "int_line_that_is_no_number": b"Iabc\n" + good,
        "float_line_that_is_no_number": b"Fabc\n" + good,
        "string_line_without_quotes": b"Sabc\n" + good,
        "string_line_with_one_quote": b"S'abc\n" + good,
        "long_line_that_is_no_number": b"L12xL\n" + good,
        "unicode_line_cut_inside_an_escape": b"V\\u12\n" + good,
        "stack_global_of_ints": op.number(1) + op.number(2) + op.STACK_GLOBAL,
        "newobj_without_a_tuple": op.name("a", "b") + op.number(1) + op.NEWOBJ,
        "newobj_ex_without_a_dict": op.name("a", "b") + op.EMPTY_TUPLE + op.NONE + op.NEWOBJ_EX,
        "obj_of_an_empty_mark": op.MARK + op.OBJ,
        "build_of_nothing": op.BUILD,
        "binpersid_of_nothing": op.BINPERSID,
        "next_buffer_opcode": b"\x97" + good,
        "readonly_buffer_opcode": op.number(1) + b"\x98" + good,
        "unknown_opcode": b"\xfe" + good,
        "unknown_opcode_zero": b"\x00" + good,
        "protocol_99_inside": b"\x80\x63" + good,
        "stack_is_below_the_mark": op.number(1) + op.MARK + op.number(2) + op.REDUCE,
        "get_line_of_5000_digits": b"g" + b"9" * 5000 + b"\n" + good,
    }


for _name, _body in _bodies().items():
    refuses_bytes(_name, "model.pt", checkpoint_bytes(_body), "pickle", "opcode")


@refused("pickle")
def no_stop_opcode(folder: Path) -> Path:
    pickle = op.pickled(beside())[:-1]
    return write(folder / "model.pt", zip_bytes(parts(pickle)))


@refused("protocol")
def protocol_6(folder: Path) -> Path:
    return checkpoint(folder, beside(), 6)


@refused("protocol")
def protocol_255(folder: Path) -> Path:
    return checkpoint(folder, beside(), 255)


@inert("w")
def memo_slot_of_4_billion(folder: Path) -> Path:
    return checkpoint(folder, op.number(1) + op.put(0xFFFFFFFF) + op.POP + beside())


@inert("w")
def text_memo_slot_beyond_64_bits(folder: Path) -> Path:
    return checkpoint(folder, op.number(1) + b"p99999999999999999999999\n" + op.POP + beside())


@inert("w")
def memo_slot_filled_again(folder: Path) -> Path:
    first = op.text("cpu") + op.put(0) + op.POP + op.text("cuda:7") + op.put(0) + op.POP
    return checkpoint(folder, first + beside(("place", op.get(0))))


@inert("w")
def slots_of_a_tensor_run_filled_again(folder: Path) -> Path:
    """The memo slots that hold torch's names are replaced between two tensors."""
    named = op.name("torch", "FloatStorage") + op.put(1) + op.POP
    pid = op.tuple_of(op.text("storage"), op.get(1), op.text("0"), op.text("cpu"), op.number(6))
    first = op.tensor(pid + op.BINPERSID)
    changed = op.name("torch", "IntStorage") + op.put(1) + op.POP
    body = op.EMPTY_DICT + op.text("w") + named + first + op.SETITEM
    return checkpoint(folder, body + changed + op.text("n") + op.number(1) + op.SETITEM)


@inert("w")
def dup_opcode(folder: Path) -> Path:
    return checkpoint(folder, op.dict_of(("w", op.tensor() + op.DUP + op.POP)))


@inert("0.w")
def text_opcodes_of_protocol_0(folder: Path) -> Path:
    lines = b"I12\n" + b"L5L\n" + b"F1.5\n" + b"S'abc'\n" + b"Vabc\n" + b"I01\n"
    body = op.MARK + beside() + lines + op.LIST
    return write(folder / "model.pt", zip_bytes(parts(body + op.STOP)))


@inert("w")
def floats_that_are_no_numbers(folder: Path) -> Path:
    values = [b"G" + struct.pack(">d", v) for v in (float("nan"), float("inf"), float("-inf"))]
    return checkpoint(folder, beside(*((f"x{n}", v) for n, v in enumerate(values))))


@inert("w")
def keys_of_every_kind(folder: Path) -> Path:
    keys = [
        op.EMPTY_LIST, op.EMPTY_DICT, op.NONE, op.TRUE, op.numbers(1, 2), op.raw(b"b"),
        op.name("os", "system"), op.call(op.name("os", "system")), op.storage(), op.tensor(),
        op.EMPTY_SET, op.number(1 << 70), b"G" + struct.pack(">d", 2.5),
    ]  # fmt: skip
    return checkpoint(folder, beside(*((key, op.number(n)) for n, key in enumerate(keys))), 4)


@inert("w")
def the_same_key_ten_times(folder: Path) -> Path:
    return checkpoint(folder, beside(*(("x", op.number(n)) for n in range(10))))


@inert("w")
def a_key_of_900_000_characters(folder: Path) -> Path:
    return checkpoint(folder, beside(("k" * 900_000, op.number(1))))


@inert("w")
def keys_with_controls_and_surrogates(folder: Path) -> Path:
    keys = (
        "\x1b[31mred\x1b[0m",
        "\u202etxet",
        "a\nb\r\n",
        "\ud800",
        "\x00",
        "<img src=x>",
        "\x9b1m",
    )
    return checkpoint(folder, beside(*((key, op.number(1)) for key in keys)))


@inert("w", "\ud800")
def a_tensor_under_half_a_character(folder: Path) -> Path:
    return checkpoint(folder, beside(("\ud800", op.tensor())))


@inert("w", names=("torch.nn.modules.container.operator.attrgetter",))
def a_name_that_leads_through_a_torch_module(folder: Path) -> Path:
    names = op.text("torch.nn.modules.container") + op.text("operator.attrgetter")
    return checkpoint(folder, beside(("x", names + op.STACK_GLOBAL)), 4)


@inert("w", names=("evil\x1b[31m.system",))
def calls_of_names_with_controls(folder: Path) -> Path:
    made = op.call(b"cevil\x1b[31m\nsystem\n", op.text("\x1b[31m"))
    return checkpoint(folder, beside(("x", made), ("y", op.list_of(made))))


@inert("w", names=("evil\x1b[31m.system",))
def names_with_controls(folder: Path) -> Path:
    found = b"cevil\x1b[31m\nsystem\n"
    return checkpoint(folder, beside(("x", found)))


@inert("w")
def a_dict_that_holds_itself(folder: Path) -> Path:
    ring = op.EMPTY_DICT + op.put(7) + op.text("ring") + op.get(7) + op.SETITEM
    return checkpoint(folder, beside(("x", ring)))


@inert("w")
def a_dict_that_is_its_own_key(folder: Path) -> Path:
    ring = op.EMPTY_DICT + op.put(7) + op.get(7) + op.number(1) + op.SETITEM
    return checkpoint(folder, beside(("x", ring)))


@inert("w")
def an_object_whose_state_is_itself(folder: Path) -> Path:
    ring = op.call(op.name("some", "Thing")) + op.put(7) + op.get(7) + op.BUILD
    return checkpoint(folder, beside(("x", ring)))


@inert("w")
def an_object_that_is_its_own_argument(folder: Path) -> Path:
    holder = op.EMPTY_LIST + op.put(7)
    made = op.call(op.name("some", "Thing"), op.get(7)) + op.put(8) + op.POP
    return checkpoint(folder, holder + op.POP + made + op.get(7) + op.get(8) + op.APPEND + op.POP
                      + beside(("x", op.get(8))))  # fmt: skip


@harmless()
def a_tensor_whose_hooks_hold_the_tensor(folder: Path) -> Path:
    hooks = op.EMPTY_DICT + op.put(7)
    body = op.tensor(hooks=hooks) + op.put(8) + op.POP
    loop = op.get(7) + op.text("x") + op.get(8) + op.SETITEM + op.POP
    return checkpoint(folder, body + loop + op.dict_of(("w", op.get(8))))


@harmless()
def a_parameter_of_a_parameter_of_itself(folder: Path) -> Path:
    rebuild = op.name("torch._utils", "_rebuild_parameter")
    body = op.tensor() + op.put(0) + op.POP
    for level in range(3000):
        body += rebuild + op.MARK + op.get(level) + op.TRUE + op.EMPTY_DICT + op.TUPLE + op.REDUCE
        body += op.put(level + 1) + op.POP
    return checkpoint(folder, body + beside(("x", op.get(3000))))


@inert("w")
def module_levels_that_are_no_dicts(folder: Path) -> Path:
    state = op.dict_of(
        ("_parameters", op.number(1)), ("_buffers", op.NONE), ("_modules", op.list_of(op.NONE))
    )
    made = op.name("__main__", "Net") + op.EMPTY_TUPLE + op.NEWOBJ + state + op.BUILD
    return checkpoint(folder, beside(("x", made)))


@inert("w")
def a_module_that_holds_itself(folder: Path) -> Path:
    made = op.name("__main__", "Net") + op.EMPTY_TUPLE + op.NEWOBJ + op.put(9)
    state = op.dict_of(
        ("_parameters", op.dict_of()),
        ("_buffers", op.dict_of()),
        ("_modules", op.dict_of(("again", op.get(9)))),
    )
    return checkpoint(folder, beside(("x", made + state + op.BUILD)))


@inert("w")
def state_dict_metadata_that_is_no_dict(folder: Path) -> Path:
    ordered = op.call(op.name("collections", "OrderedDict"))
    state = op.dict_of(("_metadata", op.number(3)))
    return checkpoint(folder, beside(("x", ordered + state + op.BUILD)))


@inert("w")
def bytes_after_the_pickle(folder: Path) -> Path:
    pickle = op.pickled(beside()) + b"tail" * 100
    return write(folder / "model.pt", zip_bytes(parts(pickle)))


def _torch_lookalike(module: str) -> None:
    def build(folder: Path) -> Path:
        made = op.tensor().replace(b"ctorch._utils\n", f"c{module}\n".encode())
        return checkpoint(folder, beside(("x", made)))

    function = f"{module}._rebuild_tensor_v2"
    title = f"lookalike_{module}".replace(".", "_")
    opens(title, build, "w", names=(function,), hides=("x",))


for _module in ("torchevil", "torch_utils", "evil.torch", "torchvision.ops"):
    _torch_lookalike(_module)
