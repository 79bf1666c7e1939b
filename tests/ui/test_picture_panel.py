"""The picture panel on real widgets and real files: pixels, cursor, zoom, words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from inspector.analysis.picture import Region
from inspector.checkpoint.types import Checkpoint, Tensor
from inspector.formats.detect import open_checkpoint
from inspector.ui import color_scale, theme
from inspector.ui.jobs import Jobs
from inspector.ui.picture_panel import PicturePanel

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
Opener = Callable[[torch.Tensor], Tensor]
MESSAGE, CONTENT = 0, 1


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[PicturePanel]:
    jobs = Jobs()
    made = PicturePanel(jobs)
    qtbot.addWidget(made)
    made.resize(520, 460)
    made.show()
    yield made
    jobs.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    kept: list[Checkpoint] = []

    def write_and_open(tensor: torch.Tensor) -> Tensor:
        path = tmp_path / f"{len(kept)}.pt"
        torch.save({"w": tensor}, path)
        kept.append(open_checkpoint(path))
        return kept[-1].tensors[0]

    yield write_and_open
    for checkpoint in kept:
        checkpoint.close()


def page(panel: PicturePanel) -> int:
    return panel._pages.currentIndex()


def show(qtbot: QtBot, panel: PicturePanel, tensor: Tensor) -> None:
    panel.show_tensor(tensor)
    qtbot.waitUntil(lambda: not panel._jobs.busy("look") and page(panel) == CONTENT)


def scene_place(panel: PicturePanel, column: float, row: float) -> QPointF:
    place: QPointF = panel.plot.plot.getViewBox().mapViewToScene(QPointF(column, row))
    return place


def test_a_small_matrix_shows_every_element(
    qtbot: QtBot, panel: PicturePanel, opened: Opener
) -> None:
    values = torch.randn(12, 9)
    show(qtbot, panel, opened(values))
    assert "one cell per element" in panel.foot.note.text()
    assert not panel.reduction.isVisible()
    panel.plot._point_at(scene_place(panel, 4.5, 7.5))
    index, value = panel.foot.readout.text().split(" = ")
    assert index == "[7, 4]"
    assert float(value.replace("−", "-")) == pytest.approx(values[7, 4].item(), rel=1e-5)


def test_colour_tells_sign_and_size(qtbot: QtBot, panel: PicturePanel, opened: Opener) -> None:
    show(qtbot, panel, opened(torch.tensor([[-2.0, 0.0], [1.0, 2.0]])))
    pixels = panel.plot._image.image
    assert pixels[0, 0].tolist() == color_scale.colors_of(np.array([-1.0]), 1.0)[0].tolist()
    blue, orange = pixels[0, 0].astype(int), pixels[1, 1].astype(int)
    assert blue[2] > blue[0]
    assert orange[0] > orange[2]
    assert np.ptp(pixels[0, 1][:3].astype(int)) < 12


def test_a_click_tells_the_index(qtbot: QtBot, panel: PicturePanel, opened: Opener) -> None:
    show(qtbot, panel, opened(torch.randn(3, 20, 30)))
    view = panel.plot.plot
    at = view.mapFromScene(scene_place(panel, 7.5, 45.5))
    with qtbot.waitSignal(panel.cell_activated) as clicked:
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert clicked.args == [(2, 5, 7)]


def test_keys_walk_and_choose(qtbot: QtBot, panel: PicturePanel, opened: Opener) -> None:
    show(qtbot, panel, opened(torch.randn(10, 10)))
    view = panel.plot.plot
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(view, key)
    assert panel.foot.readout.text().startswith("[7, 6] = ")
    with qtbot.waitSignal(panel.cell_activated) as chosen:
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert chosen.args == [(7, 6)]


def test_kernels_are_a_grid(qtbot: QtBot, panel: PicturePanel, opened: Opener) -> None:
    values = torch.randn(16, 3, 5, 5)
    show(qtbot, panel, opened(values))
    assert "48 kernels of 5 × 5" in panel.foot.note.text()
    panel.plot._point_at(scene_place(panel, 2.5, 1.5))
    assert panel.foot.readout.text().startswith("[0, 0, 1, 2] = ")
    panel.plot._point_at(scene_place(panel, 5.5, 1.5))
    assert panel.foot.readout.text() == ""
    panel.plot._point_at(scene_place(panel, 7.5, 1.5))
    assert panel.foot.readout.text().startswith("[0, 1, 1, 1] = ")


def test_a_vector_is_a_line(qtbot: QtBot, panel: PicturePanel, opened: Opener) -> None:
    values = torch.arange(50.0)
    show(qtbot, panel, opened(values))
    assert panel.plot.is_line
    panel.plot._point_at(scene_place(panel, 31.4, 10))
    assert panel.foot.readout.text() == "[31] = 31"


def test_axes_of_indexes_have_no_fractions_and_every_digit(
    qtbot: QtBot, panel: PicturePanel, opened: Opener
) -> None:
    show(qtbot, panel, opened(torch.randn(2, 3_000_000)))
    plot = panel.plot.plot
    for side, last, length in (("left", 2.0, 400.0), ("bottom", 3e6, 500.0)):
        axis = plot.getAxis(side)
        labels = [
            label
            for spacing, places in axis.tickValues(0.0, last, length)
            for label in axis.tickStrings(places, 1.0, spacing)
        ]
        assert len(labels) > 1
        assert not any(set(label) & set(".e") for label in labels), labels


def test_a_large_matrix_is_reduced_and_zooming_reads_the_part_in_sight(
    qtbot: QtBot, panel: PicturePanel, opened: Opener
) -> None:
    values = torch.randn(3000, 2000)
    show(qtbot, panel, opened(values))
    whole = panel.plot.in_sight
    assert whole is not None
    assert not whole.is_full_detail
    assert panel.reduction.isVisible()
    panel.plot._point_at(scene_place(panel, 1000.5, 1500.5))
    assert "in a block of" in panel.foot.readout.text()
    box = panel.plot.plot.getViewBox()
    box.setRange(xRange=(1000, 1030), yRange=(1500, 1540), padding=0)
    qtbot.waitUntil(lambda: panel.plot.in_sight is not whole)
    fine = panel.plot.in_sight
    assert fine is not None
    assert fine.is_full_detail
    assert panel.foot.readout.text().startswith("[1500, 1000] = ")  # it was a block until now
    part = values[fine.region.top : fine.region.bottom, fine.region.left : fine.region.right]
    np.testing.assert_array_equal(fine.mean, part.double().numpy())
    assert "one cell per element" in panel.foot.note.text()
    panel.plot._point_at(scene_place(panel, 1010.5, 1510.5))
    assert panel.foot.readout.text().startswith("[1510, 1010] = ")
    panel.plot.fit()
    qtbot.waitUntil(lambda: panel.plot.in_sight is whole)


def test_a_huge_tensor_is_sampled_first(qtbot: QtBot, panel: PicturePanel, opened: Opener) -> None:
    seen: list[bool] = []
    panel.plot.resolution_changed.connect(lambda: None)
    shown = panel.plot.show_picture

    def watch(picture, mosaic, keep_view, beside=None):  # type: ignore[no-untyped-def]
        seen.append(picture.sampled)
        shown(picture, mosaic, keep_view)

    panel.plot.show_picture = watch  # type: ignore[method-assign]
    show(qtbot, panel, opened(torch.zeros(1 << 12, 1 << 11, dtype=torch.int8)))
    assert seen == [True, False]
    assert panel.foot.note.text().startswith("exact")


def test_nan_is_marked_and_counted(qtbot: QtBot, panel: PicturePanel, opened: Opener) -> None:
    values = torch.zeros(4, 4)
    values[1, 2] = float("nan")
    show(qtbot, panel, opened(values))
    assert panel._bad.text() == "■ 1 NaN or infinite"
    bad = color_scale.bad_color().getRgb()
    assert tuple(panel.plot._image.image[1, 2].tolist()) == bad
    panel.plot._point_at(scene_place(panel, 2.5, 1.5))
    assert panel.foot.readout.text() == "[1, 2] = NaN or infinite"


def test_block_mean_and_strongest(qtbot: QtBot, panel: PicturePanel, opened: Opener) -> None:
    values = torch.zeros(4000, 8)
    values[1000, 3] = -9.0
    values[2000:2100, 5] = 1.0
    show(qtbot, panel, opened(values))
    mean = panel.plot._image.image.copy()
    panel.reduction.setCurrentIndex(1)
    panel.reduction.activated.emit(1)
    assert (panel.plot._image.image != mean).any()


def test_words_where_there_is_no_picture(
    qtbot: QtBot, panel: PicturePanel, opened: Opener, tmp_path: Path
) -> None:
    assert page(panel) == MESSAGE
    panel.show_tensor(opened(torch.zeros(0, 3)))
    assert "[0, 3]" in panel._message.text()
    panel.show_tensor(opened(torch.tensor(2.5)))
    qtbot.waitUntil(lambda: panel._message.text() == "A single value: 2.5")
    for hopeless in (torch.full((10,), float("nan")), torch.full((4, 4), float("inf"))):
        panel.show_tensor(opened(torch.randn(3, 3)))
        qtbot.waitUntil(lambda: page(panel) == CONTENT)
        panel.show_tensor(opened(hopeless))
        qtbot.waitUntil(lambda: page(panel) == MESSAGE)
        assert panel._message.text() == "No finite value to draw."
    panel.show_tensors("layer1", [])
    assert "layer1" in panel._message.text()
    tensor = opened(torch.randn(100))
    (tmp_path / "6.pt").write_bytes(b"cut")
    panel.show_tensor(tensor)
    qtbot.waitUntil(lambda: "cannot be read" in panel._message.text())


def test_going_back_shows_the_kept_picture_at_once(
    qtbot: QtBot, panel: PicturePanel, opened: Opener
) -> None:
    first, second = opened(torch.zeros(3, 3)), opened(torch.ones(3, 3))
    show(qtbot, panel, first)
    show(qtbot, panel, second)
    panel.show_tensor(first)
    assert page(panel) == CONTENT
    assert panel.plot.in_sight is not None
    assert panel.plot.in_sight.mean.max() == 0


def test_hidden_while_reading_asks_again_when_seen(
    qtbot: QtBot, panel: PicturePanel, opened: Opener
) -> None:
    panel.hide()
    panel.show_tensor(opened(torch.randn(5, 5)))
    assert not panel._jobs.busy("look")
    panel.show()
    qtbot.waitUntil(lambda: page(panel) == CONTENT)


def test_saves_and_copies(
    qtbot: QtBot, panel: PicturePanel, opened: Opener, tmp_path: Path
) -> None:
    show(qtbot, panel, opened(torch.randn(30, 30)))
    panel.save(str(tmp_path / "w.png"))
    panel.save(str(tmp_path / "w.svg"))
    assert QImage(str(tmp_path / "w.png")).width() > 800
    assert "<image" in (tmp_path / "w.svg").read_text()
    panel.copy_picture()
    assert not QGuiApplication.clipboard().image().isNull()
    with qtbot.waitSignal(panel._jobs.failed):
        panel.save(str(tmp_path / "missing" / "w.png"))


def test_zero_has_the_colour_of_the_ground_in_both_themes() -> None:
    try:
        for name, darkest in (("light", 200), ("dark", 0)):
            theme.choose(name)
            zero = color_scale.colors_of(np.array([0.0]), 1.0)[0]
            assert (zero[:3] >= darkest).all()
            assert (zero[:3] <= darkest + 60).all()
    finally:
        theme.choose("system")


def test_a_region_outside_is_never_asked_for(
    qtbot: QtBot, panel: PicturePanel, opened: Opener
) -> None:
    show(qtbot, panel, opened(torch.randn(900, 900)))
    panel.plot.plot.getViewBox().setRange(xRange=(-500, 2), yRange=(890, 2000), padding=0)
    assert panel.plot.region_in_view() == Region(890, 900, 0, 3)


def test_values_at_the_end_of_the_floats_are_drawn(
    qtbot: QtBot, panel: PicturePanel, opened: Opener
) -> None:
    ends = torch.tensor([1.7e308, -1.7e308, 1.0], dtype=torch.float64)
    with qtbot.assertNotEmitted(panel._jobs.failed):
        show(qtbot, panel, opened(ends))
    assert all(map(math.isfinite, panel.plot.plot.getViewBox().viewRange()[1]))
