"""Opens the windows over a file's tab: export and verify. They bring numpy, so not before."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from inspector.ui.file_tab import FileTab
from inspector.ui.jobs import Jobs
from inspector.ui.tab_dialog import TabDialog


def show_export(tab: FileTab, jobs: Jobs, open_paths: Callable[[Iterable[str]], None]) -> None:
    """Show the export of the tab's file; copies are opened by `open_paths`."""
    from inspector.ui.export_dialog import ExportDialog

    dialog = tab.findChild(ExportDialog)
    if dialog is None and tab.page is not None:
        dialog = ExportDialog(tab.page.checkpoint, jobs, tab)
        dialog.open_asked.connect(lambda path: open_paths([path]))
    _bring_forward(dialog)


def show_verify(tab: FileTab, jobs: Jobs) -> None:
    """Check the file's checksums in a window."""
    from inspector.ui.verify_dialog import VerifyDialog

    dialog = tab.findChild(VerifyDialog)
    if dialog is None and tab.page is not None:
        dialog = VerifyDialog(tab.page.checkpoint, jobs, tab)
        dialog.key_asked.connect(tab.page.go_to_key)
        dialog.damage_found.connect(tab.page.show_damage)
    _bring_forward(dialog)


def _bring_forward(dialog: TabDialog | None) -> None:
    if dialog is not None:
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
