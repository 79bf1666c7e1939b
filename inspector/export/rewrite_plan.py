"""What writing the weights as a new file would do, listed before it is done.

The copy is a torch zip that `torch.load(weights_only=True)` takes, or a safetensors file, or
several of either with an index.
"""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.errors import ExportError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.summary import pieces_of
from inspector.checkpoint.types import Checkpoint, Storage, Tensor
from inspector.export.cast import CASTABLE, check_castable
from inspector.export.map_location import (
    Placement,
    is_device,
    placement,
    storage_devices,
    warnings_for,
)
from inspector.export.new_storages import new_storages
from inspector.export.outgoing import (
    Outgoing,
    OutgoingTensor,
    cast_wishes,
    outgoing,
    place_of,
    step_at,
    unmatched,
)
from inspector.export.plan import Change, ExportOptions, ExportPlan, PlannedFile
from inspector.export.read_back_rewritten import Expected, read_back_of
from inspector.export.report import LeftOut
from inspector.export.safe_file import Target, check_target
from inspector.export.safetensors_write import CODES, nbytes_of, safetensors_file
from inspector.export.shards import index_text, shard_paths, split
from inspector.export.torch_file import torch_archive

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_LAYOUTS = (
    "strided",
    "sparse_coo",
    "sparse_csr",
    "sparse_csc",
    "sparse_bsr",
    "sparse_bsc",
    "nested",
)


def plan_rewrite(
    checkpoint: Checkpoint,
    target: str | os.PathLike[str],
    options: ExportOptions,
    cancel: CancelToken,
) -> ExportPlan:
    """Return the plan of a new file with the weights of `checkpoint`."""
    if options.format not in (None, "torch", "safetensors"):
        raise ExportError(f"{shown(options.format or '', 40)!r} is no format that is written here")
    kind = options.format or ("safetensors" if _names_safetensors(target) else "torch")
    wish = placement(options.map_location, options.map_keys, keep_on_cpu=options.keep_on_cpu)
    if options.dtype is not None:
        check_castable(options.dtype)
    out = outgoing(checkpoint, options)
    cast_wishes(out, options, CASTABLE)
    rewrite = _Rewrite(checkpoint, options, kind, wish, out, cancel)
    rewrite.warnings += [
        f"the source is not complete: {shown(f'{finding.message} ({finding.where})', 500)}"
        for finding in checkpoint.findings
        if finding.code in _INCOMPLETE
    ]
    rewrite.warnings += unmatched(checkpoint, options)
    rewrite.leave_out()
    rewrite.describe()
    files, groups = rewrite.files(Path(target))

    def expected() -> list[list[Expected]]:
        return list(map(rewrite.expected, groups))

    return ExportPlan(
        checkpoint, options, "rewrite", kind, files, read_back_of(expected),
        compared_bytes=sum(nbytes_of(item) for item in out.tensors),
        tensors=len(out.tensors), changes=out.changes, left_out=out.left_out,
        warnings=rewrite.warnings,
        expected=lambda: {
            _steps(one.item): (one.item.tensor, one.item.dtype, one.device)
            for items in expected() for one in items
        },
        casts=[(item.tensor, item.dtype) for item in out.tensors
               if item.dtype != item.tensor.dtype],
    )  # fmt: skip


def _steps(item: OutgoingTensor) -> tuple[str, ...]:
    return tuple(str(step_at(token)) for token in item.place)


def _names_safetensors(target: str | os.PathLike[str]) -> bool:
    return Path(target).name.removesuffix(".index.json").endswith(".safetensors")


