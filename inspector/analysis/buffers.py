"""Buffers for reading and arithmetic, at addresses where both are fast.

numpy's own large arrays begin 16 bytes into a page. The kernel then takes half as long again to
copy a file's pages into them, and every vector of the processor reaches into two cache lines.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inspector.analysis.floats import Array

_ALIGNMENT = 64


def buffer(count: int, dtype: npt.DTypeLike) -> Array:
    """Return an array of `count` elements with any contents, at the start of a cache line."""
    nbytes = count * np.dtype(dtype).itemsize
    room = np.empty(nbytes + _ALIGNMENT, np.uint8)
    start = -room.ctypes.data % _ALIGNMENT
    return room[start : start + nbytes].view(dtype)
