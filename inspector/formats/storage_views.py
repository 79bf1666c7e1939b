"""Storages of the oldest files, which could be windows onto other storages.

Torch wrote such views before 0.4 and still makes a storage of its own of each when it loads one.
"""

from __future__ import annotations

from dataclasses import dataclass

from inspector.checkpoint.errors import DamagedError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Storage


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
        self._views: list[tuple[Storage, Root, int]] = []

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
        storage = Storage(
            whole.key, whole.location, numel * root.itemsize, None, record=whole.record
        )
        self._views.append((storage, root, offset * root.itemsize))
        return storage

    def place(self) -> None:
        """Lead every view to its bytes, once those of the roots are known."""
        for view, root, start in self._views:
            view.source = root.storage.source
            view.offset = root.storage.offset + start
            view.problem = root.storage.problem
