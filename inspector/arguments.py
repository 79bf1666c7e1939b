"""What `inspector-cli` understands: its commands, their options, and the help on each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from inspector.checkpoint.plain_text import shown

_TROUBLE = 2
_SEVERAL = ("--map-location", "--keep-dtype", "--select", "--exclude", "--rename")
"""Options of `export` that take several values, after one another or each with the option again."""
_SINGLE = ("--dtype", "--format", "--shard-size")
_PROGRAM = """\
See, measure, compare and re-map PyTorch checkpoints. Nothing in a file is ever executed, no GPU is
needed, and memory does not grow with the file."""
_EXIT = """\
exit status: 0 all is well; 1 compare found a difference; 2 trouble, told in one line on stderr as
"inspector: FILE: what is wrong". "inspector-cli COMMAND --help" tells more about a command."""
_FILE = "a file of any kind that torch.save, safetensors or TorchScript writes, whatever its name; "
_FILE += "a *.index.json of shards, or the folder that holds one checkpoint"
_LIST = """\
List every tensor (name, shape, dtype, device, bytes) and plain value in a checkpoint, what its
pickle names, and whether torch.load(weights_only=True) takes it. No tensor's elements are read."""
_LIST_JSON = """print one JSON object: path, format, size, tensors (path, key, dtype, shape, stride,
storage_offset, device, layout, storage, nbytes, requires_grad), values, globals, findings"""
_STATS = """\
Compute exact statistics of tensors: min, max, mean, std, l2 (the norm), zeros, nan, posinf, neginf.
NaN and infinities are counted, and left out of the other figures. Sparse tensors have the figures
of their stored values, quantized ones those of the numbers they stand for, complex ones those of
their magnitudes; of one that cannot be read there are none."""
_STATS_JSON = "print one JSON object: the tensors as list does, with these figures added; NaN and "
_STATS_JSON += "infinities are texts"
_COMPARE = """\
Compare two checkpoints by value. Keys are matched by name, then by wrapper prefixes such as
"module.". Each tensor is identical (every bit), close, changed, shape, dtype, only_a, only_b or
unreadable."""
_COMPARE_JSON = "print one JSON object: summary (how many of each status), tensors with measures, "
_COMPARE_JSON += "values"
_EXPORT = """\
Write a copy: for other devices, with another dtype, other names, fewer tensors, or in the other
format. Beside device tags nothing changes unless it is asked for. The copy is written beside
TARGET, read back and compared before it gets its name; SOURCE is never written to."""
_EXPORT_EXAMPLES = """\
examples:
  inspector-cli export gpu.pt cpu.pt --map-location cpu
  inspector-cli export run.pt on_one.pt --map-location cuda:1=cuda:0 --map-location cuda:2=cuda:0
  inspector-cli export run.ckpt model.safetensors --select "state_dict.*" --rename state_dict.=
  inspector-cli export model.pt half.pt --dtype bfloat16 --keep-dtype "*norm*"
"""
_VERIFY = """\
Check every record that has a checksum (torch zip files have one each) and name the tensors whose
bytes are damaged. A file without checksums is said to have none."""


class _OneLine(argparse.ArgumentParser):
    """A parser that tells what is wrong in one line, like every other trouble."""

    def error(self, message: str) -> NoReturn:
        self.exit(_TROUBLE, f"inspector: {shown(message)}. See: {self.prog} --help\n")


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *arguments: object) -> None:
        from inspector import __version__

        sys.stdout.write(f"{parser.prog} {__version__}\n")
        parser.exit()


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of a command line; `action` is the command's name and `file` the file it
    is about. Leaves the process with status 2 and one line on stderr where they make no sense."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return _parser().parse_args(_spread(given) if given[:1] == ["export"] else given)


def _spread(given: list[str]) -> list[str]:
    """Write `--select A B` as `--select A --select B`; SOURCE and TARGET are what stands by itself,
    or else the last words behind such an option."""
    end = given.index("--") if "--" in given else len(given)
    owners: list[str | None] = []
    owner, expected = None, False
    for word in given[1:end]:
        if word.startswith("--"):
            owner = word if word in _SEVERAL else None
            expected = owner is not None or word in _SINGLE
            owners.append("")
        else:
            owners.append("" if expected else owner)
            expected = False
    free = [at for at, owner in enumerate(owners) if owner]
    files = len(given[end + 1 :]) + owners.count(None)
    values = set(free[: max(len(free) - max(2 - files, 0), 0)])
    spread = given[:1]
    for at, word in enumerate(given[1:end]):
        option = owners[at]
        spread += [option, word] if at in values and option else [word]
    return spread + given[end:]