@dataclass
class _Rewrite:
    checkpoint: Checkpoint
    options: ExportOptions
    kind: str
    wish: Placement
    out: Outgoing
    cancel: CancelToken
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cancel.check()
        self._devices = storage_devices([item.tensor for item in self.out.tensors], self.wish)

    # -- what cannot go ---------------------------------------------------------------------------

    def leave_out(self) -> None:
        """Take out what the format has no words for, and say so."""
        obstacle = _torch_obstacle if self.kind == "torch" else _safetensors_obstacle
        kept = []
        for item in self.out.tensors:
            why = obstacle(item)
            if why:
                self.out.left_out.append(LeftOut(item.tensor.key, why))
            else:
                kept.append(item)
        if self.out.tensors and not kept:
            raise ExportError(
                f"no tensor can be written as {self.kind}: {self.out.left_out[-1].why}"
            )
        self.out.tensors[:] = kept
        if self.kind == "safetensors" or self.options.shard_bytes:
            why = "only tensors have a place in such a file"
            self.out.left_out += [LeftOut(item.key, why) for item in self.out.values]
            self.out.values.clear()
            self._check_names()

    def _check_names(self) -> None:
        for item in self.out.tensors:
            item.key = item.key if item.place else "tensor"
            item.place = place_of((item.key,))
        self.out.kinds.clear()
        self.out.versions.clear()
        counted = Counter(item.key for item in self.out.tensors)
        for key, count in counted.items():
            if count > 1:
                raise ExportError(
                    f"{count} tensors would have one name",
                    where=shown(key, 200),
                    advice="Rename them, or select one",
                )
            if _HALF_CHARACTER.search(key):
                raise ExportError(
                    "a name holds half a character, which cannot be written in such a file",
                    where=shown(key, 200),
                    advice="Rename it, or leave it out",
                )
            if key == "__metadata__" and self.kind == "safetensors":
                raise ExportError("safetensors keeps this name for itself", where=key)

    # -- what changes -----------------------------------------------------------------------------

    def describe(self) -> None:
        """Add what the format makes of devices, sharing and classes to the list of changes."""
        self.cancel.check()
        changes = self.out.changes
        for item in self.out.tensors:
            before = item.tensor.device
            after = None if self.kind == "safetensors" else self._device(item)
            if before != after:
                changes.append(Change(item.key, "device", before or "-", after or "-"))
            if item.tensor.class_name not in _PLAIN_CLASSES:
                changes.append(Change(item.key, "type", item.tensor.class_name, "torch.Tensor"))
        for path, name in self.checkpoint.containers.items():
            if place_of(path) in self.out.kinds and name not in (
                "dict",
                "OrderedDict",
                "list",
                "tuple",
            ):
                key = ".".join(map(str, path)) or "the saved object"
                changes.append(Change(key, "type", name, "dict"))
        if self.kind == "safetensors":
            self._describe_safetensors()
        else:
            self.warnings += warnings_for(self.wish)

    def _describe_safetensors(self) -> None:
        if not self.wish.changes_nothing:
            self.warnings.append("safetensors files name no device; whoever loads one chooses it")
        shared: dict[int, list[OutgoingTensor]] = {}
        for item in self.out.tensors:
            shared.setdefault(id(item.tensor.storage), []).append(item)
        tied = [items for items in shared.values() if len(items) > 1]
        if tied and self.options.tied == "refuse":
            names = ", ".join(shown(item.key, 60) for item in tied[0][:4])
            raise ExportError(
                "some tensors share one storage, which safetensors cannot say",
                where=names,
                advice="Let them be written several times, or write a torch file",
            )
        for items in tied:
            names = ", ".join(shown(item.key, 60) for item in items[:4])
            self.out.changes += [
                Change(item.key, "sharing", names, "a copy of its own") for item in items
            ]
        if tied:
            self.warnings.append(
                f"{sum(map(len, tied))} tensors that share storages are written each by itself"
            )

    def _device(self, item: OutgoingTensor) -> str:
        pieces = pieces_of(item.tensor)
        return self._location(item.tensor, pieces[0].storage) if pieces else "cpu"

    def _location(self, tensor: Tensor, storage: Storage | None) -> str:
        if storage is None:
            return "cpu"
        device = self._devices.get(id(storage)) or self.wish.of_tensor(tensor, "cpu")
        return device if is_device(device) else "cpu"

    # -- files ------------------------------------------------------------------------------------

    def files(self, target: Path) -> tuple[list[PlannedFile], list[list[OutgoingTensor]]]:
        """Return what is written where, and the tensors of each file."""
        if not self.options.shard_bytes:
            return [self._file(self._target(target), self.out)], [self.out.tensors]
        shards = split(
            self.out.tensors, self.options.shard_bytes, nbytes_of, together=self.kind == "torch"
        )
        paths, index = shard_paths(target, len(shards), self.kind)
        files = [
            self._file(self._target(path), Outgoing(items))
            for path, items in zip(paths, shards, strict=True)
        ]
        total = sum(map(nbytes_of, self.out.tensors))
        text = index_text(list(zip(paths, shards, strict=True)), total)
        files.append(PlannedFile(self._target(index), len(text), lambda: [text]))
        return files, shards

    def _target(self, path: Path) -> Target:
        return check_target(path, self.checkpoint.sources, overwrite=self.options.overwrite)

    def _file(self, where: Target, out: Outgoing) -> PlannedFile:
        self.cancel.check()
        if self.kind == "safetensors":
            metadata = dict(self.checkpoint.metadata) or {"format": "pt"}
            metadata.setdefault("format", "pt")
            return PlannedFile(where, *safetensors_file(out.tensors, metadata))
        storages = new_storages(out.tensors, self._location, shrink=self.options.shrink)
        self.cancel.check()
        archive = torch_archive(out, storages)
        return PlannedFile(where, archive.nbytes, archive.pieces)

    def expected(self, items: list[OutgoingTensor]) -> list[Expected]:
        """Return what reading a file with these tensors back must find."""
        strided = self.kind == "torch"
        return [Expected(item, self._device(item) if strided else None, strided) for item in items]


