"""Which device every storage of a copy is to name, told as `torch.load(map_location=...)` takes it.

A text sends everything to one device. A dict sends each device to another and leaves the others
alone; as in torch its keys are the tags in the file, letter by letter, and beyond torch "cuda" also
stands for every "cuda:N" that has no entry of its own. Patterns of keys come before both.

Two kinds of tensors belong on the CPU whatever the model does: states of random number generators,
which `set_rng_state` takes from there only, and Adam's `step` counters. They stay, unless a pattern
of keys names them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache

from inspector.checkpoint.errors import ExportError
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.summary import pieces_of
from inspector.checkpoint.types import Storage, Tensor

MapLocation = str | Mapping[str, str]

# What torch.serialization has a restore function for; "cpu" and "mps" are never numbered.
_NUMBERED = ("cuda", "xpu", "hpu", "mtia")
_PLAIN = ("cpu", "mps")
_DEVICE = re.compile(r"(?:cpu|mps|(?:cuda|xpu|hpu|mtia)(?::(?:0|[1-9][0-9]{0,2}))?)")
_BACKEND = re.compile(r"[a-z][a-z_]*(?::(?:0|[1-9][0-9]{0,2}))?")
_RNG_STATE_BYTES = (16, 5056)
"""Bytes of torch's generator states: Philox on accelerators, Mersenne Twister on the CPU."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The wish, checked. `everything` is the device for all, `devices` one for each device,
    `patterns` (key pattern, device) pairs of which the first that matches counts."""

    everything: str | None = None
    devices: Mapping[str, str] = field(default_factory=dict)
    patterns: tuple[tuple[str, str], ...] = ()
    keep_on_cpu: bool = True

    @property
    def changes_nothing(self) -> bool:
        """Whether no device was asked for at all."""
        return self.everything is None and not self.devices and not self.patterns

    def of(self, key: str, location: str) -> str:
        """Return the device for one tensor's key, RNG states and step counters aside."""
        for pattern, device in self.patterns:
            if fnmatchcase(key, pattern):
                return device
        if self.everything is not None:
            return self.everything
        if location in self.devices:
            return self.devices[location]
        if location.startswith("cuda:") and "cuda" in self.devices:
            return self.devices["cuda"]
        return location

    def of_tensor(self, tensor: Tensor, location: str) -> str:
        """Return the device for one tensor."""
        asked = self.of(tensor.key, location)
        by_pattern = any(fnmatchcase(tensor.key, pattern) for pattern, _ in self.patterns)
        if self.keep_on_cpu and not by_pattern and asked != "cpu" and location == "cpu":
            return "cpu" if belongs_on_cpu(tensor) else asked
        return asked

    def targets(self) -> set[str]:
        """Return every device that may be the answer."""
        named = {device for _, device in self.patterns} | set(self.devices.values())
        return named | ({self.everything} if self.everything is not None else set())


def placement(
    map_location: MapLocation | None,
    patterns: Sequence[tuple[str, str]] = (),
    *,
    keep_on_cpu: bool = True,
) -> Placement:
    """Return the checked wish.

    Raises `ExportError` for a device that torch would not restore, with the name that was meant.
    """
    everything = map_location if isinstance(map_location, str) else None
    devices = {} if map_location is None or isinstance(map_location, str) else dict(map_location)
    wish = Placement(everything, devices, tuple(patterns), keep_on_cpu)
    for device in sorted(wish.targets()):
        _check_device(device)
    return wish


def parse_map_location(
    specs: Sequence[str],
) -> tuple[MapLocation | None, tuple[tuple[str, str], ...]]:
    """Read the command line's SPECs: `cpu`, `cuda:0=cpu`, `key:optimizer.*=cpu`.

    Returns what `placement` takes. Raises `ExportError` for two devices that are both for all.
    """
    everything: str | None = None
    devices: dict[str, str] = {}
    patterns = []
    for spec in specs:
        left, equals, device = spec.rpartition("=")
        if not equals:
            if everything not in (None, device):
                raise ExportError("two devices are given for everything", where=shown(spec, 80))
            everything = device
        elif left.startswith("key:"):
            patterns.append((left.removeprefix("key:"), device))
        elif not left:
            raise ExportError("a device is mapped as cuda:0=cpu", where=shown(spec, 80))
        else:
            devices[left] = device
    if everything is not None and devices:
        raise ExportError("one device is given for everything, and others one by one")
    return everything if everything is not None else devices or None, tuple(patterns)


