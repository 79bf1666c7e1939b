"""Sharded sets and folders: one checkpoint out of many files, none of them outside the folder."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.analysis.elements import read_array
from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.checkpoint.errors import (
    CheckpointError,
    DamagedError,
    LimitError,
    NotACheckpointError,
    UnreadableFileError,
)
from inspector.checkpoint.limits import Limits
from inspector.formats.detect import open_checkpoint
from tests.builders import torch
from tests.builders.lazy_torch import safetensors_torch

INDEX = "model.safetensors.index.json"
FIRST, SECOND = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"


def numbers(count: int, start: float = 0) -> Any:
    return torch.arange(count, dtype=torch.float32) + start


def write_set(folder: Path, **changes: str) -> Path:
    """Write two shards of two tensors and their index; `changes` go into the weight_map."""
    safetensors_torch.save_file({"a": numbers(3), "b": numbers(2, 10)}, folder / FIRST)
    safetensors_torch.save_file({"c": numbers(4, 20), "d": numbers(1, 30)}, folder / SECOND)
    weight_map = {"d": SECOND, "a": FIRST, "c": SECOND, "b": FIRST, **changes}
    return write_index(folder, weight_map)


def write_index(folder: Path, weight_map: Any, name: str = INDEX) -> Path:
    path = folder / name
    path.write_text(json.dumps({"metadata": {"total_size": 40}, "weight_map": weight_map}))
    return path


def codes(findings: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.where) for finding in findings]


def refusal(path: Path) -> CheckpointError:
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(path)
    assert caught.value.file
    return caught.value


# -- what opens ------------------------------------------------------------------------------------


def test_lists_all_shards_as_one_in_the_order_of_the_index(tmp_path: Path) -> None:
    with open_checkpoint(write_set(tmp_path)) as checkpoint:
        assert checkpoint.format == "sharded safetensors"
        assert [tensor.key for tensor in checkpoint.tensors] == ["d", "a", "c", "b"]
        assert not checkpoint.findings
        assert checkpoint.metadata["total_size"] == "40"
        assert checkpoint.size == sum(file.stat().st_size for file in tmp_path.iterdir())
        tensor = checkpoint.tensors[2]
        assert tensor.storage is not None
        assert tensor.storage.record.startswith(SECOND)
        np.testing.assert_array_equal(read_array(tensor), [20, 21, 22, 23])


def test_torch_shards_keep_devices_names_and_the_verdict(tmp_path: Path) -> None:
    for name, key in (("a.bin", "x"), ("b.bin", "y")):
        torch.save({key: numbers(2)}, tmp_path / name)
    index = write_index(tmp_path, {"y": "b.bin", "x": "a.bin"}, "pytorch_model.bin.index.json")
    with open_checkpoint(index) as checkpoint:
        assert checkpoint.format == "sharded torch"
        assert [(t.key, t.path, t.device) for t in checkpoint.tensors] == [
            ("y", ("y",), "cpu"),
            ("x", ("x",), "cpu"),
        ]
        assert checkpoint.weights_only.loads
        assert len({storage.key for storage in checkpoint.storages}) == 2
    torch.save({"y": numbers(2), "config": Path("x")}, tmp_path / "b.bin")
    with open_checkpoint(index) as checkpoint:
        assert not checkpoint.weights_only.loads
        assert any(not named.known for named in checkpoint.globals) is False
        assert [value.key for value in checkpoint.values] == ["config"]


def test_a_shard_may_be_legacy_and_lie_in_a_folder_below_or_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    (tmp_path / "set" / "parts").mkdir(parents=True)
    torch.save({"x": numbers(2)}, tmp_path / "blobs" / "f00", _use_new_zipfile_serialization=False)
    (tmp_path / "set" / "parts" / "x.bin").symlink_to("../../blobs/f00")  # as the HF cache does
    index = write_index(tmp_path / "set", {"x": "parts/x.bin"})
    with open_checkpoint(index) as checkpoint:
        np.testing.assert_array_equal(read_array(checkpoint.tensors[0]), [0, 1])


def test_a_missing_shard_is_named_and_the_rest_shows(tmp_path: Path) -> None:
    index = write_set(tmp_path)
    (tmp_path / FIRST).unlink()
    with open_checkpoint(index) as checkpoint:
        assert [tensor.key for tensor in checkpoint.tensors] == ["d", "c"]
        assert codes(checkpoint.findings) == [("missing-shard", FIRST)]
        assert "1 of them readable" in checkpoint.detail


def test_a_broken_shard_is_named_and_the_rest_shows(tmp_path: Path) -> None:
    index = write_set(tmp_path)
    for content in (b"", b"<html></html>", (tmp_path / FIRST).read_bytes()[:20]):
        (tmp_path / FIRST).write_bytes(content)
        with open_checkpoint(index) as checkpoint:
            assert [tensor.key for tensor in checkpoint.tensors] == ["d", "c"]
            assert codes(checkpoint.findings) == [("unreadable-shard", FIRST)]


def test_a_cut_shard_is_named_and_its_tensors_are_listed(tmp_path: Path) -> None:
    index = write_set(tmp_path)
    (tmp_path / FIRST).write_bytes((tmp_path / FIRST).read_bytes()[:-1])
    with open_checkpoint(index) as checkpoint:
        assert len(checkpoint.tensors) == 4
        (finding,) = checkpoint.findings
        assert finding.code == "cut-short"
        assert FIRST in finding.where


def test_tensors_that_are_not_where_the_index_says_are_told(tmp_path: Path) -> None:
    with open_checkpoint(write_set(tmp_path, a=SECOND, ghost=FIRST)) as checkpoint:
        assert [tensor.key for tensor in checkpoint.tensors] == ["d", "c", "b"]
        assert codes(checkpoint.findings) == [("missing-tensor", SECOND), ("missing-tensor", FIRST)]
        assert "a" in checkpoint.findings[0].message


def test_tensors_that_the_index_forgot_are_listed_last(tmp_path: Path) -> None:
    write_set(tmp_path)
    with open_checkpoint(write_index(tmp_path, {"c": SECOND, "b": FIRST})) as checkpoint:
        assert [tensor.key for tensor in checkpoint.tensors] == ["c", "b", "d", "a"]
        assert codes(checkpoint.findings) == [("not-in-index", SECOND), ("not-in-index", FIRST)]


def test_two_entries_of_one_key_in_a_shard_are_both_listed(tmp_path: Path) -> None:
    torch.save({"a.b": numbers(2), "a": {"b": numbers(3)}}, tmp_path / "shard.bin")
    with open_checkpoint(write_index(tmp_path, {"a.b": "shard.bin"})) as checkpoint:
        assert [tensor.shape for tensor in checkpoint.tensors] == [(2,), (3,)]
        assert not checkpoint.findings


def test_many_missing_shards_are_not_listed_one_by_one(tmp_path: Path) -> None:
    index = write_set(tmp_path, **{f"x{n}": f"x{n}.bin" for n in range(3000)})
    with open_checkpoint(index) as checkpoint:
        assert len(checkpoint.findings) == 101
        assert len(checkpoint.tensors) == 4


def test_closing_the_set_closes_every_shard(tmp_path: Path) -> None:
    checkpoint = open_checkpoint(write_set(tmp_path))
    assert len(checkpoint.sources) == 3
    checkpoint.close()
    assert all(source.closed for source in checkpoint.sources)


def test_progress_counts_bytes_and_cancel_stops(tmp_path: Path) -> None:
    index = write_set(tmp_path)
    seen: list[tuple[int, int]] = []
    open_checkpoint(index, progress=lambda done, total: seen.append((done, total))).close()
    total = sum((tmp_path / name).stat().st_size for name in (FIRST, SECOND))
    assert seen[-1] == (total, total)
    token = CancelToken()
    with pytest.raises(Cancelled):
        open_checkpoint(index, cancel=token, progress=lambda done, total: token.cancel())


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../outside.safetensors",
        "sub/../../outside.safetensors",
        "/etc/hostname",
        "C:\\model.bin",
        "c:model.bin",
        "\\\\server\\share\\model.bin",
        "..\\model.bin",
        ".",
        "",
        "a//b",
        "./a",
        "a\x00b",
    ],
)
def test_an_index_that_leads_out_of_its_folder_opens_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    safetensors_torch.save_file({"x": numbers(1)}, tmp_path / "outside.safetensors")
    index = write_set(folder, x=name)
    opened: list[str] = []
    real = ByteSource.__init__

    def note(source: ByteSource, path: str) -> None:
        opened.append(path)
        real(source, path)

    monkeypatch.setattr(ByteSource, "__init__", note)
    error = refusal(index)
    assert isinstance(error, DamagedError)
    assert "leads out of its folder" in error.message
    assert opened == [str(index)]


def test_an_index_that_names_itself_or_another_index(tmp_path: Path) -> None:
    error = refusal(write_index(tmp_path, {"x": INDEX}))
    assert "none of the shard" in error.message
    with open_checkpoint(write_set(tmp_path, x=INDEX)) as checkpoint:
        assert codes(checkpoint.findings) == [("unreadable-shard", INDEX)]


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in the file system")
def test_shards_that_are_no_regular_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    with open_checkpoint(write_set(tmp_path, x="pipe", y="folder", z="loop")) as checkpoint:
        found = codes(checkpoint.findings)
        assert found == [("missing-shard", name) for name in ("pipe", "folder", "loop")]


def test_a_set_without_any_shard(tmp_path: Path) -> None:
    error = refusal(write_index(tmp_path, {"x": "a.bin", "y": "b.bin"}))
    assert isinstance(error, UnreadableFileError)
    assert "none of the 2 shards" in error.message
    assert "a.bin" in error.where


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"weight_map": {"a": "x", "a": "y"}}', "twice"),
        ('{"weight_map": {"a": 5}}', "lacks a weight_map"),
        ('{"weight_map": []}', "lacks a weight_map"),
        ('{"weight_map": {"a": "x"', "not valid JSON"),
        ('{"weight_map": {"a": "x"}, "n": ' + "9" * 9000 + "}", "not valid JSON"),
        ('{"weight_map": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply"),
    ],
)
def test_an_index_that_is_no_index(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / INDEX).write_text(text)
    assert words in refusal(tmp_path / INDEX).message


def test_limits_hold_for_the_whole_set(tmp_path: Path) -> None:
    index = write_set(tmp_path)
    with pytest.raises(LimitError, match="the shards hold more than 3 entries"):
        write_index(tmp_path, {"a": FIRST, "c": SECOND})
        open_checkpoint(index, limits=Limits(nodes=3))
    with pytest.raises(LimitError, match="the index is"):
        open_checkpoint(index, limits=Limits(index_bytes=10))


# -- folders ---------------------------------------------------------------------------------------


def put(folder: Path, *names: str) -> None:
    for name in names:
        torch.save({name: numbers(1)}, folder / name)


def test_a_folder_with_one_set_opens_the_set(tmp_path: Path) -> None:
    write_set(tmp_path)
    put(tmp_path, "training_args.bin", "optimizer.pt")
    (tmp_path / "config.json").write_text("{}")
    with open_checkpoint(tmp_path) as checkpoint:
        assert checkpoint.path == str(tmp_path / INDEX)
        assert len(checkpoint.tensors) == 4


@pytest.mark.parametrize(
    ("names", "opened"),
    [
        (["model.safetensors", "optimizer.pt", "rng_state.pth"], "model.safetensors"),
        (["pytorch_model.bin", "training_args.bin"], "pytorch_model.bin"),
        (["epoch_3.ckpt", "notes.txt"], "epoch_3.ckpt"),
        (["MODEL.PT"], "MODEL.PT"),
        (["best.pth.tar"], "best.pth.tar"),
    ],
)
def test_a_folder_with_one_model_opens_it(names: list[str], opened: str, tmp_path: Path) -> None:
    put(tmp_path, *names)
    (tmp_path / "sub.pt").mkdir()
    with open_checkpoint(tmp_path) as checkpoint:
        assert checkpoint.path == str(tmp_path / opened)


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda folder: None, "this folder holds no checkpoint"),
        (lambda folder: put(folder, "a.pt", "b.pt"), "2 checkpoints: a.pt, b.pt"),
        (
            lambda folder: put(folder, "model.safetensors", "pytorch_model.bin"),
            "2 checkpoints: model.safetensors, pytorch_model.bin",
        ),
        (
            lambda folder: (write_set(folder), write_index(folder, {}, "b.bin.index.json")),
            f"2 checkpoints: b.bin.index.json, {INDEX}",
        ),
        (lambda folder: put(folder, *(f"e{n}.pt" for n in range(9))), "e3.pt, ..."),
        (lambda folder: (folder / "saved_model.pb").touch(), "TensorFlow SavedModel"),
        (lambda folder: (folder / "data.pkl").touch(), "unpacked content of a checkpoint"),
        (lambda folder: (folder / "zero_to_fp32.py").touch(), "DeepSpeed"),
        (
            lambda folder: [
                (folder / name).touch() for name in (".metadata", "__0_0.distcp", "meta.pt")
            ],
            "distributed checkpoint (DCP)",
        ),
    ],
)
def test_a_folder_without_one_checkpoint_says_why(
    prepare: Callable[[Path], object], words: str, tmp_path: Path
) -> None:
    prepare(tmp_path)
    error = refusal(tmp_path)
    assert isinstance(error, NotACheckpointError)
    assert words in error.message
    assert error.file == str(tmp_path)
    assert error.advice
