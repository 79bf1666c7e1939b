"""Re-mapped copies against real torch: the same objects with other location tags."""

from __future__ import annotations

import random
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest

from inspector.checkpoint.errors import CheckpointError, ExportError
from inspector.export.exporting import export_checkpoint, plan_export, write
from inspector.export.plan import ExportOptions
from inspector.export.prove import prove
from inspector.export.remap import REMAPPABLE
from inspector.formats.detect import open_checkpoint
from tests.builders import VALID, Built, adopt, built, cuda_tags, save, throwaway_module, torch
from tests.export.loading import loaded_with_tags, loads_here, same_but_for_devices, seen_by_torch

FULLY_RESTORED = {  # the copy's pickle or directory is written another way, with the same meaning
    "config_that_says_cpu_like_the_storages",
    "rezipped_deflated",
    "rezipped_with_zip64_headers",
    "without_checksums",
    "distributed_tensor",
    "nested_strided",
}


def remap(source: Path, target: Path, *args: Any, **options: Any) -> Path:
    with open_checkpoint(source) as checkpoint:
        export_checkpoint(checkpoint, target, *args, **options)
    return target


def remappable() -> list[str]:
    return [name for name in VALID if not name.startswith(("safetensors", "sharded", "tar_form"))]


@pytest.mark.parametrize("name", remappable())
def test_every_kind_of_file_there_and_back(name: str, tmp_path: Path) -> None:
    file: Built = built(name)
    if file.format not in REMAPPABLE:
        pytest.skip(f"a {file.format} file")
    there = remap(file.path, tmp_path / "there.pt", "cuda:3", keep_on_cpu=False)
    back = remap(there, tmp_path / "back.pt", "cpu")
    places = {"cuda:3", "meta"} | ({"cpu"} if name == "nested_strided" else set())
    with open_checkpoint(file.path) as source, open_checkpoint(there) as copy:
        on_cpu = {storage.location for storage in source.storages} <= {"cpu"}
        assert {storage.location for storage in copy.storages} <= places
    if on_cpu and name not in FULLY_RESTORED:
        assert back.read_bytes() == file.path.read_bytes()
    if file.format != "torchscript" and loads_here(file.path):
        same_but_for_devices(file.path, there)
        same_but_for_devices(file.path, back)
        tags = set(loaded_with_tags(there)[1].values())
        assert tags <= places


