"""Where a pickle says on which device each storage lies.

A re-map must change exactly the texts that are the location of a storage, and no equal text that is
a config value. `torch.save` hands the very same text object to every storage on the CPU, and a
config's "cpu" is often that object too, so that the pickle holds it once and reads it back from one
memo slot. This scan follows the stack through the pickle, one opcode after the other, and notes for
every storage which opcode pushed its location, for every memo slot that ever holds a location when
it was set and when it was read, and where the frames are. Nothing is built.

What it knows of a stack entry: an int is the byte of the opcode that pushed a text (a literal or a
GET), a tuple holds the entries of a pickled tuple, None is anything else.

Opcodes, arguments and stack effects: the comments of CPython's Lib/pickletools.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import DamagedError, ExportError

Entry = int | tuple["Entry", ...] | None

_OPCODES_PER_CHECK = 4096
_LOCATION = 3
"""Position of the location in a storage's persistent id ("storage", type, key, location, numel)."""

_PUT = rb"(q.|r.{4})"
_GET = rb"(h.|j.{4})"
_INT = rb"(?:K.|M..|J.{4})"
_SIZES = rb"(?:\)|(?:\(" + _INT + rb"{4,64}t|" + _INT + rb"\x85|" + _INT + rb"{2}\x86|"
_SIZES += _INT + rb"{3}\x87)" + _PUT + b")"
# The opcodes that torch.save writes for one tensor once the names are in the memo; its location is
# a GET or a literal of its own. One match instead of thirty rounds of the loop.
_TENSOR = re.compile(
    rb"\(\(" + _GET + _GET + rb"(X(.)\x00\x00\x00([0-9]{1,20}))" + _PUT
    + rb"(?:" + _GET + rb"|(X(.)\x00\x00\x00([a-z:0-9]{1,32}))" + _PUT + rb")"
    + _INT + rb"N?t" + _PUT + b"Q" + _INT + _SIZES + _SIZES + rb"[\x88\x89]"
    + _GET + rb"\)R" + _PUT + b"t" + _PUT + b"R" + _PUT,
    re.DOTALL,
)  # fmt: skip
# Positions in `groups()`; the group of a match is one more.
_WORD, _TYPE, _KEY, _KEY_LENGTH, _KEY_TEXT, _KEY_PUT = 0, 1, 2, 3, 4, 5
_PLACE_GET, _PLACE, _PLACE_LENGTH, _PLACE_TEXT, _PLACE_PUT = 6, 7, 8, 9, 10
_HOOKS, _OTHER_PUTS = 14, (11, 12, 13, 15, 16, 17)


class LocationUse(NamedTuple):
    """One storage's persistent id: its key, its location, and the opcode that pushed the location.

    `literal` is the byte of the text literal itself; equal to `push` unless that is a GET.
    """

    key: str
    location: str
    push: int
    literal: int


@dataclass(slots=True)
class LocationScan:
    """What one pickle says of locations. All positions are bytes of the scanned buffer.

    `memo` tells in order what happens to the slots that ever hold a location: (position, slot,
    literal), where the literal is -1 for a setting to what is no text and None for a read that
    yields a text. `frames` are (position, length).
    """

    start: int
    end: int = 0
    uses: list[LocationUse] = field(default_factory=list)
    memo: list[tuple[int, int, int | None]] = field(default_factory=list)
    frames: list[tuple[int, int]] = field(default_factory=list)


def scan_locations(data: bytes, start: int, cancel: CancelToken) -> LocationScan:
    """Scan the pickle that begins at `start`.

    Raises `DamagedError` for bytes that are no pickle, `ExportError` for a pickle in which a
    location is not simply a text (nothing that torch writes).
    """
    scanner = _Scanner(data, start, cancel)
    try:
        return scanner.run()
    except (IndexError, KeyError, ValueError) as error:
        raise DamagedError(
            "the pickle cannot be followed", where=f"pickle byte {scanner.pos:,}"
        ) from error


