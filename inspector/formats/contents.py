"""What one pickle of torch's holds, and the checkpoint that a file of one such pickle is."""

from __future__ import annotations

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.types import (
    Checkpoint,
    Finding,
    Path,
    Storage,
    Tensor,
    Value,
    WeightsOnly,
)
from inspector.formats.pickle_machine import Pickle
from inspector.formats.weights_only import global_names, verdict


class Contents:
    """What a pickle holds: rows in file order, container types by path, the storages used."""

    def __init__(self) -> None:
        self.entries: list[Tensor | Value] = []
        self.containers: dict[Path, str] = {}
        self.storages: list[Storage] = []

    @property
    def tensors(self) -> list[Tensor]:
        """The rows that are tensors."""
        return [entry for entry in self.entries if isinstance(entry, Tensor)]

    def checkpoint(
        self,
        pickle: Pickle,
        source: ByteSource,
        *,
        format: str,
        detail: str,
        findings: list[Finding],
        weights_only: WeightsOnly | None = None,
    ) -> Checkpoint:
        """Return the checkpoint of a file that holds one pickle; `weights_only` as torch's
        unpickler decides unless the container decides it."""
        return Checkpoint(
            path=source.path,
            format=format,
            size=source.size,
            entries=self.entries,
            storages=self.storages,
            sources=[source],
            detail=f"{detail}, pickle protocol {pickle.protocol}",
            containers=self.containers,
            globals=global_names(pickle),
            findings=findings,
            weights_only=weights_only or verdict(pickle),
        )
