"""safetensors files, and models split over several files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.builders.elements import (
    INTEGERS,
    NARROW_FLOATS,
    WIDE_FLOATS,
    every_bit_pattern,
)
from tests.builders.lazy_torch import safetensors_torch, torch
from tests.builders.oracle import Built, describe, numbers, save, weights_only_verdict
from tests.builders.registry import valid
from tests.builders.state_dicts import small_state


def observe_safetensors(path: Path, **built: Any) -> Built:
    """Load with the safetensors package; the order is that of the header."""
    loaded = safetensors_torch.load_file(path)
    order = [name for name in header_of(path) if name != "__metadata__"]
    found = [describe_named(loaded[name], name) for name in order]
    return Built(path, found, **{"format": "safetensors", **built})


def describe_named(tensor: Any, name: str) -> Any:
    """Describe a tensor of a container that knows neither devices nor shared storages."""
    expected = describe(tensor, (name,), (name,), True, {})
    expected.device = None
    expected.sharing = None
    return expected


def header_of(path: Path) -> dict[str, Any]:
    """Return the JSON header, keys in the order they stand there."""
    data = path.read_bytes()
    header: dict[str, Any] = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return header


def saved_safetensors(path: Path, state: dict[str, Any], **metadata: str) -> Built:
    """Write with the safetensors package and load it back for the expectation."""
    safetensors_torch.save_file(state, path, metadata=metadata or None)
    return observe_safetensors(path)


@valid
def safetensors_state(folder: Path) -> Built:
    return saved_safetensors(folder / "model.safetensors", small_state())


@valid
def safetensors_with_metadata(folder: Path) -> Built:
    return saved_safetensors(
        folder / "model.safetensors", small_state(), format="pt", note="<b>bold</b>"
    )


@valid
def safetensors_of_every_dtype(folder: Path) -> Built:
    names = (*WIDE_FLOATS, *NARROW_FLOATS, *INTEGERS, "complex64", "float4_e2m1fn_x2")
    state = {name: every_bit_pattern(name, 64) for name in names}
    state["bool"] = torch.tensor([True, False])
    return saved_safetensors(folder / "dtypes.safetensors", state)


@valid
def safetensors_without_tensors(folder: Path) -> Built:
    return saved_safetensors(folder / "none.safetensors", {}, format="pt")


@valid
def safetensors_shapes(folder: Path) -> Built:
    return saved_safetensors(
        folder / "shapes.safetensors",
        {"scalar": torch.tensor(1.5), "empty": torch.empty(0, 3), "big": numbers(2, 3, 4, 5)},
    )


@valid
def safetensors_under_a_pt_name(folder: Path) -> Built:
    return saved_safetensors(folder / "model.pt", small_state())


@valid
def safetensors_with_a_padded_header(folder: Path) -> Built:
    """The reference reader takes blanks after the header; writers use them to align the data."""
    built = saved_safetensors(folder / "padded.safetensors", small_state())
    data = built.path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = data[8 : 8 + length] + b" " * 40
    built.path.write_bytes(len(header).to_bytes(8, "little") + header + data[8 + length :])
    return observe_safetensors(built.path)


def _write_index(path: Path, shards: dict[str, dict[str, Any]]) -> Path:
    names = {key: file for file, state in shards.items() for key in state}
    path.write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": names}))
    return path


def _halves(ending: str) -> dict[str, dict[str, Any]]:
    state = small_state()
    return {
        f"model-00001-of-00002.{ending}": {"encoder.weight": state["encoder.weight"]},
        f"model-00002-of-00002.{ending}": {
            key: state[key] for key in ("encoder.bias", "head.weight")
        },
    }


def _sharded_safetensors(folder: Path) -> Built:
    shards = _halves("safetensors")
    for name, state in shards.items():
        safetensors_torch.save_file(state, folder / name)
    found = [describe_named(t, key) for state in shards.values() for key, t in state.items()]
    index = _write_index(folder / "model.safetensors.index.json", shards)
    return Built(index, found, format="sharded safetensors", ordered=False)


@valid
def sharded_safetensors_by_index(folder: Path) -> Built:
    return _sharded_safetensors(folder)


@valid
def sharded_safetensors_by_folder(folder: Path) -> Built:
    built = _sharded_safetensors(folder)
    (folder / "config.json").write_text('{"model_type": "tiny"}')
    (folder / "tokenizer.json").write_text("{}")
    built.path = folder
    return built


@valid
def sharded_torch_by_index(folder: Path) -> Built:
    shards = _halves("bin")
    for name, state in shards.items():
        save(folder / name, state)
    found = [describe_named(t, key) for state in shards.values() for key, t in state.items()]
    for tensor in found:
        tensor.device = "cpu"
    index = _write_index(folder / "pytorch_model.bin.index.json", shards)
    verdict = all(weights_only_verdict(folder / name)[0] for name in shards)
    return Built(index, found, format="sharded torch", ordered=False, weights_only=verdict)
