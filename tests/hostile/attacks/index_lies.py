"""Shard indexes that lead elsewhere, in circles or nowhere."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.hostile.archives import entry_of, good_pickle, parts, safetensors_bytes, zip_bytes
from tests.hostile.attack import harmless, inert, refused, refuses_bytes, write

NAME = "model.safetensors.index.json"
SHARD = safetensors_bytes({"w": entry_of()})


def index_bytes(weight_map: object, **more: object) -> bytes:
    return json.dumps({"weight_map": weight_map, **more}).encode()


def index(folder: Path, weight_map: object, **more: object) -> Path:
    """Write an index beside one good shard."""
    write(folder / "good.safetensors", SHARD)
    return write(folder / NAME, index_bytes(weight_map, **more))


def _names() -> dict[str, str]:
    """Return shard names that no index may hold."""
    return {
        "index_climbs": "../secret.safetensors",
        "index_climbs_inside": "x/../../secret.safetensors",
        "index_is_absolute": "/etc/passwd",
        "index_climbs_with_backslashes": "..\\secret.safetensors",
        "index_names_a_drive": "C:\\secret.safetensors",
        "index_names_a_share": "\\\\host\\share\\x",
        "index_names_the_folder": ".",
        "index_names_the_parent": "..",
        "index_names_nothing": "",
        "index_name_with_a_nul": "good.safetensors\0.bin",
        "index_names_a_home": "/root/.ssh/id_rsa",
        "index_names_proc": "/proc/self/mem",
    }


for _title, _shard in _names().items():
    refuses_bytes(_title, NAME, index_bytes({"w": _shard}))


def _maps() -> dict[str, object]:
    """Return weight_maps that are none."""
    return {
        "index_map_is_a_list": ["good.safetensors"],
        "index_map_is_a_text": "good.safetensors",
        "index_map_is_null": None,
        "index_map_holds_numbers": {"w": 5},
        "index_map_holds_lists": {"w": ["good.safetensors"]},
        "index_map_holds_null": {"w": None},
    }


for _title, _map in _maps().items():
    refuses_bytes(_title, NAME, index_bytes(_map))


@refused("index", "shard")
def index_of_itself(folder: Path) -> Path:
    return index(folder, {"w": "model.safetensors.index.json"})


@refused()
def index_of_an_index(folder: Path) -> Path:
    write(folder / "other.json", json.dumps({"weight_map": {"w": "x.index.json"}}).encode())
    return index(folder, {"w": "other.json"})


@refused("shard", "missing", "beside")
def index_of_missing_shards(folder: Path) -> Path:
    return index(folder, {"w": "gone-1.safetensors", "x": "gone-2.safetensors"})


@inert("w")
def index_with_one_missing_shard(folder: Path) -> Path:
    return index(folder, {"w": "good.safetensors", "x": "gone.safetensors"})


@inert("w")
def index_with_one_damaged_shard(folder: Path) -> Path:
    write(folder / "bad.safetensors", SHARD[:30])
    return index(folder, {"w": "good.safetensors", "x": "bad.safetensors"})


@inert("w")
def index_with_a_shard_of_another_kind(folder: Path) -> Path:
    write(folder / "page.safetensors", b"<!doctype html><html></html>")
    return index(folder, {"w": "good.safetensors", "x": "page.safetensors"})


@inert("w")
def index_with_a_folder_as_a_shard(folder: Path) -> Path:
    (folder / "dir.safetensors").mkdir()
    return index(folder, {"w": "good.safetensors", "x": "dir.safetensors"})


@inert("w")
def index_with_a_pipe_as_a_shard(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.safetensors")
    return index(folder, {"w": "good.safetensors", "x": "pipe.safetensors"})


@inert("w")
def index_that_names_a_tensor_too_many(folder: Path) -> Path:
    return index(folder, {"w": "good.safetensors", "ghost": "good.safetensors"})


@inert("w")
def index_that_forgets_a_tensor(folder: Path) -> Path:
    both = {"v": entry_of("F32", (3,), (0, 12)), "w": entry_of("F32", (3,), (12, 24))}
    write(folder / "both.safetensors", safetensors_bytes(both))
    return index(folder, {"v": "both.safetensors"})


@inert("w")
def index_with_a_torch_zip_as_a_shard(folder: Path) -> Path:
    write(folder / "shard.bin", zip_bytes(parts(good_pickle())))
    path = folder / "pytorch_model.bin.index.json"
    return write(path, json.dumps({"weight_map": {"w": "shard.bin"}}).encode())


@harmless()
def index_with_the_same_tensor_in_two_shards(folder: Path) -> Path:
    write(folder / "again.safetensors", SHARD)
    return index(folder, {"w": "good.safetensors", "x": "again.safetensors"})


@refused("JSON", "index")
def index_that_is_cut(folder: Path) -> Path:
    path = index(folder, {"w": "good.safetensors"})
    return write(path, path.read_bytes()[:-3])


@refused()
def index_with_a_key_twice(folder: Path) -> Path:
    path = index(folder, {})
    return write(path, b'{"weight_map":{"w":"good.safetensors","w":"evil.safetensors"}}')


@refused()
def index_nested_100_000_deep(folder: Path) -> Path:
    path = index(folder, {})
    return write(path, b'{"weight_map":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


@refused("100,000 files")
def index_of_100_000_missing_shards(folder: Path) -> Path:
    return index(folder, {f"t{n}": f"gone-{n}.safetensors" for n in range(100_000)})


@refused("none of the")
def index_of_10_000_missing_shards(folder: Path) -> Path:
    return index(folder, {f"t{n}": f"gone-{n}.safetensors" for n in range(10_000)})


@harmless()
def index_without_tensors(folder: Path) -> Path:
    return index(folder, {})


@inert("w")
def index_with_odd_metadata(folder: Path) -> Path:
    return index(folder, {"w": "good.safetensors"}, metadata={"total_size": "\x1b[31m", "a": [1]})


@refused("JSON")
def index_with_half_a_character(folder: Path) -> Path:
    return index(folder, {"w": "good.safetensors"}, metadata={"a": "\ud800"})


@refused("two", "several", "set", "choose", "index")
def folder_with_two_sets(folder: Path) -> Path:
    index(folder, {"w": "good.safetensors"})
    write(folder / "other.safetensors.index.json", b'{"weight_map":{"w":"good.safetensors"}}')
    return folder


@refused("folder")
def folder_without_a_set(folder: Path) -> Path:
    write(folder / "readme.txt", b"hello")
    return folder


@refused("folder")
def folder_that_is_empty(folder: Path) -> Path:
    return folder


@harmless()
def folder_with_a_pipe_named_as_an_index(folder: Path) -> Path:
    os.mkfifo(folder / "model.safetensors.index.json")
    return folder