def warnings_for(wish: Placement) -> list[str]:
    """Return what is worth knowing about the devices that are asked for."""
    return [
        f"only a torch with a backend named {device.partition(':')[0]!r} can load this copy as it "
        "is; elsewhere it takes map_location"
        for device in sorted(wish.targets())
        if not _DEVICE.fullmatch(device)
    ]


def storage_devices(tensors: Sequence[Tensor], wish: Placement) -> dict[int, str]:
    """Return the new location of each storage, by its identity.

    A storage stays on the CPU only if all its tensors do, and a meta one, of which the file has no
    bytes, is always meta. Raises `ExportError` when patterns send two tensors of one storage to
    different devices.
    """
    wanted: dict[int, tuple[str, str]] = {}
    for tensor in tensors:
        for part in pieces_of(tensor):
            storage = part.storage
            if storage is None or storage.location is None:
                continue
            if storage.location == "meta":
                wanted[id(storage)] = "meta", tensor.key
                continue
            device = wish.of_tensor(tensor, storage.location)
            if tensor.layout == "nested" and part is not tensor.parts[0][1]:
                device = "cpu"  # torch looks at its sizes there, or crashes
            before = wanted.setdefault(id(storage), (device, tensor.key))
            if before[0] != device:
                wanted[id(storage)] = _settled(before, device, tensor, wish, storage)
    return {identity: device for identity, (device, _) in wanted.items()}


def _settled(
    before: tuple[str, str], device: str, tensor: Tensor, wish: Placement, storage: Storage
) -> tuple[str, str]:
    """Return the device of a storage whose tensors want two: "cpu" was only a custom, then."""
    location = storage.location or ""
    customs = {before[0]: before[1], device: tensor.key}
    moved = {wish.of(key, location) for key in customs.values()}
    if len(moved) == 1:
        return moved.pop(), tensor.key
    raise ExportError(
        f"these two share one storage but are to go to {before[0]} and {device}",
        where=f"{shown(before[1], 80)} and {shown(tensor.key, 80)}",
    )


def belongs_on_cpu(tensor: Tensor) -> bool:
    """Whether it is a random number generator's state or an optimizer's step counter."""
    names = [str(step).lower() for step in tensor.path]
    if tensor.dtype == "uint8" and len(tensor.shape) == 1:
        return tensor.numel in _RNG_STATE_BYTES and any("rng" in name for name in names)
    return bool(names) and names[-1] == "step" and tensor.numel == 1 and len(names) > 1


@lru_cache(256)
def is_device(location: str) -> bool:
    """Whether torch, or a backend that somebody may have, could restore this location."""
    try:
        _check_device(location)
    except ExportError:
        return False
    return True


def _check_device(device: str) -> None:
    if _DEVICE.fullmatch(device):
        return
    base = re.match(r"[a-z]*", device)
    known = [*_NUMBERED, *_PLAIN]
    if device.startswith("meta"):
        raise ExportError(
            "the device meta holds no elements, so a copy for it would have no weights"
        )
    near = difflib.get_close_matches(base.group() if base else "", known, 1, 0.6)
    meant = "cuda" if device.startswith("gpu") else near[0] if near else ""
    if meant or not _BACKEND.fullmatch(device):
        raise ExportError(
            f"{shown(device, 60)!r} is no device that torch knows",
            advice=f"Did you mean {meant}, or {meant}:0?" if meant in _NUMBERED
            else "Use cpu, cuda, cuda:0, mps, xpu, ...",
        )  # fmt: skip
