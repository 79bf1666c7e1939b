"""safetensors files: what the reference reader takes, and no more than that."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.analysis.elements import read_array
from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.checkpoint.errors import CheckpointError, DamagedError, LimitError
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.types import Checkpoint, Tensor
from inspector.formats.detect import open_checkpoint
from tests.builders import torch
from tests.builders.lazy_torch import safetensors_torch

PAIR = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def blob(header: Any, data: bytes = b"") -> bytes:
    """Return a file with `header`, given as an object or as the very bytes."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + data


def reference_error(content: bytes) -> str:
    """Return why the safetensors package refuses the bytes, "" when it takes them."""
    from safetensors import SafetensorError, deserialize

    try:
        deserialize(content)  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        return str(error)
    return ""


def opened(path: Path, content: bytes) -> Checkpoint:
    path.write_bytes(content)
    return open_checkpoint(path)


def element_bytes(tensor: Tensor) -> bytes:
    assert tensor.storage is not None
    buffer = bytearray(tensor.storage.nbytes)
    tensor.storage.read_into(0, memoryview(buffer))
    return bytes(buffer)


# -- what opens ------------------------------------------------------------------------------------

BITS = {
    "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8,
    "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "C64": 64, "F64": 64, "I64": 64, "U64": 64,
}  # fmt: skip


