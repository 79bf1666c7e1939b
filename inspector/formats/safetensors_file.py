"""Read a safetensors file: a length, a JSON header, and the elements of every tensor in a row.

The rules are those of the reference reader (github.com/huggingface/safetensors,
safetensors/src/tensor.rs) and two more: no name may occur twice, which its specification forbids
but the reader lets pass, and a tensor has at most 64 dimensions. So a file that opens here opens
there, and nothing in it is ambiguous.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.errors import DamagedError, LimitError, UnsupportedError
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.types import Checkpoint, Storage, Tensor, contiguous_stride
from inspector.formats import cut_short
from inspector.formats.safetensors_header import (
    LENGTH_BYTES,
    Header,
    bad_tensor,
    read_header,
)

FORMAT = "safetensors"
MAX_DIMENSIONS = 64
_U64 = 1 << 64
_BLANKS = b" \t\r\n"

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


def matches(head: bytes, source: ByteSource) -> bool:
    """Whether the file begins like safetensors: a plausible length, then the start of a JSON text.

    A length that lies is still recognised, so that the error can name the format.
    """
    length, text = head[:LENGTH_BYTES], head[LENGTH_BYTES:].lstrip(_BLANKS)
    if source.size <= LENGTH_BYTES or (length.isascii() and length.decode().isprintable()):
        return False
    if text.startswith((b'{"', b"{}")):
        return True
    # The three upper bytes are zero in every length below a terabyte.
    return any(length) and not any(length[5:]) and text.startswith((b"{", b"[", b'"', b"\xef\xbb"))


def read(source: ByteSource, limits: Limits, cancel: CancelToken, progress: Progress) -> Checkpoint:
    """Return the tensors in the header's order; no element is read.

    Of a file that was cut short behind its header, the tensors after the cut have a `problem`.
    Raises `DamagedError` for a header that breaks a rule, naming the tensor and the byte.
    """
    header = read_header(source, limits, cancel)
    if len(header.rows) > limits.nodes:
        raise LimitError(f"the file lists {len(header.rows):,} tensors, too many to show")
    tensors = _tensors(header, source, cancel)
    cut = any(tensor.storage and tensor.storage.problem for tensor in tensors)
    progress(header.data_start, header.data_start)
    return Checkpoint(
        path=source.path,
        format=FORMAT,
        size=source.size,
        entries=list(tensors),
        storages=[tensor.storage for tensor in tensors if tensor.storage is not None],
        sources=[source],
        detail=f"header of {header.data_start - LENGTH_BYTES:,} bytes",
        findings=[cut_short.finding(tensors, source.size)] if cut else [],
        metadata=header.metadata,
    )


class _Layout(NamedTuple):
    """What the dtype and shape of a tensor come to; thousands of tensors share a few of them."""

    dtype: str
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    nbytes: int


def _tensors(header: Header, source: ByteSource, cancel: CancelToken) -> list[Tensor]:
    """Return a tensor for each row, in order, once every byte has its owner."""
    tensors = []
    ranges = []
    layouts: dict[tuple[str, tuple[int, ...]], _Layout] = {}
    data_start = header.data_start
    for number, (name, code, sizes, start, end) in enumerate(header.rows):
        if not number & 0xFFF:
            cancel.check()
        layout = layouts.get((code, sizes))
        if layout is None:
            layout = layouts[code, sizes] = _layout(name, code, sizes)
        dtype, shape, stride, nbytes = layout
        if nbytes != end - start:
            raise bad_tensor(
                name,
                f"needs {nbytes:,} bytes by its shape, but has {end - start:,} by its offsets",
                f"byte {data_start + start:,}",
            )
        ranges.append((start, end, name))
        storage = Storage(name, None, nbytes, source, data_start + start, name)
        if data_start + end > source.size:
            storage.problem = cut_short.problem(source.size - data_start - start, nbytes)
        tensors.append(Tensor((name,), name, dtype, shape, stride, 0, storage))
    _check_every_byte_owned(ranges, data_start, source.size)
    return tensors


def _layout(name: str, code: str, sizes: tuple[int, ...]) -> _Layout:
    if code not in _BITS:
        raise UnsupportedError(f"the dtype {code!r:.40} is not known", where=f'tensor "{name}"')
    if len(sizes) > MAX_DIMENSIONS:
        raise bad_tensor(name, f"has {len(sizes):,} dimensions; {MAX_DIMENSIONS} is the most")
    elements = 1
    for size in sizes:
        elements *= size
        if not 0 <= size < _U64 or elements >= _U64:
            raise bad_tensor(name, "has a size, or a number of elements, that is not of 64 bits")
    bits = elements * _BITS[code]
    if bits >= _U64:
        raise bad_tensor(name, "has more bits than 64 bits can count")
    if bits % 8:
        raise bad_tensor(name, "does not end at a whole byte")
    shape = _shape_in_pairs(sizes) if code == "F4" else sizes
    return _Layout(_TORCH_NAMES[code], shape, contiguous_stride(shape), bits // 8)


def _shape_in_pairs(shape: tuple[int, ...]) -> tuple[int, ...]:
    # As torch reads it: the last dimension halves. Where it is odd, only a flat row of pairs is
    # true to the bytes.
    if shape[-1] % 2 == 0:
        return (*shape[:-1], shape[-1] // 2)
    return (math.prod(shape) // 2,)


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
            raise bad_tensor(name, kind, f"byte {data_start + start:,}")
        position = end
    needed = data_start + position
    if needed < file_size:
        raise DamagedError(
            f"{file_size - needed:,} bytes at the end belong to no tensor",
            where=f"byte {needed:,}",
        )
