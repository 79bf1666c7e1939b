"""Every element type and layout that torch can save."""

from __future__ import annotations

import gc
import math
from pathlib import Path
from typing import Any

from tests.builders.lazy_torch import torch
from tests.builders.oracle import Built, numbers, saved, verdict_of_a_fresh_process
from tests.builders.registry import valid

WIDE_FLOATS = ("float64", "float32", "float16", "bfloat16")
NARROW_FLOATS = (
    "float8_e4m3fn",
    "float8_e4m3fnuz",
    "float8_e5m2",
    "float8_e5m2fnuz",
    "float8_e8m0fnu",
)
INTEGERS = ("int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8")
COMPLEX = ("complex32", "complex64", "complex128")
ODD = ("float4_e2m1fn_x2", "bits8", "bits16", "bits1x8", "bits2x4", "bits4x2")


def every_bit_pattern(dtype: str, count: int = 256) -> Any:
    """Return a tensor of that dtype whose elements take many bit patterns, NaN included."""
    target = getattr(torch, dtype)
    size = torch.empty(0, dtype=target).element_size()
    raw = (torch.arange(count * size, dtype=torch.int64) * 37 % 251).to(torch.uint8)
    if size == 1:
        raw = torch.arange(count, dtype=torch.int64).to(torch.uint8)
    return raw.view(target)


def _by_name(names: tuple[str, ...]) -> dict[str, Any]:
    return {name: every_bit_pattern(name) for name in names}


@valid
def wide_floats(folder: Path) -> Built:
    return saved(folder / "floats.pt", _by_name(WIDE_FLOATS))


@valid
def narrow_floats(folder: Path) -> Built:
    return saved(folder / "float8.pt", _by_name(NARROW_FLOATS))


@valid
def special_numbers(folder: Path) -> Built:
    row = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1e-45, 3.4e38, -1.0]
    wide = torch.tensor(row, dtype=torch.float64)
    return saved(
        folder / "special.pt", {name: wide.to(getattr(torch, name)) for name in WIDE_FLOATS}
    )


@valid
def integers_and_bool(folder: Path) -> Built:
    return saved(
        folder / "integers.pt",
        {**_by_name(INTEGERS), "bool": torch.tensor([True, False, True]).reshape(3, 1)},
    )


@valid
def complex_numbers(folder: Path) -> Built:
    return saved(folder / "complex.pt", _by_name(COMPLEX))


@valid
def bits_and_float4(folder: Path) -> Built:
    return saved(folder / "bits.pt", _by_name(ODD))


@valid
def quantized_per_tensor(folder: Path) -> Built:
    source = numbers(4, 6) - 5
    return saved(
        folder / "quantized.pt",
        {
            name: torch.quantize_per_tensor(source, 0.25, zero, getattr(torch, name))
            for name, zero in (("qint8", 0), ("quint8", 30), ("qint32", 2))
        },
    )


@valid
def quantized_per_channel(folder: Path) -> Built:
    source = numbers(4, 6) - 5
    scales = torch.tensor([0.1, 0.2, 0.3, 0.4])
    digits = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)  # no float32 has these
    zeros = torch.tensor([0, 1, 2, 3])
    floats = torch.tensor([0.5, 1.5, 2.5, 3.5])
    return saved(
        folder / "channels.pt",
        {
            "affine": torch.quantize_per_channel(source, scales, zeros, 0, torch.qint8),
            "digits": torch.quantize_per_channel(source, digits, zeros, 0, torch.qint8),
            "columns": torch.quantize_per_channel(source.t(), scales, zeros, 1, torch.quint8),
            "float_qparams": torch.quantize_per_channel(source, scales, floats, 0, torch.quint8),
        },
    )


@valid
def sparse_coo(folder: Path) -> Built:
    indices = torch.tensor([[0, 1, 1], [2, 0, 2]])
    hybrid = torch.sparse_coo_tensor(indices, numbers(3, 2), (2, 3, 2))
    return saved(
        folder / "coo.pt",
        {
            "plain": torch.sparse_coo_tensor(indices, torch.tensor([3.0, 4.0, 5.0]), (2, 3)),
            "coalesced": torch.sparse_coo_tensor(indices, numbers(3), (2, 3)).coalesce(),
            "hybrid": hybrid,
            "empty": torch.sparse_coo_tensor(size=(4, 5)),
        },
    )


@valid
def sparse_compressed(folder: Path) -> Built:
    dense = torch.tensor([[0.0, 1, 0, 2], [3, 0, 0, 0], [0, 0, 0, 4], [5, 6, 0, 0]])
    return saved(
        folder / "compressed.pt",
        {
            "csr": dense.to_sparse_csr(),
            "csc": dense.to_sparse_csc(),
            "bsr": dense.to_sparse_bsr((2, 2)),
            "bsc": dense.to_sparse_bsc((2, 2)),
        },
    )


@valid
def nested_strided(folder: Path) -> Built:
    return saved(
        folder / "nested_tensor.pt",
        {"nested": torch.nested.nested_tensor([numbers(2, 3), numbers(4, 3)]), "w": numbers(1)},
    )


@valid
def nested_jagged(folder: Path) -> Built:
    pieces = [numbers(2, 3), numbers(4, 3)]
    plain = torch.nested.nested_tensor(pieces, layout=torch.jagged)
    learning = torch.nested.nested_tensor(pieces, layout=torch.jagged, requires_grad=True)
    built = saved(folder / "jagged.pt", {"jagged": plain, "learns": learning, "w": numbers(1)})
    built.weights_only, built.refusal = verdict_of_a_fresh_process(built.path)
    gc.collect()  # torch's compiler leaves open files behind; here their warnings are ignored
    return built


@valid
def meta_tensors(folder: Path) -> Built:
    return saved(
        folder / "meta.pt",
        {
            "meta": torch.empty(1000, 1000, device="meta"),
            "transposed": torch.empty(3, 4, dtype=torch.bfloat16, device="meta").t(),
            "w": numbers(2),
        },
    )


@valid
def half_precision_layer(folder: Path) -> Built:
    model = torch.nn.Linear(4, 3).half()
    return saved(folder / "half.pt", model.state_dict())
