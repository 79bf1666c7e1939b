"""Checkpoints made in code, for the parts of the window that never read a byte."""

from __future__ import annotations

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.types import (
    Checkpoint,
    Path,
    Plain,
    Storage,
    Tensor,
    Value,
    contiguous_stride,
)
from inspector.ui.arrange import Arrangement, Request, arrange
from inspector.ui.filter import Query
from inspector.ui.tree_rows import Rows, build_rows, owners_of

ITEM_BYTES = {"float32": 4, "bfloat16": 2, "int64": 8, "float16": 2}


def tensor(
    key: str,
    shape: tuple[int, ...] = (4,),
    dtype: str = "float32",
    device: str | None = "cpu",
    path: Path | None = None,
) -> Tensor:
    """Return a contiguous tensor in a storage of its own, without bytes."""
    made = Tensor(path or (key,), key, dtype, shape, contiguous_stride(shape), 0, None, device)
    made.storage = Storage(key, device, made.nbytes, None)
    return made


def value(key: str, what: Plain, path: Path | None = None) -> Value:
    """Return a plain value."""
    return Value(path or (key,), key, type(what).__name__, what)


def checkpoint(*entries: Tensor | Value, containers: dict[Path, str] | None = None) -> Checkpoint:
    """Return a checkpoint of `entries`."""
    tensors = [entry for entry in entries if isinstance(entry, Tensor)]
    storages = list(dict.fromkeys(tensor.storage for tensor in tensors if tensor.storage))
    return Checkpoint(
        "made.pt", "torch zip", 1000, list(entries), storages, [], containers=containers or {}
    )


def rows_of(*entries: Tensor | Value, containers: dict[Path, str] | None = None) -> Rows:
    """Return the rows of a checkpoint of `entries`."""
    made = checkpoint(*entries, containers=containers)
    return build_rows(made, owners_of(made), CancelToken())


def in_file_order(rows: Rows) -> Arrangement:
    """Return the arrangement that a fresh tree starts with."""
    return arrange(rows, Request(), Query(), CancelToken())


def block_model(blocks: int, units: int) -> list[Tensor]:
    """Return `blocks` times `units` small tensors under dotted keys."""
    return [
        tensor(f"block{block}.unit{unit}.weight{number}", (unit + 1, number + 2))
        for block in range(blocks)
        for unit in range(units)
        for number in range(2)
    ]
