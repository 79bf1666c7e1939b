"""Statistics of chosen tensors as plain data for `json.dumps`: what `stats --json` prints."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Sequence

from inspector.analysis.floats import dtype_of
from inspector.analysis.scan import scan_tensors
from inspector.analysis.scan_results import ScanResult
from inspector.analysis.statistics import summarize
from inspector.checkpoint.as_json import Json, finite, storage_names, tensor_as_json
from inspector.checkpoint.cancel import Progress, no_progress
from inspector.checkpoint.errors import UnsupportedError
from inspector.checkpoint.types import Checkpoint, Tensor

COLUMNS = ("min", "max", "mean", "std", "l2", "zeros", "nan", "posinf", "neginf")
"""What is added to the object that `list --json` prints of a tensor."""

_CLOSE = 3


def statistics_of(
    checkpoint: Checkpoint,
    keys: Sequence[str] = (),
    progress: Progress = no_progress,
) -> list[Json]:
    """Return the tensors that `keys` choose (all without any) with their statistics.

    A key is a tensor's own or a pattern with `*`, `?` and `[...]`. NaN and infinities are texts.
    Without keys, a tensor that cannot be read has null figures and an "error" that says why; one
    that was asked for by name raises. Raises `UnsupportedError` for a key that names no tensor.
    """
    chosen = select(checkpoint, keys)
    storages = storage_names(checkpoint)
    results = scan_tensors(chosen, progress=progress)
    return [
        _row(tensor, result, storages, keys) for tensor, result in zip(chosen, results, strict=True)
    ]


def _row(tensor: Tensor, result: ScanResult, storages: dict[int, str], keys: Sequence[str]) -> Json:
    row = tensor_as_json(tensor, storages)
    if result.error:
        if tensor.key in keys:
            summarize(tensor)  # raises what the scan only noted
        row.update(dict.fromkeys(COLUMNS), error=result.error)
        return row
    # A scan has floats only, which are not exact where integers are large.
    whole = dtype_of(tensor.dtype).kind in ("int", "uint", "bool", "bits") and result.count
    large = whole and max(abs(result.min), abs(result.max)) * result.count >= 1 << 53
    found = summarize(tensor) if large else result
    row.update((column, finite(getattr(found, column))) for column in COLUMNS)
    if whole and not large:
        row.update(min=int(result.min), max=int(result.max))
    return row


def select(checkpoint: Checkpoint, keys: Sequence[str]) -> list[Tensor]:
    """Return the tensors that `keys` choose, in file order; all of them without any key.

    A key that is a tensor's own means that one, even where it could be read as a pattern. Raises
    `UnsupportedError` for one that fits nothing, naming keys that are nearly like it.
    """
    if not keys:
        return list(checkpoint.tensors)
    known = {tensor.key for tensor in checkpoint.tensors}
    chosen: set[str] = set()
    for key in keys:
        fitting = {key} if key in known else set(fnmatch.filter(known, key))
        if not fitting:
            close = difflib.get_close_matches(key, sorted(known), _CLOSE, 0.5)
            raise UnsupportedError(
                f"no tensor is named {key}",
                file=checkpoint.path,
                advice=f"Did you mean {' or '.join(close)}?"
                if close
                else "See: inspector-cli list",
            )
        chosen |= fitting
    return [tensor for tensor in checkpoint.tensors if tensor.key in chosen]
