"""Linux and its kin: MIME types, desktop entry, icons and thumbnailer of one user.

$XDG_DATA_HOME/mime/packages/checkpoint-inspector.xml
$XDG_DATA_HOME/applications/checkpoint-inspector.desktop
$XDG_DATA_HOME/thumbnailers/checkpoint-inspector.thumbnailer
$XDG_DATA_HOME/icons/hicolor/scalable/apps/checkpoint-inspector.svg
$XDG_DATA_HOME/icons/hicolor/scalable/mimetypes/application-x-*.svg
$XDG_CONFIG_HOME/mimeapps.list                     one line for each type, on request
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

from inspector.ui import APP_ID
from inspector.ui.desktop import entry_text, mimeapps
from inspector.ui.desktop.program import (
    SAFETENSORS_TYPE,
    TORCH_TYPE,
    executable,
    start_command,
)
from inspector.ui.resources import resources

_ENTRY = f"{APP_ID}.desktop"
_DEFAULT_TYPES = (TORCH_TYPE, SAFETENSORS_TYPE)
_ICONS = {
    f"apps/{APP_ID}.svg": "app",
    "mimetypes/application-x-pytorch-checkpoint.svg": "doc-torch",
    "mimetypes/application-x-safetensors.svg": "doc-safetensors",
    "mimetypes/application-x-checkpoint-index+json.svg": "doc-safetensors",
}
# What update-mime-database writes beside `packages`; it leaves them when the last package goes.
_GENERATED = (
    "XMLnamespaces",
    "aliases",
    "generic-icons",
    "globs",
    "globs2",
    "icons",
    "magic",
    "mime.cache",
    "subclasses",
    "treemagic",
    "types",
    "version",
)


def register(*, make_default: bool) -> list[str]:
    """Write everything and refresh the databases; return what was done, in lines for a person."""
    data = _data_home()
    for path, content in _files(data).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    missing = _refresh(data)
    done = [f"Registered for this user, under {data}."]
    if make_default:
        mimeapps.put_first(_defaults(), _ENTRY, _DEFAULT_TYPES)
        done.append("A double-click on a PyTorch or safetensors file opens it from now on.")
    elif not is_default():
        done.append("To make it the default for these files: inspector --register --default")
    return done + [f"{tool} is not installed; until it runs, {loss}." for tool, loss in missing]


def unregister() -> list[str]:
    """Remove everything `register` wrote; return what was done, in lines for a person."""
    data = _data_home()
    mimeapps.take_out(_defaults(), _ENTRY)
    for path in _files(data):
        path.unlink(missing_ok=True)
    _refresh(data)
    _remove_leftovers(data)
    return [f"Removed from {data}."]


def is_registered() -> bool:
    """Whether the desktop entry is in place and starts this very program."""
    path = _data_home() / "applications" / _ENTRY
    try:
        return path.read_bytes() == _filled(_ENTRY)
    except OSError:
        return False


def is_default() -> bool:
    """Whether the user's own list of defaults names this program first for torch's files."""
    return mimeapps.is_first(_defaults(), _ENTRY, TORCH_TYPE)


def _files(data: Path) -> dict[Path, bytes]:
    source = resources()
    files = {
        data / "mime" / "packages" / f"{APP_ID}.xml": (
            source / "mime" / f"{APP_ID}.xml"
        ).read_bytes(),
        data / "applications" / _ENTRY: _filled(_ENTRY),
        data / "thumbnailers" / f"{APP_ID}.thumbnailer": _filled(f"{APP_ID}.thumbnailer"),
    }
    for place, name in _ICONS.items():
        drawing = (source / "icons" / f"{name}.svg").read_bytes()
        files[data / "icons" / "hicolor" / "scalable" / place] = drawing
    return files


def _filled(name: str) -> bytes:
    template = (resources() / "desktop" / name).read_text(encoding="utf-8")
    command = start_command()
    text = entry_text.fill(template, command, executable(command))
    return text.encode("utf-8", "surrogateescape")


def _refresh(data: Path) -> list[tuple[str, str]]:
    """Run the tools that rebuild the databases; return those missing, each with its loss."""
    missing = []
    for tool, folder, loss in (
        ("update-mime-database", data / "mime", "the desktop does not know the file types"),
        ("update-desktop-database", data / "applications", "only a default is found"),
    ):
        if not folder.is_dir():
            continue
        program = shutil.which(tool)
        if program is None:
            missing.append((tool, loss))
            continue
        subprocess.run([program, str(folder)], check=True, capture_output=True, timeout=60)
    icons = data / "icons" / "hicolor"
    if icons.is_dir():
        os.utime(icons)  # tells icon caches that they are out of date
    return missing


def _remove_leftovers(data: Path) -> None:
    """Remove databases that nothing feeds any more and folders that are empty."""
    mime, applications = data / "mime", data / "applications"
    if mime.is_dir() and not any((mime / "packages").glob("*.xml")):
        for name in _GENERATED:
            (mime / name).unlink(missing_ok=True)
    if not any(applications.rglob("*.desktop")):
        (applications / "mimeinfo.cache").unlink(missing_ok=True)
    folders = {parent for path in _files(data) for parent in path.parents if data in parent.parents}
    folders.add(mime / "application")
    for folder in sorted(folders, key=lambda path: len(path.parts), reverse=True):
        with contextlib.suppress(OSError):  # not empty, or never made
            folder.rmdir()


def _data_home() -> Path:
    return _base("XDG_DATA_HOME", ".local/share")


def _defaults() -> Path:
    return _base("XDG_CONFIG_HOME", ".config") / "mimeapps.list"


def _base(variable: str, fallback: str) -> Path:
    """Return a base folder; a relative one is to be ignored (XDG Base Directory 0.8)."""
    value = os.environ.get(variable, "")
    return Path(value) if Path(value).is_absolute() else Path.home() / fallback