@pytest.mark.parametrize("name", [name for name in remappable() if "torchscript" in name])
def test_torchscript_computes_the_same(name: str, tmp_path: Path) -> None:
    file = built(name)
    there = remap(file.path, tmp_path / "there.pt", "cuda:0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = torch.jit.load(file.path).state_dict()
        second = torch.jit.load(there, map_location="cpu").state_dict()
    assert list(first) == list(second)
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_plain_location_change_keeps_every_other_byte(tmp_path: Path) -> None:
    source = save(tmp_path / "cpu.pt", {"w": torch.arange(100.0), "b": torch.ones(3)})
    copy = remap(source, tmp_path / "cuda.pt", "cuda:0")
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(copy) as after:
        assert after.testzip() is None
        assert before.namelist() == after.namelist()
        for name in before.namelist():
            same = before.read(name) == after.read(name)
            assert same is not name.endswith("data.pkl")
    assert source.stat().st_size == copy.stat().st_size


def test_same_bytes_as_torch_writes_on_that_device(tmp_path: Path) -> None:
    state = {"w": torch.arange(10.0), "n": {"b": torch.ones(3, dtype=torch.int64)}}
    with cuda_tags("mps"):  # every storage gets the very same text, as "cpu" does
        expected = save(tmp_path / "model.pt", state)
    plain = tmp_path / "plain"
    plain.mkdir()
    copy = remap(save(plain / "model.pt", state), tmp_path / "copy.pt", "mps")
    with zipfile.ZipFile(expected) as one, zipfile.ZipFile(copy) as other:
        for name in one.namelist():
            if not name.endswith("serialization_id"):
                assert one.getinfo(name).header_offset == other.getinfo(name).header_offset
                assert one.read(name) == other.read(name)


# -- the memo trap ---------------------------------------------------------------------------------


def interned_cpu() -> str:
    """Return the very text object that torch hands to every storage on the CPU."""
    found: str = torch.serialization.location_tag(torch.zeros(1).untyped_storage())
    return found


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("place", ["before", "between", "after", "key"])
def test_a_config_that_says_cpu_is_left_alone(protocol: int, place: str, tmp_path: Path) -> None:
    cpu = interned_cpu()
    config = {"device": cpu, "devices": [cpu, "cuda:0"]}
    one, two = {"one": torch.ones(2)}, {"two": torch.zeros(3)}
    saved = {
        "before": [config, one, two],
        "between": [one, config, two],
        "after": [one, two, config],
        "key": [{cpu: torch.ones(1), "then": cpu}, one, {cpu: cpu}],
    }[place]
    source = save(tmp_path / "source.pt", saved, pickle_protocol=protocol)
    copy = remap(source, tmp_path / "copy.pt", "cuda:1")
    loaded, tags = loaded_with_tags(copy)
    assert set(tags.values()) == {"cuda:1"}
    assert repr(loaded) == repr(saved)
    again, tags = loaded_with_tags(remap(copy, tmp_path / "back.pt", {"cuda:1": "cpu"}))
    assert set(tags.values()) == {"cpu"}
    assert repr(again) == repr(saved)


def test_random_objects_that_share_texts_with_locations(tmp_path: Path) -> None:
    cpu = interned_cpu()
    for seed in range(60):
        dice = random.Random(seed)
        saved = [random_object(dice, cpu, 0) for _ in range(5)] + [torch.ones(1)]
        source = save(tmp_path / "source.pt", saved, pickle_protocol=dice.choice((2, 3, 4, 5)))
        with open_checkpoint(source) as checkpoint:
            devices = ("cpu", "cuda:0", "cuda:11", "mps")
            keys = {tensor.key: dice.choice(devices) for tensor in checkpoint.tensors}
            owners: dict[int, str] = {}
            for tensor in checkpoint.tensors:  # tensors of one storage go together
                keys[tensor.key] = owners.setdefault(id(tensor.storage), keys[tensor.key])
            export_checkpoint(checkpoint, tmp_path / "copy.pt", overwrite=True,
                              map_keys=tuple(keys.items()))  # fmt: skip
        loaded, _ = loaded_with_tags(tmp_path / "copy.pt")
        assert repr(loaded) == repr(saved), seed
        for seen in seen_by_torch(tmp_path / "copy.pt"):
            assert seen.device == keys[seen.key], (seed, seen.key)


SHARED = "shared text"


def random_object(dice: random.Random, cpu: str, depth: int) -> Any:
    roll = dice.random()
    if roll < 0.4:
        return dice.choice(
            [torch.zeros(dice.randint(0, 4), 2), torch.ones(3, 2).t(), torch.ones(2).bool(),
             torch.nn.Parameter(torch.ones(2)), torch.zeros(1, dtype=torch.uint16)]
        )  # fmt: skip
    if roll < 0.6 or depth > 3:
        return dice.choice([cpu, "".join(["c", "pu"]), "cuda:0", "storage", 5, None, 2.5, SHARED])
    if roll < 0.8:
        keys = [cpu, "a", "b", "cuda:0", SHARED]
        return {dice.choice(keys): random_object(dice, cpu, depth + 1)
                for _ in range(dice.randint(0, 4))}  # fmt: skip
    return [random_object(dice, cpu, depth + 1) for _ in range(dice.randint(0, 4))]


def test_frames_of_a_long_pickle_are_corrected(tmp_path: Path) -> None:
    state = {f"layer.{number}.weight": torch.ones(1) for number in range(3000)}
    with cuda_tags("cuda:0"):
        source = save(tmp_path / "source.pt", state, pickle_protocol=4)
    copy = remap(source, tmp_path / "copy.pt", "cpu")
    assert torch.load(copy, weights_only=False).keys() == state.keys()
    assert set(loaded_with_tags(copy)[1].values()) == {"cpu"}


# -- which device goes where -----------------------------------------------------------------------


def on_three_devices(path: Path) -> Path:
    state = {name: torch.full((2,), float(number)) for number, name in enumerate("abc")}
    tags = dict(zip((tensor.untyped_storage()._cdata for tensor in state.values()),
                    ("cuda:0", "cuda:3", "cpu"), strict=True))  # fmt: skip
    with cuda_tags(lambda storage: tags.get(storage._cdata)):
        return save(path, state)


@pytest.mark.parametrize(
    ("map_location", "expected"),
    [
        ("cpu", ["cpu", "cpu", "cpu"]),
        ({"cuda:0": "cpu"}, ["cpu", "cuda:3", "cpu"]),
        ({"cuda:0": "cuda:3", "cuda:3": "cuda:0"}, ["cuda:3", "cuda:0", "cpu"]),
        ({"cuda": "cpu"}, ["cpu", "cpu", "cpu"]),
        ({"cuda": "cpu", "cuda:3": "mps"}, ["cpu", "mps", "cpu"]),
        ({"cpu": "cuda:1"}, ["cuda:0", "cuda:3", "cuda:1"]),
    ],
)
def test_device_by_device(map_location: Any, expected: list[str], tmp_path: Path) -> None:
    source = on_three_devices(tmp_path / "source.pt")
    copy = remap(source, tmp_path / "copy.pt", map_location)
    assert [tensor.device for tensor in seen_by_torch(copy)] == expected
    same_but_for_devices(source, copy)


def test_rng_states_and_steps_stay_on_the_cpu(tmp_path: Path) -> None:
    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(2)).sum().backward()
    optimizer.step()
    source = save(tmp_path / "source.pt", {"optimizer": optimizer.state_dict(),
                                           "rng_state": torch.get_rng_state()})  # fmt: skip
    devices = {t.key: t.device for t in seen_by_torch(remap(source, tmp_path / "a.pt", "cuda"))}
    assert devices["rng_state"] == devices["optimizer.state.0.step"] == "cpu"
    assert devices["optimizer.state.0.exp_avg"] == "cuda"
    everything = remap(source, tmp_path / "b.pt", "cuda", keep_on_cpu=False)
    assert {tensor.device for tensor in seen_by_torch(everything)} == {"cuda"}
    patterns = (("*.step", "cuda"), ("rng*", "cpu"))
    named = seen_by_torch(remap(source, tmp_path / "c.pt", "mps", map_keys=patterns))
    assert {t.device for t in named if t.key.endswith("step")} == {"cuda"}


