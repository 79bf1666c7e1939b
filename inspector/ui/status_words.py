"""What the statuses of a comparison are called in the window; reports keep the English words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def _tr(text: str) -> str:
    return QCoreApplication.translate("Status", text)


def status_word(status: str) -> str:
    """Return what a person calls `status`, a key of `STATUS_WORDS`."""
    return {
        "identical": _tr("identical"),
        "close": _tr("close"),
        "changed": _tr("changed"),
        "dtype": _tr("other dtype"),
        "shape": _tr("other shape"),
        "only_a": _tr("only in A"),
        "only_b": _tr("only in B"),
        "unreadable": _tr("unreadable"),
        "pending": _tr("not compared yet"),
    }[status]
