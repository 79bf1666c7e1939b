"""The stream of pickles before PyTorch 1.6: every piece of it, and every place to cut it."""

from __future__ import annotations

import io
import pickle  # noqa: TID251 - the files under test are written with it
import struct
import warnings
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.analysis.elements import read_array
from inspector.checkpoint import types
from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.errors import CheckpointError, DamagedError
from inspector.formats.detect import open_checkpoint
from tests.builders import torch

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
SYSTEM = {
    "protocol_version": 1001,
    "little_endian": True,
    "type_sizes": {"short": 2, "int": 4, "long": 4},
}


class Storage:
    """Stands for a persistent id in what is pickled."""

    def __init__(self, *pid: Any) -> None:
        self.pid = ("storage", *pid)


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> Any:
        return obj.pid if isinstance(obj, Storage) else None


class Tensor:
    """Pickles as torch's own rebuild call does."""

    def __init__(self, storage: Storage, offset: int, size: Any, stride: Any) -> None:
        self.args: Any = (storage, offset, size, stride, False, OrderedDict())

    def __reduce__(self) -> Any:
        return torch._utils._rebuild_tensor_v2, self.args


def stream(
    obj: Any,
    storages: list[tuple[Any, bytes]],
    *,
    system: Any = SYSTEM,
    magic: int = MAGIC,
    version: Any = PROTOCOL,
    protocol: int = 2,
) -> bytes:
    """Write a legacy file; a storage is its key and what follows the list of keys for it."""
    buffer = io.BytesIO()
    for piece in (magic, version, system):
        pickle.dump(piece, buffer, protocol)
    _Pickler(buffer, protocol).dump(obj)
    pickle.dump([key for key, _ in storages], buffer, protocol)
    return buffer.getvalue() + b"".join(data for _, data in storages)


def floats(*values: float) -> bytes:
    return struct.pack(f"<q{len(values)}f", len(values), *values)


