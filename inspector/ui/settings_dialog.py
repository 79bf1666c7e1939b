"""The few things a person may choose: how it looks and speaks, what opens at the start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from inspector.ui import theme
from inspector.ui.desktop import registration
from inspector.ui.language import CHOICES as LANGUAGES
from inspector.ui.settings import TEXT_SIZES, Settings
from inspector.ui.texts import PlainLabel


class SettingsDialog(QDialog):
    """Every choice takes effect at once, so that there is nothing to confirm."""

    theme_chosen = Signal(str)
    recent_forgotten = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setWindowTitle(self.tr("Settings"))
        em = self.fontMetrics().height()
        form = QFormLayout()
        form.setHorizontalSpacing(em * 2)
        form.setVerticalSpacing(em)
        form.addRow(self.tr("Colours"), self._themes())
        form.addRow(self.tr("Text size"), self._sizes())
        form.addRow(self.tr("Language"), self._languages())
        form.addRow(self.tr("At start"), self._reopen())
        form.addRow(self.tr("Recent files"), self._forget())
        form.addRow(self.tr("Double-click"), self._association(em))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(em * 3 // 2, em * 3 // 2, em * 3 // 2, em)
        column.setSpacing(em * 3 // 2)
        column.addLayout(form)
        column.addWidget(buttons)

    def _themes(self) -> QWidget:
        box = QComboBox(self)
        box.setAccessibleName(self.tr("Colours"))
        names = {
            "system": self.tr("Follow the system"),
            "light": self.tr("Light"),
            "dark": self.tr("Dark"),
        }
        for choice in theme.CHOICES:
            box.addItem(names[choice], choice)
        box.setCurrentIndex(box.findData(self._settings.theme))
        box.currentIndexChanged.connect(lambda place: self.theme_chosen.emit(box.itemData(place)))
        return box

    def _sizes(self) -> QWidget:
        box = QComboBox(self)
        box.setAccessibleName(self.tr("Text size"))
        for percent in TEXT_SIZES:
            box.addItem(self.tr("{} %").format(percent), percent)
        box.setCurrentIndex(box.findData(self._settings.text_size))

        def choose(percent: int) -> None:
            self._settings.text_size = percent

        return self._for_next_start(box, choose)

    def _languages(self) -> QWidget:
        box = QComboBox(self)
        box.setAccessibleName(self.tr("Language"))
        for choice, name in LANGUAGES.items():
            box.addItem(name or self.tr("Follow the system"), choice)
        box.setCurrentIndex(box.findData(self._settings.language))

        def choose(language: str) -> None:
            self._settings.language = language

        return self._for_next_start(box, choose)

    def _for_next_start(self, box: QComboBox, choose: Callable[[Any], None]) -> QWidget:
        """Return `box` over a note that appears once something is chosen."""
        note = PlainLabel(self.tr("Takes effect the next time the program starts."), self, "muted")
        note.hide()

        def on_choice(place: int) -> None:
            choose(box.itemData(place))
            note.show()

        box.currentIndexChanged.connect(on_choice)
        holder = QWidget(self)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(box)
        column.addWidget(note)
        return holder

    def _reopen(self) -> QWidget:
        box = QCheckBox(self.tr("Reopen the files of the last session"), self)
        box.setChecked(self._settings.reopen)
        box.toggled.connect(self._set_reopen)
        return box

    def _set_reopen(self, checked: bool) -> None:
        self._settings.reopen = checked

    def _forget(self) -> QWidget:
        button = QPushButton(self.tr("Clear the list"), self)
        button.setObjectName("plain")
        button.setEnabled(bool(self._settings.recent.entries))

        def forget() -> None:
            self._settings.recent.clear()
            button.setEnabled(False)
            self.recent_forgotten.emit()

        button.clicked.connect(forget)
        return button

    def _association(self, em: int) -> QWidget:
        self._state = PlainLabel("", self)
        self._state.setWordWrap(True)
        self._state.setMinimumWidth(em * 20)
        self._register = QPushButton(self)
        self._register.setObjectName("plain")
        self._register.clicked.connect(self._toggle_registration)
        holder = QWidget(self)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._state)
        column.addWidget(self._register)
        self._show_registration()
        return holder

    def _show_registration(self) -> None:
        registered = registration.is_registered()
        if registered:
            text = self.tr("PyTorch and safetensors files open in this program.")
        else:
            text = self.tr("A double-click on a checkpoint does not open this program yet.")
        self._state.setText(text)
        undo, do = self.tr("Undo"), self.tr("Open checkpoints with a double-click")
        self._register.setText(undo if registered else do)

    def _toggle_registration(self) -> None:
        try:
            if registration.is_registered():
                registration.unregister()
            else:
                registration.register(make_default=True)
        except registration.RegistrationError as error:
            self._state.setText(error.what())
            return
        self._show_registration()
