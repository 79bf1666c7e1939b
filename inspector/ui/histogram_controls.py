"""The switches of the histogram panel: axes, bins, curve, parts, copy and save."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QComboBox, QMenu, QToolButton, QWidget

from inspector.ui import assets, theme
from inspector.ui.flow_layout import FlowLayout
from inspector.ui.histogram_bins import BIN_CHOICES


class HistogramControls(QWidget):
    """One line of switches, more where the window is narrow."""

    symlog_toggled = Signal(bool)
    log_counts_toggled = Signal(bool)
    normal_toggled = Signal(bool)
    bins_chosen = Signal(object)
    """A number of bins, or None for automatic."""
    part_chosen = Signal(str)
    fit_requested = Signal()
    refine_requested = Signal()
    copy_picture_requested = Signal()
    copy_table_requested = Signal()
    save_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.part = QComboBox(self)
        self.part.setAccessibleName(self.tr("Part of the values"))
        self.part.activated.connect(lambda _: self.part_chosen.emit(self.part.currentData()))
        self._make_switches()
        self.bins = self._bin_choice()
        self._make_buttons()
        line = FlowLayout(self, 4)
        line.setContentsMargins(0, 0, 0, 0)
        for widget in (self.part, self.symlog, self.log_counts, self.bins, self.normal):
            line.addWidget(widget)
        self.setTabOrder(self.log_counts, self.bins)
        self.setTabOrder(self.bins, self.normal)
        for widget in (self.fit, self.refine, self.copy, self.save):
            line.addWidget(widget)
        self.set_parts(())
        theme.changed.connect(self._recolor)
        self._recolor()

    def _make_switches(self) -> None:
        self.symlog = self._switch(
            self.tr("Log values"),
            self.tr("Lay values out by magnitude, on both sides of zero"),
        )
        self.log_counts = self._switch(
            self.tr("Log counts"),
            self.tr("Logarithmic axis of counts: rare values become visible"),
        )
        self.normal = self._switch(
            self.tr("Normal curve"), self.tr("Draw the normal curve of the same mean and std")
        )
        self.symlog.toggled.connect(self.symlog_toggled)
        self.log_counts.toggled.connect(self.log_counts_toggled)
        self.normal.toggled.connect(self.normal_toggled)

    def _make_buttons(self) -> None:
        self.fit = self._button(self.tr("Fit"), self.tr("Show all values (Home, or double click)"))
        self.fit.clicked.connect(self.fit_requested)
        self.refine = self._button(
            self.tr("Exact here"),
            self.tr("Read the values once more and count those in sight exactly"),
        )
        self.refine.clicked.connect(self.refine_requested)
        self.refine.hide()
        self.copy = self._button(self.tr("Copy"), self.tr("Copy the plot or its figures"))
        self.copy.setMenu(self._copy_menu())
        self.copy.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.save = self._button(self.tr("Save…"), self.tr("Save as PNG, SVG or CSV"))
        self.save.clicked.connect(self.save_requested)
        for button in (self.copy, self.save):  # one line at the window's first size
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)

    def set_parts(self, parts: tuple[tuple[str, str], ...], chosen: str = "") -> None:
        """Offer these (code, word) parts of complex or quantized values; none hides the choice."""
        self.part.clear()
        for code, word in parts:
            self.part.addItem(word, code)
        self.part.setCurrentIndex(max(self.part.findData(chosen), 0) if parts else -1)
        self.part.setVisible(bool(parts))

    def show_axes(self, log_values: bool, log_counts: bool, normal: bool, bins: int | None) -> None:
        """Set the switches and the number of bins; what they ask for follows as from a person."""
        self.symlog.setChecked(log_values)
        self.log_counts.setChecked(log_counts)
        self.normal.setChecked(normal)
        self.bins.setCurrentIndex(self.bins.findData(bins))
        self.bins_chosen.emit(bins)

    def _bin_choice(self) -> QComboBox:
        choice = QComboBox(self)
        choice.setAccessibleName(self.tr("Bins"))
        choice.setToolTip(self.tr("How many bars cross the view, at least"))
        choice.addItem(self.tr("Auto bins"), None)
        for count in BIN_CHOICES:
            choice.addItem(self.tr("{count} bins").format(count=count), count)
        choice.activated.connect(lambda _: self.bins_chosen.emit(choice.currentData()))
        return choice

    def _switch(self, text: str, tip: str) -> QToolButton:
        button = self._button(text, tip)
        button.setCheckable(True)
        return button

    def _button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setObjectName("flat")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button

    def _copy_menu(self) -> QMenu:
        menu = QMenu(self)
        figures = menu.addAction(self.tr("Copy figures"))
        figures.setShortcut(QKeySequence.StandardKey.Copy)
        # To be read in the menu: elsewhere in the window the same keys copy something else.
        figures.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        figures.triggered.connect(self.copy_table_requested)
        menu.addAction(self.tr("Copy picture")).triggered.connect(self.copy_picture_requested)
        return menu

    def _recolor(self) -> None:
        self.copy.setIcon(assets.icon("copy"))
        self.save.setIcon(assets.icon("export"))
