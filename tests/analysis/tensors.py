"""Tensors of the product over the bytes of torch tensors, as the readers would describe them."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import torch

from inspector.checkpoint.types import Quantization, Storage, Tensor

SWAPPED_UNITS = {torch.complex64: 4, torch.complex128: 8, torch.complex32: 2}


class Bytes:
    """A `Readable` over bytes that counts what is read of it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.bytes_read = 0
        self.checks = 0

    @property
    def size(self) -> int:
        return len(self.data)

    def read_into(self, offset: int, buffer: memoryview) -> None:
        assert 0 <= offset <= offset + len(buffer) <= len(self.data)
        buffer[:] = self.data[offset : offset + len(buffer)]
        self.bytes_read += len(buffer)

    def check_unchanged(self) -> None:
        self.checks += 1

    def close(self) -> None:
        pass


def storage_bytes(tensor: torch.Tensor) -> bytes:
    storage = tensor.untyped_storage()
    return torch.tensor(storage, dtype=torch.uint8).numpy().tobytes() if len(storage) else b""


def tensor_of(tensor: torch.Tensor, key: str = "w", byteorder: str = "little") -> Tensor:
    """Describe a strided torch tensor over a copy of its storage's bytes."""
    data = storage_bytes(tensor)
    if byteorder != sys.byteorder:
        unit = SWAPPED_UNITS.get(tensor.dtype, tensor.element_size())
        data = np.frombuffer(data, f"V{unit}").astype(f"V{unit}").tobytes()
        data = np.frombuffer(data, np.uint8).reshape(-1, unit)[:, ::-1].tobytes()
    return Tensor(
        (key,),
        key,
        str(tensor.dtype).removeprefix("torch."),
        tuple(tensor.shape),
        tuple(tensor.stride()),
        int(tensor.storage_offset()),
        Storage(key, "cpu", len(data), Bytes(data), byteorder=byteorder),
        device="cpu",
        conj=tensor.is_conj(),
        neg=tensor.is_neg(),
    )


def source_of(tensor: Tensor) -> Bytes:
    """Return the byte source below a tensor made by `tensor_of`."""
    assert tensor.storage is not None
    assert isinstance(tensor.storage.source, Bytes)
    return tensor.storage.source


def array_tensor(array: np.ndarray[Any, Any], dtype: str, key: str = "w") -> Tensor:
    """Describe a contiguous tensor of `dtype` over the bytes of a numpy array of the same shape."""
    data = array.tobytes()
    stride = tuple(step // array.itemsize for step in np.ascontiguousarray(array).strides)
    return Tensor(
        (key,),
        key,
        dtype,
        array.shape,
        stride,
        0,
        Storage(key, "cpu", len(data), Bytes(data)),
        device="cpu",
    )


def composite(shape: tuple[int, ...], dtype: str, layout: str, **parts: torch.Tensor) -> Tensor:
    """Describe a tensor that consists of parts."""
    return Tensor(
        ("w",),
        "w",
        dtype,
        shape,
        None,
        0,
        None,
        layout=layout,
        parts=tuple((name, tensor_of(part, name)) for name, part in parts.items()),
    )


def quantized_of(tensor: torch.Tensor) -> Tensor:
    """Describe a quantized torch tensor."""
    raw = tensor_of(tensor)
    if tensor.qscheme() in (torch.per_tensor_affine, torch.per_tensor_symmetric):
        raw.quantization = Quantization(
            "per_tensor_affine", tensor.q_scale(), tensor.q_zero_point()
        )
        return raw
    scheme = str(tensor.qscheme()).removeprefix("torch.")
    raw.quantization = Quantization(scheme, axis=tensor.q_per_channel_axis())
    raw.parts = (
        ("scales", tensor_of(tensor.q_per_channel_scales(), "scales")),
        ("zero_points", tensor_of(tensor.q_per_channel_zero_points(), "zero_points")),
    )
    return raw
