"""What an export is asked to do, what it would do, and what it did."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.types import Checkpoint, GlobalName, Tensor
from inspector.export.map_location import MapLocation
from inspector.export.pieces import Piece
from inspector.export.report import LeftOut
from inspector.export.safe_file import Target


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """The wishes of one export. With a device alone, a torch file is re-mapped: its copy differs in
    nothing else. Anything more writes the weights as a new file."""

    map_location: MapLocation | None = None
    map_keys: tuple[tuple[str, str], ...] = ()
    """(key pattern, device) pairs; the first that matches counts, before `map_location`."""
    keep_on_cpu: bool = True
    """RNG states and Adam's step counters stay on the CPU unless a pattern says otherwise."""
    dtype: str | None = None
    """Cast floating tensors to this; None leaves them."""
    keep_dtype: tuple[str, ...] = ()
    """Patterns of keys that are not cast (norms, embeddings)."""
    select: tuple[str, ...] = ()
    """Patterns of keys to write; empty means all."""
    exclude: tuple[str, ...] = ()
    rename: tuple[tuple[str, str], ...] = ()
    """(old, new) pairs, applied in order; see `renaming.renamed`."""
    format: str | None = None
    """ "torch" or "safetensors"; None means safetensors where the target's name
    ends so, else torch."""
    weights_only: bool = False
    """Write tensors and plain values as a new file that torch.load(weights_only=True) takes."""
    values: bool = True
    """Plain values (epoch, param_groups) go along, where the format has a place for them."""
    tied: str = "duplicate"
    """What becomes of tensors that share a storage in safetensors, which cannot say so: each is
    written by itself ("duplicate"), or the export is refused ("refuse"). Torch files share."""
    shrink: bool = True
    """Write of each storage only what its tensors use."""
    shard_bytes: int | None = None
    """Split into files of at most this size, with an index; `target` is then the index."""
    overwrite: bool = False
    allow_unsafe_globals: bool = False
    """Re-map a file even though it names functions that no model needs (os, builtins.eval)."""
    read_back: bool = True
    """Read the copy and compare it with the source before it gets its name."""

    @property
    def rewrites(self) -> bool:
        """Whether more is asked for than other devices."""
        return bool(
            self.dtype or self.select or self.exclude or self.rename or self.weights_only
            or self.shard_bytes or not self.values
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is other in the copy; `what` is device, dtype, key, sharing or type."""

    key: str
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class CastLoss:
    """What a cast does to one tensor: how many elements become infinite or NaN (`overflow`), become
    zero (`underflow`), or are rounded at all (`inexact`); of `count` elements."""

    key: str
    before: str
    after: str
    count: int
    overflow: int
    underflow: int
    inexact: int


@dataclass(slots=True)
class PlannedFile:
    """One file to be written. `pieces` are what its `nbytes` consist of; each is taken only when
    the one before was written."""

    target: Target
    nbytes: int
    pieces: Callable[[], Iterable[Piece]]


ReadBack = Callable[[list[Path], CancelToken, Callable[[int], None]], int]
"""Called as `read_back(files, cancel, advance)`; returns how many tensors were compared, raises
`ExportError` naming the first that differs."""
Expected = dict[tuple[str, ...], tuple[Tensor, str, str | None]]
"""(source's tensor, new dtype, new device) by the path in the copy, all steps as text."""


@dataclass(slots=True)
class ExportPlan:
    """Everything an export is about to do; nothing was written yet.

    `kind` is "re-map" (the source with other locations) or "rewrite" (a new file). `format` is the
    copy's, `unsafe` the names in `globals` that no model needs. `free` and `nbytes` are bytes.
    """

    checkpoint: Checkpoint
    options: ExportOptions
    kind: str
    format: str
    files: list[PlannedFile]
    read_back: ReadBack
    compared_bytes: int
    """Bytes that reading back will read."""
    free: int = 0
    tensors: int = 0
    changes: list[Change] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    globals: list[GlobalName] = field(default_factory=list)
    unsafe: list[str] = field(default_factory=list)
    expected: Callable[[], Expected] = dict
    """What somebody who loads the copy must find."""
    check: Callable[[CancelToken], None] = CancelToken.check
    """Whether the plan says what it should: asked before the first byte is written, for it takes
    too long for a preview. Raises `ExportError`."""
    casts: list[tuple[Tensor, str]] = field(default_factory=list)
    """(tensor, new dtype) of every cast; see `cast.losses`."""

    @property
    def nbytes(self) -> int:
        """Bytes of all files to be written."""
        return sum(file.nbytes for file in self.files)

    @property
    def target(self) -> Path:
        """The file a person asked for."""
        return self.files[-1].target.asked
