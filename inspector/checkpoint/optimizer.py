"""Which parameter each piece of optimizer state belongs to, where the file lets one know.

`torch.optim.Optimizer.state_dict()` numbers parameters instead of naming them:

    {"state": {0: {"exp_avg": tensor, ...}, ...}, "param_groups": [{"params": [0, 1, ...]}, ...]}

The numbers count the parameters in the order they were given, usually `model.parameters()`: the
order of the model's `state_dict()` without its buffers. That is a guess until shapes confirm it,
so nothing is claimed unless every tensor of the state fits its parameter. Made of
`model.named_parameters()`, the groups have the names beside the numbers, as "param_names".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.types import Checkpoint, OddKey, Path, Tensor, Value

# Buffers of torch.nn's own normalization layers; they follow the parameters in a state_dict.
_BUFFERS = ("running_mean", "running_var", "num_batches_tracked")
Shape = tuple[int, ...]


def owners(checkpoint: Checkpoint) -> dict[Path, str]:
    """Return the parameter's name in its `state_dict()` by the path of its state.

    The path is that of the dict under "state": `("optimizer", "state", 0)`.
    """
    found: dict[Path, str] = {}
    optimizers = _optimizers(checkpoint)
    if not optimizers:
        return found
    models = list(_parameter_lists(checkpoint, optimizers))
    told = _told_names(checkpoint)
    for prefix, groups in optimizers.items():
        if prefix in told:
            numbers = (number for group in groups for number in group)
            for number, name in zip(numbers, told[prefix], strict=False):
                found[(*prefix, "state", number)] = name
            continue
        shapes = _state_shapes(checkpoint, prefix)
        fitting = [
            names
            for parameters in models
            for ordered in _orders(_with_state(parameters, groups, shapes), len(groups))
            if (names := _names_if_fit(ordered, groups, shapes)) is not None
        ]
        for number, name in _agreed(fitting).items():
            found[(*prefix, "state", number)] = name
    return found


def _agreed(fitting: list[dict[int, str]]) -> dict[int, str]:
    """Return the names that all models agree on: a model and its average have the same ones, or
    the average has them behind the prefix of torch's own wrappers. None where they disagree."""
    if not fitting:
        return {}
    bare = [
        {number: name.removeprefix("module.") for number, name in names.items()}
        for names in fitting
    ]
    alike = all(names == bare[0] for names in bare)
    return min(fitting, key=lambda names: sum(map(len, names.values()))) if alike else {}


def _optimizers(checkpoint: Checkpoint) -> dict[Path, list[list[int]]]:
    """Return the numbers of each parameter group by the path of each optimizer."""
    optimizers: dict[Path, list[list[int]]] = {}
    for value in checkpoint.values:
        path = value.path
        if path[-3:-2] == ("param_groups",) and path[-1] == "params":
            numbers = _numbers(value)
            if numbers is not None:
                optimizers.setdefault(path[:-3], []).append(numbers)
    return optimizers


def _told_names(checkpoint: Checkpoint) -> dict[Path, list[str]]:
    """Return the names that optimizers made of `model.named_parameters()` keep themselves, in the
    order of the numbers."""
    told: dict[Path, list[str]] = {}
    for value in checkpoint.values:
        path = value.path
        if path[-3:-2] == ("param_groups",) and path[-1] == "param_names":
            names = value.value if isinstance(value.value, list) else []
            told.setdefault(path[:-3], []).extend(name for name in names if isinstance(name, str))
    return told


def _numbers(value: Value) -> list[int] | None:
    if not isinstance(value.value, list):
        return None
    numbers = [item for item in value.value if type(item) is int]
    return numbers if len(numbers) == len(value.value) else None


