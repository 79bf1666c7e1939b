"""Files opened lately, each with its kind and what it was compared with, in a small JSON file.

Not in the settings: QSettings loses the bytes of file names that are no valid UTF-8.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from inspector.checkpoint.plain_text import shown

KEPT = 12
"""Entries that are remembered."""
_MAX_BYTES = 1 << 20

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RecentFile:
    """One opening: the absolute path, the container's name ("torch zip"), empty where it is not
    known, and the absolute path of the other side when the two were compared."""

    path: str
    kind: str = ""
    compared_with: str = ""

    @property
    def title(self) -> str:
        """The file's name, or both names of a comparison, safe to show."""
        names = [self.path, self.compared_with] if self.compared_with else [self.path]
        return " ↔ ".join(shown(Path(name).name, 60) for name in names)

    @property
    def folder(self) -> str:
        """The folder, with the home as `~`, safe to show."""
        folder = Path(self.path).parent
        home = Path.home()
        if folder.is_relative_to(home):
            folder = Path("~") / folder.relative_to(home)
        return shown(str(folder), 120)


class RecentFiles:
    """The list, newest first. Without a `store` it is kept in memory alone."""

    def __init__(self, store: Path | None) -> None:
        self._store = store
        self._entries = _read(store) if store is not None else []

    @property
    def entries(self) -> list[RecentFile]:
        """The openings, newest first."""
        return list(self._entries)

    def add(self, opened: RecentFile) -> None:
        """Put `opened` at the head; the same file or pair stands in the list once."""
        same = (opened.path, opened.compared_with)
        others = [known for known in self._entries if (known.path, known.compared_with) != same]
        self._entries = [opened, *others][:KEPT]
        self._write()

    def forget(self, opened: RecentFile) -> None:
        """Take `opened` out of the list."""
        self._entries = [known for known in self._entries if known != opened]
        self._write()

    def clear(self) -> None:
        """Forget everything."""
        self._entries = []
        self._write()

    def _write(self) -> None:
        if self._store is None:
            return
        import json

        text = json.dumps([asdict(entry) for entry in self._entries], indent=1)
        part = self._store.with_suffix(".part")
        try:
            self._store.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(text, encoding="ascii")
            part.replace(self._store)
        except OSError as error:
            _log.warning("the recent files cannot be kept: %s", error.strerror)


def missing(entries: Iterable[RecentFile]) -> set[RecentFile]:
    """Return those whose file, or one of whose files, is gone.

    Asks the disk, which may be a network's: call it outside the window's thread.
    """
    return {entry for entry in entries if not all(map(_exists, _paths(entry)))}


def _paths(entry: RecentFile) -> list[str]:
    return [path for path in (entry.path, entry.compared_with) if path]


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def _read(store: Path) -> list[RecentFile]:
    """Return the entries in `store`; what is damaged or strange is left out."""
    try:
        if store.stat().st_size > _MAX_BYTES:
            return []
        import json  # no first start needs it

        found = json.loads(store.read_text(encoding="ascii"))
    except (OSError, ValueError, RecursionError):
        return []
    entries = [_entry(item) for item in found] if isinstance(found, list) else []
    return [entry for entry in entries if entry is not None][:KEPT]


def _entry(item: object) -> RecentFile | None:
    if not isinstance(item, dict):
        return None
    fields = [item.get(name, "") for name in ("path", "kind", "compared_with")]
    if not all(isinstance(value, str) for value in fields) or not fields[0]:
        return None
    return RecentFile(*fields)
