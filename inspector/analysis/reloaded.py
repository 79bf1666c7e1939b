"""What changed in a file between two readings of it, as cheaply as it can be told.

The archive's own checksums settle most tensors without reading an element, and they outlive a file
that was overwritten in place. Where there are none, values are compared as long as the earlier
file can still be read: one that was replaced by rename can.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from inspector.analysis.differences import compare_pair
from inspector.analysis.pairs import Pair
from inspector.checkpoint.cancel import CancelToken, Progress, no_progress
from inspector.checkpoint.summary import pieces_of
from inspector.checkpoint.types import Checkpoint, Path, Tensor, Value


@dataclass(slots=True)
class Changes:
    """Entries of the later reading that the earlier one holds otherwise or not at all.

    `gone` counts entries of the earlier reading that are no more; `untold` the tensors whose
    earlier values are lost, so that nobody can say.
    """

    changed: list[Tensor | Value] = field(default_factory=list)
    new: list[Tensor | Value] = field(default_factory=list)
    gone: int = 0
    untold: int = 0


def changes_since(
    earlier: Checkpoint,
    now: Checkpoint,
    *,
    cancel: CancelToken | None = None,
    progress: Progress = no_progress,
) -> Changes:
    """Compare two readings entry by entry, by their exact paths. Raises `Cancelled`.

    A tensor counts as changed when the bytes of its storage do, or its shape, dtype or device.
    `progress` is called in bytes of the tensors whose values must be read.
    """
    cancel = cancel or CancelToken()
    before: dict[Path, Tensor | Value] = {entry.path: entry for entry in earlier.entries}
    found = Changes()
    unsettled: list[tuple[Tensor, Tensor]] = []
    for entry in now.entries:
        old = before.pop(entry.path, None)
        if old is None:
            found.new.append(entry)
        elif not isinstance(entry, Tensor) or not isinstance(old, Tensor):
            if not _same_value(old, entry):
                found.changed.append(entry)
        elif (same := _same_tensor(old, entry)) is None:
            unsettled.append((old, entry))
        elif not same:
            found.changed.append(entry)
    found.gone = len(before)
    _compare_values(unsettled, found, cancel, progress)
    return found


def _compare_values(
    pairs: list[tuple[Tensor, Tensor]], found: Changes, cancel: CancelToken, progress: Progress
) -> None:
    total = sum(now.nbytes for _, now in pairs)
    done = 0
    for old, now in pairs:
        status = compare_pair(Pair(old, now), cancel=cancel).status
        if status == "unreadable":
            found.untold += 1
        elif status != "identical":
            found.changed.append(now)
        done += now.nbytes
        progress(done, total)


def _same_value(old: Tensor | Value, now: Tensor | Value) -> bool:
    if not isinstance(old, Value) or not isinstance(now, Value):
        return False
    return old.type_name == now.type_name and repr(old.value) == repr(now.value)


def _same_tensor(old: Tensor, now: Tensor) -> bool | None:
    """Return whether two tensors are the same; None where their values must be looked at."""
    olds, nows = pieces_of(old), pieces_of(now)
    if _described(old) != _described(now) or list(map(_described, olds)) != list(
        map(_described, nows)
    ):
        return False
    sums = [
        (_checksum(a), _checksum(b))
        for a, b in zip(olds, nows, strict=True)
        if a.numel and (_has_bytes(a) or _has_bytes(b))
    ]
    if any(a != b for a, b in sums if a and b):
        return False
    return True if all(a and b for a, b in sums) else None


def _described(tensor: Tensor) -> tuple[object, ...]:
    return (
        *(tensor.dtype, tensor.shape, tensor.stride, tensor.storage_offset, tensor.device),
        *(tensor.layout, tensor.conj, tensor.neg, tensor.quantization),
    )


def _checksum(tensor: Tensor) -> int:
    return tensor.storage.checksum if tensor.storage is not None else 0


def _has_bytes(tensor: Tensor) -> bool:
    return tensor.storage is not None and tensor.storage.source is not None
