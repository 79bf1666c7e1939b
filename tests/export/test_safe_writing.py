"""The promises of writing, put to the test: kills, full disks, changed sources, cancels."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.checkpoint.errors import ChangedOnDiskError, CheckpointError, ExportError
from inspector.export import pieces, safe_file
from inspector.export.exporting import export_checkpoint, plan_export, write
from inspector.export.plan import ExportOptions
from inspector.export.safe_file import left_over
from inspector.formats.detect import open_checkpoint
from tests.builders import torch
from tests.export.small_exports import digest, export, out, source

__all__ = ["out", "source"]

KILLS = int(os.environ.get("INSPECTOR_KILLS", "20"))


# -- killed ----------------------------------------------------------------------------------------

_KILLED = """
import sys
from inspector.export.exporting import export_checkpoint
from inspector.formats.detect import open_checkpoint
with open_checkpoint(sys.argv[1]) as checkpoint:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(1000):
        wishes = {"overwrite": True, "weights_only": number % 2 == 1}
        export_checkpoint(checkpoint, sys.argv[2], "cuda:0", **wishes)
"""


def test_a_kill_leaves_the_old_file_or_a_whole_one(source: Path, out: Path) -> None:
    target = out / "copy.pt"
    whole = set()
    for weights_only in (False, True):
        export(source, target, overwrite=True, weights_only=weights_only)
        whole.add(digest(target))
    target.write_bytes(b"the old file")
    whole.add(digest(target))
    before = digest(source)
    dice = random.Random(7)
    for _ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", _KILLED, str(source), str(target)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin and process.stdout
        with process:
            process.stdout.readline()
            process.stdin.write(b"\n")
            process.stdin.flush()
            time.sleep(dice.random() * 0.05)
            process.kill()
        assert digest(target) in whole
        assert digest(source) == before
        strangers = [path for path in out.iterdir() if path != target]
        assert strangers == left_over(out)
        for path in strangers:
            path.unlink()


def test_a_file_being_written_is_not_left_over(source: Path, out: Path) -> None:
    target = safe_file.check_target(out / "copy.pt", [], overwrite=False)
    with safe_file.PendingFile(target) as pending:
        assert pending.path.exists()
        assert left_over(out) == []
    assert list(out.iterdir()) == []
    dead = out / ".checkpoint-inspector-0123456789abcdef.part"
    dead.write_bytes(b"")
    (out / ".checkpoint-inspector-own.part").write_bytes(b"")
    assert left_over(out) == [dead]


# -- no room ---------------------------------------------------------------------------------------


@contextmanager
def file_limit(nbytes: int) -> Iterator[None]:
    """No file may grow past `nbytes`. Lifted before pytest writes, which may be to a large file."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (nbytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
@pytest.mark.parametrize("wishes", [{}, {"weights_only": True}, {"format": "safetensors"}])
def test_a_full_disk_keeps_the_old_target(
    share: float, wishes: dict[str, Any], source: Path, out: Path
) -> None:
    target = out / "copy.pt"
    target.write_bytes(b"the old file")
    with open_checkpoint(source) as checkpoint:
        options = ExportOptions(map_location="cuda:0", overwrite=True, **wishes)
        plan = plan_export(checkpoint, target, options)
        full = pytest.raises(ExportError, match=f"needs {plan.nbytes:,} bytes")
        with full, file_limit(int(plan.nbytes * share)):
            write(plan)
    assert target.read_bytes() == b"the old file"
    assert list(out.iterdir()) == [target]


def test_free_space_is_checked_before_the_first_byte(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safe_file, "free_bytes", lambda _folder: 1000)
    with pytest.raises(ExportError, match="only 1,000 are free"):
        export(source, out / "copy.pt")
    assert list(out.iterdir()) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mounts a small disk")
