"""safetensors headers: what opens here opens in the reference reader, with the same tensors."""

from __future__ import annotations

import json
import struct
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from safetensors import SafetensorError, safe_open

from inspector.checkpoint.errors import CheckpointError
from inspector.formats.detect import open_checkpoint
from tests.hostile.fuzzing import fuzz

_sizes = st.one_of(st.integers(-1, 4), st.sampled_from([1 << 31, 1 << 62, 1 << 64, 2.0, True, "2"]))
_dtypes = st.sampled_from(
    ["F32", "F16", "BF16", "U8", "I64", "BOOL", "F8_E4M3", "F4", "f32", "X", 3]
)
_tensor = st.fixed_dictionaries(
    {
        "dtype": _dtypes,
        "shape": st.lists(_sizes, max_size=3),
        "data_offsets": st.lists(st.integers(-1, 40), min_size=1, max_size=3),
    }
)
_honest = st.tuples(st.sampled_from(["F32", "U8", "F16"]), st.lists(st.integers(0, 3), max_size=3))
_BITS = {"F32": 4, "U8": 1, "F16": 2}


def honest_header(tensors: list[tuple[str, list[int]]]) -> tuple[dict[str, Any], int]:
    """Return a correct header and the length of its data."""
    header, at = {}, 0
    for number, (dtype, shape) in enumerate(tensors):
        size = _BITS[dtype]
        for length in shape:
            size *= length
        header[f"t{number}"] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    return header, at


def check(data: bytes) -> bool:
    """Return whether it opens here; then it must open there, and say the same."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.safetensors"
        path.write_bytes(data)
        try:
            with open_checkpoint(path) as checkpoint:
                if checkpoint.format != "safetensors" or checkpoint.findings:
                    return False  # cut short: shown with what is missing, which they refuse
                ours = {t.key: (list(t.shape), t.nbytes) for t in checkpoint.tensors}
                odd = any(t.dtype.startswith(("float4", "float6")) for t in checkpoint.tensors)
        except CheckpointError:
            return False
        try:
            with safe_open(path, "np") as theirs:
                assert set(theirs.keys()) == set(ours)
                if not odd:
                    shapes = {key: theirs.get_slice(key).get_shape() for key in theirs.keys()}  # noqa: SIM118
                    assert shapes == {key: shape for key, (shape, _) in ours.items()}
        except SafetensorError as error:
            raise AssertionError(f"opens here but not there: {error}") from error
        return True


def file_of(header: bytes, data: int, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + bytes(data)


@fuzz(
    250,
    tensors=st.dictionaries(st.sampled_from(["a", "b", "__metadata__", ""]), _tensor, max_size=3),
    data=st.integers(0, 40),
)
def test_fuzz_lying_headers(tensors: dict[str, Any], data: int) -> None:
    check(file_of(json.dumps(tensors).encode(), data))


@fuzz(250, tensors=st.lists(_honest, max_size=4), more=st.integers(-1, 1), blanks=st.integers(0, 3))
def test_fuzz_honest_headers(tensors: list[tuple[str, list[int]]], more: int, blanks: int) -> None:
    header, size = honest_header(tensors)
    raw = json.dumps(header).encode() + b" " * blanks
    opened = check(file_of(raw, max(size + more, 0)))
    assert opened == (more == 0 or (size == 0 and more < 0))


@fuzz(
    400,
    tensors=st.lists(_honest, min_size=1, max_size=2),
    place=st.floats(0, 1, exclude_max=True),
    new=st.binary(max_size=3),
    keep=st.integers(0, 3),
)
def test_fuzz_mutated_headers(
    tensors: list[tuple[str, list[int]]], place: float, new: bytes, keep: int
) -> None:
    header, size = honest_header(tensors)
    raw = json.dumps({"__metadata__": {"a": "b"}, **header}).encode()
    at = int(place * len(raw))
    check(file_of(raw[:at] + new + raw[at + keep :], size))