def test_a_storage_without_bytes_stays_meta(tmp_path: Path) -> None:
    weight, bias = torch.ones(3, 4), torch.ones(5)
    with cuda_tags(lambda storage: "meta" if storage.nbytes() == weight.nbytes else None):
        source = save(tmp_path / "meta.pt", {"weight": weight, "bias": bias})
    copy = tmp_path / "there.pt"
    with open_checkpoint(source) as checkpoint:
        plan = plan_export(checkpoint, copy, ExportOptions(map_location="cuda:0"))
        proof = prove(plan, write(plan))
    assert (proof.proven, proof.uncompared, proof.contradicted) == (1, 1, [])
    with open_checkpoint(copy) as checkpoint:
        devices = {tensor.key: tensor.device for tensor in checkpoint.tensors}
    assert devices == {"weight": "meta", "bias": "cuda:0"}
    loaded = torch.load(copy, map_location="cpu", weights_only=True)
    assert torch.equal(loaded["bias"], bias)


def test_tied_tensors_cannot_go_to_two_devices(tmp_path: Path) -> None:
    shared = torch.ones(4)
    source = save(tmp_path / "tied.pt", {"a": shared, "b": shared[:2]})
    with pytest.raises(ExportError, match="share one storage"):
        remap(source, tmp_path / "copy.pt", map_keys=(("a", "cpu"), ("b", "cuda")))
    assert not (tmp_path / "copy.pt").exists()


@pytest.mark.parametrize(
    "device", ["cuda0", "gpu", "meta", "cud:1", "CUDA", "cuda:01", "", "cpu:0"]
)
def test_a_device_that_torch_does_not_know_is_refused(device: str, tmp_path: Path) -> None:
    source = save(tmp_path / "source.pt", {"w": torch.ones(1)})
    with pytest.raises(ExportError):
        remap(source, tmp_path / "copy.pt", device)


def test_a_backend_of_somebody_else_is_a_warning(tmp_path: Path) -> None:
    source = save(tmp_path / "source.pt", {"w": torch.ones(1)})
    with open_checkpoint(source) as checkpoint:
        plan = plan_export(
            checkpoint, tmp_path / "c.pt", ExportOptions(map_location="privateuseone:0")
        )
        assert any("privateuseone" in warning for warning in plan.warnings)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("options", [{}, {"dtype": "bfloat16"}])
