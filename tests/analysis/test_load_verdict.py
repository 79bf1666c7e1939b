from __future__ import annotations

from typing import Any

import pytest
import torch

from inspector.analysis.load_verdict import LoadVerdict, load_verdict
from inspector.analysis.matching import match_tensors
from inspector.checkpoint.types import Checkpoint, Path, Storage, Tensor, Value
from inspector.formats.detect import open_checkpoint
from tests.builders import built


class Net(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = torch.nn.Linear(8, 5)
        self.bn = torch.nn.BatchNorm1d(4)
        self.heads = torch.nn.ModuleDict({"x": torch.nn.Linear(2, 2), "y": torch.nn.Linear(2, 2)})
        self.scale = torch.nn.Parameter(torch.tensor(1.0))


def described(found: Any, path: Path = ()) -> list[Tensor | Value]:
    key = ".".join(map(str, path))
    if isinstance(found, dict):
        entries = [
            entry for step, child in found.items() for entry in described(child, (*path, step))
        ]
        metadata = getattr(found, "_metadata", None)
        return entries + ([Value((*path, "_metadata"), "", "dict", {})] if metadata else [])
    if not isinstance(found, torch.Tensor):
        return [Value(path, key, type(found).__name__, found)]
    stride = tuple(found.stride()) if found.layout == torch.strided else None
    dtype, device = str(found.dtype).removeprefix("torch."), str(found.device)
    layout = str(found.layout).removeprefix("torch.")
    return [Tensor(path, key, dtype, tuple(found.shape), stride, 0, None, device, layout)]


def checkpoint(what: Any) -> Checkpoint:
    return Checkpoint("x.pt", "torch zip", 0, described(what), [], [])


def torch_says(model: torch.nn.Module, state_dict: Any, strict: bool = True) -> list[str]:
    try:
        model.load_state_dict(state_dict, strict=strict)
    except RuntimeError as error:
        return str(error).split("\n\t")[1:]
    return []


def without_reasons(lines: list[str]) -> list[str]:
    return [line.split("an exception occurred")[0] for line in lines]


def changes() -> dict[str, dict[str, Any]]:
    return {
        "nothing": {},
        "missing": {"bn.running_mean": None, "scale": None, "heads.y.bias": None},
        "unexpected": {
            "bn.zzz": torch.zeros(2),
            "fc.weight.inner": torch.zeros(2),
            "alone": torch.zeros(1),
            "epoch": 3,
            "other.module.w": torch.zeros(1),
            "fc": torch.zeros(1),
        },
        "sizes": {
            "fc.weight": torch.zeros(10, 8),
            "fc.bias": torch.zeros(()),
            "bn.bias": torch.zeros(1),
        },
        "old scalar": {"scale": torch.zeros(1)},
        "no tensor": {"heads.x.bias": 7},
        "layout": {"fc.weight": torch.zeros(5, 8).to_sparse()},
        "meta": {"fc.bias": torch.zeros(5, device="meta")},
        "dtype": {"fc.bias": torch.zeros(5, dtype=torch.float64)},
        "all": {
            "scale": None,
            "zzz": torch.zeros(1),
            "fc.weight": torch.zeros(10, 8),
            "heads.x.weight": 1,
            "heads.y.extra": torch.zeros(1),
            "bn.bias": torch.zeros(3),
        },
    }


@pytest.mark.parametrize("name", changes())
def test_the_verdict_is_what_torch_says(name: str) -> None:
    state_dict = Net().state_dict()
    for key, value in changes()[name].items():
        state_dict[key] = value
        if value is None:
            del state_dict[key]
    verdict = load_verdict(checkpoint(Net().state_dict()), checkpoint(state_dict))
    expected = torch_says(Net(), state_dict)
    assert without_reasons(verdict.lines()) == without_reasons(expected)
    assert verdict.strict == (not expected)
    assert verdict.non_strict == (not torch_says(Net(), state_dict, strict=False))


def test_a_cast_is_mentioned_though_torch_makes_it_silently() -> None:
    verdict = verdict_of({"w": torch.zeros(2)}, {"w": torch.zeros(2, dtype=torch.float64)})
    assert verdict.strict
    assert verdict.casts == [("w", "float64", "float32")]


def verdict_of(a: Any, b: Any, **options: Any) -> LoadVerdict:
    return load_verdict(checkpoint(a), checkpoint(b), **options)


def test_the_state_dict_inside_a_general_checkpoint_is_found() -> None:
    model = Net().state_dict()
    general = {
        "epoch": 3,
        "ema": {f"ema.{key}": value for key, value in model.items()},
        "model": model,
        "optimizer": {"state": {0: {"exp_avg": torch.zeros(5, 8)}}, "param_groups": [{"lr": 0.1}]},
    }
    verdict = verdict_of(model, general)
    assert verdict.strict
    assert verdict.state_dict.describe() == 'checkpoint["model"]'
    assert verdict_of(general, model).model.root == ("model",)


def test_a_data_parallel_state_dict_does_not_load_until_it_is_renamed() -> None:
    model = Net().state_dict()
    wrapped = {f"module.{key}": value for key, value in model.items()}
    verdict = verdict_of(model, wrapped)
    assert verdict.filled == ["bn.num_batches_tracked"]
    assert verdict.lines() == torch_says(Net(), wrapped)
    assert verdict.problems == 2 * len(model) - 1
    mapping = match_tensors(checkpoint(model).tensors, checkpoint(wrapped).tensors)
    assert verdict_of(model, wrapped, renames=mapping.renames()).strict


def test_a_pickled_module_is_taken_by_its_state_dict_names() -> None:
    module = [
        Tensor(("net", "_modules", "fc", "_parameters", "weight"), "net.fc.weight", "float32",
               (5, 8), (8, 1), 0, None),
        Tensor(("net", "_buffers", "cache"), "net.cache", "float32", (5,), (1,), 0, None,
               in_state_dict=False),
    ]  # fmt: skip
    whole = Checkpoint("x.pt", "torch zip", 0, list(module), [], [])
    verdict = load_verdict(whole, checkpoint({"fc.weight": torch.zeros(5, 8)}))
    assert verdict.strict
    assert list(verdict.model.entries) == ["fc.weight"]
    assert verdict.model.describe() == 'checkpoint["net"].state_dict()'


def test_the_attributes_of_a_pickled_module_are_no_keys() -> None:
    path = ("_modules", "fc", "_parameters", "weight")
    whole = Checkpoint("x.pt", "torch zip", 0, [
        Tensor(path, "fc.weight", "float32", (5, 8), (8, 1), 0, None),
        Value(("training",), "training", "bool", True),
    ], [], [])  # fmt: skip
    verdict = load_verdict(checkpoint({"fc.weight": torch.zeros(5, 8)}), whole)
    assert verdict.strict
    assert verdict.state_dict.describe() == "checkpoint.state_dict()"


@pytest.mark.parametrize("name", ["torchscript_traced", "torchscript_scripted"])
def test_torchscript_is_one_module(name: str) -> None:
    with open_checkpoint(built(name).path) as script:
        tensors = {one.key: torch.zeros(one.shape) for one in script.tensors if one.in_state_dict}
        verdict = load_verdict(checkpoint(tensors), script)
        assert verdict.strict
        assert verdict.state_dict.describe() == "checkpoint.state_dict()"


def test_what_was_cut_off_is_not_loaded() -> None:
    whole, cut = (checkpoint({"w": torch.zeros(4), "v": torch.zeros(4)}) for _ in range(2))
    cut.tensors[1].storage = Storage("1", "cpu", 16, None)
    cut.tensors[1].storage.problem = "cut"
    verdict = load_verdict(whole, cut)
    assert [error.key for error in verdict.errors] == ["v"]
    assert not verdict.non_strict


def test_a_file_without_tensors_lacks_everything() -> None:
    verdict = verdict_of({"w": torch.zeros(1)}, {"epoch": 1})
    assert verdict.missing == ["w"]
    assert not verdict.strict
