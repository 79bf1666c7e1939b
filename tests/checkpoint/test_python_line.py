"""*Copy as Python* is run, and must give the very tensor."""

from __future__ import annotations

import enum
import math
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.checkpoint.python_line import load_line
from inspector.formats.detect import open_checkpoint
from tests.builders import VALID, built, torch, values_of

# Loading these for real needs classes that exist nowhere any more, or keys with no literal.
BEYOND_TORCH = {
    "whole_optimizer_object",
    "dict_whose_items_are_attributes_too",
    "enums_and_dataclasses_of_gone_classes",
    "lightning_checkpoint",
    "objects_with_every_kind_of_state",
    "tuples_of_gone_classes",
    "storages_without_tensors",
    "whole_model_of_a_gone_class",
    "whole_model_beside_numbers",
    "whole_model_with_tied_weights",
    "whole_legacy_model",
    "tensor_subclass_of_a_gone_class",
    "wrapper_subclass_of_a_gone_class",
    "distributed_tensor",
}


def run(line: str) -> Any:
    names: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of prototypes and deprecations
        exec(line, names)
    return names["tensor"]


@pytest.mark.parametrize("name", [name for name in VALID if name not in BEYOND_TORCH])
def test_the_line_loads_the_tensor(name: str) -> None:
    file = built(name)
    with open_checkpoint(file.path) as checkpoint:
        tensors = checkpoint.tensors[:6]
        lines = [load_line(checkpoint, tensor) for tensor in tensors]
    for tensor, line in zip(tensors, lines, strict=True):
        got = run(line)
        exact = [expected for expected in file.tensors if expected.path == tensor.path]
        expected = exact[0] if exact else file.named(tensor.key)
        assert str(got.dtype) == f"torch.{expected.dtype}"
        assert got.layout == expected.tensor.layout
        if expected.readable and not got.is_nested and not expected.dtype.startswith("float4"):
            np.testing.assert_array_equal(values_of(got), values_of(expected.tensor))


def test_a_refused_file_says_what_loading_it_means() -> None:
    with open_checkpoint(built("whole_model_of_a_gone_class").path) as checkpoint:
        line = load_line(checkpoint, checkpoint.tensors[0])
    assert "weights_only=False" in line
    assert line.endswith("# runs code from the file: only if you trust it")
    assert ".state_dict()[" in line


def test_a_cut_file_is_not_said_to_load_unsafely(tmp_path: Path) -> None:
    path = tmp_path / "cut.pt"
    torch.save({"a": torch.ones(100), "b": torch.ones(1000)}, path)
    path.write_bytes(path.read_bytes()[:-3000])
    with open_checkpoint(path) as checkpoint:
        line = load_line(checkpoint, checkpoint.tensors[0])
    assert line.startswith("# ")
    assert "load(" not in line


def test_odd_file_names_and_keys_stay_one_line(tmp_path: Path) -> None:
    path = tmp_path / 'it\'s "odd"\n.pt'
    torch.save({"a'b\n": torch.ones(2)}, path)
    with open_checkpoint(path) as checkpoint:
        line = load_line(checkpoint, checkpoint.tensors[0])
    assert len(line.splitlines()) == 2
    assert run(line).tolist() == [1.0, 1.0]


def test_it_runs_in_a_fresh_process(tmp_path: Path) -> None:
    torch.save({"w": torch.arange(3)}, tmp_path / "a.pt")
    with open_checkpoint(tmp_path / "a.pt") as checkpoint:
        line = load_line(checkpoint, checkpoint.tensors[0])
    code = f"{line}\nprint(tensor.tolist())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[0, 1, 2]"


class Color(enum.Enum):
    RED = 1


SPELLED = [(0, 1), None, True, 1.5, -2.5, b"x", 1 + 2j, torch.float32, torch.device("cpu"), "class"]
UNSPELLED = [math.nan, math.inf, frozenset({1, 2}), Color.RED, (1, Color.RED), ("a" * 3000,)]


def line_of_key(key: Any, folder: Path) -> str:
    torch.save({"outer": {key: torch.ones(3)}}, folder / "keys.pt")
    with open_checkpoint(folder / "keys.pt") as checkpoint:
        [tensor] = checkpoint.tensors
        return load_line(checkpoint, tensor)


@pytest.mark.parametrize("key", [*SPELLED, torch.Size([2, 3])], ids=repr)
def test_odd_keys_are_spelled_where_python_can(key: Any, tmp_path: Path) -> None:
    assert run(line_of_key(key, tmp_path)).tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("key", UNSPELLED, ids=lambda key: repr(key)[:30])
def test_a_key_without_a_spelling_is_told_in_a_comment(key: Any, tmp_path: Path) -> None:
    line = line_of_key(key, tmp_path)
    *code, comment = line.splitlines()
    assert comment.startswith("# the tensor is in `holder` under a key")
    names: dict[str, Any] = {}
    exec("\n".join(code), names)
    [held] = names["holder"].values()
    assert held.tolist() == [1.0, 1.0, 1.0]


def test_tensors_of_a_scripted_module_beside_its_state_dict(tmp_path: Path) -> None:
    class Inner(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.plain = torch.arange(4.0)
            self.several = {"mean": torch.ones(3), "std": torch.zeros(2)}

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + self.plain.sum() + self.several["mean"].sum()

    model = torch.nn.Sequential(Inner(), torch.nn.LSTM(2, 3))
    path = tmp_path / "scripted.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(model).save(str(path))
    with open_checkpoint(path) as checkpoint:
        lines = {tensor.key: load_line(checkpoint, tensor) for tensor in checkpoint.tensors}
    assert {"0.plain", "0.several.mean", "1.weight_ih_l0", "1._flat_weights.0"} <= lines.keys()
    for key, line in lines.items():
        assert isinstance(run(line), torch.Tensor), key
    assert run(lines["0.several.std"]).tolist() == [0.0, 0.0]
    assert run(lines["0.plain"]).tolist() == [0.0, 1.0, 2.0, 3.0]
