"""The public Python API, as the README shows it, on a real file of the tutorial's kind."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import inspector
from inspector import CheckpointError, compare, export_checkpoint, open_checkpoint, summarize


def saved(path: Path) -> dict[str, torch.Tensor]:
    weights = {"conv.weight": torch.randn(4, 3, 3, 3), "conv.bias": torch.randn(4).bfloat16()}
    torch.save({"epoch": 7, "model_state_dict": weights, "loss": 0.25}, path)
    return weights


def test_reads_what_torch_saved(tmp_path: Path) -> None:
    weights = saved(tmp_path / "model.pt")
    with open_checkpoint(tmp_path / "model.pt") as checkpoint:
        weight, bias = checkpoint.tensors
        assert weight.path == ("model_state_dict", "conv.weight")
        assert weight.key == "model_state_dict.conv.weight"
        assert (weight.dtype, weight.shape, weight.stride) == (
            "float32", (4, 3, 3, 3), (27, 9, 3, 1)
        )  # fmt: skip
        assert (weight.device, weight.layout, weight.requires_grad) == ("cpu", "strided", False)
        assert [(value.key, value.value) for value in checkpoint.values] == [
            ("epoch", 7),
            ("loss", 0.25),
        ]
        np.testing.assert_array_equal(checkpoint.read(weight), weights["conv.weight"].numpy())
        assert checkpoint.read(bias).dtype == np.float32
        with pytest.raises(CheckpointError, match="432"):
            checkpoint.read(weight, limit=100)


def test_measures_a_tensor(tmp_path: Path) -> None:
    values = saved(tmp_path / "model.pt")["conv.weight"].double()
    with open_checkpoint(tmp_path / "model.pt") as checkpoint:
        stats = summarize(checkpoint.tensors[0])
        assert (stats.count, stats.min, stats.max) == (
            108,
            values.min().item(),
            values.max().item(),
        )
        assert stats.mean == pytest.approx(values.mean().item(), rel=1e-12)
        assert stats.std == pytest.approx(values.std().item(), rel=1e-12)
        histogram = stats.histogram(bins=64)
        assert len(histogram.edges) == 65
        assert histogram.counts.sum() == 108


def test_compares_and_exports(tmp_path: Path) -> None:
    saved(tmp_path / "model.pt")
    with open_checkpoint(tmp_path / "model.pt") as checkpoint:
        report = export_checkpoint(checkpoint, tmp_path / "out.pt", map_location="cuda:0")
        assert report.compared == 2
        with open_checkpoint(tmp_path / "out.pt") as copy:
            assert {tensor.device for tensor in copy.tensors} == {"cuda:0"}
            assert compare(checkpoint, copy).summary["identical"] == 2
        with pytest.raises(CheckpointError, match="is there already"):
            export_checkpoint(checkpoint, tmp_path / "out.pt", map_location="cpu")


def test_exports_as_asked(tmp_path: Path) -> None:
    weights = saved(tmp_path / "model.pt")
    with open_checkpoint(tmp_path / "model.pt") as checkpoint:
        export_checkpoint(
            checkpoint,
            tmp_path / "out.pt",
            map_location=torch.device("cuda", 1),  # type: ignore[arg-type]
            dtype="float16",
            select="*.weight",
            rename={"model_state_dict.conv": "c"},
        )
    loaded = torch.load(tmp_path / "out.pt", map_location="cpu", weights_only=True)
    assert list(loaded) == ["c.weight"]
    assert torch.equal(loaded["c.weight"], weights["conv.weight"].half())
    with open_checkpoint(tmp_path / "out.pt") as copy:
        assert [tensor.device for tensor in copy.tensors] == ["cuda:1"]


def test_shows_itself_in_one_short_line(tmp_path: Path) -> None:
    saved(tmp_path / "model.pt")
    with open_checkpoint(tmp_path / "model.pt") as checkpoint:
        assert repr(checkpoint).endswith("model.pt': torch zip, 2 tensors>")
        tensor = checkpoint.tensors[0]
        told = "<Tensor 'model_state_dict.conv.weight': float32 (4, 3, 3, 3) on cpu>"
        assert repr(tensor) == told
        assert repr(tensor.storage) == "<Storage '0': 432 bytes>"


def test_one_error_names_the_file_and_the_reason(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(tmp_path / "missing.pt")
    assert caught.value.code == "unreadable"
    assert "missing.pt" in str(caught.value)
    assert "no such file" in str(caught.value)


def test_exports_exactly_the_documented_names() -> None:
    assert sorted(inspector.__all__) == [
        "Checkpoint", "CheckpointError", "Tensor", "__version__", "compare", "export_checkpoint",
        "open_checkpoint", "summarize",
    ]  # fmt: skip
    assert all(hasattr(inspector, name) for name in inspector.__all__)


def test_importing_and_opening_load_nothing_heavy(tmp_path: Path) -> None:
    saved(tmp_path / "model.pt")
    code = (
        "import sys, inspector\n"
        f"inspector.open_checkpoint({str(tmp_path / 'model.pt')!r}).close()\n"
        "heavy = {'torch', 'numpy', 'PySide6', 'pyqtgraph', 'pickle'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