_INCOMPLETE = ("missing-shard", "missing-tensor")
_PLAIN_CLASSES = ("torch.Tensor", "torch.nn.parameter.Parameter")


def _torch_obstacle(item: OutgoingTensor) -> str:
    tensor = item.tensor
    if tensor.layout not in _LAYOUTS:
        return f"a {tensor.layout} tensor needs its class"
    pieces = pieces_of(tensor)
    if not pieces or (tensor.parts and tensor.layout == "strided" and tensor.quantization is None):
        return "the file holds no elements for it" if not pieces else "it needs its class"
    if any(piece.dtype not in DTYPES or piece.dtype.startswith("float6_") for piece in pieces):
        return f"torch has no type {tensor.dtype}"
    if not _parts_agree(tensor):
        return "its parts contradict one another"
    return _storage_obstacle(pieces)


def _parts_agree(tensor: Tensor) -> bool:
    """Whether torch can put a sparse or nested tensor together again."""
    shapes = [part.shape for _, part in tensor.parts]
    if tensor.layout == "nested":
        whole = all(part.dtype == "int64" for _, part in tensor.parts[1:])
        buffer, sizes, strides, offsets = shapes
        return whole and len(buffer) == 1 and sizes == strides and offsets == sizes[:1]
    if tensor.layout.startswith("sparse") and math.prod(tensor.shape) >= 1 << 63:
        return False
    if tensor.layout == "sparse_coo":
        indices, values = shapes
        return len(indices) == 2 and indices[1:] == values[:1] and (
            tensor.shape[indices[0] :] == values[1:]
        )  # fmt: skip
    return True


def _safetensors_obstacle(item: OutgoingTensor) -> str:
    tensor = item.tensor
    if tensor.layout != "strided" or tensor.parts or tensor.quantization is not None:
        kind = "quantized" if tensor.quantization is not None else tensor.layout
        return f"safetensors has no {kind} tensors"
    if item.dtype not in CODES:
        return f"safetensors has no type {item.dtype}"
    if tensor.storage is None:
        return "the file holds no elements for it"
    return _storage_obstacle([tensor])


def _storage_obstacle(pieces: list[Tensor]) -> str:
    for piece in pieces:
        storage = piece.storage
        if storage is not None and storage.problem:
            return f"its elements cannot be read: {storage.problem}"
        if storage is None or (storage.source is None and storage.nbytes):
            return "the file holds no elements for it"
    return ""
