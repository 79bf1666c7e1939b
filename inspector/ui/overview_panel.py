"""The whole file at a glance: where its bytes are, and what its layers are like once scanned."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from inspector.analysis.scan_results import ScanResult
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.kinds import AVERAGE, MODEL, OPTIMIZER, OTHER
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.summary import Summary
from inspector.checkpoint.units import bytes_text
from inspector.ui import theme
from inspector.ui.depth_plot import DepthPlot
from inspector.ui.jobs import Job, Jobs
from inspector.ui.layer_bands import Layer, layers_of
from inspector.ui.opening import Opened, no_search_for_cycles
from inspector.ui.overview_parts import (
    Part,
    bytes_by_kind,
    model_keys,
    parts_of,
    take_apart,
)
from inspector.ui.scrolling import scrolling
from inspector.ui.share_bar import Share, ShareBar
from inspector.ui.treemap import Treemap, kind_color

_FEW = 3
"""Tensors up to which the map is a strip: they need no more room to be told apart."""
_NO_LIMIT = (1 << 24) - 1  # Qt's own greatest height
_REMARKS = 4
"""Layers that stand out named one by one; more are counted."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What the worker found of one checkpoint."""

    root: Part
    kinds: dict[str, int]
    summary: Summary
    model_keys: Set[str]


