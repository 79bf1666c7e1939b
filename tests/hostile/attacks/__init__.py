"""Every attack, one module per family; importing this package registers them all."""

from tests.hostile.attack import ATTACKS, CANARY, Attack
from tests.hostile.attacks import (
    code_in_pickle,
    container_lies,
    index_lies,
    legacy_lies,
    machine_abuse,
    persistent_ids,
    pickle_bombs,
    safetensors_lies,
    special_files,
    strange_files,
    tensor_lies,
    zip_differentials,
    zip_lies,
)

__all__ = [
    "ATTACKS",
    "CANARY",
    "Attack",
    "code_in_pickle",
    "container_lies",
    "index_lies",
    "legacy_lies",
    "machine_abuse",
    "persistent_ids",
    "pickle_bombs",
    "safetensors_lies",
    "special_files",
    "strange_files",
    "tensor_lies",
    "zip_differentials",
    "zip_lies",
]
