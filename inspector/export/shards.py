"""Split tensors over several files, with the index that transformers and diffusers write.

NAME-00001-of-00003.safetensors ...
NAME.safetensors.index.json     {"metadata": {"total_size": bytes},
                                 "weight_map": {key: file name}}
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from inspector.checkpoint.errors import ExportError
from inspector.checkpoint.summary import pieces_of
from inspector.export.outgoing import OutgoingTensor

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12,
          "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}  # fmt: skip
_INDEX = ".index.json"
_SUFFIXES = {"torch": ".bin", "safetensors": ".safetensors"}


def parse_size(text: str) -> int:
    """Return the bytes of "5GB", "500 MiB" or "1000000"; raises `ExportError` for anything else."""
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([kmgt]i?)?b?\s*", text, re.IGNORECASE)
    if match is None or not float(match[1]):
        raise ExportError(f"{text[:40]!r} is no size", advice="Write it as 5GB or 500MB")
    return int(float(match[1]) * _UNITS[(match[2] or "").lower()])


def split(
    tensors: Sequence[OutgoingTensor],
    limit: int,
    nbytes_of: Callable[[OutgoingTensor], int],
    *,
    together: bool,
) -> list[list[OutgoingTensor]]:
    """Return the tensors of each shard, in order; a shard holds `limit` bytes or a single unit.

    With `together`, tensors that share a storage are one unit, so that they can go on sharing.
    """
    shards: list[list[OutgoingTensor]] = [[]]
    filled = 0
    for unit in _units(tensors) if together else [[item] for item in tensors]:
        size = sum(map(nbytes_of, unit))
        if shards[-1] and filled + size > limit:
            shards.append([])
            filled = 0
        shards[-1] += unit
        filled += size
    return shards


def _units(tensors: Sequence[OutgoingTensor]) -> list[list[OutgoingTensor]]:
    """Group the tensors that share storages, directly or over others, by the first of each."""
    joined: dict[int, int] = {}  # every storage leads to another one of its unit, or to itself

    def home(storage: int) -> int:
        while (onward := joined.setdefault(storage, storage)) != storage:
            joined[storage] = joined[onward]
            storage = onward
        return storage

    used = [[id(piece.storage) for piece in pieces_of(item.tensor)] for item in tensors]
    for first, *others in used:
        for other in others:
            joined[home(other)] = home(first)
    units: dict[int, list[OutgoingTensor]] = {}
    for item, (first, *_) in zip(tensors, used, strict=True):
        units.setdefault(home(first), []).append(item)
    return list(units.values())


def shard_paths(target: Path, count: int, kind: str) -> tuple[list[Path], Path]:
    """Return the names of `count` shards and of their index, for what a person named `target`."""
    name = target.name.removesuffix(_INDEX)
    suffix = Path(name).suffix
    if suffix not in (".bin", ".pt", ".pth", ".ckpt", ".safetensors"):
        name, suffix = name + _SUFFIXES[kind], _SUFFIXES[kind]
    stem = name.removesuffix(suffix)
    shards = [
        target.with_name(f"{stem}-{number:05d}-of-{count:05d}{suffix}")
        for number in range(1, count + 1)
    ]
    return shards, target.with_name(name + _INDEX)


def index_text(shards: Sequence[tuple[Path, Sequence[OutgoingTensor]]], total: int) -> bytes:
    """Return the index file."""
    weight_map = {item.key: path.name for path, items in shards for item in items}
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    return json.dumps(index, ensure_ascii=False, indent=2).encode() + b"\n"
