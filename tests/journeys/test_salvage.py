"""Half a download: what is whole is marked, counted, filtered for, and exported."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from inspector import open_checkpoint
from inspector.ui.arrange import NAME
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.export_dialog import ExportDialog
from inspector.ui.main_window import MainWindow
from inspector.ui.salvage_banner import SalvageBanner
from tests.builders import torch

Open = Callable[[Path], CheckpointPage]


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "half.pt"
    layers = {f"layer{n}.weight": torch.randn(100, 50) for n in range(8)}
    torch.save({"model": layers, "epoch": 3}, path)
    with path.open("r+b") as file:
        file.truncate(90_000)
    return path


def test_cut_file_is_counted_and_its_cut_rows_are_marked(opened: Open, cut: Path) -> None:
    page = opened(cut)
    [salvage] = page.findChildren(SalvageBanner)
    assert salvage.isVisible()
    assert "4 of 8 tensors are whole" in salvage.text
    marks = {page.model.rows.keys[row]: page.model.mark(row) for row in page.model.visible}
    assert marks.pop("model") == "✗ 4 cut"
    assert marks.pop("epoch") == ""
    assert [key for key, mark in marks.items() if mark] == [
        f"model.layer{n}.weight" for n in (4, 5, 6, 7)
    ]
    assert set(marks.values()) == {"", "✗ cut"}
    line = page.model.line_of(page.model.rows.keys.index("model.layer6.weight"))
    cell = page.model.index(line, NAME)
    assert "cut" in str(cell.data(Qt.ItemDataRole.AccessibleTextRole))
    assert "the file ends before it" in str(cell.data(Qt.ItemDataRole.ToolTipRole))


def test_cut_tensors_are_filtered_for_without_a_scan(opened: Open, cut: Path, qtbot: QtBot) -> None:
    page = opened(cut)

    def hits(text: str) -> int:
        page.filter.setText(text)
        qtbot.waitUntil(lambda: page.model.request.text == text)
        return page.model.arrangement.hits

    assert hits("has:unreadable") == 4
    assert hits("-has:unreadable") == 5


def test_what_is_whole_is_exported_from_the_banner(
    window: MainWindow, opened: Open, cut: Path, qtbot: QtBot
) -> None:
    page = opened(cut)
    [salvage] = page.findChildren(SalvageBanner)
    [export] = [b for b in salvage.findChildren(QPushButton) if b.text()]
    QTest.mouseClick(export, Qt.MouseButton.LeftButton)
    [dialog] = window.findChildren(ExportDialog)
    qtbot.waitUntil(lambda: dialog.shown_plan is not None)
    target = Path(dialog.target.path)
    dialog.write()
    qtbot.waitUntil(lambda: dialog.report is not None)
    assert salvage.isVisible()
    dialog.close()
    with open_checkpoint(target) as copy:
        assert len(copy.tensors) == 4
        assert not any(tensor.problem for tensor in copy.tensors)


def test_whole_file_has_no_such_banner(opened: Open, tmp_path: Path) -> None:
    torch.save({"w": torch.ones(3)}, tmp_path / "whole.pt")
    page = opened(tmp_path / "whole.pt")
    assert page.findChildren(SalvageBanner) == []
    assert not any(map(page.model.mark, page.model.visible))


def test_a_missing_shard_is_told_in_sight(opened: Open, tmp_path: Path, qtbot: QtBot) -> None:
    from safetensors.torch import save_file

    save_file({"a": torch.ones(2)}, tmp_path / "one.safetensors")
    weight_map = {"a": "one.safetensors", "b": "other.safetensors"}
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": weight_map}))
    page = opened(index)
    assert page.banner.isVisible()
    assert page.banner.text.endswith("its tensors are not listed: other.safetensors")
