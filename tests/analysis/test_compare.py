from __future__ import annotations

import argparse
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from inspector.analysis.differences import Difference
from inspector.analysis.measures import Tolerance
from inspector.analysis.pair_stream import QUICK_FROM
from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.checkpoint.errors import UnsupportedError
from tests.analysis.comparing import (
    Save,
    check_measures,
    compared,
    difference,
    in_memory,
    pair_difference,
    random,
)
from tests.builders.elements import COMPLEX, INTEGERS, NARROW_FLOATS, WIDE_FLOATS
from tests.builders.oracle import values_of

# torch warns of prototypes when it makes them: ComplexHalf, sparse, nested, quantized tensors.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")


EVERY_DTYPE = (*WIDE_FLOATS, *NARROW_FLOATS, *INTEGERS, *COMPLEX, "bool")


@pytest.mark.parametrize("count", [3, 50_000, 300_001])
@pytest.mark.parametrize("dtype", EVERY_DTYPE)
def test_measures_are_torchs_in_double_precision(dtype: str, count: int, save: Save) -> None:
    a, b = random(dtype, count, 1), random(dtype, count, 2)
    b[:2] = a[:2]
    found = difference(save, a, b)
    check_measures(found, a, b, rel=1e-11)
    assert found.status == "changed"
    distance = (torch.from_numpy(values_of(a)).to(torch.complex128)
                - torch.from_numpy(values_of(b)).to(torch.complex128)).abs()  # fmt: skip
    assert found.largest_at is not None
    assert distance[found.largest_at] == distance.max()


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_measures_of_long_tensors_are_torchs_to_seven_digits(dtype: str, save: Save) -> None:
    a, b = random(dtype, QUICK_FROM + 1, 1), random(dtype, QUICK_FROM + 1, 2)
    check_measures(difference(save, a, b), a, b, rel=1e-7)


def test_many_small_tensors_are_compared_as_each_one_alone(save: Save) -> None:
    a = {f"{d}.{i}": random(d, i + 1, i) for d in EVERY_DTYPE for i in range(12)}
    b = {key: random(key.split(".")[0], len(value), 99) for key, value in a.items()}
    for key in list(a)[::3]:
        b[key] = a[key].clone()
    for found in compared(save(a), save(b)).tensors:
        if torch.equal(
            torch.from_numpy(values_of(a[found.key])), torch.from_numpy(values_of(b[found.key]))
        ):
            assert found.status in ("identical", "close")
        else:
            check_measures(found, a[found.key], b[found.key])


def test_differences_of_64_bit_integers_are_exact(save: Save) -> None:
    edges = [2**63 - 1, -(2**63), 2**53 + 1, 0]
    others = [-(2**63), 2**63 - 1, 2**53, 0]
    found = difference(save, torch.tensor(edges), torch.tensor(others)).measures
    assert found is not None
    assert (found.max_abs, found.changed) == (2**64 - 1, 3)
    one = difference(save, torch.tensor([2**53 + 1]), torch.tensor([2**53])).measures
    assert one is not None and one.max_abs == 1
    mixed = difference(save, torch.tensor([2**62 + 1]), torch.tensor([2**62], dtype=torch.uint64))
    assert mixed.measures is not None and mixed.measures.max_abs == 1


def test_negative_and_unsigned_integers_differ_exactly(save: Save) -> None:
    signed = [-1, -(2**63), 2**63 - 1, -5, 0, 7, -(2**62)]
    unsigned = [2**64 - 1, 2**64 - 1, 2**64 - 1, 2**64 - 5, 0, 2**63, 1]
    unequal = [abs(one - other) for one, other in zip(signed, unsigned, strict=True)]
    for count in range(1, len(signed) + 1):
        a = torch.tensor(signed[:count], dtype=torch.int64)
        b = torch.from_numpy(np.array(unsigned[:count], np.uint64))
        for found in (difference(save, a, b), difference(save, b, a)):
            assert found.max_abs == max(unequal[:count])
            assert found.largest_at == (unequal.index(max(unequal[:count])),)
            assert found.changed == sum(map(bool, unequal[:count]))
            assert found.mean_abs == pytest.approx(sum(unequal[:count]) / count, rel=1e-15)


def test_a_key_that_comes_twice_is_compared_in_order(save: Save) -> None:
    twice = {"a.b": torch.ones(2), "a": {"b": torch.zeros(2), "c": torch.zeros(1)}}
    other = {"a.b": torch.ones(2), "a": {"b": torch.ones(2)}}
    assert compared(save(twice), save(twice)).same
    found = compared(save(twice), save(other)).tensors
    assert [one.status for one in found] == ["identical", "changed", "only_a"]


