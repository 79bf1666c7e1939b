"""Whether B's state_dict loads into A's model, in torch's own terms."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from inspector.analysis.compare_words import verdict_line
from inspector.analysis.load_verdict import LoadVerdict
from inspector.checkpoint.plain_text import shown
from inspector.ui import theme
from inspector.ui.chip_popup import ChipPopup

_LISTED = 200
_LONGEST = 8000
"""Characters of one text: a model may lack any number of keys."""


class VerdictPopup(ChipPopup):
    """The verdict, and the one with the keys renamed as they were matched, if any were."""

    def __init__(self, verdict: LoadVerdict, renamed: LoadVerdict | None, parent: QWidget) -> None:
        self._verdict, self._renamed = verdict, renamed
        super().__init__(self.tr("Would B's state_dict load into A's model?"), 44, parent)

    def _fill(self) -> None:
        self._tell(self._verdict)
        if self._renamed is not None:
            self._column.addSpacing(self._em)
            self._add(self.tr("With the keys renamed as they were matched"), "title")
            self._tell(self._renamed)

    def _tell(self, verdict: LoadVerdict) -> None:
        sign = "✓" if verdict.strict else "✗"
        self._add(f"{sign} {verdict_line(verdict)}", "title")
        for line in verdict.lines():
            self._add(line[:_LONGEST]).setFont(theme.monospace())
        casts = [f"{shown(key)}: {b} → {a}" for key, b, a in verdict.casts[:_LISTED]]
        if casts:
            self._add(self.tr("Converted without a word:"), "muted")
            self._add("\n".join(casts)[:_LONGEST]).setFont(theme.monospace())
        if verdict.filled:
            text = self.tr("Made up by torch, B has no _metadata: {}")
            self._add(text.format(", ".join(verdict.filled[:_LISTED])), "muted")
