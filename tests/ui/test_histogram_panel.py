"""The histogram panel on real widgets and real files: what it shows, says, copies and saves."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from inspector.checkpoint.types import Checkpoint, Tensor
from inspector.formats.detect import open_checkpoint
from inspector.ui import histogram_panel, theme
from inspector.ui.histogram_panel import HistogramPanel
from inspector.ui.jobs import Jobs

Opener = Callable[..., dict[str, Tensor]]
MESSAGE, CONTENT = 0, 1


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[HistogramPanel]:
    jobs = Jobs()
    made = HistogramPanel(jobs)
    qtbot.addWidget(made)
    made.resize(640, 600)
    made.show()
    yield made
    jobs.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    kept: list[Checkpoint] = []

    def write_and_open(**tensors: torch.Tensor) -> dict[str, Tensor]:
        path = tmp_path / f"{len(kept)}.pt"
        torch.save(tensors, path)
        kept.append(open_checkpoint(path))
        return {tensor.key: tensor for tensor in kept[-1].tensors}

    yield write_and_open
    for checkpoint in kept:
        checkpoint.close()


def figures(panel: HistogramPanel) -> dict[str, str]:
    return dict(line.split("\t") for line in panel.table.text().split("\n"))


def page(panel: HistogramPanel) -> int:
    return panel._pages.currentIndex()


def show(qtbot: QtBot, panel: HistogramPanel, tensor: Tensor) -> None:
    panel.show_tensor(tensor)
    qtbot.waitUntil(lambda: panel._settled and page(panel) == CONTENT)


def badges(panel: HistogramPanel) -> list[str]:
    return [label.text() for label in panel.badges.findChildren(QLabel) if not label.isHidden()]


def test_figures_and_bars_are_torchs(qtbot: QtBot, panel: HistogramPanel, opened: Opener) -> None:
    values = torch.randn(64, 64)
    show(qtbot, panel, opened(w=values)["w"])
    found = figures(panel)
    exact = values.double()
    assert float(found["min"]) == exact.min()
    assert float(found["max"]) == exact.max()
    assert float(found["mean"]) == pytest.approx(exact.mean().item(), rel=1e-12)
    assert float(found["std"]) == pytest.approx(exact.std().item(), rel=1e-12)
    assert float(found["median"]) == pytest.approx(exact.quantile(0.5).item(), rel=1e-12)
    bars = panel.plot.bars
    expected = np.histogram(exact.numpy().reshape(-1), bars.edges)[0]
    assert bars.counts.tolist() == expected.tolist()
    assert bars.counts.sum() == 4096
    assert panel.foot.note.text().startswith("exact · 4,096 values")


def test_zoom_bins_anew_and_says_what_is_out_of_sight(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener
) -> None:
    values = torch.randn(5000)
    show(qtbot, panel, opened(w=values)["w"])
    panel.plot.set_values_in_view(0.0, 0.5)
    bars = panel.plot.bars
    expected = np.histogram(values.double().numpy(), bars.edges)[0]
    assert bars.counts.tolist() == expected.tolist()
    crossing = ((bars.edges[1:] > 0) & (bars.edges[:-1] < 0.5)).sum()
    assert 128 <= crossing < 256 + 2
    outside = 5000 - int(expected.sum())
    assert panel.foot.note.text().endswith(f"{outside:,} values out of sight")
    panel.plot.fit()
    assert "out of sight" not in panel.foot.note.text()


def test_bins_stay_where_they_are_while_the_view_moves(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener
) -> None:
    show(qtbot, panel, opened(w=torch.randn(5000))["w"])
    panel.plot.set_values_in_view(0.0, 0.5)
    before = panel.plot.bars.edges
    panel.plot.set_values_in_view(0.05, 0.55)
    shared = np.isclose(panel.plot.bars.edges[:, None], before[None, :], rtol=0, atol=1e-12)
    assert shared.any(axis=1).sum() > 0.7 * len(before)


def test_log_values_keep_every_value(qtbot: QtBot, panel: HistogramPanel, opened: Opener) -> None:
    values = torch.randn(3000) ** 5
    show(qtbot, panel, opened(w=values)["w"])
    panel.controls.symlog.click()
    bars = panel.plot.bars
    assert bars.counts.tolist() == np.histogram(values.double().numpy(), bars.edges)[0].tolist()
    assert bars.counts.sum() == 3000
    widths = np.diff(bars.edges)
    assert widths.max() > 100 * widths.min()


def test_bins_can_be_chosen(qtbot: QtBot, panel: HistogramPanel, opened: Opener) -> None:
    show(qtbot, panel, opened(w=torch.randn(5000))["w"])
    choice = panel.controls.bins
    for count in (64, 2048):
        choice.setCurrentIndex(choice.findData(count))
        choice.activated.emit(choice.currentIndex())
        assert len(panel.plot.bars.counts) == count


def test_nan_infinities_and_zeros_are_badges(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener
) -> None:
    values = torch.tensor([1.0, 2.0, 0.0, 0.0, float("nan"), float("inf"), -float("inf")])
    show(qtbot, panel, opened(w=values)["w"])
    assert badges(panel) == ["⚠ 1 NaN", "⚠ 1 +Inf", "⚠ 1 −Inf", "2 zeros (28.6 %)"]
    assert panel.plot.bars.counts.sum() == 4


def test_nothing_finite_is_said_in_words(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener
) -> None:
    show(qtbot, panel, opened(w=torch.full((3,), float("nan")))["w"])
    assert not panel.plot.isVisible()
    assert panel._nothing.isVisible()
    assert badges(panel) == ["⚠ 3 NaN"]


def test_truth_values_are_two_bars(qtbot: QtBot, panel: HistogramPanel, opened: Opener) -> None:
    show(qtbot, panel, opened(w=torch.arange(10) > 2)["w"])
    assert panel.plot.bars.counts.tolist() == [3, 7]
    assert panel.plot.bars.single


def test_whole_numbers_have_a_bar_each(qtbot: QtBot, panel: HistogramPanel, opened: Opener) -> None:
    show(qtbot, panel, opened(w=torch.tensor([3, 3, 5, 9]))["w"])
    bars = panel.plot.bars
    middles = ((bars.edges[:-1] + bars.edges[1:]) / 2).tolist()
    assert middles == [3, 4, 5, 6, 7, 8, 9]
    assert bars.counts.tolist() == [2, 0, 1, 0, 0, 0, 1]


def test_a_constant_is_one_bar(qtbot: QtBot, panel: HistogramPanel, opened: Opener) -> None:
    show(qtbot, panel, opened(w=torch.full((8, 8), 0.5))["w"])
    assert panel.plot.bars.counts.tolist() == [64]
    assert badges(panel) == ["constant: every value is 0.5"]


def test_complex_values_are_seen_in_three_ways(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener
) -> None:
    values = torch.tensor([3 + 4j, 6 - 8j])
    show(qtbot, panel, opened(w=values)["w"])
    choice = panel.controls.part
    seen = {}
    for place in range(choice.count()):
        choice.setCurrentIndex(place)
        choice.activated.emit(place)
        seen[choice.currentData()] = float(figures(panel)["max"])
    assert seen == {"real": 6, "imaginary": 4, "magnitude": 10}


def test_empty_and_nothing_are_said_in_words(panel: HistogramPanel, opened: Opener) -> None:
    assert page(panel) == MESSAGE
    panel.show_tensor(opened(w=torch.zeros(0, 5))["w"])
    assert page(panel) == MESSAGE
    assert "[0, 5]" in panel._message.text()


def test_what_cannot_be_read_is_said_in_words(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener, tmp_path: Path
) -> None:
    tensor = opened(w=torch.randn(3000))["w"]
    (tmp_path / "0.pt").write_bytes(b"shorter")
    panel.show_tensor(tensor)
    qtbot.waitUntil(lambda: "cannot be read" in panel._message.text())
    assert page(panel) == MESSAGE


def test_a_sample_is_replaced_without_the_axis_jumping(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener
) -> None:
    values = torch.randn(3_000_000)
    values[7] = 50.0
    tensor = opened(w=values)["w"]
    views: list[tuple[bool, list[float], str]] = []

    def note_view() -> None:
        if panel._shown:
            sampled = panel._shown.statistics.sampled
            views.append((sampled, panel.plot.plot.viewRange()[0], panel._shown.note))

    panel.plot.rebinned.connect(note_view)
    show(qtbot, panel, tensor)
    assert views[0][0]
    assert re.fullmatch(r"sampled · 1,0[\d,]+ of 3,000,000 values", views[0][2])
    assert not views[-1][0]
    assert views[-1][1] == views[0][1]


def test_the_latest_selection_wins(qtbot: QtBot, panel: HistogramPanel, opened: Opener) -> None:
    tensors = opened(**{f"w{n}": torch.full((1 << 16,), float(n)) + n for n in range(30)})
    shown: list[Any] = []
    panel.plot.rebinned.connect(lambda: shown.append(panel._shown))
    for tensor in tensors.values():
        panel.show_tensor(tensor)
    qtbot.waitUntil(lambda: panel._settled and page(panel) == CONTENT)
    assert figures(panel)["max"] == "58.0"
    assert len(shown) < 10
    assert not panel._jobs.busy("look")


def test_going_back_shows_the_kept_result_at_once(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener
) -> None:
    tensors = opened(a=torch.zeros(5), b=torch.ones(5))
    show(qtbot, panel, tensors["a"])
    show(qtbot, panel, tensors["b"])
    panel.show_tensor(tensors["a"])
    assert page(panel) == CONTENT
    assert figures(panel)["max"] == "0.0"


def test_a_hidden_panel_asks_for_nothing_until_it_is_seen(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener
) -> None:
    panel.hide()
    panel.show_tensor(opened(w=torch.ones(5))["w"])
    assert not panel._jobs.busy("look")
    panel.show()
    qtbot.waitUntil(lambda: page(panel) == CONTENT)


def test_a_module_is_merged_with_a_row_for_each(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener
) -> None:
    weights = {"l.a": torch.randn(500), "l.b": torch.randn(300) * 2}
    counter = torch.tensor(1_000_000)
    tensors = opened(**weights, **{"l.steps": counter})
    panel.show_tensors("l", list(tensors.values()))
    qtbot.waitUntil(lambda: panel._settled and page(panel) == CONTENT)
    together = torch.cat(list(weights.values())).double().numpy()
    bars = panel.plot.bars
    assert bars.counts.tolist() == np.histogram(together, bars.edges)[0].tolist()
    assert bars.counts.sum() == 800
    lines = panel.rows.text().split("\n")
    assert [line.split("\t")[0] for line in lines] == ["Tensor", "l.a", "l.b", "l.steps"]
    chosen: list[str] = []
    panel.key_activated.connect(chosen.append)
    panel.rows.selectRow(1)
    QTest.keyClick(panel.rows, Qt.Key.Key_Return)
    assert chosen == ["l.b"]


def test_a_modules_rows_sort_by_any_column_and_back(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener
) -> None:
    tensors = opened(**{"m.b": torch.zeros(3), "m.a": torch.ones(9), "m.c": torch.ones(5) * 7})
    panel.show_tensors("m", list(tensors.values()))
    qtbot.waitUntil(lambda: panel._settled and page(panel) == CONTENT)

    def order() -> list[str]:
        return [panel.rows.model().index(row, 0).data() for row in range(3)]

    assert order() == ["b", "a", "c"]
    panel.rows.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert order() == ["a", "b", "c"]
    panel.rows.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    assert order() == ["c", "a", "b"]
    panel.rows.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
    assert order() == ["b", "a", "c"]


def test_shared_elements_count_once_in_a_module(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener
) -> None:
    tied = torch.randn(100)
    tensors = opened(a=tied, b=tied)
    panel.show_tensors("", list(tensors.values()))
    qtbot.waitUntil(lambda: panel._settled and page(panel) == CONTENT)
    assert panel.plot.bars.counts.sum() == 100


def test_keys_walk_along_the_bars_and_zoom(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener
) -> None:
    show(qtbot, panel, opened(w=torch.tensor([False, True, True]))["w"])
    plot = panel.plot.plot
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert panel.foot.readout.text() == "True: 2 values (66.7 %)"
    QTest.keyClick(plot, Qt.Key.Key_Left)
    assert panel.foot.readout.text() == "False: 1 value (33.3 %)"
    wide = np.ptp(plot.viewRange()[0])
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    assert np.ptp(plot.viewRange()[0]) == pytest.approx(wide / 2)
    QTest.keyClick(plot, Qt.Key.Key_Home)
    assert np.ptp(plot.viewRange()[0]) == pytest.approx(wide)


def test_inexact_bars_are_counted_once_the_view_rests(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener
) -> None:
    values = torch.randn(200_000)
    show(qtbot, panel, opened(w=values)["w"])
    assert "bars interpolated" in panel.foot.note.text()
    qtbot.waitUntil(lambda: panel.plot.bars.error == 0)
    bars = panel.plot.bars
    assert bars.counts.tolist() == np.histogram(values.double().numpy(), bars.edges)[0].tolist()
    assert panel.foot.note.text().startswith("exact · 200,000 values")
    assert "interpolated" not in panel.foot.note.text()


def test_exact_here_counts_the_bars_in_sight(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(histogram_panel, "REFINED_AT_ONCE", 0)
    values = torch.rand(200_000) + 1
    show(qtbot, panel, opened(w=values)["w"])
    panel.plot.set_values_in_view(1.5, 1.501)
    assert panel.plot.bars.error > 0
    assert panel.controls.refine.isVisible()
    panel.controls.refine.click()
    qtbot.waitUntil(lambda: panel.plot.bars.error == 0)
    bars = panel.plot.bars
    assert bars.counts.tolist() == np.histogram(values.double().numpy(), bars.edges)[0].tolist()
    assert not panel.controls.refine.isVisible()


def test_saves_and_copies(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener, tmp_path: Path
) -> None:
    show(qtbot, panel, opened(w=torch.arange(8.0))["w"])
    for suffix in ("png", "svg", "csv"):
        panel.save(str(tmp_path / f"plot.{suffix}"))
    assert QImage(str(tmp_path / "plot.png")).width() > 1000
    drawing = (tmp_path / "plot.svg").read_text()
    assert "<svg" in drawing
    assert "median" in drawing
    rows = list(csv.DictReader((tmp_path / "plot.csv").read_text().splitlines()))
    assert sum(float(row["count"]) for row in rows) == 8
    assert float(rows[0]["low"]) == 0.0
    panel.copy_figures()
    assert "mean\t3.5" in QGuiApplication.clipboard().text()
    panel.copy_picture()
    assert not QGuiApplication.clipboard().image().isNull()


def test_a_picture_that_cannot_be_written_is_reported(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener, tmp_path: Path
) -> None:
    show(qtbot, panel, opened(w=torch.arange(8.0))["w"])
    for suffix in ("png", "csv"):
        with qtbot.waitSignal(panel._jobs.failed):
            panel.save(str(tmp_path / "no such folder" / f"plot.{suffix}"))


def test_colours_follow_the_theme(qtbot: QtBot, panel: HistogramPanel, opened: Opener) -> None:
    show(qtbot, panel, opened(w=torch.randn(800))["w"])
    try:
        theme.choose("dark")
        dark = panel.plot.plot.grab().toImage().pixelColor(3, 3)
        theme.choose("light")
        light = panel.plot.plot.grab().toImage().pixelColor(3, 3)
    finally:
        theme.choose("system")
    assert dark == theme.DARK.window
    assert light == theme.LIGHT.window


def test_everything_has_an_accessible_name(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener
) -> None:
    show(qtbot, panel, opened(w=torch.arange(8.0))["w"])
    assert panel.plot.plot.accessibleName()
    assert "mean 3.5" in panel.plot.plot.accessibleDescription()
    assert panel.table.accessibleName()
    assert panel.rows.accessibleName()


def test_a_modules_bars_are_counted_once_the_view_rests(
    qtbot: QtBot, panel: HistogramPanel, opened: Opener
) -> None:
    tied = torch.randn(150_000)
    parts = {"a": tied, "b": torch.rand(90_000) - 0.5, "again": tied, "step": torch.tensor(7)}
    tensors = opened(**parts)
    panel.show_tensors("m", [tensors[key] for key in parts])
    qtbot.waitUntil(lambda: panel.plot.isVisible() and panel.plot.bars.counts.sum() > 1)
    qtbot.waitUntil(lambda: panel.plot.bars.error == 0)
    bars = panel.plot.bars
    values = torch.cat((parts["a"], parts["b"])).double().numpy()
    assert bars.counts.tolist() == np.histogram(values, bars.edges)[0].tolist()
    assert "interpolated" not in panel.foot.note.text()
