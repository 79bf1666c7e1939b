"""Write the pickle of a state_dict file: protocol 2, and only what torch's weights-only unpickler
takes.

No object is pickled; the opcodes are put down one by one. Names are those of torch/_utils.py, which
`torch.load(weights_only=True)` lists:

    tensor          _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, OrderedDict()
                    [, {"conj": True}]); _v3 the same with the dtype before the last argument, for
                    types without a storage class of their own
    quantized       _rebuild_qtensor(storage, offset, size, stride, quantizer, requires_grad, ...)
    sparse          _rebuild_sparse_tensor(layout, parts), nested: _rebuild_nested_tensor(parts)
    storage         persistent id ("storage", class, key, location, number of elements)
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from inspector.checkpoint.errors import ExportError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Tensor
from inspector.export.outgoing import Outgoing, OutgoingTensor, Place, place_of, step_at

_STORAGE_CLASSES = {
    "float64": "Double", "float32": "Float", "float16": "Half", "bfloat16": "BFloat16",
    "int64": "Long", "int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte",
    "bool": "Bool", "complex128": "ComplexDouble", "complex64": "ComplexFloat",
    "qint8": "QInt8", "quint8": "QUInt8", "qint32": "QInt32",
    "quint4x2": "QUInt4x2", "quint2x4": "QUInt2x4",
}  # fmt: skip
UNTYPED = ""
"""The type of a storage that several types look at, or that has no class of its own."""
_PARAMETER = "torch.nn.parameter.Parameter"


class StorageReference(NamedTuple):
    """A storage of the new file: its key, its element type (`UNTYPED` for bytes), its location and
    its number of elements (bytes when untyped)."""

    key: str
    dtype: str
    location: str
    numel: int


class PlacedView(NamedTuple):
    """Where a tensor lies in the new file: its storage, its first element, its type."""

    storage: StorageReference
    offset: int
    dtype: str


Views = Mapping[int, PlacedView]
"""By the identity of the source's strided tensor (or of a part of one)."""


def storage_dtype(dtype: str) -> str:
    """Return the type a storage of `dtype` is declared with: itself, or `UNTYPED`."""
    return dtype if dtype in _STORAGE_CLASSES else UNTYPED


def state_pickle(out: Outgoing, views: Views) -> bytes:
    """Return the data.pkl that holds everything that goes; `views` places every strided piece."""
    writer = _Writer()
    tree = _tree(out)
    writer.node(tree, (), out, views)
    return b"\x80\x02" + b"".join(writer.chunks) + b"."


_Leaf = OutgoingTensor | tuple[object]
_Node = dict[str, "_Node"] | _Leaf


def _tree(out: Outgoing) -> _Node:
    """Return nested dicts with the tensors, and the values in tuples of one, at their places."""
    places: list[tuple[Place, _Leaf]] = [(item.place, item) for item in out.tensors]
    places += [(item.place, (item.python,)) for item in out.values]
    if len(places) == 1 and not places[0][0]:
        return places[0][1]
    root: dict[str, _Node] = {}
    for place, leaf in places:
        node = root
        for step in place[:-1]:
            inner = node.setdefault(step, {})
            if not isinstance(inner, dict):
                raise _clash(place)
            node = inner
        if place[-1] in node:
            raise _clash(place)
        node[place[-1]] = leaf
    return root


def _clash(place: Place) -> ExportError:
    return ExportError(
        "a key would be a tensor and a dict at once",
        where=shown(".".join(str(step_at(token)) for token in place), 200),
        advice="Rename one of them otherwise",
    )


