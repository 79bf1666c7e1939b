"""Checkpoint Inspector: see, measure, compare and re-map PyTorch checkpoints without running them.

    from inspector import open_checkpoint, summarize, compare, export_checkpoint, CheckpointError

    with open_checkpoint("model.pt") as checkpoint:
        for tensor in checkpoint.tensors:
            print(tensor.key, tensor.dtype, tensor.shape, tensor.device)

Importing this package imports neither Qt, numpy nor torch; numpy comes with the first number.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from inspector.checkpoint import types
from inspector.checkpoint.cancel import CancelToken, Progress, no_progress
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.types import Tensor

if TYPE_CHECKING:
    import numpy as np

    from inspector.analysis.compare import Comparison
    from inspector.analysis.statistics import Statistics
    from inspector.export.report import ExportReport

    __version__: str

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "Tensor",
    "__version__",
    "compare",
    "export_checkpoint",
    "open_checkpoint",
    "summarize",
]

READ_LIMIT = 1 << 28
"""Bytes that `Checkpoint.read` returns unless it is asked for more: 256 MiB."""


def __getattr__(name: str) -> str:
    """Look `__version__` up when it is asked for; the package alone imports no metadata."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import metadata

    try:
        return metadata.version("checkpoint-inspector")
    except metadata.PackageNotFoundError:  # run from a checkout
        return "(not installed)"


class Checkpoint(types.Checkpoint):
    """An open checkpoint whose elements can be read. Close it, or use `with`."""

    def read(self, tensor: Tensor, limit: int | None = READ_LIMIT) -> np.ndarray:
        """Return the tensor's values as a numpy array of its shape.

        bfloat16 and float8 are widened to float32, complex32 to complex64, quantized tensors are
        de-quantized, sparse ones densified. Raises `LimitError` above `limit` bytes (None: no
        limit), `DamagedError` where the bytes are missing, `ChangedOnDiskError` where the file
        changed since it was opened.
        """
        from inspector.analysis.elements import read_array

        return read_array(tensor, limit)


def open_checkpoint(
    path: str | os.PathLike[str],
    *,
    cancel: CancelToken | None = None,
    progress: Progress = no_progress,
) -> Checkpoint:
    """Open a checkpoint of any container, told by its content; no tensor's elements are read.

    Raises `CheckpointError`, which names the file, the place and the reason.
    """
    from inspector.formats import detect

    opened = detect.open_checkpoint(path, cancel=cancel, progress=progress)
    fields = vars(opened).copy()
    del fields["tensors"], fields["values"]  # made from the entries
    return Checkpoint(**fields)


def summarize(
    tensor: Tensor, *, cancel: CancelToken | None = None, progress: Progress = no_progress
) -> Statistics:
    """Return exact statistics of a tensor in one pass over its bytes, with `quantile(q)` and
    `histogram(bins, range, scale)`.

    Raises `CheckpointError` where the bytes cannot be read.
    """
    from inspector.analysis import statistics

    return statistics.summarize(tensor, cancel=cancel, progress=progress)


def compare(a: types.Checkpoint, b: types.Checkpoint, *, tolerance: float = 0.0) -> Comparison:
    """Compare two checkpoints by value: per tensor a status and how large the difference is.

    Differences up to `tolerance` (absolute) count as close.
    """
    from inspector.analysis import compare as comparing

    return comparing.compare(a, b, tolerance=tolerance)


def export_checkpoint(
    checkpoint: types.Checkpoint,
    target: str | os.PathLike[str],
    *,
    map_location: str | dict[str, str] | None = None,
    dtype: str | None = None,
    select: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    rename: Mapping[str, str] | None = None,
    format: str | None = None,
    weights_only: bool = False,
    overwrite: bool = False,
    cancel: CancelToken | None = None,
    progress: Progress = no_progress,
) -> ExportReport:
    """Write a copy of `checkpoint` for other devices, of another dtype, under other names.

    `map_location` is what `torch.load` takes: a device for everything ("cpu", "cuda:0"), or a dict
    of devices ({"cuda:1": "cpu"}). `dtype` is what floating tensors are cast to; `select` and
    `exclude` are patterns of keys; `rename` maps old names or prefixes to new ones; `format` is
    "torch" or "safetensors" (by default safetensors where the target's name ends so);
    `weights_only` leaves out everything that needs a class. The copy is read back and compared
    before it gets its name.

    Raises `CheckpointError` when it cannot be written; an existing target then stands.
    """
    from inspector.export import exporting

    devices: Any = map_location
    if not isinstance(devices, str | Mapping | None):
        devices = str(devices)  # a torch.device: its name
    return exporting.export_checkpoint(
        checkpoint, target, devices, dtype=dtype and dtype.removeprefix("torch."),
        select=_patterns(select), exclude=_patterns(exclude), rename=tuple((rename or {}).items()),
        format=format, weights_only=weights_only, overwrite=overwrite,
        cancel=cancel, progress=progress,
    )  # fmt: skip


def _patterns(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
