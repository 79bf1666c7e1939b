"""Objects of classes that exist nowhere: what they hold is listed, with or without names."""

from __future__ import annotations

import dataclasses
import functools
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.checkpoint.python_line import load_line
from inspector.formats.detect import open_checkpoint
from tests.builders import adopt, numbers, save, throwaway_module, torch
from tests.builders.oracle import weights_only_verdict

CONTAINERS = pytest.mark.parametrize("options", [{}, {"_use_new_zipfile_serialization": False}])


def _rows(path: Path) -> dict[str, Any]:
    with open_checkpoint(path) as checkpoint:
        values = {value.key: value.value for value in checkpoint.values}
        return {tensor.key: tensor.shape for tensor in checkpoint.tensors} | values


@CONTAINERS
def test_a_state_without_names_is_listed_by_place(tmp_path: Path, options: dict[str, Any]) -> None:
    with throwaway_module("vanished_objects") as module:

        class WithTuple:
            def __getstate__(self) -> Any:
                return (numbers(3), 7)

        class WithList(WithTuple):
            def __getstate__(self) -> Any:
                return [numbers(2), {"inner": numbers(4)}]

        class WithTensor(WithTuple):
            def __getstate__(self) -> Any:
                return numbers(5)

        @dataclasses.dataclass(frozen=True, slots=True)
        class Frozen:
            name: str
            w: Any

        def act(*_: Any, **__: Any) -> None: ...

        for cls in (WithTuple, WithList, WithTensor, Frozen):
            adopt(module, cls)
        act.__module__, act.__qualname__ = module.__name__, "act"
        module.act = act  # type: ignore[attr-defined]
        found = {
            "tuple": WithTuple(),
            "list": WithList(),
            "tensor": WithTensor(),
            "frozen": Frozen("a", numbers(6)),
            "partial": functools.partial(act, numbers(7), mode="x"),
        }
        save(tmp_path / "a.pt", found, **options)
    rows = _rows(tmp_path / "a.pt")
    with open_checkpoint(tmp_path / "a.pt") as checkpoint:
        for tensor in checkpoint.tensors:
            assert "cannot be written in Python" in load_line(checkpoint, tensor)
    assert rows["tuple.state[0]"] == (3,)
    assert rows["tuple.state[1]"] == 7
    assert rows["list.state[0]"] == (2,)
    assert rows["list.state[1].inner"] == (4,)
    assert rows["tensor.state"] == (5,)
    assert rows["frozen.state[0]"] == "a"
    assert rows["frozen.state[1]"] == (6,)
    assert rows["partial.state[1].0"] == (7,)
    assert rows["partial.state[2].mode"] == "x"


@CONTAINERS
def test_tensors_in_an_array_of_objects_are_listed(tmp_path: Path, options: dict[str, Any]) -> None:
    array = np.array([1, "a", numbers(3)], dtype=object)
    path = save(tmp_path / "a.pt", {"array": array, "w": numbers(2)}, **options)
    rows = _rows(path)
    assert (rows["array.0"], rows["array.1"], rows["array.2"]) == (1, "a", (3,))
    assert rows["w"] == (2,)


def test_a_quantized_module_shows_its_packed_weights(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch says that all of this is deprecated
        model = torch.ao.quantization.quantize_dynamic(
            torch.nn.Sequential(torch.nn.Linear(4, 3)), {torch.nn.Linear}, dtype=torch.qint8
        )
    path = save(tmp_path / "q.pt", model)
    with open_checkpoint(path) as checkpoint:
        found = {tensor.shape: tensor for tensor in checkpoint.tensors}
    assert found[(3, 4)].dtype == "qint8"
    assert found[(3,)].dtype == "float32"


def test_a_legacy_storage_that_no_row_shows_is_passed_over(tmp_path: Path) -> None:
    """A pickled dict key holds a storage too, and its bytes stand among the others."""
    key = torch.nn.Parameter(numbers(3))
    path = save(
        tmp_path / "a.pt", {"w": {key: 1}, "v": numbers(2)}, _use_new_zipfile_serialization=False
    )
    with open_checkpoint(path) as checkpoint:
        [tensor] = checkpoint.tensors
        storage = tensor.storage
        assert storage is not None
        held = bytearray(8)
        storage.read_into(0, memoryview(held))
    assert np.frombuffer(held, np.float32).tolist() == [0.0, 0.5]


@pytest.mark.parametrize("protocol", [2, 5])
def test_arrays_are_listed_in_row_major_order(tmp_path: Path, protocol: int) -> None:
    found = {
        "rows": np.arange(6.0).reshape(2, 3),
        "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "day": np.datetime64("2020-01-01"),
        "object": np.array(["a", None], dtype=object),
    }
    rows = _rows(save(tmp_path / "a.pt", found, pickle_protocol=protocol))
    expected = {"dtype": "float64", "shape": [2, 3], "data": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]}
    assert rows["rows"] == expected
    assert rows["columns"] == expected
    assert rows["day"] == 18262
    assert rows["object"]["data"] == ["a", None]


def test_scalars_of_protocol_5_load_with_weights_only(tmp_path: Path) -> None:
    for what, loads in ((5, True), (None, True), ("text", False), ([], False)):
        path = save(tmp_path / "a.pt", what, pickle_protocol=5)
        with open_checkpoint(path) as checkpoint:
            assert checkpoint.weights_only.loads is loads, what
        told, words = weights_only_verdict(path)
        assert told is loads, words