class _Writer:
    """Opcodes, one after the other; names and types that come again are read from the memo."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self._op = self.chunks.append
        self._memo: dict[bytes, bytes] = {}

    def node(
        self,
        node: _Node,
        path: Place,
        out: Outgoing,
        views: Views,
    ) -> None:
        """Write a container with all it holds, a tensor or a value."""
        if isinstance(node, tuple):
            self._op(_plain(node[0]))
        elif isinstance(node, OutgoingTensor):
            self._op(self._parameter_or_tensor(node.tensor, views))
        elif out.kinds.get(path) in ("list", "tuple"):
            self._sequence(node, path, out, views)
        else:
            self._mapping(node, path, out, views)

    def _mapping(
        self,
        node: dict[str, _Node],
        path: Place,
        out: Outgoing,
        views: Views,
    ) -> None:
        ordered = out.kinds.get(path) == "OrderedDict"
        self._op((self._empty_ordered_dict() if ordered else b"}") + b"(")
        for token, child in node.items():
            self._op(_plain(step_at(token)))
            self.node(child, (*path, token), out, views)
        self._op(b"u")
        if ordered and path in out.versions:
            self._op(_plain({"_metadata": out.versions[path]}) + b"b")

    def _sequence(self, node: dict[str, _Node], path: Place, out: Outgoing, views: Views) -> None:
        """Write a list or tuple; None stands for what stays behind, so that places are kept."""
        is_tuple = out.kinds[path] == "tuple"
        self._op(b"(" if is_tuple else b"](")
        last = max(int(step_at(token)) for token in node)
        for token in place_of(tuple(range(last + 1))):
            self.node(node.get(token, (None,)), (*path, token), out, views)
        self._op(b"t" if is_tuple else b"e")

    # -- tensors ----------------------------------------------------------------------------------

    def _parameter_or_tensor(self, tensor: Tensor, views: Views) -> bytes:
        if tensor.class_name != _PARAMETER:
            return self._tensor(tensor, views)
        return b"".join((
            self._once(_global("torch._utils", "_rebuild_parameter")), b"(",
            self._tensor(tensor, views), _plain(tensor.requires_grad), self._empty_ordered_dict(),
            b"tR",
        ))  # fmt: skip

    def _tensor(self, tensor: Tensor, views: Views) -> bytes:
        if tensor.layout.startswith("sparse"):
            return self._sparse(tensor, views)
        if tensor.layout == "nested":
            rebuild = self._once(_global("torch._utils", "_rebuild_nested_tensor"))
            parts = [self._tensor(part, views) for _, part in tensor.parts]
            return b"".join((rebuild, b"(", *parts, b"tR"))
        if tensor.quantization is not None:
            return self._quantized(tensor, views)
        return self._strided(tensor, views[id(tensor)])

    def _strided(self, tensor: Tensor, view: PlacedView) -> bytes:
        typed = view.storage.dtype != UNTYPED
        rebuild = "_rebuild_tensor_v2" if typed else "_rebuild_tensor_v3"
        is_parameter = tensor.class_name == _PARAMETER
        flags = {name: True for name in ("conj", "neg") if getattr(tensor, name)}
        return b"".join((
            self._once(_global("torch._utils", rebuild)), b"(", self._place(tensor, view),
            _plain(tensor.requires_grad and not is_parameter), self._empty_ordered_dict(),
            b"" if typed else self._once(_global("torch", view.dtype)),
            _plain(flags) if flags else b"", b"tR",
        ))  # fmt: skip

    def _place(self, tensor: Tensor, view: PlacedView) -> bytes:
        storage = view.storage
        typed = storage.dtype != UNTYPED
        return b"".join((
            b"(", self._once(_STORAGE),
            self._once(_global("torch", f"{_STORAGE_CLASSES[storage.dtype]}Storage") if typed
                       else _global("torch.storage", "UntypedStorage")),
            _text(storage.key), self._once(_text(storage.location)), _integer(storage.numel),
            b"tQ", _integer(view.offset), _sizes(tensor.shape), _sizes(tensor.stride or ()),
        ))  # fmt: skip

    def _quantized(self, tensor: Tensor, views: Views) -> bytes:
        quantization = tensor.quantization
        assert quantization is not None
        opening = self._once(_global("torch._utils", "_rebuild_qtensor")), b"("
        place = self._place(tensor, views[id(tensor)])
        scheme = b"(", self._once(_global("torch", quantization.scheme))
        if quantization.axis is None:
            numbers = [_plain(quantization.scale), _plain(quantization.zero_point)]
        else:
            numbers = [self._tensor(part, views) for _, part in tensor.parts]
            numbers.append(_plain(quantization.axis))
        return b"".join((
            *opening, place, *scheme, *numbers, b"t", _plain(tensor.requires_grad),
            self._empty_ordered_dict(), b"tR",
        ))  # fmt: skip

    def _sparse(self, tensor: Tensor, views: Views) -> bytes:
        return b"".join((
            self._once(_global("torch._utils", "_rebuild_sparse_tensor")), b"(",
            self._once(_global("torch.serialization", "_get_layout")),
            b"(", _text(f"torch.{tensor.layout}"), b"tR(",
            *[self._tensor(part, views) for _, part in tensor.parts],
            self._once(_global("torch", "Size")), b"(", _sizes(tensor.shape), b"tRttR",
        ))  # fmt: skip

    def _empty_ordered_dict(self) -> bytes:
        return self._once(_ORDERED_DICT) + b")R"

    def _once(self, opcodes: bytes) -> bytes:
        """Return opcodes that push a name, and from the second time on the memo's answer.

        Slots count up in the order of calls, which must be the order of the opcodes.
        """
        again = self._memo.get(opcodes)
        if again is not None:
            return again
        slot = len(self._memo)
        self._memo[opcodes] = b"h" + bytes([slot]) if slot < 256 else b"j" + _u32(slot)
        return opcodes + (b"q" + bytes([slot]) if slot < 256 else b"r" + _u32(slot))


def _plain(value: object) -> bytes:
    """Return the opcodes of a number, a text, None, or dicts, lists and tuples of them."""
    if value is None or isinstance(value, bool):
        return {None: b"N", True: b"\x88", False: b"\x89"}[value]
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return b"G" + struct.pack(">d", value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return b"".join((b"}(", *(_plain(part) for item in value.items() for part in item), b"u"))
    if isinstance(value, tuple | list):
        first, last = (b"(", b"t") if isinstance(value, tuple) else (b"](", b"e")
        return b"".join((first, *map(_plain, value), last))
    raise TypeError(type(value).__name__)


@lru_cache(1024)
def _sizes(sizes: tuple[int, ...]) -> bytes:
    """Return the opcodes of a shape or of strides, which come again and again."""
    return _plain(sizes)


@lru_cache(64)
def _global(module: str, name: str) -> bytes:
    return b"c" + f"{module}\n{name}\n".encode()


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "little")


def _integer(number: int) -> bytes:
    if 0 <= number < 256:
        return b"K" + bytes([number])
    if 0 <= number < 65536:
        return b"M" + number.to_bytes(2, "little")
    if -(1 << 31) <= number < 1 << 31:
        return b"J" + number.to_bytes(4, "little", signed=True)
    length = number.bit_length() // 8 + 1  # at most 255: what is longer is no plain value
    return b"\x8a" + bytes([length]) + number.to_bytes(length, "little", signed=True)


def _text(text: str) -> bytes:
    body = text.encode("utf-8", "surrogatepass")
    return b"X" + _u32(len(body)) + body


_STORAGE = _text("storage")
_ORDERED_DICT = _global("collections", "OrderedDict")
