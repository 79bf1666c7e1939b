"""Weights written as new files: torch and safetensors load them, with the source's elements."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from inspector.checkpoint.errors import ExportError
from inspector.export.exporting import plan_export, write
from inspector.export.plan import ExportOptions, ExportPlan
from inspector.export.safetensors_write import CODES
from inspector.formats.detect import open_checkpoint
from tests.builders import VALID, built, cuda_tags, numbers, save, torch
from tests.export.loading import elements

# Sparse, quantized and packed tensors, for which safetensors has no words.
NOT_FOR_SAFETENSORS = {
    "bits_and_float4", "quantized_per_tensor", "quantized_per_channel", "sparse_coo",
    "sparse_compressed", "legacy_sparse_and_quantized",
    "int_keys_beside_their_text",  # two tensors of one name
}  # fmt: skip


def rewrite(source: Path, target: Path, **wishes: Any) -> ExportPlan:
    wishes.setdefault("weights_only", True)
    with open_checkpoint(source) as checkpoint:
        plan = plan_export(checkpoint, target, ExportOptions(**wishes))
        write(plan)
    return plan


def load(path: Path) -> Any:
    return torch.load(path, map_location="cpu", weights_only=True)


def tensors_of(loaded: Any, place: tuple[object, ...] = ()) -> Iterator[tuple[str, Any]]:
    if isinstance(loaded, torch.Tensor):
        yield ".".join(map(str, place)), loaded
    elif isinstance(loaded, dict | list | tuple):
        children = loaded.items() if isinstance(loaded, dict) else enumerate(loaded)
        for step, child in children:
            yield from tensors_of(child, (*place, step))


@pytest.mark.parametrize("name", VALID)
def test_every_valid_file_as_a_torch_state_dict(name: str, tmp_path: Path) -> None:
    file = built(name)
    plan = rewrite(file.path, tmp_path / "copy.pt")
    assert zipfile.ZipFile(tmp_path / "copy.pt").testzip() is None
    found: dict[str, list[Any]] = {}
    for key, tensor in tensors_of(load(tmp_path / "copy.pt")):
        found.setdefault(key, []).append(tensor)
    left_out = {item.key for item in plan.left_out}
    for expected in file.tensors:
        if expected.key in left_out or "<tensor>" in expected.key:
            continue
        copy = found[expected.key].pop(0)
        assert copy.is_nested or copy.shape == expected.tensor.shape
        if expected.stride is not None:
            assert tuple(copy.stride()) == expected.stride
        assert elements(copy) == elements(expected.tensor), expected.key
    assert not any(found.values())


@pytest.mark.parametrize("name", [name for name in VALID if name not in NOT_FOR_SAFETENSORS])
def test_every_valid_file_as_safetensors(name: str, tmp_path: Path) -> None:
    file = built(name)
    plan = rewrite(file.path, tmp_path / "copy.safetensors")
    found = load_file(tmp_path / "copy.safetensors")
    left_out = {item.key for item in plan.left_out}
    for expected in file.tensors:
        if expected.key in left_out or "<tensor>" in expected.key:
            continue
        key = expected.key if expected.key in found else "tensor"
        assert elements(found.pop(key)) == elements(expected.tensor), key
    assert not found


def test_safetensors_refuses_in_words(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no quantized tensors"):
        rewrite(built("quantized_per_tensor").path, tmp_path / "copy.safetensors")
    with pytest.raises(ExportError, match="2 tensors would have one name"):
        rewrite(built("int_keys_beside_their_text").path, tmp_path / "copy.safetensors")


def test_safetensors_there_and_back(tmp_path: Path) -> None:
    file = built("safetensors_state")
    rewrite(file.path, tmp_path / "there.pt", map_location="cuda:1")
    rewrite(tmp_path / "there.pt", tmp_path / "back.safetensors")
    first, second = load_file(file.path), load_file(tmp_path / "back.safetensors")
    assert first.keys() == second.keys()
    assert all(elements(first[key]) == elements(second[key]) for key in first)


def test_safetensors_layout_is_the_reference_writers(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    state = {"b": torch.ones(3), "a": torch.zeros(2, 2), "n": torch.arange(3),
             "h": torch.ones(5, dtype=torch.bfloat16)}  # fmt: skip
    save_file(state, tmp_path / "reference.safetensors", metadata={"format": "pt"})
    rewrite(save(tmp_path / "source.pt", state), tmp_path / "copy.safetensors")
    assert (tmp_path / "copy.safetensors").read_bytes() == (
        tmp_path / "reference.safetensors"
    ).read_bytes()


def test_every_dtype_that_safetensors_has_words_for(tmp_path: Path) -> None:
    state = {name: torch.zeros(4, dtype=getattr(torch, name)) for name in CODES}
    rewrite(save(tmp_path / "source.pt", state), tmp_path / "copy.safetensors")
    with (tmp_path / "copy.safetensors").open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    assert {header[name]["dtype"] for name in CODES} == set(CODES.values())
    assert {str(tensor.dtype) for tensor in load_file(tmp_path / "copy.safetensors").values()} == {
        f"torch.{name}" for name in CODES
    }


def test_a_training_checkpoint_keeps_its_plain_values(tmp_path: Path) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.25, betas=(0.5, 0.75))
    model(torch.ones(4, 3)).sum().backward()
    optimizer.step()
    saved = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 12,
             "best": -0.5, "note": "später", "history": [1.5, None, True], "empty": [],
             "huge": 1 << 80, "nested": {"a": {"b": (1, 2)}}}  # fmt: skip
    plan = rewrite(save(tmp_path / "source.pt", saved), tmp_path / "copy.pt")
    assert plan.left_out == []
    copy = load(tmp_path / "copy.pt")
    for key in ("epoch", "best", "note", "history", "empty", "huge", "nested"):
        assert copy[key] == saved[key]
    optimizer.load_state_dict(copy["optimizer"])
    model.load_state_dict(copy["model"])
    assert copy["optimizer"]["param_groups"] == saved["optimizer"]["param_groups"]
    assert copy["model"]._metadata == saved["model"]._metadata
    plan = rewrite(tmp_path / "source.pt", tmp_path / "bare.pt", values=False)
    assert set(load(tmp_path / "bare.pt")) == {"model", "optimizer"}
    assert {item.why for item in plan.left_out} == {"plain values were not asked for"}


def test_select_exclude_and_rename(tmp_path: Path) -> None:
    saved = {"model": {"module.fc.weight": numbers(2, 2), "module.fc.bias": numbers(2)},
             "ema": {"fc.weight": numbers(2, 2, start=9)}, "epoch": 3}  # fmt: skip
    source = save(tmp_path / "source.pt", saved)
    rewrite(source, tmp_path / "a.pt", select=("model.*",), rename=(("model.module", ""),))
    assert list(load(tmp_path / "a.pt")) == ["fc.weight", "fc.bias"]
    rewrite(source, tmp_path / "b.pt", exclude=("ema.*",), rename=(("re:module\\.", ""),))
    assert list(load(tmp_path / "b.pt")["model"]) == ["fc.weight", "fc.bias"]
    assert load(tmp_path / "b.pt")["epoch"] == 3
    mapping = (("model.module.fc.weight", "head.w"), ("ema.fc.weight", "ema.w"))
    plan = rewrite(source, tmp_path / "c.pt", select=("*weight",), rename=mapping)
    copy = load(tmp_path / "c.pt")
    assert set(copy) == {"head.w", "ema"}
    assert torch.equal(copy["ema"]["w"], saved["ema"]["fc.weight"])  # type: ignore[index]
    assert {(c.before, c.after) for c in plan.changes if c.what == "key"} == set(mapping)


def test_renames_that_meet_containers(tmp_path: Path) -> None:
    source = save(
        tmp_path / "source.pt", {"a": {"b": numbers(1)}, "c": numbers(2), "l": [numbers(3)]}
    )
    rewrite(source, tmp_path / "copy.pt", rename=(("l.0", "l.first"),))
    assert set(load(tmp_path / "copy.pt")) == {"a", "c", "l.first"}
    for new in ("a", "a.b"):
        with pytest.raises(ExportError):
            rewrite(source, tmp_path / "other.pt", rename=(("c", new),))


def test_nothing_selected_is_refused(tmp_path: Path) -> None:
    source = save(tmp_path / "source.pt", {"w": torch.ones(1)})
    with pytest.raises(ExportError, match="no tensor is left"):
        rewrite(source, tmp_path / "copy.pt", select=("nothing*",))


def test_a_list_keeps_the_places_of_what_is_left(tmp_path: Path) -> None:
    saved = {"parts": [torch.zeros(1), torch.ones(1), (torch.ones(2), "x")]}
    rewrite(save(tmp_path / "source.pt", saved), tmp_path / "copy.pt", exclude=("parts.0",))
    copy = load(tmp_path / "copy.pt")["parts"]
    assert copy[0] is None
    assert torch.equal(copy[1], torch.ones(1))
    assert copy[2][1] == "x"


def test_sharing_and_shrinking(tmp_path: Path) -> None:
    large = torch.arange(100_000.0)
    state = {"row": large[1000:1010], "overlap": large[1005:1020].view(3, 5).t(),
             "far": large[90_000:90_001], "whole": torch.ones(3)}  # fmt: skip
    source = save(tmp_path / "source.pt", state)
    rewrite(source, tmp_path / "copy.pt")
    copy = load(tmp_path / "copy.pt")
    assert all(elements(copy[key]) == elements(state[key]) for key in state)
    assert copy["row"].untyped_storage()._cdata == copy["overlap"].untyped_storage()._cdata
    assert copy["far"].untyped_storage().nbytes() < 100
    assert (tmp_path / "copy.pt").stat().st_size < 4000
    rewrite(source, tmp_path / "all.pt", shrink=False)
    assert (tmp_path / "all.pt").stat().st_size > 400_000


def test_tied_tensors_in_safetensors(tmp_path: Path) -> None:
    weight = numbers(4, 2)
    source = save(tmp_path / "source.pt", {"in": weight, "out": weight, "alone": numbers(3)})
    plan = rewrite(source, tmp_path / "copy.safetensors")
    assert {change.key for change in plan.changes if change.what == "sharing"} == {"in", "out"}
    assert torch.equal(load_file(tmp_path / "copy.safetensors")["out"], weight)
    with pytest.raises(ExportError, match="share one storage"):
        rewrite(source, tmp_path / "other.safetensors", tied="refuse")


def test_a_cast_keeps_sharing_strides_and_kept_keys(tmp_path: Path) -> None:
    weight = numbers(6, 4) / 3
    state = {"in": weight, "out": weight.t(), "norm": numbers(3) / 3, "ids": torch.arange(4)}
    source = save(tmp_path / "source.pt", state)
    plan = rewrite(source, tmp_path / "copy.pt", dtype="bfloat16", keep_dtype=("norm*",))
    copy = load(tmp_path / "copy.pt")
    assert torch.equal(copy["in"], weight.to(torch.bfloat16))
    assert copy["in"].untyped_storage()._cdata == copy["out"].untyped_storage()._cdata
    assert copy["out"].stride() == state["out"].stride()
    assert copy["norm"].dtype == torch.float32
    assert copy["ids"].dtype == torch.int64
    assert {tensor.key for tensor, _ in plan.casts} == {"in", "out"}
    split = rewrite(source, tmp_path / "split.pt", dtype="float16", keep_dtype=("out",))
    copy = load(tmp_path / "split.pt")
    assert (copy["in"].dtype, copy["out"].dtype) == (torch.float16, torch.float32)
    assert split.nbytes > plan.nbytes


def test_the_values_of_sparse_tensors_are_cast(tmp_path: Path) -> None:
    dense = torch.tensor([[0.0, 1.3], [0.0, 2.7]])
    state = {"coo": dense.to_sparse(), "csr": dense.to_sparse_csr()}
    rewrite(save(tmp_path / "source.pt", state), tmp_path / "copy.pt", dtype="bfloat16")
    for tensor in load(tmp_path / "copy.pt").values():
        assert torch.equal(tensor.to_dense(), dense.to(torch.bfloat16))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_sparse_and_nested_tensors_are_as_large_as_their_parts(tmp_path: Path) -> None:
    state = {
        "sparse": torch.sparse_coo_tensor([[3], [10**7]], [1.5], (10**6, 10**8)),
        "nested": torch.nested.nested_tensor([numbers(3), numbers(2), numbers(4)]),
        "plain": numbers(10),
    }
    parts = 2 * 8 + 4, 9 * 4 + 3 * 3 * 8, 10 * 4
    source = save(tmp_path / "source.pt", state)
    with open_checkpoint(source) as checkpoint:
        plan = plan_export(checkpoint, tmp_path / "copy.pt", ExportOptions(weights_only=True))
        assert plan.compared_bytes == sum(parts)
    rewrite(source, tmp_path / "small.bin", shard_bytes=sum(parts))
    index = json.loads((tmp_path / "small.bin.index.json").read_text())
    assert index["metadata"]["total_size"] == sum(parts)
    assert set(index["weight_map"].values()) == {"small-00001-of-00001.bin"}


def test_a_step_counter_is_not_cast(tmp_path: Path) -> None:
    state = {"state": {0: {"step": torch.tensor(70_001.0), "exp_avg": torch.ones(2)}}}
    rewrite(save(tmp_path / "source.pt", state), tmp_path / "copy.pt", dtype="float16")
    copy = load(tmp_path / "copy.pt")["state"][0]
    assert copy["step"].item() == 70_001.0
    assert copy["exp_avg"].dtype == torch.float16


@pytest.mark.parametrize("dtype", ["bfloat16", "float8_e4m3fnuz", "float8_e5m2"])
def test_a_negative_view_is_not_cast(dtype: str, tmp_path: Path) -> None:
    turned = torch._neg_view(torch.tensor([0.0, -0.0, 1.5, float("nan")]))
    source = save(tmp_path / "source.pt", {"turned": turned, "plain": numbers(4)})
    rewrite(source, tmp_path / "copy.pt", dtype=dtype)
    loaded = load(tmp_path / "copy.pt")
    assert loaded["plain"].dtype is getattr(torch, dtype)
    assert loaded["turned"].dtype is torch.float32
    assert torch.equal(loaded["turned"].resolve_neg()[:3], turned.resolve_neg()[:3])


@pytest.mark.parametrize("kind", ["torch", "safetensors"])
def test_shards_with_an_index_and_merged_again(kind: str, tmp_path: Path) -> None:
    state = {f"layer.{number}.weight": numbers(50, start=number) for number in range(10)}
    state["tied"] = state["layer.0.weight"]
    source = save(tmp_path / "source.pt", state)
    suffix = ".bin" if kind == "torch" else ".safetensors"
    plan = rewrite(source, tmp_path / f"model{suffix}", format=kind, shard_bytes=500)
    index = json.loads((tmp_path / f"model{suffix}.index.json").read_text())
    assert set(index["weight_map"]) == set(state)
    assert index["weight_map"]["tied"] == f"model-00001-of-{len(plan.files) - 1:05d}{suffix}" or (
        kind == "safetensors"
    )
    for name in set(index["weight_map"].values()):
        part = load(tmp_path / name) if kind == "torch" else load_file(tmp_path / name)
        for key, tensor in part.items():
            assert index["weight_map"][key] == name
            assert torch.equal(tensor, state[key])
    rewrite(tmp_path / f"model{suffix}.index.json", tmp_path / "merged.safetensors")
    merged = load_file(tmp_path / "merged.safetensors")
    assert merged.keys() == state.keys()
    assert all(torch.equal(merged[key], state[key]) for key in state)


def test_a_big_endian_source_is_written_little_endian(tmp_path: Path) -> None:
    state = {"f": numbers(5), "c": torch.complex(numbers(3), numbers(3)), "i": torch.arange(4)}
    little = save(tmp_path / "little.pt", state)
    big = tmp_path / "big.pt"
    with zipfile.ZipFile(little) as source, zipfile.ZipFile(big, "w") as target:
        widths = {"data/0": 4, "data/1": 4, "data/2": 8}
        for name in source.namelist():
            data = source.read(name)
            tail = name.partition("/")[2]
            if tail == "byteorder":
                data = b"big"
            elif tail in widths:
                width = widths[tail]
                data = b"".join(data[n : n + width][::-1] for n in range(0, len(data), width))
            target.writestr(name, data)
    rewrite(big, tmp_path / "copy.pt")
    rewrite(big, tmp_path / "copy.safetensors")
    for copy in (load(tmp_path / "copy.pt"), load_file(tmp_path / "copy.safetensors")):
        assert all(torch.equal(copy[key], state[key]) for key in state)


def test_a_whole_model_becomes_its_state_dict(tmp_path: Path) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    source = save(tmp_path / "model.pt", {"model": model, "epoch": 1})
    plan = rewrite(source, tmp_path / "copy.pt", map_location="cuda:0")
    copy = load(tmp_path / "copy.pt")
    assert list(copy["model"]) == list(model.state_dict())
    model.load_state_dict(copy["model"])
    assert copy["epoch"] == 1
    assert any(item.key == "model.*" and "attributes" in item.why for item in plan.left_out)


def test_a_hundred_thousand_elements_of_an_expanded_view(tmp_path: Path) -> None:
    state = {"expanded": torch.ones(1).expand(1 << 40), "w": torch.ones(2)}
    source = save(tmp_path / "source.pt", state)
    told: list[tuple[int, int]] = []
    with open_checkpoint(source) as checkpoint:
        plan = plan_export(checkpoint, tmp_path / "copy.pt", ExportOptions(weights_only=True))
        write(plan, progress=lambda *done_and_total: told.append(done_and_total))
    assert told == sorted(told) and told[-1][0] == told[-1][1]
    assert load(tmp_path / "copy.pt")["expanded"].stride() == (0,)
    with pytest.raises(ExportError, match="are free on that disk"):
        rewrite(source, tmp_path / "copy.safetensors")


def test_what_is_whole_of_a_cut_file_is_written(tmp_path: Path) -> None:
    state = {f"w{number}": torch.full((1000,), float(number)) for number in range(10)}
    whole = save(tmp_path / "whole.pt", state).read_bytes()
    cut = tmp_path / "cut.pt"
    cut.write_bytes(whole[: len(whole) * 6 // 10])
    with pytest.raises(ExportError, match="Export its weights only"):
        rewrite(cut, tmp_path / "copy.pt", weights_only=False, map_location="cuda:0")
    plan = rewrite(cut, tmp_path / "copy.pt")
    copy = load(tmp_path / "copy.pt")
    assert 3 < len(copy) < 8
    assert all(torch.equal(copy[key], state[key]) for key in copy)
    assert {item.key for item in plan.left_out} == set(state) - set(copy)


@pytest.mark.parametrize("dtype", [None, "bfloat16"])
def test_large_views_in_another_order(dtype: str | None, tmp_path: Path) -> None:
    """They are read in blocks of other lengths than the rows that they become."""
    state = {
        "transposed": numbers(777, 3001).t(),
        "narrow": numbers(300_001, 5).t(),
        "every other": numbers(600_002)[::2],
        "expanded": numbers(1, 1021).expand(1000, 1021),
    }
    source = save(tmp_path / "source.pt", state)
    rewrite(source, tmp_path / "copy.safetensors", dtype=dtype)
    rewrite(source, tmp_path / "copy.pt", dtype=dtype)
    for copy in (load_file(tmp_path / "copy.safetensors"), load(tmp_path / "copy.pt")):
        for key, tensor in state.items():
            assert torch.equal(copy[key], tensor.to(torch.bfloat16) if dtype else tensor), key


@pytest.mark.parametrize(
    ("target", "wishes"),
    [
        ("copy.pt", {"map_location": "cuda:0"}),
        ("copy.pt", {"weights_only": True}),
        ("copy.pt", {"dtype": "bfloat16"}),
        ("copy.safetensors", {"dtype": "bfloat16"}),
    ],
)
def test_one_wrong_bit_is_found_when_the_copy_is_read_back(
    target: str, wishes: dict[str, Any], tmp_path: Path
) -> None:
    source = save(tmp_path / "source.pt", {"w": numbers(1000, 1000, start=1.0)})
    with open_checkpoint(source) as checkpoint:
        plan = plan_export(checkpoint, tmp_path / target, ExportOptions(**wishes))
        compare = plan.read_back

        def damaged(files: list[Path], *others: Any) -> int:
            with open_checkpoint(files[0]) as copy:
                storage = copy.tensors[0].storage
            assert storage is not None
            with files[0].open("r+b") as file:
                file.seek(storage.offset + storage.nbytes - 1)
                (byte,) = file.read(1)
                file.seek(-1, 1)
                file.write(bytes([byte ^ 1]))
            return compare(files, *others)

        plan.read_back = damaged
        with pytest.raises(ExportError, match=r"in its (elements|bytes)"):
            write(plan)
    assert list(tmp_path.iterdir()) == [source]


def test_a_location_that_no_torch_knows_becomes_the_cpu(tmp_path: Path) -> None:
    tags = iter(("gpu", "cuda0", "cuda:1"))
    with cuda_tags(lambda _storage: next(tags)):
        source = save(tmp_path / "s.pt", {name: numbers(1) for name in ("a", "b", "c")})
    plan = rewrite(source, tmp_path / "copy.pt")
    assert [(c.key, c.before, c.after) for c in plan.changes] == [
        ("a", "gpu", "cpu"),
        ("b", "cuda0", "cpu"),
    ]
    assert set(load(tmp_path / "copy.pt")) == {"a", "b", "c"}
