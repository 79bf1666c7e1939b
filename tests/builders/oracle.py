"""What torch itself says of a file: the expectation every reader test is held against."""

from __future__ import annotations

import dataclasses
import inspect
import math
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.builders.lazy_torch import torch

Step = str | int
TENSOR_KEY = "<tensor>"
"""Stands for a dict key that is a tensor; there is no agreed way to write that down."""


@dataclasses.dataclass
class ExpectedTensor:
    """One tensor of a file as torch loaded it.

    `sharing` is equal for two tensors that are views of one storage; None where torch gives the
    tensor no storage of its own (sparse, nested, wrapper subclasses). `values` may be taken from
    `tensor` by `values_of`.
    """

    path: tuple[Step, ...]
    key: str
    dtype: str
    shape: tuple[int, ...]
    stride: tuple[int, ...] | None
    storage_offset: int
    device: str | None
    layout: str
    requires_grad: bool
    sharing: int | None
    in_state_dict: bool
    tensor: Any = dataclasses.field(repr=False)

    @property
    def readable(self) -> bool:
        """Whether the file holds bytes for it that numpy has numbers for."""
        return (
            self.layout == "strided" and self.device != "meta" and not self.dtype.startswith("bit")
        )


@dataclasses.dataclass
class Built:
    """A file on disk and what torch says of it.

    `format` is the reader's name for the container. `weights_only` is what
    `torch.load(weights_only=True)` really did, None where it does not apply. `ordered` is False
    where the container keeps no order of its own.
    """

    path: Path
    tensors: list[ExpectedTensor]
    format: str = "torch zip"
    weights_only: bool | None = None
    refusal: str = ""
    ordered: bool = True
    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    """Some plain values that the file holds, by key."""

    def named(self, key: str) -> ExpectedTensor:
        """Return the expectation of that key."""
        return next(tensor for tensor in self.tensors if tensor.key == key)


def name_of(torch_name: object) -> str:
    """Return torch's spelling of a dtype or layout without `torch.`."""
    return str(torch_name).removeprefix("torch.")


def values_of(tensor: Any) -> np.ndarray[Any, Any]:
    """Return torch's own values as the program shows them: odd floats widened to float32."""
    plain = tensor.detach()
    if plain.is_quantized:
        plain = plain.dequantize()
    elif plain.dtype == torch.complex32:
        plain = plain.to(torch.complex64)
    elif plain.is_floating_point() and plain.dtype not in (
        torch.float16,
        torch.float32,
        torch.float64,
    ):
        plain = plain.to(torch.float32)
    return np.asarray(plain.resolve_conj().resolve_neg().cpu().numpy())


def raw_bytes_of(tensor: Any) -> bytes:
    """Return the tensor's elements in row-major order as little-endian bytes."""
    flat = tensor.detach().resolve_conj().resolve_neg().contiguous()
    return bytes(flat.flatten().view(torch.uint8).numpy().tobytes())


def observe(path: Path, **built: Any) -> Built:
    """Load `path` with torch, every class it names being importable now, and describe it."""
    locations: dict[int, str] = {}
    alive = []  # an address must not be used again while it stands for a storage

    def keep_on_cpu(storage: Any, location: str) -> Any:
        alive.append(storage)
        locations[storage._cdata] = location
        return storage

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = torch.load(path, map_location=keep_on_cpu, weights_only=False)
        verdict, refusal = weights_only_verdict(path)
    found = list(tensors_in(loaded, locations))
    return Built(path, found, weights_only=verdict, refusal=refusal, **built)


