"""What the program remembers between runs. Every key of the settings file stands here.

An INI file of the user; its layout has a version, so that a state saved by another version of the
window is not restored into this one.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QStandardPaths

from inspector.ui.language import CHOICES as LANGUAGES
from inspector.ui.theme import CHOICES

if TYPE_CHECKING:
    from PySide6.QtCore import QByteArray

    from inspector.ui.recent import RecentFiles

ORGANIZATION = "checkpoint-inspector"
APPLICATION = "inspector"
LAYOUT_VERSION = 1
TEXT_SIZES = (90, 100, 115, 130, 150, 175)
"""Percent of the desktop's own text size."""


class Settings:
    """Typed access to the settings; `fresh` neither reads nor writes what is on disk."""

    def __init__(self, fresh: bool = False) -> None:
        self._fresh = fresh
        self._memory: dict[str, object] = {}
        # Not QSettings' own search for the place, which looks at the environment but once.
        config = QStandardPaths.StandardLocation.GenericConfigLocation
        self._folder = Path(QStandardPaths.writableLocation(config)) / ORGANIZATION
        file = str(self._folder / f"{APPLICATION}.ini")
        self._store = QSettings(file, QSettings.Format.IniFormat)

    @cached_property
    def recent(self) -> RecentFiles:
        """The files opened lately."""
        from inspector.ui.recent import RecentFiles

        return RecentFiles(None if self._fresh else self._folder / "recent.json")

    @property
    def fresh(self) -> bool:
        """Whether nothing is read or kept."""
        return self._fresh

    @property
    def theme(self) -> str:
        """`system`, `light` or `dark`."""
        chosen = self._read("theme", "system")
        return chosen if isinstance(chosen, str) and chosen in CHOICES else "system"

    @theme.setter
    def theme(self, choice: str) -> None:
        self._write("theme", choice)

    @property
    def text_size(self) -> int:
        """Percent of the desktop's text size, one of `TEXT_SIZES`."""
        found = self._read("text_size", "100")
        percent = int(found) if isinstance(found, str | int) and str(found).isdecimal() else 100
        return percent if percent in TEXT_SIZES else 100

    @text_size.setter
    def text_size(self, percent: int) -> None:
        self._write("text_size", percent)

    @property
    def language(self) -> str:
        """`system`, or one of the languages there are."""
        chosen = self._read("language", "system")
        return chosen if isinstance(chosen, str) and chosen in LANGUAGES else "system"

    @language.setter
    def language(self, choice: str) -> None:
        self._write("language", choice)

    @property
    def reopen(self) -> bool:
        """Whether a start without files opens those of the last time."""
        return self._flag("reopen")

    @reopen.setter
    def reopen(self, wanted: bool) -> None:
        self._write("reopen", wanted)

    @property
    def offered(self) -> bool:
        """Whether the person was asked if checkpoints shall open in this program."""
        return self._flag("offered")

    @offered.setter
    def offered(self, asked: bool) -> None:
        self._write("offered", asked)

    @property
    def last_files(self) -> list[str]:
        """The files that were open when the window closed."""
        import json

        text = self._read("last_files", "[]")
        try:
            found = json.loads(text) if isinstance(text, str) else []
        except ValueError:
            return []
        return [path for path in found if isinstance(path, str)] if isinstance(found, list) else []

    @last_files.setter
    def last_files(self, paths: list[str]) -> None:
        import json

        # JSON in ASCII: the store itself loses file names that are no valid UTF-8.
        self._write("last_files", json.dumps(paths))

    @property
    def folder(self) -> str:
        """The folder of the last file dialog."""
        found = self._read("folder", "")
        return found if isinstance(found, str) else ""

    @folder.setter
    def folder(self, path: str) -> None:
        self._write("folder", path)

    def state(self, name: str) -> QByteArray | None:
        """Return the saved state of the window part `name`, if this version saved it."""
        found = self._read(f"layout{LAYOUT_VERSION}/{name}", None)
        if found is None:
            return None
        from PySide6.QtCore import QByteArray

        return found if isinstance(found, QByteArray) and not found.isEmpty() else None

    def set_state(self, name: str, state: QByteArray) -> None:
        """Remember the state of the window part `name`."""
        self._write(f"layout{LAYOUT_VERSION}/{name}", state)

    def sync(self) -> None:
        """Write to disk now."""
        if not self._fresh:
            self._store.sync()

    def _flag(self, key: str) -> bool:
        return str(self._read(key, "false")).lower() == "true"

    def _read(self, key: str, default: object) -> object:
        if self._fresh:
            return self._memory.get(key, default)
        return self._store.value(key, default)

    def _write(self, key: str, value: object) -> None:
        if self._fresh:
            self._memory[key] = value
        else:
            self._store.setValue(key, value)
