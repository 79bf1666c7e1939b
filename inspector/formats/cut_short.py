"""Words for files that end too early but whose list of tensors is whole."""

from __future__ import annotations

from collections.abc import Sequence

from inspector.checkpoint.types import Finding, Tensor

BEFORE = "the file ends before it"
"""The problem of a storage of which not a byte is there."""


def problem(there: int, nbytes: int) -> str:
    """Return why a storage of `nbytes` bytes, of which `there` lie in the file, cannot be read."""
    if there >= nbytes:
        return ""
    if there <= 0:
        return BEFORE
    return f"the file ends within it: {there:,} of its {nbytes:,} bytes are there"


def finding(tensors: Sequence[Tensor], size: int) -> Finding:
    """Return the finding for a file of `size` bytes: how many of its tensors are whole."""
    whole = sum(not tensor.problem for tensor in tensors)
    return Finding(
        "error",
        "cut-short",
        f"the file was cut short after {size:,} bytes: {whole:,} of {len(tensors):,} tensors are "
        "whole and can be read and exported",
        f"byte {size:,}",
    )
