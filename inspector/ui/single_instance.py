"""The listening half of one window for each user: takes the files of later starts.

Who holds the lock listens; everybody else is a window of its own. A crash releases the lock, and
the next holder replaces the socket that was left behind.
"""

from __future__ import annotations

import os
from functools import partial

from PySide6.QtCore import QLockFile, QObject, Qt, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QWidget

from inspector.ui import hand_over
from inspector.ui.hand_over import ACCEPTED, GREETING, MAX_MESSAGE, Request

_IDLE_MS = 2000
"""Milliseconds after which a connection that says nothing is dropped."""


class SingleInstance(QObject):
    """Listens for later starts. `received` carries a `Request`; raise the window on each."""

    # An object: Qt's own strings lose the bytes of file names that are no valid UTF-8.
    received = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        self._lock: QLockFile | None = None

    def listen(self) -> bool:
        """Start to listen; False when another window does, or when no place is safe for it."""
        folder = hand_over.folder()
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError:
            return False
        name = hand_over.server_name()
        if name is None:
            return False
        lock = QLockFile(str(folder / "lock"))
        lock.setStaleLockTime(0)  # held as long as its process lives
        if not lock.tryLock(0):
            return False
        self._lock = lock
        QLocalServer.removeServer(name)
        return self._server.listen(name)

    def close(self) -> None:
        """Stop listening; files of later starts open a window of their own."""
        self._server.close()
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def _greet(self) -> None:
        while (connection := self._server.nextPendingConnection()) is not None:
            # One byte more than allowed tells a long request from one that just fits.
            connection.setReadBufferSize(MAX_MESSAGE + 1)
            connection.readyRead.connect(partial(self._read, connection))
            connection.disconnected.connect(connection.deleteLater)
            QTimer.singleShot(_IDLE_MS, connection, connection.abort)
            connection.write(GREETING)

    def _read(self, connection: QLocalSocket) -> None:
        if not connection.canReadLine():
            if connection.bytesAvailable() > MAX_MESSAGE:
                connection.abort()
            return
        request = Request.from_line(bytes(connection.readLine().data()))
        if request is None:
            connection.abort()
            return
        connection.write(ACCEPTED)
        connection.flush()
        connection.disconnectFromServer()
        self.received.emit(request)


def bring_to_front(window: QWidget, activation: str = "") -> None:
    """Show, restore and raise `window`; `activation` is the later start's right to do so."""
    if activation:
        os.environ["XDG_ACTIVATION_TOKEN"] = activation  # Qt's Wayland plug-in takes it from there
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
