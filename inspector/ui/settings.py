"""What the program remembers between runs. Every key of the settings file stands here.

An INI file of the user; its layout has a version, so that a state saved by another version of the
window is not restored into this one.
"""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings

from inspector.ui.theme import CHOICES

ORGANIZATION = "checkpoint-inspector"
APPLICATION = "inspector"
LAYOUT_VERSION = 1
RECENT_KEPT = 12


class Settings:
    """Typed access to the settings; `fresh` neither reads nor writes what is on disk."""

    def __init__(self, fresh: bool = False) -> None:
        self._fresh = fresh
        self._memory: dict[str, object] = {}
        self._store = QSettings(
            QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANIZATION, APPLICATION
        )

    @property
    def theme(self) -> str:
        """`system`, `light` or `dark`."""
        chosen = self._read("theme", "system")
        return chosen if isinstance(chosen, str) and chosen in CHOICES else "system"

    @theme.setter
    def theme(self, choice: str) -> None:
        self._write("theme", choice)

    @property
    def recent(self) -> list[str]:
        """Paths opened lately, the newest first."""
        found = self._read("recent", [])
        if isinstance(found, str):  # QSettings returns a list of one as its only member
            return [found]
        return [path for path in found if isinstance(path, str)] if isinstance(found, list) else []

    def add_recent(self, path: str) -> None:
        """Put `path` at the head of the recent list."""
        others = [known for known in self.recent if known != path]
        self._write("recent", [path, *others][:RECENT_KEPT])

    def forget_recent(self) -> None:
        """Empty the recent list."""
        self._write("recent", [])

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
        return found if isinstance(found, QByteArray) and not found.isEmpty() else None

    def set_state(self, name: str, state: QByteArray) -> None:
        """Remember the state of the window part `name`."""
        self._write(f"layout{LAYOUT_VERSION}/{name}", state)

    def sync(self) -> None:
        """Write to disk now."""
        if not self._fresh:
            self._store.sync()

    def _read(self, key: str, default: object) -> object:
        if self._fresh:
            return self._memory.get(key, default)
        return self._store.value(key, default)

    def _write(self, key: str, value: object) -> None:
        if self._fresh:
            self._memory[key] = value
        else:
            self._store.setValue(key, value)
