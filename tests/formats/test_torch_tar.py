"""The oldest form: a tar archive of pickles, read as torch.load(weights_only=False) reads it."""

from __future__ import annotations

import io
import pickle  # noqa: TID251 - the files under test are written with it
import struct
import tarfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.analysis.elements import read_array
from inspector.checkpoint.errors import CheckpointError, LimitError
from inspector.formats.detect import open_checkpoint
from tests.builders import torch


class Reference:
    """Stands for a persistent id in what is pickled."""

    def __init__(self, pid: Any) -> None:
        self.pid = pid


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> Any:
        return obj.pid if isinstance(obj, Reference) else None


def dumped(obj: Any) -> bytes:
    buffer = io.BytesIO()
    _Pickler(buffer, 2).dump(obj)
    return buffer.getvalue()


def storages(*roots: tuple[Any, str, Any, bytes], views: Any = ()) -> bytes:
    """Write the member "storages"; a root is its key, location, type and int64 numel + elements."""
    body = b"".join(dumped((key, place, kind)) + data for key, place, kind, data in roots)
    return dumped(len(roots)) + body + dumped(list(views))


def tensors(*listed: tuple[Any, Any, tuple[int, ...], tuple[int, ...], int]) -> bytes:
    """Write the member "tensors"; a tensor is its key, storage key, size, stride and offset."""
    parts = [dumped(len(listed))]
    for key, storage, size, stride, offset in listed:
        rank = len(size)
        numbers = struct.pack(f"<i4x{rank}q{len(stride)}qq", rank, *size, *stride, offset)
        parts.append(dumped((key, storage, torch.FloatTensor)) + numbers)
    return b"".join(parts)


def floats(*values: float) -> bytes:
    return struct.pack(f"<q{len(values)}f", len(values), *values)


def packed(path: Path, members: list[tuple[str, bytes]], form: int = tarfile.USTAR_FORMAT) -> Path:
    with tarfile.open(path, "w:", format=form) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


ROOT = (10, "cpu", torch.FloatStorage, floats(0, 1, 2, 3, 4, 5))
GOOD = {
    "sys_info": dumped({"protocol_version": 1000, "little_endian": True}),
    "pickle": dumped({"w": Reference("20"), "v": Reference("21"), "epoch": 3}),
    "tensors": tensors((20, 10, (2, 3), (3, 1), 0), (21, 11, (2,), (1,), 1)),
    "storages": storages(ROOT, views=[(11, 10, 2, 3)]),
}


def tar_of(path: Path, **changed: bytes) -> Path:
    return packed(path, list({**GOOD, **changed}.items()))


