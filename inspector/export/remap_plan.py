"""What a re-map would do, listed before it is done."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.summary import pieces_of
from inspector.checkpoint.types import Checkpoint, Tensor
from inspector.export.map_location import (
    Placement,
    belongs_on_cpu,
    placement,
    storage_devices,
    warnings_for,
)
from inspector.export.pieces import total_size
from inspector.export.plan import Change, ExportOptions, ExportPlan, PlannedFile
from inspector.export.read_back import check_remap
from inspector.export.remap import Remap, SourceScan
from inspector.export.safe_file import check_target
from inspector.formats.detect import open_checkpoint


def plan_remap(
    checkpoint: Checkpoint,
    target: str | os.PathLike[str],
    options: ExportOptions,
    cancel: CancelToken,
    scan: SourceScan,
) -> ExportPlan:
    """Return the plan of a copy that names other devices and is the same otherwise."""
    where = check_target(target, checkpoint.sources, overwrite=options.overwrite)
    wish = placement(options.map_location, options.map_keys, keep_on_cpu=options.keep_on_cpu)
    devices = storage_devices(checkpoint.tensors, wish)
    remap = Remap(scan, wish, devices)
    pieces = remap.pieces(cancel)

    def read_back(files: list[Path], cancel: CancelToken, advance: Callable[[int], None]) -> int:
        with open_checkpoint(files[0], cancel=cancel) as copy:
            return check_remap(checkpoint, copy, devices, cancel, advance)

    return ExportPlan(
        checkpoint, options, "re-map", checkpoint.format,
        [PlannedFile(where, total_size(pieces), lambda: pieces)], read_back,
        compared_bytes=sum(storage.nbytes for storage in checkpoint.storages),
        tensors=len(checkpoint.tensors),
        check=remap.check,
        expected=lambda: {
            tuple(map(str, tensor.path)): (tensor, tensor.dtype, _device(tensor, devices))
            for tensor in checkpoint.tensors
        },
        changes=_changes(checkpoint, devices),
        warnings=_warnings(checkpoint, wish),
        globals=list(checkpoint.globals),
        unsafe=unsafe_names(checkpoint),
    )  # fmt: skip


def _device(tensor: Tensor, devices: dict[int, str]) -> str | None:
    return devices.get(id(tensor.storage), tensor.device)


def _changes(checkpoint: Checkpoint, devices: dict[int, str]) -> list[Change]:
    changes = []
    for tensor in checkpoint.tensors:
        for part in pieces_of(tensor):
            storage = part.storage
            if storage is None or storage.location is None:
                continue
            after = devices[id(storage)]
            if after != storage.location:
                key = tensor.key if part is tensor else f"{tensor.key} ({part.key})"
                changes.append(Change(key, "device", storage.location, after))
    return changes


def _warnings(checkpoint: Checkpoint, wish: Placement) -> list[str]:
    warnings = warnings_for(wish)
    if wish.changes_nothing:
        warnings.append("no device was asked for; the copy is the source, byte for byte")
    used = {storage.location for storage in checkpoint.storages if storage.location}
    for device in sorted(set(wish.devices) - used):
        if device != "cuda" or not any(tag.startswith("cuda") for tag in used):
            warnings.append(f"no tensor of the file is on {device}")
    kept = [tensor for tensor in checkpoint.tensors if belongs_on_cpu(tensor)]
    elsewhere = any(not device.startswith("cpu") for device in wish.targets())
    if kept and wish.keep_on_cpu and elsewhere:
        warnings.append(
            f"{len(kept)} RNG states and step counters stay on the CPU, where torch wants them"
        )
    names = {name.name for name in checkpoint.globals}
    if names & _NAME_A_DEVICE:
        warnings.append(
            "some tensors (DTensor and its like) name their device in their own arguments, which a "
            "re-map leaves alone: give torch.load the map_location, too"
        )
    if elsewhere and any(name.startswith(_PACKED_ON_THE_CPU) for name in names):
        warnings.append(
            "quantized layers are packed as they load, which torch can do on the CPU alone: it may "
            "crash on the copy"
        )
    if "torch.storage._load_from_bytes" in names:
        warnings.append(
            "some storages are pickled inside of others' bytes and keep the device they name"
        )
    return warnings


_NAME_A_DEVICE = {
    "torch._utils._rebuild_wrapper_subclass",
    "torch._utils._rebuild_device_tensor_from_cpu_tensor",
    "torch._utils._rebuild_device_tensor_from_numpy",
    "torch._utils._rebuild_xla_tensor",
}
_PACKED_ON_THE_CPU = ("torch.ao.nn.quantized.", "torch.nn.quantized.")


def unsafe_names(checkpoint: Checkpoint) -> list[str]:
    """Return the names in the file that are no class of a model: functions of the standard library
    and of packages that install, download or run things."""
    return [
        entry.name for entry in checkpoint.globals if not entry.known and _is_unsafe(entry.name)
    ]


def _is_unsafe(name: str) -> bool:
    if name in _HARMLESS or name.startswith(_HARMLESS_PREFIXES):
        return False
    root = name.partition(".")[0]
    return root in sys.stdlib_module_names or name.startswith(_DANGEROUS_PREFIXES)


# Data of the standard library that models do hold.
_HARMLESS = {
    "contextlib.nullcontext", "functools.partial", "inspect._empty", "random.Random", "re._compile",
}  # fmt: skip
_HARMLESS_PREFIXES = ("collections.", "enum.", "dataclasses.", "numbers.", "typing.", "datetime.")
_DANGEROUS_PREFIXES = (
    "__builtin__.", "commands.", "pip.", "pip._", "setuptools.", "torch.hub.",
    "torch.utils.cpp_extension.", "torch.utils.collect_env.", "torch._inductor.",
    "torch.distributed.elastic.", "numpy.f2py.", "numpy.testing.", "numpy.distutils.", "IPython.",
)  # fmt: skip
