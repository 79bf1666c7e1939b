"""The helper process: real torch proves a copy, and its death is only reported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from inspector.checkpoint.cancel import Cancelled, CancelToken
from inspector.export import prove as proving
from inspector.export.exporting import plan_export, write
from inspector.export.plan import ExportOptions, ExportPlan
from inspector.export.prove import prove
from inspector.export.report import ExportReport
from inspector.formats.detect import open_checkpoint
from tests.builders import adopt, save, throwaway_module, torch

# torch says once in each process that quantized tensors will go.
pytestmark = pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")


def exported(source: Path, target: Path, **wishes: Any) -> tuple[ExportPlan, ExportReport]:
    plan = plan_export(open_checkpoint(source), target, ExportOptions(**wishes))
    return plan, write(plan)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    state = {
        "w": torch.arange(6.0).reshape(2, 3).t(),
        "h": torch.ones(3, dtype=torch.bfloat16),
        "q": torch.quantize_per_tensor(torch.ones(4), 0.5, 3, torch.quint8),
        "s": torch.eye(3).to_sparse(),
        "c": torch.ones(2, dtype=torch.complex64).conj(),
    }
    return save(tmp_path / "source.pt", state)


@pytest.mark.parametrize(
    ("name", "wishes", "proven", "words"),
    [
        ("copy.pt", {"map_location": "cpu"}, 4, "equal to the source's in every bit"),
        ("copy.pt", {"weights_only": True, "dtype": "float16"}, 4, "the source's, cast as asked"),
        ("copy.safetensors", {"select": ("w", "h")}, 2, "safetensors loads 2"),
        ("copy.pt", {"shard_bytes": 20}, 4, "loads 4 tensors"),
    ],
)
def test_torch_sees_what_the_source_holds(
    name: str, wishes: dict[str, Any], proven: int, words: str, source: Path, tmp_path: Path
) -> None:
    proof = prove(*exported(source, tmp_path / name, **wishes))
    assert proof.contradicted == []
    assert proof.proven == proven
    assert proof.uncompared == (0 if "select" in wishes else 1)
    assert words in proof.lines[0]


def test_a_copy_that_was_changed_afterwards_is_contradicted(source: Path, tmp_path: Path) -> None:
    plan, report = exported(source, tmp_path / "copy.pt", map_location="cuda:0")
    with open_checkpoint(tmp_path / "copy.pt") as copy:
        offset = next(tensor.storage.offset for tensor in copy.tensors if tensor.storage)
    data = bytearray((tmp_path / "copy.pt").read_bytes())
    data[offset] ^= 1
    (tmp_path / "copy.pt").write_bytes(data)
    proof = prove(plan, report)
    assert proof.contradicted == ["w"]
    assert "otherwise: w" in proof.lines[-1]


def test_a_whole_model_is_not_loaded_and_that_is_said(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    with throwaway_module("gone_project") as module:

        class Net(torch.nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.layer = torch.nn.Linear(2, 2)

        adopt(module, Net)
        source = save(tmp_path / "model.pt", Net())
    proof = prove(*exported(source, tmp_path / "copy.pt", map_location="cuda:0"))
    assert proof.proven == 2
    assert "were not loaded" in proof.lines[0]
    assert not ran.exists()


def test_torchs_words_are_reported(source: Path, tmp_path: Path) -> None:
    plan, report = exported(source, tmp_path / "copy.pt", map_location="cuda:0")
    (tmp_path / "copy.pt").write_bytes(b"no checkpoint at all, any more")
    proof = prove(plan, report)
    assert proof.proven == 0
    assert "torch could not load the copy" in proof.lines[0]
    assert "weights_only" not in proof.lines[0]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "status -11"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "status -9"),
        ("print('half an answ')", "status 0"),
        ("raise SystemExit('out of luck')", "out of luck"),
    ],
)
def test_the_death_of_the_helper_is_reported(
    code: str, words: str, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, report = exported(source, tmp_path / "copy.pt", map_location="cpu")
    helper = tmp_path / "helper.py"
    helper.write_text(code)
    monkeypatch.setattr(proving, "_HELPER", helper)
    proof = prove(plan, report)
    assert words in proof.lines[0]
    assert proof.contradicted == []


def test_a_helper_that_never_answers(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, report = exported(source, tmp_path / "copy.pt", map_location="cpu")
    helper = tmp_path / "helper.py"
    mark = tmp_path / "pid"
    helper.write_text(
        "import os, time\n"
        f"open({str(mark) + 'ding'!r}, 'w').write(str(os.getpid()))\n"
        f"os.rename({str(mark) + 'ding'!r}, {str(mark)!r})\n"
        "time.sleep(600)\n"
    )
    monkeypatch.setattr(proving, "_HELPER", helper)
    assert "no answer in 1 seconds" in prove(plan, report, seconds=1.0).lines[0]
    cancel = CancelToken()

    def cancel_later() -> None:
        while not mark.exists():
            time.sleep(0.01)
        cancel.cancel()

    mark.unlink(missing_ok=True)  # it may have been stopped before it began
    thread = threading.Thread(target=cancel_later)
    thread.start()
    with pytest.raises(Cancelled):
        prove(plan, report, cancel=cancel)
    thread.join()
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), signal.SIGTERM)


def test_a_trap_in_the_current_folder_does_not_run(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "folder"
    trap.mkdir()
    ran = tmp_path / "ran"
    for name in ("numpy", "json", "torch", "hashlib"):
        (trap / f"{name}.py").write_text(f"open({str(ran)!r}, 'w')\n")
    plan, report = exported(source, trap / "copy.pt", map_location="cpu")
    monkeypatch.chdir(trap)
    monkeypatch.setenv("PYTHONPATH", str(trap))
    assert prove(plan, report).proven == 4
    assert not ran.exists()


def test_the_helper_alone_imports_torch() -> None:
    code = (
        "import sys\n"
        "import inspector.export.exporting, inspector.export.command, inspector.export.prove\n"
        "print('torch' in sys.modules, 'PySide6' in sys.modules)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "False"]


def test_a_frozen_build_takes_the_python_that_is_installed(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, report = exported(source, tmp_path / "copy.pt", map_location="cpu")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("PATH", "")
    assert "no Python is installed" in prove(plan, report).lines[0]
    installed = tmp_path / "bin"
    installed.mkdir()
    (installed / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (installed / "python3").chmod(0o755)
    monkeypatch.setenv("PATH", str(installed))
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path / "bundled"))
    assert prove(plan, report).proven == 4
