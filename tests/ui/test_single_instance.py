"""One window for each user, over real sockets: what a later start hands over, and what stops it."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from inspector.ui import hand_over
from inspector.ui.hand_over import MAX_MESSAGE, Request
from inspector.ui.single_instance import SingleInstance

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="speaks to Unix sockets")

HAND_OVER = (
    "import sys; from inspector.ui import hand_over; hand_over.PATIENCE = 60; "
    "taken = hand_over.hand_over(sys.argv[1:], compare=len(sys.argv) == 3); "
    "sys.exit(('PySide6' in sys.modules) * 10 + (0 if taken else 1))"
)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def window(runtime: Path, qtbot: QtBot) -> Iterator[SingleInstance]:
    instance = SingleInstance()
    assert instance.listen()
    yield instance
    instance.close()


def later_start(
    qtbot: QtBot, *arguments: str | bytes, folder: Path | None = None
) -> Callable[[], int]:
    """Start another process; return what waits for its exit code."""
    process = subprocess.Popen([sys.executable, "-c", HAND_OVER, *arguments], cwd=folder)

    def ended() -> int:
        qtbot.waitUntil(lambda: process.poll() is not None)
        return process.wait()

    return ended


def test_later_start_hands_its_paths_over(
    window: SingleInstance, qtbot: QtBot, tmp_path: Path
) -> None:
    names: list[str | bytes] = ["a.pt", b"new\nline \xff --dash.pt"]
    with qtbot.waitSignal(window.received) as told:
        ended = later_start(qtbot, *names, folder=tmp_path)
    assert ended() == 0, "handed over, and without Qt"
    assert told.args is not None
    request = told.args[0]
    assert [os.fsencode(path) for path in request.paths] == [
        os.fsencode(tmp_path) + b"/" + os.fsencode(name) for name in names
    ]
    assert request.compare


def test_later_start_without_files_only_raises(window: SingleInstance, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.received) as told:
        ended = later_start(qtbot)
    assert ended() == 0
    assert told.args == [Request()]


def test_activation_token_travels(
    window: SingleInstance, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "token-1")
    with qtbot.waitSignal(window.received) as told:
        later_start(qtbot, "/a.pt")()
    assert told.args == [Request(("/a.pt",), activation="token-1")]


def test_qt_client_speaks_the_same(window: SingleInstance, qtbot: QtBot) -> None:
    name = hand_over.server_name()
    assert name is not None
    code = (
        "import sys; from inspector.ui import hand_over; hand_over.PATIENCE = 60; "
        "line = hand_over.Request(('/x',)).to_line(); "
        "sys.exit(0 if hand_over.send_with_qt(sys.argv[1], line) else 1)"
    )
    with qtbot.waitSignal(window.received) as told:
        process = subprocess.Popen([sys.executable, "-c", code, name])
        qtbot.waitUntil(lambda: process.poll() is not None)
    assert process.wait() == 0
    assert told.args == [Request(("/x",))]


def test_nobody_there_means_start_alone(runtime: Path) -> None:
    assert not hand_over.hand_over(["a.pt"])
    assert list(runtime.iterdir()) == []


def test_socket_and_folder_are_closed_to_others(window: SingleInstance, runtime: Path) -> None:
    name = hand_over.server_name()
    assert name is not None
    assert stat.S_IMODE(Path(name).stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE(Path(name).parent.stat().st_mode) == 0o700


def test_only_the_first_window_listens(window: SingleInstance) -> None:
    code = (
        "import sys; from PySide6.QtCore import QCoreApplication; app = QCoreApplication([]); "
        "from inspector.ui.single_instance import SingleInstance; "
        "sys.exit(SingleInstance().listen())"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    name = hand_over.server_name()
    assert name is not None
    assert Path(name).exists()


def test_window_that_crashed_is_replaced(runtime: Path, qtbot: QtBot) -> None:
    code = (
        "import os; from PySide6.QtCore import QCoreApplication; app = QCoreApplication([]); "
        "from inspector.ui.single_instance import SingleInstance; instance = SingleInstance(); "
        "assert instance.listen(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    name = hand_over.server_name()
    assert name is not None
    assert Path(name).exists()
    assert not hand_over.hand_over(["a.pt"])
    instance = SingleInstance()
    assert instance.listen()
    with qtbot.waitSignal(instance.received):
        ended = later_start(qtbot, "/a.pt")
    assert ended() == 0
    instance.close()


def test_closing_gives_the_name_back(window: SingleInstance) -> None:
    window.close()
    assert not hand_over.hand_over(["a.pt"])
    again = SingleInstance()
    assert again.listen()
    again.close()


@pytest.mark.parametrize("mode", [0o755, 0o777, 0o710])
def test_folder_that_others_may_enter_is_not_trusted(runtime: Path, mode: int) -> None:
    (runtime / "checkpoint-inspector").mkdir()
    (runtime / "checkpoint-inspector").chmod(mode)
    assert hand_over.server_name() is None
    assert not SingleInstance().listen()


def test_folder_that_is_a_link_is_not_trusted(runtime: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (runtime / "checkpoint-inspector").symlink_to(tmp_path / "elsewhere")
    assert hand_over.server_name() is None
    assert not SingleInstance().listen()


def test_path_too_long_for_a_socket_starts_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 120)
    long.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    assert not SingleInstance().listen()
    assert not hand_over.hand_over(["a.pt"])


def silent(connection: socket.socket) -> None:
    connection.recv(10)


def drips(connection: socket.socket) -> None:
    for byte in hand_over.GREETING:
        connection.send(bytes([byte]))
        time.sleep(0.05)


def babbles(connection: socket.socket) -> None:
    while True:
        connection.send(b"checkpoint-inspector 9\n" * 1000)


def hangs_up(connection: socket.socket) -> None:
    connection.close()


def takes_but_never_answers(connection: socket.socket) -> None:
    connection.send(hand_over.GREETING)
    while connection.recv(65536):
        pass


@pytest.mark.parametrize("behave", [silent, drips, babbles, hangs_up, takes_but_never_answers])
def test_strange_listener_never_blocks_a_start(
    runtime: Path, behave: Callable[[socket.socket], None]
) -> None:
    folder = runtime / "checkpoint-inspector"
    folder.mkdir(mode=0o700)
    name = hand_over.server_name()
    assert name is not None

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        try:
            behave(connection)
        except OSError:
            pass  # the start hung up, as it should
        finally:
            connection.close()

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(name)
        listener.listen()
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        assert not hand_over.hand_over(["a.pt"])
        thread.join(60)
        assert not thread.is_alive()


@pytest.mark.parametrize("kind", ["file", "fifo", "folder", "dangling"])
def test_thing_in_the_place_of_the_socket_starts_alone(runtime: Path, kind: str) -> None:
    folder = runtime / "checkpoint-inspector"
    folder.mkdir(mode=0o700)
    place = folder / "window-1"
    if kind == "file":
        place.write_text("not a socket")
    elif kind == "fifo":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to("/nowhere")
    assert not hand_over.hand_over(["a.pt"])


BAD_LINES = [
    b"",
    b"\n",
    b"[]\n",
    b"null\n",
    b'{"paths": "/a"}\n',
    b'{"paths": ["relative.pt"]}\n',
    b'{"paths": [1]}\n',
    b'{"paths": [], "activation": 1}\n',
    b"[" * 100_000 + b"\n",
    b"\xff\xfe\n",
]


@pytest.mark.parametrize("line", BAD_LINES, ids=range(len(BAD_LINES)))
def test_request_that_is_none_is_refused(line: bytes) -> None:
    assert Request.from_line(line) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_nothing(line: bytes) -> None:
    found = Request.from_line(line)
    assert found is None or found == Request.from_line(found.to_line())


@given(st.lists(st.binary(min_size=1, max_size=50).filter(lambda name: 0 not in name)))
def test_any_file_name_survives(names: list[bytes]) -> None:
    request = Request(tuple("/" + os.fsdecode(name) for name in names))
    line = request.to_line()
    assert line.count(b"\n") == 1
    assert Request.from_line(line) == request


def test_window_drops_a_request_without_end(window: SingleInstance, qtbot: QtBot) -> None:
    name = hand_over.server_name()
    assert name is not None
    dropped = threading.Event()
    received: list[Request] = []
    window.received.connect(received.append)

    def flood() -> None:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(name)
            client.settimeout(60)
            try:
                for _ in range(3 * MAX_MESSAGE // 65536):
                    client.sendall(b"x" * 65536)
            except OSError:
                dropped.set()

    thread = threading.Thread(target=flood)
    thread.start()
    qtbot.waitUntil(lambda: not thread.is_alive())
    assert dropped.is_set()
    assert received == []
    with qtbot.waitSignal(window.received):
        ended = later_start(qtbot, "/still-alive.pt")
    assert ended() == 0


def test_more_paths_than_a_message_holds_start_alone(window: SingleInstance) -> None:
    assert not hand_over.hand_over([f"/{'x' * 4000}{index}" for index in range(300)])


def test_request_holds_plain_json() -> None:
    fields = json.loads(Request(("/a",), compare=True).to_line())
    assert fields == {"paths": ["/a"], "compare": True, "activation": ""}
