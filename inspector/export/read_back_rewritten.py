"""Read a new file back and compare each tensor with the source's, cast as it was to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from inspector.analysis.elements import logical_raw_blocks, raw_blocks, small_row
from inspector.analysis.floats import Array
from inspector.analysis.pair_stream import same_bits, side_by_side
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.errors import ExportError
from inspector.checkpoint.types import Tensor
from inspector.export.cast import cast, cast_blocks
from inspector.export.outgoing import OutgoingTensor, place_of
from inspector.export.plan import ReadBack
from inspector.export.read_back import differs
from inspector.formats.detect import open_checkpoint

_BLOCK_ELEMENTS = 1 << 18
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a tensor must be in the copy. `strided` when it keeps its strides there."""

    item: OutgoingTensor
    device: str | None
    strided: bool


def read_back_of(expected: Callable[[], Sequence[Sequence[Expected]]]) -> ReadBack:
    """Return the check of files that must hold these tensors, one sequence for each file."""

    def read_back(files: list[Path], cancel: CancelToken, advance: Advance) -> int:
        compared = 0
        for path, wanted in zip(files, expected(), strict=False):  # the index comes last
            with open_checkpoint(path, cancel=cancel) as copy:
                if len(copy.tensors) != len(wanted):
                    raise ExportError("the copy does not hold as many tensors as it should")
                found = {place_of(tensor.path): tensor for tensor in copy.tensors}
                for one in cancel.each(wanted):
                    _check(one, found.get(one.item.place), cancel, advance)
                compared += len(wanted)
        return compared

    return read_back


def _check(expected: Expected, copy: Tensor | None, cancel: CancelToken, advance: Advance) -> None:
    item, source = expected.item, expected.item.tensor
    if copy is None:
        raise differs(item.key, "key")
    if copy.dtype != item.dtype or copy.shape != source.shape or copy.layout != source.layout:
        raise differs(item.key, "description")
    if copy.device != expected.device or repr(copy.quantization) != repr(source.quantization):
        raise differs(item.key, "description")
    if expected.strided and copy.stride != source.stride:
        raise differs(item.key, "strides")
    if len(copy.parts) != len(source.parts):
        raise differs(item.key, "parts")
    for (_, ours), (_, theirs) in zip(source.parts, copy.parts, strict=True):
        if (item.dtype_of(ours), ours.shape) != (theirs.dtype, theirs.shape):
            raise differs(item.key, "parts")
        _check_elements(item.key, ours, theirs, True, cancel, advance)
    if source.storage is not None:
        _check_elements(item.key, source, copy, expected.strided, cancel, advance)


def _check_elements(
    key: str, source: Tensor, copy: Tensor, strided: bool, cancel: CancelToken, advance: Advance
) -> None:
    """Compare the patterns of all elements; where both have the same strides, each once."""
    ours, theirs = small_row(source), small_row(copy)
    if ours is not None and theirs is not None:
        if not same_bits(cast(ours, source.dtype, copy.dtype), theirs):
            raise differs(key, "elements")
        advance(theirs.nbytes)
        return
    # A view in another order comes in blocks of other lengths than the copy's row.
    for _, ours, theirs in side_by_side(
        cast_blocks(_raw(source, strided, cancel), source.dtype, copy.dtype),
        _raw(copy, strided, cancel),
    ):
        if not same_bits(ours, theirs):
            raise differs(key, "elements")
        advance(theirs.nbytes)


def _raw(tensor: Tensor, strided: bool, cancel: CancelToken) -> Iterator[Array]:
    if strided:
        bits = DTYPES[tensor.dtype].bits
        return raw_blocks(tensor, block_bytes=_BLOCK_ELEMENTS * bits // 8, cancel=cancel)
    return logical_raw_blocks(tensor, block_elements=_BLOCK_ELEMENTS, cancel=cancel)
