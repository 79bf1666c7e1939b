"""What the readers say, in Chinese: sentences of errors and findings of real files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtWidgets import QApplication

from inspector import CheckpointError, open_checkpoint
from inspector.checkpoint.errors import UnreadableFileError
from inspector.ui import reasons
from inspector.ui.reasons import in_words, reason_of
from tests.builders import torch
from tests.make_translations import ts_path

TEXTS = (
    *reasons._SENTENCES,
    *reasons._DETAILS,
    *reasons._PLACES,
    *reasons._ADVICE,
    *reasons._KINDS,
)


@pytest.fixture
def chinese(qapp: QApplication) -> Iterator[None]:
    translator = QTranslator()
    assert translator.load(str(ts_path("zh_CN").with_suffix(".qm")))
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


def cut(path: Path) -> None:
    torch.save({"a": torch.ones(9999), "b": torch.ones(9999)}, path)
    path.write_bytes(path.read_bytes()[:50_000])


def folder(path: Path) -> None:
    path.mkdir()


FILES: dict[str, Callable[[Path], object]] = {
    "hdf5": lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(600)),
    "empty": lambda path: path.write_bytes(b""),
    "html": lambda path: path.write_text("<!doctype html><html><body>404</body></html>"),
    "lfs": lambda path: path.write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1234567\n"
    ),
    "gguf": lambda path: path.write_bytes(b"GGUF" + bytes(600)),
    "stranger": lambda path: path.write_bytes(bytes(range(128, 256)) * 9),
    "header": lambda path: path.write_bytes((1 << 20).to_bytes(8, "little") + b'{"a":' * 20),
    "missing": lambda path: None,
    "folder": folder,
    "cut": cut,
}


def sentences_of(path: Path) -> list[str]:
    """Return everything that is said of a file: its error, or its findings."""
    try:
        with open_checkpoint(path) as checkpoint:
            return [part for found in checkpoint.findings for part in (found.message, found.where)]
    except CheckpointError as error:
        return [part for part in (error.message, error.where, error.advice) if part]


@pytest.mark.parametrize("name", FILES)
def test_real_files_are_spoken_of_in_chinese(name: str, tmp_path: Path, chinese: None) -> None:
    FILES[name](tmp_path / name)
    said = sentences_of(tmp_path / name)
    assert said
    for text in said:
        spoken = in_words(text)
        assert re.search("[\u4e00-\u9fff]", spoken), text
        for number in re.findall(r"\d[\d,]*", text):
            assert number in spoken


@pytest.mark.parametrize("text", TEXTS)
def test_every_text_is_known_again_once_it_is_filled(text: str, chinese: None) -> None:
    filled = re.sub(r"\{\w+\}", "7", text)
    wanted = QCoreApplication.translate("Reasons", text)
    assert wanted != text
    assert in_words(filled) == re.sub(r"\{\w+\}", "7", wanted)


@pytest.mark.parametrize(
    "text",
    [
        "x.w in B, matched by removing `module.`",
        "matched by replacing `net.` by `model.` and removing `module.`",
        "header of 23,144 bytes",
    ],
)
def test_how_keys_fit_is_said_in_chinese(text: str, chinese: None) -> None:
    spoken = in_words(text)
    assert not re.search("matched|removing|replacing|header", spoken.replace("`model.`", "")), text


def test_what_is_not_known_stays(chinese: None) -> None:
    assert in_words("a sentence that nobody wrote") == "a sentence that nobody wrote"


def test_in_english_nothing_changes(qapp: QApplication) -> None:
    error = UnreadableFileError("there is no such file", where="byte 3", advice="Reload it")
    assert reason_of(error) == error.what()
