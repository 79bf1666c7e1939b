"""TorchScript archives, as `torch.jit.save` writes them: a module, its code and its constants.

    P/data.pkl        the module: attributes of objects whose classes are "__torch__. ..."
    P/data/<key>      the bytes of one storage
    P/code/**/*.py    the classes; the file `code/__torch__/a/b.py` declares `__torch__.a.b.Name`
    P/constants.pkl   constants of the code, their bytes in P/constants/<key>
    P/byteorder, P/version as in `torch_zip`

The pickle does not tell a parameter from any other attribute; the class does, in two lines:

    class Linear(Module):
      __parameters__ = ["weight", "bias", ]
      __buffers__ = []

Only those lines are read, as text; the code is never run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.errors import DamagedError
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.types import Checkpoint, Finding, GlobalName, Path, Step, WeightsOnly
from inspector.formats import pickle_machine
from inspector.formats.inert import Global, OpaqueObject, PickledDict
from inspector.formats.pickle_machine import Pickle
from inspector.formats.torch_objects import contents_of
from inspector.formats.torch_zip import (
    StorageRecords,
    archive_findings,
    byte_order,
    check_names,
)
from inspector.formats.weights_only import is_known
from inspector.formats.zip_archive import ZipArchive

FORMAT = "torchscript"
_CLASS = re.compile(
    r"^class (\w+)\(Module\):\n"
    r"  __parameters__ = \[(.*)\]\n"
    r"(?:  __buffers__ = \[(.*)\]\n)?",
    re.MULTILINE,
)
_TEXT = re.compile(r'"([^"\\]*)"')  # names: none has a quote in it
_MANGLED = re.compile(r"\.___torch_mangle_\d+")
_OWN_CLASSES = "__torch__."
_TAGS = "torch.jit._pickle"
_LEVELS = ("_parameters", "_buffers", "_modules")
_STATE = "state"
_OBJECTS_PER_CHECK = 4096


@dataclass(frozen=True, slots=True)
class _Declared:
    """What a class says of its attributes. Before 1.5 it named no buffers, and torch finds none."""

    parameters: frozenset[str]
    buffers: frozenset[str]


def read_archive(
    archive: ZipArchive, root: str, limits: Limits, cancel: CancelToken, progress: Progress
) -> Checkpoint:
    """Return parameters and buffers under the names of `state_dict()`, and the other attributes;
    `root` is the archive's folder.

    Raises a `CheckpointError` for an archive that contradicts itself.
    """
    check_names(archive, root)
    record = archive.records[f"{root}data.pkl"]
    data = archive.read(record, limits.pickle_bytes)
    progress(record.compressed, record.compressed)
    pickle = pickle_machine.run(data, limits, cancel)
    _arrange(pickle.root, _declared_classes(archive, f"{root}code/", limits, cancel), cancel)
    storages = StorageRecords(archive, f"{root}data/", byte_order(archive, root), limits)
    contents = contents_of(pickle.root, storages.open, limits, cancel)
    for entry in contents.entries:
        entry.path = _attribute_path(entry.path)
    return Checkpoint(
        path=archive.source.path,
        format=FORMAT,
        size=archive.source.size,
        entries=contents.entries,
        storages=contents.storages,
        sources=[archive.source],
        detail="a module with its code, which was not run",
        containers={
            _attribute_path(path): _class_name(name)
            for path, name in contents.containers.items()
            if not path or path[-1] not in _LEVELS
        },
        globals=_global_names(pickle),
        findings=[
            *archive_findings(archive, record, data, pickle.end),
            *_constants(archive, root, limits, cancel),
        ],
        weights_only=WeightsOnly(applies=True, obstacles=("a TorchScript archive",)),
    )


# -- the classes -----------------------------------------------------------------------------------


def _declared_classes(
    archive: ZipArchive, folder: str, limits: Limits, cancel: CancelToken
) -> dict[str, _Declared]:
    """Return what the archive's module classes declare, by qualified name."""
    declared = {}
    left = limits.pickle_bytes
    for name, record in archive.records.items():
        if not name.startswith(folder) or not name.endswith(".py"):
            continue
        cancel.check()
        code = archive.read(record, left).decode("utf-8", "replace")
        left -= record.size
        module = name[len(folder) : -len(".py")].replace("/", ".")
        for found in _CLASS.finditer(code):
            declared[f"{module}.{found[1]}"] = _Declared(_texts(found[2]), _texts(found[3] or ""))
    return declared


