"""One hostile, broken or unlucky file: how it is built and what must come of opening it.

Nothing here is ever unpickled by the program. A file with `live` code writes the file `CANARY` of
its own folder when something executes it; the tests prove that it would, in a process apart.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

CANARY = "CANARY"
Build = Callable[[Path], Path]


@dataclasses.dataclass(frozen=True)
class Attack:
    """`opens` tells whether the file must open (inert, its tensors listed) or be refused.

    `shows` are keys that must be listed as tensors, `hides` keys that must not, `names` globals
    that must be reported as unknown, `says` words of which one must occur in the refusal, `finds`
    codes of findings. `live` files execute code when they are unpickled without care. `either`
    files may open or be refused; only the general promises hold for them.
    """

    name: str
    build: Build
    opens: bool
    shows: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    finds: tuple[str, ...] = ()
    live: bool = False
    either: bool = False
    salvaged: bool = False
    """The file is cut short: an error, but its tensors are listed beside it, without values."""
    reads: bool = True
    """Whether the values of what `shows` names can be read; False: reading is an error in words."""


ATTACKS: dict[str, Attack] = {}


def _register(build: Build, name: str = "", **expectation: Any) -> Build:
    name = name or build.__name__
    assert name not in ATTACKS, name
    ATTACKS[name] = Attack(name, build, **expectation)
    return build


def refused(*says: str, live: bool = False) -> Callable[[Build], Build]:
    """Mark a builder: the file must be refused, in words that hold one of `says`."""
    return lambda build: _register(build, opens=False, says=says, live=live)


def inert(
    *shows: str,
    names: tuple[str, ...] = (),
    finds: tuple[str, ...] = (),
    live: bool = False,
    reads: bool = True,
) -> Callable[[Build], Build]:
    """Mark a builder: the file must open, listing `shows` and reporting `names` as unknown."""
    return lambda build: _register(
        build, opens=True, shows=shows, names=names, finds=finds, live=live, reads=reads
    )


def harmless(live: bool = False) -> Callable[[Build], Build]:
    """Mark a builder: the file may open or be refused, but nothing may happen."""
    return lambda build: _register(build, opens=True, either=True, live=live)


def refuses(name: str, build: Build, *says: str) -> None:
    """Register one of a series of files that must be refused."""
    _register(build, name, opens=False, says=says)


def refuses_bytes(name: str, file: str, data: bytes, *says: str) -> None:
    """Register one of a series of files that must be refused, by name and content."""
    _register(lambda folder: write(folder / file, data), name, opens=False, says=says)


def salvages_bytes(name: str, file: str, data: bytes, *shows: str) -> None:
    """Register one of a series of files that were cut short: what is left must be listed."""
    _register(
        lambda folder: write(folder / file, data),
        name,
        opens=False,
        salvaged=True,
        shows=shows,
        says=("cut short",),
    )


def opens(
    name: str,
    build: Build,
    *shows: str,
    names: tuple[str, ...] = (),
    hides: tuple[str, ...] = (),
) -> None:
    """Register one of a series of files that must open."""
    _register(build, name, opens=True, shows=shows, names=names, hides=hides)


def write(path: Path, data: bytes) -> Path:
    """Write a file and return its path."""
    path.write_bytes(data)
    return path
