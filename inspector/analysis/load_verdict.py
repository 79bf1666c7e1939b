"""Would `model.load_state_dict(state_dict)` succeed, when the model is A and the state_dict is B?

Follows `torch.nn.Module.load_state_dict` (torch/nn/modules/module.py): modules are visited from the
root, each one reports its missing and unexpected keys and what cannot be copied. A checkpoint is
not a state_dict itself where the model lies under a key (`checkpoint["model"]`); the part of each
file that fits the other best is taken, and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.types import Checkpoint, Path, Tensor, Value

_MODULE_LEVELS = ("_modules", "_parameters", "_buffers")
VERSIONS = "_metadata"
"""The attribute of a state_dict that holds the version of each module."""
_CANDIDATES = 8
_DEEPEST = 256
"""Modules within one another that are told apart."""

Entry = Tensor | Value | None


@dataclass(slots=True)
class StateDict:
    """One dict of a checkpoint that `load_state_dict` could be given, and where it lies.

    `entries` holds None for a name under which lies a dict, a list or an object.
    """

    root: Path
    entries: dict[str, Entry] = field(default_factory=dict)
    tensors: int = 0
    has_metadata: bool = False
    of_module: bool = False
    """Whether a module was pickled whole here: `load_state_dict` takes the dict that it gives."""

    def describe(self) -> str:
        """Return the Python words that reach it: `checkpoint["model"]`."""
        steps = (f"[{step}]" if isinstance(step, int) else f'["{step}"]' for step in self.root)
        return "checkpoint" + "".join(steps) + (".state_dict()" if self.of_module else "")

    def renamed(self, names: dict[str, str]) -> StateDict:
        """Return it with other names for some entries."""
        entries = {names.get(name, name): entry for name, entry in self.entries.items()}
        # Renaming by hand loses _metadata.
        return StateDict(self.root, entries, self.tensors, of_module=self.of_module)


@dataclass(frozen=True, slots=True)
class SizeMismatch:
    """A tensor whose shape in the checkpoint (B) is not the one in the model (A)."""

    key: str
    model_shape: tuple[int, ...]
    checkpoint_shape: tuple[int, ...]

    def __str__(self) -> str:
        return (
            f"size mismatch for {self.key}: copying a param with shape "
            f"{torch_size(self.checkpoint_shape)} from checkpoint, the shape in current model is "
            f"{torch_size(self.model_shape)}."
        )


@dataclass(frozen=True, slots=True)
class NotCopied:
    """A tensor that torch finds under the right name and cannot copy."""

    key: str
    reason: str

    def __str__(self) -> str:
        return f'While copying the parameter named "{self.key}", {self.reason}'


@dataclass(slots=True)
class LoadVerdict:
    """What `load_state_dict` would say, in torch's terms and order.

    `casts` lists (key, dtype in B, dtype in A): torch converts these without a word. `filled`
    lists the batch-norm counters that torch makes up where B has no `_metadata` to say that they
    are missing on purpose (a safetensors file, a dict renamed by hand).
    """

    model: StateDict
    state_dict: StateDict
    missing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    errors: list[SizeMismatch | NotCopied] = field(default_factory=list)
    casts: list[tuple[str, str, str]] = field(default_factory=list)
    filled: list[str] = field(default_factory=list)

    @property
    def strict(self) -> bool:
        """Whether `load_state_dict(..., strict=True)` would succeed."""
        return not (self.missing or self.unexpected or self.errors)

    @property
    def non_strict(self) -> bool:
        """Whether `strict=False` would succeed: names may differ, sizes may not."""
        return not self.errors

    @property
    def problems(self) -> int:
        """How many keys stand in the way of a strict load."""
        return len(self.missing) + len(self.unexpected) + len(self.errors)

    def lines(self) -> list[str]:
        """Return the lines of torch's message, without its first; empty when all goes well."""
        lines = []
        if self.missing:
            lines.append(f"Missing key(s) in state_dict: {_quoted(self.missing)}. ")
        if self.unexpected:
            lines.append(f"Unexpected key(s) in state_dict: {_quoted(self.unexpected)}. ")
        return lines + [str(error) for error in self.errors]


