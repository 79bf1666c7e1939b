"""Compare a copy with its source before it gets its name: descriptions, values, then every byte."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from inspector.analysis.pair_stream import same_bits
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import ExportError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint, Storage, Tensor, Value

BLOCK_BYTES = 2 << 20
Advance = Callable[[int], None]


def check_remap(
    source: Checkpoint,
    copy: Checkpoint,
    devices: dict[int, str],
    cancel: CancelToken,
    advance: Advance,
) -> int:
    """Compare a re-mapped copy with its source; return the number of tensors.

    Everything must be the same but the locations, which must be those in `devices` (by identity of
    the source's storages). Raises `ExportError` for the first difference.
    """
    if copy.format != source.format or len(copy.entries) != len(source.entries):
        raise ExportError("the copy does not hold what the source holds")
    pairs: dict[int, tuple[Storage, Storage]] = {}
    for number, (mine, theirs) in enumerate(zip(source.entries, copy.entries, strict=True)):
        if not number & 0x3FF:
            cancel.check()
        if isinstance(mine, Value) and isinstance(theirs, Value):
            _check_value(mine, theirs)
        elif isinstance(mine, Tensor) and isinstance(theirs, Tensor):
            _check_tensor(mine, theirs, devices, pairs)
        else:
            raise differs(mine.key, "kind")
    if [name.name for name in copy.globals] != [name.name for name in source.globals]:
        raise ExportError("the copy asks for other names than the source")
    owners = _owners(source)
    for storage, copied in pairs.values():
        _check_bytes(storage, copied, owners.get(id(storage), storage.key), cancel, advance)
    return len(source.tensors)


def _check_value(mine: Value, theirs: Value) -> None:
    # By their text: NaN is a value like any other here.
    if mine.path != theirs.path or repr((mine.type_name, mine.value)) != repr(
        (theirs.type_name, theirs.value)
    ):
        raise differs(mine.key, "value")


_DESCRIPTION = (
    "path", "key", "dtype", "shape", "stride", "storage_offset", "layout", "requires_grad",
    "class_name", "conj", "neg", "quantization", "in_state_dict",
)  # fmt: skip


def _check_tensor(
    mine: Tensor, theirs: Tensor, devices: dict[int, str], pairs: dict[int, tuple[Storage, Storage]]
) -> None:
    for name in _DESCRIPTION:
        if repr(getattr(mine, name)) != repr(getattr(theirs, name)):
            raise differs(mine.key, name)
    if (mine.storage is None) != (theirs.storage is None) or len(mine.parts) != len(theirs.parts):
        raise differs(mine.key, "storage")
    for (name, part), (other_name, other) in zip(mine.parts, theirs.parts, strict=True):
        if name != other_name:
            raise differs(mine.key, "parts")
        _check_tensor(part, other, devices, pairs)
    if mine.storage is None or theirs.storage is None:
        return
    paired = pairs.setdefault(id(mine.storage), (mine.storage, theirs.storage))
    if paired[1] is not theirs.storage:
        raise differs(mine.key, "sharing")
    if theirs.storage.location != devices.get(id(mine.storage), mine.storage.location):
        raise differs(mine.key, "device")
    if (mine.storage.nbytes, mine.storage.byteorder) != (
        theirs.storage.nbytes,
        theirs.storage.byteorder,
    ):
        raise differs(mine.key, "storage")


def _check_bytes(
    mine: Storage, theirs: Storage, key: str, cancel: CancelToken, advance: Advance
) -> None:
    if mine.source is None or mine.problem:
        return  # damaged in the source: the copy holds the same damage
    size = min(BLOCK_BYTES, mine.nbytes)
    ours, copied = np.empty(size, np.uint8), np.empty(size, np.uint8)
    for start in range(0, mine.nbytes, BLOCK_BYTES):
        cancel.check()
        length = min(BLOCK_BYTES, mine.nbytes - start)
        mine.read_into(start, ours[:length].data)
        theirs.read_into(start, copied[:length].data)
        if not same_bits(ours[:length], copied[:length]):
            raise differs(key, "bytes")
        advance(length)


def _owners(source: Checkpoint) -> dict[int, str]:
    return {id(tensor.storage): tensor.key for tensor in reversed(source.tensors)}


def differs(key: str, what: str) -> ExportError:
    """Return the error for a tensor or value whose `what` is another in the copy."""
    return ExportError(
        f"the copy was read back and differs from the source in its {what}",
        where=shown(key, 200),
        advice="Nothing was replaced; please report it",
    )
