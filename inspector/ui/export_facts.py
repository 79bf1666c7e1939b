"""What the export dialog must know of a file before it can offer anything. Runs in a worker."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.summary import pieces_of
from inspector.checkpoint.types import Checkpoint, Tensor
from inspector.export.cast import CASTABLE
from inspector.export.exporting import plan_export
from inspector.export.map_location import belongs_on_cpu
from inspector.export.plan import ExportOptions, ExportPlan
from inspector.export.remap import REMAPPABLE, SourceScan
from inspector.export.remap_plan import unsafe_names
from inspector.export.safe_file import left_over

_SLICE = 4096
NO_DEVICE = "cpu"
"""The tag of storages whose container names none: a torch file made of them needs one."""


@dataclass(frozen=True, slots=True)
class DeviceTag:
    """One location tag: how many tensors and bytes of storages carry it."""

    name: str
    tensors: int
    nbytes: int


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """Facts that decide what is offered. `unsafe` are names that no model needs."""

    devices: tuple[DeviceTag, ...]
    names_devices: bool
    on_cpu: int
    """RNG states and step counters that are on the CPU now."""
    unreadable: int
    """Tensors whose elements are damaged or cut off."""
    tied: int
    """Tensors that share a storage with another."""
    floating: int
    prefix: str
    """What every key begins with, such as "module.", empty if they begin differently."""
    unsafe: tuple[str, ...]
    remappable: bool
    """Whether the container is one whose location tags can be patched."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan and its changes summed up: how many tensors go from which device or type to which."""

    plan: ExportPlan
    sums: tuple[tuple[str, str, str, int], ...]
    replaced: tuple[str, ...]
    """Files that stand at the targets now."""
    left_over: tuple[Path, ...] = ()
    """Unfinished copies beside the target, left by a program that was killed."""


def source_facts(checkpoint: Checkpoint, cancel: CancelToken) -> SourceFacts:
    """Walk all tensors once. Raises `Cancelled`."""
    tensors: Counter[str] = Counter()
    sharers: Counter[int] = Counter()
    on_cpu = unreadable = floating = 0
    prefixes = set()
    for number, tensor in enumerate(checkpoint.tensors):
        if number % _SLICE == 0:
            cancel.check()
        pieces = pieces_of(tensor)
        tag = _tag(pieces)
        tensors[tag] += 1
        on_cpu += tag == NO_DEVICE and belongs_on_cpu(tensor)
        unreadable += any(piece.storage and piece.storage.problem for piece in pieces)
        floating += tensor.dtype in CASTABLE
        sharers.update(id(piece.storage) for piece in pieces)
        prefixes.add(tensor.key.partition(".")[0] if "." in tensor.key else "")
    sizes: Counter[str] = Counter()
    for storage in checkpoint.storages:
        sizes[storage.location or NO_DEVICE] += storage.nbytes
    return SourceFacts(
        devices=tuple(DeviceTag(name, tensors[name], sizes[name]) for name in sorted(tensors)),
        names_devices=any(storage.location for storage in checkpoint.storages),
        on_cpu=on_cpu,
        unreadable=unreadable,
        tied=sum(count for count in sharers.values() if count > 1),
        floating=floating,
        prefix=f"{prefixes.pop()}." if len(prefixes) == 1 and "" not in prefixes else "",
        unsafe=tuple(unsafe_names(checkpoint)),
        remappable=checkpoint.format in REMAPPABLE and len(checkpoint.sources) == 1,
    )


def _tag(pieces: list[Tensor]) -> str:
    storage = pieces[0].storage if pieces else None
    return (storage.location if storage is not None else None) or NO_DEVICE


def preview(
    checkpoint: Checkpoint,
    target: str,
    options: ExportOptions,
    cancel: CancelToken,
    scan: SourceScan | None = None,
) -> Preview:
    """Plan an export and sum it up. Raises `ExportError` and what else planning raises."""
    plan = plan_export(checkpoint, target, options, cancel=cancel, scan=scan)
    sums = Counter(
        (change.what, change.before, change.after)
        for change in plan.changes
        if change.what in ("device", "dtype")
    )
    replaced = tuple(
        os.fspath(file.target.asked) for file in plan.files if file.target.mode is not None
    )
    return Preview(
        plan,
        tuple((*key, count) for key, count in sums.items()),
        replaced,
        tuple(left_over(plan.files[0].target.real.parent)),
    )


def remove_left_over(paths: tuple[Path, ...]) -> None:
    """Remove unfinished copies that nobody is writing."""
    for path in paths:
        if path in left_over(path.parent):
            path.unlink(missing_ok=True)


def proposed_target(source: str, options: ExportOptions, devices: tuple[str, ...]) -> str:
    """Return a name beside the source that says what the copy is; the ending fits the format."""
    path = Path(source)
    stem, suffix = path.stem, path.suffix
    if suffix == ".tar":  # "model.pth.tar", as the ImageNet example has it
        stem, suffix = Path(stem).stem, Path(stem).suffix + suffix
    own = suffix
    if path.is_dir() or path.name.endswith(".index.json"):
        stem = (path.name.removesuffix(".index.json")).partition(".")[0] or path.name
        suffix = ""
    parts = [stem]
    if options.weights_only:
        parts.append("weights")
    if options.dtype:
        parts.append(options.dtype)
    if len(devices) == 1 and options.format != "safetensors":
        parts.append(devices[0].replace(":", ""))
    if options.format == "safetensors":
        suffix = ".safetensors"
    elif suffix in ("", ".safetensors", ".json"):
        suffix = ".pt"
    if len(parts) == 1 and own == suffix:
        parts.append("copy")
    return str(path.with_name("-".join(parts) + suffix))
