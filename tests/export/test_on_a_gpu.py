"""Files that a GPU wrote, and copies that land on one. Skipped where torch finds no CUDA device."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from inspector import compare, open_checkpoint, summarize
from inspector.checkpoint.types import Checkpoint
from inspector.export.exporting import export_checkpoint, plan_export, write
from inspector.export.plan import ExportOptions
from inspector.export.prove import Proof, prove
from tests.builders import adopt, cuda_tags, raw_bytes_of, save, throwaway_module, torch

# Torch's own words, said once in each process.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Detected pickle protocol"),
    pytest.mark.filterwarnings("ignore:Sparse"),
]

SAVINGS: dict[str, dict[str, Any]] = {
    "zip": {},
    "legacy": {"_use_new_zipfile_serialization": False},
    "protocol 3": {"pickle_protocol": 3},
}

# Run where no GPU is to be seen: loads as a tutorial does and prints where everything is.
_PLAIN_LOAD = """
import sys, torch
assert not torch.cuda.is_available()
loaded = torch.load(sys.argv[1], weights_only=True)
print({tensor.device.type for tensor in loaded["model_state_dict"].values()})
"""


@pytest.fixture(autouse=True)
def needs_a_gpu() -> None:
    if not torch.cuda.is_available():
        pytest.skip("no GPU")


def network(device: str) -> Any:
    """Return a small network with batch norm, in half precision in one place."""
    torch.manual_seed(7)
    layers = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.ReLU(), torch.nn.Flatten(),
        torch.nn.Linear(8 * 6 * 6, 10),
    )  # fmt: skip
    return layers.to(device)


def trained(device: str = "cuda:0") -> dict[str, Any]:
    """Return the general checkpoint of PyTorch's tutorials after two real steps on the device."""
    model = network(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for _ in range(2):
        images = torch.randn(4, 3, 8, 8, device=device)
        loss = torch.nn.functional.cross_entropy(
            model(images), torch.randint(10, (4,), device=device)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {
        "epoch": 2,
        "model_state_dict": model.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "loss": loss.detach(),
        "rng_state": torch.get_rng_state(),
        "cuda_rng_state": torch.cuda.get_rng_state(),
        "device": device,
    }


def tensors_of(loaded: Any, prefix: str = "") -> dict[str, Any]:
    """Return every tensor that torch loaded, by the key that we give it."""
    if isinstance(loaded, torch.Tensor):
        return {prefix: loaded}
    items: Any = ()
    if isinstance(loaded, dict | list | tuple):
        items = loaded.items() if isinstance(loaded, dict) else enumerate(loaded)
    found: dict[str, Any] = {}
    for name, child in items:
        found |= tensors_of(child, f"{prefix}.{name}" if prefix else str(name))
    return found


def same_elements(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert ours.keys() == theirs.keys()
    for key, tensor in ours.items():
        other = theirs[key]
        assert tensor.dtype == other.dtype
        assert tensor.shape == other.shape
        assert raw_bytes_of(tensor.detach().cpu()) == raw_bytes_of(other.detach().cpu()), key


def proof_of(source: Path, target: Path, **wishes: Any) -> Proof:
    with open_checkpoint(source) as checkpoint:
        plan = plan_export(checkpoint, target, ExportOptions(**wishes))
        return prove(plan, write(plan))


@pytest.mark.parametrize("how", SAVINGS)
def test_a_file_of_the_gpu_is_listed_and_read(how: str, tmp_path: Path) -> None:
    source = save(tmp_path / "gpu.pt", trained(), **SAVINGS[how])
    wanted = tensors_of(torch.load(source, weights_only=True))
    with open_checkpoint(source) as checkpoint:
        assert {tensor.key for tensor in checkpoint.tensors} == wanted.keys()
        for tensor in checkpoint.tensors:
            theirs = wanted[tensor.key]
            assert tensor.device == str(theirs.device)
            assert checkpoint.read(tensor).tobytes() == raw_bytes_of(theirs.detach().cpu())


def test_statistics_are_what_the_gpu_computes(tmp_path: Path) -> None:
    weights = torch.randn(257, 1031, device="cuda")
    source = save(tmp_path / "gpu.pt", {"w": weights, "h": weights.bfloat16()})
    with open_checkpoint(source) as checkpoint:
        for tensor in checkpoint.tensors:
            ours = summarize(tensor)
            wide = (weights if tensor.key == "w" else weights.bfloat16()).double()
            assert ours.min == wide.min().item()
            assert ours.max == wide.max().item()
            assert ours.mean == pytest.approx(wide.mean().item(), abs=1e-12)
            assert ours.std == pytest.approx(wide.std().item(), rel=1e-11)


@pytest.mark.parametrize("how", SAVINGS)
def test_a_copy_for_the_cpu_loads_where_no_gpu_is(how: str, tmp_path: Path) -> None:
    source = save(tmp_path / "gpu.pt", trained(), **SAVINGS[how])
    with open_checkpoint(source) as checkpoint:
        export_checkpoint(checkpoint, tmp_path / "cpu.pt", "cpu")
    hidden = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    for name, status in (("gpu.pt", 1), ("cpu.pt", 0)):
        done = subprocess.run(
            [sys.executable, "-c", _PLAIN_LOAD, str(tmp_path / name)],
            env=hidden, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == status, done.stderr
    assert done.stdout.strip() == "{'cpu'}"
    copy = tensors_of(torch.load(tmp_path / "cpu.pt", weights_only=True))
    assert {tensor.device.type for tensor in copy.values()} == {"cpu"}
    same_elements(copy, tensors_of(torch.load(source, weights_only=True)))


@pytest.mark.parametrize("how", SAVINGS)
def test_a_copy_for_the_gpu_lands_there_and_training_goes_on(how: str, tmp_path: Path) -> None:
    source = save(tmp_path / "cpu.pt", trained("cpu"), **SAVINGS[how])
    with open_checkpoint(source) as checkpoint:
        export_checkpoint(checkpoint, tmp_path / "gpu.pt", "cuda:0")
    loaded = torch.load(tmp_path / "gpu.pt", weights_only=True)
    same_elements(tensors_of(loaded), tensors_of(torch.load(source, weights_only=True)))
    for key, tensor in tensors_of(loaded).items():
        stays = key.endswith((".step", "rng_state"))
        assert tensor.device == torch.device("cpu" if stays else "cuda:0"), key
    torch.set_rng_state(loaded["rng_state"])
    torch.cuda.set_rng_state(loaded["cuda_rng_state"])
    model = network("cuda:0")
    model.load_state_dict(loaded["model_state_dict"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    optimizer.load_state_dict(loaded["optimizer_state_dict"])
    model(torch.randn(4, 3, 8, 8, device="cuda")).sum().backward()
    optimizer.step()


def test_the_file_is_what_torch_itself_writes_on_the_gpu(tmp_path: Path) -> None:
    state = {"w": torch.arange(10.0), "b": torch.ones(3, dtype=torch.bfloat16)}
    with open_checkpoint(save(tmp_path / "cpu.pt", state)) as checkpoint:
        export_checkpoint(checkpoint, tmp_path / "ours.pt", "cuda:0")
    theirs = save(tmp_path / "theirs.pt", {key: t.cuda() for key, t in state.items()})
    with open_checkpoint(tmp_path / "ours.pt") as ours, open_checkpoint(theirs) as other:
        assert [s.location for s in ours.storages] == [s.location for s in other.storages]
        assert compare(ours, other).summary["identical"] == len(state)


def test_a_gpu_that_is_not_here_is_mapped_to_the_one_that_is(tmp_path: Path) -> None:
    state = {"w": torch.arange(6.0), "b": torch.ones(2)}
    with cuda_tags("cuda:7"):
        source = save(tmp_path / "other.pt", state)
    with pytest.raises(RuntimeError, match="device 7"):
        torch.load(source, weights_only=True)
    with open_checkpoint(source) as checkpoint:
        export_checkpoint(checkpoint, tmp_path / "here.pt", {"cuda:7": "cuda:0"})
    copy = torch.load(tmp_path / "here.pt", weights_only=True)
    assert {str(tensor.device) for tensor in copy.values()} == {"cuda:0"}
    same_elements(copy, state)


def test_whole_models_move_without_their_class(tmp_path: Path) -> None:
    with throwaway_module("project_of_a_gpu") as module:

        class Net(torch.nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.layers = network("cuda:0")

        adopt(module, Net)
        source = save(tmp_path / "model.pt", Net())
    with open_checkpoint(source) as checkpoint:
        assert {tensor.device for tensor in checkpoint.tensors} == {"cuda:0"}
        export_checkpoint(checkpoint, tmp_path / "cpu.pt", "cpu")
    with open_checkpoint(tmp_path / "cpu.pt") as checkpoint:
        export_checkpoint(checkpoint, tmp_path / "back.pt", "cuda:0")
    with throwaway_module("project_of_a_gpu") as module:
        adopt(module, Net)
        on_cpu = torch.load(tmp_path / "cpu.pt", weights_only=False)
        on_gpu = torch.load(tmp_path / "back.pt", weights_only=False)
    assert {p.device.type for p in on_cpu.parameters()} == {"cpu"}
    assert {p.device.type for p in on_gpu.parameters()} == {"cuda"}
    same_elements(on_cpu.state_dict(), on_gpu.state_dict())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_torchscript_archive_moves_to_the_gpu_and_back(tmp_path: Path) -> None:
    model = network("cpu").eval()
    torch.jit.script(model).save(str(tmp_path / "cpu.pt"))
    with open_checkpoint(tmp_path / "cpu.pt") as checkpoint:
        export_checkpoint(checkpoint, tmp_path / "gpu.pt", "cuda:0")
    there = torch.jit.load(str(tmp_path / "gpu.pt"))
    assert {p.device.type for p in there.state_dict().values()} == {"cuda"}
    images = torch.randn(2, 3, 8, 8)
    assert torch.allclose(there(images.cuda()).cpu(), model(images), atol=1e-3)


def test_an_optimizer_that_keeps_its_steps_on_the_gpu(tmp_path: Path) -> None:
    model = network("cuda:0")
    optimizer = torch.optim.AdamW(model.parameters(), fused=True, capturable=True)
    scaler = torch.amp.GradScaler("cuda")
    for _ in range(2):
        with torch.autocast("cuda", dtype=torch.float16):
            loss = model(torch.randn(4, 3, 8, 8, device="cuda")).float().square().mean()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
    state = {"optimizer": optimizer.state_dict(), "scaler": scaler.state_dict()}
    source = save(tmp_path / "gpu.pt", state)
    with open_checkpoint(source) as checkpoint:
        steps = [tensor for tensor in checkpoint.tensors if tensor.key.endswith(".step")]
        assert {tensor.device for tensor in steps} == {"cuda:0"}
        export_checkpoint(checkpoint, tmp_path / "cpu.pt", "cpu")
    copy = torch.load(tmp_path / "cpu.pt", weights_only=True)
    assert {tensor.device.type for tensor in tensors_of(copy).values()} == {"cpu"}
    same_elements(tensors_of(copy), tensors_of(state))
    optimizer.load_state_dict(copy["optimizer"])
    scaler.load_state_dict(copy["scaler"])
    assert {group["step"].device.type for group in optimizer.state.values()} == {"cuda"}


def test_recurrent_weights_share_one_storage_there_and_back(tmp_path: Path) -> None:
    model = torch.nn.LSTM(3, 4, num_layers=2).cuda()
    source = save(tmp_path / "gpu.pt", model.state_dict())
    with open_checkpoint(source) as checkpoint:
        shared = len({id(tensor.storage) for tensor in checkpoint.tensors})
        export_checkpoint(checkpoint, tmp_path / "cpu.pt", "cpu")
    copy = torch.load(tmp_path / "cpu.pt", weights_only=True)
    assert len({tensor.untyped_storage()._cdata for tensor in copy.values()}) == shared
    same_elements(copy, dict(model.state_dict()))


def test_a_compiled_model_moves_under_the_names_of_its_state_dict(tmp_path: Path) -> None:
    model = torch.compile(network("cuda:0"), backend="eager")
    model(torch.randn(2, 3, 8, 8, device="cuda"))
    source = save(tmp_path / "gpu.pt", model)
    with open_checkpoint(source) as checkpoint:
        assert {t.key for t in checkpoint.tensors if t.in_state_dict} == model.state_dict().keys()
        export_checkpoint(checkpoint, tmp_path / "cpu.pt", "cpu")
        export_checkpoint(checkpoint, tmp_path / "weights.pt", weights_only=True)
    copy = torch.load(tmp_path / "cpu.pt", weights_only=False)
    assert {tensor.device.type for tensor in copy.state_dict().values()} == {"cpu"}
    same_elements(copy.state_dict(), model.state_dict())
    same_elements(torch.load(tmp_path / "weights.pt", weights_only=True), model.state_dict())


def test_kinds_of_tensors_land_on_the_gpu(tmp_path: Path) -> None:
    shared = torch.arange(12.0)
    state = {
        "bfloat16": torch.randn(5).bfloat16(),
        "float8": torch.randn(5).to(torch.float8_e4m3fn),
        "complex": torch.randn(3, dtype=torch.complex64),
        "int64": torch.arange(4),
        "bool": torch.tensor([True, False]),
        "transposed": torch.randn(3, 4).t(),
        "tied": shared,
        "view": shared[3:6],
        "empty": torch.empty(0, 3),
        "scalar": torch.tensor(2.5),
    }
    with open_checkpoint(save(tmp_path / "cpu.pt", state)) as checkpoint:
        export_checkpoint(checkpoint, tmp_path / "gpu.pt", "cuda")
    copy = torch.load(tmp_path / "gpu.pt", weights_only=True)
    assert {str(tensor.device) for tensor in copy.values()} == {"cuda:0"}
    same_elements(copy, state)
    copy["tied"][3] = 100.0
    assert copy["view"][0].item() == 100.0
    sparse = {"sparse": torch.eye(3).to_sparse(), "csr": torch.eye(3).to_sparse_csr()}
    with open_checkpoint(save(tmp_path / "sparse.pt", sparse)) as checkpoint:
        export_checkpoint(checkpoint, tmp_path / "sparse_gpu.pt", "cuda:0")
    copy = torch.load(tmp_path / "sparse_gpu.pt", weights_only=True)
    assert copy["sparse"].is_cuda
    assert torch.equal(copy["sparse"].to_dense().cpu(), torch.eye(3))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("dtype", [None, "bfloat16"])
def test_a_nested_tensor_lands_on_the_gpu(dtype: str | None, tmp_path: Path) -> None:
    pieces = [torch.ones(2, 3), torch.zeros(1, 3)]
    source = save(tmp_path / "cpu.pt", {"nested": torch.nested.nested_tensor(pieces)})
    with open_checkpoint(source) as checkpoint:
        export_checkpoint(checkpoint, tmp_path / "gpu.pt", "cuda:0", dtype=dtype)
    copy = torch.load(tmp_path / "gpu.pt", weights_only=True)["nested"]
    assert copy.is_cuda
    assert [piece.tolist() for piece in copy.unbind()] == [piece.tolist() for piece in pieces]


def test_cast_copies_for_the_gpu_hold_what_the_gpu_casts(tmp_path: Path) -> None:
    weights = torch.randn(1000)
    with open_checkpoint(save(tmp_path / "cpu.pt", {"w": weights})) as checkpoint:
        export_checkpoint(checkpoint, tmp_path / "half.pt", "cuda:0", dtype="bfloat16")
    copy = torch.load(tmp_path / "half.pt", weights_only=True)["w"]
    assert copy.is_cuda
    assert torch.equal(copy, weights.cuda().bfloat16())


def test_comparison_across_devices(tmp_path: Path) -> None:
    first = trained()
    source = save(tmp_path / "gpu.pt", first["model_state_dict"])
    on_cpu = {key: value.cpu() for key, value in first["model_state_dict"].items()}
    with open_checkpoint(source) as a, open_checkpoint(save(tmp_path / "cpu.pt", on_cpu)) as b:
        assert compare(a, b).summary["identical"] == len(on_cpu)


# -- the proof -------------------------------------------------------------------------------------


def test_the_proof_loads_onto_the_gpu(tmp_path: Path) -> None:
    source = save(tmp_path / "cpu.pt", {"w": torch.arange(6.0), "b": torch.ones(2)})
    proof = proof_of(source, tmp_path / "copy.pt", map_location="cuda:0")
    assert (proof.proven, proof.contradicted) == (2, [])
    assert "on the devices it names" in proof.lines[0]


@pytest.mark.parametrize("device", ["cuda:7", "xpu:0", "mps"])
def test_the_proof_of_a_copy_for_another_machine_uses_the_cpu(device: str, tmp_path: Path) -> None:
    source = save(tmp_path / "cpu.pt", {"w": torch.arange(6.0), "b": torch.ones(2)})
    proof = proof_of(source, tmp_path / "copy.pt", map_location=device)
    assert (proof.proven, proof.contradicted) == (2, []), proof.lines
    assert "map_location='cpu'" in proof.lines[0]


def test_tensors_on_another_device_than_asked_for_are_told(tmp_path: Path) -> None:
    source = save(tmp_path / "cpu.pt", {"w": torch.arange(6.0)})
    with open_checkpoint(source) as checkpoint:
        assert isinstance(checkpoint, Checkpoint)
        plan = plan_export(checkpoint, tmp_path / "copy.pt", ExportOptions(map_location="cuda:0"))
        report = write(plan)
        (tmp_path / "copy.pt").write_bytes(source.read_bytes())
        proof = prove(plan, report)
    assert proof.contradicted == ["w"]
