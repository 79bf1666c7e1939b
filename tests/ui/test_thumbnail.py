"""Thumbnails: what they show, and that no file makes them slow, large or loud."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from PySide6.QtGui import QColor, QImage
from safetensors.torch import save_file

from inspector.checkpoint.errors import CheckpointError
from inspector.ui.thumbnail import Content, describe, picture

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "inspector.ui.thumbnail", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def colored(image: QImage, left: float, top: float, right: float, bottom: float) -> set[str]:
    """Return the colours in a part of the picture, given in shares of its edges."""
    wide, tall = image.width(), image.height()
    return {
        QColor.fromRgb(image.pixel(x, y)).name()
        for x in range(round(wide * left), round(wide * right))
        for y in range(round(tall * top), round(tall * bottom))
    }


@pytest.fixture
def model(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    torch.save({"weight": torch.randn(300, 100), "step": 3}, tmp_path / "-odd\nname.pt")
    return tmp_path / "-odd\nname.pt"


@pytest.mark.parametrize("size", [16, 128, 512])
def test_picture_is_written_in_the_size_asked_for(model: Path, tmp_path: Path, size: int) -> None:
    target = tmp_path / "picture.png"
    done = run(model, target, str(size))
    assert done.returncode == 0, done.stderr
    image = QImage(str(target))
    assert (image.width(), image.height()) == (size, size)
    assert image.pixelColor(0, 0).alpha() == 0
    assert len(colored(image, 0.3, 0.4, 0.7, 0.9)) > 1, "the middle of a bell is full of bars"


def test_content_is_that_of_the_file(model: Path) -> None:
    content = describe(str(model))
    assert content.kind == "torch zip"
    assert content.parameters == 30_000
    middle = len(content.bars) // 2
    assert max(content.bars) == 1
    assert max(content.bars[middle - 4 : middle + 4]) == 1
    assert max(content.bars[0], content.bars[-1]) < 0.2


def test_safetensors_is_told_by_word_and_colour(tmp_path: Path) -> None:
    save_file({"weight": torch.randn(64, 64).bfloat16()}, tmp_path / "a.safetensors")
    content = describe(str(tmp_path / "a.safetensors"))
    assert content.kind == "safetensors"
    image = QImage.fromData(picture(content, 128))
    assert "#1a7f4b" in colored(image, 0.3, 0.3, 0.7, 0.9)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"step": torch.tensor(3)},
        {"weight": torch.full((5,), float("nan"))},
        {"weight": torch.zeros(5)},
        {"weight": torch.zeros(0)},
    ],
    ids=["empty", "integers", "nan", "zeros", "no_elements"],
)
def test_file_without_a_distribution_still_has_a_picture(
    tmp_path: Path, state: dict[str, torch.Tensor]
) -> None:
    torch.save(state, tmp_path / "a.pt")
    image = QImage.fromData(picture(describe(str(tmp_path / "a.pt")), 128))
    assert (image.width(), image.height()) == (128, 128)


def test_size_is_bounded() -> None:
    assert QImage.fromData(picture(Content("torch zip", 1, [1.0]), 10**9)).width() == 1024
    assert QImage.fromData(picture(Content("torch zip", 1, [1.0]), 0)).width() == 16


def no_checkpoint(folder: Path) -> Path:
    (folder / "text.pt").write_text("not a checkpoint")
    return folder / "text.pt"


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.pt")
    return folder / "pipe.pt"


def deep_pickle(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "deep.pt", "w") as archive:
        archive.writestr("a/data.pkl", b"\x80\x02" + b"]" * 5_000_000 + b".")
        archive.writestr("a/version", "3\n")
    return folder / "deep.pt"


def huge_header(folder: Path) -> Path:
    (folder / "huge.safetensors").write_bytes((90 << 20).to_bytes(8, "little") + b"{")
    os.truncate(folder / "huge.safetensors", 91 << 20)
    return folder / "huge.safetensors"


@pytest.mark.parametrize("build", [no_checkpoint, pipe, deep_pickle, huge_header])
def test_hostile_file_is_one_line_and_exit_code_1(tmp_path: Path, build: object) -> None:
    assert callable(build)
    source = build(tmp_path)
    target = tmp_path / "picture.png"
    done = run(source, target, "128")
    assert done.returncode == 1
    assert done.stderr.startswith("inspector: ")
    assert done.stderr.count("\n") == 1
    assert not target.exists()


def test_file_cut_short_shows_what_is_left(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(1000)}, tmp_path / "cut.pt")
    os.truncate(tmp_path / "cut.pt", 2000)
    content = describe(str(tmp_path / "cut.pt"))
    assert content.parameters == 1000
    assert content.bars == []


def test_missing_target_folder_is_one_line(model: Path, tmp_path: Path) -> None:
    done = run(model, tmp_path / "none" / "picture.png", "128")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["a"], ["a", "b", "x"], ["a", "b", "-1"]])
def test_wrong_call_says_the_right_one(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 1
    assert done.stderr.startswith("usage: ")


def test_describe_raises_what_the_reader_raises(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        describe(str(no_checkpoint(tmp_path)))


def test_an_optimizers_moments_are_not_taken_for_weights(tmp_path: Path) -> None:
    weights = {"weight": torch.linspace(-1, 1, 5000)}
    torch.save(weights, tmp_path / "model.pt")
    moments = {"state": {0: {"exp_avg": torch.zeros(9000)}}}
    torch.save({"model": weights, "optimizer": moments}, tmp_path / "last.pt")
    assert describe(str(tmp_path / "last.pt")) == describe(str(tmp_path / "model.pt"))
