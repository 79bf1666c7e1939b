"""Quantized tensors: from stored integers to the numbers they stand for.

`value = (q - zero_point) * scale`, as torch's `dequantize` computes it: one scale for the tensor
counts as float32, scales for each place along an axis count with all the digits they are stored
with; the result is float32.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from inspector.analysis.floats import Array
from inspector.checkpoint.errors import DamagedError
from inspector.checkpoint.types import Tensor

Read = Callable[[Tensor], Array]
Narrow = Callable[[Tensor, tuple[int, ...], tuple[int, ...]], Tensor]


@dataclass(frozen=True, slots=True)
class Channels:
    """Scales and zero points, of one element each or of one per place along `axis`."""

    scales: Array
    zero_points: Array
    axis: int | None

    @np.errstate(all="ignore")  # scales of a damaged file may overflow; the result says so
    def dequantize(self, raw: Array, starts: tuple[int, ...]) -> Array:
        """Return the float32 values of a box of integers that begins at `starts`."""
        scales, zero_points = self.scales, self.zero_points
        if self.axis is not None:
            cut = slice(starts[self.axis], starts[self.axis] + raw.shape[self.axis])
            shape = [1] * raw.ndim
            shape[self.axis] = -1
            scales, zero_points = scales[cut].reshape(shape), zero_points[cut].reshape(shape)
        if zero_points.dtype.kind == "f":
            shifted = raw.astype(np.float32) - zero_points
        else:
            shifted = (raw.astype(np.int64) - zero_points).astype(np.float32)
        return np.asarray(shifted * scales).astype(np.float32, copy=False)


def channels_of(tensor: Tensor, read: Read) -> Channels:
    """Return how the integers of a quantized tensor are to be read.

    Raises `DamagedError` when scales or zero points are missing or not one per channel.
    """
    how = tensor.quantization
    if how is None or how.axis is None:
        scale, zero_point = (how.scale, how.zero_point) if how else (1.0, 0)
        return Channels(np.array([scale], np.float32), np.array([zero_point]), None)
    scales, zero_points = tensor.part("scales"), tensor.part("zero_points")
    if scales is None or zero_points is None or not 0 <= how.axis < len(tensor.shape):
        raise DamagedError("its scales or zero points are missing", where=tensor.key)
    expected = (tensor.shape[how.axis],)
    if scales.shape != expected or zero_points.shape != expected:
        raise DamagedError("it has not one scale and zero point per channel", where=tensor.key)
    return Channels(read(scales), read(zero_points), how.axis)


def narrowed_parts(
    tensor: Tensor, starts: tuple[int, ...], sizes: tuple[int, ...], narrow: Narrow
) -> tuple[tuple[str, Tensor], ...]:
    """Return the scales and zero points that belong to a box of the tensor."""
    if tensor.quantization is None or tensor.quantization.axis is None:
        return tensor.parts
    axis = tensor.quantization.axis
    return tuple(
        (name, narrow(part, (starts[axis],), (sizes[axis],))) for name, part in tensor.parts
    )
