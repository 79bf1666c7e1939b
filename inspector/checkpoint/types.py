"""What a checkpoint consists of. Built by the readers in one go, read-only from then on.

Classes with their fields spelled out, not data classes: frozen ones take seven times as long to
make, of which a file may hold 100,000, and their module alone would be a part of each start.
"""

from __future__ import annotations

import math
from itertools import compress, repeat
from types import TracebackType
from typing import Any, NamedTuple, Self

from inspector.checkpoint.byte_source import ByteSource, Readable
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.errors import DamagedError
from inspector.checkpoint.plain_text import shown


class OddKey(str):
    """A dict key that is neither str nor int, as its Python repr: `(0, 1)`, `None`, `True`."""

    __slots__ = ()


Step = str | int
"""One step of a path: a str key or attribute name, an int key or list index, or an `OddKey`."""
Path = tuple[Step, ...]
Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]
"""What JSON can say (NaN and infinities aside)."""
METADATA = "__metadata__"
"""What the header of a safetensors file calls its texts about itself."""


class Storage:
    """One stretch of bytes that tensors are views of; tied tensors share one, counted once.

    `location` is the raw tag in the file ("cpu", "cuda:1"), None where the container has none.
    `source` holds the bytes at `offset`; None where the file has no bytes for it (meta tensors).
    `problem` says why the bytes must not be read, empty when all is well. `checksum` is the CRC-32
    of the bytes as the container states it, 0 where it states none.
    """

    __slots__ = ("byteorder", "checksum", "key", "location", "nbytes", "offset", "problem",
                 "record", "source")  # fmt: skip

    def __init__(
        self, key: str, location: str | None, nbytes: int, source: Readable | None,
        offset: int = 0, record: str = "", byteorder: str = "little", problem: str = "",
        checksum: int = 0,
    ) -> None:  # fmt: skip
        self.key = key
        self.location = location
        self.nbytes = nbytes
        self.source = source
        self.offset = offset
        self.record = record
        self.byteorder = byteorder
        self.problem = problem
        self.checksum = checksum

    def __repr__(self) -> str:
        return f"<Storage {shown(self.key, 60)!r}: {self.nbytes:,} bytes>"

    def read_into(self, start: int, buffer: memoryview) -> None:
        """Fill `buffer` with the storage's bytes from `start`.

        Raises `DamagedError` where the bytes are missing or damaged, never returns others.
        """
        if self.problem or self.source is None:
            raise DamagedError(self.problem or "the file holds no data for it", where=self.record)
        if start < 0 or start + len(buffer) > self.nbytes:
            raise DamagedError("the tensor reaches past its storage", where=self.record)
        self.source.read_into(self.offset + start, buffer)


class Quantization(NamedTuple):
    """How the integers of a quantized tensor map to numbers: `(q - zero_point) * scale`.

    `scheme` is torch's name ("per_tensor_affine", "per_channel_affine", ...). Per channel, scale
    and zero_point are tensors in `Tensor.parts` ("scales", "zero_points") along `axis`.
    """

    scheme: str
    scale: float = 1.0
    zero_point: int = 0
    axis: int | None = None


class Tensor:
    """One tensor as the file describes it. No element is read to build it.

    `path` is exact: the steps from the root of what was saved. `key` is the name a person uses: the
    steps joined by dots, a pickled module's `_modules`/`_parameters`/`_buffers` levels left out.
    `shape` and `stride` count elements, as does `storage_offset`. `stride` is None for layouts that
    are no strided view (sparse, nested), whose pieces are in `parts` by name: "indices", "values",
    "crow_indices", "col_indices", "ccol_indices", "row_indices"; "scales", "zero_points"; for
    nested tensors "buffer", "sizes", "strides", "offsets"; for wrapper subclasses their inner
    tensors. A ragged dimension of a nested tensor has size -1. `device` is torch's spelling,
    None where the container holds none. `in_state_dict` is False for what a pickled module holds
    beside its `state_dict()` (plain attributes, non-persistent buffers).
    """

    __slots__ = ("class_name", "conj", "device", "dtype", "in_state_dict", "key", "layout", "neg",
                 "parts", "path", "quantization", "requires_grad", "shape", "storage",
                 "storage_offset", "stride")  # fmt: skip

    def __init__(
        self, path: Path, key: str, dtype: str, shape: tuple[int, ...],
        stride: tuple[int, ...] | None, storage_offset: int, storage: Storage | None,
        device: str | None = None, layout: str = "strided", requires_grad: bool = False,
        class_name: str = "torch.Tensor", conj: bool = False, neg: bool = False,
        parts: tuple[tuple[str, Tensor], ...] = (), quantization: Quantization | None = None,
        in_state_dict: bool = True,
    ) -> None:  # fmt: skip
        self.path = path
        self.key = key
        self.dtype = dtype
        self.shape = shape
        self.stride = stride
        self.storage_offset = storage_offset
        self.storage = storage
        self.device = device
        self.layout = layout
        self.requires_grad = requires_grad
        self.class_name = class_name
        self.conj = conj
        self.neg = neg
        self.parts = parts
        self.quantization = quantization
        self.in_state_dict = in_state_dict

    def replaced(self, **changes: Any) -> Tensor:
        """Return a tensor of which these fields are others."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return Tensor(**(fields | changes))

    def __repr__(self) -> str:
        where = f" on {shown(self.device, 60)}" if self.device else ""
        return f"<Tensor {shown(self.key, 200)!r}: {self.dtype} {self.shape}{where}>"

    @property
    def numel(self) -> int:
        """Number of elements; of a nested tensor those of its buffer."""
        if self.layout in ("nested", "jagged"):
            return self.parts[0][1].numel
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the elements: numel times the element size; for sparse and nested the parts'."""
        if self.stride is None:
            return sum(part.nbytes for _, part in self.parts)
        return (self.numel * DTYPES[self.dtype].bits + 7) // 8

    @property
    def is_contiguous(self) -> bool:
        """Whether the elements lie one after the other in row-major order."""
        return self.stride is not None and is_contiguous(self.shape, self.stride)

    @property
    def problem(self) -> str:
        """Why bytes of it cannot be read, its own or a part's; empty when all are there."""
        if self.storage is not None and self.storage.problem:
            return self.storage.problem
        return next((part.problem for _, part in self.parts if part.problem), "")

    @property
    def lacks_data(self) -> bool:
        """Whether the file describes the tensor without any bytes for it (meta tensors); no damage
        is meant."""
        if self.numel == 0 or (self.parts and (self.stride is None or self.storage is None)):
            return False
        storage = self.storage
        return storage is None or (storage.source is None and not storage.problem)

    def part(self, name: str) -> Tensor | None:
        """Return the part of that name, or None."""
        return next((part for found, part in self.parts if found == name), None)


