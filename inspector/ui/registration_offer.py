"""Asks once whether checkpoints shall open in this program by double-click."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from inspector.ui.banner import Banner
from inspector.ui.desktop import registration
from inspector.ui.settings import Settings


class RegistrationOffer(Banner):
    """Shows itself where the desktop does not know the program and the person was not asked."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.acted.connect(self._register)
        self.dismissed.connect(self._remember)
        if not (settings.fresh or settings.offered or registration.is_registered()):
            text = self.tr("Open PyTorch and safetensors files here with a double-click?")
            self.tell(text, self.tr("Yes, register"), "info")

    def _register(self) -> None:
        self._remember()
        try:
            registration.register(make_default=True)
        except registration.RegistrationError as error:
            self.tell(error.what(), tone="error")

    def _remember(self) -> None:
        self._settings.offered = True
