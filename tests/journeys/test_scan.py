"""*Scan file*: bars and flags come into the tree, and the filter finds them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from pytestqt.qtbot import QtBot

from inspector.analysis.scan import scan
from inspector.checkpoint.cancel import CancelToken, no_progress
from inspector.ui.arrange import DISTRIBUTION
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.main_window import MainWindow
from inspector.ui.opening import open_file
from inspector.ui.overview_panel import OverviewPanel
from inspector.ui.selection_panel import SelectionPanel
from inspector.ui.tree_model import TreeModel
from tests.builders import built, torch

Open = Callable[[Path], CheckpointPage]


def scanned(opened: Open, qtbot: QtBot, path: Path, saved: object) -> CheckpointPage:
    torch.save(saved, path)
    page = opened(path)
    assert page.tree.isColumnHidden(DISTRIBUTION)
    page.scan_file()
    qtbot.waitUntil(lambda: not page.scan.running)
    return page


def test_flags_and_bars_come_into_the_tree(opened: Open, qtbot: QtBot, tmp_path: Path) -> None:
    saved = {
        "block.weight": torch.randn(50, 40),
        "block.dead": torch.zeros(10),
        "block.sick": torch.tensor([1.0, float("nan"), 2.0]),
        "step": torch.tensor(7),
    }
    page = scanned(opened, qtbot, tmp_path / "a.pt", saved)
    model = page.model
    rows = {key: number for number, key in enumerate(model.rows.keys)}
    assert not page.tree.isColumnHidden(DISTRIBUTION)
    assert "nan" in model.found[rows["block.sick"]]
    assert "zero" in model.found[rows["block.dead"]]
    assert rows["block.weight"] not in model.found
    assert sum(model.bars[rows["block.weight"]].bars) == 2000
    assert sum(model.bars[rows["block"]].bars) == 2000 + 10 + 2
    assert model.text(rows["block.sick"], DISTRIBUTION) == "⚠ NaN"
    assert model.text(rows["block"], DISTRIBUTION) == "⚠ NaN"  # nothing but what is grave
    page.filter.setText("has:nan")
    qtbot.waitUntil(lambda: page.model.request.text == "has:nan")
    leaves = [row for row in model.visible if not model.rows.is_group(row)]
    assert [model.rows.keys[row] for row in leaves] == ["block.sick"]


def test_a_filter_for_nan_asks_for_a_scan_and_is_answered_by_one(
    opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    torch.save({"well": torch.ones(3), "sick": torch.tensor([torch.nan, 1.0])}, tmp_path / "a.pt")
    page = opened(tmp_path / "a.pt")
    page.filter.setText("has:nan")
    qtbot.waitUntil(lambda: page._hits.text() == "has:nan needs a scan (F6)")
    assert len(page.model.visible) == 2  # nothing is said to be missing
    page.scan_file()
    qtbot.waitUntil(lambda: page._hits.text() == "1 of 2")
    assert [page.model.rows.keys[row] for row in page.model.visible] == ["sick"]


def test_a_module_has_the_distribution_of_its_tensors(
    opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    torch.manual_seed(1)
    narrow, wide = torch.rand(4096), torch.rand(4096) * 4 - 2
    page = scanned(opened, qtbot, tmp_path / "a.pt", {"m.a": narrow, "m.b": wide})
    merged = np.asarray(page.model.bars[page.model.rows.keys.index("m")].bars)
    low, high = float(wide.min()), float(wide.max())
    exact, _ = np.histogram(torch.cat([narrow, wide]).numpy(), len(merged), (low, high))
    # Bars of `wide` stay where they are; those of `narrow` move by less than one bar.
    assert merged.sum() == exact.sum()
    assert np.abs(np.cumsum(merged) - np.cumsum(exact)).max() <= 4096 / 8


def test_a_scan_can_be_stopped(
    opened: Open, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    torch.save({f"t{i}": torch.randn(64, 64) for i in range(200)}, tmp_path / "a.pt")
    page = opened(tmp_path / "a.pt")
    page.scan_file()
    assert page.scan.running
    page.scan.click()
    qtbot.waitUntil(lambda: not page.scan.running)
    page.scan_file()
    qtbot.waitUntil(lambda: not page.scan.running)
    assert len(page.model.bars) == 200


def test_what_a_stopped_scan_knows_is_told_as_a_part(
    opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    saved = {"dead": torch.zeros(3), "alive": torch.ones(3) * 2}
    page = scanned(opened, qtbot, tmp_path / "a.pt", saved)
    page.filter.setText("has:zero")
    qtbot.waitUntil(lambda: page.model.request.text == "has:zero")
    assert page._hits.text() == "1 of 2"
    page.scan_file()
    page.scan.stop()
    page.filter.setText("has:zero d")
    qtbot.waitUntil(lambda: page.model.request.text == "has:zero d")
    assert page._hits.text() == "1 of 2, scan unfinished (F6)"
    page.filter.setText("dead")
    qtbot.waitUntil(lambda: page.model.request.text == "dead")
    assert page._hits.text() == "1 of 2"


def test_no_scan_is_offered_during_one(opened: Open, qtbot: QtBot, tmp_path: Path) -> None:
    torch.save({"a": torch.ones(3), "b": torch.ones(3)}, tmp_path / "a.pt")
    page = opened(tmp_path / "a.pt")
    qtbot.waitUntil(lambda: page.findChild(OverviewPanel) is not None)
    overview = page.findChild(OverviewPanel)
    assert isinstance(overview, OverviewPanel)
    assert overview.scan.isEnabled()
    page.scan_file()
    assert not overview.scan.isEnabled()
    page.scan.stop()
    assert overview.scan.isEnabled()


def test_underflow_is_something_that_tensors_have(
    opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    torch.save({"w": torch.full((4,), 1e-12)}, tmp_path / "a.pt")
    page = opened(tmp_path / "a.pt")
    with qtbot.waitSignal(page.scan.told) as told:
        page.scan_file()
    assert "1 with fp16 underflow" in told.args[0]


def test_a_file_that_changed_is_told_in_the_banner(
    opened: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "a.pt"
    torch.save({"w": torch.randn(100)}, path)
    page = opened(path)
    path.write_bytes(path.read_bytes() + b"more")
    page.scan_file()
    qtbot.waitUntil(lambda: not page.scan.running)
    assert "changed on disk" in page.banner.text


def test_a_scan_that_ends_before_the_overview_is_there_is_in_it(
    window: MainWindow, qtbot: QtBot
) -> None:
    path = str(built("general_checkpoint_with_adam").path)
    opened = open_file(path, CancelToken(), no_progress)
    with opened.checkpoint as checkpoint:
        panel = SelectionPanel(opened, window.jobs)
        qtbot.addWidget(panel)
        panel.show_scan(scan(checkpoint))
        panel.show()
        panel.show_row(TreeModel(opened.rows, opened.arrangement, opened.open_rows, panel), -1)
        qtbot.waitUntil(lambda: panel.findChild(OverviewPanel) is not None)
        overview = panel.findChild(OverviewPanel)
        assert isinstance(overview, OverviewPanel)
        qtbot.waitUntil(lambda: "layers" in vars(overview) and overview.layers.isVisible())
        panel.forget()