def op_end(data: bytes, pos: int) -> int:
    """Return where the opcode at `pos` and its argument end."""
    op = data[pos]
    pos += 1
    fixed = _FIXED.get(op)
    if fixed is not None:
        end = pos + fixed
    elif op in _COUNTED:
        width = _COUNTED[op]
        end = pos + width + int.from_bytes(data[pos : pos + width], "little")
    elif op in _LINES:
        end = pos
        for _ in range(_LINES[op]):
            end = data.index(b"\n", end) + 1
    else:
        raise ValueError(f"opcode 0x{op:02x} is not known")
    if end > len(data):
        raise IndexError("an argument reaches past the end")
    return end


def literal_text(data: bytes, pos: int) -> str:
    """Return the text that the literal opcode at `pos` pushes."""
    op, end = data[pos], op_end(data, pos)
    if op in _COUNTED:
        return data[pos + 1 + _COUNTED[op] : end].decode("utf-8", "surrogatepass")
    line = data[pos + 1 : end - 1]
    return (line if op == 0x56 else line[1:-1]).decode("utf-8", "surrogateescape")


class _Scanner:
    """State of one scan."""

    def __init__(self, data: bytes, start: int, cancel: CancelToken) -> None:
        self.data = data
        self.pos = start
        self.cancel = cancel
        self.stack: list[Entry] = []
        self.below: list[list[Entry]] = []
        self.memo: dict[int, Entry] = {}
        self.texts: dict[int, str] = {}
        self.puts: list[tuple[int, int, int]] = []
        self.gets: list[tuple[int, int]] = []
        self.found = LocationScan(start)

    def run(self) -> LocationScan:
        while not self._some():
            self.cancel.check()
        self.found.end = self.pos
        self.found.memo = self._of_locations()
        return self.found

    def _of_locations(self) -> list[tuple[int, int, int | None]]:
        """Return what happens to the slots that ever hold a location."""
        pushes = {use.push for use in self.found.uses}
        slots = {slot for pos, slot in self.gets if pos in pushes}
        slots |= {slot for _, slot, text in self.puts if text in pushes}
        events: list[tuple[int, int, int | None]] = [put for put in self.puts if put[1] in slots]
        events += [(pos, slot, None) for pos, slot in self.gets if slot in slots]
        events.sort(key=itemgetter(0))
        return events

    def _some(self) -> bool:
        """Take a few thousand opcodes, True at STOP; the most frequent ones are taken here."""
        data, memo, match = self.data, self.memo, _TENSOR.match
        for _ in range(_OPCODES_PER_CHECK):
            pos = self.pos
            op = data[pos]
            if op == 0x28:  # MARK
                run = match(data, pos)
                if run is None or not self._tensor(run):
                    self.below.append(self.stack)
                    self.stack = []
                    self.pos = pos + 1
            elif op == 0x71:  # BINPUT
                self._set(pos, data[pos + 1], self.stack[-1])
                self.pos = pos + 2
            elif op == 0x72:  # LONG_BINPUT
                self._set(pos, int.from_bytes(data[pos + 1 : pos + 5], "little"), self.stack[-1])
                self.pos = pos + 5
            elif op == 0x68:  # BINGET
                self._got(pos, data[pos + 1], memo[data[pos + 1]])
                self.pos = pos + 2
            else:
                self.pos = op_end(data, pos)
                if op == 0x2E:  # STOP
                    return True
                self._apply(op, pos)
        return False

    def _tensor(self, run: re.Match[bytes]) -> bool:
        """Take a whole tensor; False when it is not what it looked like."""
        group = run.groups()
        place, text = group[_PLACE_GET], group[_PLACE_TEXT]
        if group[_KEY_LENGTH][0] != len(group[_KEY_TEXT]):
            return False
        if place is None and group[_PLACE_LENGTH][0] != len(text):
            return False
        memo, found, start = self.memo, self.found, run.start
        for name in (_WORD, _TYPE):
            slot = _slot(group[name])
            if isinstance(memo[slot], int):
                self.gets.append((start(name + 1), slot))
        slot, key = _slot(group[_KEY_PUT]), start(_KEY + 1)
        memo[slot] = key
        self.puts.append((start(_KEY_PUT + 1), slot, key))
        if place is None:
            push = literal = start(_PLACE + 1)
            slot = _slot(group[_PLACE_PUT])
            memo[slot] = literal
            self.puts.append((start(_PLACE_PUT + 1), slot, literal))
        else:
            push, slot = start(_PLACE_GET + 1), _slot(place)
            literal = self._literal_in(slot)
            self.gets.append((push, slot))
        found.uses.append(
            LocationUse(group[_KEY_TEXT].decode(), self._text_at(literal), push, literal)
        )
        slot = _slot(group[_HOOKS])
        if isinstance(memo[slot], int):
            self.gets.append((start(_HOOKS + 1), slot))
        for name in _OTHER_PUTS:
            if (written := group[name]) is not None:
                slot = _slot(written)
                if isinstance(memo.get(slot), int):
                    self.puts.append((start(name + 1), slot, -1))
                memo[slot] = None
        self.stack.append(None)
        self.pos = run.end()
        return True

    # -- memo ---------------------------------------------------------------------------------

    def _set(self, pos: int, slot: int, entry: Entry) -> None:
        if isinstance(entry, int):
            if self.data[entry] in _GETS:
                raise ExportError("no known pickler writes this", where=f"pickle byte {pos:,}")
            self.puts.append((pos, slot, entry))
        elif isinstance(self.memo.get(slot), int):
            self.puts.append((pos, slot, -1))
        self.memo[slot] = entry

    def _got(self, pos: int, slot: int, entry: Entry) -> None:
        if isinstance(entry, int):
            self.gets.append((pos, slot))
            entry = pos
        self.stack.append(entry)

    def _literal_in(self, slot: int) -> int:
        literal = self.memo[slot]
        if not isinstance(literal, int):
            raise ValueError("a location is no text")
        return literal

    def _slot_at(self, pos: int) -> int:
        argument = self.data[pos + 1 : op_end(self.data, pos)]
        return int(argument) if self.data[pos] in b"gp" else int.from_bytes(argument, "little")

    # -- the other opcodes ----------------------------------------------------------------------

    def _apply(self, op: int, pos: int) -> None:
        """Do to the stack what the opcode at `pos` does."""
        stack = self.stack
        if op in _TEXTS:
            stack.append(pos)
        elif op in _PUSHES:
            stack.append(None)
        elif op in _GETS:
            slot = self._slot_at(pos)
            self._got(pos, slot, self.memo[slot])
        elif op in _PUTS:
            self._set(pos, self._slot_at(pos), stack[-1])
        elif op == 0x94:  # MEMOIZE
            self._set(pos, len(self.memo), stack[-1])
        elif op in _EFFECTS:
            pops, pushes = _EFFECTS[op]
            if pops > len(stack):
                raise IndexError("the stack is empty")
            if pops:
                del stack[-pops:]
            stack.extend([None] * pushes)
        else:
            _ACTIONS[op](self)
        if op == 0x95:  # FRAME
            length = int.from_bytes(self.data[pos + 1 : pos + 9], "little")
            self.found.frames.append((pos, length))

    def _to_mark(self) -> list[Entry]:
        items, self.stack = self.stack, self.below.pop()
        return items

    def _tuple(self) -> None:
        items = self._to_mark()
        self.stack.append(tuple(items))

    def _short_tuple(self, length: int) -> None:
        if length > len(self.stack):
            raise IndexError("the stack is empty")
        self.stack[-length:] = [tuple(self.stack[-length:])]

    def _object_from_mark(self) -> None:
        self._to_mark()
        self.stack.append(None)

    def _pop(self) -> None:
        # POP with nothing above the mark takes the mark itself.
        if self.stack or not self.below:
            self.stack.pop()
        else:
            self._to_mark()

    def _persistent_id(self) -> None:
        pid = self.stack.pop()
        self.stack.append(None)
        if not isinstance(pid, tuple) or self._text_of(pid[0]) != "storage":
            return  # the source of a class, which old files keep beside it
        key, location = self._text_of(pid[2]), pid[_LOCATION]
        if not isinstance(location, int) or key is None:
            raise ExportError(
                "a storage names its device in a way that no known torch writes",
                where=f"pickle byte {self.pos:,}",
            )
        literal = location
        if self.data[location] in _GETS:
            literal = self._literal_in(self._slot_at(location))
        self.found.uses.append(LocationUse(key, self._text_at(literal), location, literal))

    def _text_of(self, entry: Entry) -> str | None:
        if not isinstance(entry, int):
            return None
        if self.data[entry] in _GETS:
            entry = self._literal_in(self._slot_at(entry))
        return literal_text(self.data, entry)

    def _text_at(self, literal: int) -> str:
        text = self.texts.get(literal)
        if text is None:
            text = self.texts[literal] = literal_text(self.data, literal)
        return text


