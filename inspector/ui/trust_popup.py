"""Whom to trust, in words: what the file asks for and what torch.load would say of it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint
from inspector.ui.chip_popup import ChipPopup
from inspector.ui.reasons import in_words
from inspector.ui.trust import SIGNS, grave_names, unknown_names

_LISTED = 200
"""Names that are listed; a hostile file can ask for any number."""


class TrustPopup(ChipPopup):
    """What stands behind the chips of one file."""

    def __init__(self, checkpoint: Checkpoint, parent: QWidget) -> None:
        self._checkpoint = checkpoint
        super().__init__(self.tr("What the file asks for"), 34, parent)

    def _fill(self) -> None:
        checkpoint = self._checkpoint
        self._heading(self.tr("Nothing in this file was executed"))
        self._tell(
            self.tr(
                "It was read as data. No name in it was imported and no function called; "
                "what the file asks for is listed here instead."
            )
        )
        if grave := grave_names(checkpoint):
            self._heading("⚠ " + self.tr("This file asks for {}").format(shown(grave[0], 60)))
            self._tell(
                self.tr(
                    "Loaded with weights_only=False, it can run commands on your machine. Weights "
                    "need nothing of the kind."
                )
            )
        self._weights_only(checkpoint)
        if checkpoint.findings:
            self._heading(self.tr("Findings"))
            for finding in checkpoint.findings[:_LISTED]:
                where = f"\n{in_words(finding.where)}" if finding.where else ""
                self._tell(f"{SIGNS.get(finding.severity, 'ℹ')} {in_words(finding.message)}{where}")
        told = set() if checkpoint.weights_only.loads else set(checkpoint.weights_only.obstacles)
        unknown = [name for name in unknown_names(checkpoint) if name not in told]
        others = [found.name for found in checkpoint.globals if found.known]
        self._names(self.tr("Names that are not torch's own"), unknown, "⚠ ")
        self._names(
            self.tr("Names of torch and of Python's own types"),
            [name for name in others if name not in told],
            "",
        )

    def _weights_only(self, checkpoint: Checkpoint) -> None:
        verdict = checkpoint.weights_only
        if not verdict.applies:
            self._tell(
                self.tr("The format holds no code: torch.load and weights_only do not apply.")
            )
        elif verdict.loads:
            self._heading(self.tr("torch.load(weights_only=True) takes it"))
        else:
            unknown = set(unknown_names(checkpoint))
            foreign = self.tr("not torch's own")
            names = sorted(verdict.obstacles, key=lambda name: name not in unknown)
            lines = [f"{name}  ·  {foreign}" if name in unknown else name for name in names]
            self._names(self.tr("torch.load(weights_only=True) refuses it because of"), lines, "✗ ")

    def _heading(self, text: str) -> None:
        if self._column.count():
            self._column.addSpacing(self._em // 2)
        self._add(text, "title").enlarge(1.05)

    def _tell(self, text: str) -> None:
        self._add(text, "muted")

    def _names(self, heading: str, names: list[str], sign: str) -> None:
        if not names:
            return
        self._heading(heading)
        lines = [sign + shown(name, 300) for name in names[:_LISTED]]
        if len(names) > _LISTED:
            lines.append(self.tr("… and {} more").format(f"{len(names) - _LISTED:,}"))
        self._tell("\n".join(lines))
