"""Grouping at dots: every entry once, in file order below its group, with true sums."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.checkpoint.types import OddKey, Storage, Tensor
from inspector.ui.tree_rows import MAX_DEPTH, MIXED, Rows, build_rows, labels_of
from tests.ui.in_code import checkpoint, rows_of, tensor, value


def outline(rows: Rows) -> list[str]:
    return ["  " * depth + label for depth, label in zip(rows.depths, rows.labels, strict=True)]


def test_chains_of_single_children_are_one_row() -> None:
    rows = rows_of(
        tensor("layer1.0.conv.weight"),
        tensor("layer1.0.bn.weight"),
        tensor("layer1.0.bn.bias"),
        tensor("fc.weight"),
    )
    assert outline(rows) == [
        "layer1.0",
        "  conv.weight",
        "  bn",
        "    weight",
        "    bias",
        "fc.weight",
    ]


def test_rows_know_keys_sums_and_types() -> None:
    rows = rows_of(
        value("epoch", 3),
        tensor("model.a", (2, 3), path=("model", "a")),
        tensor("model.b", (5,), "bfloat16", "cuda:0", path=("model", "b")),
        containers={(): "dict", ("model",): "OrderedDict"},
    )
    assert rows.keys == ["epoch", "model", "model.a", "model.b"]
    assert (rows.counts[1], rows.numels[1], rows.nbytes[1]) == (2, 11, 34)
    assert (rows.dtypes[1], rows.devices[1]) == (MIXED, MIXED)
    assert rows.notes == {1: "OrderedDict"}
    assert (rows.counts[0], rows.dtypes[0]) == (0, "int")


def test_modules_of_a_pickled_model_know_their_classes() -> None:
    rows = rows_of(
        tensor("net.conv.weight", path=("net", "_modules", "conv", "_parameters", "weight")),
        tensor("net.conv.bias", path=("net", "_modules", "conv", "_parameters", "bias")),
        tensor("net.head.w", path=("net", "_modules", "head", "_parameters", "w")),
        tensor("net.head.b", path=("net", "_modules", "head", "_parameters", "b")),
        containers={
            ("net",): "my.Net",
            ("net", "_modules", "conv"): "torch.nn.modules.conv.Conv2d",
            ("net", "_modules", "head"): "my.Head",
        },
    )
    notes = {rows.keys[row]: note for row, note in rows.notes.items()}
    assert notes == {"net": "my.Net", "net.conv": "torch.nn.Conv2d", "net.head": "my.Head"}
    plain = rows_of(
        tensor("_modules.a.b", path=("_modules", "a", "b")),
        tensor("_modules.a.c", path=("_modules", "a", "c")),
        tensor("d", path=("d",)),
        containers={("_modules",): "dict", ("_modules", "a"): "dict", (): "dict"},
    )
    assert {plain.keys[row]: note for row, note in plain.notes.items()} == {"_modules.a": "dict"}


def test_tied_tensors_count_once_in_every_group_that_holds_several() -> None:
    shared = Storage("0", "cpu", 400, None)

    def tied(key: str) -> Tensor:
        return tensor(key, (10, 10)).replaced(storage=shared)

    rows = rows_of(
        tied("a.x"), tied("a.y"), tensor("a.z", (5,)), tied("b.c.x"), tensor("b.c.y", (7,)),
        tensor("b.d", (1,)), tied("e"),
    )  # fmt: skip
    found = {rows.keys[row]: rows.numels[row] for row in range(len(rows)) if rows.is_group(row)}
    assert found == {"a": 105, "b": 108, "b.c": 107}
    outer = rows_of(*(entry for entry in (tied("m.a.x"), tied("m.b"), tied("m.c"))))
    assert (outer.numels[0], outer.nbytes[0], outer.counts[0]) == (100, 400, 3)


def test_several_types_below_a_group_are_told_with_their_bytes() -> None:
    rows = rows_of(tensor("a.x", (2,), "int64"), tensor("a.y", (9,)), value("a.n", 3))
    assert rows.bytes_by(rows.dtypes, 0) == {"float32": 36, "int64": 16}


def test_the_metadata_of_safetensors_stands_first() -> None:
    made = checkpoint(tensor("conv.weight"), tensor("conv.bias"))
    made.metadata.update({"format": "pt", "modelspec.title": "a style"})
    rows = build_rows(made, {}, CancelToken())
    assert outline(rows)[:3] == ["__metadata__", "  format", "  modelspec.title"]
    assert (rows.counts[0], rows.counts[3]) == (0, 2)


def test_a_tensor_and_a_module_may_bear_one_name() -> None:
    rows = rows_of(tensor("a"), tensor("a.b"), tensor("a.c"))
    assert outline(rows) == ["a", "a", "  b", "  c"]
    assert rows.is_group(1)
    assert not rows.is_group(0)


def test_entries_that_interleave_are_gathered_under_their_group() -> None:
    rows = rows_of(tensor("a.x"), tensor("b.x"), tensor("a.y"), tensor("b.y"))
    assert outline(rows) == ["a", "  x", "  y", "b", "  x", "  y"]


def test_only_texts_split_at_dots() -> None:
    assert labels_of(("m", "a.b", 3), "m.a.b.3") == ["m", "a", "b", "3"]
    assert labels_of((OddKey("(0.5, 1)"), "x"), "(0.5, 1).x") == ["(0.5, 1)", "x"]
    assert labels_of(("_modules", "conv", "_parameters", "weight"), "conv.weight") == [
        "conv",
        "weight",
    ]
    assert labels_of((), "") == [""]


def test_depth_is_bounded() -> None:
    deep = ".".join("a" * 5000)
    rows = rows_of(tensor(deep + ".x"), tensor(deep + ".y"))
    assert max(rows.depths) < MAX_DEPTH
    assert rows.keys[-1] == deep + ".y"


def test_building_can_be_cancelled() -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        build_rows(checkpoint(tensor("a")), {}, token)


@given(st.lists(st.text("ab.", max_size=6), max_size=40))
def test_any_keys_give_a_sound_tree(keys: list[str]) -> None:
    entries = [tensor(key, (number,)) for number, key in enumerate(keys)]
    rows = rows_of(*entries)
    assert sorted(rows.leaves) == rows.leaves
    assert len(rows.leaves) == len(keys)
    assert {rows.entries[row] for row in rows.leaves} == set(entries)
    for row in range(len(rows)):
        below = [leaf for leaf in rows.leaves if row <= leaf < rows.ends[row]]
        tensors = [rows.entries[leaf] for leaf in below]
        assert rows.counts[row] == len(below)
        assert rows.numels[row] == sum(t.numel for t in tensors if isinstance(t, Tensor))
        assert rows.depths[row] == (
            rows.depths[rows.parents[row]] + 1 if rows.parents[row] >= 0 else 0
        )
        if rows.is_group(row):
            assert len(rows.children(row)) > 1
            assert all(rows.parents[child] == row for child in rows.children(row))
        else:
            entry = rows.entries[row]
            assert entry is not None
            assert rows.keys[row] == entry.key
            assert rows.numbers[entry] == row
