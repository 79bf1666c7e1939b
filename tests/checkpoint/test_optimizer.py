"""Optimizer state is given a parameter's name only where the real optimizer would agree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inspector.checkpoint.optimizer import owners
from inspector.formats.detect import open_checkpoint
from tests.builders import torch

nn = torch.nn


def network() -> Any:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(4 * 36, 10),
        nn.Linear(10, 10, bias=False),
    )


def trained(optimizer: Any, model: Any) -> dict[str, Any]:
    model(torch.randn(2, 1, 8, 8)).square().sum().backward()
    optimizer.step()
    return {"model": model.state_dict(), "optimizer": optimizer.state_dict()}


def truth(optimizer: Any, model: Any) -> dict[int, str]:
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    ordered = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    return {number: names[id(parameter)] for number, parameter in enumerate(ordered)}


def found(path: Path, saved: object) -> dict[int, str]:
    torch.save(saved, path)
    with open_checkpoint(path) as checkpoint:
        return {
            path[-1]: name for path, name in owners(checkpoint).items() if isinstance(path[-1], int)
        }


def by_decay(model: Any) -> list[dict[str, Any]]:
    matrices = [parameter for parameter in model.parameters() if parameter.ndim >= 2]
    vectors = [parameter for parameter in model.parameters() if parameter.ndim < 2]
    return [{"params": matrices}, {"params": vectors, "weight_decay": 0.0}]


@pytest.mark.parametrize(
    "make",
    [
        lambda model: torch.optim.AdamW(model.parameters()),
        lambda model: torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
        lambda model: torch.optim.AdamW(by_decay(model)),
        lambda model: torch.optim.Adafactor(model.parameters()),
    ],
)
def test_state_is_named_as_the_optimizer_would(make: Callable[[Any], Any], tmp_path: Path) -> None:
    model = network()
    optimizer = make(model)
    saved = trained(optimizer, model)
    assert found(tmp_path / "saved.pt", saved) == truth(optimizer, model)


def test_two_models_of_one_architecture_agree(tmp_path: Path) -> None:
    model = network()
    optimizer = torch.optim.Adam(model.parameters())
    saved = trained(optimizer, model) | {"ema": network().state_dict()}
    assert found(tmp_path / "saved.pt", saved) == truth(optimizer, model)


def test_tied_weights_count_once(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Embedding(8, 6), nn.Linear(6, 6), nn.Linear(6, 8, bias=False))
    model[2].weight = model[0].weight
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.tensor([1, 2])).sum().backward()
    optimizer.step()
    saved = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    assert found(tmp_path / "saved.pt", saved) == truth(optimizer, model)


def test_nothing_is_claimed_when_a_shape_does_not_fit(tmp_path: Path) -> None:
    model = network()
    saved = trained(torch.optim.Adam(reversed(list(model.parameters()))), model)
    assert found(tmp_path / "saved.pt", saved) == {}


def test_nothing_is_claimed_without_shapes_or_without_a_model(tmp_path: Path) -> None:
    model = network()
    saved = trained(torch.optim.SGD(model.parameters(), lr=0.1), model)
    assert found(tmp_path / "plain_sgd.pt", saved) == {}
    saved = trained(torch.optim.Adam(model.parameters()), model)
    assert found(tmp_path / "alone.pt", saved["optimizer"]) == {}


def test_nothing_is_claimed_when_two_models_fit_with_other_names(tmp_path: Path) -> None:
    first, second = nn.Linear(3, 4), nn.Sequential(nn.Linear(3, 4))
    optimizer = torch.optim.Adam(first.parameters())
    first(torch.randn(1, 3)).sum().backward()
    optimizer.step()
    saved = {"a": first.state_dict(), "b": second.state_dict(), "opt": optimizer.state_dict()}
    assert found(tmp_path / "saved.pt", saved) == {}


def test_the_average_of_torchs_own_utility_agrees(tmp_path: Path) -> None:
    model = network()
    optimizer = torch.optim.AdamW(model.parameters())
    saved = trained(optimizer, model)
    saved["ema"] = torch.optim.swa_utils.AveragedModel(model).state_dict()
    assert found(tmp_path / "ema.pt", saved) == truth(optimizer, model)


def test_names_that_the_optimizer_keeps_are_taken(tmp_path: Path) -> None:
    model = network()
    named = [*model.named_parameters()]
    groups = [{"params": named[2:]}, {"params": named[:2], "lr": 0.1}]
    optimizer = torch.optim.SGD(groups, momentum=0.9)
    saved = trained(optimizer, model)
    if "param_names" not in saved["optimizer"]["param_groups"][0]:
        pytest.skip("this torch keeps no names")
    del saved["model"]
    assert found(tmp_path / "named.pt", saved) == truth(optimizer, model)


def test_a_buffer_of_a_shape_without_state_is_no_parameter(tmp_path: Path) -> None:
    model = network()
    model[4].register_buffer("mask", torch.ones(1, 6, 6))
    optimizer = torch.optim.AdamW(by_decay(model))
    saved = trained(optimizer, model)
    assert found(tmp_path / "mask.pt", saved) == truth(optimizer, model)
    del saved["optimizer"]["state"][1]  # what has no state may have had that shape
    assert found(tmp_path / "less.pt", saved) == {}


def test_a_head_trained_alone_is_named_where_its_shapes_are_its_own(tmp_path: Path) -> None:
    model = network()
    optimizer = torch.optim.Adam(model[5].parameters())
    saved = trained(optimizer, model)
    assert found(tmp_path / "head.pt", saved) == {0: "5.weight"}
    scale = torch.optim.Adam([model[1].weight])  # of the shape of two biases
    assert found(tmp_path / "scale.pt", trained(scale, model)) == {}
