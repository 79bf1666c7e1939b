"""Read a checkpoint that is spread over several files, by the index that names them.

Hugging Face writes such an index beside the shards, as `model.safetensors.index.json` or
`pytorch_model.bin.index.json`:

    {"metadata": {"total_size": 123}, "weight_map": {"layer.weight": "model-00001-of-00002...", }}
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from pathlib import PureWindowsPath
from typing import Any

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import CancelToken, Progress, no_progress
from inspector.checkpoint.errors import (
    CheckpointError,
    DamagedError,
    LimitError,
    UnreadableFileError,
    UnsupportedError,
)
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import (
    Checkpoint,
    Finding,
    GlobalName,
    Storage,
    Tensor,
    Value,
    WeightsOnly,
)
from inspector.formats import safetensors_file, torch_legacy, torch_zip
from inspector.formats.reader import HEAD_BYTES, Reader
from inspector.formats.safetensors_header import check_characters

_SHARD_READERS: tuple[Reader, ...] = (torch_zip, torch_legacy, safetensors_file)
_WEIGHT_MAP = re.compile(rb'"weight_map"\s*:')
_SEPARATORS = re.compile(r"[/\\]")
_MOST_FINDINGS = 100
"""Findings of one kind that are listed one by one."""


@dataclass(slots=True)
class _Set:
    """The shards read so far, and what is wrong with the others."""

    shards: dict[str, Checkpoint] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def close(self) -> None:
        for shard in self.shards.values():
            shard.close()


def matches(head: bytes, source: ByteSource) -> bool:
    """Whether the file is a JSON object with a weight_map."""
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return False
    if _WEIGHT_MAP.search(head):
        return True
    whole = HEAD_BYTES < source.size <= 16 << 20 and head.isascii()
    return whole and bool(_WEIGHT_MAP.search(source.read(0, source.size)))


def read(source: ByteSource, limits: Limits, cancel: CancelToken, progress: Progress) -> Checkpoint:
    """Return the tensors of all shards as one checkpoint, in the order of the weight_map.

    What is missing (a shard, or a tensor in its shard) becomes a finding and the rest is shown.
    Raises `DamagedError` for an index that names files outside its own folder, or when not one
    shard can be read.
    """
    weight_map, metadata = _read_index(source, limits, cancel)
    names = Counter(weight_map.values())
    if len(names) > limits.shards:
        raise LimitError(f"the index names {len(names):,} files, more than any real one")
    for name in names:
        _check_stays_inside(name)
    found = _Set()
    try:
        _open_shards(found, FilePath(source.path).parent, names, limits, cancel, progress)
        if not found.shards and names:
            raise _nothing_there(found, list(names))
        return _joined(source, weight_map, metadata, found)
    except BaseException:
        found.close()
        raise


# -- the index -------------------------------------------------------------------------------------


def _read_index(
    source: ByteSource, limits: Limits, cancel: CancelToken
) -> tuple[dict[str, str], dict[str, str]]:
    if source.size > limits.index_bytes:
        raise LimitError(f"the index is {source.size:,} bytes long, more than any real one")

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        cancel.check()
        built = dict(pairs)
        if len(built) != len(pairs):
            raise DamagedError("a name occurs twice in the index, so its meaning is ambiguous")
        return built

    try:
        raw = source.read(0, source.size)
        index = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=build)
        check_characters(raw, index)
    except json.JSONDecodeError as error:
        raise DamagedError(
            f"the index is not valid JSON: {error.msg}", where=f"line {error.lineno}"
        ) from error
    except ValueError as error:
        raise DamagedError("the index is not valid JSON in UTF-8") from error
    weight_map = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(weight_map, dict) or not all(isinstance(v, str) for v in weight_map.values()):
        raise DamagedError(
            "the index lacks a weight_map from names to files",
            where="weight_map",
            advice="Open the shards beside it one by one, or download the index again",
        )
    if len(weight_map) > limits.nodes:
        raise LimitError(f"the index lists {len(weight_map):,} tensors, too many to show")
    metadata = index.get("metadata")
    return weight_map, {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in (metadata.items() if isinstance(metadata, dict) else ())
    }


def _check_stays_inside(name: str) -> None:
    """Refuse a shard that is not plainly a file of the index's own folder or of one below it."""
    odd = any(part in ("", ".", "..") for part in _SEPARATORS.split(name))
    if odd or PureWindowsPath(name).drive or "\x00" in name:
        raise DamagedError(
            "the index leads out of its folder; nothing there was opened",
            where=f'shard "{shown(name, 200)}"',
            advice="A real index names files beside it; this one is broken or a trap",
        )


# -- the shards ------------------------------------------------------------------------------------


def _open_shards(
    found: _Set,
    folder: FilePath,
    names: Counter[str],
    limits: Limits,
    cancel: CancelToken,
    progress: Progress,
) -> None:
    sizes = [_size(folder / name) for name in names]
    total, tensors = sum(sizes), names.total()
    rows = done = 0
    for name, size in zip(names, sizes, strict=True):
        cancel.check()
        what = f"a shard with {names[name]:,} of the {tensors:,} tensors cannot be read"
        _open_shard(found, folder, name, what, limits, cancel)
        rows += len(found.shards[name].entries) if name in found.shards else 0
        if rows > limits.nodes:
            raise LimitError(
                f"the shards hold more than {limits.nodes:,} entries, too many to show"
            )
        done += size
        progress(done, total)


def _size(path: FilePath) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0  # opening it says why


