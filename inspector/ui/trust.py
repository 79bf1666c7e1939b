"""Whom to trust: nothing was executed, what the file asks for, what torch.load would say."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint, Finding
from inspector.ui.texts import counted

SIGNS = {"error": "✗", "warning": "⚠", "info": "ℹ"}
"""By the severity of a finding, the gravest first."""
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

        text = f"{SIGNS[worst]} {_found(checkpoint.findings)}"
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
    return next((severity for severity in SIGNS if severity in found), "")


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
