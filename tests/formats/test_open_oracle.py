"""Every valid file, held against what torch (or safetensors) itself says of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.analysis.elements import read_array
from inspector.checkpoint.types import Checkpoint, Tensor
from inspector.formats.detect import open_checkpoint
from tests.builders import (
    VALID,
    Built,
    ExpectedTensor,
    built,
    containers,
    raw_bytes_of,
    save,
    torch,
    values_of,
)
from tests.builders.oracle import TENSOR_KEY, weights_only_verdict

every_valid_file = pytest.mark.parametrize("name", VALID)

PARTS = {
    "sparse_coo": {"indices": "_indices", "values": "_values"},
    "sparse_csr": {n: n for n in ("crow_indices", "col_indices", "values")},
    "sparse_bsr": {n: n for n in ("crow_indices", "col_indices", "values")},
    "sparse_csc": {n: n for n in ("ccol_indices", "row_indices", "values")},
    "sparse_bsc": {n: n for n in ("ccol_indices", "row_indices", "values")},
}


def pairs_of(checkpoint: Checkpoint, file: Built) -> list[tuple[Tensor, ExpectedTensor]]:
    """Return (listed, expected) of a file; by key where the container keeps no order."""
    if file.ordered:
        return list(zip(without_attributes(checkpoint.tensors), file.tensors, strict=True))
    by_key = {tensor.key: tensor for tensor in checkpoint.tensors if tensor.in_state_dict}
    return [(by_key[expected.key], expected) for expected in file.tensors]


def without_attributes(tensors: list[Tensor]) -> list[Tensor]:
    """Leave out tensors that are Python attributes of other tensors: `tensor.mask = ...`."""
    paths = {tensor.path for tensor in tensors}
    return [
        tensor
        for tensor in tensors
        if not any(tensor.path[:length] in paths for length in range(1, len(tensor.path)))
    ]


def key_of(tensor: Tensor | ExpectedTensor) -> str:
    """Return the key; only its end where a dict's key is itself a tensor."""
    is_text = TENSOR_KEY not in tensor.path and not any(
        str(s).startswith("Parameter(") for s in tensor.path
    )
    return tensor.key if is_text else str(tensor.path[-1])


def facts(tensor: Tensor | ExpectedTensor) -> tuple[Any, ...]:
    """What must be equal for every tensor, whatever its layout."""
    return (key_of(tensor), tensor.dtype, tensor.device, tensor.requires_grad, tensor.in_state_dict)


def groups(shared: Iterable[tuple[str, object]]) -> set[frozenset[str]]:
    """Return the sets of keys whose second parts are the same thing."""
    by_thing: dict[object, set[str]] = defaultdict(set)
    for key, thing in shared:
        by_thing[thing].add(key)
    return {frozenset(keys) for keys in by_thing.values()}


@every_valid_file
def test_lists_what_torch_lists(name: str) -> None:
    file = built(name)
    with open_checkpoint(file.path) as checkpoint:
        assert checkpoint.format == file.format
        keys = [key_of(tensor) for tensor in checkpoint.tensors if tensor.in_state_dict]
        expected = [key_of(tensor) for tensor in file.tensors if tensor.in_state_dict]
        assert sorted(keys) == sorted(expected)
        pairs = pairs_of(checkpoint, file)
        assert [facts(listed) for listed, _ in pairs] == [facts(e) for _, e in pairs]


@every_valid_file
def test_gives_every_view_as_torch_does(name: str) -> None:
    file = built(name)
    with open_checkpoint(file.path) as checkpoint:
        for listed, expected in pairs_of(checkpoint, file):
            if expected.layout == "strided":
                view = (listed.shape, listed.stride, listed.storage_offset, listed.layout)
                told = (expected.shape, expected.stride, expected.storage_offset, "strided")
                assert view == told, expected.key
            elif expected.layout in PARTS:
                assert (listed.layout, listed.shape) == (expected.layout, expected.shape)
            if expected.path and TENSOR_KEY not in expected.path:
                assert listed.path == expected.path


