"""Every element type a checkpoint can hold, under torch's own names."""

from __future__ import annotations

from typing import NamedTuple


class DType(NamedTuple):
    """One element type: torch's name without `torch.`, its size in bits, and its kind.

    `kind` is one of float, int, uint, bool, complex, quantized, bits. `bits` is the storage one
    element takes; packed types (`quint4x2`, `quint2x4`) take less than a byte. `exponent` and
    `mantissa` are the field widths of floating types (https://onnx.ai/onnx/technical/float8.html
    for the 8-bit ones; OCP Microscaling formats 1.0 for float4, float6 and float8_e8m0fnu).
    """

    name: str
    bits: int
    kind: str
    exponent: int = 0
    mantissa: int = 0

    @property
    def itemsize(self) -> int:
        """Bytes of one element, rounded up."""
        return (self.bits + 7) // 8

    @property
    def is_floating(self) -> bool:
        """Whether torch calls it a floating point type."""
        return self.kind == "float"


_ALL = (
    DType("float64", 64, "float", 11, 52),
    DType("float32", 32, "float", 8, 23),
    DType("float16", 16, "float", 5, 10),
    DType("bfloat16", 16, "float", 8, 7),
    DType("float8_e4m3fn", 8, "float", 4, 3),
    DType("float8_e4m3fnuz", 8, "float", 4, 3),
    DType("float8_e5m2", 8, "float", 5, 2),
    DType("float8_e5m2fnuz", 8, "float", 5, 2),
    DType("float8_e8m0fnu", 8, "float", 8, 0),
    # Two 4-bit numbers in each byte; torch counts the byte as one element.
    DType("float4_e2m1fn_x2", 8, "float", 2, 1),
    # Only safetensors names the 6-bit types; torch has no word for them.
    DType("float6_e2m3fn", 6, "float", 2, 3),
    DType("float6_e3m2fn", 6, "float", 3, 2),
    DType("int64", 64, "int"),
    DType("int32", 32, "int"),
    DType("int16", 16, "int"),
    DType("int8", 8, "int"),
    DType("uint64", 64, "uint"),
    DType("uint32", 32, "uint"),
    DType("uint16", 16, "uint"),
    DType("uint8", 8, "uint"),
    # torch 2.7+ has names for small integers; an element still takes a byte.
    *(DType(f"int{bits}", 8, "int") for bits in range(1, 8)),
    *(DType(f"uint{bits}", 8, "uint") for bits in range(1, 8)),
    DType("bool", 8, "bool"),
    DType("complex32", 32, "complex", 5, 10),
    DType("complex64", 64, "complex", 8, 23),
    DType("complex128", 128, "complex", 11, 52),
    DType("qint8", 8, "quantized"),
    DType("quint8", 8, "quantized"),
    DType("qint32", 32, "quantized"),
    DType("quint4x2", 4, "quantized"),
    DType("quint2x4", 2, "quantized"),
    DType("bits8", 8, "bits"),
    DType("bits16", 16, "bits"),
    DType("bits1x8", 8, "bits"),
    DType("bits2x4", 8, "bits"),
    DType("bits4x2", 8, "bits"),
)

DTYPES: dict[str, DType] = {dtype.name: dtype for dtype in _ALL}
"""By torch's name without `torch.`."""
