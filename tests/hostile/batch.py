"""Runs commands of the program over many files in one process and tells what each one did.

    python -P batch.py < jobs.json > results.jsonl

A job is [name, [argument, ...]]; those under "warm" come first and are not told of, so that the
program's own modules are loaded by then. This is a script of its own, run apart from the tests: an
audit hook cannot be taken away again, and a file that kills the process must not take pytest with
it. Every result is one JSON line with the exit status, both outputs, the audit events that a reader
has no business causing, the peak of memory above what was in use before, in KiB, and descriptors
left open.
"""

from __future__ import annotations

import codecs
import contextlib
import faulthandler
import io
import json
import os
import signal
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Any

CPU_SECONDS = 10
"""Computing time after which a file counts as one that hangs the program: five times the promise,
for the machine that runs the tests may be a slow one."""
WAIT_SECONDS = 120
"""The same for waiting: a pipe that nobody writes to."""
OUTPUT_LIMIT = 4 << 20

_WATCHED = (
    "import", "open", "exec", "compile", "socket.", "subprocess.", "os.", "shutil.", "tempfile.",
    "ctypes.", "pty.", "urllib.", "webbrowser.", "pickle.", "marshal.", "signal.", "mmap.",
)  # fmt: skip
_HARMLESS = ("os.listdir", "os.scandir", "os.putenv")
# Modules of the standard library that its own codecs and parsers load when first needed.
_LIBRARY = (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"))
_INSPECTOR = str(Path(__file__).parent.parent.parent / "inspector")


class Watch:
    """Collects audit events while `on`."""

    def __init__(self) -> None:
        self.on = False
        self.events: list[str] = []

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on or not event.startswith(_WATCHED) or event in _HARMLESS:
            return
        self.on = False  # what follows may cause events itself
        detail = _detail(event, arguments)
        if detail is not None:
            self.events.append(detail[:300])
        self.on = True


def _detail(event: str, arguments: tuple[Any, ...]) -> str | None:
    """Return the event in words, None for what the interpreter does for our own modules."""
    if event == "import":
        name = str(arguments[0])
        own = name.partition(".")[0] in ("inspector", "encodings", "numpy")
        return None if own else f"import {name}"
    if event in ("exec", "compile"):
        code = arguments[0] if event == "exec" else arguments[1]
        place = str(getattr(code, "co_filename", code))
        return None if _is_ours(place) else f"{event} {place}"
    if event == "open":
        place = os.fsdecode(arguments[0]) if isinstance(arguments[0], (str, bytes)) else ""
        return None if _is_ours(place) or place.startswith("/proc/") else f"open {place}"
    if event == "marshal.loads" and _is_ours(sys._getframe(2).f_code.co_filename):
        return None  # the import system reads the bytecode of our own modules
    return f"{event} {arguments!r}"


def _is_ours(place: str) -> bool:
    return place.startswith(("<frozen", "<__array_function__", _INSPECTOR, *_LIBRARY))


def resident(field: str) -> int:
    """Return a figure of this process's memory in KiB: VmRSS, or VmHWM, the peak."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1])
    raise LookupError(field)


def _descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))  # noqa: PTH208


def run(watch: Watch, name: str, arguments: list[str]) -> dict[str, Any]:
    """Run one command and return what it did."""
    from inspector import cli
    from inspector.formats import tensor_run

    tensor_run.WORTH_PATTERN = 0  # small files take the fast way, too
    out, err = io.StringIO(), io.StringIO()
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = resident("VmRSS")
    descriptors = _descriptors()
    start = time.process_time()
    faulthandler.dump_traceback_later(WAIT_SECONDS, exit=True)
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)  # SIGPROF ends the process
    watch.events.clear()
    crash = ""
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        watch.on = True
        try:
            status: Any = cli.main(arguments)
        except BaseException as error:
            status, crash = None, f"{type(error).__name__}: {error}"[:500]
        watch.on = False
    signal.setitimer(signal.ITIMER_PROF, 0)
    faulthandler.cancel_dump_traceback_later()
    return {
        "name": name,
        "status": status,
        "crash": crash,
        "out": out.getvalue()[:OUTPUT_LIMIT],
        "err": err.getvalue(),
        "events": list(watch.events),
        "peak": resident("VmHWM") - before,
        "seconds": time.process_time() - start,
        "descriptors": len(_descriptors() - descriptors),
    }


def main() -> None:
    for codec in ("raw-unicode-escape", "cp437", "utf-32-le", "latin-1"):
        codecs.lookup(codec)  # which loads the module that holds it
    tempfile.gettempdir()  # imported by the product only when a storage must be inflated
    watch = Watch()
    sys.addaudithook(watch)
    results = sys.stdout
    given = json.load(sys.stdin)
    for arguments in given["warm"]:
        run(watch, "", arguments)
    for name, arguments in given["jobs"]:
        print(json.dumps(run(watch, name, arguments)), file=results, flush=True)


if __name__ == "__main__":
    main()