def test_a_really_full_disk(source: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount")
    try:
        target = disk / "copy.pt"
        target.write_bytes(b"old")
        (disk / "filler").write_bytes(bytes(300 << 10))
        with pytest.raises(ExportError, match="free"):
            export(source, target, overwrite=True)
        assert target.read_bytes() == b"old"
        assert sorted(path.name for path in disk.iterdir()) == ["copy.pt", "filler"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


# -- the source changes ----------------------------------------------------------------------------


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"x")


def _truncate(path: Path) -> None:
    os.truncate(path, 1000)


def _rewrite(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-5000] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("change", [_append, _truncate, _rewrite])
@pytest.mark.parametrize("wishes", [{}, {"weights_only": True}, {"format": "safetensors"}])
def test_a_source_that_changes_midway_gives_no_target(
    change: Any, wishes: dict[str, Any], source: Path, out: Path
) -> None:
    with open_checkpoint(source) as checkpoint:
        options = ExportOptions(map_location="cuda:0", **wishes)
        plan = plan_export(checkpoint, out / "copy.pt", options)
        pending = [change]

        def progress(done: int, total: int) -> None:
            if done and pending:
                pending.pop()(source)

        with pytest.raises(CheckpointError) as caught:
            write(plan, progress=progress)
    assert isinstance(caught.value, ChangedOnDiskError)
    assert list(out.iterdir()) == []


def test_a_deleted_but_open_source_may_finish(source: Path, out: Path) -> None:
    with open_checkpoint(source) as checkpoint:
        source.unlink()
        export_checkpoint(checkpoint, out / "copy.pt", "cuda:0")
    assert torch.load(out / "copy.pt", map_location="cpu", weights_only=True)["b"].sum() == 3


# -- cancelled, crowded, broken --------------------------------------------------------------------


@pytest.mark.parametrize("wishes", [{}, {"weights_only": True}, {"format": "safetensors"}])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.99])
def test_cancel_at_any_moment_leaves_nothing(
    wishes: dict[str, Any], share: float, source: Path, out: Path
) -> None:
    target = out / "copy.pt"
    target.write_bytes(b"old")
    cancel = CancelToken()
    with open_checkpoint(source) as checkpoint:
        options = ExportOptions(map_location="cuda:0", overwrite=True, **wishes)
        plan = plan_export(checkpoint, target, options)

        def progress(done: int, total: int) -> None:
            if done >= share * total:
                cancel.cancel()

        with pytest.raises(Cancelled):
            write(plan, cancel, progress)
    assert target.read_bytes() == b"old"
    assert list(out.iterdir()) == [target]


def test_a_slow_flush_does_not_hold_up_a_cancel(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushing, finish = threading.Event(), threading.Event()
    real = os.fsync

    def slow(descriptor: int) -> None:
        flushing.set()
        finish.wait(30)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", slow)
    cancel = CancelToken()

    def cancel_meanwhile() -> None:
        flushing.wait(30)
        cancel.cancel()

    threading.Thread(target=cancel_meanwhile).start()
    with open_checkpoint(source) as checkpoint, pytest.raises(Cancelled):
        export_checkpoint(checkpoint, out / "copy.pt", "cuda:0", cancel=cancel)
    assert not finish.is_set()
    assert list(out.iterdir()) == []
    finish.set()


def test_two_exports_to_one_target(source: Path, out: Path) -> None:
    target = out / "copy.pt"
    both = set()
    for device in ("cuda:0", "mps"):
        with open_checkpoint(source) as checkpoint:
            export_checkpoint(checkpoint, target, device, overwrite=True)
        both.add(digest(target))

    def run(device: str) -> None:
        for _ in range(5):
            with open_checkpoint(source) as checkpoint:
                export_checkpoint(checkpoint, target, device, overwrite=True)

    threads = [threading.Thread(target=run, args=(device,)) for device in ("cuda:0", "mps")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert digest(target) in both
    assert list(out.iterdir()) == [target]


@pytest.mark.parametrize("call", ["write", "fsync", "replace", "copy_file_range"])
def test_an_error_of_any_call_leaves_the_old_target(
    call: str, source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OSError(5, "Input/output error")

    if call == "replace":
        monkeypatch.setattr(Path, "replace", broken)
    else:
        monkeypatch.setattr(os, call, broken)
    target = out / "copy.pt"
    target.write_bytes(b"old")
    with pytest.raises(ExportError, match="Input/output error"):
        export(source, target, overwrite=True)
    assert target.read_bytes() == b"old"
    assert list(out.iterdir()) == [target]


def test_without_a_kernel_copy_the_bytes_are_the_same(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(source, out / "one.pt")

    def missing(*_: Any) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "copy_file_range", missing)
    monkeypatch.setattr(pieces, "READ_BYTES", 1000)
    export(source, out / "two.pt")
    assert (out / "one.pt").read_bytes() == (out / "two.pt").read_bytes()


def test_left_over_files_of_a_killed_export_are_ours(source: Path, out: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from inspector.export.exporting import plan_export, write\n"
        "from inspector.export.plan import ExportOptions\n"
        "from inspector.formats.detect import open_checkpoint\n"
        "plan = plan_export(open_checkpoint(sys.argv[1]), sys.argv[2], ExportOptions('cpu'))\n"
        "write(plan, progress=lambda done, _: done and os.kill(os.getpid(), signal.SIGKILL))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(source), str(out / "copy.pt")], check=False
    )
    assert ran.returncode == -signal.SIGKILL
    assert len(left_over(out)) == 1
    assert left_over(out) == list(out.iterdir())
