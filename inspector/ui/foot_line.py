"""The line below a plot: how exact it is, or, while something is pointed at, what that is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from inspector.ui.texts import ElidedLabel


class FootLine(QWidget):
    """Two texts that take turns, cut to the width: a note at rest, a readout under the cursor."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.note = ElidedLabel("", self, "muted")
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.readout = ElidedLabel("", self, "subtitle")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.readout, 1)
        line.addWidget(self.note, 1)
        self.point_out("")

    def point_out(self, sentence: str) -> None:
        """Show `sentence` in place of the note; the note again when it is empty."""
        self.readout.setText(sentence)
        self.readout.setVisible(bool(sentence))
        self.note.setVisible(not sentence)
