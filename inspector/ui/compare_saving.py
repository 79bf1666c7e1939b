"""Reports of a comparison: saved as a file or put on the clipboard, written in a worker."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from inspector.analysis.compare import Comparison
from inspector.analysis.compare_report import REPORTS, comparison_as_json
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.errors import ExportError
from inspector.checkpoint.plain_text import shown
from inspector.ui.jobs import Jobs

ENDINGS = {"markdown": ".md", "html": ".html", "csv": ".csv", "json": ".json"}


class ReportSaving(QObject):
    """`told` carries a line for the status bar once a report is where it should be."""

    told = Signal(str)

    def __init__(self, jobs: Jobs, parent: QWidget) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._widget = parent

    def save(self, comparison: Comparison, kind: str, path: str = "") -> None:
        """Write a report, one of `ENDINGS`; asks for a name where none is given."""
        if not path:
            names = [Path(one.path).stem for one in (comparison.a, comparison.b)]
            start = Path(comparison.a.path).parent / f"{names[0]}-{names[1]}{ENDINGS[kind]}"
            path, _ = QFileDialog.getSaveFileName(
                self._widget, self.tr("Save report"), str(start), f"*{ENDINGS[kind]}"
            )
        if path:
            self._make(comparison, kind, lambda text: _write(text, path), self._tell_saved)

    def copy(self, comparison: Comparison) -> None:
        """Put a Markdown report on the clipboard."""
        self._make(comparison, "markdown", lambda text: text, self._put_on_clipboard)

    def _make(
        self,
        comparison: Comparison,
        kind: str,
        use: Callable[[str], str],
        done: Callable[[str], None],
    ) -> None:
        def work(cancel: CancelToken, progress: Progress) -> str:
            return use(report_text(comparison, kind))

        self.told.emit(self.tr("Writing the report…"))
        self._jobs.run("work", work, done, owner=self)

    def _tell_saved(self, path: str) -> None:
        self.told.emit(self.tr("Saved {}").format(shown(path, 300)))

    def _put_on_clipboard(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.told.emit(self.tr("Copied the report as Markdown"))


def report_text(comparison: Comparison, kind: str) -> str:
    """Return a report of one kind of `ENDINGS`."""
    if kind == "json":
        return json.dumps(comparison_as_json(comparison), indent=1) + "\n"
    return REPORTS[kind](comparison)


def _write(text: str, path: str) -> str:
    """Write a text file whole or not at all, and return its path."""
    part = Path(f"{path}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)  # noqa: PTH105 - the target may be any path
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ExportError(
            f"the report cannot be written: {error.strerror}",
            file=path,
            advice="Choose another place",
        ) from error
    return path
