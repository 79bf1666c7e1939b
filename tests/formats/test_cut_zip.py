"""Half a download is listed whole and read as far as it goes."""

from pathlib import Path

import pytest
import torch

from inspector import open_checkpoint
from inspector.checkpoint.errors import DamagedError


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, dict[str, torch.Tensor]]:
    weights = {f"layer{n}.weight": torch.randn(100, 50) for n in range(10)}
    weights["tied"] = weights["layer2.weight"]
    path = tmp_path / "model.pt"
    torch.save({"epoch": 3, "model": weights}, path)
    return path, weights


@pytest.mark.parametrize("share", [0.15, 0.4, 0.77, 0.99])
def test_lists_every_tensor_and_reads_the_whole_ones(
    saved: tuple[Path, dict[str, torch.Tensor]], share: float
) -> None:
    path, weights = saved
    size = int(path.stat().st_size * share)
    path.write_bytes(path.read_bytes()[:size])
    with open_checkpoint(path) as checkpoint:
        assert [tensor.path[-1] for tensor in checkpoint.tensors] == list(weights)
        whole = 0
        for tensor in checkpoint.tensors:
            assert tensor.storage is not None
            if tensor.storage.problem:
                with pytest.raises(DamagedError, match="the file ends"):
                    checkpoint.read(tensor)
            else:
                whole += 1
                expected = weights[str(tensor.path[-1])]
                assert torch.equal(torch.from_numpy(checkpoint.read(tensor)), expected)
        # Each storage takes 20,000 bytes and a little more for its header.
        assert abs(whole - size / 20_100) < 2.5
        assert checkpoint.findings[0].code == "cut-short"
        assert f"{whole} of 11 tensors" in checkpoint.findings[0].message


def test_every_cut_is_either_listed_or_refused_as_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "small.pt"
    torch.save({"a": torch.arange(4.0), "b": torch.arange(3)}, path)
    whole = path.read_bytes()
    for size in range(4, len(whole)):
        path.write_bytes(whole[:size])
        try:
            with open_checkpoint(path) as checkpoint:
                assert [tensor.key for tensor in checkpoint.tensors] == ["a", "b"]
                assert [finding.severity for finding in checkpoint.findings] == ["error"]
        except DamagedError as error:
            assert "cut short" in str(error) or size < 100
