from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from inspector.checkpoint.cancel import Cancelled, CancelToken
from tests.analysis.comparing import (
    Save,
    check_measures,
    compared,
    difference,
    in_memory,
    pair_difference,
    random,
)

# torch warns of prototypes when it makes them: ComplexHalf, sparse, nested, quantized tensors.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")


def views(base: torch.Tensor) -> dict[str, torch.Tensor]:
    return {
        "transposed": base.t(),
        "strided": base[:, ::3],
        "expanded": base[:1].expand(50, -1),
        "row": base[7],
        "permuted": base.reshape(20, 10, -1).permute(2, 0, 1),
        "unfolded": base.flatten()[:600].unfold(0, 40, 20),
    }


def test_views_of_any_strides_compare_by_their_elements(save: Save) -> None:
    a, b = random("float32", 200 * 300, 1).reshape(200, 300), random("float32", 60_000, 2)
    b = b.reshape(200, 300)
    a[::2] = b[::2]
    plain = {key: view.contiguous() for key, view in views(b).items()}
    for found in compared(save(views(a)), save(plain)).tensors:
        check_measures(found, views(a)[found.key], plain[found.key])
    assert compared(save(views(b)), save(plain)).summary["identical"] == len(plain)


def test_both_repeating_axes_are_read_once(tmp_path: Path, save: Save) -> None:
    found = difference(
        save, torch.tensor([[1.0], [2.0]]).expand(2, 10), torch.ones(2, 1).expand(2, 10)
    )
    assert found.measures is not None
    assert (found.measures.changed, found.measures.mean_abs) == (10, 0.5)
    assert found.largest_at == (1, 0)


def test_a_view_repeated_without_end_is_bounded() -> None:
    one = np.array([1.0, 2.0], np.float32)
    shape, stride = (10**9, 2, 10**9), (0, 1, 0)
    a = in_memory(one, "float32", shape=shape, stride=stride)
    b = in_memory(np.array([1.0, 3.0], np.float32), "float32", shape=shape, stride=stride)
    found = pair_difference(a, b)
    assert found.measures is not None
    assert (found.measures.changed, found.measures.mean_abs) == (10**18, 0.5)
    assert found.largest_at == (0, 1, 0)
    assert pair_difference(a, a).status == "identical"
    other = in_memory(one, "float32", shape=shape, stride=(1, 0, 0))
    assert pair_difference(other, b).status == "unreadable"


@pytest.mark.parametrize("dtype", ["float32", "int16", "complex64", "float64"])
def test_byte_order_is_no_difference(dtype: str) -> None:
    array = np.arange(5000).astype(dtype)
    little, big = in_memory(array, dtype), in_memory(array, dtype, "big")
    assert pair_difference(little, big).status == "identical"
    changed = array.copy()
    changed[4711] += 1
    assert pair_difference(big, in_memory(changed, dtype)).largest_at == (4711,)


def test_a_tensor_that_cannot_be_read_says_why(save: Save) -> None:
    good = in_memory(np.zeros(4, np.float32), "float32")
    bad = in_memory(np.zeros(2, np.float32), "float32", shape=(4,), stride=(1,))
    found = pair_difference(good, bad)
    assert found.status == "unreadable"
    assert "needs 4 elements" in found.problem


def test_meta_tensors_say_the_same_when_neither_has_data(save: Save) -> None:
    meta = torch.empty(3, 4, device="meta")
    found = difference(save, meta, meta)
    assert (found.status, found.problem) == ("identical", "neither file holds data for it")
    assert difference(save, meta, torch.zeros(3, 4)).status == "unreadable"


def test_quantized_tensors_compare_by_what_they_stand_for(save: Save) -> None:
    source = torch.randn(40, 50)
    per_tensor = [torch.quantize_per_tensor(source, scale, 3, torch.qint8) for scale in (0.1, 0.2)]
    scales, zeros = torch.rand(40) + 0.1, torch.zeros(40, dtype=torch.int64)
    per_channel = [
        torch.quantize_per_channel(source, scales * k, zeros, 0, torch.qint8) for k in (1, 2)
    ]
    for one, other in ((per_tensor[0], per_tensor[1]), (per_channel[0], per_channel[1]),
                       (per_tensor[0], per_channel[0])):  # fmt: skip
        found = difference(save, one, other)
        assert found.status == "changed"
        check_measures(found, one, other)
        assert difference(save, other, other).status == "identical"


LAYOUTS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "coo": lambda dense: dense.to_sparse(),
    "csr": lambda dense: dense.to_sparse_csr(),
    "csc": lambda dense: dense.to_sparse_csc(),
    "bsr": lambda dense: dense.to_sparse_bsr((2, 3)),
    "bsc": lambda dense: dense.to_sparse_bsc((2, 3)),
    "strided": lambda dense: dense,
}


@pytest.mark.parametrize("one", LAYOUTS)
@pytest.mark.parametrize("other", LAYOUTS)
def test_sparse_tensors_compare_place_by_place(one: str, other: str, save: Save) -> None:
    a, b = random("float32", 60, 1).reshape(10, 6), random("float32", 60, 2).reshape(10, 6)
    a[a < 1], b[b < 1] = 0, 0
    b[3] = a[3]
    found = difference(save, LAYOUTS[one](a), LAYOUTS[other](b))
    assert found.status == "changed"
    check_measures(found, a, b)
    distance = (a.double() - b.double()).abs()
    assert found.largest_at is not None and distance[found.largest_at] == distance.max()
    same = difference(save, LAYOUTS[one](a), LAYOUTS[other](a))
    assert same.same_values
    assert same.status == ("identical" if one == other else "close")


