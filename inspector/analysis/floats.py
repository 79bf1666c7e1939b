"""Bit patterns as numbers: what numpy calls each element type, and the values of those it lacks.

numpy has no bfloat16, no 8-, 6- or 4-bit floats and no complex of two halves. Their patterns are
carried as unsigned integers and turned into float32 here, which holds every one of them exactly.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.checkpoint.dtypes import DTYPES, DType
from inspector.checkpoint.errors import UnsupportedError

Array = npt.NDArray[Any]

_RAW = {
    "float64": "f8",
    "float32": "f4",
    "complex64": "c8",
    "complex128": "c16",
    "complex32": "u4",
    "qint8": "i1",
    "qint32": "i4",
}

# Exponent bias, and which patterns are no finite number, of the floats that are not as IEEE 754.
# Sources: https://onnx.ai/onnx/technical/float8.html, OCP Microscaling formats (MX) 1.0.
_BIAS = {"float8_e4m3fnuz": 8, "float8_e5m2fnuz": 16, "float8_e8m0fnu": 127}
_NAN_PATTERNS = {
    "float8_e4m3fn": (0x7F, 0xFF),
    "float8_e4m3fnuz": (0x80,),
    "float8_e5m2fnuz": (0x80,),
    "float8_e8m0fnu": (0xFF,),
}
_IEEE = ("float16", "float8_e5m2")
_TWO_PER_BYTE = "float4_e2m1fn_x2"


def dtype_of(name: str) -> DType:
    """Return the element type of that name; raises `UnsupportedError` for an unknown one."""
    try:
        return DTYPES[name]
    except KeyError:
        raise UnsupportedError(f"the element type {name} is not known") from None


def raw_dtype(name: str) -> np.dtype[Any]:
    """Return numpy's type for the raw elements of `name`.

    Floats of up to 16 bits and complex32 are unsigned patterns, packed types one code per byte;
    the rest are themselves.
    """
    dtype = dtype_of(name)
    if name in _RAW:
        return np.dtype(_RAW[name])
    signed = dtype.kind == "int"
    return np.dtype(f"{'i' if signed else 'u'}{dtype.itemsize}")


def value_dtype(name: str) -> np.dtype[Any]:
    """Return numpy's type for the values that `widen` makes of raw elements of `name`."""
    dtype = dtype_of(name)
    if name == "float64" or dtype.kind == "float":
        return np.dtype("f8" if name == "float64" else "f4")
    if dtype.kind == "complex":
        return np.dtype("c16" if name == "complex128" else "c8")
    return np.dtype(bool) if dtype.kind == "bool" else raw_dtype(name)


def values_per_element(name: str) -> int:
    """Return how many numbers one element holds: 2 for `float4_e2m1fn_x2`, else 1.

    torch counts a byte of two 4-bit numbers as one element; the numbers are what people look for.
    """
    return 2 if name == _TWO_PER_BYTE else 1


def widen(raw: Array, name: str, out: Array | None = None) -> Array:
    """Return the values of raw elements: float32 for the small floats, complex64 for complex32.

    Floats of 8 and 16 bits go to the front of `out`, if it is given, a row of float32.
    float64, float32, integers and complex numbers come back as they are (no copy); quantized ones
    as their integers. `float4_e2m1fn_x2` gives two values per byte along the last axis, the one in
    the low four bits first.
    """
    dtype = dtype_of(name)
    if dtype.kind == "bool":
        return np.asarray(raw != 0)
    if name == "complex32":
        halves = np.ascontiguousarray(raw).view(np.float16).astype(np.float32)
        return np.asarray(halves.view(np.complex64))
    if dtype.kind != "float" or dtype.bits >= 32:
        return raw
    if name == _TWO_PER_BYTE:
        pairs = np.stack((raw & 15, raw >> 4), axis=-1)
        shape = (*raw.shape[:-1], raw.shape[-1] * 2) if raw.ndim else (2,)
        return np.asarray(pattern_values(name)[pairs].reshape(shape))
    out = np.empty(np.shape(raw), np.float32) if out is None else out[: len(raw)]
    if name == "bfloat16":
        np.copyto(out.view(np.uint32), raw)
        np.left_shift(out.view(np.uint32), 16, out=out.view(np.uint32))
    elif name == "float16":
        _widen_float16(raw, out)
    else:
        np.take(pattern_values(name), raw, out=out, mode="clip")
    return out


def _widen_float16(raw: Array, out: Array) -> None:
    """Move exponent and fraction to their places in a float32, which then is 2**-112 of the value.

    numpy's own cast takes seven times as long; it is left to do the infinities and NaN.
    """
    signed, bits = raw.view(np.int16), out.view(np.int32)
    if signed.max(initial=0) >= 0x7C00 or raw.max(initial=0) >= 0xFC00:
        np.copyto(out, raw.view(np.float16))
        return
    np.copyto(bits, signed)
    np.left_shift(bits, 13, out=bits)
    np.bitwise_and(bits, np.int32(-0x70000001), out=bits)  # the sign came four times
    np.multiply(out, np.float32(2.0**112), out=out)


@functools.cache
def pattern_values(name: str) -> npt.NDArray[np.float32]:
    """Return the float32 value of every bit pattern of a float type of at most 16 bits.

    65,536 values for the 16-bit types, 256, 64 and 16 for the smaller ones.
    """
    dtype = dtype_of(name)
    if name == "bfloat16":
        values = (np.arange(65536, dtype=np.uint32) << np.uint32(16)).view(np.float32)
    elif name == "float16":
        values = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32)
    else:
        values = _decode(dtype)
    values.flags.writeable = False
    return values


def _decode(dtype: DType) -> npt.NDArray[np.float32]:
    """Value every pattern of a small float, sign bit first (e8m0 has none, nor subnormals)."""
    exponent_bits, mantissa_bits = dtype.exponent, dtype.mantissa
    signed = dtype.name != "float8_e8m0fnu"
    bias = _BIAS.get(dtype.name, (1 << (exponent_bits - 1)) - 1)
    codes = np.arange(1 << (exponent_bits + mantissa_bits + signed))
    exponent = (codes >> mantissa_bits) & ((1 << exponent_bits) - 1)
    fraction = (codes & ((1 << mantissa_bits) - 1)) / (1 << mantissa_bits)
    subnormal = (exponent == 0) & signed
    magnitude = np.where(
        subnormal, np.ldexp(fraction, 1 - bias), np.ldexp(1 + fraction, exponent - bias)
    )
    if dtype.name in _IEEE:
        top = exponent == (1 << exponent_bits) - 1
        magnitude[top] = np.where(fraction[top] == 0, np.inf, np.nan)
    negative = signed & (codes >> (exponent_bits + mantissa_bits)) == 1
    values = np.where(negative, -magnitude, magnitude)
    values[list(_NAN_PATTERNS.get(dtype.name, ()))] = np.nan
    return values.astype(np.float32)


def unpack(packed: npt.NDArray[np.uint8], first: int, count: int, bits: int) -> Array:
    """Return `count` codes of `bits` bits each as uint8, starting with code `first` of `packed`.

    Codes follow each other from the lowest bit of the first byte on, as torch packs quint4x2 and
    quint2x4.
    """
    stream = np.unpackbits(packed, bitorder="little")
    codes = stream[first * bits : (first + count) * bits].reshape(count, bits)
    return np.packbits(codes, axis=1, bitorder="little")[:, 0]
