"""TorchScript archives: the names of `state_dict()`, read out of a module that is never run."""

from __future__ import annotations

import pickle  # noqa: TID251 - a hostile file is written with it
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.analysis.elements import read_array
from inspector.checkpoint.errors import CheckpointError, LimitError
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.types import Checkpoint
from inspector.formats.detect import open_checkpoint
from tests.builders import torch


def saved(path: Path, compiled: Callable[[], Any]) -> Any:
    """Save what `compiled` returns and give back what torch loads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(compiled(), path)
        return torch.jit.load(path)


def edited(path: Path, edit: Callable[[str, bytes], bytes | None], **added: bytes) -> Path:
    """Write the archive again with each record as `edit` returns it, None leaving it out."""
    target = path.with_name("edited.pt")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as archive:
        root = source.namelist()[0].split("/")[0]
        for info in source.infolist():
            content = edit(info.filename, source.read(info))
            if content is not None:
                archive.writestr(info.filename, content)
        for name, content in added.items():
            archive.writestr(f"{root}/{name}", content)
    return target


def state_keys(checkpoint: Checkpoint) -> list[str]:
    return [tensor.key for tensor in checkpoint.tensors if tensor.in_state_dict]


class Inner(torch.nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(3, 4)
        self.register_buffer("seen", torch.tensor(3))
        self.register_buffer("scratch", torch.ones(2), persistent=False)
        self.table = torch.arange(3.0)
        self.scale = 2.5
        self.no_bias = torch.nn.Linear(4, 4, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.no_bias(self.linear(x)) * self.scale + self.table.sum()


class Net(torch.nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.first = Inner()
        self.second = Inner()
        self.weight = torch.nn.Parameter(torch.randn(2, 2))
        self.frozen = torch.nn.Parameter(torch.zeros(2), requires_grad=False)
        self.rest = torch.nn.ModuleList([torch.nn.BatchNorm1d(4)])
        self.names = ["a", "b"]
        self.sizes = [1, 2]
        self.table = {"k": 1}
        self.pair = (1, 0.5)
        self.nothing = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.rest[0](self.first(x) + self.second(x)) + self.weight.sum() + self.frozen[0]


def as_script() -> Any:
    return torch.jit.script(Net())


def as_trace() -> Any:
    return torch.jit.trace(Net().eval(), torch.ones(2, 3))


@pytest.mark.parametrize("compiled", [as_script, as_trace])
def test_lists_the_state_dict_in_its_order(compiled: Callable[[], Any], tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    expected = saved(path, compiled).state_dict(keep_vars=True)
    with open_checkpoint(path) as checkpoint:
        assert checkpoint.format == "torchscript"
        assert state_keys(checkpoint) == list(expected)
        for tensor in checkpoint.tensors:
            if tensor.in_state_dict:
                reference = expected[tensor.key]
                assert tensor.path == tuple(tensor.key.split("."))
                assert tensor.dtype == str(reference.dtype).removeprefix("torch.")
                assert (tensor.shape, tensor.stride) == (
                    tuple(reference.shape),
                    reference.stride(),
                )
                assert tensor.requires_grad == reference.requires_grad
                assert tensor.device == "cpu"
                np.testing.assert_array_equal(read_array(tensor), reference.detach().numpy())
        assert checkpoint.weights_only.obstacles == ("a TorchScript archive",)
        assert all(named.known for named in checkpoint.globals)


def test_lists_the_other_attributes_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    saved(path, as_script)
    with open_checkpoint(path) as checkpoint:
        others = [tensor.key for tensor in checkpoint.tensors if not tensor.in_state_dict]
        assert others == ["first.table", "second.table"]
        values = {value.key: value.value for value in checkpoint.values}
        assert values["first.scale"] == 2.5
        assert values["names"] == ["a", "b"]
        assert values["sizes"] == [1, 2]
        assert values["table.k"] == 1
        assert values["pair"] == [1, 0.5]
        assert values["nothing"] is None
        assert values["training"] is True


@pytest.mark.parametrize("compiled", [as_script, as_trace])
def test_names_classes_as_their_author_does(compiled: Callable[[], Any], tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    saved(path, compiled)
    with open_checkpoint(path) as checkpoint:
        assert checkpoint.containers[()].endswith("Net")
        assert checkpoint.containers[("first", "linear")] == "torch.nn.modules.linear.Linear"
        assert checkpoint.containers[("rest",)] == "torch.nn.modules.container.ModuleList"
        assert not any("mangle" in name for name in checkpoint.containers.values())


def test_tied_weights_share_a_storage(tmp_path: Path) -> None:
    def tied() -> Any:
        model = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 3))
        model[1].weight = model[0].weight
        return torch.jit.script(model)

    path = tmp_path / "net.pt"
    saved(path, tied)
    with open_checkpoint(path) as checkpoint:
        by_key = {tensor.key: tensor for tensor in checkpoint.tensors}
        assert by_key["0.weight"].storage is by_key["1.weight"].storage


def test_a_module_that_is_used_twice_is_listed_twice(tmp_path: Path) -> None:
    def shared() -> Any:
        layer = torch.nn.Linear(3, 3)
        return torch.jit.script(torch.nn.Sequential(layer, layer))

    path = tmp_path / "net.pt"
    expected = saved(path, shared).state_dict()
    with open_checkpoint(path) as checkpoint:
        assert state_keys(checkpoint) == list(expected)


def test_packed_quantized_weights_are_listed(tmp_path: Path) -> None:
    import torch as real  # the compiler looks names up in the module itself

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weight = torch.quantize_per_tensor(torch.ones(3, 4), 0.5, 0, torch.qint8)

    class Packed(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.packed = torch.ops.quantized.linear_prepack(weight, torch.zeros(3))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return real.ops.quantized.linear_dynamic(x, self.packed)

    path = tmp_path / "net.pt"
    assert not saved(path, lambda: torch.jit.script(Packed())).state_dict()
    with open_checkpoint(path) as checkpoint:
        assert [(t.key, t.dtype, t.in_state_dict) for t in checkpoint.tensors] == [
            ("packed.state.0", "qint8", False),
            ("packed.state.1", "float32", False),
        ]
        assert (
            checkpoint.containers[("packed",)] == "torch.classes.quantized.LinearPackedParamsBase"
        )


def test_a_class_that_names_no_buffers_has_none(tmp_path: Path) -> None:
    """Before 1.5 the line was not written; torch does not take such tensors for buffers either."""

    def without_line(name: str, content: bytes) -> bytes:
        lines = content.split(b"\n") if name.endswith(".py") else [content]
        return b"\n".join(line for line in lines if b"__buffers__" not in line)

    path = tmp_path / "net.pt"
    saved(path, as_script)
    old = edited(path, without_line)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = list(torch.jit.load(old).state_dict())
    assert "first.seen" not in expected
    with open_checkpoint(old) as checkpoint:
        assert state_keys(checkpoint) == expected
        assert "first.seen" in {tensor.key for tensor in checkpoint.tensors}


def test_an_archive_without_source_ranges_opens(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    expected = saved(path, as_script).state_dict()
    lean = edited(path, lambda name, content: None if "debug" in name else content)
    with open_checkpoint(lean) as checkpoint:
        assert state_keys(checkpoint) == list(expected)


def test_constants_are_told_and_must_be_a_pickle(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    saved(path, as_trace)
    with open_checkpoint(path) as checkpoint:
        assert [finding.code for finding in checkpoint.findings] == ["constants"]
    broken = edited(path, lambda name, data: b"" if name.endswith("constants.pkl") else data)
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(broken)
    assert "constants.pkl" in caught.value.where


def test_code_that_inflates_without_end_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    saved(path, as_script)
    with pytest.raises(LimitError):
        open_checkpoint(edited(path, keep, **{"code/bomb.py": bytes(3 << 20)}), limits=SMALL)


SMALL = Limits(pickle_bytes=2 << 20)


def keep(name: str, content: bytes) -> bytes:
    return content


def test_modules_that_hold_one_another_end(tmp_path: Path) -> None:
    """The pickle may say anything of a class that the code declares: here a module is in itself."""
    path = tmp_path / "net.pt"
    saved(path, lambda: torch.jit.script(torch.nn.Sequential(torch.nn.Linear(1, 1))))
    name = b"c__torch__.torch.nn.modules.container\nSequential\n"
    itself = b"\x80\x02" + name + b"q\x00)\x81q\x01}(X\x01\x00\x00\x000h\x01ub."
    with open_checkpoint(
        edited(path, lambda n, data: itself if n.endswith("/data.pkl") else data)
    ) as checkpoint:
        assert [value.value for value in checkpoint.values] == [
            "contains itself: see the saved object"
        ]
    other = pickle.dumps({"training": True, "w": [1]}, 2)
    with open_checkpoint(
        edited(path, lambda n, data: other if n.endswith("/data.pkl") else data)
    ) as checkpoint:
        assert [value.key for value in checkpoint.values] == ["training", "w"]
