"""What a file may cost before it is refused."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """Budgets of one opening; the defaults lie far above any checkpoint seen in the wild."""

    pickle_bytes: int = 256 << 20
    """Bytes of one pickle, after inflating."""
    opcodes: int = 60_000_000
    """Opcodes of one pickle; 100,000 tensors take about 3 million."""
    stack: int = 5_000_000
    """Objects on the machine's stack; one long list lies on it whole."""
    memo: int = 20_000_000
    """Memo slots."""
    nodes: int = 2_000_000
    """Rows (tensors, values) of one checkpoint."""
    names: int = 64 << 20
    """Bytes of the keys and paths of all rows together."""
    depth: int = 1000
    """Levels of nesting that are listed; deeper ones are shown as one value."""
    header_bytes: int = 100_000_000
    """Bytes of a safetensors header: the reference reader's own limit."""
    index_bytes: int = 64 << 20
    """Bytes of a shard index."""
    shards: int = 10_000
    """Files that a shard index may name; each is looked for."""
    inflated_bytes: int = 16 << 30
    """Bytes one deflated storage may grow to, in a temporary file, when it is read."""


DEFAULT_LIMITS = Limits()
