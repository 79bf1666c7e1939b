"""Comparing two files in the window: every way in, and what there is to see and do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from inspector.ui import compare_page  # noqa: F401 - imported by a worker otherwise
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.compare_model import STATUS
from inspector.ui.compare_page import ComparePage
from inspector.ui.compare_selection import AGAINST, DIFFERENCE, PICTURE, VALUES
from inspector.ui.compare_tab import CompareTab
from inspector.ui.compare_verdict import VerdictPopup
from inspector.ui.drop_halves import DropHalves
from inspector.ui.main_window import MainWindow
from tests.builders import torch

SAMPLES = Path(__file__).parents[2] / "resources" / "samples"
EPOCH_1, EPOCH_20 = SAMPLES / "tiny_cnn_epoch01.pt", SAMPLES / "tiny_cnn_epoch20.pt"
KEY = "model_state_dict.conv2.weight"
Start = Callable[[Path, Path], ComparePage]


def compared(window: MainWindow, qtbot: QtBot) -> ComparePage:
    """Return the comparison in front once it is finished."""
    tab = window.tabs.currentWidget()
    assert isinstance(tab, CompareTab)
    qtbot.waitUntil(lambda: not tab.opening)
    assert tab.page is not None, tab.error
    page = tab.page
    qtbot.waitUntil(lambda: page.comparison is not None)
    return page


@pytest.fixture
def start(window: MainWindow, qtbot: QtBot) -> Start:
    def run(a: Path, b: Path) -> ComparePage:
        window.open_paths([str(a), str(b)], compare=True)
        return compared(window, qtbot)

    return run


@pytest.fixture
def page(start: Start) -> ComparePage:
    return start(EPOCH_1, EPOCH_20)


def drag(widget: QWidget, path: Path, place: QPoint) -> QMimeData:
    """Drag a file to a place of a widget; the data must live until it is dropped."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    for kind in (QDragEnterEvent, QDragMoveEvent):
        event = kind(place, copy, data, left, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(widget, event)
    return data


def test_the_offer_to_compare_goes_once_it_is_answered(window: MainWindow, qtbot: QtBot) -> None:
    window.open_paths([str(EPOCH_1), str(EPOCH_20)])
    assert not window.comparing.banner.isHidden()
    qtbot.waitUntil(lambda: all(tab.page is not None for tab in window.file_tabs()))
    window.actions_.by_name["compare"].trigger()
    compared(window, qtbot)
    assert window.comparing.banner.isHidden()


def test_the_offer_to_compare_goes_with_the_file(window: MainWindow, qtbot: QtBot) -> None:
    window.open_paths([str(EPOCH_1), str(EPOCH_20)])
    qtbot.waitUntil(lambda: len(window.file_tabs()) == 2)
    window.close_tab(0)
    assert window.comparing.banner.isHidden()


@pytest.mark.parametrize(("side", "order"), [(0.25, "ba"), (0.75, "ab")])
def test_a_file_dropped_on_a_half_is_that_side(
    window: MainWindow,
    opened: Callable[[Path], CheckpointPage],
    qtbot: QtBot,
    side: float,
    order: str,
) -> None:
    opened(EPOCH_1)
    drag(window, EPOCH_20, window.rect().center())
    halves = window.findChild(DropHalves)
    assert isinstance(halves, DropHalves)
    assert halves.isVisible()
    place = QPointF(halves.width() * side, halves.height() / 3)
    data = drag(halves, EPOCH_20, place.toPoint())
    drop = QDropEvent(
        place,
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(halves, drop)
    page = compared(window, qtbot)
    paths = {"a": str(EPOCH_1), "b": str(EPOCH_20)}
    assert [page.a.path, page.b.path] == [paths[name] for name in order]
    assert not halves.isVisible()


def test_two_files_opened_together_are_offered(window: MainWindow, qtbot: QtBot) -> None:
    window.open_paths([str(EPOCH_1), str(EPOCH_20)])
    qtbot.waitUntil(lambda: len(window.file_tabs()) == 2)
    assert window.comparing.banner.isVisible()
    button = next(b for b in window.comparing.banner.findChildren(QPushButton) if b.text())
    button.click()
    page = compared(window, qtbot)
    assert page.rows.total.counts["changed"] == 54
    window.close_tab(0)
    window.close_tab(0)
    assert page.comparison is not None
    page.go_to_key(KEY)
    qtbot.waitUntil(lambda: bool(page.selection.histograms.sides.bars))


def test_the_command_compares_the_two_open_files(window: MainWindow, qtbot: QtBot) -> None:
    window.open_paths([str(EPOCH_1), str(EPOCH_20)])
    qtbot.waitUntil(lambda: len(window.file_tabs()) == 2)
    window.actions_["compare"].trigger()
    page = compared(window, qtbot)
    assert (page.a.path, page.b.path) == (str(EPOCH_1), str(EPOCH_20))
    window.actions_["compare"].trigger()
    assert window.tabs.count() == 3


def test_a_file_that_cannot_be_opened_is_named(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.open_paths([str(EPOCH_1), str(tmp_path / "none.pt")], compare=True)
    tab = window.tabs.currentWidget()
    assert isinstance(tab, CompareTab)
    qtbot.waitUntil(lambda: tab.error is not None)
    assert tab.error is not None
    assert "none.pt" in tab.error.file


def test_keys_that_fit_nowhere_lead_to_the_mapping(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    torch.save({"old": torch.ones(2, 3), "step": torch.ones(1)}, tmp_path / "a.pt")
    torch.save({"new": torch.ones(4), "count": torch.ones(5)}, tmp_path / "b.pt")
    window.comparing.compare(str(tmp_path / "a.pt"), str(tmp_path / "b.pt"))
    page = compared(window, qtbot)
    assert page.header.matched.isVisible()
    assert page.header.matched.text() == "Pair keys by hand…"


def test_counts_are_chips_that_filter(page: ComparePage, qtbot: QtBot) -> None:
    chip = page.header.counts["changed"]
    assert chip.text() == "≠ 54 changed"
    assert not page.header.counts["identical"].isVisible()
    chip.click()
    assert page.filter.text() == "status:changed"
    qtbot.waitUntil(lambda: page.model.request.text == "status:changed")
    chip.click()
    assert page.filter.text() == ""
    page.filter.setText("status:changed rel:>1")
    assert chip.isChecked()
    qtbot.waitUntil(lambda: page.model.request.text == "status:changed rel:>1")
    leaves = [row for row in page.model.visible if row in page.rows.differences]
    assert leaves
    assert all((page.rows.magnitude(row) or 0) > 1 for row in leaves)


def test_differences_are_walked_by_key(page: ComparePage, window: MainWindow, qtbot: QtBot) -> None:
    seen = []
    for _ in range(3):
        window.actions_["next_difference"].trigger()
        seen.append(page.rows.keys[page.tree.current_row()])
    assert seen == ["epoch", "model_state_dict.conv1.weight", "model_state_dict.conv1.bias"]
    window.actions_["previous_difference"].trigger()
    assert page.rows.keys[page.tree.current_row()] == seen[1]
    page.header.largest.click()
    assert page.tree.current_row() == page.rows.most_changed


def test_every_view_of_a_pair(page: ComparePage, qtbot: QtBot) -> None:
    a = torch.load(EPOCH_1, weights_only=True)["model_state_dict"]["conv2.weight"].double()
    b = torch.load(EPOCH_20, weights_only=True)["model_state_dict"]["conv2.weight"].double()
    page.go_to_key(KEY)
    views = page.selection
    qtbot.waitUntil(lambda: len(views.histograms.sides.bars) == 2)
    for bars in views.histograms.sides.bars:
        assert bars.counts.sum() == a.numel()
    assert views.histograms.delta.bars[0].counts.sum() == a.numel()
    views.tabs.setCurrentIndex(DIFFERENCE)
    qtbot.waitUntil(lambda: bool(views.facts.table.lines))
    lines = {line.name: line for line in views.facts.table.lines}
    shown = float(lines["max |Δ|"].delta.replace("−", "-"))
    assert shown == pytest.approx(float((b - a).abs().max()), rel=1e-5)
    assert float(lines["mean"].a.replace("−", "-")) == pytest.approx(float(a.mean()), rel=1e-5)
    views.tabs.setCurrentIndex(AGAINST)
    qtbot.waitUntil(lambda: views.joint.view.result is not None)
    assert views.joint.view.result is not None
    joint = views.joint.view.result.joint
    assert joint is not None
    assert joint.counts.sum() == a.numel()
    views.tabs.setCurrentIndex(PICTURE)
    qtbot.waitUntil(lambda: views.pictures.plots[2].in_sight is not None)
    views.facts.jump.click()
    assert views.tabs.currentIndex() == VALUES
    largest = page.rows.differences[page.tree.current_row()].largest_at
    model = views.values.model
    assert model is not None and largest is not None
    index = views.values.table.currentIndex()
    assert model.cell(index.row(), index.column()) == largest
    qtbot.waitUntil(lambda: index.data() != "…")
    other = views.values.table_b.currentIndex()
    assert float(index.data().replace("−", "-")) == pytest.approx(float(a[largest]), rel=1e-5)
    assert float(other.data().replace("−", "-")) == pytest.approx(float(b[largest]), rel=1e-5)
    assert index.data(Qt.ItemDataRole.BackgroundRole) is not None


def test_what_one_file_lacks_is_not_said_to_have_another_shape(
    start: Start, tmp_path: Path, qtbot: QtBot
) -> None:
    torch.save({"w": torch.ones(2), "s": torch.ones(2)}, tmp_path / "a.pt")
    torch.save({"w": torch.ones(2), "s": torch.ones(3), "new": torch.ones(4)}, tmp_path / "b.pt")
    page = start(tmp_path / "a.pt", tmp_path / "b.pt")
    page.go_to_key("new")
    said = page.selection.histograms._nothing
    qtbot.waitUntil(lambda: said.text().startswith("Only one of the two files"))
    page.go_to_key("s")
    qtbot.waitUntil(lambda: said.text().startswith("The shapes differ"))


def test_nothing_selected_shows_the_change_through_the_depth(
    page: ComparePage, qtbot: QtBot
) -> None:
    page.show_overview()
    qtbot.waitUntil(lambda: len(page.selection.overview.plot.bars) == 16)
    bars = page.selection.overview.plot.bars
    plot = page.selection.overview.plot.plot
    QTest.keyClick(plot, Qt.Key.Key_Right)
    QTest.keyClick(plot, Qt.Key.Key_Return)
    assert page.tree.current_row() == bars[0].row


def test_marks_of_endless_change_are_explained(start: Start, tmp_path: Path, qtbot: QtBot) -> None:
    torch.save({"w": torch.ones(2, 3), "b": torch.zeros(2)}, tmp_path / "a.pt")
    torch.save({"w": torch.ones(2, 3) * 2, "b": torch.ones(2)}, tmp_path / "b.pt")
    overview = start(tmp_path / "a.pt", tmp_path / "b.pt").selection.overview
    qtbot.waitUntil(lambda: overview._readout.text().startswith("▲ all zero in A"))
    QTest.keyClick(overview.plot.plot, Qt.Key.Key_Right)
    assert overview._readout.text().startswith("w ")


def test_a_tolerance_judges_again(page: ComparePage, qtbot: QtBot) -> None:
    page.tolerance_field.setText("nonsense")
    page.tolerance_field.editingFinished.emit()
    assert page.tolerance_field.property("wrong") is True
    page.tolerance_field.setText("1000")
    page.tolerance_field.editingFinished.emit()
    qtbot.waitUntil(lambda: page.comparison is not None)
    assert page.rows.total.counts["close"] == 54
    assert page.header.counts["close"].text() == "≈ 54 close"


def test_swapping_keeps_what_is_looked_at(
    page: ComparePage, window: MainWindow, qtbot: QtBot
) -> None:
    page.filter.setText("conv")
    qtbot.waitUntil(lambda: page.model.request.text == "conv")
    page.go_to_key("model_state_dict.conv2.weight")
    page.selection.tabs.setCurrentIndex(DIFFERENCE)
    tab = window.tabs.currentWidget()
    assert isinstance(tab, CompareTab)
    window.actions_["swap"].trigger()
    qtbot.waitUntil(lambda: tab.page is not page)
    swapped = compared(window, qtbot)
    qtbot.waitUntil(lambda: swapped.tree.current_row() >= 0)
    assert swapped.rows.keys[swapped.tree.current_row()] == "model_state_dict.conv2.weight"
    assert swapped.filter.text() == "conv"
    assert swapped.selection.tabs.currentIndex() == DIFFERENCE


def test_swapping_keeps_the_tab(page: ComparePage, window: MainWindow, qtbot: QtBot) -> None:
    tab = window.tabs.currentWidget()
    assert isinstance(tab, CompareTab)
    window.actions_["swap"].trigger()
    qtbot.waitUntil(lambda: tab.page is not page)
    swapped = compared(window, qtbot)
    assert (swapped.a.path, swapped.b.path) == (str(EPOCH_20), str(EPOCH_1))
    assert swapped.model.text(swapped.rows.keys.index("epoch"), STATUS) == "≠ 20 → 1"
    assert window.tabs.tabText(0) == "tiny_cnn_epoch20.pt ↔ tiny_cnn_epoch01.pt"


def test_the_verdict_speaks_torchs_language(start: Start, tmp_path: Path, qtbot: QtBot) -> None:
    torch.save({"weight": torch.ones(2, 3), "bias": torch.ones(2)}, tmp_path / "a.pt")
    torch.save({"weight": torch.ones(3, 3), "scale": torch.ones(2, 2)}, tmp_path / "b.pt")
    page = start(tmp_path / "a.pt", tmp_path / "b.pt")
    qtbot.waitUntil(page.header.verdict.isVisible)
    assert page.header.verdict.text() == "load_state_dict(strict): 3 problems"
    page.show_verdict()
    popup = page.findChild(VerdictPopup)
    assert isinstance(popup, VerdictPopup)
    text = "\n".join(label.text() for label in popup.findChildren(type(page._hits)))
    assert 'Missing key(s) in state_dict: "bias"' in text
    assert "size mismatch for weight: copying a param with shape torch.Size([3, 3])" in text
    popup.close()


def test_reports_are_saved_and_copied(page: ComparePage, qtbot: QtBot, tmp_path: Path) -> None:
    for kind, ending in (("markdown", "md"), ("html", "html"), ("csv", "csv"), ("json", "json")):
        target = tmp_path / f"report.{ending}"
        page.save_report(kind, str(target))
        qtbot.waitUntil(target.exists)
    found = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert found["summary"]["changed"] == 54
    QGuiApplication.clipboard().clear()
    page.copy_report()
    qtbot.waitUntil(lambda: "54 changed" in QGuiApplication.clipboard().text())


def test_a_stopped_comparison_can_be_started_again(page: ComparePage, qtbot: QtBot) -> None:
    page.compare()
    page.stop()
    assert not page.comparing
    assert page.header._again.isVisible()
    page.header._again.click()
    qtbot.waitUntil(lambda: page.comparison is not None)
    assert page.rows.total.counts["changed"] == 54


def wide_pair(folder: Path) -> tuple[Path, Path]:
    """Two matrices of more cells than a picture has; one element differs."""
    matrix = torch.arange(4_000_000.0).reshape(2000, 2000)
    paths = folder / "a.pt", folder / "b.pt"
    torch.save({"w": matrix}, paths[0])
    changed = matrix.clone()
    changed[1234, 567] += 0.5
    torch.save({"w": changed}, paths[1])
    return paths


def test_zooming_into_the_pictures_of_a_pair_reads_the_part_in_view_again(
    start: Start, qtbot: QtBot, tmp_path: Path
) -> None:
    page = start(*wide_pair(tmp_path))
    assert page.go_to_key("w")
    page.selection.tabs.setCurrentIndex(PICTURE)
    plots = page.selection.pictures.plots
    qtbot.waitUntil(lambda: all(plot.in_sight is not None for plot in plots))
    plots[0].plot.getViewBox().setRange(xRange=(560, 575), yRange=(1230, 1240), padding=0)

    def all_fine() -> bool:
        seen = [plot.in_sight for plot in plots]
        return all(one is not None and one.is_full_detail for one in seen)

    qtbot.waitUntil(all_fine)
    a, b, difference = (plot.in_sight for plot in plots)
    assert a is not None and b is not None and difference is not None
    cell = difference.cell(1234, 567)
    assert (difference.mean[cell], b.mean[cell] - a.mean[cell]) == (0.5, 0.5)
    assert abs(difference.mean).sum() == 0.5


@pytest.mark.parametrize("key", [KEY, "model_state_dict.conv1.bias"])
def test_the_keyboard_walks_over_a_against_b(page: ComparePage, qtbot: QtBot, key: str) -> None:
    assert page.go_to_key(key)
    page.selection.tabs.setCurrentIndex(AGAINST)
    joint = page.selection.joint
    qtbot.waitUntil(lambda: joint.view.result is not None)
    said = []
    for pressed in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left):
        QTest.keyClick(joint.view.plot, pressed)
        said.append(joint.readout.text())
    assert all(text.startswith("A ") for text in said)
    assert len(set(said)) >= 3
    QTest.keyClick(joint.view.plot, Qt.Key.Key_Home)
    assert joint.readout.text() == said[0]


def test_every_view_has_something_for_values_that_are_none(
    start: Start, qtbot: QtBot, tmp_path: Path
) -> None:
    nan, inf = float("nan"), float("inf")
    a = {
        "nan": torch.full((6,), nan),
        "inf": torch.tensor([[inf, -inf], [nan, inf]]),
        "one_side": torch.tensor([1.0, 2.0, 3.0]),
        "complex": torch.tensor([complex(nan, 1), complex(inf, 0)]),
        "far": torch.tensor([1.7e308, -1.7e308], dtype=torch.float64),
        "empty": torch.zeros(0, 3),
        "scalar": torch.tensor(1.0),
    }
    b = {key: -tensor for key, tensor in a.items()} | {"one_side": torch.full((3,), nan)}
    torch.save(a, tmp_path / "a.pt")
    torch.save(b, tmp_path / "b.pt")
    page = start(tmp_path / "a.pt", tmp_path / "b.pt")
    jobs = page._jobs
    with qtbot.assertNotEmitted(jobs.failed):
        for key in a:
            page.go_to_key(key)
            for view in range(page.selection.tabs.count()):
                page.selection.tabs.setCurrentIndex(view)
                qtbot.waitUntil(lambda: not jobs.busy("look"))
