"""Opening by content: no name misleads, no error but a CheckpointError gets out."""

from __future__ import annotations

import gc
import os
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.checkpoint.errors import (
    CheckpointError,
    DamagedError,
    LimitError,
    UnreadableFileError,
)
from inspector.formats.detect import open_checkpoint
from inspector.formats.torch_objects import contents_of
from tests.builders import torch
from tests.builders.lazy_torch import safetensors_torch


def zip_form(path: Path) -> None:
    torch.save({"w": torch.ones(2)}, path)


def legacy_form(path: Path) -> None:
    torch.save({"w": torch.ones(2)}, path, _use_new_zipfile_serialization=False)


def script_form(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), str(path))


def safetensors_form(path: Path) -> None:
    safetensors_torch.save_file({"w": torch.ones(2)}, path)


FORMS: dict[str, Callable[[Path], None]] = {
    "torch zip": zip_form,
    "torch legacy": legacy_form,
    "torchscript": script_form,
    "safetensors": safetensors_form,
}
NAMES = [
    "a.pt",
    "A.PTH",
    "a.bin",
    "a.ckpt",
    "a.h5",
    "a.tar",
    "a.txt",
    "a.safetensors",
    "a",
    "ä b.json",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", FORMS)
def test_the_name_does_not_matter(form: str, name: str, tmp_path: Path) -> None:
    FORMS[form](tmp_path / "written")
    path = (tmp_path / "written").rename(tmp_path / name)
    with open_checkpoint(path) as checkpoint:
        assert checkpoint.format == form
        assert checkpoint.path == str(path)
        assert checkpoint.size == path.stat().st_size
        assert checkpoint.tensors
    assert all(source.closed for source in checkpoint.sources)


def test_takes_text_and_path_objects(tmp_path: Path) -> None:
    zip_form(tmp_path / "x")
    open_checkpoint(str(tmp_path / "x")).close()
    open_checkpoint(tmp_path / "x").close()


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no UTF-8")
def test_opens_a_file_whose_name_is_no_text(tmp_path: Path) -> None:
    zip_form(tmp_path / "x")
    odd = os.fsencode(tmp_path) + b"/\xff\n.pt"
    os.rename(tmp_path / "x", odd)  # noqa: PTH104 - a Path holds no bytes
    with open_checkpoint(os.fsdecode(odd)) as checkpoint:
        assert checkpoint.tensors


@pytest.mark.parametrize(
    ("raised", "turned", "words"),
    [
        (MemoryError(), LimitError, "more memory than there is"),
        (RecursionError("maximum"), LimitError, "nested too deeply"),
        (OSError(5, "Input/output error"), UnreadableFileError, "Input/output error"),
        (KeyError("x"), DamagedError, "KeyError"),
        (ZeroDivisionError(), DamagedError, "ZeroDivisionError"),
        (DamagedError("as it is"), DamagedError, "as it is"),
    ],
)
def test_only_checkpoint_errors_get_out(
    raised: Exception,
    turned: type[CheckpointError],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> None:
        raise raised

    zip_form(tmp_path / "x")
    monkeypatch.setattr("inspector.formats.torch_zip.contents_of", fail)
    with pytest.raises(turned) as caught:
        open_checkpoint(tmp_path / "x")
    assert words in caught.value.message
    assert caught.value.file == str(tmp_path / "x")
    assert raised in (caught.value, caught.value.__cause__)
    assert gc.isenabled()


def test_a_cancelled_opening_says_so(tmp_path: Path) -> None:
    zip_form(tmp_path / "x")
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        open_checkpoint(tmp_path / "x", cancel=token)
    assert gc.isenabled()


def test_the_collector_rests_while_a_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    real = contents_of

    def look(*args: Any) -> Any:
        seen.append(gc.isenabled())
        return real(*args)

    monkeypatch.setattr("inspector.formats.torch_zip.contents_of", look)
    zip_form(tmp_path / "x")
    open_checkpoint(tmp_path / "x").close()
    assert seen == [False]
    assert gc.isenabled()
    gc.disable()
    try:
        open_checkpoint(tmp_path / "x").close()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_collector_wakes_when_the_last_of_two_readers_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, leave = threading.Event(), threading.Event()
    real = contents_of

    def wait(*args: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            inside.set()
            assert leave.wait(30)
        return real(*args)

    monkeypatch.setattr("inspector.formats.torch_zip.contents_of", wait)
    zip_form(tmp_path / "x")
    slow = threading.Thread(target=lambda: open_checkpoint(tmp_path / "x").close())
    slow.start()
    assert inside.wait(30)
    open_checkpoint(tmp_path / "x").close()
    assert not gc.isenabled()
    leave.set()
    slow.join()
    assert gc.isenabled()


def test_every_reader_looks_at_a_file_of_any_length(tmp_path: Path) -> None:
    for length in range(600):
        (tmp_path / "x").write_bytes(bytes([length % 251]) * length)
        with pytest.raises(CheckpointError):
            open_checkpoint(tmp_path / "x")


def test_files_that_are_closed_again_leave_no_descriptor(tmp_path: Path) -> None:
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("no list of descriptors here")
    zip_form(tmp_path / "x")
    (tmp_path / "bad").write_bytes(b"PK\x03\x04" + bytes(100))
    before = len(list(folder.iterdir()))
    for _ in range(20):
        open_checkpoint(tmp_path / "x").close()
        with pytest.raises(CheckpointError):
            open_checkpoint(tmp_path / "bad")
    assert len(list(folder.iterdir())) == before