def _state_shapes(checkpoint: Checkpoint, prefix: Path) -> dict[int, list[Shape]]:
    shapes: dict[int, list[Shape]] = {}
    depth = len(prefix)
    for tensor in checkpoint.tensors:
        path = tensor.path
        if len(path) == depth + 3 and path[depth] == "state" and path[:depth] == prefix:
            number = path[depth + 1]
            if isinstance(number, int):
                shapes.setdefault(number, []).append(tensor.shape)
    return shapes


def _parameter_lists(
    checkpoint: Checkpoint, optimizers: Iterable[Path]
) -> Iterator[list[tuple[str, Shape]]]:
    """Yield the parameters of everything that looks like a state_dict, tied ones once."""
    lists: dict[Path, list[tuple[str, Shape]]] = {}
    seen: set[tuple[object, ...]] = set()
    states = {(*prefix, "state") for prefix in optimizers}
    for tensor in checkpoint.tensors:
        path = tensor.path
        if path[:-2] in states or not _may_be_parameter(tensor):
            continue
        holder = path[: path.index("_modules")] if "_modules" in path else path[:-1]
        identity = holder, tensor.storage, tensor.storage_offset, tensor.shape
        if tensor.storage is None or identity not in seen:
            seen.add(identity)
            name = tensor.key[len(".".join(map(str, holder))) :].lstrip(".")
            lists.setdefault(holder, []).append((name, tensor.shape))
    yield from lists.values()


def _may_be_parameter(tensor: Tensor) -> bool:
    last = tensor.path[-1] if tensor.path else 0
    if not isinstance(last, str) or isinstance(last, OddKey) or not tensor.in_state_dict:
        return False
    dtype = DTYPES[tensor.dtype]
    named_buffer = last.rpartition(".")[2] in _BUFFERS or "_buffers" in tensor.path
    return dtype.kind in ("float", "complex") and not named_buffer


def _with_state(
    parameters: list[tuple[str, Shape]], groups: list[list[int]], shapes: dict[int, list[Shape]]
) -> list[tuple[str, Shape]]:
    """Leave out what the optimizer was not given, where shapes tell: of all it was given there is
    state, and none has the shape of this buffer (a causal mask) or frozen layer."""
    numbers = {number for group in groups for number in group}
    if len(parameters) == len(numbers) or not numbers <= shapes.keys():
        return parameters
    known = {shape for found in shapes.values() for shape in found}
    return [item for item in parameters if item[1] in known]


def _orders(parameters: list[tuple[str, Shape]], groups: int) -> Iterator[list[tuple[str, Shape]]]:
    """Yield the orders in which people hand parameters over: all of them as they come, or
    matrices and vectors in two groups (weight decay for the matrices alone)."""
    yield parameters
    if groups == 2:
        matrices = [item for item in parameters if len(item[1]) >= 2]
        vectors = [item for item in parameters if len(item[1]) < 2]
        yield matrices + vectors
        yield vectors + matrices


def _names_if_fit(
    parameters: list[tuple[str, Shape]], groups: list[list[int]], shapes: dict[int, list[Shape]]
) -> dict[int, str] | None:
    numbers = [number for group in groups for number in group]
    if len(numbers) != len(parameters) or not shapes or not shapes.keys() <= set(numbers):
        return None
    exact = False
    for number, (_, shape) in zip(numbers, parameters, strict=True):
        for found in shapes.get(number, ()):
            if not _fits(found, shape):
                return None
            exact = exact or (found == shape and len(shape) > 0)
    if not exact:
        return None
    return {number: name for number, (name, _) in zip(numbers, parameters, strict=True)}


def _fits(state: Shape, parameter: Shape) -> bool:
    """Whether state of this shape can belong to the parameter: the same, a single number (a step),
    or the row and column means that Adafactor keeps, with and without the axis they were taken
    along (fairseq's way and torch's)."""
    above, last = parameter[:-2], parameter[-1:]
    rows, columns = parameter[:-1], above + last
    return state in (parameter, (), (1,), rows, (*rows, 1), columns, (*above, 1, *last))
