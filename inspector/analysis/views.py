"""Where the elements of a strided view lie, in plain integers, before any byte is read.

A file may claim any shape and stride: a view of one element repeated 10**18 times, windows that
overlap, a view that leaves its storage. Here such claims are checked and put into a form whose
reading is bounded by the storage, not by the claim.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.errors import DamagedError, LimitError, UnsupportedError
from inspector.checkpoint.types import Storage, Tensor

MAX_AXES = 60
"""numpy stops at 64 dimensions; no tensor has as many once its joined axes count as one."""

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class View:
    """Sizes, strides and the offset of the first element, all in elements of the storage."""

    sizes: Shape
    strides: Shape
    offset: int

    @property
    def count(self) -> int:
        """Number of elements, repeated ones counted as often as they come."""
        return math.prod(self.sizes)

    @property
    def is_one_run(self) -> bool:
        """Whether the elements are one stretch of neighbours."""
        return not self.sizes or (len(self.sizes) == 1 and self.strides[0] == 1)


@dataclass(frozen=True, slots=True)
class Distinct:
    """A view that reaches each element of another one once.

    `repeats` is how often each comes in the other view, None when some come more often than
    others (overlapping windows).
    """

    view: View
    repeats: int | None


def storage_of(tensor: Tensor) -> Storage:
    """Return the storage of a strided tensor; raises for tensors without elements of their own."""
    if tensor.stride is None:
        names = ", ".join(name for name, _ in tensor.parts) or "nothing"
        raise UnsupportedError(
            f"a {tensor.layout} tensor has no elements of its own; it consists of {names}",
            where=tensor.key,
        )
    if tensor.storage is None or tensor.lacks_data:
        raise UnsupportedError("the file holds no data for this tensor", where=tensor.key)
    return tensor.storage


def view_of(tensor: Tensor) -> View:
    """Return the view that a strided tensor describes.

    Raises `DamagedError` when its numbers make no view or reach past the storage: nothing outside
    may ever be read as if it were the tensor's.
    """
    storage = storage_of(tensor)
    stride = tensor.stride or ()
    view = View(tensor.shape, stride, tensor.storage_offset)
    if (
        len(tensor.shape) != len(stride)
        or min((*tensor.shape, *stride, view.offset), default=0) < 0
    ):
        raise DamagedError("its shape and strides describe no tensor", where=tensor.key)
    if view.count:
        end = view.offset + span(view.sizes, view.strides)
        if end * DTYPES[tensor.dtype].bits > storage.nbytes * 8:
            raise DamagedError(
                f"the tensor needs {end:,} elements of its storage, which has "
                f"{storage.nbytes * 8 // DTYPES[tensor.dtype].bits:,}",
                where=tensor.key,
                advice="The file was probably cut short or edited; copy or download it again",
            )
    return view


def span(sizes: Shape, strides: Shape) -> int:
    """Return how many elements lie between the first and the last, both counted."""
    return 1 + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))


def joined(view: View) -> View:
    """Return the same elements in the same order with as few axes as possible."""
    axes: list[tuple[int, int]] = []
    for size, stride in zip(view.sizes, view.strides, strict=True):
        if size == 1:
            continue
        if axes and axes[-1][1] == stride * size:
            axes[-1] = (axes[-1][0] * size, stride)
        else:
            axes.append((size, stride))
    if len(axes) > MAX_AXES:
        raise UnsupportedError(f"a view of {len(view.sizes)} dimensions is not read")
    return View(tuple(size for size, _ in axes), tuple(step for _, step in axes), view.offset)


def distinct(view: View) -> Distinct:
    """Return a view of each element once, in the order of the storage.

    Windows that overlap evenly (a step that is a multiple of the inner one) are one longer window.
    Any other overlap is left as it is: then `repeats` is None and elements do come repeatedly.
    """
    if not view.count:
        return Distinct(View((0,), (1,), view.offset), 1)
    axes = sorted(
        (stride, size) for size, stride in zip(view.sizes, view.strides, strict=True) if size > 1
    )
    merged: list[tuple[int, int]] = []
    uneven = False
    for stride, size in axes:
        if stride == 0:
            continue
        if merged and stride <= merged[-1][0] * merged[-1][1] and stride % merged[-1][0] == 0:
            step, length = merged[-1]
            uneven = uneven or stride < step * length
            merged[-1] = (step, (size - 1) * (stride // step) + length)
        elif stride < 1 + sum((length - 1) * step for step, length in merged):
            return Distinct(joined(view), None)
        else:
            merged.append((stride, size))
    merged.reverse()
    once = View(tuple(size for _, size in merged), tuple(step for step, _ in merged), view.offset)
    return Distinct(joined(once), None if uneven else view.count // once.count)


class Boxes:
    """A shape cut into boxes of at most `limit` elements, in row-major order.

    Box `index` covers consecutive elements: all of the later axes, a stretch of one axis, one place
    of the earlier ones. Any thread may ask for any box.
    """

    def __init__(self, sizes: Shape, limit: int) -> None:
        self.limit = limit
        self._sizes = sizes
        self._axis = len(sizes)
        inner = 1
        while self._axis and inner * sizes[self._axis - 1] <= limit:
            self._axis -= 1
            inner *= sizes[self._axis]
        self._step = self._pieces = 1
        if self._axis:
            self._axis -= 1
            size = sizes[self._axis]
            self._pieces = -(-size // max(limit // inner, 1))
            self._step = -(-size // self._pieces)
        outer = math.prod(sizes[: self._axis])
        self.count = outer * self._pieces if math.prod(sizes) else 0
        """Number of boxes."""

    def box(self, index: int) -> tuple[Shape, Shape]:
        """Return where box `index` starts and its sizes, axis by axis."""
        outer, piece = divmod(index, self._pieces)
        starts = [0] * len(self._sizes)
        sizes = list(self._sizes)
        if self._pieces > 1:
            starts[self._axis] = piece * self._step
            sizes[self._axis] = min(self._step, self._sizes[self._axis] - starts[self._axis])
        for axis in range(self._axis - 1, -1, -1):
            outer, starts[axis] = divmod(outer, self._sizes[axis])
            sizes[axis] = 1
        return tuple(starts), tuple(sizes)


def refuse_endless(tensor: Tensor, view: View) -> None:
    """Raise `LimitError` when an expanded view repeats its elements beyond any use."""
    if (
        view.count > 1 << 36
        and view.count * DTYPES[tensor.dtype].bits > storage_of(tensor).nbytes * 8
    ):
        raise LimitError(
            f"the view repeats its elements to {view.count:,}; they are not read one by one",
            where=tensor.key,
        )
