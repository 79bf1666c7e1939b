"""`inspector-cli export` and `verify`, run as people run them."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.cli import main
from tests.builders import save, torch


@pytest.fixture
def source(tmp_path: Path) -> Path:
    state = {"module.w": torch.tensor([1e-9, 1e9, 0.3]), "module.n": torch.arange(3)}
    return save(tmp_path / "source.pt", state)


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_re_map(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "copy.pt"
    status, out, err = run(capsys, "export", source, target, "--map-location", "cuda:0")
    assert (status, err) == (0, "")
    assert "device: cpu -> cuda:0 (2 tensors)" in out
    assert "2 tensors read back equal" in out
    status, _, err = run(capsys, "export", source, target, "--map-location", "cpu")
    assert status == 2
    assert err.startswith(f"inspector: {target}: ")
    assert "there already" in err
    back = ("export", target, tmp_path / "b.pt", "--map-location", "cuda:0=cpu", "--prove")
    status, out, _ = run(capsys, *back)
    assert status == 0
    assert "loads 2 tensors" in out
    assert (tmp_path / "b.pt").read_bytes() == source.read_bytes()


def test_a_preview_writes_nothing(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(
        capsys, "export", source, tmp_path / "copy.safetensors", "--dtype", "torch.float16",
        "--rename", "module.=", "--dry-run",
    )  # fmt: skip
    assert status == 0
    assert "dtype: float32 -> float16 (1 tensor)" in out
    assert "key: module.w -> w" in out
    assert "1 of 3 values are too large for float16, 1 become zero" in out
    assert not (tmp_path / "copy.safetensors").exists()


def test_shards_and_key_patterns(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "sharded.bin"
    status, out, _ = run(
        capsys, "export", source, target, "--shard-size", "12B", "--map-location", "key:*.w=cuda:2"
    )
    assert status == 0
    assert "wrote 3 files" in out
    shard = torch.load(tmp_path / "sharded-00002-of-00002.bin", weights_only=True)
    assert list(shard) == ["module.n"]


def test_a_copy_of_an_incomplete_set_says_so(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "export", source, tmp_path / "set.bin", "--shard-size", "12B")
    (tmp_path / "set-00002-of-00002.bin").unlink()
    status, out, err = run(capsys, "export", tmp_path / "set.bin.index.json", tmp_path / "whole.pt")
    assert (status, err) == (0, "")
    assert (
        "warning: the source is not complete: a shard with 1 of the 2 tensors cannot be read" in out
    )


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--map-location", "cuda0"], "no device that torch knows"),
        (["--map-location", "cpu", "--map-location", "cuda"], "two devices"),
        (["--dtype", "float99"], "no element type"),
        (["--rename", "x"], "OLD=NEW"),
        (["--map-location", "=cpu"], "cuda:0=cpu"),
        (["--shard-size", "many"], "no size"),
        (["--select", "none"], "no tensor is left"),
    ],
)
def test_bad_wishes_are_one_line(
    arguments: list[str], why: str, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "export", source, tmp_path / "copy.pt", *arguments)
    assert (status, out) == (2, "")
    assert why in err
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.glob("*.pt")] == ["source.pt"]


def test_an_option_takes_several_values_wherever_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = save(tmp_path / "three.pt", {name: torch.ones(1) for name in ("a", "b", "c")})
    for number, arguments in enumerate((
        ["export", "--rename", "a=x", "b=y", "--select", "a", "b", source, "TARGET"],
        ["export", source, "TARGET", "--select", "a", "b", "--rename", "a=x", "--rename=b=y"],
        ["export", "--select", "a", "b", "--rename", "a=x", "b=y", "--", source, "TARGET"],
    )):  # fmt: skip
        target = tmp_path / f"copy{number}.pt"
        words = [target if argument == "TARGET" else argument for argument in arguments]
        assert run(capsys, *words)[0] == 0
        assert list(torch.load(target, weights_only=True)) == ["x", "y"]


def test_verify(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "verify", source)
    assert status == 0
    assert "records are as they were written" in out
    data = bytearray(source.read_bytes())
    data[data.index(torch.arange(3).numpy().tobytes())] ^= 1
    source.write_bytes(data)
    status, out, _ = run(capsys, "verify", source)
    assert status == 2
    assert "damaged: module.n: its checksum is" in out


def test_a_pattern_that_no_key_is_like_is_told(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("export", source, tmp_path / "a.pt", "--dry-run", "--select", "module.*", "--exclude")
    status, out, _ = run(capsys, *words, "mod.*")
    assert status == 0
    assert out.count("no key is like") == 1
    assert 'warning: no key is like "mod.*"' in out