def _slot(run: bytes) -> int:
    """Return the slot in a BINPUT, LONG_BINPUT, BINGET or LONG_BINGET: all but its first byte."""
    return int.from_bytes(run, "little") >> 8


_TEXTS = frozenset(b"STUVX\x8c\x8d")
_GETS = frozenset(b"ghj")
_PUTS = frozenset(b"pqr")
# NONE, booleans, numbers, bytes, empty containers, extensions, GLOBAL, PERSID, NEXT_BUFFER; DUP
# too: what is on top then is nobody's own, and a location must not come from there.
_PUSHES = frozenset(b"N\x88\x89IJKLM\x8a\x8bFGBC\x8e\x96]}\x8f\x82\x83\x84cP\x97" + b"2")
# (pops, pushes): APPEND, SETITEM, BUILD, REDUCE, NEWOBJ, NEWOBJ_EX, STACK_GLOBAL, PROTO, FRAME,
# READONLY_BUFFER
_EFFECTS = {
    0x61: (1, 0), 0x73: (2, 0), 0x62: (1, 0), 0x52: (2, 1), 0x81: (2, 1), 0x92: (3, 1),
    0x93: (2, 1), 0x80: (0, 0), 0x95: (0, 0), 0x98: (0, 0),
}  # fmt: skip
_ACTIONS: dict[int, Callable[[_Scanner], object]] = {
    0x29: lambda scanner: scanner.stack.append(()),  # EMPTY_TUPLE
    0x30: _Scanner._pop,
    0x31: _Scanner._to_mark,  # POP_MARK
    0x51: _Scanner._persistent_id,  # BINPERSID
    0x64: _Scanner._object_from_mark,  # DICT
    0x65: _Scanner._to_mark,  # APPENDS
    0x69: _Scanner._object_from_mark,  # INST
    0x6C: _Scanner._object_from_mark,  # LIST
    0x6F: _Scanner._object_from_mark,  # OBJ
    0x74: _Scanner._tuple,
    0x75: _Scanner._to_mark,  # SETITEMS
    0x85: lambda scanner: scanner._short_tuple(1),
    0x86: lambda scanner: scanner._short_tuple(2),
    0x87: lambda scanner: scanner._short_tuple(3),
    0x90: _Scanner._to_mark,  # ADDITEMS
    0x91: _Scanner._object_from_mark,  # FROZENSET
}
_LINES = {**dict.fromkeys(b"ILFSVgpP", 1), 0x63: 2, 0x69: 2}
_COUNTED = {
    0x58: 4, 0x8C: 1, 0x8D: 8, 0x54: 4, 0x55: 1, 0x42: 4, 0x43: 1, 0x8E: 8, 0x96: 8,
    0x8A: 1, 0x8B: 4,
}  # fmt: skip
_FIXED = {
    **dict.fromkeys(b"(.012N\x88\x89]laet)\x85\x86\x87}dsu", 0),
    **dict.fromkeys(b"\x8f\x90\x91Rbo\x81\x92\x93Q\x94\x97\x98", 0),
    **dict.fromkeys(b"Khq\x82\x80", 1),
    **dict.fromkeys(b"M\x83", 2),
    **dict.fromkeys(b"Jjr\x84", 4),
    **dict.fromkeys(b"G\x95", 8),
}