def _parser() -> argparse.ArgumentParser:
    parser = _OneLine(prog="inspector-cli", description=_PROGRAM, epilog=_EXIT)
    parser.add_argument("--version", action=_Version, help="print the version and leave")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="action")

    listing = commands.add_parser(
        "list", help="every tensor and value in a checkpoint", description=_LIST
    )
    listing.add_argument("file", metavar="FILE", help=_FILE)
    listing.add_argument("--json", action="store_true", help=_LIST_JSON)

    stats = commands.add_parser("stats", help="exact statistics of tensors", description=_STATS)
    stats.add_argument("file", metavar="FILE", help=_FILE)
    stats.add_argument(
        "keys", metavar="KEY", nargs="*", default=[],  # or argparse calls it required
        help='names, or patterns with * ? [...] such as "*.weight"; default all tensors',
    )  # fmt: skip
    stats.add_argument("--json", action="store_true", help=_STATS_JSON)

    comparing = commands.add_parser(
        "compare", help="what differs between two checkpoints", description=_COMPARE,
        epilog="exit status: 0 the same, 1 different, 2 trouble",
    )  # fmt: skip
    comparing.add_argument("file", metavar="A", help=_FILE)
    comparing.add_argument("other", metavar="B", help="the one to compare it with, of any kind")
    comparing.add_argument(
        "--tolerance", default="", metavar="T",
        help="differences that count as close: 1e-6, or rel=1e-5,abs=1e-8; default none",
    )  # fmt: skip
    output = comparing.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help=_COMPARE_JSON)
    output.add_argument(
        "--report", choices=("markdown", "html", "csv"), help="print a report of that kind"
    )
    _add_export(commands)

    verify = commands.add_parser(
        "verify", help="check every record that has a checksum", description=_VERIFY,
        epilog="exit status: 0 nothing is damaged, 2 something is, or trouble",
    )  # fmt: skip
    verify.add_argument("file", metavar="FILE", help=_FILE)
    return parser


def _add_export(commands: argparse._SubParsersAction[_OneLine]) -> None:
    export = commands.add_parser(
        "export", help="write a re-mapped or converted copy", description=_EXPORT,
        epilog=_EXPORT_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add = export.add_argument
    add("file", metavar="SOURCE", help="the checkpoint to copy, of any kind that list reads")
    add("target", metavar="TARGET", help="the file to write; a name that ends in .safetensors asks "
        "for that format")  # fmt: skip
    several: dict[str, Any] = {"action": "append", "default": []}
    add("--map-location", metavar="SPEC", **several,
        help="cpu or cuda:1 for everything, cuda:0=cpu for one device, key:PATTERN=cpu for some "
        "keys; states of random generators and step counters stay on the CPU unless a key: names "
        "them; may be repeated")  # fmt: skip
    add("--dtype", help="cast floating tensors, for example to bfloat16, float16, float8_e4m3fn")
    add("--keep-dtype", metavar="GLOB", **several, help="keys that are not cast; may be repeated")
    add("--select", metavar="GLOB", **several, help="keys to write; default all; may be repeated")
    add("--exclude", metavar="GLOB", **several, help="keys to leave out; may be repeated")
    add("--rename", metavar="OLD=NEW", **several,
        help="a whole key, a prefix such as module.= (to nothing), or re:PATTERN=REPLACEMENT; may "
        "be repeated")  # fmt: skip
    add("--format", choices=("torch", "safetensors"), help="default: safetensors where TARGET's "
        "name ends so, else torch")  # fmt: skip
    add(
        "--weights-only",
        action="store_true",
        help="write tensors and plain values alone, as a new file that weights_only=True loads",
    )
    add(
        "--refuse-tied",
        action="store_true",
        help="safetensors: refuse tensors that share a storage instead of writing each by itself",
    )
    add("--shard-size", metavar="SIZE", help="split into files of at most this size, for example "
        "5GB or 500MB, with an index")  # fmt: skip
    add(
        "--allow-unsafe-globals",
        action="store_true",
        help="copy a pickle although it names functions that no model needs",
    )
    add("--overwrite", action="store_true", help="replace TARGET when it is there already")
    add("--prove", action="store_true", help="load the copy with torch and compare the values")
    add("--dry-run", action="store_true", help="only say what would be written")