def test_nan_and_infinity_are_counted_apart_from_the_measures(save: Save) -> None:
    nan, inf = math.nan, math.inf
    a = torch.tensor([nan, nan, 1.0, inf, inf, 2.0, inf, 4.0, 5.0])
    b = torch.tensor([nan, 1.0, nan, inf, -inf, inf, 3.0, 4.5, 5.0])
    for repeats in (1, 20_000):
        found = difference(save, a.repeat(repeats), b.repeat(repeats))
        measures = found.measures
        assert measures is not None
        counts = (measures.nan_appeared, measures.nan_vanished, measures.inf_appeared)
        assert (*counts, measures.inf_vanished) == (repeats,) * 4
        assert measures.changed == 6 * repeats
        assert (measures.max_abs, found.largest_at) == (inf, (4,))
        assert measures.mean_abs == 0.25
        assert measures.rel_l2 == pytest.approx(0.5 / math.sqrt(41))


def test_a_nan_that_appears_is_never_close(save: Save) -> None:
    a, b = torch.zeros(4), torch.tensor([0.0, 0.0, math.nan, 0.0])
    found = difference(save, a, b, tolerance=Tolerance(1.0, 1.0))
    assert found.status == "changed"
    assert found.measures is not None and found.measures.nan_appeared == 1


def test_same_bits_and_same_values_are_told_apart(save: Save) -> None:
    payload = torch.tensor([0x7FC00001, 0x7FC00000], dtype=torch.int32).view(torch.float32)
    for a, b in (
        (torch.tensor([0.0, 1.0]), torch.tensor([-0.0, 1.0])),
        (payload, payload.flip(0)),
        (torch.zeros(40_000), -torch.zeros(40_000)),
    ):
        found = difference(save, a, b)
        assert (found.status, found.same_values) == ("close", True)
        assert found.measures is not None and found.measures.max_abs == 0
        assert difference(save, a, a).status == "identical"


@pytest.mark.parametrize(
    ("tolerance", "status"),
    [("", "changed"), ("0", "changed"), ("1e-3", "close"), ("abs=9e-5", "changed"),
     ("rel=1e-4", "close"), ("rel=9e-5", "changed"), ("rel=9e-5,abs=1e-5", "close")],
)  # fmt: skip
def test_a_tolerance_makes_close(tolerance: str, status: str, save: Save) -> None:
    a, b = torch.ones(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
    b[1] -= 9.5e-5
    assert difference(save, a, b, tolerance=Tolerance.parse(tolerance)).status == status
    assert difference(save, b, a, tolerance=Tolerance.parse(tolerance)).status == status


@pytest.mark.parametrize("text", ["x", "-1", "nan", "abs=1,size=2", "inf"])
def test_other_tolerances_are_refused(text: str) -> None:
    with pytest.raises(UnsupportedError, match="no tolerance"):
        Tolerance.parse(text)


def test_other_dtypes_are_compared_after_widening(save: Save) -> None:
    a = random("float32", 5000, 3)
    b = a.to(torch.bfloat16)
    found = difference(save, a, b)
    assert (found.status, found.same_values) == ("dtype", False)
    check_measures(found, a, b)
    imaginary = torch.complex(b.float(), torch.ones(5000))
    check_measures(difference(save, imaginary, a), imaginary, a.to(torch.complex64))
    exact = difference(save, b.float(), b)
    assert (exact.status, exact.same_values) == ("dtype", True)


def test_empty_and_0_dim_tensors(save: Save) -> None:
    empty = torch.zeros(0, 3)
    assert difference(save, empty, empty).status == "identical"
    assert difference(save, empty, torch.zeros(3, 0)).status == "shape"
    found = difference(save, torch.tensor(2.0), torch.tensor(3.0))
    assert (found.status, found.largest_at) == ("changed", ())
    assert found.measures is not None and found.measures.rel_l2 == 0.5


def test_only_here_only_there_and_other_shapes(save: Save) -> None:
    a = save({"x": torch.zeros(2), "shape": torch.zeros(2, 3), "same": torch.ones(1)})
    b = save({"same": torch.ones(1), "y": torch.zeros(3), "shape": torch.zeros(3, 2)})
    found = {one.key: one.status for one in compared(a, b).tensors}
    assert found == {"x": "only_a", "shape": "shape", "same": "identical", "y": "only_b"}
    assert list(found) == ["x", "shape", "same", "y"]


@settings(max_examples=60)
@given(
    arrays.arrays(
        st.sampled_from([np.float16, np.float32, np.float64, np.int32, np.int64, np.uint8]),
        arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=6),
    ),
    st.randoms(use_true_random=False),
)
def test_one_flipped_bit_is_found_and_located(array: Any, chance: Any) -> None:
    dtype = str(array.dtype)
    a = in_memory(array, dtype)
    assert pair_difference(a, a).status == "identical"
    if not array.size:
        return
    place = chance.randrange(array.size)
    flipped = array.copy()
    bits = flipped.reshape(-1).view(f"u{array.itemsize}")
    bits[place] ^= bits.dtype.type(1 << chance.randrange(8 * array.itemsize))
    b = in_memory(flipped, dtype)
    there, back = pair_difference(a, b), pair_difference(b, a)
    assert there.status in ("changed", "close")
    assert there.status == back.status
    assert there.measures is not None and back.measures is not None
    # Not a number where an infinity became one.
    assert there.measures.max_abs == pytest.approx(back.measures.max_abs, rel=0, nan_ok=True)
    assert there.measures.cosine == pytest.approx(back.measures.cosine, nan_ok=True)
    if there.measures.changed and there.measures.max_abs:
        assert there.largest_at == back.largest_at == np.unravel_index(place, array.shape)


