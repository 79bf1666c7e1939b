"""Tensors whose numbers contradict their storage or one another."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.hostile import opcodes as op
from tests.hostile.archives import WEIGHTS, beside, checkpoint, checkpoint_bytes
from tests.hostile.attack import harmless, inert, opens, refused, refuses_bytes

UTILS = "torch._utils"
FLOAT32 = op.name("torch", "float32")
INT64 = op.name("torch", "int64")
INDEXES = b"".join(n.to_bytes(8, "little") for n in (0, 1, 0, 2))


def rebuilt(function: str, *args: bytes) -> bytes:
    return op.call(op.name(UTILS, function), *args)


def ints(*values: int, key: str = "1", of: int = 4, shape: tuple[int, ...] = ()) -> bytes:
    """Push an int64 tensor over storage `key` of `of` elements."""
    shape = shape or (of,)
    stride = (shape[1], 1) if len(shape) == 2 else (1,)
    return op.tensor(op.storage(key, "LongStorage", of), size=shape, stride=stride)


def coo(indices: bytes, values: bytes, size: bytes) -> bytes:
    layout = op.call(op.name("torch.serialization", "_get_layout"), op.text("torch.sparse_coo"))
    return rebuilt("_rebuild_sparse_tensor", layout, op.tuple_of(indices, values, size))


def quantized(quantizer: bytes) -> bytes:
    return rebuilt(
        "_rebuild_qtensor", op.storage("0", "QUInt8Storage", 24), op.number(0), op.numbers(2, 3),
        op.numbers(3, 1), quantizer, op.FALSE, op.EMPTY_DICT,
    )  # fmt: skip


ONE = b"G" + struct.pack(">d", 1.0)
PER_TENSOR = op.name("torch", "per_tensor_affine")
PER_CHANNEL = op.name("torch", "per_channel_affine")


def _lies() -> dict[str, bytes]:
    """Return tensors that must be refused."""
    huge = (1 << 62, 1 << 62)
    good = op.tensor()
    return {
        "size_beyond_the_storage": op.tensor(size=(7,), stride=(1,)),
        "stride_beyond_the_storage": op.tensor(size=(2, 3), stride=(4, 1)),
        "offset_beyond_the_storage": op.tensor(offset=1),
        "offset_far_beyond": op.tensor(offset=1 << 61),
        "negative_offset": op.tensor(offset=-1),
        "negative_size": op.tensor(size=(-2, 3)),
        "two_negative_sizes": op.tensor(size=(-2, -3)),
        "negative_stride": op.tensor(offset=3, size=(2, 3), stride=(-3, 1)),
        "size_that_overflows_64_bits": op.tensor(size=huge, stride=(1, 1)),
        "size_times_stride_overflows": op.tensor(size=(3, 2), stride=(1 << 62, 1)),
        "size_of_2_to_the_64": op.tensor(size=(1 << 64,), stride=(1,)),
        "sizes_and_strides_of_other_length": op.tensor(size=(2, 3), stride=(1,)),
        "ten_thousand_dimensions": op.tensor(size=(1,) * 10_000, stride=(1,) * 10_000),
        "size_is_a_text": rebuilt(
            "_rebuild_tensor_v2", op.storage(), op.number(0), op.text("ab"), op.numbers(1, 1),
            op.FALSE, op.EMPTY_DICT,
        ),
        "size_holds_a_bool": rebuilt(
            "_rebuild_tensor_v2", op.storage(), op.number(0), op.tuple_of(op.TRUE),
            op.numbers(1), op.FALSE, op.EMPTY_DICT,
        ),
        "size_holds_a_float": rebuilt(
            "_rebuild_tensor_v2", op.storage(), op.number(0), op.tuple_of(b"G" + bytes(8)),
            op.numbers(1), op.FALSE, op.EMPTY_DICT,
        ),
        "stride_is_missing": rebuilt(
            "_rebuild_tensor_v2", op.storage(), op.number(0), op.numbers(2, 3)
        ),
        "no_arguments_at_all": rebuilt("_rebuild_tensor_v2"),
        "parameter_of_nothing": rebuilt("_rebuild_parameter"),
        "parameter_of_an_int": rebuilt("_rebuild_parameter", op.number(1), op.TRUE, op.EMPTY_DICT),
        "typed_without_a_dtype": rebuilt(
            "_rebuild_tensor_v3", op.storage(), op.number(0), op.numbers(6), op.numbers(1),
            op.FALSE, op.EMPTY_DICT,
        ),
        "typed_with_an_unknown_dtype": rebuilt(
            "_rebuild_tensor_v3", op.storage(), op.number(0), op.numbers(6), op.numbers(1),
            op.FALSE, op.EMPTY_DICT, op.name("torch", "float7"),
        ),
        "typed_wider_than_its_bytes": rebuilt(
            "_rebuild_tensor_v3", op.storage("0", "UntypedStorage", 24), op.number(0),
            op.numbers(24), op.numbers(1), op.FALSE, op.EMPTY_DICT, FLOAT32,
        ),
        "quantized_without_a_quantizer": quantized(op.NONE),
        "quantized_with_a_text_scale": quantized(
            op.tuple_of(PER_TENSOR, op.text("x"), op.number(0))
        ),
        "quantized_axis_outside": quantized(
            op.tuple_of(PER_CHANNEL, good, good, op.number(7))
        ),
        "quantized_axis_negative": quantized(
            op.tuple_of(PER_CHANNEL, good, good, op.number(-1))
        ),
        "quantized_stride_beyond": rebuilt(
            "_rebuild_qtensor", op.storage("0", "QUInt8Storage", 24), op.number(0),
            op.numbers(2, 30), op.numbers(30, 1), op.tuple_of(PER_TENSOR, op.number(1),
            op.number(0)), op.FALSE, op.EMPTY_DICT,
        ),
        "sparse_without_parts": coo(op.NONE, op.NONE, op.NONE),
        "sparse_of_an_unknown_layout": rebuilt(
            "_rebuild_sparse_tensor", op.text("torch.sparse_evil"), op.tuple_of(good, good)
        ),
        "sparse_part_outside_its_storage": coo(
            ints(of=4, shape=(2, 400)), op.tensor(size=(2,), stride=(1,)), op.numbers(2, 3)
        ),
        "meta_with_a_negative_size": rebuilt(
            "_rebuild_meta_tensor_no_storage", FLOAT32, op.numbers(-1, 2), op.numbers(2, 1),
            op.FALSE,
        ),
        "from_type_of_nothing": op.call(op.name("torch._tensor", "_rebuild_from_type_v2")),
        "from_type_of_a_text": op.call(
            op.name("torch._tensor", "_rebuild_from_type_v2"), op.text("x"), op.NONE,
            op.EMPTY_TUPLE, op.NONE,
        ),
        "wrapper_with_negative_size": rebuilt(
            "_rebuild_wrapper_subclass", op.name("a", "B"), FLOAT32, op.numbers(-1), op.numbers(1),
            op.number(0), op.NONE, op.text("cpu"), op.FALSE,
        ),
    }  # fmt: skip


for _name, _made in _lies().items():
    _body = beside(("layer.lie", _made))
    _file = checkpoint_bytes(_body, storages={"0": WEIGHTS, "1": INDEXES})
    refuses_bytes(_name, "model.pt", _file, "layer.lie")


def _record_of_another_size(title: str, body: bytes) -> None:
    refuses_bytes(
        title, "model.pt", checkpoint_bytes(beside(), storages={"0": body}), "record", "storage"
    )


_record_of_another_size("record_shorter_than_the_storage", WEIGHTS[:-4])
_record_of_another_size("record_longer_than_the_storage", WEIGHTS + bytes(4))
_record_of_another_size("record_is_empty", b"")
_record_of_another_size("record_one_byte_short", WEIGHTS[:-1])


@inert("w", "x", reads=True)
def zero_stride_view(folder: Path) -> Path:
    return checkpoint(folder, beside(("x", op.tensor(size=(100, 6), stride=(0, 1)))))


@inert("w", "layer.endless", reads=False)
def ten_to_the_18_elements_over_one_number(folder: Path) -> Path:
    view = op.tensor(size=(10**9, 10**9), stride=(0, 0))
    return checkpoint(folder, beside(("layer.endless", view)))


@inert("w", "x", reads=False)
def overlapping_strides(folder: Path) -> Path:
    """Every element is inside the storage; there are 2**40 of them all the same."""
    view = op.tensor(size=(1 << 20, 1 << 20, 2), stride=(0, 0, 1))
    return checkpoint(folder, beside(("x", view)))


@inert("w", "x")
def sixty_four_dimensions(folder: Path) -> Path:
    return checkpoint(folder, beside(("x", op.tensor(size=(1,) * 64, stride=(1,) * 64))))


@inert("w", "x")
def empty_with_an_absurd_stride(folder: Path) -> Path:
    view = op.tensor(size=(0, 5), stride=(1 << 60, 1 << 60))
    return checkpoint(folder, beside(("x", view)))


@inert("w", "x", reads=False)
def meta_of_10_to_the_18(folder: Path) -> Path:
    made = rebuilt(
        "_rebuild_meta_tensor_no_storage", FLOAT32, op.numbers(10**9, 10**9),
        op.numbers(10**9, 1), op.FALSE,
    )  # fmt: skip
    return checkpoint(folder, beside(("x", made)))


@inert("w", "x", reads=False)
def sparse_indices_outside_the_shape(folder: Path) -> Path:
    """to_dense() of it kills torch."""
    bad = b"".join(n.to_bytes(8, "little", signed=True) for n in (0, 10**12, -5, 1))
    made = coo(ints(shape=(2, 2)), op.tensor(size=(2,), stride=(1,)), op.numbers(2, 3))
    return checkpoint(folder, beside(("x", made)), storages={"0": WEIGHTS, "1": bad})


@inert("w", "x", reads=False)
def sparse_of_an_endless_shape(folder: Path) -> Path:
    made = coo(ints(shape=(2, 2)), op.tensor(size=(2,), stride=(1,)), op.numbers(1 << 40, 1 << 40))
    return checkpoint(folder, beside(("x", made)), storages={"0": WEIGHTS, "1": INDEXES})


@harmless()
def sparse_values_of_another_length(folder: Path) -> Path:
    made = coo(ints(shape=(2, 2)), op.tensor(size=(5,), stride=(1,)), op.numbers(2, 3))
    return checkpoint(folder, beside(("x", made)), storages={"0": WEIGHTS, "1": INDEXES})


@harmless()
def sparse_csr_with_falling_pointers(folder: Path) -> Path:
    layout = op.call(op.name("torch.serialization", "_get_layout"), op.text("torch.sparse_csr"))
    data = op.tuple_of(
        ints(shape=(4,)), ints(shape=(4,)), op.tensor(size=(4,), stride=(1,)), op.numbers(3, 3)
    )
    falling = b"".join(n.to_bytes(8, "little", signed=True) for n in (9, 1, -3, 2))
    made = rebuilt("_rebuild_sparse_tensor", layout, data)
    return checkpoint(folder, beside(("x", made)), storages={"0": WEIGHTS, "1": falling})


@harmless()
def nested_with_floats_for_sizes(folder: Path) -> Path:
    made = rebuilt("_rebuild_nested_tensor", *(op.tensor() for _ in range(4)))
    return checkpoint(folder, beside(("x", made)))


@harmless()
def nested_with_sizes_that_lie(folder: Path) -> Path:
    table = ints(shape=(2, 2))
    made = rebuilt(
        "_rebuild_nested_tensor", op.tensor(size=(6,), stride=(1,)), table, table, ints()
    )
    lies = b"".join(n.to_bytes(8, "little", signed=True) for n in (1 << 40, -1, 3, 1 << 62))
    return checkpoint(folder, beside(("x", made)), storages={"0": WEIGHTS, "1": lies})


@inert("x")
def quantized_with_odd_scales(folder: Path) -> Path:
    nan = b"G" + bytes.fromhex("7ff8000000000000")
    made = quantized(op.tuple_of(PER_TENSOR, nan, op.number(1 << 40)))
    return checkpoint(folder, op.dict_of(("w", op.number(1)), ("x", made)))


@inert("x")
def quantized_with_scales_that_overflow(folder: Path) -> Path:
    scales = op.tensor(op.storage("1", "DoubleStorage", 2), size=(2,), stride=(1,))
    zeros = op.tensor(op.storage("2", "LongStorage", 2), size=(2,), stride=(1,))
    made = quantized(op.tuple_of(PER_CHANNEL, scales, zeros, op.number(0)))
    storages = {"0": WEIGHTS, "1": struct.pack("<2d", 1e300, 2.0), "2": bytes(16)}
    return checkpoint(folder, op.dict_of(("x", made)), storages=storages)


@refused("layer.lie")
def quantized_with_a_zero_point_of_2_to_the_70(folder: Path) -> Path:
    made = quantized(op.tuple_of(PER_TENSOR, ONE, op.number(1 << 70)))
    return checkpoint(folder, op.dict_of(("layer.lie", made)))


@refused("layer.lie", "storage")
def a_storage_of_2_to_the_59_elements(folder: Path) -> Path:
    view = op.tensor(op.storage(count=1 << 59), size=(2,), stride=(1,))
    return checkpoint(folder, op.dict_of(("layer.lie", view)))


@inert("tensor.a", "tensor.b")
def a_tensor_used_as_a_key_and_as_a_value(folder: Path) -> Path:
    made = op.tensor() + op.put(3) + op.POP
    inner = op.dict_of((op.get(3), op.number(1)), ("a", op.get(3)), ("b", op.get(3)))
    return checkpoint(folder, made + op.dict_of(("tensor", inner)))


def _attribute(title: str, state: bytes) -> None:
    made = op.call(
        op.name("torch._tensor", "_rebuild_from_type_v2"),
        op.name(UTILS, "_rebuild_tensor_v2"),
        op.name("torch", "Tensor"),
        op.tuple_of(op.storage(), op.number(0), op.numbers(2, 3), op.numbers(3, 1), op.FALSE,
                    op.EMPTY_DICT),
        state,
    )  # fmt: skip
    opens(title, lambda folder: checkpoint(folder, op.dict_of(("w", made))), "w")


_attribute("tensor_attributes_that_are_a_list", op.EMPTY_LIST)
_attribute("tensor_attributes_that_are_none", op.NONE)
_attribute("tensor_attributes_that_hide_its_shape", op.dict_of(("shape", op.numbers(9, 9))))
_attribute("tensor_attributes_that_call", op.dict_of(("x", op.call(op.name("os", "system")))))


@refused("parts")
def sparse_tensors_of_one_another_40_levels_deep(folder: Path) -> Path:
    body = op.tensor() + op.put(0) + op.POP
    for level in range(40):
        body += coo(op.get(level), op.get(level), op.numbers(2, 3)) + op.put(level + 1) + op.POP
    return checkpoint(folder, body + beside(("x", op.get(40))))


@refused("parts")
def wrappers_of_one_another_40_levels_deep(folder: Path) -> Path:
    layout = op.call(op.name("torch.serialization", "_get_layout"), op.text("torch.strided"))
    args = op.tuple_of(
        op.name("some", "Wrapper"), FLOAT32, op.numbers(2, 3), op.numbers(3, 1), op.number(0),
        layout, op.text("cpu"), op.FALSE,
    )  # fmt: skip
    body = op.tensor() + op.put(0) + op.POP
    for level in range(40):
        inner = op.dict_of(("a", op.get(level)), ("b", op.get(level)))
        rebuild = op.name("torch._tensor", "_rebuild_from_type_v2")
        wrapper = op.name(UTILS, "_rebuild_wrapper_subclass"), op.name("some", "Wrapper")
        body += op.call(rebuild, *wrapper, args, inner) + op.put(level + 1) + op.POP
    return checkpoint(folder, body + beside(("x", op.get(40))))