def by_torch(path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.load(path, weights_only=False)


def refusal(path: Path) -> CheckpointError:
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(path)
    assert caught.value.file == str(path)
    return caught.value


@pytest.mark.parametrize(
    "form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT], ids=str
)
def test_reads_what_torch_reads(form: int, tmp_path: Path) -> None:
    path = packed(tmp_path / "old.pth", list(GOOD.items()), form)
    loaded = by_torch(path)
    with open_checkpoint(path) as checkpoint:
        assert checkpoint.format == "torch tar"
        assert [tensor.key for tensor in checkpoint.tensors] == ["w", "v"]
        for tensor in checkpoint.tensors:
            expected = loaded[tensor.key]
            assert tensor.shape == tuple(expected.shape)
            assert tensor.stride == expected.stride()
            assert tensor.storage_offset == expected.storage_offset()
            assert tensor.device == "cpu"
            np.testing.assert_array_equal(read_array(tensor), expected.numpy())
        assert [(value.key, value.value) for value in checkpoint.values] == [("epoch", 3)]
        assert checkpoint.weights_only.obstacles == ("the tar format",)


def test_every_element_type_and_a_scalar(tmp_path: Path) -> None:
    kinds = {"Double": "d", "Float": "f", "Long": "q", "Int": "i", "Short": "h", "Char": "b"}
    roots = [
        (n, "cuda:1", getattr(torch, f"{name}Storage"), struct.pack(f"<q3{code}", 3, 1, 2, 3))
        for n, (name, code) in enumerate(kinds.items())
    ]
    listed = [(100 + n, n, (3,), (1,), 0) for n in range(len(kinds))]
    path = tar_of(
        tmp_path / "x",
        storages=storages(*roots),
        tensors=tensors(*listed, (99, 1, (), (), 2)),
        pickle=dumped([Reference(str(100 + n)) for n in range(len(kinds))] + [Reference("99")]),
    )
    with open_checkpoint(path) as checkpoint:
        found = [read_array(tensor).tolist() for tensor in checkpoint.tensors]
        assert found == [[1, 2, 3]] * len(kinds) + [3]
        assert {tensor.device for tensor in checkpoint.tensors} == {"cuda:1"}
        assert [t.dtype for t in checkpoint.tensors][:3] == ["float64", "float32", "int64"]


def test_a_storage_saved_by_itself_and_a_class_with_its_source(tmp_path: Path) -> None:
    source = (torch.nn.Linear, "linear.py", "class Linear: ...")
    path = tar_of(tmp_path / "x", pickle=dumped({"s": Reference("10"), "class": Reference(source)}))
    with open_checkpoint(path) as checkpoint:
        assert [(t.key, t.shape) for t in checkpoint.tensors] == [("s", (6,))]
        (value,) = checkpoint.values
        assert (value.key, value.value) == ("class", "torch.nn.modules.linear.Linear")


LIES: dict[str, tuple[Callable[[], dict[str, bytes]], str]] = {
    "tensor of no storage": (lambda: {"tensors": tensors((20, 9, (1,), (1,), 0))}, "no storage"),
    "tensor twice": (
        lambda: {"tensors": tensors((20, 10, (1,), (1,), 0), (20, 10, (1,), (1,), 0))},
        "its key is taken",
    ),
    "tensor outside": (
        lambda: {"tensors": tensors((20, 10, (7,), (1,), 0), (21, 10, (1,), (1,), 0))},
        "reaches element 6",
    ),
    "negative size": (
        lambda: {"tensors": tensors((20, 10, (-1,), (1,), 0), (21, 10, (1,), (1,), 0))},
        "negative",
    ),
    "too many dimensions": (
        lambda: {"tensors": dumped(1) + dumped((20, 10, 0)) + struct.pack("<i4x", 65)},
        "65 dimensions",
    ),
    "negative dimensions": (
        lambda: {"tensors": dumped(1) + dumped((20, 10, 0)) + struct.pack("<i4x", -1)},
        "-1 dimensions",
    ),
    "tensor cut": (lambda: {"tensors": GOOD["tensors"][:-1]}, "needs 8 bytes"),
    "storage twice": (lambda: {"storages": storages(ROOT, ROOT)}, "one key"),
    "storage of no type": (
        lambda: {"storages": storages((10, "cpu", torch.FloatTensor, floats()))},
        "storage type",
    ),
    "storage longer than the member": (
        lambda: {"storages": storages((10, "cpu", torch.FloatStorage, struct.pack("<q", 1 << 60)))},
        "needs 4,611,686,018,427,387,904 bytes",
    ),
    "negative storage": (
        lambda: {"storages": storages((10, "cpu", torch.FloatStorage, struct.pack("<q", -1)))},
        "needs -4 bytes",
    ),
    "view of nothing": (lambda: {"storages": storages(ROOT, views=[(11, 9, 0, 1)])}, "leads to"),
    "view outside": (
        lambda: {"storages": storages(ROOT, views=[(11, 10, 5, 2)])},
        "outside its storage",
    ),
    "view of three": (lambda: {"storages": storages(ROOT, views=[(11, 10, 5)])}, "torch's form"),
    "views are no list": (lambda: {"storages": dumped(0) + dumped(7)}, "no list"),
    "count is a text": (lambda: {"storages": dumped("1")}, "is no number"),
    "count is negative": (lambda: {"storages": dumped(-1)}, "is no number"),
    "key is a list": (
        lambda: {"storages": storages(([], "cpu", torch.FloatStorage, floats(1)))},
        "neither a number",
    ),
    "unknown tensor": (lambda: {"pickle": dumped({"w": Reference("77")})}, "is not there"),
    "odd tuple": (lambda: {"pickle": dumped({"w": Reference((1, 2))})}, "is not there"),
}


@pytest.mark.parametrize("lie", LIES)
def test_refuses_a_file_that_lies(lie: str, tmp_path: Path) -> None:
    build, words = LIES[lie]
    assert words in refusal(tar_of(tmp_path / "x", **build())).message


def test_a_count_beyond_reason_is_over_the_limit(tmp_path: Path) -> None:
    error = refusal(tar_of(tmp_path / "x", storages=dumped(10**9)))
    assert isinstance(error, LimitError)


@pytest.mark.parametrize("name", ["storages", "tensors", "pickle"])
def test_a_missing_or_doubled_member(name: str, tmp_path: Path) -> None:
    members = [(member, content) for member, content in GOOD.items() if member != name]
    error = refusal(packed(tmp_path / "less", members))
    assert name in error.message
    error = refusal(packed(tmp_path / "twice", [*GOOD.items(), (name, GOOD[name])]))
    assert "two members of one name" in error.message


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "x")
    content = path.read_bytes()
    end = len(content.rstrip(b"\x00"))  # the archive ends in blocks of zeros that nobody needs
    for length in range(0, end, 7):
        path.write_bytes(content[:length])
        refusal(path)
