"""Whole models, saved with `torch.save(model)`, whose classes do not exist here any more."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

from tests.builders.lazy_torch import torch
from tests.builders.oracle import Built, numbers, saved
from tests.builders.registry import valid
from tests.builders.throwaway import adopt, throwaway_module


def _define_net(module: types.ModuleType) -> Any:
    """Put a small convolutional net with every kind of attribute into `module`."""

    class Net(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.conv = torch.nn.Conv2d(1, 2, 3)
            self.norm = torch.nn.BatchNorm2d(2)
            self.blocks = torch.nn.ModuleList([torch.nn.Linear(4, 4), torch.nn.Linear(4, 2)])
            self.scale = torch.nn.Parameter(numbers(3))
            self.nothing = None
            self.register_parameter("absent", None)
            self.register_buffer("kept", numbers(2))
            self.register_buffer("volatile", numbers(4), persistent=False)
            self.plain = numbers(5)
            self.width = 64
            self.names = ["cat", "dog"]

    adopt(module, Net)
    return Net


@valid
def whole_model_of_a_gone_class(folder: Path) -> Built:
    with throwaway_module("vanished_project.models") as module:
        model = _define_net(module)()
        built = saved(folder / "model.pt", model, values={"width": 64})
        return _with_state_dict(built, list(model.state_dict()))


@valid
def whole_model_beside_numbers(folder: Path) -> Built:
    with throwaway_module("vanished_project.models") as module:
        net = _define_net(module)
        found = {"epoch": 3, "model": net(), "ema": [net()]}
        return saved(folder / "run.pt", found, values={"epoch": 3})


@valid
def whole_model_with_tied_weights(folder: Path) -> Built:
    with throwaway_module("vanished_lm") as module:

        class LanguageModel(torch.nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.embed = torch.nn.Embedding(6, 4)
                self.head = torch.nn.Linear(4, 6, bias=False)
                self.head.weight = self.embed.weight

        adopt(module, LanguageModel)
        model = LanguageModel()
        return _with_state_dict(saved(folder / "lm.pt", model), list(model.state_dict()))


@valid
def whole_model_of_torch_layers(folder: Path) -> Built:
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.ReLU(), torch.nn.Flatten()
    )
    return _with_state_dict(saved(folder / "sequential.pt", model), list(model.state_dict()))


@valid
def whole_transformer(folder: Path) -> Built:
    model = torch.nn.TransformerEncoder(
        torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2
    )
    return _with_state_dict(saved(folder / "encoder.pt", model), list(model.state_dict()))


@valid
def whole_traced_graph_module(folder: Path) -> Built:
    model = torch.fx.symbolic_trace(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU()))
    return _with_state_dict(saved(folder / "traced.pt", model), list(model.state_dict()))


@valid
def whole_data_parallel_model(folder: Path) -> Built:
    model = torch.nn.DataParallel(torch.nn.Linear(3, 2))
    return _with_state_dict(saved(folder / "parallel.pt", model), list(model.state_dict()))


@valid
def whole_compiled_model(folder: Path) -> Built:
    model = torch.compile(torch.nn.Sequential(torch.nn.Linear(3, 2)), backend="eager")
    return _with_state_dict(saved(folder / "compiled.pt", model), list(model.state_dict()))


@valid
def whole_model_with_weight_norm(folder: Path) -> Built:
    model = torch.nn.utils.weight_norm(torch.nn.Linear(3, 2))
    return _with_state_dict(saved(folder / "norm.pt", model), list(model.state_dict()))


@valid
def whole_model_with_recurrent_layers(folder: Path) -> Built:
    model = torch.nn.LSTM(3, 4, num_layers=2)
    return _with_state_dict(saved(folder / "lstm.pt", model), list(model.state_dict()))


@valid
def whole_legacy_model(folder: Path) -> Built:
    with throwaway_module("vanished_project.models") as module:
        model = _define_net(module)()
        built = saved(folder / "old.pt", model, _use_new_zipfile_serialization=False)
        return _with_state_dict(built, list(model.state_dict()))


@valid
def lazy_module_without_shapes(folder: Path) -> Built:
    model = torch.nn.LazyLinear(4)
    return saved(folder / "lazy.pt", {"state": model.state_dict(), "w": numbers(1)})


def _with_state_dict(built: Built, keys: list[str]) -> Built:
    """Check the walk against the keys that the model itself gives, then return `built`."""
    walked = [tensor.key for tensor in built.tensors if tensor.in_state_dict]
    assert walked == keys, (walked, keys)
    return built
