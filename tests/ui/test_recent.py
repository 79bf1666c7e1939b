"""What the list of recent files remembers, and what it survives."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from inspector.ui.empty_page import EmptyPage
from inspector.ui.recent import KEPT, RecentFile, RecentFiles, missing


def test_newest_first_each_once_and_bounded(tmp_path: Path) -> None:
    store = tmp_path / "config" / "recent.json"
    recent = RecentFiles(store)
    for index in range(KEPT + 5):
        recent.add(RecentFile(f"/models/{index}.pt", "torch zip"))
    recent.add(RecentFile("/models/10.pt", "torch zip"))
    again = RecentFiles(store).entries
    assert again == recent.entries
    assert len(again) == KEPT
    assert [entry.path for entry in again[:3]] == [
        "/models/10.pt",
        f"/models/{KEPT + 4}.pt",
        f"/models/{KEPT + 3}.pt",
    ]


def test_pair_is_an_entry_of_its_own(tmp_path: Path) -> None:
    recent = RecentFiles(tmp_path / "recent.json")
    recent.add(RecentFile("/a.pt", "torch zip"))
    recent.add(RecentFile("/a.pt", "torch zip", "/b.safetensors"))
    assert [entry.title for entry in recent.entries] == ["a.pt ↔ b.safetensors", "a.pt"]


@pytest.mark.parametrize("name", [b"\xff\xfe.pt", b"new\nline.pt", b"<b>bold.pt"])
def test_any_file_name_survives_and_is_shown_on_one_line(tmp_path: Path, name: bytes) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/" + name)
    Path(path).touch()
    recent = RecentFiles(tmp_path / "recent.json")
    recent.add(RecentFile(path))
    [entry] = RecentFiles(tmp_path / "recent.json").entries
    assert os.fsencode(entry.path).endswith(name)
    assert "\n" not in entry.title
    assert missing([entry]) == set()


def test_missing_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "here.pt").touch()
    here = RecentFile(str(tmp_path / "here.pt"))
    gone = RecentFile(str(tmp_path / "gone.pt"))
    half = RecentFile(here.path, compared_with=gone.path)
    impossible = RecentFile("/a\0b")
    assert missing([here, gone, half, impossible]) == {gone, half, impossible}


def test_forgetting(tmp_path: Path) -> None:
    recent = RecentFiles(tmp_path / "recent.json")
    first, second = RecentFile("/1.pt"), RecentFile("/2.pt")
    recent.add(first)
    recent.add(second)
    recent.forget(first)
    assert RecentFiles(tmp_path / "recent.json").entries == [second]
    recent.clear()
    assert RecentFiles(tmp_path / "recent.json").entries == []


@pytest.mark.parametrize(
    "text", ["", "{", "{}", "[1, null, []]", '[{"path": 3}]', '[{"kind": "x"}]', "[" * 100_000]
)
def test_damaged_list_is_an_empty_one(tmp_path: Path, text: str) -> None:
    store = tmp_path / "recent.json"
    store.write_text(text)
    recent = RecentFiles(store)
    assert recent.entries == []
    recent.add(RecentFile("/a.pt"))
    assert RecentFiles(store).entries == [RecentFile("/a.pt")]


def test_without_a_store_nothing_is_written(tmp_path: Path) -> None:
    recent = RecentFiles(None)
    recent.add(RecentFile("/a.pt"))
    assert recent.entries == [RecentFile("/a.pt")]
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_written_keeps_the_list_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    recent = RecentFiles(tmp_path / "file" / "recent.json")
    recent.add(RecentFile("/a.pt"))
    assert recent.entries == [RecentFile("/a.pt")]


def test_home_is_shortened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert RecentFile(str(tmp_path / "runs" / "a.pt")).folder == "~/runs"
    assert RecentFile("/data/a.pt").folder == "/data"


def test_a_comparison_is_not_called_by_the_format_of_one_of_its_files(qtbot: QtBot) -> None:
    both = RecentFile("/a/base.ckpt", "torch zip", compared_with="/b/tuned.safetensors")
    page = EmptyPage([both, RecentFile("/a/base.ckpt", "torch zip")], None)
    qtbot.addWidget(page)
    rows = [row for row in page.findChildren(QPushButton) if "base.ckpt" in row.text()]
    assert [row.text().split("  ·  ")[-1] for row in rows] == ["comparison", "torch zip"]
    assert rows[0].toolTip() == "/a/base.ckpt\n/b/tuned.safetensors"