def load_verdict(
    a: Checkpoint,
    b: Checkpoint,
    renames: dict[str, str] | None = None,
    *,
    cancel: CancelToken | None = None,
) -> LoadVerdict:
    """Return what loading B's state_dict into A's model would give.

    `renames` maps keys of A to B's (`Mapping.renames()`): the verdict is then the one after B's
    tensors took A's names.
    """
    cancel = cancel or CancelToken()
    model, state_dict = _best_fit(a, b, renames or {}, cancel)
    verdict = LoadVerdict(model, state_dict)
    root = _Module()
    for name in cancel.each(model.entries):
        root.holder_of(name, grow=True).names.append(name)
    for name in cancel.each(state_dict.entries):
        if name not in model.entries:
            root.holder_of(name).unexpected.append(name)
    for module in cancel.each(root.in_torchs_order()):
        for name in module.names:
            expected = model.entries[name]
            if name not in state_dict.entries:
                is_filled = not state_dict.has_metadata and _is_counter(name, model)
                (verdict.filled if is_filled else verdict.missing).append(name)
            elif isinstance(expected, Tensor):
                _check_copy(verdict, name, expected, state_dict.entries[name])
        verdict.unexpected += module.unexpected
    return verdict


def state_dicts(checkpoint: Checkpoint, cancel: CancelToken) -> list[StateDict]:
    """Return every dict and module of a checkpoint that holds tensors by name, largest first."""
    if checkpoint.format == "torchscript":  # one module, whatever the paths of its parts are
        entries: dict[str, Entry] = {
            tensor.key: tensor for tensor in checkpoint.tensors if tensor.in_state_dict
        }
        return [StateDict((), entries, len(entries), has_metadata=True, of_module=True)]
    found: dict[Path, StateDict] = {}
    for tensor in cancel.each(checkpoint.tensors):
        if tensor.in_state_dict and tensor.path:
            root = _split(tensor.path)[0]
            if root not in found:
                of_module = len(tensor.path) > 1 and tensor.path[len(root)] in _MODULE_LEVELS
                found[root] = StateDict(root, has_metadata=of_module, of_module=of_module)
            found[root].tensors += 1
    for entry in cancel.each(checkpoint.entries):
        _add(found, entry)
    return sorted(found.values(), key=lambda one: -one.tensors)


def torch_size(shape: Iterable[int]) -> str:
    """Return a shape as torch prints it."""
    return f"torch.Size([{', '.join(map(str, shape))}])"


def _split(path: Path) -> tuple[Path, str]:
    """Split a tensor's path into the dict or module that holds it and its state_dict name."""
    if len(path) == 1:
        return (), str(path[0])
    for index, step in enumerate(path[:-1]):
        if step in _MODULE_LEVELS:
            return path[:index], ".".join(str(inner) for inner in path[index + 1 :: 2])
    return path[:-1], str(path[-1])


def _add(found: dict[Path, StateDict], entry: Tensor | Value) -> None:
    """Add an entry to its dict, and what lies deeper to the dicts above it as a name alone."""
    path = entry.path
    if isinstance(entry, Tensor) and entry.in_state_dict and path:
        root, name = _split(path)
        found[root].entries[name] = entry
        if len(path) == 1 and name != VERSIONS:
            return
    if any(step in _MODULE_LEVELS for step in path):
        return
    for depth in range(len(path)):
        holder = found.get(path[:depth])
        if holder is None or holder.of_module:  # the attributes of a module are not in its dict
            continue
        if path[depth] == VERSIONS:
            holder.has_metadata = True
        else:
            is_direct = depth == len(path) - 1
            holder.entries.setdefault(str(path[depth]), entry if is_direct else None)


