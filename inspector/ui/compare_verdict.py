"""Whether B's state_dict loads into A's model, in torch's own terms."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from inspector.analysis.compare_words import verdict_line
from inspector.analysis.load_verdict import LoadVerdict
from inspector.checkpoint.plain_text import shown
from inspector.ui import theme
from inspector.ui.texts import PlainLabel

_LISTED = 200


class VerdictPopup(QFrame):
    """Opens under its chip; Escape or a click elsewhere closes it."""

    def __init__(self, verdict: LoadVerdict, renamed: LoadVerdict | None, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("card")
        self.setAccessibleName(self.tr("Would B's state_dict load into A's model?"))
        em = self._em = self.fontMetrics().height()
        inner = QWidget(self)
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(em, em, em, em)
        self._column.setSpacing(em // 3)
        self._tell(verdict)
        if renamed is not None:
            self._column.addSpacing(em)
            self._label(self.tr("With the keys renamed as they were matched"), "title")
            self._tell(renamed)
        self._column.addStretch(1)
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.addWidget(area)
        window = parent.window()
        width = min(em * 44, window.width() - em)
        inner.setFixedWidth(width - em)
        height = self._column.heightForWidth(inner.width()) + 4
        self.resize(width, min(height, window.height() * 2 // 3))

    def show_below(self, chip: QPushButton) -> None:
        """Open under `chip`, kept inside the window."""
        corner = chip.mapToGlobal(QPoint(chip.width(), chip.height() + self._em // 4))
        left = max(corner.x() - self.width(), chip.window().mapToGlobal(QPoint(0, 0)).x())
        self.move(left, corner.y())
        self.show()

    def _tell(self, verdict: LoadVerdict) -> None:
        sign = "✓" if verdict.strict else "✗"
        self._label(f"{sign} {verdict_line(verdict)}", "title")
        for line in verdict.lines():
            self._label(line, mono=True)
        casts = [f"{shown(key)}: {b} → {a}" for key, b, a in verdict.casts[:_LISTED]]
        if casts:
            self._label(self.tr("Converted without a word:"), "muted")
            self._label("\n".join(casts), mono=True)
        if verdict.filled:
            text = self.tr("Made up by torch, B has no _metadata: {}")
            self._label(text.format(", ".join(verdict.filled[:_LISTED])), "muted")

    def _label(self, text: str, name: str = "", mono: bool = False) -> None:
        label = PlainLabel("", self, name)
        if mono:
            label.setFont(theme.monospace())
        label.setText(text[:8000])
        label.setWordWrap(True)
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._column.addWidget(label)
