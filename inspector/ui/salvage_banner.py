"""What is left of a file that was cut short: how many tensors are whole, and their export."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from inspector.checkpoint.types import Checkpoint
from inspector.ui.banner import Banner


class SalvageBanner(Banner):
    """`acted` asks for the export."""

    def __init__(self, checkpoint: Checkpoint, parent: QWidget) -> None:
        super().__init__(parent)
        whole = sum(not tensor.problem for tensor in checkpoint.tensors)
        if not whole:
            text = self.tr("The file was cut short: its tensors are listed, but none is whole.")
            self.tell(text, tone="error")
            return
        text = self.tr("The file was cut short: {whole} of {count} tensors are whole.").format(
            whole=f"{whole:,}", count=f"{len(checkpoint.tensors):,}"
        )
        self.tell(text, self.tr("Export what is whole…"), "error")

    def _act(self) -> None:
        self.acted.emit()  # and stay: the file is as short as before
