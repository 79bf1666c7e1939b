"""What training scripts save: optimizers, several models, hyper-parameters, random states."""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import enum
import random
from collections import OrderedDict
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from tests.builders.lazy_torch import torch
from tests.builders.oracle import Built, numbers, saved
from tests.builders.registry import valid
from tests.builders.throwaway import adopt, throwaway_module


def trained(optimizer: str = "Adam", **options: Any) -> tuple[Any, Any]:
    """Return a two-layer model and its optimizer after one step."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 2))
    steps = getattr(torch.optim, optimizer)(model.parameters(), lr=0.01, **options)
    model(numbers(5, 3)).square().mean().backward()
    steps.step()
    return model, steps


@valid
def general_checkpoint_with_adam(folder: Path) -> Built:
    model, optimizer = trained()
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 10)
    return saved(
        folder / "checkpoint.tar",
        {
            "epoch": 5,
            "model_state_dict": model.state_dict(),
            "optimizer_state_dict": optimizer.state_dict(),
            "scheduler": schedule.state_dict(),
            "loss": 0.4,
        },
        values={"epoch": 5, "loss": 0.4, "optimizer_state_dict.param_groups.0.lr": 0.01},
    )


@valid
def optimizer_with_two_groups(folder: Path) -> Built:
    model = torch.nn.Linear(3, 2)
    groups = [{"params": [model.weight], "lr": 0.1}, {"params": [model.bias], "lr": 0.2}]
    optimizer = torch.optim.SGD(groups, momentum=0.9)
    model(numbers(5, 3)).sum().backward()
    optimizer.step()
    return saved(
        folder / "groups.pt", {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    )


@valid
def whole_optimizer_object(folder: Path) -> Built:
    model, optimizer = trained("AdamW")
    return saved(folder / "optimizer.pt", {"model": model.state_dict(), "optimizer": optimizer})


@valid
def several_models_in_one_file(folder: Path) -> Built:
    torch.manual_seed(1)
    nets = {name: torch.nn.Linear(2, 3).state_dict() for name in ("netG", "netD_A", "netD_B")}
    return saved(folder / "gan.pt", nets)


@valid
def random_states(folder: Path) -> Built:
    return saved(
        folder / "rng.pt",
        {
            "torch": torch.random.get_rng_state(),
            "numpy": np.random.RandomState(0).get_state(),
            "python": random.Random(0).getstate(),
            "w": numbers(2),
        },
    )


@valid
def numpy_arrays_and_scalars(folder: Path) -> Built:
    return saved(
        folder / "numpy.pt",
        {
            "array": np.arange(6, dtype=np.float32).reshape(2, 3),
            "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
            "scalar": np.float64(0.25),
            "int": np.int64(7),
            "text": np.array(["a", "bc"]),
            "record": np.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f8")]),
            "dtype": np.dtype("float16"),
            "w": numbers(2),
        },
    )


@valid
def arguments_paths_and_dates(folder: Path) -> Built:
    arguments = argparse.Namespace(
        lr=0.1, data=PurePosixPath("/data/set"), tags=["a"], w=numbers(2)
    )
    return saved(
        folder / "arguments.pt",
        {
            "args": arguments,
            "path": PurePosixPath("runs/1"),
            "when": datetime.datetime(2024, 5, 6, 7, 8, 9, tzinfo=datetime.UTC),
            "took": datetime.timedelta(seconds=90),
            "w": numbers(3),
        },
        values={"args.lr": 0.1},
    )


@valid
def dict_whose_items_are_attributes_too(folder: Path) -> Built:
    """Write what a model of `transformers` returns."""
    with throwaway_module("vanished_project.outputs") as module:

        class ModelOutput(OrderedDict):  # type: ignore[type-arg]
            def __setitem__(self, name: Any, value: Any) -> None:
                super().__setitem__(name, value)
                super().__setattr__(name, value)

        adopt(module, ModelOutput)
        output = ModelOutput(logits=numbers(2, 3), hidden_states=(numbers(2), numbers(3)))
        return saved(folder / "output.pt", output)


@valid
def enums_and_dataclasses_of_gone_classes(folder: Path) -> Built:
    with throwaway_module("vanished_project.config") as module:

        class Mode(enum.Enum):
            TRAIN = "train"
            TEST = "test"

            def __reduce_ex__(self, protocol: Any) -> Any:
                # As most Pythons do; 3.11.0 to 3.11.3 called getattr instead.
                return type(self), (self.value,)

        @dataclasses.dataclass
        class Config:
            width: int = 8
            mode: Mode = Mode.TRAIN
            scale: Any = None

        @dataclasses.dataclass(slots=True)
        class Slotted:
            depth: int = 3

        for cls in (Mode, Config, Slotted):
            adopt(module, cls)
        found = {"config": Config(scale=numbers(2)), "mode": Mode.TEST, "slots": Slotted()}
        return saved(folder / "config.pt", {**found, "w": numbers(3)}, values={"config.width": 8})


@valid
def tuples_of_gone_classes(folder: Path) -> Built:
    with throwaway_module("vanished_project.states") as module:
        State = NamedTuple("State", [("w", Any), ("step", int)])  # noqa: UP014

        class Pair(tuple):  # type: ignore[type-arg]
            pass

        for cls in (State, Pair):
            adopt(module, cls)
        return saved(
            folder / "states.pt",
            {
                "state": State(numbers(2), 3),
                "pair": Pair((numbers(3), "a")),
                "largest": torch.max(numbers(2, 3), dim=1),
                "w": numbers(4),
            },
            values={"state.1": 3, "pair.1": "a"},
        )


@valid
def lightning_checkpoint(folder: Path) -> Built:
    """Hyper-parameters as an object of a class that is not installed, as Lightning saves them."""
    model, optimizer = trained()
    with throwaway_module("vanished_lightning.utilities.parsing") as module:

        class AttributeDict(dict):  # type: ignore[type-arg]
            pass

        adopt(module, AttributeDict)
        return saved(
            folder / "epoch=2-step=30.ckpt",
            {
                "epoch": 2,
                "global_step": 30,
                "pytorch-lightning_version": "2.4.0",
                "state_dict": OrderedDict(model.state_dict()),
                "loops": {"fit_loop": {"state_dict": {}}},
                "callbacks": {"ModelCheckpoint{'monitor': None}": {"best_model_score": numbers()}},
                "optimizer_states": [optimizer.state_dict()],
                "lr_schedulers": [],
                "hparams_name": "kwargs",
                "hyper_parameters": AttributeDict(lr=0.1, layers=[1, 2]),
            },
            values={"epoch": 2, "hyper_parameters.lr": 0.1},
        )


@valid
def objects_with_every_kind_of_state(folder: Path) -> Built:
    with throwaway_module("vanished_objects") as module:

        class WithState:
            def __getstate__(self) -> dict[str, Any]:
                return {"w": numbers(2), "n": 1}

            def __setstate__(self, state: dict[str, Any]) -> None:
                self.__dict__.update(state)

        class WithArguments:
            def __init__(self, w: Any) -> None:
                self.w = w

            def __reduce__(self) -> tuple[Any, ...]:
                return WithArguments, (self.w,)

        class WithNewArguments:
            def __new__(cls, *_: Any) -> WithNewArguments:
                return super().__new__(cls)

            def __getnewargs__(self) -> tuple[Any, ...]:
                return (1, "a")

        class ListChild(list):  # type: ignore[type-arg]
            pass

        for cls in (WithState, WithArguments, WithNewArguments, ListChild):
            adopt(module, cls)
        child = ListChild([numbers(2), 5])
        child.note = "n"  # type: ignore[attr-defined]
        found = {"state": WithState(), "new": WithNewArguments(), "list": child, "w": numbers(3)}
        return saved(folder / "objects.pt", found)


@valid
def config_that_says_cpu_like_the_storages(folder: Path) -> Built:
    """The literal 'cpu' of the config is the very memo slot that the storages' location uses."""
    return saved(
        folder / "memo.pt",
        {"before": "cpu", "w": numbers(2), "config": {"device": "cpu", "cpu": 1}, "v": numbers(3)},
        values={"before": "cpu", "config.device": "cpu"},
    )
