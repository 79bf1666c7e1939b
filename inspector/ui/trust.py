"""Whom to trust: nothing was executed, what the file asks for, what torch.load would say."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint, Finding
from inspector.ui.texts import PlainLabel, counted

_SIGNS = {"error": "✗", "warning": "⚠", "info": "ℹ"}
_TONES = {"error": "danger", "warning": "warning", "info": "info"}
_MODULES = ("os", "posix", "nt", "subprocess", "pty", "runpy", "shutil", "socket", "webbrowser")
_BUILTINS = ("eval", "exec", "execfile", "compile", "__import__", "open")
_RUNS_PROGRAMS = frozenset(
    (
        *_MODULES,
        *("ctypes", "importlib"),
        *(f"{module}.{name}" for module in ("builtins", "__builtin__") for name in _BUILTINS),
    )
)
"""Modules and functions that no checkpoint needs, and that every attack asks for."""
_LISTED = 200
"""Names that the panel lists; a hostile file can ask for any number."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Trust", text)


def unknown_names(checkpoint: Checkpoint) -> list[str]:
    """Return the globals that are none of torch's own, in file order."""
    return [found.name for found in checkpoint.globals if not found.known]


def grave_names(checkpoint: Checkpoint) -> list[str]:
    """Return the globals that run programs or open files when `pickle` loads them."""
    return [
        name
        for name in unknown_names(checkpoint)
        if name in _RUNS_PROGRAMS or name.partition(".")[0] in _RUNS_PROGRAMS
    ]


def trust_chips(checkpoint: Checkpoint) -> list[tuple[str, str, str]]:
    """Return text, tone and tip of the chips at the right of the header."""
    chips = []
    if worst := _worst(checkpoint.findings):
        from inspector.ui.reasons import in_words

        text = f"{_SIGNS[worst]} {_found(checkpoint.findings)}"
        tip = "\n".join(
            shown(in_words(finding.message), 200) for finding in checkpoint.findings[:5]
        )
        chips.append((text, _TONES[worst], tip))
    if grave := grave_names(checkpoint):
        text = "⚠ " + _tr("asks for {}").format(shown(grave[0], 40))
        tip = _tr("Loaded with weights_only=False, this file can run commands on your machine")
        chips.append((text, "danger", tip))
    tip = _tr("Nothing in this file was executed, imported or called to show it")
    chips.append(("✓ " + _tr("Nothing executed"), "ok", tip))
    verdict = checkpoint.weights_only
    if verdict.loads:
        tip = _tr("torch.load(weights_only=True), the default since PyTorch 2.6, takes this file")
        chips.append((_tr("loads with weights_only"), "ok", tip))
    elif verdict.applies:
        text = "✗ " + counted(
            len(verdict.obstacles),
            _tr("weights_only refuses {} name"),
            _tr("weights_only refuses {} names"),
        )
        if not {found.name for found in checkpoint.globals}.issuperset(verdict.obstacles):
            text = "✗ " + _tr("weights_only refuses it")  # for its format, or for being cut
        tip = "\n".join(shown(name, 200) for name in verdict.obstacles[:5])
        chips.append((text, "warning", tip))
    return chips


def _worst(findings: list[Finding]) -> str:
    found = {finding.severity for finding in findings}
    return next((severity for severity in _SIGNS if severity in found), "")


def _found(findings: list[Finding]) -> str:
    """Return what was found in two or three words, of several kinds only how many."""
    words = {
        "cut-short": _tr("cut short"),
        "bad-checksum": _tr("wrong checksum"),
        "trailing-bytes": _tr("bytes after its end"),
        "trailing-pickle": _tr("bytes after its pickle"),
        "big-endian-machine": _tr("from a big-endian machine"),
        "constants": _tr("constants not listed"),
        "missing-shard": _tr("shard missing"),
        "unreadable-shard": _tr("shard unreadable"),
        "missing-tensor": _tr("tensors missing"),
        "not-in-index": _tr("not in the index"),
    }
    codes = {finding.code for finding in findings}
    if len(codes) == 1 and (told := words.get(codes.pop())):
        return told if len(findings) == 1 else f"{told} · {len(findings):,}"
    return counted(len(findings), _tr("{} finding"), _tr("{} findings"))


class TrustPopup(QFrame):
    """What stands behind the chips, in words. Escape or a click elsewhere closes it."""

    def __init__(self, checkpoint: Checkpoint, parent: QWidget) -> None:
        from PySide6.QtWidgets import QScrollArea

        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("card")
        self.setAccessibleName(self.tr("What the file asks for"))
        em = self.fontMetrics().height()
        inner = QWidget(self)
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(em, em, em, em)
        self._column.setSpacing(em // 3)
        self._em = em
        self._fill(checkpoint)
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(inner)
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.addWidget(area)
        width = min(em * 34, parent.window().width() - em)
        inner.setFixedWidth(width - em)
        height = self._column.heightForWidth(inner.width()) + 4
        self.resize(width, min(height, parent.window().height() * 2 // 3))

    def show_below(self, chip: QPushButton) -> None:
        """Open under `chip`, kept inside the window."""
        corner = chip.mapToGlobal(QPoint(chip.width(), chip.height() + self._em // 4))
        window = chip.window()
        left = max(corner.x() - self.width(), window.mapToGlobal(QPoint(0, 0)).x())
        self.move(left, corner.y())
        self.show()

    def _fill(self, checkpoint: Checkpoint) -> None:
        self._heading(self.tr("Nothing in this file was executed"))
        self._text(
            self.tr(
                "It was read as data. No name in it was imported and no function called; "
                "what the file asks for is listed here instead."
            )
        )
        if grave := grave_names(checkpoint):
            self._heading("⚠ " + self.tr("This file asks for {}").format(shown(grave[0], 60)))
            self._text(
                self.tr(
                    "Loaded with weights_only=False, it can run commands on your machine. Weights "
                    "need nothing of the kind."
                )
            )
        self._weights_only(checkpoint)
        if checkpoint.findings:
            from inspector.ui.reasons import in_words

            self._heading(self.tr("Findings"))
            for finding in checkpoint.findings[:_LISTED]:
                where = f"\n{in_words(finding.where)}" if finding.where else ""
                self._text(
                    f"{_SIGNS.get(finding.severity, 'ℹ')} {in_words(finding.message)}{where}"
                )
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
            self._text(
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
        label = PlainLabel(text, self, "title")
        label.enlarge(1.05)
        label.setWordWrap(True)
        if self._column.count():
            self._column.addSpacing(self._em // 2)
        self._column.addWidget(label)

    def _names(self, heading: str, names: list[str], sign: str) -> None:
        if not names:
            return
        self._heading(heading)
        lines = [sign + shown(name, 300) for name in names[:_LISTED]]
        if len(names) > _LISTED:
            lines.append(self.tr("… and {} more").format(f"{len(names) - _LISTED:,}"))
        self._text("\n".join(lines))

    def _text(self, text: str) -> None:
        label = PlainLabel(text, self, "muted")
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._column.addWidget(label)