class Value:
    """One thing in the file that is no tensor: a number, a text, a short list, an unknown object.

    `type_name` is the Python type ("int", "str", "numpy.ndarray", "argparse.Namespace"); `value` is
    what JSON can say of it.
    """

    __slots__ = ("key", "path", "type_name", "value")

    def __init__(self, path: Path, key: str, type_name: str, value: Plain) -> None:
        self.path = path
        self.key = key
        self.type_name = type_name
        self.value = value

    def __repr__(self) -> str:
        return f"<Value {shown(self.key, 200)!r}: {shown(self.type_name, 60)}>"


class GlobalName(NamedTuple):
    """A name that the pickle asks for, as "module.name"; `known` when it is one that torch's own
    checkpoints use or a harmless plain type, so that its meaning is understood here."""

    name: str
    known: bool


class Finding(NamedTuple):
    """Something worth telling about the file. `severity` is info, warning or error; `code` stable;
    `where` a byte, an entry or a key."""

    severity: str
    code: str
    message: str
    where: str = ""


class WeightsOnly(NamedTuple):
    """Whether `torch.load(weights_only=True)` would take the file, and what stands in the way.

    `applies` is False where torch.load is not how the file is read (safetensors).
    """

    applies: bool
    obstacles: tuple[str, ...] = ()

    @property
    def loads(self) -> bool:
        """Whether torch.load(weights_only=True) takes the file."""
        return self.applies and not self.obstacles


class Checkpoint:
    """One open file (or sharded set): what it holds, in file order. Close it, or use `with`."""

    def __init__(
        self, path: str, format: str, size: int, entries: list[Tensor | Value],
        storages: list[Storage], sources: list[ByteSource], detail: str = "",
        containers: dict[Path, str] | None = None, globals: list[GlobalName] | None = None,
        findings: list[Finding] | None = None, weights_only: WeightsOnly | None = None,
        metadata: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.path = path
        self.format = format
        """"torch zip", "torch legacy", "torch tar", "torchscript", "safetensors", "sharded
        safetensors", "sharded torch"."""
        self.size = size
        """Bytes on disk; for a sharded set of all its files."""
        self.entries = entries
        self.storages = storages
        self.sources = sources
        self.detail = detail
        """What a person wants to know of the container: "PyTorch 1.6+, protocol 2"."""
        self.containers = {} if containers is None else containers
        """Type name of every dict, list and object on the way, by path: "OrderedDict"."""
        self.globals = [] if globals is None else globals
        self.findings = [] if findings is None else findings
        self.weights_only = weights_only or WeightsOnly(applies=False)
        self.metadata = {} if metadata is None else metadata
        """The `__metadata__` of a safetensors file or index."""
        self.tensors: list[Tensor] = _of_type(entries, Tensor)
        self.values: list[Value] = _of_type(entries, Value)

    def __repr__(self) -> str:
        return f"<Checkpoint {shown(self.path)!r}: {self.format}, {len(self.tensors):,} tensors>"

    @property
    def metadata_values(self) -> list[Value]:
        """`metadata` as values: it is no part of what was saved, but is listed before it."""
        return [
            Value((METADATA, name), f"{METADATA}.{name}", "str", text)
            for name, text in self.metadata.items()
        ]

    @property
    def in_name_order(self) -> bool:
        """Whether the tensors come in the order of their names, not of the network: safetensors
        writes layer 10 before layer 2."""
        return "safetensors" in self.format

    def close(self) -> None:
        """Close the files; the descriptions stay, elements can no longer be read."""
        for readable in {storage.source for storage in self.storages}:
            if readable is not None:
                readable.close()
        for source in self.sources:
            source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _of_type(entries: list[Any], kind: type) -> list[Any]:
    return list(compress(entries, map(isinstance, entries, repeat(kind))))


def contiguous_stride(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the row-major strides of `shape`, in elements, as torch gives them."""
    strides = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        strides[axis] = strides[axis + 1] * max(shape[axis + 1], 1)
    return tuple(strides)


def is_contiguous(shape: tuple[int, ...], stride: tuple[int, ...]) -> bool:
    """Whether a view of `shape` and `stride` is row-major without gaps, as torch decides it."""
    if 0 in shape:
        return True
    expected = 1
    for size, step in zip(reversed(shape), reversed(stride), strict=True):
        if size != 1:
            if step != expected:
                return False
            expected *= size
    return True