def _texts(literals: str) -> frozenset[str]:
    return frozenset(_TEXT.findall(literals))


# -- the objects -----------------------------------------------------------------------------------


def _arrange(root: object, declared: dict[str, _Declared], cancel: CancelToken) -> None:
    """Give every module the three dicts that an `nn.Module` has, and unwrap tagged containers.

    So the walk that lists whole models lists these too, in the order of `state_dict()`.
    """
    pending = [root]
    seen: set[int] = set()
    while pending:
        obj = pending.pop()
        if id(obj) in seen:
            continue
        seen.add(id(obj))
        if not len(seen) % _OBJECTS_PER_CHECK:
            cancel.check()
        if isinstance(obj, list):
            obj[:] = [_untagged(item) for item in obj]
            pending += obj
        elif isinstance(obj, tuple):
            pending += obj
        elif isinstance(obj, PickledDict):
            obj.pairs = [(key, _untagged(value)) for key, value in obj.pairs]
            pending += [value for _, value in obj.pairs]
        elif isinstance(obj, OpaqueObject) and isinstance(obj.state, PickledDict):
            pending.append(obj.state)
            found = declared.get(obj.dotted)
            if found is not None:
                obj.state = _with_levels(obj.state, found, declared)
        elif isinstance(obj, OpaqueObject) and obj.dotted.startswith(_OWN_CLASSES):
            # Packed quantized weights and their like: whatever __getstate__ returned.
            pending.append(obj.state)
            state = PickledDict([])
            state.pairs.append((_STATE, obj.state))
            obj.state = state


def _untagged(obj: object) -> object:
    """Return the list or dict inside `restore_type_tag(obj, type)`, `build_intlist(obj)` and such.

    A tag around a tag is not what torch writes; only the outer one goes.
    """
    if isinstance(obj, OpaqueObject) and isinstance(obj.function, Global):
        wrapped = obj.args[0] if obj.args else None
        if obj.function.module == _TAGS and isinstance(wrapped, list | PickledDict):
            return wrapped
    return obj


def _with_levels(state: PickledDict, own: _Declared, declared: dict[str, _Declared]) -> PickledDict:
    levels = {level: PickledDict([]) for level in _LEVELS}
    plain = PickledDict([])
    for name, tagged in state.pairs:
        value = _untagged(tagged)
        dotted = value.dotted if isinstance(value, OpaqueObject) else ""
        is_tensor = dotted.startswith("torch._")
        if dotted in declared:
            target = levels["_modules"]
        elif is_tensor and name in own.parameters:
            target = levels["_parameters"]
        elif is_tensor and name in own.buffers:
            target = levels["_buffers"]
        else:
            target = plain
        target.pairs.append((name, value))
    plain.pairs[:0] = levels.items()
    return plain


def _attribute_path(path: Path) -> Path:
    """Return the path without the levels that `_arrange` put in."""
    steps: list[Step] = []
    at = 0
    while at < len(path) and path[at] in _LEVELS:
        steps += path[at + 1 : at + 2]
        at += 2
    return (*steps, *path[at:])


def _class_name(name: str) -> str:
    """Return a class as its author knows it: `__torch__.a.___torch_mangle_1.Net` is `a.Net`."""
    return _MANGLED.sub("", name).removeprefix(_OWN_CLASSES)


def _global_names(pickle: Pickle) -> list[GlobalName]:
    """Return the names that the pickle asks for, unknown ones first; its own classes are known."""
    names = sorted({found.dotted for found in pickle.globals.values()})
    own = (_OWN_CLASSES, f"{_TAGS}.")
    listed = [GlobalName(name, is_known(name) or name.startswith(own)) for name in names]
    return sorted(listed, key=lambda entry: entry.known)


def _constants(
    archive: ZipArchive, root: str, limits: Limits, cancel: CancelToken
) -> list[Finding]:
    """Check that the constants are a pickle, and tell how many tensors are among them."""
    record = archive.records[f"{root}constants.pkl"]
    try:
        pickle_machine.run(archive.read(record, limits.pickle_bytes), limits, cancel)
    except DamagedError as error:
        error.where = f"{record.name}, {error.where}"
        raise
    count = sum(name.startswith(f"{root}constants/") for name in archive.records)
    message = f"{count:,} constant tensors of its code are not part of the module and not listed"
    return [Finding("info", "constants", message, f"{root}constants")] if count else []
