"""Registering, asked of the real desktop tools in a scratch home.

Needs Debian's shared-mime-info, desktop-file-utils, xdg-utils and libglib2.0-bin.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from pytestqt.qtbot import QtBot
from safetensors.torch import save_file

from inspector.ui.desktop import (
    entry_text,
    freedesktop,
    mimeapps,
    registration,
    windows,
)

TORCH = "application/x-pytorch-checkpoint"
SAFETENSORS = "application/x-safetensors"
INDEX = "application/x-checkpoint-index+json"
ENTRY = "checkpoint-inspector.desktop"
TOOLS = ("update-mime-database", "update-desktop-database", "xdg-mime", "gio")

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or any(shutil.which(tool) is None for tool in TOOLS),
    reason=f"needs the desktop's own tools: {', '.join(TOOLS)}",
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and a system with an archive manager that takes zip and tar files."""
    system = tmp_path / "system"
    (system / "applications").mkdir(parents=True)
    (system / "applications" / "archives.desktop").write_text(
        "[Desktop Entry]\nType=Application\nName=Archives\nExec=true %F\n"
        "MimeType=application/zip;application/x-tar;application/x-hdf;application/json;\n"
    )
    subprocess.run(["update-desktop-database", system / "applications"], check=True)
    home = tmp_path / "home"
    home.mkdir()
    for name, folder in (("DATA", ".local/share"), ("CONFIG", ".config"), ("CACHE", ".cache")):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / folder))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_DIRS", f"{system}:/usr/share")
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "none"))
    for name in ("XDG_CURRENT_DESKTOP", "DESKTOP_SESSION", "KDE_FULL_SESSION", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file of every kind, written by the programs that write them in the wild."""
    folder = tmp_path_factory.mktemp("files")
    state = {"weight": torch.arange(6.0)}
    for name in ("model.pt", "model.pth", "last.ckpt", "best.pth.tar", "pytorch_model.bin"):
        torch.save(state, folder / name)
    torch.save(state, folder / "torch.h5")
    torch.save(state, folder / "no_extension")
    for protocol in (2, 4):
        path = folder / f"legacy{protocol}"
        torch.save(state, path, _use_new_zipfile_serialization=False, pickle_protocol=protocol)
    with warnings.catch_warnings(action="ignore"):  # torch calls TorchScript deprecated
        torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), folder / "script")
    save_file(state, folder / "model.safetensors")
    save_file(state, folder / "safetensors_without_extension")
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {}}')
    (folder / "model.safetensors.index.fp16.json").write_text('{"weight_map": {}}')
    (folder / "other.json").write_text("{}")
    (folder / "keras.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(600))
    with zipfile.ZipFile(folder / "plain.zip", "w") as archive:
        archive.writestr("notes/data.txt", "no checkpoint")
    shutil.copy(folder / "plain.zip", folder / "plain_zip_without_extension")
    with tarfile.open(folder / "sources.tar", "w") as tar:
        tar.add(folder / "other.json", "other.json")
    repack(folder / "model.pt", folder / "repacked.h5")
    return folder


def repack(source: Path, target: Path) -> None:
    """Write the records of `source` in reverse, as general zip programs may."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in reversed(old.namelist()):
            new.writestr(name, old.read(name))


EXPECTED = {
    "model.pt": TORCH,
    "model.pth": TORCH,
    "last.ckpt": TORCH,
    "best.pth.tar": TORCH,
    "pytorch_model.bin": TORCH,
    "torch.h5": TORCH,
    "repacked.h5": TORCH,
    "no_extension": TORCH,
    "legacy2": TORCH,
    "legacy4": TORCH,
    "script": TORCH,
    "model.safetensors": SAFETENSORS,
    "safetensors_without_extension": SAFETENSORS,
    "model.safetensors.index.json": INDEX,
    "model.safetensors.index.fp16.json": INDEX,
    "other.json": "application/json",
    "keras.h5": "application/x-hdf",
    "plain.zip": "application/zip",
    "plain_zip_without_extension": "application/zip",
    "sources.tar": "application/x-tar",
}

ASK_QT = """
import sys
from PySide6.QtCore import QMimeDatabase
database = QMimeDatabase()
for path in sys.argv[1:]:
    print(database.mimeTypeForFile(path).name())
"""


def answer(*command: str | Path) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def registered(home: Path) -> Iterator[Path]:
    registration.register()
    yield home
    registration.unregister()


def test_gio_tells_every_kind_of_file(registered: Path, files: Path) -> None:
    found = {}
    for name in EXPECTED:
        text = answer("gio", "info", "-a", "standard::content-type", files / name)
        found[name] = text.rpartition("standard::content-type: ")[2]
    assert found == EXPECTED


def test_qt_tells_every_kind_of_file(registered: Path, files: Path) -> None:
    paths = [files / name for name in EXPECTED]
    found = answer(sys.executable, "-c", ASK_QT, *paths).split()
    assert dict(zip(EXPECTED, found, strict=True)) == EXPECTED


def test_xdg_mime_tells_every_kind_of_file(registered: Path, files: Path) -> None:
    # Without a desktop it goes by the first matching name where content names no candidate.
    expected = {name: kind for name, kind in EXPECTED.items() if name != "repacked.h5"}
    found = {name: answer("xdg-mime", "query", "filetype", files / name) for name in expected}
    assert found == expected


@pytest.mark.parametrize("mime_type", [TORCH, SAFETENSORS, INDEX])
def test_this_program_opens_checkpoints(registered: Path, mime_type: str) -> None:
    recommended = answer("gio", "mime", mime_type).rpartition("Recommended applications:")[2]
    assert recommended.split()[0] == ENTRY


def test_archives_stay_with_the_archive_manager(registered: Path) -> None:
    assert answer("xdg-mime", "query", "default", "application/zip") == "archives.desktop"
    assert ENTRY not in answer("gio", "mime", "application/zip")


def test_default_wins_over_an_earlier_choice_and_gives_it_back(home: Path) -> None:
    chosen = home / ".config" / "mimeapps.list"
    chosen.parent.mkdir()
    before = (
        "# by hand\n[Added Associations]\ntext/plain=vi.desktop;\n\n"
        f"[Default Applications]\n{TORCH}=archives.desktop\ntext/plain=vi.desktop;\n"
    )
    chosen.write_text(before)
    registration.register()
    assert "archives.desktop" in answer("gio", "mime", TORCH).splitlines()[0]
    registration.register(make_default=True)
    assert answer("gio", "mime", TORCH).splitlines()[0].endswith(ENTRY)
    assert answer("xdg-mime", "query", "default", TORCH) == ENTRY
    assert answer("xdg-mime", "query", "default", SAFETENSORS) == ENTRY
    assert freedesktop.is_default()
    registration.unregister()
    assert chosen.read_text() == before
    assert answer("xdg-mime", "query", "default", TORCH) == "archives.desktop"


def everything(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def test_unregister_takes_everything_back(home: Path) -> None:
    (home / ".local" / "share").mkdir(parents=True)
    before = everything(home)
    registration.register(make_default=True)
    assert registration.is_registered()
    assert len(everything(home)) > len(before) + 8
    registration.unregister()
    (home / ".config").rmdir()
    assert everything(home) == before
    assert not registration.is_registered()
    registration.unregister()


def test_unregister_leaves_what_others_registered(home: Path) -> None:
    share = home / ".local" / "share"
    for path, text in (
        ("mime/packages/other.xml", OTHER_TYPE),
        ("applications/other.desktop", OTHER_ENTRY),
        ("icons/hicolor/scalable/apps/other.svg", "<svg/>"),
    ):
        (share / path).parent.mkdir(parents=True)
        (share / path).write_text(text)
    subprocess.run(["update-mime-database", share / "mime"], check=True)
    subprocess.run(["update-desktop-database", share / "applications"], check=True)
    before = everything(home)
    registration.register()
    registration.unregister()
    assert everything(home) == before


OTHER_TYPE = """<?xml version="1.0"?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
  <mime-type type="text/x-other"><comment>other</comment><glob pattern="*.other"/></mime-type>
</mime-info>
"""
OTHER_ENTRY = "[Desktop Entry]\nType=Application\nName=Other\nExec=true\nMimeType=text/x-other;\n"

RECORDER = """#!{python}
import json, os, sys
with open({target!r} + ".part", "w") as stream:
    json.dump([os.fsencode(argument).hex() for argument in sys.argv[1:]], stream)
os.rename({target!r} + ".part", {target!r})
"""


@pytest.mark.parametrize("folder", ["plain", "a b", "q\"u`o$t\\e 'x'", "-dash", "é=ü", "%f"])
def test_double_click_hands_the_file_to_the_program(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, qtbot: QtBot
) -> None:
    """`gio open` starts what a file manager starts; whatever the program's own path is."""
    recorder = tmp_path / folder / "inspector"
    recorder.parent.mkdir()
    told = tmp_path / "told.json"
    recorder.write_text(RECORDER.format(python=sys.executable, target=str(told)))
    recorder.chmod(0o755)
    monkeypatch.setattr(freedesktop, "start_command", lambda: [str(recorder)])
    registration.register()
    model = tmp_path / "-odd\nname %f.pt"
    torch.save({"weight": torch.ones(2)}, model)
    subprocess.run(["gio", "open", str(model)], check=True, capture_output=True)
    qtbot.waitUntil(told.exists)
    assert json.loads(told.read_text()) == [os.fsencode(model).hex()]


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="no validator here")
def test_desktop_entry_is_valid(registered: Path) -> None:
    entry = registered / ".local" / "share" / "applications" / ENTRY
    assert answer("desktop-file-validate", entry) == ""


def test_a_home_that_cannot_be_written_is_one_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    blocked = home / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("XDG_DATA_HOME", str(blocked))
    assert registration.run(remove=False, make_default=False) == 2
    error = capfd.readouterr().err
    assert error.startswith("inspector: the desktop's files cannot be written")
    assert error.count("\n") == 1


def test_command_line_says_what_it_did(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert registration.run(remove=False, make_default=False) == 0
    assert "inspector --register --default" in capfd.readouterr().out
    assert registration.run(remove=False, make_default=True) == 0
    assert "--default" not in capfd.readouterr().out
    assert registration.run(remove=True, make_default=False) == 0
    assert "Removed" in capfd.readouterr().out


def test_exec_value_is_escaped_twice() -> None:
    assert entry_text.command_line(["/usr/bin/inspector", "%x"]) == '/usr/bin/inspector "%%x"'
    assert entry_text.command_line(['/a "b$`\\']) == r'"/a \\"b\\$\\`\\\\"'
    assert entry_text.string(" a\nb") == r"\sa\nb"


def test_taking_out_the_only_default_removes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mimeapps.list"
    mimeapps.put_first(path, ENTRY, (TORCH, SAFETENSORS))
    mimeapps.put_first(path, ENTRY, (TORCH, SAFETENSORS))
    assert path.read_text().count(ENTRY) == 2
    assert mimeapps.is_first(path, ENTRY, TORCH)
    mimeapps.take_out(path, ENTRY)
    assert not path.exists()


def test_windows_keys_name_program_and_file_in_quotes() -> None:
    found = windows.entries([r"C:\Program Files\inspector.exe"])
    key = r"Software\Classes\CheckpointInspector.Torch\shell\open\command"
    assert (key, "", r'"C:\Program Files\inspector.exe" "%1"') in found
    offered = {key for key, name, _ in found if name}
    claimed = {key for key, _, _ in windows.claims()}
    assert r"Software\Classes\.ckpt\OpenWithProgids" in offered
    assert r"Software\Classes\.ckpt" not in claimed