def by_torch(path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.load(path, weights_only=False)


def refusal(path: Path, content: bytes) -> CheckpointError:
    path.write_bytes(content)
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(path)
    return caught.value


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_opens_every_binary_protocol(protocol: int, tmp_path: Path) -> None:
    path = tmp_path / "x"
    state = {"w": torch.arange(6.0).reshape(2, 3), "half": torch.ones(3, dtype=torch.float16)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save(state, path, _use_new_zipfile_serialization=False, pickle_protocol=protocol)
    with open_checkpoint(path) as checkpoint:
        assert checkpoint.format == "torch legacy"
        assert f"protocol {protocol}" in checkpoint.detail
        for tensor in checkpoint.tensors:
            np.testing.assert_array_equal(read_array(tensor), state[tensor.key].numpy())


@pytest.mark.parametrize("protocol", [0, 1])
def test_opens_the_magic_number_in_digits(protocol: int, tmp_path: Path) -> None:
    path = tmp_path / "x"
    preamble = b"".join(pickle.dumps(piece, protocol) for piece in (MAGIC, PROTOCOL, SYSTEM))
    path.write_bytes(preamble + pickle.dumps({"epoch": 3}, protocol) + pickle.dumps([], protocol))
    assert by_torch(path) == {"epoch": 3}
    with open_checkpoint(path) as checkpoint:
        assert [(value.key, value.value) for value in checkpoint.values] == [("epoch", 3)]


def test_views_of_storages_lie_where_torch_puts_them(tmp_path: Path) -> None:
    path = tmp_path / "x"
    root = Storage(torch.FloatStorage, "7", "cpu", 6, None)
    view = Storage(torch.FloatStorage, "7", "cpu", 6, ("70", 2, 3))
    state = {
        "whole": Tensor(root, 0, (2, 3), (3, 1)),
        "view": Tensor(view, 1, (2,), (1,)),
        "again": Tensor(view, 0, (3,), (1,)),
    }
    path.write_bytes(stream(state, [("7", floats(0, 1, 2, 3, 4, 5))]))
    loaded = by_torch(path)
    with open_checkpoint(path) as checkpoint:
        listed = {tensor.key: tensor for tensor in checkpoint.tensors}
        for key, tensor in listed.items():
            expected = loaded[key]
            assert tensor.storage_offset == expected.storage_offset()
            np.testing.assert_array_equal(read_array(tensor), expected.numpy())
        assert listed["view"].storage is listed["again"].storage


def test_a_view_alone_reads_from_its_root(tmp_path: Path) -> None:
    path = tmp_path / "x"
    view = Storage(torch.DoubleStorage, "7", "cpu", 4, ("70", 1, 2))
    data = struct.pack("<q4d", 4, 1.5, 2.5, 3.5, 4.5)
    path.write_bytes(stream({"v": Tensor(view, 0, (2,), (1,))}, [("7", data)]))
    assert by_torch(path)["v"].tolist() == [2.5, 3.5]
    with open_checkpoint(path) as checkpoint:
        np.testing.assert_array_equal(read_array(checkpoint.tensors[0]), [2.5, 3.5])


def test_a_file_of_a_big_endian_machine_reads_as_torch_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "x"
    state = {"w": Tensor(Storage(torch.FloatStorage, "0", "cpu", 2, None), 0, (2,), (1,))}
    system = {**SYSTEM, "little_endian": False}
    path.write_bytes(stream(state, [("0", floats(1.5, -2))], system=system))
    with open_checkpoint(path) as checkpoint:
        np.testing.assert_array_equal(read_array(checkpoint.tensors[0]), by_torch(path)["w"])
        assert [finding.code for finding in checkpoint.findings] == ["big-endian-machine"]


def test_a_class_saved_with_its_source_keeps_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x"
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save(model, path, _use_new_zipfile_serialization=False)
    with open_checkpoint(path) as checkpoint:
        keys = [tensor.key for tensor in checkpoint.tensors if tensor.in_state_dict]
        assert keys == list(model.state_dict())
        assert checkpoint.containers[()] == "torch.nn.modules.container.Sequential"
        assert checkpoint.containers[("_modules", "0")] == "torch.nn.modules.linear.Linear"
        assert not checkpoint.weights_only.loads


def test_bytes_behind_the_last_storage_are_told(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(stream({"a": 1}, []) + b"junk")
    assert by_torch(path) == {"a": 1}
    with open_checkpoint(path) as checkpoint:
        assert [finding.code for finding in checkpoint.findings] == ["trailing-bytes"]


def test_elements_are_not_read_to_find_the_end_of_the_pickle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    count = 20_000_000
    state = {
        "w": Tensor(Storage(torch.ByteStorage, "0", "cpu", count, None), 0, (count,), (1,)),
        "notes": "n" * 100_000,  # longer than the first windows
    }
    path.write_bytes(stream(state, [("0", struct.pack("<q", count))]))
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size + count)
    read = 0
    real = ByteSource.read

    def note(source: ByteSource, offset: int, length: int) -> bytes:
        nonlocal read
        read += length
        return real(source, offset, length)

    monkeypatch.setattr(ByteSource, "read", note)
    with open_checkpoint(path) as checkpoint:
        assert checkpoint.tensors[0].nbytes == count
    assert read < 3 << 20


# -- lies ------------------------------------------------------------------------------------------

SMALL = {"w": Tensor(Storage(torch.FloatStorage, "0", "cpu", 2, None), 0, (2,), (1,))}
LIES: dict[str, tuple[Callable[[], bytes], str]] = {
    "no storage is listed": (lambda: stream(SMALL, []), "the file holds no bytes for it"),
    "another is listed": (lambda: stream(SMALL, [("1", floats(1, 2))]), "that nothing uses"),
    "listed twice": (
        lambda: stream(SMALL, [("0", floats(1, 2)), ("0", floats(1, 2))]),
        "names one twice",
    ),
    "fewer elements": (lambda: stream(SMALL, [("0", floats(1))]), "of 2 elements is stored with 1"),
    "negative elements": (
        lambda: stream(SMALL, [("0", struct.pack("<q", -2) + bytes(8))]),
        "is stored with -2",
    ),
    "keys are no list": (
        lambda: stream(SMALL, [])[: -len(pickle.dumps([], 2))] + pickle.dumps({"0": 1}, 2),
        "no list",
    ),
    "keys are lists": (lambda: stream(SMALL, [([], floats(1, 2))]), "no list"),
    "magic number": (
        lambda: stream(SMALL, [("0", floats(1, 2))], magic=MAGIC + (1 << 72)),
        "",
    ),
    "version": (lambda: stream(SMALL, [("0", floats(1, 2))], version=2000), "version"),
    "version text": (lambda: stream(SMALL, [("0", floats(1, 2))], version="x"), "version"),
    "view outside": (
        lambda: stream(
            {"w": Tensor(Storage(torch.FloatStorage, "0", "cpu", 2, ("9", 1, 2)), 0, (1,), (1,))},
            [("0", floats(1, 2))],
        ),
        "a view reaches outside its storage",
    ),
    "view that is none": (
        lambda: stream(
            {"w": Tensor(Storage(torch.FloatStorage, "0", "cpu", 2, ("9", 1)), 0, (1,), (1,))},
            [("0", floats(1, 2))],
        ),
        "not of torch's form",
    ),
    "two sizes of one storage": (
        lambda: stream(
            {
                "v": Tensor(Storage(torch.FloatStorage, "0", "cpu", 2, ("9", 0, 1)), 0, (1,), (1,)),
                "w": Tensor(Storage(torch.FloatStorage, "0", "cpu", 4, None), 0, (4,), (1,)),
            },
            [("0", floats(1, 2))],
        ),
        "contradict",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_refuses_a_file_that_lies(lie: str, tmp_path: Path) -> None:
    build, words = LIES[lie]
    assert words in refusal(tmp_path / "x", build()).message


def test_every_truncation_is_refused_or_told(tmp_path: Path) -> None:
    path = tmp_path / "x"
    state: dict[str, Any] = {"w": torch.ones(2), "h": torch.zeros(3), "epoch": 2}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save(state, path, _use_new_zipfile_serialization=False)
    content = path.read_bytes()
    storages = len(content) - (8 + 8) - (8 + 12)  # a length and the elements, twice
    for length in range(len(content)):
        if length < storages:
            assert "\n" not in str(refusal(path, content[:length]))
            continue
        path.write_bytes(content[:length])
        with open_checkpoint(path) as checkpoint:
            assert [tensor.key for tensor in checkpoint.tensors] == ["w", "h"]
            whole = [tensor for tensor in checkpoint.tensors if not problem(tensor)]
            assert f"{len(whole)} of 2 tensors" in checkpoint.findings[0].message
            for tensor in checkpoint.tensors:
                if tensor in whole:
                    assert read_array(tensor).tolist() == state[tensor.key].tolist()
                else:
                    with pytest.raises(DamagedError, match="the file ends"):
                        read_array(tensor)


def problem(tensor: types.Tensor) -> str:
    assert tensor.storage is not None
    return tensor.storage.problem


def test_an_error_in_a_pickle_names_which_and_where(tmp_path: Path) -> None:
    content = stream({"a": 1}, [])
    error = refusal(tmp_path / "x", content[:-3])
    assert isinstance(error, DamagedError)
    assert "the list of storages" in error.where
    assert f"begins at byte {len(content) - len(pickle.dumps([], 2)):,}" in error.where


def test_a_storage_without_a_type_is_one_that_torch_cannot_read_back(tmp_path: Path) -> None:
    path = tmp_path / "uint16.pt"
    torch.save({"w": torch.ones(3, dtype=torch.uint16)}, path, _use_new_zipfile_serialization=False)
    with open_checkpoint(path) as checkpoint:
        assert read_array(checkpoint.tensors[0]).tolist() == [1, 1, 1]
        verdict = checkpoint.weights_only
    with pytest.raises(AttributeError):  # all torch has to say; once it reads it, so must we
        torch.load(path, weights_only=True)
    assert not verdict.loads
