"""Write a safetensors file: a JSON header, then every tensor's elements in row-major order.

    u64 length of the header, little-endian
    header      {"__metadata__": {...}, name: {"dtype", "shape", "data_offsets": [begin, end]}},
                padded with spaces to a multiple of 8
    data        without gaps, largest element type first, then by name, as the reference writer does

Source: https://github.com/huggingface/safetensors, its README and safetensors/src/tensor.rs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from inspector.analysis.elements import logical_raw_blocks, small_row
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.summary import pieces_of
from inspector.checkpoint.types import Tensor
from inspector.export.cast import cast_blocks
from inspector.export.outgoing import OutgoingTensor
from inspector.export.pieces import Block, Piece, Stream, Stretch

CODES = {
    "float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16",
    "float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2", "float8_e8m0fnu": "F8_E8M0",
    "float8_e4m3fnuz": "F8_E4M3FNUZ", "float8_e5m2fnuz": "F8_E5M2FNUZ",
    "int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8",
    "uint64": "U64", "uint32": "U32", "uint16": "U16", "uint8": "U8", "bool": "BOOL",
    "complex64": "C64",
}  # fmt: skip
"""safetensors' words for torch's element types, those it has."""
_BLOCK_ELEMENTS = 1 << 18
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def safetensors_file(
    tensors: Sequence[OutgoingTensor], metadata: Mapping[str, str]
) -> tuple[int, Callable[[], Iterable[Piece]]]:
    """Return the length and the pieces of a file with these tensors, each by its new key and
    type."""
    ordered = sorted(tensors, key=lambda item: (-DTYPES[item.dtype].bits, item.key))
    entries = [f'"__metadata__":{_json(dict(metadata))}'] if metadata else []
    end = 0
    for item in ordered:
        start, end = end, end + nbytes_of(item)
        shape = ",".join(map(str, item.tensor.shape))
        # Not all in one call of json, which would hold up every other thread for 100,000 tensors.
        entries.append(
            f'{_json(item.key)}:{{"dtype":"{CODES[item.dtype]}","shape":[{shape}],'
            f'"data_offsets":[{start},{end}]}}'
        )
    text = f"{{{','.join(entries)}}}".encode()
    text += b" " * (-len(text) % 8)
    head = len(text).to_bytes(8, "little") + text
    return len(head) + end, lambda: chain((head,), map(_data, ordered))


def nbytes_of(item: OutgoingTensor) -> int:
    """Return the bytes of a tensor in its new type, without gaps; of its parts, where it is sparse
    or nested."""
    pieces = pieces_of(item.tensor) if item.tensor.parts else (item.tensor,)
    return sum(piece.numel * DTYPES[item.dtype_of(piece)].itemsize for piece in pieces)


def _data(item: OutgoingTensor) -> Piece:
    tensor, storage = item.tensor, item.tensor.storage
    as_it_is = item.dtype == tensor.dtype and tensor.is_contiguous
    flipped = tensor.conj or tensor.neg or (storage and storage.byteorder != sys.byteorder)
    if as_it_is and not flipped and storage is not None and storage.source is not None:
        start = storage.offset + tensor.storage_offset * DTYPES[tensor.dtype].itemsize
        return Stretch(storage.source, start, tensor.nbytes)
    return Stream(nbytes_of(item), lambda cancel: _blocks(tensor, item.dtype, cancel))


def _blocks(tensor: Tensor, dtype: str, cancel: CancelToken) -> Iterator[Block]:
    row = small_row(tensor)
    raw = (
        iter((row,))
        if row is not None
        else logical_raw_blocks(tensor, block_elements=_BLOCK_ELEMENTS, cancel=cancel)
    )
    for block in cast_blocks(raw, tensor.dtype, dtype):
        yield np.ascontiguousarray(block).view(np.uint8).data