def test_the_sizes_of_a_nested_tensor_stay_on_the_cpu(
    options: dict[str, str], tmp_path: Path
) -> None:
    nested = torch.nested.nested_tensor([torch.ones(2, 3), torch.ones(1, 3)])
    source = save(tmp_path / "source.pt", {"n": nested})
    copy = remap(source, tmp_path / "copy.pt", "cuda:0", **options)
    with open_checkpoint(copy) as checkpoint:
        (tensor,) = checkpoint.tensors
        places = {name: part.storage.location for name, part in tensor.parts if part.storage}
    assert places == {"buffer": "cuda:0", "sizes": "cpu", "strides": "cpu", "offsets": "cpu"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize(("device", "warned"), [("cuda:0", True), ("cpu", False)])
def test_quantized_layers_for_a_gpu_are_a_warning(
    device: str, warned: bool, tmp_path: Path
) -> None:
    from torch.ao.quantization import quantize_dynamic

    model = quantize_dynamic(torch.nn.Sequential(torch.nn.Linear(3, 2)))  # type: ignore[no-untyped-call]
    source = save(tmp_path / "source.pt", model)
    with open_checkpoint(source) as checkpoint:
        plan = plan_export(checkpoint, tmp_path / "c.pt", ExportOptions(map_location=device))
        assert any("quantized layers" in warning for warning in plan.warnings) == warned


def test_a_cuda_copy_says_so_where_there_is_no_gpu(tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    state = {"w": torch.arange(6.0)}
    copy = remap(save(tmp_path / "cpu.pt", state), tmp_path / "cuda.pt", "cuda:0")
    with pytest.raises(RuntimeError, match="deserialize object on a CUDA device"):
        torch.load(copy, weights_only=True)
    assert torch.equal(torch.load(copy, map_location="cpu", weights_only=True)["w"], state["w"])
    mapped = torch.load(copy, map_location="cpu", weights_only=True, mmap=True)["w"]
    assert torch.equal(mapped, state["w"])


def test_offsets_that_torch_computes_itself_still_hold(tmp_path: Path, monkeypatch: Any) -> None:
    """torch then compares every computed offset with the record's own."""
    monkeypatch.setenv("TORCH_SERIALIZATION_DEBUG", "1")
    state = {str(number): torch.full((number,), 1.0) for number in range(1, 40)}
    with cuda_tags(lambda storage: f"cuda:{storage.nbytes() % 13}"):
        source = save(tmp_path / "source.pt", state)
    for device in ("cpu", "cuda:100", "mps"):
        copy = remap(source, tmp_path / "copy.pt", device, overwrite=True)
        loaded = torch.load(copy, map_location="cpu", weights_only=True, mmap=True)
        assert all(torch.equal(loaded[name], state[name]) for name in state)


# -- files that name things ------------------------------------------------------------------------


def test_a_whole_model_of_an_unknown_class(tmp_path: Path) -> None:
    with throwaway_module("my_project.nets") as module:

        class Net(torch.nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.layer = torch.nn.Linear(3, 2)
                self.device = interned_cpu()

        adopt(module, Net)
        source = save(tmp_path / "net.pt", Net())
        copy = remap(source, tmp_path / "copy.pt", "cuda:0")
        same_but_for_devices(source, copy)
        loaded, tags = loaded_with_tags(copy)
        assert loaded.device == "cpu"
        assert set(tags.values()) == {"cuda:0"}


class _Trap:
    def __reduce__(self) -> Any:
        import os

        return os.getenv, ("HOME",)


def test_a_file_that_names_functions_is_not_copied_unasked(tmp_path: Path) -> None:
    source = save(tmp_path / "trap.pt", {"w": torch.ones(2), "trap": _Trap()})
    with open_checkpoint(source) as checkpoint:
        plan = plan_export(checkpoint, tmp_path / "copy.pt", ExportOptions(map_location="cuda"))
        assert plan.unsafe == ["os.getenv"]
        with pytest.raises(ExportError, match=r"os\.getenv"):
            write(plan)
        assert not (tmp_path / "copy.pt").exists()
        options = ExportOptions(map_location="cuda", allow_unsafe_globals=True)
        write(plan_export(checkpoint, tmp_path / "copy.pt", options))
        weights = ExportOptions(map_location="cuda", weights_only=True)
        plan = plan_export(checkpoint, tmp_path / "weights.pt", weights)
        write(plan)
    assert [item.key for item in plan.left_out] == ["trap"]
    loaded = torch.load(tmp_path / "weights.pt", map_location="cpu", weights_only=True)
    assert list(loaded) == ["w"]


def test_preview_lists_every_change(tmp_path: Path) -> None:
    source = on_three_devices(tmp_path / "source.pt")
    with open_checkpoint(source) as checkpoint:
        plan = plan_export(
            checkpoint, tmp_path / "c.pt", ExportOptions(map_location={"cuda:0": "cpu"})
        )
        assert [(c.key, c.what, c.before, c.after) for c in plan.changes] == [
            ("a", "device", "cuda:0", "cpu")
        ]
        assert plan.nbytes == source.stat().st_size
        assert plan.free > 0
        assert not (tmp_path / "c.pt").exists()


def test_a_truncated_file_gives_no_copy(tmp_path: Path) -> None:
    source = save(tmp_path / "whole.pt", {"w": torch.ones(1000)})
    cut = tmp_path / "cut.pt"
    cut.write_bytes(source.read_bytes()[:3000])
    with pytest.raises(CheckpointError):
        remap(cut, tmp_path / "copy.pt", "cuda")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.pt", "whole.pt"]
