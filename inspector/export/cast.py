"""Casts between floating types on bit patterns, equal to torch's own in every bit but NaN's.

All go through float32, as torch's do, rounding to nearest, ties to even. Integer arithmetic does
the rounding: numpy's own cast to float16 takes twenty times longer on subnormal numbers, of which
Adam's second moments consist, and the 8-bit types numpy does not know. Values too large become what
torch makes of them (c10/util/Float8_*.h, Half.h, BFloat16.h):

    type              exponent, mantissa, bias     too large          NaN
    bfloat16          8, 7, 127                    infinity           0x7fc0
    float16           5, 10, 15                    infinity           0x7e00
    float8_e5m2       5, 2, 15                     infinity           0x7f
    float8_e4m3fn     4, 3, 7                      448, the largest   0x7f
    float8_e5m2fnuz   5, 2, 16                     NaN                0x80 (no negative zero)
    float8_e4m3fnuz   4, 3, 8                      NaN                0x80 (no negative zero)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from inspector.analysis.elements import raw_blocks
from inspector.analysis.floats import Array, raw_dtype, widen
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.errors import ExportError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.summary import pieces_of
from inspector.checkpoint.types import Tensor
from inspector.export.plan import CastLoss

_U32 = np.uint32
_SIGN, _MAGNITUDE = _U32(0x80000000), _U32(0x7FFFFFFF)
_INFINITY = _U32(0x7F800000)
_CHUNK = 1 << 16
"""Elements worked on at a time: all scratch arrays together stay in the second-level cache."""


@dataclass(frozen=True, slots=True)
class _Small:
    """A floating type of 8 or 16 bits. `top` is the largest pattern that a magnitude may round to,
    `beyond` the pattern of what is too large."""

    exponent: int
    mantissa: int
    bias: int
    top: int
    beyond: int
    nan: int
    unsigned_nan: bool = False

    @property
    def bits(self) -> int:
        return 1 + self.exponent + self.mantissa


_SMALL = {
    "float16": _Small(5, 10, 15, 0x7BFF, 0x7C00, 0x7E00),
    "float8_e5m2": _Small(5, 2, 15, 0x7B, 0x7C, 0x7F),
    "float8_e4m3fn": _Small(4, 3, 7, 0x7E, 0x7E, 0x7F),
    "float8_e5m2fnuz": _Small(5, 2, 16, 0x7F, 0x80, 0x80, unsigned_nan=True),
    "float8_e4m3fnuz": _Small(4, 3, 8, 0x7F, 0x80, 0x80, unsigned_nan=True),
}
# 448 and half of the step that would follow it; older torch made NaN of what is larger.
_SATURATES_ABOVE = {"float8_e4m3fn": 464.0}
CASTABLE = ("float64", "float32", "bfloat16", *_SMALL)
"""What floating tensors can be cast from and to, by torch's names."""


def check_castable(name: str) -> None:
    """Raise `ExportError` when nothing can be cast to the type of that name."""
    if name not in CASTABLE:
        known = name in DTYPES
        raise ExportError(
            f"tensors cannot be cast to {shown(name, 60)!r}" if known
            else f"{shown(name, 60)!r} is no element type",
            advice=f"Use one of {', '.join(CASTABLE)}",
        )  # fmt: skip


def cast(raw: Array, source: str, target: str) -> Array:
    """Return raw elements of type `source` as raw elements of type `target`, in a new array."""
    if source == target:
        return raw.copy()
    flat = raw.reshape(-1)
    result = np.empty(flat.shape, raw_dtype(target))
    narrow = _narrowing(target)
    for start in range(0, flat.size, _CHUNK):
        block = flat[start : start + _CHUNK]
        with np.errstate(over="ignore", invalid="ignore"):
            values = np.ascontiguousarray(widen(block, source))
            if values.dtype != np.float32 and target != "float64":
                values = values.astype(np.float32)
            narrow(values, result[start : start + _CHUNK])
    return result.reshape(raw.shape)


def losses(tensor: Tensor, target: str, *, cancel: CancelToken | None = None) -> CastLoss:
    """Count what a cast of `tensor` to `target` does to its elements, each distinct one once; of a
    sparse or nested tensor to those that are stored."""
    count = overflow = underflow = inexact = 0
    pieces = [piece for piece in pieces_of(tensor) if piece.dtype == tensor.dtype]
    for block in chain.from_iterable(raw_blocks(piece, cancel=cancel) for piece in pieces):
        before = widen(block, tensor.dtype)
        after = widen(cast(block, tensor.dtype, target), target)
        finite = np.isfinite(before)
        count += block.size
        lost = ~np.isfinite(after) | (np.abs(before) > _SATURATES_ABOVE.get(target, np.inf))
        overflow += int(np.count_nonzero(finite & lost))
        underflow += int(np.count_nonzero((before != 0) & (after == 0)))
        inexact += int(np.count_nonzero(finite & (before != after)))
    return CastLoss(tensor.key, tensor.dtype, target, count, overflow, underflow, inexact)


def cast_blocks(blocks: Iterator[Array], source: str, target: str) -> Iterator[Array]:
    """Cast each block of raw elements."""
    for block in blocks:
        yield block if source == target else cast(block, source, target)


Narrow = Callable[[Array, Array], None]


def _narrowing(target: str) -> Narrow:
    if target in ("float32", "float64"):
        return lambda values, result: np.copyto(result, values, casting="same_kind")
    if target == "bfloat16":
        return _to_bfloat16
    small = _SMALL[target]
    return lambda values, result: _to_small(values, result, small)


def _to_bfloat16(values: Array, result: Array) -> None:
    """Round float32 to its upper half."""
    bits = values.view(_U32)
    rounded = bits >> _U32(16)
    rounded &= _U32(1)
    rounded += _U32(0x7FFF)
    rounded += bits
    rounded >>= _U32(16)
    result[...] = rounded
    if np.isnan(values.max()):  # one pass: the maximum of anything and NaN is NaN
        result[np.isnan(values)] = 0x7FC0


def _to_small(values: Array, result: Array, small: _Small) -> None:
    """Round float32 to a small type: re-bias the exponent and round the mantissa in one addition;
    numbers below the smallest normal one are rounded by an addition in float32 itself."""
    bits: npt.NDArray[np.uint32] = values.view(_U32)
    magnitude = bits & _MAGNITUDE
    shift = 23 - small.mantissa
    rebias = (small.bias - 127) << 23
    code = magnitude >> _U32(shift)
    code &= _U32(1)
    code += _U32(((1 << (shift - 1)) - 1 + rebias) & 0xFFFFFFFF)
    code += magnitude
    code >>= _U32(shift)
    smallest = _U32((128 - small.bias) << 23)
    tiny = magnitude < smallest
    if tiny.any():
        # Adding this number aligns the result's last bit with the small type's last bit.
        aligner = _U32((127 - small.bias + shift + 1) << 23)
        sum_bits = (magnitude[tiny].view(np.float32) + aligner.view(np.float32)).view(_U32)
        code[tiny] = sum_bits - aligner
    too_large = (code > small.top) & ~tiny
    if too_large.any():
        code[too_large] = small.beyond
        code[magnitude > _INFINITY] = small.nan
    sign = (bits & _SIGN) >> _U32(32 - small.bits)
    if small.unsigned_nan:
        sign[(code == 0) | (code == small.nan)] = 0
    result[...] = code | sign
