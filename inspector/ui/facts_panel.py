"""Everything known of one tensor, value or module, and lines to copy."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.python_line import load_line
from inspector.checkpoint.summary import sharers
from inspector.checkpoint.types import Checkpoint, Path, Tensor, Value
from inspector.ui import theme
from inspector.ui.figures import exact_bytes_text, shape_text, value_text
from inspector.ui.reasons import in_words
from inspector.ui.texts import PlainLabel
from inspector.ui.wrapped_text import WrappedText

_LINKED = 50
"""Tensors of one storage that are listed by name."""
Fact = tuple[str, str]


class FactsPanel(QScrollArea):
    """Name and value lines. `key_activated` carries the key of a linked tensor."""

    key_activated = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Facts"))
        self._em = self.fontMetrics().height()
        self.facts: list[Fact] = []
        self._grid = QGridLayout()

    def show_tensor(self, checkpoint: Checkpoint, tensor: Tensor, note: str) -> None:
        """Show one tensor; `note` names the parameter that an optimizer's state belongs to."""
        self._start()
        self._add_names(tensor.key, tensor.path)
        if note:
            self._add(self.tr("State of"), note)
        for name, text in self._tensor_facts(tensor):
            self._add(name, text)
        self._add_storage(checkpoint, tensor)
        python = load_line(checkpoint, tensor)
        self._add(self.tr("Python"), python, copied=self.tr("Copy as Python"), lines=True)
        self._finish()

    def show_value(self, value: Value) -> None:
        """Show a thing that is no tensor."""
        self._start()
        self._add_names(value.key, value.path)
        self._add(self.tr("Type"), value.type_name)
        if isinstance(value.value, dict):
            for name, item in list(value.value.items())[:_LINKED]:
                self._add(name or '""', value_text(item, 1000))
        else:
            text = value_text(value.value, 1000, value.type_name)
            whole = value.value if isinstance(value.value, str) else text
            self._add(self.tr("Value"), text, copied=self.tr("Copy value"), whole=whole)
        self._finish()

    def show_group(self, key: str, facts: list[Fact]) -> None:
        """Show a module: its key and sums."""
        self._start()
        self._add(self.tr("Key"), key, copied=self.tr("Copy key"))
        for name, text in facts:
            self._add(name, text)
        self._finish()

    def _add_names(self, key: str, path: Path) -> None:
        self._add(self.tr("Key"), key, copied=self.tr("Copy key"))
        self._add(self.tr("Path"), path_text(path), copied=self.tr("Copy path"))

    def _tensor_facts(self, tensor: Tensor) -> list[Fact]:
        facts = [
            (self.tr("Dtype"), tensor.dtype),
            (self.tr("Shape"), shape_text(tensor.shape)),
            (self.tr("Elements"), f"{tensor.numel:,}"),
            (self.tr("Bytes"), exact_bytes_text(tensor.nbytes)),
            (self.tr("Device"), tensor.device or self.tr("— (the format holds none)")),
            (self.tr("Layout"), tensor.layout),
        ]
        if tensor.stride is not None:
            dense = self.tr("contiguous") if tensor.is_contiguous else self.tr("a strided view")
            facts.append((self.tr("Stride"), f"{tensor.stride}  ·  {dense}"))
            facts.append((self.tr("Offset"), self.tr("element {}").format(tensor.storage_offset)))
        facts.append((self.tr("Requires grad"), self._yes(tensor.requires_grad)))
        if tensor.class_name != "torch.Tensor":
            facts.append((self.tr("Class"), tensor.class_name))
        if tensor.conj or tensor.neg:
            bits = [name for name, on in (("conj", tensor.conj), ("neg", tensor.neg)) if on]
            facts.append((self.tr("Lazy bits"), ", ".join(bits)))
        if not tensor.in_state_dict:
            facts.append((self.tr("In state_dict"), self._yes(False)))
        if quantization := tensor.quantization:
            text = self.tr("{}, scale {}, zero point {}").format(
                quantization.scheme, quantization.scale, quantization.zero_point
            )
            if quantization.axis is not None:
                text = self.tr("{}, along axis {}").format(quantization.scheme, quantization.axis)
            facts.append((self.tr("Quantization"), text))
        for name, part in tensor.parts:
            facts.append((name, f"{shape_text(part.shape)}  ·  {part.dtype}"))
        return facts

    def _add_storage(self, checkpoint: Checkpoint, tensor: Tensor) -> None:
        storage = tensor.storage
        if storage is None:
            return
        place = storage.record or storage.key
        text = f"{place}  ·  {exact_bytes_text(storage.nbytes)}"
        if storage.location is not None:
            text += f"  ·  {storage.location}"
        if storage.source is None:
            text += "  ·  " + self.tr("no bytes in the file")
        elif storage.byteorder != "little":
            text += f"  ·  {storage.byteorder}-endian"
        self._add(self.tr("Storage"), text)
        if storage.problem:
            self._add(self.tr("Problem"), f"⚠ {in_words(storage.problem)}")
        self._add_sharers(sharers(checkpoint, tensor))

    def _add_sharers(self, others: list[Tensor]) -> None:
        name = self.tr("Shared with")
        if not others:
            self._add(name, self.tr("no other tensor"))
        for other in others[:_LINKED]:
            link = QPushButton(shown(other.key, 200).replace("&", "&&"), self.widget())
            link.setObjectName("link")
            link.setCursor(Qt.CursorShape.PointingHandCursor)
            link.clicked.connect(lambda checked=False, key=other.key: self.key_activated.emit(key))
            self._add_row(name, link)
            name = ""
        if len(others) > _LINKED:
            self._add("", self.tr("… and {} more").format(f"{len(others) - _LINKED:,}"))

    def _yes(self, answer: bool) -> str:
        return self.tr("yes") if answer else self.tr("no")

    def _start(self) -> None:
        self.facts = []
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, self._em // 2, self._em, self._em)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(self._em)
        self._grid.setVerticalSpacing(self._em // 3)
        self._grid.setColumnStretch(1, 1)
        column.addLayout(self._grid)
        column.addStretch(1)
        self.setWidget(page)

    def _finish(self) -> None:
        self.verticalScrollBar().setValue(0)

    def _add(
        self, name: str, text: str, copied: str = "", lines: bool = False, whole: str = ""
    ) -> None:
        """Add a line; its button, whose tip is `copied`, copies `whole` or else `text`."""
        self.facts.append((name, text))
        # The line breaks of a text from the file are shown as what they are.
        words = "\n".join(map(shown, text.split("\n"))) if lines else shown(text)
        value = WrappedText(words, theme.monospace(), self.widget())
        value.setAccessibleName(f"{name}: {words}")
        row = self._add_row(name, value)
        if copied:
            button = QPushButton(self.tr("Copy"), self.widget())
            button.setObjectName("link")
            button.setToolTip(copied)
            button.setAccessibleName(copied)
            button.clicked.connect(
                lambda checked=False: QGuiApplication.clipboard().setText(whole or text)
            )
            self._grid.addWidget(button, row, 2, Qt.AlignmentFlag.AlignTop)

    def _add_row(self, name: str, widget: QWidget) -> int:
        row = self._grid.rowCount()
        label = PlainLabel(name, self.widget(), "muted")
        # The two fonts share a baseline.
        rise = QFontMetrics(theme.monospace()).ascent() - label.fontMetrics().ascent()
        label.setContentsMargins(0, max(0, rise), 0, 0)
        self._grid.addWidget(label, row, 0, _TOP_LEFT)
        self._grid.addWidget(widget, row, 1)
        return row


_TOP_LEFT = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft


def path_text(path: Path) -> str:
    """Return the exact steps as Python would index them: `["model"]["conv1.weight"]`."""
    return "".join(f"[{step!r}]" if type(step) in (str, int) else f"[{step}]" for step in path)
