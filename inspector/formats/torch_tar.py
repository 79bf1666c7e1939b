"""The oldest form, of PyTorch before 0.1.10: a tar archive of four members.

    sys_info   pickle
    storages   pickle n, then n times: pickle (key, location, type), int64 numel, elements;
               then pickle [(view key, root key, offset, numel), ...]
    tensors    pickle n, then n times: pickle (key, storage key, type), int32 ndim, 4 bytes,
               int64 size[ndim], int64 stride[ndim], int64 offset
    pickle     the object; a tensor is its key, a class (class, file name, source)

Read off torch.serialization._legacy_load. Tar headers after POSIX.1-1988 (ustar), in blocks of 512:

    offset  size  field
         0   100  name
       124    12  size, in octal digits, or base 256 when the first bit is set
       148     8  sum of the header's bytes, this field taken as blanks
       156     1  type: "0" or NUL for a file
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.errors import DamagedError, LimitError
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint, WeightsOnly
from inspector.formats.inert import Global, OpaqueObject, PersistentId
from inspector.formats.pickle_stream import PickleStream
from inspector.formats.storage_references import STORAGE_DTYPES
from inspector.formats.storage_views import StorageViews
from inspector.formats.tensor_records import MAX_DIMENSIONS
from inspector.formats.torch_objects import contents_of

FORMAT = "torch tar"
_BLOCK = 512
_MOST_HEADERS = 64
_MOST_RECORDS = 100_000
_OCTAL = re.compile(rb"[ \x00]*([0-7]+)[ \x00]*")


@dataclass(frozen=True, slots=True)
class _StorageRecord:
    """A root storage as the storages member describes it; `start` is where its elements begin."""

    kind: Global
    location: str
    numel: int
    start: int


def is_tar(head: bytes) -> bool:
    """Whether the file begins with a tar header: its checksum is right."""
    block = head[:_BLOCK]
    told = _OCTAL.fullmatch(block[148:156])
    blanked = block[:148] + b" " * 8 + block[156:]
    return len(block) == _BLOCK and told is not None and int(told[1], 8) == sum(blanked)


def matches(head: bytes, source: ByteSource) -> bool:
    """Whether the file is a tar archive with a member that only torch has."""
    return is_tar(head) and any(name in ("storages", "tensors") for name, _, _ in _members(source))


def read(source: ByteSource, limits: Limits, cancel: CancelToken, progress: Progress) -> Checkpoint:
    """Read the members' pickles and find every storage's bytes.

    Raises `DamagedError` for a missing or doubled member and for numbers that contradict.
    """
    streams = _streams(source, limits, cancel)
    tables = _Tables(streams["storages"], streams["tensors"])
    progress(streams["tensors"].position, source.size)
    pickle = streams["pickle"].pickle("the object", persistent=tables.tensor_or_class)
    views = StorageViews()
    contents = contents_of(pickle.root, views.make, limits, cancel)
    for key, root in views.roots.items():
        root.storage.offset = tables.storages[key].start
        root.storage.source = source
    views.place()
    progress(source.size, source.size)
    return contents.checkpoint(
        pickle,
        source,
        format=FORMAT,
        detail="the format before PyTorch 0.1.10",
        findings=[],
        weights_only=WeightsOnly(applies=True, obstacles=("the tar format",)),
    )


# -- the archive -----------------------------------------------------------------------------------


def _members(source: ByteSource) -> Iterator[tuple[str, int, int]]:
    """Yield (name, first byte, size) of each member, of the first few in a long archive."""
    position = 0
    for _ in range(_MOST_HEADERS):
        if position + _BLOCK > source.size:
            return
        block = source.read(position, _BLOCK)
        if not is_tar(block):
            return
        size = _size(block[124:136])
        name = block[:100].rstrip(b"\x00").decode("utf-8", "replace")
        if block[156:157] in (b"0", b"\x00"):
            yield name, position + _BLOCK, size
        position += _BLOCK + (size + _BLOCK - 1) // _BLOCK * _BLOCK


def _size(octal: bytes) -> int:
    if octal[0] & 0x80:
        return int.from_bytes(octal[1:], "big")
    found = _OCTAL.fullmatch(octal)
    return int(found[1], 8) if found else 0


def _streams(source: ByteSource, limits: Limits, cancel: CancelToken) -> dict[str, PickleStream]:
    streams: dict[str, PickleStream] = {}
    for name, start, size in _members(source):
        if name in streams:
            raise DamagedError("the tar archive holds two members of one name", where=shown(name))
        if start + size > source.size:
            raise DamagedError(
                f"a member needs {size:,} bytes, but only {source.size - start:,} are left",
                where=f"{shown(name)}, byte {start:,}",
                advice="The file was probably cut short; copy or download it again",
            )
        streams[name] = PickleStream(source, limits, cancel, start, start + size)
    missing = [name for name in ("storages", "tensors", "pickle") if name not in streams]
    if missing:
        raise DamagedError(
            f"the tar archive lacks its member {missing[0]}", where=f"byte {source.size:,}"
        )
    return streams


# -- the tables ------------------------------------------------------------------------------------


class _Tables:
    """What the members storages and tensors say, and the tensor behind a key of the object."""

    def __init__(self, storages: PickleStream, tensors: PickleStream) -> None:
        self.storages: dict[str, _StorageRecord] = {}
        self._references: dict[str, PersistentId] = {}
        self._tensors: dict[str, OpaqueObject] = {}
        self._read_storages(storages)
        self._read_views(storages)
        self._read_tensors(tensors)

    def tensor_or_class(self, pid: object) -> object:
        """Return what a persistent id of the object stands for, as a record.

        Raises `DamagedError` for a key that none of the tables has.
        """
        if isinstance(pid, tuple):
            if pid and isinstance(pid[0], Global):
                return pid[0]
        elif isinstance(pid, int | str):
            found = self._tensors.get(_key(pid)) or self._references.get(_key(pid))
            if found is not None:
                return found
        raise DamagedError("the object refers to a tensor that is not there", where="member pickle")

    def _read_storages(self, stream: PickleStream) -> None:
        for _ in range(_count(stream, "storages")):
            key, location, kind = _triple(stream, "a storage")
            if not isinstance(location, str) or not isinstance(kind, Global):
                raise _damage(stream, "a storage's description is not of torch's form")
            dtype = STORAGE_DTYPES.get(kind.name)
            if dtype is None:
                raise _damage(stream, f"the storage type {shown(kind.name, 60)!r} is not known")
            numel = stream.integer(8)
            start = stream.skip(numel * DTYPES[dtype].itemsize, "a storage")
            self._add(stream, key, ("storage", kind, key, location, numel))
            self.storages[key] = _StorageRecord(kind, location, numel, start)

    def _read_views(self, stream: PickleStream) -> None:
        views = stream.pickle("the list of views").root
        if not isinstance(views, list | tuple):
            raise _damage(stream, "the list of views is no list")
        for view in views:
            if not isinstance(view, tuple) or len(view) != 4:
                raise _damage(stream, "a view's description is not of torch's form")
            target, root_key, offset, numel = view
            root = self.storages.get(_key(root_key))
            if root is None:
                raise _damage(stream, "a view leads to a storage that is not there")
            key = _key(target)
            self._add(stream, key, (
                "storage", root.kind, _key(root_key), root.location, root.numel,
                (key, offset, numel),
            ))  # fmt: skip

    def _add(self, stream: PickleStream, key: str, pid: tuple[object, ...]) -> None:
        if key in self._references:
            raise _damage(stream, "two storages have one key")
        self._references[key] = PersistentId(pid)

    def _read_tensors(self, stream: PickleStream) -> None:
        rebuild = Global("torch._utils", "_rebuild_tensor")
        for _ in range(_count(stream, "tensors")):
            key, storage, _ = _triple(stream, "a tensor")
            dimensions = stream.integer(4)
            stream.skip(4, "a tensor")
            if not 0 <= dimensions <= MAX_DIMENSIONS:
                raise _damage(stream, f"a tensor has {dimensions:,} dimensions")
            shape = tuple(stream.integer(8) for _ in range(dimensions))
            stride = tuple(stream.integer(8) for _ in range(dimensions))
            offset = stream.integer(8)
            reference = self._references.get(_key(storage))
            if reference is None or key in self._tensors:
                raise _damage(stream, "a tensor has no storage, or its key is taken")
            self._tensors[key] = OpaqueObject(rebuild, (reference, offset, shape, stride))


def _count(stream: PickleStream, what: str) -> int:
    count = stream.pickle(f"the number of {what}").root
    if type(count) is not int or count < 0:
        raise _damage(stream, f"the number of {what} is no number")
    if count > _MOST_RECORDS:
        raise LimitError(f"it claims to hold {count:,} {what}, more than any real checkpoint")
    return count


def _triple(stream: PickleStream, what: str) -> tuple[str, object, object]:
    found = stream.pickle(what).root
    if not isinstance(found, tuple) or len(found) != 3:
        raise _damage(stream, f"{what}'s description is not of torch's form")
    return _key(found[0]), found[1], found[2]


def _key(key: object) -> str:
    """Return a key as text: an int in the tables may be its digits in the object."""
    if isinstance(key, int) and -(1 << 64) < key < 1 << 64:
        return str(int(key))
    if isinstance(key, str) and len(key) <= 200:
        return key
    raise DamagedError("a storage's or tensor's key is neither a number nor a short text")


def _damage(stream: PickleStream, message: str) -> DamagedError:
    return DamagedError(message, where=f"byte {stream.position:,}")
