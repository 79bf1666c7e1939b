"""The rows of a checkpoint's tree: dotted keys grouped into modules, with counts and sums.

Flat columns in depth-first file order, built once in a worker. A row's number is its identity; the
rows below row `i` are `i + 1 .. ends[i] - 1`. Chains of groups with one child each are one row
(`layer1.0`). There is no Qt in here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.collector import let_go
from inspector.checkpoint.types import Checkpoint, Path, Tensor, Value

MAX_DEPTH = 64
"""Levels of the tree; what is nested deeper stays one dotted label."""
MIXED = "mixed"


class Rows:
    """Columns, one item per row. Rows without `entry` are groups."""

    def __init__(self) -> None:
        self.labels: list[str] = []
        self.keys: list[str] = []
        self.depths: list[int] = []
        self.ends: list[int] = []
        self.parents: list[int] = []
        self.entries: list[Tensor | Value | None] = []
        self.counts: list[int] = []
        self.numels: list[int] = []
        self.nbytes: list[int] = []
        self.dtypes: list[str] = []
        self.devices: list[str] = []
        self.notes: dict[int, str] = {}
        """What stands beside the name: a container's type, the parameter of an optimizer's
        state."""
        self.unreadable: dict[int, int] = {}
        """How many tensors at and below the row have bytes that are not in the file; rows with
        some."""
        self.owners: dict[int, str] = {}
        """The parameter that a row of optimizer state belongs to."""
        self.numbers: dict[Tensor | Value, int] = {}
        """Row number by entry."""
        self.leaves: list[int] = []
        self.folded: list[str] = []
        """Case-folded keys, filled by the first filter."""

    def __len__(self) -> int:
        return len(self.labels)

    def is_group(self, row: int) -> bool:
        """Whether the row has rows below it."""
        return self.entries[row] is None

    def bytes_by(self, names: list[str], row: int) -> dict[str, int]:
        """Return the bytes of the tensors at and below `row` by what `names`, one of the columns,
        says of them, the most first."""
        sums: dict[str, int] = {}
        for at in range(row, self.ends[row]):
            if self.counts[at] and not self.is_group(at):
                sums[names[at]] = sums.get(names[at], 0) + self.nbytes[at]
        return dict(sorted(sums.items(), key=lambda item: -item[1]))

    def children(self, row: int) -> list[int]:
        """Return the rows right below `row`; -1 stands for the root."""
        child, end = row + 1, self.ends[row] if row >= 0 else len(self)
        found = []
        while child < end:
            found.append(child)
            child = self.ends[child]
        return found

    def tensors(self, row: int) -> list[Tensor]:
        """Return the tensors at and below `row`, in file order."""
        below = self.entries[row : self.ends[row]]
        return [entry for entry in below if isinstance(entry, Tensor)]


class _Group:
    __slots__ = ("children", "groups", "type_name")

    def __init__(self) -> None:
        self.children: list[tuple[str, _Group | Tensor | Value]] = []
        self.groups: dict[str, _Group] = {}
        self.type_name = ""

    def group(self, label: str) -> _Group:
        found = self.groups.get(label)
        if found is None:
            found = self.groups[label] = _Group()
            self.children.append((label, found))
        return found


def build_rows(checkpoint: Checkpoint, owners: Mapping[Path, str], cancel: CancelToken) -> Rows:
    """Return the rows of `checkpoint`, with its `owners_of`. Raises `Cancelled`."""
    rows = Rows()
    entries = chain(checkpoint.metadata_values, checkpoint.entries)
    fill_rows(rows, entries, checkpoint.containers, cancel)
    if len(checkpoint.storages) < len(checkpoint.tensors):
        _count_tied_once(rows, cancel)
    name_owners(rows, checkpoint, owners)
    return rows


def fill_rows(
    rows: Rows,
    entries: Iterable[Tensor | Value],
    containers: Mapping[Path, str],
    cancel: CancelToken,
) -> None:
    """Group `entries` by their labels into empty `rows`. Raises `Cancelled`."""
    root = _Group()
    parts: list[str] = []
    group = root
    for entry in cancel.each(entries):
        *above, label = labels_of(entry.path, entry.key)
        if above != parts:
            group = root
            for part in above:
                group = group.group(part)
            parts = above
        group.children.append((label, entry))
    for path, type_name in containers.items():
        steps = path
        if "_modules" in path:  # a level of a pickled module's own, unless it is some other dict
            steps = tuple(
                step
                for at, step in enumerate(path)
                if step != "_modules" or path[: at + 1] in containers
            )
        _name_type(root, labels_of(steps, ".".join(map(str, steps))), _public(type_name))
    _emit_children(rows, root, "", -1, 0, cancel)


def _count_tied_once(rows: Rows, cancel: CancelToken) -> None:
    """Take from the sums of groups what they count twice: tensors that are tied.

    Of each two neighbours among tied tensors, the later one is too much in every group that holds
    both: the least of these, and those above it.
    """
    before: dict[tuple[object, ...], int] = {}
    for row in cancel.each(rows.leaves):
        entry = rows.entries[row]
        if not isinstance(entry, Tensor) or entry.storage is None:
            continue
        view = id(entry.storage), entry.storage_offset, entry.shape, entry.stride
        earlier = before.get(view, row)
        before[view] = row
        group = rows.parents[row] if earlier != row else -1
        while group >= 0:
            if group < earlier:
                rows.numels[group] -= entry.numel
                rows.nbytes[group] -= entry.nbytes
            group = rows.parents[group]


def _public(type_name: str) -> str:
    """Return the name that people import: `torch.nn.modules.conv.Conv2d` is `torch.nn.Conv2d`."""
    if type_name.startswith("torch.nn.modules."):
        return f"torch.nn.{type_name.rpartition('.')[2]}"
    return type_name


def labels_of(path: Path, key: str) -> list[str]:
    """Return the labels on the way to `key`: its steps, those of type str split at dots."""
    if len(path) == 1 and type(path[0]) is str:
        labels = key.split(".")
    elif key == ".".join(map(str, path)):
        labels = []
        for step in path:
            labels += step.split(".") if type(step) is str else [str(step)]
    else:  # a pickled module: the key leaves out levels that the path has
        labels = key.split(".")
    if len(labels) > MAX_DEPTH:
        labels[MAX_DEPTH - 1 :] = [".".join(labels[MAX_DEPTH - 1 :])]
    return labels or [""]


def owners_of(checkpoint: Checkpoint) -> dict[Path, str]:
    """Return which parameter each piece of optimizer state belongs to, as `optimizer.owners`."""
    if not checkpoint.values:  # an optimizer's groups are values
        return {}
    from inspector.checkpoint.optimizer import owners

    return owners(checkpoint)


def name_owners(rows: Rows, checkpoint: Checkpoint, owners: Mapping[Path, str]) -> None:
    """Note beside the state of an optimizer which parameter of `checkpoint` it belongs to."""
    for tensor in checkpoint.tensors if owners else ():
        name = owners.get(tensor.path[:-1])
        if name is None:
            continue
        row = rows.numbers[tensor]
        rows.owners[row] = name
        parent = rows.parents[row]
        own_group = parent >= 0 and rows.keys[parent] == ".".join(map(str, tensor.path[:-1]))
        rows.notes[parent if own_group else row] = f"→ {name}"


def _name_type(root: _Group, labels: list[str], type_name: str) -> None:
    group: _Group | None = root
    for label in labels:
        group = group.groups.get(label) if group else None
    if group is not None:
        group.type_name = type_name


def _emit_children(
    rows: Rows, group: _Group, prefix: str, parent: int, depth: int, cancel: CancelToken
) -> None:
    for child_label, found in cancel.each(group.children):
        label, child = child_label, found
        type_name = child.type_name if isinstance(child, _Group) else ""
        while isinstance(child, _Group) and len(child.children) == 1:
            inner, child = child.children[0]
            label += "." + inner
            type_name = child.type_name if isinstance(child, _Group) else ""
        if isinstance(child, _Group):
            key = prefix + label
            row = _append(rows, label, key, parent, depth, None)
            if type_name:
                rows.notes[row] = type_name
            _emit_children(rows, child, key + ".", row, depth + 1, cancel)
            _close_group(rows, row)
        else:
            row = _append(rows, label, child.key, parent, depth, child)
            rows.leaves.append(row)
            rows.numbers[child] = row
    # Group by group: freeing the whole tree at its end would hold the window up.
    let_go(group.children)
    group.groups.clear()


def _append(
    rows: Rows, label: str, key: str, parent: int, depth: int, entry: Tensor | Value | None
) -> int:
    row = len(rows.labels)
    rows.labels.append(label)
    rows.keys.append(key)
    rows.depths.append(depth)
    rows.ends.append(row + 1)
    rows.parents.append(parent)
    rows.entries.append(entry)
    if isinstance(entry, Tensor):
        rows.counts.append(1)
        rows.numels.append(entry.numel)
        rows.nbytes.append(entry.nbytes)
        rows.dtypes.append(entry.dtype)
        rows.devices.append(entry.device or "")
        if entry.problem:
            rows.unreadable[row] = 1
    else:
        rows.counts.append(0)
        rows.numels.append(0)
        rows.nbytes.append(0)
        rows.dtypes.append(entry.type_name if entry else "")
        rows.devices.append("")
    return row


def _close_group(rows: Rows, row: int) -> None:
    rows.ends[row] = len(rows)
    children = [child for child in rows.children(row) if rows.counts[child]]
    rows.counts[row] = sum(map(rows.counts.__getitem__, children))
    rows.numels[row] = sum(map(rows.numels.__getitem__, children))
    rows.nbytes[row] = sum(map(rows.nbytes.__getitem__, children))
    rows.dtypes[row] = _uniform({rows.dtypes[child] for child in children})
    rows.devices[row] = _uniform({rows.devices[child] for child in children})
    if rows.unreadable and (cut := sum(rows.unreadable.get(child, 0) for child in children)):
        rows.unreadable[row] = cut


def _uniform(names: set[str]) -> str:
    return names.pop() if len(names) == 1 else MIXED if names else ""
