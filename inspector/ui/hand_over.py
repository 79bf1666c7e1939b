"""Hand the files of a second start to the window that already runs. Done before Qt is imported.

    window  ->  "checkpoint-inspector 1\n"       greeting, once it takes the connection
    start   ->  {"paths": [...], ...}\n          one line of JSON, see `Request`
    window  ->  "ok\n"                           the window has taken over

The greeting comes first so that a window too busy to answer has been told nothing when the second
start gives up on it and opens a window of its own. Every doubt ends that way: no folder, no socket,
a foreign owner, a strange answer, a fifth of a second without any.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import socket

PATIENCE = 0.2
"""Seconds a start waits for the running window, in all."""
MAX_MESSAGE = 1 << 20
"""Bytes of one request; a command line cannot hold many more."""
GREETING = b"checkpoint-inspector 1\n"
ACCEPTED = b"ok\n"

_NAME = "checkpoint-inspector"
_MAX_SOCKET_PATH = 100  # sun_path holds 104 bytes on macOS, 108 on Linux
_ACTIVATION = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")


class Request(NamedTuple):
    """What a second start asks of the running window; without paths, only to come to the front.

    `paths` are absolute. `compare` asks to lay the first two side by side. `activation` is the
    desktop's permission to raise a window (XDG activation protocol), empty where there is none.
    """

    paths: tuple[str, ...] = ()
    compare: bool = False
    activation: str = ""

    def to_line(self) -> bytes:
        """Return the request as one line of ASCII; any file name survives it."""
        import json

        fields = {"paths": self.paths, "compare": self.compare, "activation": self.activation}
        return json.dumps(fields).encode("ascii") + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Request | None:
        """Return the request in `line`, None for anything else."""
        import json

        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            return None
        if not isinstance(fields, dict):
            return None
        paths, activation = fields.get("paths"), fields.get("activation", "")
        if not isinstance(paths, list) or not isinstance(activation, str):
            return None
        if not all(isinstance(path, str) and Path(path).is_absolute() for path in paths):
            return None
        return cls(tuple(paths), fields.get("compare") is True, activation)


def request(paths: list[str], *, compare: bool = False) -> Request:
    """Return the request to open `paths`, which are relative to the current folder.

    Raises `OSError` when the current folder is gone.
    """
    # No normalising: `..` behind a symbolic link leads elsewhere than its text says.
    here = Path.cwd() if paths else Path()
    absolute = tuple(str(here / path) for path in paths)
    activation = next((os.environ[name] for name in _ACTIVATION if os.environ.get(name)), "")
    return Request(absolute, compare, activation)


def hand_over(paths: list[str], *, compare: bool = False) -> bool:
    """Whether a running window took `paths`; if not, open a window here."""
    name = server_name()
    if name is None:
        return False
    try:
        if sys.platform != "win32":
            Path(name).lstat()  # most starts find nobody there: `OSError`, and nothing is imported
        line = request(paths, compare=compare).to_line()
        if len(line) > MAX_MESSAGE:
            return False
        if sys.platform == "win32":
            return send_with_qt(name, line)
        return _send(name, line)
    except OSError:
        return False


def server_name() -> str | None:
    """Return where the running window listens: a path, on Windows a pipe's name.

    None where there is no folder that belongs to this user alone.
    """
    if sys.platform == "win32":
        return f"{_NAME}-{os.environ.get('USERNAME', '')}-1"
    path = folder() / "window-1"
    if len(os.fsencode(path)) > _MAX_SOCKET_PATH or not _is_private(folder()):
        return None
    return str(path)


def folder() -> Path:
    """Return the folder of the socket and of its lock; it may not exist."""
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    if runtime.is_absolute():
        return runtime / _NAME
    user = "" if sys.platform == "win32" else f"-{os.getuid()}"
    import tempfile  # rarely needed, and slow to import

    return Path(tempfile.gettempdir()) / f"{_NAME}{user}"


def send_with_qt(name: str, line: bytes) -> bool:
    """Do what `hand_over` does through Qt, for systems without Unix sockets in Python."""
    from PySide6.QtNetwork import QLocalSocket

    milliseconds = int(PATIENCE * 1000)
    client = QLocalSocket()
    client.connectToServer(name)
    if not client.waitForConnected(milliseconds) or not client.waitForReadyRead(milliseconds):
        return False
    if client.readLine().data() != GREETING:
        return False
    client.write(line)
    return client.waitForReadyRead(milliseconds) and client.readLine().data() == ACCEPTED


def _send(path: str, line: bytes) -> bool:
    import socket

    deadline = time.monotonic() + PATIENCE
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(PATIENCE)
        client.connect(path)
        if not _hears(client, GREETING, deadline):
            return False
        client.sendall(line)
        return _hears(client, ACCEPTED, deadline)


def _hears(client: socket.socket, expected: bytes, deadline: float) -> bool:
    heard = b""
    while len(heard) < len(expected):
        client.settimeout(max(deadline - time.monotonic(), 0.001))
        piece = client.recv(len(expected) - len(heard))
        heard += piece
        if not piece or not expected.startswith(heard) or time.monotonic() > deadline:
            return False
    return True


def _is_private(folder: Path) -> bool:
    """Whether `folder` is no link, belongs to this user and is closed to everybody else."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    mine = status.st_uid == os.getuid() and not status.st_mode & 0o077
    return stat.S_ISDIR(status.st_mode) and mine
