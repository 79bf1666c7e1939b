"""Storages of the oldest files, which could be windows onto other storages.

Torch gave up views of storages in 0.4; a view is shown as what it is today: the root storage, and a
tensor that begins further in.
"""

from __future__ import annotations

from dataclasses import dataclass

from inspector.checkpoint.errors import DamagedError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Storage, Tensor, Value


@dataclass(slots=True)
class Root:
    """A storage with bytes of its own: `numel` elements of `itemsize` bytes each."""

    storage: Storage
    numel: int
    itemsize: int


class StorageViews:
    """The root storages by key, and which of the others are windows onto them."""

    def __init__(self) -> None:
        self.roots: dict[str, Root] = {}
        self._views: dict[int, tuple[Storage, Root, int]] = {}

    def make(self, key: str, location: str, numel: int, itemsize: int, view: object) -> Storage:
        """Return the storage of a persistent id, whose `view` is None or (key, offset, numel)."""
        root = self._root(key, location, numel, itemsize)
        if view is None:
            return root.storage
        if not isinstance(view, tuple) or len(view) != 3:
            raise DamagedError(
                "a view of a storage is not of torch's form", where=root.storage.record
            )
        return self._view(root, view[1], view[2])

    def _root(self, key: str, location: str, numel: int, itemsize: int) -> Root:
        # New or known; its place in the file is filled in by who knows it.
        known = self.roots.get(key)
        if known is None:
            storage = Storage(key, location, numel * itemsize, None, record=f"storage {key}")
            known = self.roots[key] = Root(storage, numel, itemsize)
        elif (known.numel, known.itemsize) != (numel, itemsize):
            raise DamagedError(
                "two references to one storage contradict each other",
                where=f"storage {shown(key, 100)}",
            )
        return known

    def _view(self, root: Root, offset: object, numel: object) -> Storage:
        if (
            type(offset) is not int
            or type(numel) is not int
            or not 0 <= offset <= offset + numel <= root.numel
        ):
            raise DamagedError("a view reaches outside its storage", where=root.storage.record)
        whole = root.storage
        storage = Storage(whole.key, whole.location, numel * root.itemsize, None)
        self._views[id(storage)] = (storage, root, offset)
        return storage

    def resolve(self, entries: list[Tensor | Value]) -> None:
        """Lead every tensor from its view to the root storage."""
        pending = [entry for entry in entries if isinstance(entry, Tensor)]
        while self._views and pending:
            tensor = pending.pop()
            pending += [part for _, part in tensor.parts]
            found = self._views.get(id(tensor.storage))
            if found:
                tensor.storage = found[1].storage
                tensor.storage_offset += found[2]

    def storages(self) -> list[Storage]:
        """Return the root storages."""
        return [root.storage for root in self.roots.values()]
