"""Give storages new locations inside a pickle, and change nothing else that it says.

A pickle runs in a straight line, so what each memo slot holds is known at every opcode. The rules,
of which each keeps every slot number in place (MEMOIZE numbers them by count):

    a location pushed as a literal         the literal is replaced; its PUT then stores the new text
    a location read from a slot that       the GET becomes the new literal and a PUT of the same
      now holds another text               slot, so that the next storage can read it again
    another text read from a slot that     the GET becomes the old literal, and no PUT
      a location has changed
    a FRAME around an edit                 its length is corrected
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import ExportError
from inspector.export.pickle_locations import LocationScan, literal_text, op_end, scan_locations

Target = Callable[[str, str], str]
"""Called as `target(storage_key, location)`, returns the new location."""


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: bytes


_start = attrgetter("start")


def remap_pickle(data: bytes, scan: LocationScan, target: Target) -> bytes:
    """Return the pickle at `scan.start` with every location replaced by `target`'s answer."""
    wanted = [target(use.key, use.location) for use in scan.uses]
    edits = _edits(data, scan, wanted)
    if not edits:
        return data[scan.start : scan.end]
    edits.sort(key=_start)
    edits = sorted(edits + _frame_edits(data, scan, edits), key=_start)
    pieces, pos = [], scan.start
    for edit in edits:
        pieces += [data[pos : edit.start], edit.text]
        pos = edit.end
    pieces.append(data[pos : scan.end])
    return b"".join(pieces)


def check_remapped(changed: bytes, scan: LocationScan, target: Target, cancel: CancelToken) -> None:
    """Scan a re-mapped pickle anew: it must name the storages of `scan` in the same order, each at
    the wanted location; otherwise `ExportError` is raised."""
    again = scan_locations(changed, 0, cancel)
    expected = [(use.key, target(use.key, use.location)) for use in scan.uses]
    if again.end != len(changed) or [(use.key, use.location) for use in again.uses] != expected:
        raise ExportError("the changed pickle does not say what it should; nothing was written")


def _edits(data: bytes, scan: LocationScan, wanted: list[str]) -> list[_Edit]:
    new_text = _by_push(scan, wanted)
    literals = {use.push: use.location for use in scan.uses if use.push == use.literal}
    edits = [
        _Edit(push, op_end(data, push), literal(data[push], new_text[push]))
        for push, location in literals.items()
        if new_text[push] != location
    ]
    return edits + _get_edits(data, scan, new_text)


def _by_push(scan: LocationScan, wanted: list[str]) -> dict[int, str]:
    """Return the new location by the opcode that pushes it."""
    new_text: dict[int, str] = {}
    for use, new in zip(scan.uses, wanted, strict=True):
        if new_text.setdefault(use.push, new) != new:
            raise ExportError(
                "two storages share one text for their device and are to go to different ones",
                where=f"storage {use.key}",
            )
    return new_text


def _get_edits(data: bytes, scan: LocationScan, new_text: dict[int, str]) -> list[_Edit]:
    """Follow the slots that ever hold a location through the pickle."""
    old: dict[int, int] = {}
    now: dict[int, str] = {}
    edits = []
    for pos, slot, text in scan.memo:
        if text is not None:
            old[slot] = text
            if text >= 0:
                now[slot] = new_text.get(text) or literal_text(data, text)
            continue
        before = literal_text(data, old[slot])
        location = new_text.get(pos)
        if now[slot] == (before if location is None else location):
            continue
        kind = data[old[slot]]
        if location is None:
            edits.append(_Edit(pos, op_end(data, pos), literal(kind, before)))
        else:
            edits.append(_Edit(pos, op_end(data, pos), literal(kind, location) + _put(slot)))
            now[slot] = location
    return edits


def _frame_edits(data: bytes, scan: LocationScan, edits: list[_Edit]) -> list[_Edit]:
    """Return the new lengths of frames; `edits` are in order, and no opcode crosses a frame."""
    starts = [edit.start for edit in edits]
    grown = [0, *accumulate(len(edit.text) - (edit.end - edit.start) for edit in edits)]
    frames = []
    for pos, length in scan.frames:
        first, last = bisect_left(starts, pos + 9), bisect_left(starts, pos + 9 + length)
        growth = grown[last] - grown[first]
        if growth:
            frames.append(_Edit(pos + 1, pos + 9, (length + growth).to_bytes(8, "little")))
    return frames


def literal(kind: int, text: str) -> bytes:
    """Return the literal of `text` in the same opcode that the pickle used for the old one.

    Its protocol stays, and torch's weights-only unpickler goes on knowing every opcode.
    """
    body = text.encode("utf-8", "surrogatepass")
    if kind in _LENGTHS:
        return bytes([kind]) + len(body).to_bytes(_LENGTHS[kind], "little") + body
    return b"V" + body + b"\n" if kind == 0x56 else b"S'" + body + b"'\n"


# BINUNICODE, SHORT_BINUNICODE, BINUNICODE8, BINSTRING, SHORT_BINSTRING
_LENGTHS = {0x58: 4, 0x8C: 1, 0x8D: 8, 0x54: 4, 0x55: 1}


def _put(slot: int) -> bytes:
    return b"q" + bytes([slot]) if slot < 256 else b"r" + slot.to_bytes(4, "little")
