"""Watching open files: written over, replaced, removed, left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from pytestqt.qtbot import QtBot

from inspector.checkpoint.byte_source import ByteSource
from inspector.ui import file_watch
from inspector.ui.file_watch import FileWatch

QUIET_MS = 120


@pytest.fixture(autouse=True)
def shorter_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_watch, "QUIET_MS", QUIET_MS)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[ByteSource]:
    torch.save({"weight": torch.zeros(4)}, tmp_path / "last.pt")
    opened = ByteSource(tmp_path / "last.pt")
    yield opened
    opened.close()


@pytest.fixture
def watch(source: ByteSource, qtbot: QtBot) -> Iterator[FileWatch]:
    watching = FileWatch([source])
    yield watching
    watching.stop()


def test_file_saved_again_is_told_once(watch: FileWatch, source: ByteSource, qtbot: QtBot) -> None:
    told: list[None] = []
    watch.changed.connect(lambda: told.append(None))
    with qtbot.waitSignal(watch.changed):
        torch.save({"weight": torch.ones(400)}, source.path)
    torch.save({"weight": torch.ones(800)}, source.path)
    qtbot.wait(2 * QUIET_MS)
    assert len(told) == 1


def test_file_replaced_by_rename_is_told(
    watch: FileWatch, source: ByteSource, qtbot: QtBot, tmp_path: Path
) -> None:
    torch.save({"weight": torch.ones(4)}, tmp_path / "next")
    with qtbot.waitSignal(watch.changed):
        (tmp_path / "next").replace(source.path)


def test_file_removed_then_written_again(
    watch: FileWatch, source: ByteSource, qtbot: QtBot
) -> None:
    with (
        qtbot.assertNotEmitted(watch.changed),
        qtbot.waitSignal(watch.removed),
    ):
        Path(source.path).unlink()
    with qtbot.waitSignal(watch.changed):
        torch.save({"weight": torch.ones(4)}, source.path)


def test_change_before_the_watch_began_is_told(source: ByteSource, qtbot: QtBot) -> None:
    torch.save({"weight": torch.ones(400)}, source.path)
    watch = FileWatch([source])
    with qtbot.waitSignal(watch.changed):
        pass


def test_neighbours_and_reads_are_no_change(
    watch: FileWatch, source: ByteSource, qtbot: QtBot, tmp_path: Path
) -> None:
    with (
        qtbot.assertNotEmitted(watch.changed),
        qtbot.assertNotEmitted(watch.removed, wait=3 * QUIET_MS),
    ):
        (tmp_path / "neighbour").write_text("x")
        Path(source.path).read_bytes()


def test_stopped_watch_says_nothing(watch: FileWatch, source: ByteSource, qtbot: QtBot) -> None:
    watch.stop()
    with qtbot.assertNotEmitted(watch.changed, wait=3 * QUIET_MS):
        torch.save({"weight": torch.ones(400)}, source.path)


def test_one_changed_shard_is_enough(source: ByteSource, tmp_path: Path, qtbot: QtBot) -> None:
    shard = tmp_path / "shards" / "two.pt"
    shard.parent.mkdir()
    torch.save({"weight": torch.zeros(4)}, shard)
    other = ByteSource(shard)
    watch = FileWatch([source, other])
    with qtbot.waitSignal(watch.changed):
        torch.save({"weight": torch.zeros(400)}, shard)
    other.close()
