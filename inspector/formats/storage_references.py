"""The storages that tensors refer to by persistent id, one `Storage` per key.

    ("storage", type, key, location, numel[, view])   numel in elements of the type

after torch/serialization.py; only legacy files have a view, which is None in all but the oldest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.collector import let_go
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.errors import DamagedError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Storage
from inspector.formats.inert import (
    Global,
    OpaqueObject,
    PersistentId,
    PickledSet,
    TensorCall,
    TensorForm,
    pairs_of,
)

MakeStorage = Callable[[str, str, int, int, object], Storage]
"""Called as `make(key, location, numel, itemsize, view)` once per storage of the file."""

STORAGE_DTYPES = {
    f"{name}Storage": dtype
    for name, dtype in {
        "Double": "float64", "Float": "float32", "Half": "float16", "BFloat16": "bfloat16",
        "Long": "int64", "Int": "int32", "Short": "int16", "Char": "int8", "Byte": "uint8",
        "Bool": "bool", "ComplexDouble": "complex128", "ComplexFloat": "complex64",
        "QInt8": "qint8", "QUInt8": "quint8", "QInt32": "qint32",
        "QUInt4x2": "quint4x2", "QUInt2x4": "quint2x4", "Untyped": "uint8",
    }.items()
}  # fmt: skip


class Element(NamedTuple):
    """What the name of a storage's class says of its elements."""

    type_name: str
    dtype: str
    bits: int
    itemsize: int  # in bytes, rounded up: packed quantized types count bytes, not elements


_ELEMENTS = {
    name: Element(name, dtype, DTYPES[dtype].bits, DTYPES[dtype].itemsize)
    for name, dtype in STORAGE_DTYPES.items()
}
StorageReference = tuple[Storage, Element, int]
"""A storage and what the references to it say: its elements, and how many there are."""


class StorageReferences:
    """Every storage of one file by key. Raises `DamagedError` for a reference that torch would not
    understand, or two that contradict each other; whoever asked adds the place."""

    def __init__(self, make_storage: MakeStorage) -> None:
        self._make_storage = make_storage
        self._references: dict[str, StorageReference] = {}
        self._forms: dict[TensorForm, StorageReference] = {}  # the first of each form

    def take_storages(self) -> list[Storage]:
        """Return every storage that was referred to, in order, and forget the references."""
        storages = list(map(itemgetter(0), self._references.values()))
        let_go(self._references)
        return storages

    def of_call(self, call: TensorCall) -> StorageReference:
        """Return the storage of a call, checking what all calls of its form share only once."""
        form, key, references = call.form, call.key, self._references
        checked = self._forms.get(form)
        if checked is None or key in references:
            found = self.of(PersistentId(call.pid))
            self._forms[form] = found
            return found
        like, element, numel = checked
        storage = self._make_storage(key, like.location or "", numel, element.itemsize, None)
        found = references[key] = storage, element, numel
        return found

    def of(self, obj: object) -> StorageReference:
        """Return the storage behind a persistent id; every use of one key must say the same."""
        if not isinstance(obj, PersistentId):
            raise DamagedError("a tensor does not refer to a storage")
        pid = obj.pid
        if type(pid) is not tuple or not 5 <= len(pid) <= 6 or pid[0] != "storage":
            raise DamagedError("a reference to a storage is not of torch's form")
        _, kind, key, location, numel = pid[:5]
        if type(key) is int:
            key = str(key)
        if (
            type(kind) is not Global
            or type(key) is not str
            or type(location) is not str
            or type(numel) is not int
            or not 0 <= numel < 1 << 60
        ):
            raise DamagedError("a reference to a storage is not of torch's form")
        view = pid[5] if len(pid) == 6 else None
        name = key if view is None else f"{key}/{_view_key(view)}"
        known = self._references.get(name)
        if known is not None:
            storage, element, count = known
            if count != numel or storage.location != location or element.type_name != kind.name:
                raise DamagedError("two references to one storage contradict each other")
            return known
        found = _ELEMENTS.get(kind.name)
        if found is None:
            raise DamagedError(f"the storage type {shown(kind.name, 60)!r} is not known")
        storage = self._make_storage(key, location, numel, found.itemsize, view)
        reference = self._references[name] = storage, found, numel
        return reference


def make_referenced(root: object, make_storage: MakeStorage, cancel: CancelToken) -> None:
    """Make every storage that anything under `root` refers to, whether or not a row shows it."""
    references = StorageReferences(make_storage)
    pending = [root]
    seen: set[int] = set()
    while pending:
        obj = pending.pop()
        if obj is None or isinstance(obj, str | int | float | bytes) or id(obj) in seen:
            continue
        seen.add(id(obj))
        if not len(seen) & 0xFFF:
            cancel.check()
        try:
            if isinstance(obj, TensorCall):
                references.of_call(obj)
            elif isinstance(obj, PersistentId):
                references.of(obj)
            else:
                pending += _inside(obj)
        except DamagedError as error:
            error.where = error.where or "the object"
            raise


def _inside(obj: object) -> Iterable[object]:
    if isinstance(obj, list | tuple):
        return obj
    if isinstance(obj, PickledSet):
        return obj.items
    held = list(chain.from_iterable(pairs_of(obj) or ()))
    if isinstance(obj, OpaqueObject):
        held += (obj.function, obj.state, *obj.args, *(obj.items or ()))
    return held


def _view_key(view: object) -> str:
    if isinstance(view, tuple) and view and isinstance(view[0], str | int):
        return str(view[0])
    raise DamagedError("a view of a storage is not of torch's form")
