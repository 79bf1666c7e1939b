"""Tells when an open file changed on disk: a training run wrote `last.pt` anew.

The file and its folder are both watched, because a file replaced by rename takes its watch with
it. Whether anything really changed is asked of the source, which kept the file's identity.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from inspector.checkpoint.byte_source import ByteSource

QUIET_MS = 400
"""Milliseconds without a further event before the file counts as written."""


class FileWatch(QObject):
    """Watches the files of one checkpoint until it is closed or one of them changed."""

    changed = Signal()
    """The files are no longer those that were opened; emitted once."""
    removed = Signal()
    """A file is gone. `changed` follows when another takes its place."""

    def __init__(self, sources: Sequence[ByteSource], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sources = list(sources)
        self._told_removed = False
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(self._look)
        files = [source.path for source in sources]
        folders = {str(Path(file).absolute().parent) for file in files}
        self._watcher = QFileSystemWatcher([*files, *sorted(folders)], self)
        self._watcher.fileChanged.connect(self._stir)
        self._watcher.directoryChanged.connect(self._stir)
        # What changed between opening and now has raised no event.
        self._quiet.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._quiet.stop()
        watched = self._watcher.files() + self._watcher.directories()
        if watched:
            self._watcher.removePaths(watched)
        self._sources = []

    def _stir(self) -> None:
        self._quiet.start()

    def _look(self) -> None:
        stale = [source for source in self._sources if not source.is_current()]
        if not stale:
            return
        if all(Path(source.path).exists() for source in stale):
            self.stop()
            self.changed.emit()
        elif not self._told_removed:
            self._told_removed = True
            self.removed.emit()
