"""Tensors of classes beyond torch.Tensor and Parameter."""

from __future__ import annotations

import contextlib
import gc
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.builders.lazy_torch import torch
from tests.builders.oracle import Built, describe, numbers, save, verdict_of_a_fresh_process
from tests.builders.registry import valid
from tests.builders.throwaway import adopt, throwaway_module


def _observed(path: Path, what: dict[str, Any], inner: dict[str, Any]) -> Built:
    """Save; expect `inner`, what each tensor of `what` is in terms of plain tensors."""
    save(path, what)
    verdict, refusal = verdict_of_a_fresh_process(path)
    found = [describe(tensor, (key,), (key,), True, {}) for key, tensor in inner.items()]
    return Built(path, found, weights_only=verdict, refusal=refusal)


@valid
def tensor_with_attributes(folder: Path) -> Built:
    tensor = numbers(2, 3)
    tensor.note = "a note"
    plain = numbers(2)
    return _observed(folder / "attributes.pt", {"a": tensor, "b": plain}, {"a": tensor, "b": plain})


@valid
def parameter_with_attributes(folder: Path) -> Built:
    parameter = torch.nn.Parameter(numbers(2, 3))
    parameter.shard = 1
    return _observed(folder / "attributes.pt", {"p": parameter}, {"p": parameter})


@valid
def tensor_subclass_of_a_gone_class(folder: Path) -> Built:
    with throwaway_module("vanished_tensors") as module:

        class Named(torch.Tensor):  # type: ignore[misc]
            pass

        adopt(module, Named)
        plain = numbers(2, 3)
        tensor = plain.as_subclass(Named)
        tensor.names_of_rows = ["a", "b"]
        return _observed(
            folder / "subclass.pt", {"n": tensor, "w": plain}, {"n": plain, "w": plain}
        )


def _define_pair(module: types.ModuleType) -> Any:
    """Put a wrapper subclass into `module` that has no storage, only two inner tensors."""

    class Pair(torch.Tensor):  # type: ignore[misc]
        @staticmethod
        def __new__(cls, left: Any, right: Any) -> Any:
            return torch.Tensor._make_wrapper_subclass(cls, left.shape, dtype=left.dtype)

        def __init__(self, left: Any, right: Any) -> None:
            self.left, self.right = left, right

        __torch_function__ = torch._C._disabled_torch_function_impl

        @classmethod
        def __torch_dispatch__(
            cls, op: Any, _types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            first = next(arg for arg in args if isinstance(arg, cls))
            if op is torch.ops.aten.detach.default:
                return cls(first.left, first.right)
            return NotImplemented

    adopt(module, Pair)
    return Pair


@valid
def wrapper_subclass_of_a_gone_class(folder: Path) -> Built:
    with throwaway_module("vanished_tensors") as module:
        pair = _define_pair(module)(numbers(2, 3), numbers(2, 3, start=50.0))
        built = _observed(folder / "wrapper.pt", {"pair": pair, "w": numbers(4)}, {"w": numbers(4)})
        outer = describe(torch.empty(2, 3, device="meta"), ("pair",), ("pair",), True, {})
        outer.device = "cpu"
        outer.layout = "wrapper"
        outer.tensor = None
        built.tensors.insert(0, outer)
        return built


@contextlib.contextmanager
def _one_process_mesh() -> Iterator[Any]:
    import tempfile

    import torch.distributed as dist
    from torch.distributed.device_mesh import init_device_mesh

    with tempfile.TemporaryDirectory() as folder:
        dist.init_process_group("gloo", init_method=f"file://{folder}/s", rank=0, world_size=1)
        try:
            yield init_device_mesh("cpu", (1,))
        finally:
            dist.destroy_process_group()


@valid
def distributed_tensor(folder: Path) -> Built:
    """A DTensor as FSDP leaves it in a state dict: a wrapper with its local shard inside."""
    with _one_process_mesh() as mesh:
        from torch.distributed.tensor import Replicate, distribute_tensor

        plain = numbers(4, 3)
        sharded = distribute_tensor(plain, mesh, [Replicate()])
        built = _observed(folder / "dtensor.pt", {"d": sharded, "w": numbers(2)}, {"w": numbers(2)})
        outer = describe(plain, ("d",), ("d",), True, {})
        outer.layout = "wrapper"
        outer.tensor = None
        built.tensors.insert(0, outer)
        gc.collect()  # of files that torch.distributed leaves open
        return built
