"""A checkpoint's description as plain data for `json.dumps`: what `list --json` prints."""

from __future__ import annotations

import math

from inspector.checkpoint.types import Checkpoint, OddKey, Path, Plain, Tensor

Json = dict[str, Plain]


def checkpoint_as_json(checkpoint: Checkpoint) -> Json:
    """Return the object that `list --json` prints, tensors and values in file order."""
    storages = storage_names(checkpoint)
    return {
        "path": checkpoint.path,
        "format": checkpoint.format,
        "size": checkpoint.size,
        "tensors": [tensor_as_json(tensor, storages) for tensor in checkpoint.tensors],
        "values": [
            {
                "path": path_as_json(value.path),
                "type": value.type_name,
                "value": finite(value.value),
            }
            for value in checkpoint.values
        ],
        "globals": [{"name": entry.name, "known": entry.known} for entry in checkpoint.globals],
        "findings": [
            {
                "severity": finding.severity,
                "code": finding.code,
                "message": finding.message,
                "where": finding.where,
            }
            for finding in checkpoint.findings
        ],
    }


def tensor_as_json(tensor: Tensor, storages: dict[int, str]) -> Json:
    """Return one tensor; `storages` names each `id(storage)`, so that sharing can be seen."""
    return {
        "path": path_as_json(tensor.path),
        "key": tensor.key,
        "dtype": tensor.dtype,
        "shape": list(tensor.shape),
        "stride": None if tensor.stride is None else list(tensor.stride),
        "storage_offset": tensor.storage_offset,
        "device": tensor.device,
        "layout": tensor.layout,
        "storage": None if tensor.storage is None else storages[id(tensor.storage)],
        "nbytes": tensor.nbytes,
        "requires_grad": tensor.requires_grad,
    }


def path_as_json(path: Path) -> list[Plain]:
    """Return str steps as strings, int steps as numbers, any other key as its Python repr."""
    return [str(step) if isinstance(step, OddKey) else step for step in path]


def finite(value: Plain) -> Plain:
    """Return `value` with NaN and infinities as the texts "nan", "inf", "-inf": JSON has none."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list):
        return [finite(item) for item in value]
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    return value


def storage_names(checkpoint: Checkpoint) -> dict[int, str]:
    """Return a name for each storage by `id(storage)`: its record or key, unique in the file."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for storage in checkpoint.storages:
        name = storage.record or storage.key
        if name in taken:
            name = f"{name}#{len(names)}"
        taken.add(name)
        names[id(storage)] = name
    return names
