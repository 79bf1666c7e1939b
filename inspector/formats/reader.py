"""What the module of every container offers."""

from __future__ import annotations

from typing import Protocol

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.types import Checkpoint

HEAD_BYTES = 4096
"""How much of a file's beginning `matches` is given."""


class Reader(Protocol):
    """One container."""

    def matches(self, head: bytes, source: ByteSource) -> bool:
        """Whether the content is of this container; `head` is its first `HEAD_BYTES` bytes."""

    def read(
        self, source: ByteSource, limits: Limits, cancel: CancelToken, progress: Progress
    ) -> Checkpoint:
        """Return what the file holds, the source among `Checkpoint.sources`."""