@pytest.mark.parametrize("place", [0, 4711, 262_144, 9_999_999, 11_999_999])
def test_one_flipped_bit_in_a_large_tensor_is_found(place: int, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    tensor = torch.arange(12_000_000, dtype=torch.float32)
    save_file({"w": tensor}, tmp_path / "a.safetensors")
    path = tmp_path / "b.safetensors"
    data = bytearray((tmp_path / "a.safetensors").read_bytes())
    data[len(data) - 4 * (12_000_000 - place)] ^= 1
    path.write_bytes(data)
    (found,) = compared(tmp_path / "a.safetensors", path).tensors
    assert (found.status, found.largest_at) == ("changed", (place,))
    assert found.measures is not None and found.measures.changed == 1
    assert found.measures.norm_a == pytest.approx(tensor.double().norm().item(), rel=1e-9)


def test_cosine_is_sound_for_nearly_equal_tensors(save: Save) -> None:
    a = torch.randn(100_000, dtype=torch.float64)
    b = a + torch.randn(100_000, dtype=torch.float64) * 1e-9
    found = difference(save, a, b).measures
    assert found is not None
    assert found.cosine <= 1.0
    assert 1 - found.cosine < 1e-15
    opposite = difference(save, a, -a).measures
    assert opposite is not None and opposite.cosine == pytest.approx(-1)


def test_plain_values_are_compared(save: Save) -> None:
    a = {"epoch": 30, "loss": math.nan, "name": "x", "flag": True, "gone": 1, "lr": [0.1, 0.2]}
    b = {"epoch": 90, "loss": math.nan, "name": "x", "flag": 1, "lr": [0.1, 0.3], "new": None}
    found = {pair.key: pair.status for pair in compared(save(a), save(b)).values}
    assert found["epoch"] == "changed"
    assert found["loss"] == found["name"] == "identical"
    assert (found["flag"], found["gone"], found["new"]) == ("type", "only_a", "only_b")
    assert "changed" in (found.get("lr"), found.get("lr.1"))


def test_a_checkpoint_is_the_same_across_containers_and_wrappers(
    tmp_path: Path, save: Save
) -> None:
    from safetensors.torch import save_file

    model = torch.nn.Sequential(torch.nn.Linear(30, 40), torch.nn.BatchNorm1d(40))
    state_dict = model.state_dict()
    save_file(state_dict, tmp_path / "m.safetensors")
    paths = [
        tmp_path / "m.safetensors",
        save(state_dict),
        save(state_dict, _use_new_zipfile_serialization=False),
        save(model),
        save({"epoch": 3, "model": {f"module.{key}": value for key, value in state_dict.items()}}),
    ]
    for one in paths:
        for other in paths:
            counts = compared(one, other).summary
            assert counts["identical"] == len(state_dict), (one, other, counts)


def test_what_only_a_wrapper_or_a_class_adds_makes_no_difference(
    tmp_path: Path, save: Save
) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(30, 40), torch.nn.BatchNorm1d(40)).eval()
    scripted = tmp_path / "scripted.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated
        torch.jit.save(torch.jit.script(model), scripted)
    compiled: Any = torch.compile(model)
    paths = [
        save(model.state_dict()),
        save(torch.nn.DataParallel(model).state_dict()),
        save(compiled.state_dict()),
        save({"model_state_dict": torch.nn.DataParallel(model).state_dict()}),
    ]
    for one in paths:
        for other in [*paths, save(model), scripted]:
            assert compared(one, other).same, (one, other)
            assert compared(other, one).same, (other, one)


