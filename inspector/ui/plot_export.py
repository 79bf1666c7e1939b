"""A plot as a picture file or on the clipboard, with its title, as it looks in the window."""

from __future__ import annotations

import re

from PySide6.QtCore import QRect, QRectF, QSaveFile, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QGraphicsView, QWidget

from inspector.checkpoint.errors import ExportError
from inspector.ui import theme

_SCALE = 2
"""Pixels of a PNG per pixel of the window, so that it prints well."""
_MARGIN = 12


def to_image(view: QGraphicsView, title: str) -> QImage:
    """Return the plot under its title, at twice the window's resolution."""
    size = _full_size(view, title)
    image = QImage(size * _SCALE, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(_SCALE)
    painter = QPainter(image)
    _paint(painter, view, title, size)
    painter.end()
    return image


def copy_picture(view: QGraphicsView, title: str) -> None:
    """Put the plot on the clipboard as a picture."""
    # Not as QMimeData made here: the clipboard outlives Python and would free it into a crash.
    QGuiApplication.clipboard().setImage(to_image(view, title))


def ask_path(parent: QWidget, caption: str, title: str, *kinds: str) -> str:
    """Ask where to save a plot of `title`, as one of the kinds ("Picture (*.png)"); empty for no
    answer."""
    chosen, kind = QFileDialog.getSaveFileName(parent, caption, file_name(title), ";;".join(kinds))
    return with_suffix(chosen, kind) if chosen else ""


def save_picture(view: QGraphicsView, title: str, path: str) -> None:
    """Write the plot to `path`: SVG where the name ends in .svg, else PNG.

    Raises `ExportError` when it cannot be written.
    """
    if path.lower().endswith(".svg"):
        size = _full_size(view, title)
        generator = QSvgGenerator()
        generator.setFileName(path)
        generator.setSize(size)
        generator.setViewBox(QRect(0, 0, size.width(), size.height()))
        generator.setTitle(title)
        # Axes are drawn from recordings, which play at the size of the device they were made for.
        generator.setResolution(view.logicalDpiX())
        painter = QPainter()
        if not painter.begin(generator):
            raise _unwritable(path)
        _paint(painter, view, title, size)
        painter.end()
    elif not to_image(view, title).save(path):
        raise _unwritable(path)


def save_text(text: str, path: str) -> None:
    """Write `text` as UTF-8; raises `ExportError` when it cannot be written."""
    file = QSaveFile(path)
    data = text.encode()
    opened = file.open(QSaveFile.OpenModeFlag.WriteOnly)
    if not opened or file.write(data) != len(data) or not file.commit():
        raise _unwritable(path)


def file_name(title: str) -> str:
    """Return a name for a picture of `title` that every file system takes."""
    return re.sub(r"[^\w.-]+", "_", title).strip("._")[:100] or "plot"


def with_suffix(path: str, chosen_filter: str) -> str:
    """Return `path` with the suffix of the chosen file filter where it has none of its own."""
    if path.lower().endswith((".png", ".svg", ".csv")):
        return path
    for suffix in (".svg", ".csv"):
        if suffix in chosen_filter:
            return path + suffix
    return path + ".png"


def _unwritable(path: str) -> ExportError:
    return ExportError(
        "the picture could not be written",
        file=path,
        advice="Choose another folder, or free some space",
    )


def _full_size(view: QWidget, title: str) -> QSize:
    heading = view.fontMetrics().height() + _MARGIN if title else 0
    return QSize(view.width() + 2 * _MARGIN, view.height() + 2 * _MARGIN + heading)


def _paint(painter: QPainter, view: QGraphicsView, title: str, size: QSize) -> None:
    colors = theme.colors()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRect(0, 0, size.width(), size.height()), colors.window)
    top = _MARGIN
    if title:
        metrics = view.fontMetrics()
        painter.setPen(colors.text)
        painter.setFont(view.font())
        heading = QRect(_MARGIN, top, view.width(), metrics.height())
        cut = metrics.elidedText(title, Qt.TextElideMode.ElideMiddle, view.width())
        painter.drawText(heading, Qt.AlignmentFlag.AlignLeft, cut)
        top += metrics.height() + _MARGIN
    target = QRectF(_MARGIN, top, view.width(), view.height())
    view.render(painter, target, view.viewport().rect())
