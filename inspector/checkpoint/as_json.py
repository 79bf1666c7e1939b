"""A checkpoint's description as plain data for `json.dumps`: what `list --json` prints."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from itertools import islice

from inspector.checkpoint.types import Checkpoint, Finding, OddKey, Path, Plain, Tensor, Value

Json = dict[str, Plain]
_ROWS = 4096


def json_of(checkpoint: Checkpoint) -> Iterator[str]:
    """Yield the text of the object that `list --json` prints, tensors and values in file order.

    It comes in pieces of some thousand rows: a million rows as dicts, and their text, would take
    more memory than the checkpoint's description itself.
    """
    storages = storage_names(checkpoint)
    facts: Json = {"path": checkpoint.path, "format": checkpoint.format, "size": checkpoint.size}
    lists: dict[str, Iterator[Json]] = {
        "tensors": (tensor_as_json(tensor, storages) for tensor in checkpoint.tensors),
        "values": map(value_as_json, checkpoint.metadata_values + checkpoint.values),
        "globals": ({"name": entry.name, "known": entry.known} for entry in checkpoint.globals),
        "findings": map(_finding_as_json, checkpoint.findings),
    }
    yield dumps(facts)[:-1]
    for name, rows in lists.items():
        yield f', "{name}": ['
        between = ""
        piece: list[Plain] = [*islice(rows, _ROWS)]
        while piece:
            yield between + dumps(piece)[1:-1]
            between = ", "
            piece = [*islice(rows, _ROWS)]
        yield "]"
    yield "}"


def dumps(value: Plain) -> str:
    """Return JSON in ASCII, so that a name with lone surrogates or control characters cannot break
    the output. In one go: the encoder that writes piece by piece is ten times slower."""
    return json.dumps(value, allow_nan=False)


def value_as_json(value: Value) -> Json:
    """Return one plain value."""
    return {
        "path": path_as_json(value.path),
        "type": value.type_name,
        "value": finite(value.value),
    }


def _finding_as_json(finding: Finding) -> Json:
    return {
        "severity": finding.severity,
        "code": finding.code,
        "message": finding.message,
        "where": finding.where,
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
        while name in taken:
            name = f"{name}#{len(names)}"
        taken.add(name)
        names[id(storage)] = name
    return names