class OverviewPanel(QWidget):
    """Map of bytes, sums by kind, dtype and device, and the layers of a scanned file."""

    key_activated = Signal(str)
    """A module or a tensor was chosen."""
    scan_requested = Signal()
    """The person asked for a scan of the file."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._opened: Opened | None = None
        self._found: _Found | None = None
        self._asked: Job[_Found] | None = None
        self._results: Sequence[ScanResult] = ()
        self._seen = True
        self.map = Treemap(self)
        self.bars = [
            ShareBar(title, self)
            for title in (self.tr("Holds"), self.tr("Dtype"), self.tr("Device"))
        ]
        self.readout = QLabel(self)
        self.layer_readout = QLabel(self)
        self.remarks = QLabel(self)
        self.scan = QPushButton(self.tr("Scan file"), self)
        self.go = QPushButton(self.tr("Show the tensor"), self)
        self._headings = [QLabel(self), QLabel(self)]
        self._arrange()
        self._connect()
        self._show_depth([])
        theme.changed.connect(self._recolor)
        self._recolor()

    def show_file(self, opened: Opened) -> None:
        """Show where the bytes of a file are."""
        self._opened = opened
        self._found = None
        self._results, self._seen = (), True
        if self.isVisible():
            self._ask()

    def forget(self) -> None:
        """Drop the checkpoint and what was found, or is looked for, in it."""
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None  # it refers to the file and to this panel
        found, self._found = self._found, None
        self._opened, self._results = None, ()
        self.map.show_parts(None)
        if found is not None:
            root = found.root
            self._jobs.run(
                "plan", lambda cancel, progress: take_apart(root, cancel), lambda _: None
            )

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the map if a selection came between the last request and its answer."""
        super().showEvent(event)
        if self._found is None:
            self._ask()
        elif not self._seen:
            self._ask_for_layers()

    def _ask(self) -> None:
        opened = self._opened
        if opened is None:
            return

        def work(cancel: CancelToken, progress: Progress) -> _Found:
            with no_search_for_cycles():
                root = parts_of(opened.checkpoint, opened.owners, cancel)
                found = _Found(root, bytes_by_kind(root), opened.summary, model_keys(root))
            if cancel.cancelled:  # else it would be freed at once, and by the window
                take_apart(root, CancelToken())
            return found

        self._asked = self._jobs.run("look", work, self._show)

    def set_scan(self, results: Sequence[ScanResult]) -> None:
        """Show the layers of a scan, or of the part of one that is done."""
        self._results, self._seen = results, False
        if results and not self.scan.isHidden():
            self._show_scan_offer(False)  # what it promised is being made
        if self.isVisible():
            self._ask_for_layers()

    def _ask_for_layers(self) -> None:
        found, results, opened = self._found, self._results, self._opened
        if found is None or opened is None:
            return
        by_name = opened.checkpoint.in_name_order

        def work(cancel: CancelToken, progress: Progress) -> list[Layer]:
            return layers_of(results, found.model_keys, cancel, by_name)

        self._jobs.run("look", work, self._show_depth)

    def _show(self, found: _Found) -> None:
        self._found = found
        self.map.show_parts(found.root)
        self._fit_map(found.root.tensors)
        self._show_scan_offer(not self._results)
        self._show_shares(found)
        self._say_bytes("")
        if not self._seen:
            self._ask_for_layers()

    def _fit_map(self, tensors: int) -> None:
        """Show no map of a single tensor, which would be one block, and a strip of a few."""
        em = self.fontMetrics().height()
        self.map.setVisible(tensors > 1)
        self.map.setMaximumHeight(em * 7 if tensors <= _FEW else _NO_LIMIT)
        self._headings[0].setVisible(tensors > 1)

    def _go(self) -> None:
        if self._opened is not None:
            self.key_activated.emit(self._opened.checkpoint.tensors[0].key)

    def _show_shares(self, found: _Found) -> None:
        words = {
            MODEL: self.tr("model"),
            OPTIMIZER: self.tr("optimizer"),
            AVERAGE: self.tr("averaged copy (EMA)"),
            OTHER: self.tr("other"),
        }
        none = self.tr("no device")
        kinds = [
            Share(words[kind], nbytes, kind_color(kind)) for kind, nbytes in found.kinds.items()
        ]
        dtypes = [Share(name, nbytes) for name, nbytes in found.summary.bytes_by_dtype.items()]
        devices = [
            Share(shown(name or none, 40), nbytes)
            for name, nbytes in found.summary.bytes_by_device.items()
        ]
        for bar, shares in zip(self.bars, (kinds, dtypes, devices), strict=True):
            bar.show_shares(shares if found.root.tensors > 1 else ())

    @cached_property
    def layers(self) -> DepthPlot:
        """The plot of the layers. Not made before there are some: it takes longer than a frame."""
        plot = DepthPlot(self)
        plot.setMinimumHeight(self.fontMetrics().height() * 8)
        plot.hide()
        plot.pointed.connect(self._say_layer)
        plot.key_activated.connect(self.key_activated)
        self._column.insertWidget(self._column.indexOf(self.layer_readout), plot, 2)
        return plot

    def _show_depth(self, layers: list[Layer]) -> None:
        self._seen = True
        if layers and "layers" not in vars(self):  # a turn of the event loop for making it alone
            QTimer.singleShot(0, self.layers, lambda: self._show_depth(layers))
            return
        if layers or "layers" in vars(self):
            self.layers.setVisible(bool(layers))
        self.layer_readout.setVisible(bool(layers))
        self._show_scan_offer(not layers and not self._results)
        if layers:
            self._headings[1].setText(self.tr("Weights, layer by layer"))
            self._headings[1].show()
            self.layers.show_layers(layers)
        self.remarks.setText(self._remarks_text(layers))
        self.remarks.setVisible(bool(self.remarks.text()))
        self._say_layer("")

    def _show_scan_offer(self, offered: bool) -> None:
        """Offer a scan unless there was one, or the way to the tensor where it is the only one."""
        tensors = self._found.root.tensors if self._found is not None else 2
        self.scan.setVisible(offered and tensors > 1)
        self.go.setVisible(offered and tensors == 1)
        self._headings[1].setVisible(offered and tensors > 0)
        self._headings[1].setText(
            self.tr("Open the tensor to see its histogram and its values")
            if tensors == 1
            else self.tr("Scan the file to see its weights layer by layer")
        )

    def _remarks_text(self, layers: Sequence[Layer]) -> str:
        words = {
            "nan": self.tr("{key} holds NaN"),
            "inf": self.tr("{key} holds infinities"),
            "zero": self.tr("{key} is all zero"),
            "constant": self.tr("{key} is constant"),
            "large": self.tr("{key} spreads far wider than its like"),
            "small": self.tr("{key} is far narrower than its like"),
        }
        odd = [layer for layer in layers if layer.remark]
        lines = [
            "▼ " + words[layer.remark].format(key=shown(layer.key, 120)) for layer in odd[:_REMARKS]
        ]
        if len(odd) > _REMARKS:
            lines.append(self.tr("▼ and {count} more").format(count=f"{len(odd) - _REMARKS:,}"))
        return "\n".join(lines)

    # Words below the pictures

    def _say_bytes(self, sentence: str) -> None:
        resting = ""
        if self._found is not None:
            text = self.tr("{size} in {count} tensors. Click to go to a part.")
            root = self._found.root
            if root.tensors == 1:
                text = self.tr("{size} in one tensor.")
            elif not root.tensors:
                text = self.tr("This file holds no tensors.")
            resting = text.format(size=bytes_text(root.nbytes), count=f"{root.tensors:,}")
        _say(self.readout, sentence, resting)

    def _say_layer(self, sentence: str) -> None:
        resting = self.tr(
            "Bands: middle half, and all but 1 % at each end. Click to go to a layer."
        )
        _say(self.layer_readout, sentence, resting)

    # Laying out

    def _arrange(self) -> None:
        em = self.fontMetrics().height()
        self._headings[0].setText(self.tr("Where the bytes are"))
        font = self.font()
        font.setBold(True)
        for label in self._headings:
            label.setFont(font)
        for label in (*self._headings, self.readout, self.layer_readout, self.remarks):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            policy = label.sizePolicy()  # a key has no spaces: it must not widen the page
            policy.setHorizontalPolicy(QSizePolicy.Policy.Ignored)
            label.setSizePolicy(policy)
        self.scan.setObjectName("primary")
        self.go.setObjectName("primary")
        page = QWidget(self)
        self._column = column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(em // 3)
        column.addWidget(self._headings[0])
        column.addWidget(self.map, 3)
        column.addWidget(self.readout)
        for bar in self.bars:
            column.addWidget(bar)
        column.addSpacing(em // 2)
        column.addWidget(self._headings[1])
        column.addWidget(self.scan, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.go, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.layer_readout)
        column.addWidget(self.remarks)
        column.addStretch()
        area = scrolling(page, self)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def _connect(self) -> None:
        self.map.pointed.connect(self._say_bytes)
        self.map.key_activated.connect(self.key_activated)
        self.go.clicked.connect(self._go)
        self.scan.clicked.connect(lambda: self.scan_requested.emit())

    def _recolor(self) -> None:
        colors = theme.colors()
        for label in (self.readout, self.layer_readout):
            label.setStyleSheet(f"color: {colors.muted.name()}")
        self.remarks.setStyleSheet(f"color: {colors.danger.name()}")
        if self._found is not None:
            self._show_shares(self._found)


def _say(label: QLabel, sentence: str, resting: str) -> None:
    """Say what is pointed at in place of what is said at rest, with its key cut to the room there
    is: a label that grew would move the picture away from under the pointer."""
    label.setMinimumHeight(label.height() if sentence else 0)
    metrics = label.fontMetrics()
    after_key = max(map(sentence.rfind, (": ", "：")))
    key, rest = sentence[:after_key], sentence[after_key:]
    room = max(label.width() - metrics.horizontalAdvance(rest), 1)
    cut = metrics.elidedText(key, Qt.TextElideMode.ElideMiddle, room)
    label.setText(cut + rest if sentence else resting)
    label.setAccessibleName(sentence or resting)
