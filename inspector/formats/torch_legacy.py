"""What `torch.save` wrote before PyTorch 1.6, and still does when told so: a stream of pickles.

    pickle   magic number 0x1950a86a20f9469cfc6c
    pickle   protocol version 1001
    pickle   system: {"protocol_version", "little_endian", "type_sizes"}
    pickle   the object; a storage is ("storage", type, key, location, numel, view), where view is
             None or (key, offset, numel); a class may come with its source:
             ("module", class, file name, source)
    pickle   list of the keys of the storages that follow
    per key: int64 numel, then the elements, without padding

Numbers are little-endian whatever machine wrote them: torch swaps bytes on a big-endian one, both
ways, and pays no attention to "little_endian".
"""

from __future__ import annotations

import re

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.errors import DamagedError, UnsupportedError
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint, Finding
from inspector.formats import cut_short
from inspector.formats.inert import Global, PersistentId, pairs_of
from inspector.formats.pickle_stream import PickleStream
from inspector.formats.storage_references import make_referenced
from inspector.formats.storage_views import Root, StorageViews
from inspector.formats.torch_objects import contents_of
from inspector.formats.weights_only import verdict

FORMAT = "torch legacy"
MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
_NEVER_READ = {
    "torch.storage.UntypedStorage": "a storage without a type",
    "torch._utils._rebuild_nested_tensor": "a nested tensor",  # put together before its sizes come
}
"""What torch (2.13) writes into this format and cannot read back, by the name that tells of it."""
# LONG1 of ten bytes after the header of protocols 2 to 5, with a frame from 4 on; else the digits.
_START = re.compile(
    rb"\x80[\x02-\x05](?:\x95.{8})?\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"
    rb"|L119547037146038801333356L?\n",
    re.DOTALL,
)


def matches(head: bytes, source: ByteSource) -> bool:
    """Whether the file begins with the magic number, pickled."""
    return _START.match(head) is not None


def read(source: ByteSource, limits: Limits, cancel: CancelToken, progress: Progress) -> Checkpoint:
    """Read the pickles and find every storage's bytes.

    Of a file that was cut short within its storages, those after the cut have a `problem`. Raises
    `DamagedError` when the file has no place at all for a storage that the object uses: torch would
    show whatever stood in memory there.
    """
    stream = PickleStream(source, limits, cancel, 0, source.size)
    findings = _read_preamble(stream)
    pickle = stream.pickle("the object", persistent=as_class_or_storage)
    progress(stream.position, source.size)
    views = StorageViews()
    contents = contents_of(pickle.root, views.make, limits, cancel)
    cut = _place_storages(stream, views, pickle.root, cancel)
    views.place()
    if cut:
        findings.append(cut_short.finding(contents.tensors, source.size))
    if stream.position < source.size:
        findings.append(
            Finding(
                "warning",
                "trailing-bytes",
                f"{source.size - stream.position:,} bytes follow the last storage;"
                " nothing refers to them",
                f"byte {stream.position:,}",
            )
        )
    progress(source.size, source.size)
    told = verdict(pickle)
    names = {found.dotted for found in pickle.globals.values()}
    lost = [what for name, what in _NEVER_READ.items() if name in names]
    told = told._replace(obstacles=(*told.obstacles, *(f"{what} in this format" for what in lost)))
    return contents.checkpoint(
        pickle, source, format=FORMAT, detail="the format before PyTorch 1.6", findings=findings,
        weights_only=told,
    )  # fmt: skip


def as_class_or_storage(pid: object) -> object:
    """Return the class of an id that carries its source code, any other id as it is."""
    if isinstance(pid, tuple) and len(pid) == 4 and pid[0] == "module":
        return pid[1] if isinstance(pid[1], Global) else None
    return PersistentId(pid)


def _read_preamble(stream: PickleStream) -> list[Finding]:
    if stream.pickle("the magic number").root != MAGIC:
        raise DamagedError("the magic number is damaged", where="byte 0")
    protocol = stream.pickle("the protocol version").root
    if type(protocol) is not int or protocol != PROTOCOL:
        raise UnsupportedError("the version of the legacy format is not known")
    pairs = pairs_of(stream.pickle("the system information").root) or ()
    system = {name: value for name, value in pairs if isinstance(name, str)}
    if system.get("little_endian") is not False:
        return []
    message = "written on a big-endian machine; its elements are stored little-endian all the same"
    return [Finding("info", "big-endian-machine", message)]


def _place_storages(
    stream: PickleStream, views: StorageViews, root_object: object, cancel: CancelToken
) -> bool:
    """Give every storage its place; return whether the file ends before the last of them does."""
    roots = views.roots
    keys = stream.pickle("the list of storages").root
    if not isinstance(keys, list) or not all(isinstance(key, str | int) for key in keys):
        raise DamagedError("the list of storages is no list", where=f"byte {stream.position:,}")
    placed: set[str] = set()
    cut = False
    for number, listed in enumerate(keys):
        if not number & 0xFFF:
            cancel.check()
        key = str(listed)[:200]
        if key not in roots:
            # Used where no row shows it: torch knows every storage that the pickle refers to.
            make_referenced(root_object, views.make, cancel)
        root = roots.get(key)
        if root is None or key in placed:
            raise DamagedError(
                "the list of storages names one twice, or one that nothing uses",
                where=f"storage {shown(key, 100)}",
            )
        placed.add(key)
        cut = cut or not _place(stream, root)
        if cut and not root.storage.problem:
            root.storage.problem = cut_short.BEFORE
    for key, root in roots.items():
        if key not in placed and root.storage.location != "meta":
            raise DamagedError(
                "a storage is used, but the file holds no bytes for it",
                where=f"storage {shown(key, 100)}",
                advice="The file is damaged; nothing is shown rather than whatever is in memory",
            )
    return cut


def _place(stream: PickleStream, root: Root) -> bool:
    """Give one storage its place; return whether all its bytes are in the file."""
    start, storage = stream.position, root.storage
    there = stream.source.size - start - 8
    if there < 0:
        return False
    numel = stream.integer(8)
    if numel != root.numel:
        raise DamagedError(
            f"a storage of {root.numel:,} elements is stored with {numel:,}",
            where=f"{storage.record}, byte {start:,}",
        )
    storage.problem = cut_short.problem(there, storage.nbytes)
    storage.offset = stream.skip(min(storage.nbytes, there), storage.record)
    storage.source = stream.source
    return not storage.problem