@pytest.mark.parametrize("code", BITS)
def test_opens_every_dtype_of_the_format(code: str, tmp_path: Path) -> None:
    from safetensors import safe_open

    data = bytes(range(4 * 8 * BITS[code] // 8))
    path = tmp_path / "one"
    entry = {"dtype": code, "shape": [4, 8], "data_offsets": [0, len(data)]}
    with opened(path, blob({"x": entry}, data)) as checkpoint:
        (tensor,) = checkpoint.tensors
        assert element_bytes(tensor) == data
        assert tensor.nbytes == len(data)
        if code.startswith("F6_"):  # torch has no word for them
            assert (tensor.dtype, tensor.shape) == (f"float6_{code[3:].lower()}fn", (4, 8))
            return
        with safe_open(path, "pt") as reference:
            loaded = reference.get_tensor("x")
        assert tensor.dtype == str(loaded.dtype).removeprefix("torch.")
        assert tensor.shape == tuple(loaded.shape)
        assert element_bytes(tensor) == bytes(loaded.view(torch.uint8).flatten().tolist())


def test_the_package_knows_no_dtype_that_is_missing_here() -> None:
    error = reference_error(blob({"x": {**PAIR, "dtype": "?"}}, bytes(8)))
    known = set(
        error.split("expected one of ")[1].split(" at line")[0].replace("`", "").split(", ")
    )
    assert known == set(BITS)


def test_an_odd_row_of_four_bit_numbers_is_shown_as_pairs(tmp_path: Path) -> None:
    entry = {"dtype": "F4", "shape": [2, 3], "data_offsets": [0, 3]}
    content = blob({"x": entry}, b"abc")
    assert not reference_error(content)
    with opened(tmp_path / "odd", content) as checkpoint:
        assert checkpoint.tensors[0].shape == (3,)


def test_keeps_header_order_names_and_metadata(tmp_path: Path) -> None:
    header = {
        "__metadata__": {"format": "pt", "é": "\U0001f600"},
        "z.1": {**PAIR, "data_offsets": [8, 16]},
        "a.0": PAIR,
        "empty": {"dtype": "I64", "shape": [0, 3], "data_offsets": [16, 16]},
        "scalar": {"dtype": "U8", "shape": [], "data_offsets": [16, 17]},
    }
    content = blob(header, struct.pack("<4f", 1, 2, 3, 4) + b"\x07")
    assert not reference_error(content)
    with opened(tmp_path / "order", content) as checkpoint:
        assert checkpoint.format == "safetensors"
        assert checkpoint.metadata == header["__metadata__"]
        listed = [(t.key, t.path, t.shape, t.stride, t.device) for t in checkpoint.tensors]
        assert listed == [
            ("z.1", ("z.1",), (2,), (1,), None),
            ("a.0", ("a.0",), (2,), (1,), None),
            ("empty", ("empty",), (0, 3), (3, 1), None),
            ("scalar", ("scalar",), (), (), None),
        ]
        found = {tensor.key: element_bytes(tensor) for tensor in checkpoint.tensors}
        assert found["z.1"] == struct.pack("<2f", 3, 4)
        assert found["scalar"] == b"\x07"


@pytest.mark.parametrize(
    "header",
    [
        {},
        b" \n{}\t",
        {"__metadata__": None},
        {"__metadata__": {}},
        {"x": {**PAIR, "shape": [0, 2**63, 2**63], "data_offsets": [0, 0]}},
        {"x": {"dtype": "F4", "shape": [0], "data_offsets": [0, 0]}},
        b'{"\\u0061\\ud83d\\ude00": {"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
        b'{"x": {"dtype":"F32","shape":[0],"data_offsets":[0,0],"note":' + b"[" * 125 + b"]" * 125
        + b"}}",
        b'{"__metadata__":{"a":"\\u00e9}"},"x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
        '{"\ufffd":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}  '.encode(),
        b'{"__metadata__":null,"x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
        b'{"x-0": {"dtype":"F32","shape":[0],"data_offsets":[0,0],"note":[1e3,"y",null,-5]}}',
    ],
)  # fmt: skip
def test_odd_but_valid_headers_open(header: Any, tmp_path: Path) -> None:
    content = blob(header)
    assert not reference_error(content)
    with opened(tmp_path / "odd", content) as checkpoint:
        assert len(checkpoint.tensors) == len(json.loads(content[8:]).keys() - {"__metadata__"})


def test_reports_progress_and_can_be_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(blob({"x": PAIR}, bytes(8)))
    seen: list[tuple[int, int]] = []
    open_checkpoint(path, progress=lambda done, total: seen.append((done, total))).close()
    assert seen
    assert seen[-1][0] == seen[-1][1] > 0
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        open_checkpoint(path, cancel=token)


# -- what is refused -------------------------------------------------------------------------------

NAMED = b'{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'
REFUSED = {
    "length beyond the file": (struct.pack("<Q", 10**6) + b'{"x":1}', "1,000,000 bytes long"),
    "length of 64 bits": (b"\xff" * 8 + b'{"x":1}', "18,446,744,073,709,551,615 bytes long"),
    "no length": (blob(b"")[:8] + b'{"x": 1}', "not valid JSON"),
    "list": (blob(b"[1, 2]"), "no JSON object"),
    "text": (blob(b'"abc"'), "no JSON object"),
    "cut JSON": (blob(b'{"x": {"dtype"'), "not valid JSON"),
    "byte-order mark": (blob(b'\xef\xbb\xbf{"x":1}'), "not valid JSON"),
    "not UTF-8": (blob(b'{"\xff": ' + NAMED + b"}", bytes(8)), "not UTF-8"),
    "trailing NUL": (blob(b'{"x": ' + NAMED + b"}\x00", bytes(8)), "not valid JSON"),
    "half a character in metadata": (
        blob(b'{"__metadata__":{"a":"}","b":"\\ud800"},"x":' + NAMED + b"}", bytes(8)),
        "half a character",
    ),
    "trailing comma": (blob(b'{"x":' + NAMED + b",}", bytes(8)), "not valid JSON"),
    "leading zero": (blob(b'{"x":' + NAMED.replace(b"[2]", b"[02]") + b"}", bytes(8)), "JSON"),
    "empty size": (blob(b'{"x":' + NAMED.replace(b"[2]", b"[2,]") + b"}", bytes(8)), "JSON"),
    "doubled name, no blanks": (
        blob(b'{"x":' + NAMED + b',"x":' + NAMED.replace(b"0,8", b"8,16") + b"}", bytes(16)),
        "twice",
    ),
    "doubled metadata key, no blanks": (
        blob(b'{"__metadata__":{"a":"1","a":"2"},"x":' + NAMED + b"}", bytes(8)),
        "twice",
    ),
    "metadata as a tensor": (
        blob(b'{"x":' + NAMED + b',"__metadata__":' + NAMED + b"}", bytes(8)), "texts only",
    ),
    "not UTF-8, no blanks": (blob(b'{"\xff":' + NAMED + b"}", bytes(8)), "not UTF-8"),
    "control character": (blob(b'{"x\x01": ' + NAMED + b"}", bytes(8)), "not valid JSON"),
    "half a character": (blob(b'{"\\ud800": ' + NAMED + b"}", bytes(8)), "half a character"),
    "NaN": (blob(b'{"x": {"dtype":"F32","shape":[NaN],"data_offsets":[0,8]}}', bytes(8)), "NaN"),
    "deep": (blob(b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"), "nested too deeply"),
    "rather deep": (
        blob(b'{"x": {"dtype":"F32","shape":[0],"data_offsets":[0,0],"y":' + b"[" * 126 + b"]" * 126
        + b"}}"),
        "nested too deeply",
    ),
    "digits without end": (blob({"x": PAIR}).replace(b"[2]", b"[" + b"9" * 9000 + b"]"), ""),
    "doubled name": (blob(b'{"x": ' + NAMED + b', "x": ' + NAMED + b"}", bytes(8)), "twice"),
    "doubled field": (
        blob(b'{"x": {"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', bytes(8)),
        "twice",
    ),
    "doubled metadata": (blob(b'{"__metadata__":{"a":"1","a":"2"}}'), "twice"),
    "metadata number": (blob({"__metadata__": {"a": 1}}), "texts only"),
    "metadata list": (blob({"__metadata__": []}), "texts only"),
    "tensor is a number": (blob({"x": 5}), "lacks its dtype"),
    "tensor is a list": (blob({"x": ["F32", [2], [0, 8]]}, bytes(8)), "lacks its dtype"),
    "no shape": (blob({"x": {"dtype": "F32", "data_offsets": [0, 8]}}, bytes(8)), "lacks"),
    "three offsets": (blob({"x": {**PAIR, "data_offsets": [0, 4, 8]}}, bytes(8)), "lacks"),
    "offsets as text": (blob({"x": {**PAIR, "data_offsets": "08"}}, bytes(8)), "no range"),
    "float offset": (blob({"x": {**PAIR, "data_offsets": [0.0, 8]}}, bytes(8)), "no range"),
    "true offset": (blob({"x": {**PAIR, "data_offsets": [False, 8]}}, bytes(8)), "no range"),
    "negative offset": (blob({"x": {**PAIR, "data_offsets": [-8, 0]}}, bytes(8)), "no range"),
    "minus zero": (
        blob(b'{"x": {"dtype":"F32","shape":[2],"data_offsets":[-0,8]}}', bytes(8)),
        "-0",
    ),
    "offsets backwards": (blob({"x": {**PAIR, "data_offsets": [8, 0]}}, bytes(8)), "no range"),
    "unknown dtype": (blob({"x": {**PAIR, "dtype": "C128"}}, bytes(8)), "'C128' is not known"),
    "dtype number": (blob({"x": {**PAIR, "dtype": 5}}, bytes(8)), "dtype that is no text"),
    "shape number": (blob({"x": {**PAIR, "shape": 2}}, bytes(8)), "other than numbers"),
    "shape true": (blob({"x": {**PAIR, "shape": [2, True]}}, bytes(8)), "other than numbers"),
    "shape float": (blob({"x": {**PAIR, "shape": [2.0]}}, bytes(8)), "other than numbers"),
    "shape negative": (blob({"x": {**PAIR, "shape": [-1, -2]}}, bytes(8)), "64 bits"),
    "shape overflow": (
        blob({"x": {**PAIR, "shape": [2**63, 2**63, 0], "data_offsets": [0, 0]}}),
        "64 bits",
    ),
    "bits overflow": (
        blob({"x": {**PAIR, "shape": [2**62], "data_offsets": [0, 2**64 - 1]}}), "64 bits",
    ),
    "65 dimensions": (blob({"x": {**PAIR, "shape": [1] * 64 + [2]}}, bytes(8)), "65 dimensions"),
    "half a byte": (
        blob({"x": {"dtype": "F4", "shape": [3], "data_offsets": [0, 2]}}, bytes(2)),
        "whole byte",
    ),
    "size and range disagree": (blob({"x": {**PAIR, "shape": [3]}}, bytes(8)), "needs 12 bytes"),
    "hole": (
        blob({"x": PAIR, "y": {**PAIR, "data_offsets": [12, 20]}}, bytes(20)),
        "leaves a hole",
    ),
    "overlap": (blob({"x": PAIR, "y": {**PAIR, "data_offsets": [4, 12]}}, bytes(12)), "overlaps"),
    "same bytes twice": (blob({"x": PAIR, "y": PAIR}, bytes(8)), "overlaps"),
    "does not begin at zero": (blob({"x": {**PAIR, "data_offsets": [4, 12]}}, bytes(12)), "hole"),
    "empty in the middle": (
        blob({"x": PAIR, "y": {**PAIR, "shape": [0], "data_offsets": [4, 4]}}, bytes(8)), "overlap",
    ),
    "spare data": (blob({"x": PAIR}, bytes(9)), "1 bytes at the end belong to no tensor"),
}  # fmt: skip
# The reference reader lets these pass: names that occur twice, rows given as lists, and shapes of
# more dimensions than numpy has.
STRICTER_HERE = {
    "doubled name",
    "doubled metadata",
    "doubled metadata key, no blanks",
    "tensor is a list",
    "65 dimensions",
}


@pytest.mark.parametrize("attack", REFUSED)
def test_refuses_a_header_that_breaks_a_rule(attack: str, tmp_path: Path) -> None:
    content, words = REFUSED[attack]
    assert bool(reference_error(content)) == (attack not in STRICTER_HERE)
    with pytest.raises(CheckpointError) as caught:
        opened(tmp_path / "broken", content)
    assert words in caught.value.message
    assert caught.value.file == str(tmp_path / "broken")
    assert caught.value.where


def test_an_error_names_the_tensor_and_the_byte(tmp_path: Path) -> None:
    header = {"first": PAIR, "second": {**PAIR, "data_offsets": [12, 20]}}
    content = blob(header, bytes(20))
    with pytest.raises(DamagedError) as caught:
        opened(tmp_path / "hole", content)
    assert caught.value.where == f'tensor "second", byte {len(content) - 8}'
    with pytest.raises(DamagedError) as caught:
        opened(tmp_path / "json", blob('{"é": x}'.encode()))
    assert caught.value.where == "byte 15"  # eight for the length, then {"é": in UTF-8


def test_a_header_over_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(blob({"x": PAIR}, bytes(8)))
    with pytest.raises(LimitError, match="the safetensors header is"):
        open_checkpoint(path, limits=Limits(header_bytes=20))
    with pytest.raises(LimitError, match="1 tensors"):
        open_checkpoint(path, limits=Limits(nodes=0))


def test_a_refused_file_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    close = ByteSource.close

    def note(source: ByteSource) -> None:
        closed.append(source.path)
        close(source)

    monkeypatch.setattr(ByteSource, "close", note)
    with pytest.raises(DamagedError) as caught:  # whose frames keep the source from dying by itself
        opened(tmp_path / "spare", blob({"x": PAIR}, bytes(9)))
    assert caught.tb
    assert str(tmp_path / "spare") in closed  # and what the collector finds of other tests


def test_of_a_file_cut_within_its_data_the_whole_tensors_are_read(tmp_path: Path) -> None:
    header: dict[str, Any] = {"first": PAIR, "second": {**PAIR, "data_offsets": [8, 16]}}
    header["third"] = {**PAIR, "data_offsets": [16, 24]}
    with opened(tmp_path / "cut", blob(header, struct.pack("<3f", 1, 2, 3))) as checkpoint:
        first, second, third = checkpoint.tensors
        assert read_array(first).tolist() == [1, 2]
        for tensor, words in ((second, "4 of its 8 bytes"), (third, "ends before it")):
            with pytest.raises(DamagedError, match=words):
                read_array(tensor)
        (finding,) = checkpoint.findings
        assert (finding.severity, finding.code) == ("error", "cut-short")
        assert "1 of 3 tensors" in finding.message


# -- fuzzing ---------------------------------------------------------------------------------------

QUICK = settings(max_examples=300, suppress_health_check=list(HealthCheck))
SEED = safetensors_torch.save(
    {
        "layer.0.weight": torch.arange(6, dtype=torch.float32).reshape(2, 3),
        "layer.0.bias": torch.arange(3, dtype=torch.bfloat16),
        "steps": torch.tensor(7),
    },
    metadata={"format": "pt"},
)
HEADER_END = 8 + int.from_bytes(SEED[:8], "little")


def accepts(path: Path, content: bytes) -> bool:
    """Whether the file opens whole; anything but a `CheckpointError` fails the test."""
    try:
        with opened(path, content) as checkpoint:
            return not any(finding.severity == "error" for finding in checkpoint.findings)
    except CheckpointError:
        return False


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "file"


@QUICK
@given(length=st.integers(0, len(SEED) - 1))
def test_no_truncation_opens(scratch: Path, length: int) -> None:
    assert not accepts(scratch, SEED[:length])


@QUICK
@given(
    flips=st.lists(
        st.tuples(st.integers(0, HEADER_END - 1), st.integers(0, 255)), min_size=1, max_size=3
    )
)
def test_flipped_bytes_open_only_where_the_reference_reader_opens(
    scratch: Path, flips: list[tuple[int, int]]
) -> None:
    content = bytearray(SEED)
    for position, value in flips:
        content[position] = value
    if accepts(scratch, bytes(content)):
        assert not reference_error(bytes(content))


number: st.SearchStrategy[Any] = st.one_of(
    st.integers(0, 24),
    st.sampled_from([-1, -8, 2**31, 2**63, 2**64, 2**70, 1.0, 0.5, True, False, None, "8", [], {}]),
)
entry = st.fixed_dictionaries(
    {},
    optional={
        "dtype": st.sampled_from([*BITS, "f32", 3, None]),
        "shape": st.lists(number, max_size=4) | number,
        "data_offsets": st.lists(number, min_size=1, max_size=3) | number,
        "more": number,
    },
)


@QUICK
@given(
    header=st.dictionaries(
        st.text(max_size=3) | st.just("__metadata__"), entry | number, max_size=3
    ),
    data=st.integers(0, 40),
)
def test_made_up_headers_open_only_where_the_reference_reader_opens(
    scratch: Path, header: dict[str, Any], data: int
) -> None:
    content = blob(header, bytes(data))
    if accepts(scratch, content):
        assert not reference_error(content)
