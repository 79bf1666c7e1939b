"""A saved drawing shows what the window does: axes, grid and curve in their places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from pytestqt.qtbot import QtBot

from inspector.ui import plot_export
from inspector.ui.plot_style import ValueAxis, color_plot, make_plot


def drawn(path: Path, width: int, height: int) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    QSvgRenderer(str(path)).render(painter)
    painter.end()
    return image


def darkness(image: QImage) -> npt.NDArray[np.float64]:
    gray = image.convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(gray.constBits(), np.uint8).reshape(gray.height(), -1)
    return 255.0 - pixels[:, : gray.width()].astype(np.float64)


def test_a_drawing_has_axes_and_curve_where_the_picture_has_them(
    qtbot: QtBot, tmp_path: Path
) -> None:
    plot = make_plot(ValueAxis("bottom"), ValueAxis("left"), None, "test")
    qtbot.addWidget(plot)
    color_plot(plot)
    plot.addItem(pg.PlotCurveItem([0.0, 100.0], [0.0, 50.0], pen=pg.mkPen("k", width=3)))
    plot.getViewBox().setRange(xRange=(0, 100), yRange=(0, 50), padding=0)
    plot.resize(500, 400)
    plot.show()
    qtbot.waitExposed(plot)
    for name in ("plot.png", "plot.svg"):
        plot_export.save_picture(plot, "", str(tmp_path / name))
    png = QImage(str(tmp_path / "plot.png"))
    svg = drawn(tmp_path / "plot.svg", png.width(), png.height())
    small = png.width() // 8, png.height() // 8
    mode = Qt.TransformationMode.SmoothTransformation
    ratio = Qt.AspectRatioMode.IgnoreAspectRatio
    left, right = (darkness(image.scaled(*small, ratio, mode)) for image in (png, svg))
    assert left.std() > 5
    assert np.corrcoef(left.ravel(), right.ravel())[0, 1] > 0.95
    # Rows and columns of the grid and the axes.
    for axis in (0, 1):
        assert np.corrcoef(np.median(left, axis), np.median(right, axis))[0, 1] > 0.95
