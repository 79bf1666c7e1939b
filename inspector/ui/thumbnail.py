"""A picture of a checkpoint for file managers: its kind, its parameters, a small histogram.

Called as `inspector --thumbnail FILE TARGET SIZE` by what the thumbnailer entry names (the
freedesktop Thumbnail Managing Standard leaves the program to the desktop). It runs unasked on
whatever lies in a folder, so time, memory and the file's own lists are bounded; every trouble ends
in exit code 1, and the file manager shows the icon of the file type instead.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QImage, QImageWriter, QPainter, QPen

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.summary import in_optimizer, summarize_checkpoint
from inspector.checkpoint.types import Checkpoint, Tensor
from inspector.checkpoint.units import short_count_text
from inspector.formats.detect import open_checkpoint

SECONDS = 8
"""Wall-clock time after which the work is given up."""
MEMORY = 2 << 30
"""Bytes of address space, most of it libraries."""
LIMITS = Limits(
    pickle_bytes=64 << 20,
    opcodes=4_000_000,
    stack=500_000,
    memo=2_000_000,
    nodes=200_000,
    header_bytes=32 << 20,
    index_bytes=16 << 20,
    inflated_bytes=64 << 20,
)
_SIZES = (16, 1024)
_SAMPLED_TENSORS = 12
_SAMPLING_SECONDS = 1.5
_BARS = 36
# Outliers would press all bars into one.
_SHARES = (0.002, 0.998)

_PAPER, _EDGE, _INK, _FAINT = "#ffffff", "#c3ccd8", "#1b1f24", "#5b6570"
_BLUE, _GREEN = "#1f6feb", "#1a7f4b"


@dataclass(frozen=True, slots=True)
class Content:
    """What the picture says. `bars` are heights from 0 to 1, none where nothing was sampled."""

    kind: str
    parameters: int
    bars: list[float] = field(default_factory=list)


def main(arguments: Sequence[str]) -> int:
    """Write the picture of a file; `arguments` are file, target and size in pixels."""
    if len(arguments) != 3 or not arguments[2].isdecimal():
        sys.stderr.write("usage: inspector --thumbnail FILE TARGET SIZE\n")
        return 1
    source, target, size = arguments
    try:
        _bound()
        content = describe(source)
        Path(target).write_bytes(picture(content, int(size)))
    except CheckpointError as error:
        sys.stderr.write(f"inspector: {error}\n")
        return 1
    except (OSError, MemoryError) as error:
        sys.stderr.write(f"inspector: no picture: {type(error).__name__}\n")
        return 1
    return 0


def describe(path: str) -> Content:
    """Return what the picture of the checkpoint at `path` says; raises `CheckpointError`."""
    with open_checkpoint(path, limits=LIMITS) as checkpoint:
        summary = summarize_checkpoint(checkpoint, CancelToken())
        return Content(checkpoint.format, summary.parameters, _bars(checkpoint))


def picture(content: Content, size: int) -> bytes:
    """Return a PNG of at most `size` by `size` pixels, transparent around a sheet of paper."""
    application = QGuiApplication.instance()
    if application is None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        application = QGuiApplication([])
    edge = min(max(size, _SIZES[0]), _SIZES[1])
    image = QImage(edge, edge, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _draw(painter, content, float(edge))
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


def _bound() -> None:
    """Limit time and memory of this process, where the system can."""

    def give_up(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    if sys.platform != "win32":
        import resource

        signal.signal(signal.SIGALRM, give_up)
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    # Each thread of the number library would reserve memory; nothing here multiplies matrices.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"


def _bars(checkpoint: Checkpoint) -> list[float]:
    from inspector.analysis.statistics import Statistics, merge, sample

    deadline = time.monotonic() + _SAMPLING_SECONDS
    found: list[Statistics] = []
    for tensor in _largest(checkpoint):
        if time.monotonic() > deadline:
            break
        with contextlib.suppress(CheckpointError):  # a damaged tensor; the others still count
            found.append(sample(tensor))
    together = merge(found)
    if not together.finite:
        return []
    low, high = (together.quantile(share) for share in _SHARES)
    counts = together.histogram(_BARS, (low, high)).counts
    peak = float(counts.max())
    return [float(count) / peak for count in counts] if peak else []


def _largest(checkpoint: Checkpoint) -> list[Tensor]:
    floating = [
        tensor
        for tensor in checkpoint.tensors
        if DTYPES[tensor.dtype].is_floating and tensor.storage is not None and tensor.numel
    ]
    # Moments of an optimizer crowd about zero; they are drawn only where there is nothing else.
    model = [tensor for tensor in floating if not in_optimizer(tensor.path)]
    return sorted(model or floating, key=lambda tensor: -tensor.numel)[:_SAMPLED_TENSORS]


def _draw(painter: QPainter, content: Content, edge: float) -> None:
    accent = QColor(_GREEN if "safetensors" in content.kind else _BLUE)
    sheet = QRectF(edge * 0.06, edge * 0.06, edge * 0.88, edge * 0.88)
    painter.setPen(QPen(QColor(_EDGE), max(1.0, edge / 128)))
    painter.setBrush(QColor(_PAPER))
    painter.drawRoundedRect(sheet, edge * 0.07, edge * 0.07)
    inner = sheet.adjusted(edge * 0.08, edge * 0.07, -edge * 0.08, -edge * 0.08)
    if edge >= 48:
        inner.setTop(_write(painter, content, inner, edge))
    _draw_bars(painter, content.bars, inner, accent)


def _write(painter: QPainter, content: Content, box: QRectF, edge: float) -> float:
    """Write the parameters and the kind; return where the bars may begin."""
    top = box.top()
    for text, share, color, weight in (
        (short_count_text(content.parameters), 0.14, _INK, QFont.Weight.Bold),
        (content.kind, 0.09, _FAINT, QFont.Weight.Normal),
    ):
        font = QFont()
        font.setPixelSize(max(round(edge * share), 6))
        font.setWeight(weight)
        painter.setFont(font)
        painter.setPen(QColor(color))
        height = painter.fontMetrics().height()
        line = QRectF(box.left(), top, box.width(), height)
        width = round(box.width())
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, shown)
        top += height
    return top + edge * 0.04


def _draw_bars(painter: QPainter, bars: Sequence[float], box: QRectF, accent: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    line = max(1.0, box.width() / 60)
    painter.fillRect(QRectF(box.left(), box.bottom() - line, box.width(), line), QColor(_EDGE))
    if not bars:
        return
    room = box.height() - line
    # Bars thinner than two pixels would blur into a cloud.
    step = math.ceil(2 * len(bars) / box.width())
    wide = [max(bars[place : place + step]) for place in range(0, len(bars), step)]
    each = box.width() / len(wide)
    for place, height in enumerate(wide):
        tall = room * height
        top = box.bottom() - line - tall
        painter.fillRect(QRectF(box.left() + place * each, top, each * 0.86, tall), accent)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