def weights_only_verdict(path: Path) -> tuple[bool, str]:
    """Return whether `torch.load(weights_only=True)` takes the file, and its words if not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # torch raises anything from KeyError to struct.error here
            return False, f"{type(error).__name__}: {error}"
    return True, ""


def verdict_of_a_fresh_process(path: Path) -> tuple[bool, str]:
    """Ask a process that imported nothing but torch: some names are allowed by being imported."""
    code = (
        "import sys, torch\n"
        "try:\n"
        "    torch.load(sys.argv[1], map_location='cpu', weights_only=True)\n"
        "except Exception as error:\n"
        "    print(f'{type(error).__name__}: {error}')\n"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, path],
        capture_output=True,
        text=True,
        check=True,
    )
    return not answer.stdout, answer.stdout


def tensors_in(root: Any, locations: dict[int, str]) -> Iterator[ExpectedTensor]:
    """Walk what was loaded in the order it was pickled; dict and list cycles end."""
    yield from _walk(root, (), (), True, locations, set())


def _walk(
    found: Any,
    path: tuple[Step, ...],
    names: tuple[Step, ...],
    in_state_dict: bool,
    locations: dict[int, str],
    above: set[int],
) -> Iterator[ExpectedTensor]:
    if isinstance(found, torch.Tensor) and torch.nn.parameter.is_lazy(found):
        return  # it has no shape and no bytes
    if isinstance(found, torch.Tensor):
        yield describe(found, path, names, in_state_dict, locations)
        return
    if isinstance(found, (torch.UntypedStorage, torch.TypedStorage)):
        yield _describe_storage(found, path, names, locations)
        return
    if id(found) in above:
        return
    above = above | {id(found)}
    for step, name, child, kept in _children(found):
        yield from _walk(
            child, (*path, *step), (*names, *name), in_state_dict and kept, locations, above
        )


Child = tuple[tuple[Step, ...], tuple[Step, ...], Any, bool]


def _children(found: Any) -> Iterator[Child]:
    """Yield (steps, names, child, part of the state_dict) of one container or object."""
    if isinstance(found, torch.nn.Module):
        yield from _module_children(found)
    elif isinstance(found, dict):
        for key, child in found.items():
            step = key if isinstance(key, (str, int)) and not isinstance(key, bool) else repr(key)
            if isinstance(key, torch.Tensor):
                step = TENSOR_KEY
            yield (step,), (step,), child, True
    elif isinstance(found, (list, tuple)):
        for index, child in enumerate(found):
            yield (index,), (index,), child, True
    elif hasattr(found, "__dict__") and not (isinstance(found, type) or inspect.isroutine(found)):
        for name, child in vars(found).items():
            yield (name,), (name,), child, True


def _module_children(module: Any) -> Iterator[Child]:
    volatile = module._non_persistent_buffers_set
    for name, child in vars(module).items():
        if name in ("_parameters", "_modules"):
            for inner, value in child.items():
                yield (name, inner), (inner,), value, True
        elif name == "_buffers":
            for inner, value in child.items():
                yield (name, inner), (inner,), value, inner not in volatile
        else:
            yield (name,), (name,), child, False


def describe(
    tensor: Any,
    path: tuple[Step, ...],
    names: tuple[Step, ...],
    in_state_dict: bool,
    locations: dict[int, str],
) -> ExpectedTensor:
    """Return what torch says of one tensor."""
    layout = name_of(tensor.layout)
    strided = layout == "strided" and not tensor.is_nested
    device: str | None = name_of(tensor.device)
    sharing = None
    if strided and device != "meta" and type(tensor) in (torch.Tensor, torch.nn.Parameter):
        sharing = tensor.untyped_storage()._cdata
        device = locations.get(sharing, device)
    elif layout.startswith("sparse"):
        values = tensor._values() if layout == "sparse_coo" else tensor.values()
        device = locations.get(values.untyped_storage()._cdata, device)
    shape = tuple(tensor.shape) if not tensor.is_nested else ()
    return ExpectedTensor(
        path=path,
        key=".".join(str(name) for name in names),
        dtype=name_of(tensor.dtype),
        shape=shape,
        stride=tuple(tensor.stride()) if strided else None,
        storage_offset=tensor.storage_offset() if strided else 0,
        device=device,
        layout="nested" if tensor.is_nested else layout,
        requires_grad=tensor.requires_grad,
        sharing=sharing,
        in_state_dict=in_state_dict,
        tensor=tensor,
    )


def _describe_storage(
    storage: Any, path: tuple[Step, ...], names: tuple[Step, ...], locations: dict[int, str]
) -> ExpectedTensor:
    """Describe a storage that was saved by itself: the flat tensor over it."""
    if isinstance(storage, torch.UntypedStorage):
        flat = torch.tensor([], dtype=torch.uint8).set_(storage)
    else:
        flat = torch.tensor([], dtype=storage.dtype).set_(storage)
    return describe(flat, path, names, True, locations)


def saved(path: Path, what: Any, *, values: dict[str, Any] | None = None, **options: Any) -> Built:
    """`torch.save` to `path`, then load it back for the expectation."""
    save(path, what, **options)
    legacy = options.get("_use_new_zipfile_serialization") is False
    built = observe(path, format="torch legacy" if legacy else "torch zip")
    built.values = values or {}
    return built


def save(path: Path, what: Any, **options: Any) -> Path:
    """`torch.save` without the warnings it gives about prototypes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save(what, path, **options)
    return path


def numbers(*shape: int, start: float = 0.0) -> Any:
    """Return float32 numbers that are all different: 0.0, 0.5, 1.0, ... in row-major order."""
    count = math.prod(shape)
    return torch.arange(count, dtype=torch.float32).reshape(shape) * 0.5 + start


Builder = Callable[[Path], Built]
