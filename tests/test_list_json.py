"""`inspector-cli list --json` and the public API, over every valid file."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import save_file

import inspector
from inspector import cli
from tests.builders import VALID, built, numbers, save, saved, torch, values_of

FIELDS = {"path", "format", "size", "tensors", "values", "globals", "findings"}
TENSOR_FIELDS = {
    "path",
    "key",
    "dtype",
    "shape",
    "stride",
    "storage_offset",
    "device",
    "layout",
    "storage",
    "nbytes",
    "requires_grad",
}


def listed(path: Any, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Run the command in this process and return its one JSON object."""
    assert cli.main(["list", str(path), "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    found: dict[str, Any] = json.loads(captured.out, parse_constant=_no_constant)
    return found


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


@pytest.mark.parametrize("name", VALID)
def test_prints_one_object_with_torchs_own_facts(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = built(name)
    found = listed(file.path, capsys)
    assert set(found) >= FIELDS
    assert found["format"] == file.format
    by_key = {tensor["key"]: tensor for tensor in found["tensors"]}
    by_path = {tuple(tensor["path"]): tensor for tensor in found["tensors"]}
    assert all(set(tensor) >= TENSOR_FIELDS for tensor in found["tensors"])
    for expected in file.tensors:
        if "<tensor>" in expected.path:
            continue
        tensor = by_path[expected.path] if expected.path else by_key[expected.key]
        assert tensor["dtype"] == expected.dtype
        assert tensor["device"] == expected.device
        assert tensor["requires_grad"] == expected.requires_grad
        if expected.stride is not None:
            assert tensor["shape"] == list(expected.shape)
            assert tensor["stride"] == list(expected.stride)
            assert tensor["storage_offset"] == expected.storage_offset
            if expected.layout == "strided" and expected.tensor is not None:
                bytes_of_one = expected.tensor.element_size()
                assert tensor["nbytes"] == expected.tensor.numel() * bytes_of_one


def test_size_is_that_of_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    path = built("state_dict_pt").path
    assert listed(path, capsys)["size"] == path.stat().st_size


def test_size_of_a_sharded_set_is_that_of_all_its_files(capsys: pytest.CaptureFixture[str]) -> None:
    path = built("sharded_torch_by_index").path
    shards = sum(shard.stat().st_size for shard in path.parent.glob("*.bin"))
    assert listed(path, capsys)["size"] in (shards, shards + path.stat().st_size)


def test_path_steps_are_texts_numbers_and_reprs(capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(built("odd_keys").path, capsys)
    assert {repr(tensor["path"][0]) for tensor in found["tensors"]} == {
        "0",
        "\"(1, 'b')\"",
        "'None'",
        "'2.5'",
        "-3",
        "\"b'raw'\"",
    }
    assert [value["path"] for value in found["values"]] == [["True"]]


def test_int_and_text_keys_stay_apart(capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(built("int_keys_beside_their_text").path, capsys)
    assert [tensor["path"] for tensor in found["tensors"]] == [[0], ["0"], [1, "0"]]


def test_tied_tensors_name_one_storage(capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(built("tied_weights").path, capsys)
    shared: dict[Any, list[str]] = defaultdict(list)
    for tensor in found["tensors"]:
        shared[tensor["storage"]].append(tensor["key"])
    assert sorted(shared.values()) == [["embed.weight", "head.weight"], ["w"]]


def test_values_carry_their_types(capsys: pytest.CaptureFixture[str]) -> None:
    values = {
        value["path"][0]: value for value in listed(built("plain_values").path, capsys)["values"]
    }
    assert (values["int"]["type"], values["int"]["value"]) == ("int", 12)
    assert (values["float"]["type"], values["float"]["value"]) == ("float", 0.1)
    assert (values["yes"]["type"], values["yes"]["value"]) == ("bool", True)
    assert (values["none"]["type"], values["none"]["value"]) == ("NoneType", None)
    assert (values["text"]["type"], values["text"]["value"]) == ("str", "hello")


def test_numbers_that_json_lacks_are_texts(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    state = {"nan": float("nan"), "inf": float("inf"), "minus": float("-inf"), "w": numbers(1)}
    found = listed(saved(tmp_path / "nan.pt", state).path, capsys)
    values = {value["path"][0]: value["value"] for value in found["values"]}
    assert all(isinstance(value, str) for value in values.values())
    assert values["nan"].lower() == "nan"


def test_unknown_names_come_first(capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(built("whole_model_of_a_gone_class").path, capsys)
    names = [entry["name"] for entry in found["globals"]]
    assert names[0] == "vanished_project.models.Net"
    known = [entry["known"] for entry in found["globals"]]
    assert known == sorted(known)
    assert True in known


def test_many_rows_are_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The text is written in pieces of some thousand rows."""
    many = {f"n{number}": number for number in range(10_000)}
    path = save(tmp_path / "many.pt", {"w": torch.ones(1), **many})
    assert cli.main(["list", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {value["path"][0]: value["value"] for value in told["values"]} == many
    assert [tensor["key"] for tensor in told["tensors"]] == ["w"]


def test_the_metadata_of_safetensors_is_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lora.safetensors"
    save_file({"w": torch.ones(2)}, path, metadata={"modelspec.title": "a style"})
    (value,) = listed(path, capsys)["values"]
    assert value == {"path": ["__metadata__", "modelspec.title"], "type": "str", "value": "a style"}
    assert cli.main(["list", str(path)]) == 0
    assert "__metadata__.modelspec.title  a style  str\n" in capsys.readouterr().out


def test_a_long_value_keeps_the_listing_narrow(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = save(tmp_path / "net.pt", {"w": torch.ones(2), "note": "x" * 500, "size": (3, 4)})
    assert cli.main(["list", str(path)]) == 0
    _, *table, sums = capsys.readouterr().out.split("\n")[:6]
    assert max(map(len, table)) < 60
    assert table[3].split() == ["size", "(3,", "4)", "tuple"]
    assert sums.startswith("1 tensor, 2 elements, ")


@pytest.mark.parametrize("name", VALID)
def test_the_plain_listing_names_every_tensor(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = built(name)
    assert cli.main(["list", str(file.path)]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    for expected in file.tensors[:20]:
        plain = expected.key.isprintable() and "<tensor>" not in expected.path
        if plain and expected.in_state_dict:
            assert expected.key[:150] in captured.out  # the listing cuts longer names


@pytest.mark.parametrize("name", ["views_of_one_storage", "legacy_views", "rezipped_deflated"])
def test_the_public_api_reads_values(name: str) -> None:
    file = built(name)
    with inspector.open_checkpoint(file.path) as checkpoint:
        for tensor, expected in zip(checkpoint.tensors, file.tensors, strict=True):
            np.testing.assert_array_equal(checkpoint.read(tensor), values_of(expected.tensor))


def test_the_public_api_bounds_what_it_reads(tmp_path: Any) -> None:
    file = saved(tmp_path / "big.pt", {"w": torch.zeros(1000)})
    with inspector.open_checkpoint(file.path) as checkpoint:
        (tensor,) = checkpoint.tensors
        with pytest.raises(inspector.CheckpointError):
            checkpoint.read(tensor, limit=100)
        assert checkpoint.read(tensor, limit=None).shape == (1000,)
