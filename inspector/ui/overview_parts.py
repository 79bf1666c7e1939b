"""Where the bytes of a checkpoint are: its keys as a tree of parts with sums, in four kinds.

Built in a worker; no widget here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.checkpoint.kinds import KINDS, MODEL, Kinds
from inspector.checkpoint.summary import Span, pieces_of, span_of
from inspector.checkpoint.types import Checkpoint, Path, Storage, Tensor
from inspector.ui.tree_rows import MAX_DEPTH

_OF_A_TENSOR = "\n"
"""Ends the place of a tensor, for a module may bear the same name: "weight" and "weight.absmax"."""


@dataclass(slots=True)
class Part:
    """A module or a tensor: the key that leads to it, its bytes, and what lies below, by size.

    The key is the first `end` characters of `within`, the key of a tensor: a copy for each of the
    modules on the way would take memory by the square of their number.
    """

    name: str
    within: str
    end: int
    kind: str = MODEL
    nbytes: int = 0
    tensors: int = 0
    children: dict[str, Part] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The key of the tensor, or what the keys in the module begin with."""
        return self.within[: self.end]


def parts_of(checkpoint: Checkpoint, owners: Mapping[Path, str], cancel: CancelToken) -> Part:
    """Return the tree of parts; state of an optimizer is called after the parameters in `owners`.

    Bytes that several tensors share belong to the first of them. Raises `Cancelled`.
    """
    root = Part("", "", 0)
    kinds = Kinds(cancel.each(checkpoint.tensors))
    seen: dict[Storage, set[Span] | Tensor] = {}
    try:
        for tensor in cancel.each(checkpoint.tensors):
            _add(root, tensor, _own_bytes(tensor, seen), kinds.of(tensor))
    except Cancelled:
        take_apart(root, CancelToken())
        raise
    for path, owner in owners.items():
        _name_owner(root, ".".join(map(str, path)).split(".", MAX_DEPTH), owner)
    _sort(root)
    return root


def _name_owner(root: Part, steps: Sequence[str], owner: str) -> None:
    """Call the part after its parameter: optimizers number theirs, and nobody knows number 8."""
    part: Part | None = root
    for step in steps:
        part = part.children.get(step) if part else None
    if part is not None:
        part.name = owner


def _below(root: Part) -> Iterator[Part]:
    """Yield `root` and every part below it, however deep."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(part.children.values())


def _sort(root: Part) -> None:
    for part in _below(root):
        if len(part.children) > 1:
            by_size = sorted(part.children.items(), key=lambda child: -child[1].nbytes)
            part.children = dict(by_size)


def bytes_by_kind(root: Part) -> dict[str, int]:
    """Return bytes of model, optimizer, averaged copy and other, of those that there are."""
    sums = dict.fromkeys(KINDS, 0)
    for part in _below(root):
        if not part.children:
            sums[part.kind] += part.nbytes
    return {kind: nbytes for kind, nbytes in sums.items() if nbytes}


def model_keys(root: Part) -> Set[str]:
    """Return the keys of the model's own tensors, without optimizer and averaged copies."""
    leaves = (part for part in _below(root) if not part.children)
    return {part.key for part in leaves if part.kind == MODEL}


def take_apart(root: Part, cancel: CancelToken) -> None:
    """Free the tree part by part; nobody may use it any more."""
    waiting = [root]
    while waiting:
        cancel.check()
        part = waiting.pop()
        waiting.extend(part.children.values())
        part.children = {}


def _own_bytes(tensor: Tensor, seen: dict[Storage, set[Span] | Tensor]) -> int:
    """Return the bytes that no tensor before had. A storage with one tensor, as most are, has no
    set of its own: freeing 100,000 of them would hold the window up."""
    total = 0
    for piece in pieces_of(tensor):
        span = start, end = span_of(piece)
        assert piece.storage is not None
        before = seen.setdefault(piece.storage, piece)
        if before is not piece:
            spans = before if isinstance(before, set) else {span_of(before)}
            if span in spans:
                continue
            spans.add(span)
            seen[piece.storage] = spans
        total += max(0, min(piece.nbytes, end - start))
    return total


def _add(root: Part, tensor: Tensor, nbytes: int, kind: str) -> None:
    part = root
    part.nbytes += nbytes
    part.tensors += 1
    end = -1
    *modules, last = tensor.key.split(".", MAX_DEPTH)
    for step in (*modules, last + _OF_A_TENSOR):
        name = step.removesuffix(_OF_A_TENSOR)
        end += 1 + len(name)
        child = part.children.get(step)
        if child is None:
            child = part.children[step] = Part(name, tensor.key, end, kind)
        child.nbytes += nbytes
        child.tensors += 1
        part = child