@every_valid_file
def test_knows_which_tensors_share_a_storage(name: str) -> None:
    file = built(name)
    with open_checkpoint(file.path) as checkpoint:
        pairs = [(a, b) for a, b in pairs_of(checkpoint, file) if b.sharing is not None]
        listed = groups((str(a.path), a.storage) for a, _ in pairs)
        assert listed == groups((str(a.path), b.sharing) for a, b in pairs)


@every_valid_file
def test_reads_the_values_that_torch_reads(name: str) -> None:
    file = built(name)
    with open_checkpoint(file.path) as checkpoint:
        for listed, expected in pairs_of(checkpoint, file):
            if expected.layout in PARTS:
                check_parts(listed, expected.tensor)
            elif expected.readable and expected.tensor is not None:
                check_values(listed, expected.tensor)


def check_values(listed: Tensor, tensor: Any) -> None:
    array = read_array(listed)
    if listed.dtype == "float4_e2m1fn_x2":
        return  # torch has no numbers for it; tests/analysis hold the table of its values
    assert array.shape == tuple(tensor.shape), listed.key
    np.testing.assert_array_equal(array, values_of(tensor), err_msg=listed.key, strict=True)
    if array.dtype.kind in "fc" and array.nbytes == tensor.nbytes and not tensor.is_quantized:
        assert array.tobytes() == raw_bytes_of(tensor), listed.key  # NaN payloads and signs too


def check_parts(listed: Tensor, tensor: Any) -> None:
    for part, method in PARTS[listed.layout].items():
        found = listed.part(part)
        assert found is not None
        check_values(found, getattr(tensor, method)())
    np.testing.assert_array_equal(read_array(listed), values_of(tensor.to_dense()))


@every_valid_file
def test_foretells_torch_loads_verdict(name: str) -> None:
    file = built(name)
    with open_checkpoint(file.path) as checkpoint:
        if file.weights_only is None:
            assert not checkpoint.weights_only.loads
        else:
            assert checkpoint.weights_only.loads == file.weights_only, (
                checkpoint.weights_only,
                file.refusal,
            )


@pytest.mark.parametrize("name", [n for n in VALID if n.startswith(("plain", "general", "config"))])
def test_lists_plain_values(name: str) -> None:
    file = built(name)
    assert file.values
    with open_checkpoint(file.path) as checkpoint:
        found = {value.key: value.value for value in checkpoint.values}
        for key, expected in file.values.items():
            assert found[key] == expected


@every_valid_file
def test_finds_the_values_that_the_builder_names(name: str) -> None:
    file = built(name)
    with open_checkpoint(file.path) as checkpoint:
        found = {value.key: value.value for value in checkpoint.values}
        shown = {key: found[key] for key in file.values if abs_small(file.values[key])}
        assert shown == {key: value for key, value in file.values.items() if abs_small(value)}


def abs_small(value: Any) -> bool:
    """Whether JSON numbers hold it exactly."""
    return not isinstance(value, int) or abs(value) < 1 << 53


def test_torch_refuses_an_archive_without_a_version(tmp_path: Path) -> None:
    path = save(tmp_path / "model.pt", {"w": torch.ones(2)})
    containers.edited(path, lambda name, data: None if name.endswith("/version") else (name, data))
    told, words = weights_only_verdict(path)
    with open_checkpoint(path) as checkpoint:
        assert checkpoint.weights_only.loads is told is False, words
        assert [tensor.key for tensor in checkpoint.tensors] == ["w"]


def test_the_oracle_sees_differences() -> None:
    """The comparisons above can fail: another file's expectation does not fit."""
    with open_checkpoint(built("state_dict_pt").path) as checkpoint:
        wrong = built("views_of_one_storage").tensors
        listed = checkpoint.tensors[0]
        assert facts(listed) != facts(wrong[0])
        with pytest.raises(AssertionError):
            check_values(listed, torch.zeros(4, 3))
