"""Find the one checkpoint that a folder is about: a sharded set, or a single model file.

This is the only place that goes by names: a folder is opened because of what its files are called,
and the file found is then read by its content like any other.
"""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from inspector.checkpoint.errors import NotACheckpointError, UnreadableFileError
from inspector.checkpoint.plain_text import shown

_INDEX = ".index.json"
_INDEXED = (".safetensors", ".bin", ".pt", ".pth")
# What transformers, diffusers, peft and Meta call a model's one file of weights.
_MODEL_FILES = (
    "model.safetensors",
    "pytorch_model.bin",
    "diffusion_pytorch_model.safetensors",
    "diffusion_pytorch_model.bin",
    "adapter_model.safetensors",
    "adapter_model.bin",
    "consolidated.safetensors",
    "consolidated.00.pth",
)
_ENDINGS = (".safetensors", ".pt", ".pth", ".ckpt", ".bin", ".pth.tar")
_MOST_FILES = 10_000
_MOST_NAMED = 4

# A file inside, what such a folder is, what to do about it
_STRANGERS = (
    (
        ".metadata",
        "a distributed checkpoint (DCP)",
        "Convert it with torch.distributed.checkpoint.format_utils.dcp_to_torch_save",
    ),
    (
        "zero_to_fp32.py",
        "a DeepSpeed checkpoint",
        "Convert it with the zero_to_fp32.py inside",
    ),
    ("saved_model.pb", "a TensorFlow SavedModel", "It is read by TensorFlow"),
    (
        "data.pkl",
        "the unpacked content of a checkpoint",
        "Open the file it was unpacked from; a checkpoint stays packed",
    ),
)


def checkpoint_in(folder: str) -> str:
    """Return the path of the file to open for `folder`.

    Raises `NotACheckpointError` when there is none, or several and no telling which.
    """
    names = _files(folder)
    indexes = [name for name in names if name.endswith(tuple(e + _INDEX for e in _INDEXED))]
    candidates = (
        indexes
        or [name for name in _MODEL_FILES if name in names]
        or [name for name in names if name.lower().endswith(_ENDINGS)]
    )
    if ".metadata" in names and any(name.endswith(".distcp") for name in names):
        candidates = []  # what lies beside the shards holds no weights: Lightning's meta.pt
    if len(candidates) == 1:
        return str(Path(folder) / candidates[0])
    if candidates:
        listed = ", ".join(candidates[:_MOST_NAMED]) + (
            ", ..." if len(candidates) > _MOST_NAMED else ""
        )
        raise NotACheckpointError(
            f"this folder holds {len(candidates)} checkpoints: {shown(listed, 300)}",
            file=folder,
            advice="Open one of them",
        )
    for inside, kind, advice in _STRANGERS:
        if inside in names:
            raise NotACheckpointError(f"this folder is {kind}", file=folder, advice=advice)
    raise NotACheckpointError(
        "this folder holds no checkpoint", file=folder, advice="Choose a checkpoint file"
    )


def _files(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, _MOST_FILES) if not entry.is_dir()]
    except OSError as error:
        raise UnreadableFileError(
            f"the folder cannot be listed: {error.strerror}", file=folder
        ) from error
    return sorted(names)
