"""Open windows for the paths given. Nothing slow is imported before the first one is painted."""

from __future__ import annotations

import builtins
import faulthandler
import gc
import sys
from collections.abc import Sequence

USAGE = """\
usage: inspector [--compare] [--new-window] [--fresh] [PATH ...]
       inspector --register [--default] | --unregister
       inspector --version

Open PyTorch checkpoints in a window. Nothing in a file is ever executed. PATH is a file of any kind
that torch.save, safetensors or TorchScript writes, or a folder that holds one checkpoint.

  --compare      compare the two PATHs
  --new-window   open a window of its own; otherwise one that runs takes the PATHs
  --fresh        start with settings as they come
  --register     open checkpoints by double-click in the file manager, for you alone
  --default      with --register: as the default program
  --unregister   take that back
  --version      print the version and leave

Without a window: inspector-cli --help"""


class Arguments:
    """The command line. `unknown` names an option that does not exist."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.options: set[str] = set()
        self.unknown = ""


OPTIONS = frozenset(
    {
        "--compare",
        "--new-window",
        "--fresh",
        "--help",
        "-h",
        "--version",
        "--register",
        "--unregister",
        "--default",
    }
)


def parse_arguments(arguments: Sequence[str]) -> Arguments:
    """Tell options from paths; after `--` everything is a path."""
    parsed = Arguments()
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            parsed.paths += rest
            break
        if word in OPTIONS:
            parsed.options.add(word)
        elif word.startswith("-") and word != "-":
            parsed.unknown = parsed.unknown or word
        else:
            parsed.paths.append(word)
    return parsed


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; return its exit code."""
    if sys.stderr is not None:
        faulthandler.enable()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["--thumbnail"]:  # for file managers, not for people
        from inspector.ui.thumbnail import main as write_thumbnail

        return write_thumbnail(words[1:])
    parsed = parse_arguments(words)
    if parsed.unknown or parsed.options & {"--help", "-h"}:
        wrong = f"inspector: there is no option {parsed.unknown}. See: inspector --help"
        text = wrong if parsed.unknown else USAGE
        print(text, file=sys.stderr if parsed.unknown else sys.stdout)
        return 2 if parsed.unknown else 0
    if "--version" in parsed.options:
        from inspector import __version__

        sys.stdout.write(f"inspector {__version__}\n")
        return 0
    if parsed.options & {"--register", "--unregister"}:
        from inspector.ui.desktop import registration

        remove = "--unregister" in parsed.options
        return registration.run(remove=remove, make_default="--default" in parsed.options)
    if not parsed.options & {"--new-window", "--fresh"}:
        from inspector.ui.hand_over import hand_over

        if hand_over(parsed.paths, compare="--compare" in parsed.options):
            return 0

    gc.disable()  # nothing made before the first paint is garbage; `run` switches it on again
    _import_plainly()
    from inspector.ui.application import run

    return run(parsed.paths, parsed.options)


def _import_plainly() -> None:
    """Take away PySide's import hook, which looks for `__feature__` in the code of every module.

    Nothing here uses that, and reading all that source takes a tenth of the time to a window.
    """
    import PySide6.QtCore  # noqa: F401 - puts the hook in

    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)


if __name__ == "__main__":
    sys.exit(main())