def test_a_sparse_tensor_of_endless_shape_is_compared_by_what_it_stores(save: Save) -> None:
    places = torch.tensor([[0, 5, 5], [7, 10**8, 10**8]])
    a = torch.sparse_coo_tensor(places, torch.tensor([1.0, 2.0, 3.0]), (10**9, 10**9))
    b = torch.sparse_coo_tensor(places[:, :2], torch.tensor([1.0, 4.0]), (10**9, 10**9))
    found = difference(save, a, b)
    assert found.measures is not None
    assert (found.measures.changed, found.measures.max_abs) == (1, 1.0)
    assert found.largest_at == (5, 10**8)


BATCHES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "csr": lambda dense: dense.to_sparse_csr(),
    "csc": lambda dense: dense.to_sparse_csc(),
    "bsr": lambda dense: dense.to_sparse_bsr((2, 3)),
    "bsc": lambda dense: dense.to_sparse_bsc((2, 3)),
    "coo": lambda dense: dense.to_sparse(),
}


@pytest.mark.parametrize("one", BATCHES)
@pytest.mark.parametrize("other", ["csr", "bsc"])
def test_batches_of_sparse_matrices_compare_place_by_place(
    one: str, other: str, save: Save
) -> None:
    a, b = (random("float32", 4 * 60, seed).reshape(2, 2, 10, 6) for seed in (1, 2))
    keep = torch.zeros(10, 6)  # every matrix of a batch has to store as many numbers
    keep[::3, :3] = 1
    a, b = a * keep, b * torch.stack([keep, keep]).flip(2)
    found = difference(save, BATCHES[one](a), BATCHES[other](b))
    check_measures(found, a, b)
    distance = (a.double() - b.double()).abs()
    assert found.largest_at is not None and distance[found.largest_at] == distance.max()


def many_stored(seed: int, shape: tuple[int, int], corner: int) -> torch.Tensor:
    """More numbers than are sorted at once, some twice at one place, all in a corner."""
    generator = torch.Generator().manual_seed(seed)
    places = torch.randint(0, corner, (2, 600_000), generator=generator)
    return torch.sparse_coo_tensor(places, torch.randn(600_000, generator=generator), shape)


@pytest.mark.parametrize("other_layout", ["as it is", "coalesced", "csr"])
def test_sparse_tensors_of_any_size_compare_place_by_place(other_layout: str, save: Save) -> None:
    shape = (5_000, 4_000_000)
    a, b = many_stored(1, shape, 4000), many_stored(2, shape, 4000)
    if other_layout != "as it is":
        a, b = a.coalesce(), b.coalesce()
    found = difference(save, a, b.to_sparse_csr() if other_layout == "csr" else b)
    apart = (a.double() - b.double()).coalesce().values()
    measures = found.measures
    assert measures is not None
    assert measures.changed == int((apart != 0).sum())
    assert measures.max_abs == pytest.approx(float(apart.abs().max()), rel=1e-6)
    assert measures.mean_abs == pytest.approx(float(apart.abs().sum()) / (5_000 * 4_000_000))
    assert measures.norm_a == pytest.approx(float(a.double().coalesce().values().norm()), rel=1e-5)
    assert found.largest_at is not None
    at = torch.tensor(found.largest_at)[:, None]
    here = [
        float(one.values()[(one.indices() == at).all(0)].sum())
        for one in (a.coalesce(), b.coalesce())
    ]
    assert abs(here[0] - here[1]) == pytest.approx(measures.max_abs)


def test_endlessly_many_numbers_at_one_place_are_refused(save: Save) -> None:
    places = torch.zeros(2, 600_000, dtype=torch.int64)
    a = torch.sparse_coo_tensor(places, torch.ones(600_000), (5, 5))
    found = difference(save, a, torch.sparse_coo_tensor(places, torch.rand(600_000), (5, 5)))
    assert (found.status, "for one place" in found.problem) == ("unreadable", True)


def test_a_sparse_pair_can_be_cancelled_in_the_middle(save: Save) -> None:
    class AskedOften(CancelToken):
        asked = 0

        def check(self) -> None:
            self.asked += 1
            if self.asked == 6:
                self.cancel()
            super().check()

    token = AskedOften()
    with pytest.raises(Cancelled):
        difference(save, many_stored(1, (99, 99), 99), many_stored(2, (99, 99), 99), cancel=token)
    assert token.asked < 12


def test_nested_tensors_compare_piece_by_piece(save: Save) -> None:
    pieces = [torch.randn(2, 3), torch.randn(4, 3)]
    a = torch.nested.nested_tensor(pieces)
    b = torch.nested.nested_tensor([pieces[0], pieces[1] + 1])
    assert difference(save, a, a).status == "identical"
    found = difference(save, a, b)
    assert found.status == "changed"
    assert found.measures is not None and found.measures.changed == 12
    assert difference(save, a, torch.nested.nested_tensor(pieces[::-1])).status == "shape"


def test_tied_tensors_get_one_answer_each(save: Save) -> None:
    tied, other = torch.zeros(4, 5), torch.ones(4, 5)
    a = save({"embed": tied, "head": tied, "alone": tied.clone()})
    found = compared(a, save({"embed": other, "head": other, "alone": tied})).tensors
    assert [one.status for one in found] == ["changed", "changed", "identical"]
    assert [one.key for one in found] == ["embed", "head", "alone"]