def _best_fit(
    a: Checkpoint, b: Checkpoint, renames: dict[str, str], cancel: CancelToken
) -> tuple[StateDict, StateDict]:
    candidates_a = state_dicts(a, cancel)[:_CANDIDATES] or [StateDict(())]
    candidates_b = state_dicts(b, cancel)[:_CANDIDATES] or [StateDict(())]
    if renames:
        candidates_b = [_under_names_of_a(one, candidates_a, renames) for one in candidates_b]
    pairs = [(one, other) for one in candidates_a for other in candidates_b]
    return max(pairs, key=lambda pair: (_common(*pair), pair[0].tensors + pair[1].tensors))


def _under_names_of_a(
    state_dict: StateDict, models: list[StateDict], renames: dict[str, str]
) -> StateDict:
    """Give B's entries the state_dict names that A's tensors of the matched keys have."""
    names_by_key = {
        entry.key: name
        for model in models
        for name, entry in model.entries.items()
        if isinstance(entry, Tensor)
    }
    new_names = {key_b: names_by_key.get(key_a) for key_a, key_b in renames.items()}
    names = {}
    for name, entry in state_dict.entries.items():
        new_name = new_names.get(entry.key) if isinstance(entry, Tensor) else None
        if new_name is not None:
            names[name] = new_name
    return state_dict.renamed(names)


def _common(model: StateDict, state_dict: StateDict) -> int:
    return len(model.entries.keys() & state_dict.entries.keys())


class _Module:
    """A module that the names of a model imply: its own names, and those of a state_dict that it
    does not expect. No module has its whole name, which would grow with the square of the depth."""

    __slots__ = ("children", "names", "unexpected")

    def __init__(self) -> None:
        self.children: dict[str, _Module] = {}
        self.names: list[str] = []
        self.unexpected: list[str] = []

    def holder_of(self, name: str, *, grow: bool = False) -> _Module:
        """Return the innermost module that the name leads to; those on the way grow if asked."""
        module = self
        for step in name.split(".", _DEEPEST)[:-1]:
            child = module.children.get(step)
            if child is None:
                if not grow:
                    break
                child = module.children[step] = _Module()
            module = child
        return module

    def in_torchs_order(self) -> Iterator[_Module]:
        """Yield this module and all below it, parents before their children."""
        stack = [self]
        while stack:
            module = stack.pop()
            yield module
            stack += reversed(module.children.values())


def _is_counter(name: str, model: StateDict) -> bool:
    """Whether it is the counter that batch norm has had since its version 2."""
    prefix, dot, leaf = name.rpartition(".")
    return leaf == "num_batches_tracked" and f"{prefix}{dot}running_mean" in model.entries


def _check_copy(verdict: LoadVerdict, name: str, ours: Tensor, theirs: Entry) -> None:
    if not isinstance(theirs, Tensor):
        kind = theirs.type_name if theirs is not None else "dict"
        reason = (
            "expected torch.Tensor or Tensor-like object from checkpoint but received "
            f"<class '{kind}'>"
        )
        verdict.errors.append(NotCopied(name, reason))
        return
    shape = theirs.shape
    if ours.shape == () and len(shape) == 1 and shape[0]:
        shape = ()  # scalars saved before torch 0.4 were vectors; torch takes their first element
    if shape != ours.shape:
        verdict.errors.append(SizeMismatch(name, ours.shape, theirs.shape))
        return
    problem = _copy_problem(ours, theirs)
    if problem:
        reason = (
            f"whose dimensions in the model are {torch_size(ours.shape)} and whose dimensions in "
            f"the checkpoint are {torch_size(theirs.shape)}, an exception occurred : {problem}"
        )
        verdict.errors.append(NotCopied(name, reason))
    elif ours.dtype != theirs.dtype:
        verdict.casts.append((name, theirs.dtype, ours.dtype))


def _copy_problem(ours: Tensor, theirs: Tensor) -> str:
    if theirs.problem:
        return "its bytes are not all in the file"
    if theirs.device == "meta" and ours.device != "meta":
        return "a meta tensor has no data to copy"
    if theirs.layout != ours.layout:
        return f"a {theirs.layout} tensor cannot be copied into a {ours.layout} one"
    if theirs.quantization is not None and ours.quantization is None:
        return "a quantized tensor cannot be copied into one that is not"
    return ""


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
