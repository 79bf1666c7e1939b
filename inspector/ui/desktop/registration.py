"""Register this program for checkpoint files, and take it back: `inspector --register`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.plain_text import shown
from inspector.ui.desktop import freedesktop, windows


class RegistrationError(CheckpointError):
    """The desktop could not be told; the message says what stood in the way."""

    code = "registration"


def register(*, make_default: bool = False) -> list[str]:
    """Tell the desktop which files this program opens; return lines that say what was done.

    Raises `RegistrationError` where that is impossible.
    """
    if sys.platform == "win32":
        return _attempt(lambda: windows.register(make_default=make_default))
    _refuse_mac()
    return _attempt(lambda: freedesktop.register(make_default=make_default))


def unregister() -> list[str]:
    """Take back everything `register` did; return lines that say so.

    Raises `RegistrationError` where that is impossible.
    """
    if sys.platform == "win32":
        return _attempt(windows.unregister)
    _refuse_mac()
    return _attempt(freedesktop.unregister)


def is_registered() -> bool:
    """Whether the desktop starts this very program for checkpoint files."""
    if sys.platform == "win32":
        return windows.is_registered()
    return sys.platform != "darwin" and freedesktop.is_registered()


def run(*, remove: bool, make_default: bool) -> int:
    """Register or unregister from the command line; return the exit code."""
    try:
        lines = unregister() if remove else register(make_default=make_default)
    except RegistrationError as error:
        sys.stderr.write(f"inspector: {error.what()}\n")
        return 2
    sys.stdout.writelines(f"{shown(line)}\n" for line in lines)
    return 0


def _attempt(work: Callable[[], list[str]]) -> list[str]:
    try:
        return work()
    except OSError as error:
        raise RegistrationError(
            f"the desktop's files cannot be written: {error.strerror or error}",
            where=str(error.filename or ""),
        ) from error
    except subprocess.SubprocessError as error:
        raise RegistrationError(
            f"a database of the desktop could not be rebuilt: {error}",
            advice="Run inspector --register again",
        ) from error


def _refuse_mac() -> None:
    if sys.platform == "darwin":
        raise RegistrationError(
            "on macOS file types belong to an application bundle, not to a command",
            advice="Build the bundle first, then choose it in Finder under Get Info, Open with",
        )