def test_attributes_and_versions_do_make_a_difference(save: Save) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 4))
    trained = save(model)
    model.eval()
    assert not compared(trained, save(model)).same
    arguments = {"args": argparse.Namespace(lr=0.1), "w": torch.ones(2)}
    assert not compared(save(arguments), save({"w": torch.ones(2)})).same
    state, older = model.state_dict(), torch.nn.DataParallel(model).state_dict()
    older._metadata["module.0"]["version"] = 7  # type: ignore[attr-defined]
    assert not compared(save(state), save(older)).same


def test_results_stream_in_and_add_up(save: Save) -> None:
    a = {f"small.{i}": torch.randn(5) for i in range(300)} | {"large": torch.randn(3000, 4000)}
    path = save(a)
    seen: list[Difference] = []
    steps: list[tuple[int, int]] = []
    found = compared(
        path, path, on_result=seen.extend, progress=lambda done, total: steps.append((done, total))
    )
    assert sorted(one.key for one in seen) == sorted(one.key for one in found.tensors)
    assert [one.key for one in found.tensors] == list(a)
    total = 300 * 20 + 48_000_000
    assert steps[-1] == (total, total)
    assert len(steps) > 2
    assert found.same


def test_cancel_stops_the_work(save: Save) -> None:
    path = save({"w": torch.zeros(100)})
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        compared(path, path, cancel=token)


@pytest.mark.parametrize("other", [torch.float64, torch.float32, torch.uint64, torch.complex128])
def test_64_bit_integers_differ_from_floats_exactly(other: torch.dtype, save: Save) -> None:
    integers = torch.tensor([2**53 + 1, -(2**53) - 1, 2**63 - 1, 5, 2**62 + 3])
    if other is torch.uint64:
        integers = integers.abs() - 2 * (integers < 0)  # none negative, and one of them is not B's
    there = torch.tensor([2**53, -(2**53), 2**63, 5, 2**62], dtype=torch.float64)
    b = there.abs().to(other) if other is torch.uint64 else there.to(other)
    found = difference(save, integers, b)
    others = b.real.tolist() if b.is_complex() else b.tolist()
    exact = [abs(int(x) - int(y)) for x, y in zip(integers.tolist(), others, strict=True)]
    assert found.measures is not None
    assert found.measures.changed == sum(map(bool, exact))
    assert found.measures.max_abs == max(exact)
    assert found.largest_at == (exact.index(max(exact)),)


def test_64_bit_integers_beside_nan_are_compared_exactly(save: Save) -> None:
    found = difference(
        save,
        torch.tensor([2**53 + 1, 0]),
        torch.tensor([2.0**53, math.nan], dtype=torch.float64),
    )
    assert found.measures is not None
    assert (found.measures.changed, found.measures.max_abs) == (2, 1)
    assert found.measures.nan_appeared == 1


FLOAT4 = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
"""Values of the patterns without a sign: OCP Microscaling Formats 1.0, section 5.3.3."""


def test_packed_float4_pairs_are_compared_number_by_number(save: Save) -> None:
    generator = torch.Generator().manual_seed(0)
    raw_a, raw_b = (
        torch.randint(0, 256, (40, 9), dtype=torch.uint8, generator=generator) for _ in range(2)
    )
    raw_b[:20] = raw_a[:20]
    a, b = (raw.view(torch.float4_e2m1fn_x2) for raw in (raw_a, raw_b))
    table = torch.tensor([*FLOAT4, *(-one for one in FLOAT4)], dtype=torch.float64)
    values = [
        table[torch.stack([raw & 15, raw >> 4], -1).reshape(40, 18).long()]
        for raw in (raw_a, raw_b)
    ]
    found, distance = difference(save, a, b), (values[0] - values[1]).abs()
    assert found.measures is not None and found.largest_at is not None
    assert found.measures.changed == int((distance != 0).sum())
    assert found.measures.max_abs == distance.max() == distance[found.largest_at]
    assert found.measures.mean_abs == pytest.approx(float(distance.mean()))
    assert found.measures.rel_l2 == pytest.approx(float(distance.norm() / values[0].norm()))
    assert difference(save, a, a).status == "identical"


@pytest.mark.parametrize("name", ["bits8", "bits16", "bits1x8", "bits2x4", "bits4x2"])
def test_bits_are_compared_as_the_integers_they_are(name: str, save: Save) -> None:
    raw = torch.arange(500, dtype=torch.int16 if name == "bits16" else torch.uint8)
    other = raw.clone()
    other[[3, 499]] ^= 96
    found = difference(save, *(one.view(getattr(torch, name)) for one in (raw, other)))
    distance = (raw.long() - other.long()).abs()
    assert found.measures is not None
    assert (found.measures.changed, found.measures.max_abs) == (2, int(distance.max()))
    assert found.largest_at == (int(distance.argmax()),)
    same = raw.view(getattr(torch, name))
    assert difference(save, same, same).status == "identical"
