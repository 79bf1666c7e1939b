"""Tensors out of what the pickle machine built: torch's rebuild functions, read instead of called.

Arguments of the functions, after torch/_utils.py, torch/_tensor.py and torch/storage.py (2.13):

    _rebuild_tensor               storage, offset, size, stride
    _rebuild_tensor_v2            storage, offset, size, stride, requires_grad, hooks[, metadata]
    _rebuild_tensor_v3            the same, dtype before the metadata
    _rebuild_parameter            tensor, requires_grad, hooks
    _rebuild_parameter_with_state tensor, requires_grad, hooks, state
    _rebuild_qtensor              storage, offset, size, stride, quantizer, requires_grad, hooks
    _rebuild_sparse_tensor        layout, (indices, values, size[, coalesced])
                                  or (compressed indices, plain indices, values, size)
    _rebuild_nested_tensor        buffer, sizes, strides, offsets
    _rebuild_meta_tensor_no_storage   dtype, size, stride, requires_grad
    _rebuild_wrapper_subclass     class, dtype, size, stride, offset, layout, device, requires_grad
    _rebuild_device_tensor_from_cpu_tensor (and _from_numpy)  data, dtype, device, requires_grad
    _rebuild_from_type_v2         function, class, arguments, state
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.errors import DamagedError, LimitError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Path, Quantization, Storage, Tensor, contiguous_stride
from inspector.formats.inert import (
    Global,
    OpaqueObject,
    PersistentId,
    TensorCall,
    TensorForm,
    attributes_of,
    pairs_of,
)
from inspector.formats.storage_references import MakeStorage, StorageReferences

MAX_DIMENSIONS = 64
MAX_PARTS = 1 << 17
Span = tuple[tuple[int, ...], tuple[int, ...], int]
"""Sizes, strides, and how many elements lie from the first to the last one."""


class TensorRecords:
    """Turns records into `Tensor`s, one `Storage` per key however many tensors view it."""

    def __init__(self, make_storage: MakeStorage) -> None:
        self._references = StorageReferences(make_storage)
        self._parts = 0
        self._spans: dict[tuple[int, int], Span] = {}
        self._fitting: set[TensorForm] = set()  # those whose view lies inside its storage

    def take_storages(self) -> list[Storage]:
        """Return every storage that was referred to, in order: no tensor can be asked for then."""
        return self._references.take_storages()

    def is_tensor(self, obj: OpaqueObject) -> bool:
        """Whether calling it would have made a tensor."""
        return self._builder(obj) is not None

    def _builder(self, obj: OpaqueObject) -> Build | None:
        function = obj.function
        if type(function) is not Global:
            return None
        builder = _BUILDERS.get(function.name)
        if builder is not None and function.module in _REBUILD_MODULES:
            return builder
        return TensorRecords._old if _is_old_tensor(obj) else None

    def tensor(self, obj: OpaqueObject, path: Path, key: str) -> Tensor | None:
        """Return the tensor that `obj` describes, None when it describes something else.

        Raises `DamagedError`, naming the key, when its numbers contradict one another or reach
        outside its storage.
        """
        if type(obj) is TensorCall:
            (tensor,) = self.of_runs([("", obj)], path, key, in_state_dict=True)
            tensor.path = path
            return tensor
        try:
            builder = self._builder(obj)
            if builder is None:
                return None
            tensor = builder(self, obj, obj.args)
        except (IndexError, ValueError, TypeError) as error:
            raise DamagedError("a tensor's description is incomplete", where=_place(key)) from error
        except DamagedError as error:
            error.where = error.where or _place(key)
            raise
        tensor.path, tensor.key = path, key
        return tensor

    def of_runs(
        self, calls: Iterable[tuple[str, TensorCall]], path: Path, prefix: str, in_state_dict: bool
    ) -> list[Tensor]:
        """Return the tensors of the calls under these names in the dict at `path`.

        `prefix` goes before the names to make their keys. Raises `DamagedError` as `tensor` does.
        """
        tensors = []
        reference, fitting = self._references.of_call, self._fitting
        key = prefix
        try:
            for name, call in calls:
                key = prefix + name
                form = call.form
                storage, element, _ = reference(call)
                if form not in fitting:
                    self._fit(storage, form.offset, form.sizes, form.strides, element.bits)
                    fitting.add(form)
                tensors.append(Tensor(
                    (*path, name), key, element.dtype, form.sizes, form.strides, form.offset,
                    storage, storage.location, "strided", form.requires_grad,
                ))  # fmt: skip
        except DamagedError as error:
            error.where = error.where or _place(key)
            raise
        for tensor in () if in_state_dict else tensors:
            tensor.in_state_dict = False
        return tensors

    def storage_as_tensor(self, reference: PersistentId, path: Path, key: str) -> Tensor:
        """Return a storage that was saved by itself, as a flat tensor."""
        try:
            storage, element, _ = self._references.of(reference)
        except DamagedError as error:
            error.where = error.where or _place(key)
            raise
        numel = storage.nbytes // element.itemsize
        tensor = self._strided(storage, 0, (numel,), (1,), element.dtype)
        tensor.path, tensor.key, tensor.class_name = path, key, element.type_name
        return tensor

    # -- one method per rebuild function ----------------------------------------------------------

    def _build(self, obj: object) -> Tensor:
        builder = self._builder(obj) if isinstance(obj, OpaqueObject) else None
        if builder is None:
            raise DamagedError("a tensor's description lacks the tensor it is about")
        assert isinstance(obj, OpaqueObject)
        return builder(self, obj, obj.args)

    def _plain(self, obj: OpaqueObject, args: tuple[object, ...]) -> Tensor:
        return self._view(args, "", args[6:7])

    def _typed(self, obj: OpaqueObject, args: tuple[object, ...]) -> Tensor:
        return self._view(args, self._dtype(args[6]), args[7:8])

    def _view(self, args: tuple[object, ...], dtype: str, flags: tuple[object, ...]) -> Tensor:
        storage, element, _ = self._references.of(args[0])
        tensor = self._strided(storage, args[1], args[2], args[3], dtype or element.dtype)
        tensor.requires_grad = len(args) > 4 and args[4] is True
        for metadata in flags:
            for name, value in pairs_of(metadata) or ():
                if isinstance(name, str) and name in ("conj", "neg"):
                    setattr(tensor, name, value is True)
        return tensor

    def _parameter(self, obj: OpaqueObject, args: tuple[object, ...]) -> Tensor:
        tensor = self._build(args[0])
        tensor.requires_grad = args[1] is True
        if tensor.class_name == "torch.Tensor":
            tensor.class_name = "torch.nn.parameter.Parameter"
        return tensor

    def _quantized(self, obj: OpaqueObject, args: tuple[object, ...]) -> Tensor:
        storage, element, _ = self._references.of(args[0])
        tensor = self._strided(storage, args[1], args[2], args[3], element.dtype)
        quantizer = args[4]
        if not isinstance(quantizer, tuple):
            raise DamagedError("a quantized tensor lacks its quantizer")
        scheme = quantizer[0].name if isinstance(quantizer[0], Global) else ""
        if scheme in ("per_tensor_affine", "per_tensor_symmetric"):
            scale, zero = quantizer[1], quantizer[2]
            if not (isinstance(scale, float) and isinstance(zero, int) and abs(zero) < 1 << 63):
                raise DamagedError("a quantized tensor's scale or zero point is no number")
            tensor.quantization = Quantization(scheme, scale, zero)
        else:
            axis = self._integer(quantizer[3])
            tensor.parts = (
                ("scales", self._part(quantizer[1], "scales")),
                ("zero_points", self._part(quantizer[2], "zero_points")),
            )
            if not 0 <= axis < max(len(tensor.shape), 1):
                raise DamagedError("a quantized tensor's axis lies outside its shape")
            tensor.quantization = Quantization(scheme, axis=axis)
        tensor.requires_grad = args[5] is True
        return tensor

    def _sparse(self, obj: OpaqueObject, args: tuple[object, ...]) -> Tensor:
        layout = _layout_name(args[0])
        data = args[1]
        if not isinstance(data, tuple):
            raise DamagedError("a sparse tensor lacks its parts")
        names = _SPARSE_PARTS.get(layout)
        if names is None:
            raise DamagedError(f"the layout {shown(layout, 60)!r} is not known")
        parts = tuple(
            (name, self._part(part, name)) for name, part in zip(names, data, strict=False)
        )
        values = parts[-1][1]
        return Tensor(
            (), "", values.dtype, self._sizes(data[len(names)]), None, 0, None, values.device,
            layout, values.requires_grad, parts=parts,
        )  # fmt: skip

    def _nested(self, obj: OpaqueObject, args: tuple[object, ...]) -> Tensor:
        names = ("buffer", "sizes", "strides", "offsets")
        parts = tuple(
            (name, self._part(part, name)) for name, part in zip(names, args, strict=True)
        )
        buffer, sizes = parts[0][1], parts[1][1]
        if len(sizes.shape) != 2:
            raise DamagedError("a nested tensor's table of sizes is not two-dimensional")
        shape = (sizes.shape[0], *(-1 for _ in range(sizes.shape[1])))
        return Tensor(
            (), "", buffer.dtype, shape, None, 0, None, buffer.device, "nested",
            buffer.requires_grad, parts=parts,
        )  # fmt: skip

    def _meta(self, obj: OpaqueObject, args: tuple[object, ...]) -> Tensor:
        shape, stride = self._sizes(args[1]), self._sizes(args[2])
        return Tensor(
            (), "", self._dtype(args[0]), shape, stride, 0, None, "meta",
            requires_grad=args[3] is True,
        )  # fmt: skip

    def _wrapper(self, obj: OpaqueObject, args: tuple[object, ...]) -> Tensor:
        shape = self._sizes(args[2])
        stride = None if args[3] is None else self._sizes(args[3])
        return Tensor(
            (), "", self._dtype(args[1]), shape, stride or contiguous_stride(shape), 0, None,
            _device_name(args[6]), _layout_name(args[5]), args[7] is True,
            class_name=_dotted(args[0]),
        )  # fmt: skip

    def _on_device(self, obj: OpaqueObject, args: tuple[object, ...]) -> Tensor:
        tensor = self._build(args[0])
        tensor.device = _device_name(args[2])
        tensor.dtype = self._dtype(args[1])
        tensor.requires_grad = args[3] is True
        return tensor

    def _from_type(self, obj: OpaqueObject, args: tuple[object, ...]) -> Tensor:
        inner_args, state = args[2], args[3] if len(args) > 3 else None
        if not isinstance(inner_args, tuple) or not isinstance(args[0], Global):
            raise DamagedError("a tensor subclass lacks the arguments it is made of")
        tensor = self._build(OpaqueObject(args[0], inner_args))
        tensor.class_name = _dotted(args[1]) or tensor.class_name
        if tensor.storage is None and not tensor.parts:
            holder = OpaqueObject(None, ())
            holder.state = state
            tensor.parts = tuple(
                (name, self._part(value, name))
                for name, value in attributes_of(holder)
                if isinstance(value, OpaqueObject) and self.is_tensor(value)
            )
        return tensor

    def _jagged(self, obj: OpaqueObject, args: tuple[object, ...]) -> Tensor:
        """Read `_rebuild_njt({"values": ..., "offsets": ..., "_ragged_idx": n, ...})`."""
        given = {name: value for name, value in pairs_of(args[0]) or () if isinstance(name, str)}
        parts = tuple(
            (name, self._part(given[name], name))
            for name in ("values", "offsets", "lengths")
            if isinstance(given.get(name), OpaqueObject)
        )
        ragged = self._integer(given.get("_ragged_idx", 1))
        if len(parts) < 2 or not parts[0][1].shape or not 1 <= ragged <= len(parts[0][1].shape):
            raise DamagedError("a jagged tensor lacks its values or offsets")
        values, offsets = parts[0][1], parts[1][1]
        inner = list(values.shape)
        inner[ragged - 1] = -1
        return Tensor(
            (), "", values.dtype, (max(offsets.numel - 1, 0), *inner), None, 0, None,
            values.device, "jagged", given.get("requires_grad") is True,
            "torch.nested.NestedTensor", parts=parts,
        )  # fmt: skip

    def _old(self, obj: OpaqueObject, _: tuple[object, ...]) -> Tensor:
        """Before 0.4 a tensor was an instance whose state is (storage, offset, size, stride)."""
        state = obj.state
        assert isinstance(state, tuple)
        return self._plain(obj, state)

    def _part(self, obj: object, name: str) -> Tensor:
        self._parts += 1  # a few that consist of one another would come to more than any memory
        if self._parts > MAX_PARTS:
            raise LimitError(f"its tensors consist of more than {MAX_PARTS:,} parts")
        part = self._build(obj)
        part.key = name
        return part

    # -- strided tensors --------------------------------------------------------------------------

    def _strided(
        self, storage: Storage, offset: object, size: object, stride: object, dtype: str
    ) -> Tensor:
        start, shape, strides = self._fit(storage, offset, size, stride, DTYPES[dtype].bits)
        return Tensor((), "", dtype, shape, strides, start, storage, storage.location)

    def _fit(
        self, storage: Storage, offset: object, size: object, stride: object, bits: int
    ) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
        """Return offset, shape and strides of a view whose elements lie inside its storage."""
        start = self._integer(offset)
        # The same few shapes come again and again, as the same objects; check each pair once.
        known = self._spans.get((id(size), id(stride)))
        if known is None:
            known = self._span(size, stride)
            if type(size) is tuple and type(stride) is tuple:
                self._spans[id(size), id(stride)] = known
        shape, strides, span = known
        if span and (start + span) * bits > storage.nbytes * 8:
            raise DamagedError(
                f"the tensor reaches element {start + span - 1:,} of a storage of "
                f"{storage.nbytes:,} bytes"
            )
        return start, shape, strides

    def _span(self, size: object, stride: object) -> Span:
        """Return shape, strides and how many elements lie from the first to the last one."""
        shape, strides = self._sizes(size), self._sizes(stride)
        if len(shape) != len(strides):
            raise DamagedError(f"the tensor has {len(shape)} sizes but {len(strides)} strides")
        if 0 in shape:
            return shape, strides, 0
        steps = zip(shape, strides, strict=True)
        return shape, strides, 1 + sum((length - 1) * step for length, step in steps)

    def _sizes(self, sizes: object) -> tuple[int, ...]:
        """Return sizes or strides, a tuple or a `torch.Size` of non-negative ints."""
        if isinstance(sizes, OpaqueObject) and sizes.dotted == "torch.Size":
            sizes = sizes.args[0]
        if isinstance(sizes, list):
            sizes = tuple(sizes)
        if not isinstance(sizes, tuple) or len(sizes) > MAX_DIMENSIONS:
            raise DamagedError("a tensor's sizes are no short tuple")
        for size in sizes:
            if type(size) is not int or not 0 <= size < 1 << 63:
                raise DamagedError("a tensor's size or stride is negative or no number")
        return sizes

    def _integer(self, value: object) -> int:
        if type(value) is not int or not 0 <= value < 1 << 63:
            raise DamagedError("a tensor's offset is negative or no number")
        return value

    def _dtype(self, dtype: object) -> str:
        name = dtype.name if isinstance(dtype, Global) and dtype.module == "torch" else ""
        if name not in DTYPES:
            raise DamagedError(f"the element type {shown(name, 60) or 'given'!r} is not known")
        return name


Build = Callable[[TensorRecords, OpaqueObject, tuple[object, ...]], Tensor]
# Of the class, not bound: an object that holds its own methods is freed by the collector alone.
_BUILDERS: dict[str, Build] = {
    "_rebuild_tensor": TensorRecords._plain,
    "_rebuild_tensor_v2": TensorRecords._plain,
    "_rebuild_tensor_v3": TensorRecords._typed,
    "_rebuild_parameter": TensorRecords._parameter,
    "_rebuild_parameter_with_state": TensorRecords._parameter,
    "_rebuild_qtensor": TensorRecords._quantized,
    "_rebuild_sparse_tensor": TensorRecords._sparse,
    "_rebuild_sparse_csr_tensor": TensorRecords._sparse,
    "_rebuild_nested_tensor": TensorRecords._nested,
    "_rebuild_meta_tensor_no_storage": TensorRecords._meta,
    "_rebuild_wrapper_subclass": TensorRecords._wrapper,
    "_rebuild_device_tensor_from_cpu_tensor": TensorRecords._on_device,
    "_rebuild_device_tensor_from_numpy": TensorRecords._on_device,
    "_rebuild_xla_tensor": TensorRecords._on_device,
    "_rebuild_from_type": TensorRecords._from_type,
    "_rebuild_from_type_v2": TensorRecords._from_type,
    "_rebuild_njt": TensorRecords._jagged,
}
# Where the rebuild functions live, and lived: a function of that name elsewhere is somebody else's.
_REBUILD_MODULES = frozenset(
    ("torch._utils", "torch._tensor", "torch.tensor", "torch.nested._internal.nested_tensor")
)
_SPARSE_PARTS = {
    "sparse_coo": ("indices", "values"),
    **dict.fromkeys(("sparse_csr", "sparse_bsr"), ("crow_indices", "col_indices", "values")),
    **dict.fromkeys(("sparse_csc", "sparse_bsc"), ("ccol_indices", "row_indices", "values")),
}


def _is_old_tensor(obj: OpaqueObject) -> bool:
    state = obj.state
    return (
        isinstance(obj.function, Global)
        and obj.function.module in ("torch", "torch.cuda")
        and obj.function.name.endswith("Tensor")
        and isinstance(state, tuple)
        and len(state) >= 4
        and isinstance(state[0], PersistentId)
    )


def _layout_name(obj: object) -> str:
    """Return "sparse_coo" from `torch.serialization._get_layout("torch.sparse_coo")`."""
    if isinstance(obj, OpaqueObject) and obj.args and isinstance(obj.args[0], str):
        return obj.args[0].removeprefix("torch.")
    return obj.name if isinstance(obj, Global) else "strided"


def _device_name(obj: object) -> str | None:
    """Return "cuda:0" from `torch.device("cuda", 0)` or a text."""
    if isinstance(obj, OpaqueObject) and obj.dotted == "torch.device":
        return ":".join(str(part) for part in obj.args if isinstance(part, str | int))
    return obj if isinstance(obj, str) else None


def _dotted(obj: object) -> str:
    return obj.dotted if isinstance(obj, Global) else ""


def _place(key: str) -> str:
    return shown(key, 200) or "the saved object"