def _open_shard(
    found: _Set, folder: FilePath, name: str, what: str, limits: Limits, cancel: CancelToken
) -> None:
    try:
        found.shards[name] = _read_shard(str(folder / name), limits, cancel)
    except UnreadableFileError as error:
        _report(found, "missing-shard", f"{what}: {error.what()}", name)
    except CheckpointError as error:
        _report(found, "unreadable-shard", f"{what}: {error.what()}", name)


def _read_shard(path: str, limits: Limits, cancel: CancelToken) -> Checkpoint:
    source = ByteSource(path)
    try:
        head = source.read(0, min(HEAD_BYTES, source.size))
        for reader in _SHARD_READERS:
            if reader.matches(head, source):
                return reader.read(source, limits, cancel, no_progress)
        raise UnsupportedError("it is neither safetensors nor a file of torch.save")
    except BaseException:
        source.close()
        raise


def _nothing_there(found: _Set, names: list[str]) -> CheckpointError:
    count = f"{len(names)} shards" if len(names) > 1 else "shard"
    if any(finding.code == "unreadable-shard" for finding in found.findings):
        return DamagedError(
            f"none of the {count} that the index names can be read: {found.findings[0].message}",
            where=found.findings[0].where,
        )
    return UnreadableFileError(
        f"none of the {count} that the index names is beside it",
        where=f'shard "{shown(names[0], 200)}"',
        advice="Download them into the same folder",
    )


# -- one checkpoint out of many --------------------------------------------------------------------


def _joined(
    source: ByteSource, weight_map: dict[str, str], metadata: dict[str, str], found: _Set
) -> Checkpoint:
    shards = list(found.shards.values())
    entries = list(_entries(weight_map, found))
    is_torch = any(shard.format != safetensors_file.FORMAT for shard in shards)
    for name, shard in found.shards.items():
        metadata = {**shard.metadata, **metadata}
        found.findings += [_within(name, finding) for finding in shard.findings]
    return Checkpoint(
        path=source.path,
        format="sharded torch" if is_torch else "sharded safetensors",
        size=source.size + sum(shard.size for shard in shards),
        entries=entries,
        storages=[s for name, shard in found.shards.items() for s in _named(shard.storages, name)],
        sources=[source, *(file for shard in shards for file in shard.sources)],
        detail=_detail(weight_map, shards),
        containers=dict(item for shard in shards for item in shard.containers.items()),
        globals=_globals(shards),
        findings=found.findings,
        weights_only=_weights_only(shards),
        metadata=metadata,
    )


def _entries(weight_map: dict[str, str], found: _Set) -> Iterator[Tensor | Value]:
    # A file of torch.save may hold several entries of one key: {"a.b": ..., "a": {"b": ...}}.
    by_name: dict[str, dict[str, list[Tensor | Value]]] = {name: {} for name in found.shards}
    for name, shard in found.shards.items():
        for entry in shard.entries:
            by_name[name].setdefault(entry.key, []).append(entry)
    absent: dict[str, list[str]] = {}
    for key, name in weight_map.items():
        entries = by_name.get(name, {}).pop(key, ())
        yield from entries
        if not entries and name in found.shards:
            absent.setdefault(name, []).append(key)
    for name, keys in absent.items():
        message = f"{len(keys):,} tensors that the index names are not in their shard: {keys[0]}"
        _report(found, "missing-tensor", shown(message, 300), name)
    for name, rest in by_name.items():
        extra = [entry for key, same in rest.items() if key not in weight_map for entry in same]
        if extra:
            message = f"{len(extra):,} entries of a shard are not in the index: {extra[0].key}"
            _report(found, "not-in-index", shown(message, 300), name)
        yield from extra


def _report(found: _Set, code: str, message: str, where: str) -> None:
    same = found.counts[code]
    found.counts[code] += 1
    if same < _MOST_FINDINGS:
        found.findings.append(Finding("warning", code, message, shown(where, 200)))
    elif same == _MOST_FINDINGS:
        more = "there are more of this kind, which are not listed"
        found.findings.append(Finding("warning", code, more))


def _within(shard: str, finding: Finding) -> Finding:
    where = f"{shown(shard, 200)}: {finding.where}" if finding.where else shown(shard, 200)
    return Finding(finding.severity, finding.code, finding.message, where)


def _named(storages: list[Storage], shard: str) -> list[Storage]:
    """Name the shard in its storages: their keys are unique in their own file only."""
    for storage in storages:
        storage.key = f"{shard}:{storage.key}"
        storage.record = f"{shard}:{storage.record}"
    return storages


def _detail(weight_map: dict[str, str], shards: list[Checkpoint]) -> str:
    count = len(set(weight_map.values()))
    kind = f", {shards[0].detail}" if shards and shards[0].format != safetensors_file.FORMAT else ""
    there = "" if len(shards) == count else f", {len(shards)} of them readable"
    return f"{count} shard{'' if count == 1 else 's'}{there}{kind}"


def _globals(shards: list[Checkpoint]) -> list[GlobalName]:
    names = {named.name: named for shard in shards for named in shard.globals}
    return sorted(names.values(), key=lambda named: named.known)


def _weights_only(shards: list[Checkpoint]) -> WeightsOnly:
    torch_shards = [shard.weights_only for shard in shards if shard.weights_only.applies]
    obstacles = dict.fromkeys(name for verdict in torch_shards for name in verdict.obstacles)
    return WeightsOnly(applies=bool(torch_shards), obstacles=tuple(obstacles))
