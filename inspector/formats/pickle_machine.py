"""A pickle machine that executes nothing: opcodes in, inert records out.

It imports nothing, calls nothing a file names, hashes and compares only the small ints and strings
it made itself, never recurses, and works within budgets. Python's own unpickler cannot be tamed by
overriding `find_class`: BUILD reaches class objects, the extension registry is asked first, and a
nine-byte file can ask for all memory.

Opcodes and their arguments: the comments of CPython's Lib/pickletools.py; protocols 0 to 5.

    argument of                                   bytes after the opcode
    BININT1 BININT2 BININT                        u8, u16, i32, little-endian
    LONG1 LONG4                                   u8 / i32 length, two's complement
    BINFLOAT                                      f64 big-endian
    SHORT_BINUNICODE BINUNICODE BINUNICODE8       u8 / u32 / u64 length, UTF-8
    SHORT_BINBYTES BINBYTES BINBYTES8 BYTEARRAY8  u8 / u32 / u64 / u64 length, bytes
    SHORT_BINSTRING BINSTRING                     u8 / i32 length, bytes of a Python 2 str
    BINGET BINPUT, LONG_BINGET LONG_BINPUT        u8, u32 memo slot
    GLOBAL INST                                   module "\\n" name "\\n"
    FRAME                                         u64 length
    INT LONG FLOAT STRING UNICODE GET PUT PERSID  text up to "\\n"
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import repeat

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import DamagedError, LimitError, UnsupportedError
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.plain_text import shown
from inspector.formats.inert import Global, OpaqueObject, PersistentId, PickledDict, PickledSet
from inspector.formats.pickle_text import unquoted
from inspector.formats.tensor_run import Memo, TensorRuns

_OPCODES_PER_CHECK = 4096
_double = struct.Struct(">d").unpack_from


@dataclass(slots=True)
class Pickle:
    """One pickle, read. `end` is the byte after its STOP; `rare` the opcodes off the beaten track
    that it uses, which torch's weights-only unpickler may not know."""

    root: object
    end: int
    protocol: int
    globals: dict[str, Global]
    rare: set[int] = field(default_factory=set)


def run(
    data: bytes,
    limits: Limits,
    cancel: CancelToken,
    start: int = 0,
    persistent: Callable[[object], object] = PersistentId,
) -> Pickle:
    """Read the pickle that begins at `start`; `persistent` makes the record of a persistent id.

    Raises `DamagedError` for bytes that are no pickle, `UnsupportedError` for an opcode or protocol
    that is not read, `LimitError` past a budget; the place is the byte of the opcode.
    """
    machine = _Machine(data, start, limits, cancel, persistent)
    try:
        return machine.run()
    except (IndexError, KeyError, ValueError, struct.error, OverflowError) as error:
        raise machine.damage(error) from error


class _Machine:
    """State of one run. The loop keeps what it uses most in local names."""

    def __init__(
        self,
        data: bytes,
        start: int,
        limits: Limits,
        cancel: CancelToken,
        persistent: Callable[[object], object],
    ) -> None:
        self.data = data
        self.pos = start
        self.start = start
        self.limits = limits
        self.cancel = cancel
        self.persistent = persistent
        self.stack: list[object] = []
        self.below: list[list[object]] = []  # the stacks under each MARK
        self.memo = Memo()
        self.globals: dict[str, Global] = {}
        self.rare: set[int] = set()
        self.protocol = 0
        self.tensors = TensorRuns(data, self.memo)

    def run(self) -> Pickle:
        rounds = self.limits.opcodes // _OPCODES_PER_CHECK
        for _ in range(rounds):
            self.cancel.check()
            if self._run_some():
                root = self.stack.pop()
                return Pickle(root, self.pos, self.protocol, self.globals, self.rare)
            if len(self.stack) > self.limits.stack or len(self.below) > self.limits.stack:
                raise LimitError("the pickle piles up too many objects", where=self._place())
            if self.memo.next > self.limits.memo:
                raise LimitError("the pickle remembers too many objects", where=self._place())
        raise LimitError("the pickle has too many opcodes", where=self._place())

    def _run_some(self) -> bool:
        """Take a few thousand opcodes, True at STOP.

        One long chain on purpose, most frequent opcode first: a call per opcode would double the
        time of opening.
        """
        data = self.data
        memo = self.memo
        stack = self.stack
        below = self.below
        pos = self.pos
        for _ in repeat(None, _OPCODES_PER_CHECK):
            op = data[pos]
            self.pos = pos
            pos += 1
            if op == 0x71 or op == 0x72:  # BINPUT, LONG_BINPUT
                width = 1 if op == 0x71 else 4
                slot = int.from_bytes(data[pos : pos + width], "little")
                pos += width
                memo[slot] = stack[-1]
                if slot == memo.next:
                    memo.next = slot + 1
                else:
                    self._out_of_order(slot)
            elif op == 0x68 or op == 0x6A:  # BINGET, LONG_BINGET
                width = 1 if op == 0x68 else 4
                value = memo[int.from_bytes(data[pos : pos + width], "little")]
                pos += width
                if type(value) is Global and value.name == "_rebuild_tensor_v2":
                    after = self.tensors.take(value, pos, stack)
                    if after:
                        pos = after
                        continue
                stack.append(value)
            elif op == 0x4B:  # BININT1
                stack.append(data[pos])
                pos += 1
            elif op == 0x58:  # BINUNICODE
                end = pos + 4 + int.from_bytes(data[pos : pos + 4], "little")
                stack.append(self._text(pos + 4, end))
                pos = end
            elif op == 0x28:  # MARK
                below.append(stack)
                stack = self.stack = []
            elif op == 0x74:  # TUPLE
                top = tuple(stack)
                stack = self.stack = below.pop()
                stack.append(top)
            elif op == 0x85:  # TUPLE1
                stack[-1] = (stack[-1],)
            elif op == 0x86:  # TUPLE2
                second = stack.pop()
                stack[-1] = (stack[-1], second)
            elif op == 0x87:  # TUPLE3
                third, second = stack.pop(), stack.pop()
                stack[-1] = (stack[-1], second, third)
            elif op == 0x52:  # REDUCE
                args = stack.pop()
                if type(args) is not tuple:
                    raise ValueError("the arguments of a call are no tuple")
                stack[-1] = OpaqueObject(stack[-1], args)
            elif op == 0x51:  # BINPERSID
                stack[-1] = self.persistent(stack[-1])
            elif op == 0x29:  # EMPTY_TUPLE
                stack.append(())
            elif op == 0x4D:  # BININT2
                stack.append(int.from_bytes(data[pos : pos + 2], "little"))
                pos += 2
            elif op == 0x4A:  # BININT
                stack.append(int.from_bytes(data[pos : pos + 4], "little", signed=True))
                pos += 4
            elif op == 0x89 or op == 0x88:  # NEWFALSE, NEWTRUE
                stack.append(op == 0x88)
            elif op == 0x75:  # SETITEMS
                items = stack
                stack = self.stack = below.pop()
                self._set_items(stack[-1], items)
            elif op == 0x94:  # MEMOIZE
                memo[memo.next] = stack[-1]
                memo.next += 1
            elif op == 0x8C:  # SHORT_BINUNICODE
                end = pos + 1 + data[pos]
                stack.append(self._text(pos + 1, end))
                pos = end
            elif op == 0x4E:  # NONE
                stack.append(None)
            elif op == 0x47:  # BINFLOAT
                stack.append(_double(data, pos)[0])
                pos += 8
            elif op == 0x7D:  # EMPTY_DICT
                stack.append(PickledDict())
            elif op == 0x5D:  # EMPTY_LIST
                stack.append([])
            elif op == 0x62:  # BUILD
                state = stack.pop()
                self._build(stack[-1], state)
            elif op == 0x2E:  # STOP
                self.pos = pos
                return True
            else:
                pos = self._rare(op, pos)
                stack = self.stack
        self.pos = pos
        return False

    # -- frequent opcodes with something to check -----------------------------------------------

    def _out_of_order(self, slot: int) -> None:
        """Take note of a memo slot that is not the next one: filled anew, or further on."""
        self.tensors.forget()
        self.memo.next = max(self.memo.next, slot + 1)

    def _text(self, start: int, end: int) -> str:
        if end > len(self.data):
            raise IndexError("a text is longer than the pickle")
        return self.data[start:end].decode("utf-8", "surrogatepass")

    def _set_items(self, target: object, items: list[object]) -> None:
        if len(items) % 2:
            raise ValueError("a dict is given a key without a value")
        if isinstance(target, PickledDict):
            pairs = target.pairs
        elif isinstance(target, OpaqueObject):
            if target.pairs is None:
                target.pairs = []
            pairs = target.pairs
        else:
            raise ValueError("keys are set on something that is no dict")
        pairs.extend(zip(items[::2], items[1::2], strict=True))

    def _append(self, target: object, items: list[object]) -> None:
        if isinstance(target, OpaqueObject):
            if target.items is None:
                target.items = []
            target.items.extend(items)
        elif isinstance(target, list):
            target.extend(items)
        else:
            raise ValueError("items are appended to something that is no list")

    def _build(self, target: object, state: object) -> None:
        # BUILD on a class or on a plain value would change it for everybody; here it has no effect.
        if isinstance(target, OpaqueObject):
            target.state = state

    # -- the other opcodes ------------------------------------------------------------------------

    def _rare(self, op: int, pos: int) -> int:
        """Take one opcode that torch's own files seldom use, return the position after it."""
        self.rare.add(op)
        counted = _COUNTED.get(op)
        if counted:
            return self._counted(op, counted, pos)
        if op in _TEXTUAL:
            return self._textual(op, pos)
        if op == 0x80:  # PROTO
            self.protocol = self.data[pos]
            if self.protocol > 5:
                raise UnsupportedError(
                    f"pickle protocol {self.protocol} is not known", where=self._place()
                )
            return pos + 1
        if op == 0x95:  # FRAME
            if int.from_bytes(self.data[pos : pos + 8], "little") > len(self.data) - pos - 8:
                raise IndexError("a frame is longer than the pickle")
            return pos + 8
        width = _EXTENSION.get(op)
        if width:
            # An entry of the reader's own copyreg registry; there is none here.
            code = int.from_bytes(self.data[pos : pos + width], "little")
            self.stack.append(self._global("copyreg.extension", str(code)))
            return pos + width
        action = _ACTIONS.get(op)
        if action is None:
            raise UnsupportedError(
                f"{_name(op)} is no opcode of a checkpoint's pickle", where=self._place()
            )
        action(self)
        return pos

    def _counted(self, op: int, width: int, pos: int) -> int:
        start = pos + width
        end = start + int.from_bytes(self.data[pos:start], "little")
        if end > len(self.data):
            raise IndexError("a length reaches past the end of the pickle")
        body = self.data[start:end]
        if op in (0x8A, 0x8B):  # LONG1, LONG4
            self.stack.append(int.from_bytes(body, "little", signed=True))
        elif op == 0x8D:  # BINUNICODE8
            self.stack.append(body.decode("utf-8", "surrogatepass"))
        elif op in (0x54, 0x55):  # BINSTRING, SHORT_BINSTRING
            self.stack.append(body.decode("utf-8", "surrogateescape"))
        else:  # SHORT_BINBYTES, BINBYTES, BINBYTES8, BYTEARRAY8
            self.stack.append(body)
        return end

    def _textual(self, op: int, pos: int) -> int:
        line, pos = self._line(pos)
        stack = self.stack
        if op == 0x49:  # INT, which also spells the booleans
            stack.append(_BOOLS[line] if line in _BOOLS else int(line))
        elif op == 0x4C:  # LONG
            stack.append(int(line.removesuffix(b"L")))
        elif op == 0x46:  # FLOAT
            stack.append(float(line))
        elif op == 0x53:  # STRING
            stack.append(unquoted(line))
        elif op == 0x56:  # UNICODE
            stack.append(line.decode("raw-unicode-escape"))
        elif op == 0x67:  # GET
            stack.append(self.memo[int(line)])
        elif op == 0x70:  # PUT
            self.memo[int(line)] = stack[-1]
            self._out_of_order(int(line))
        elif op == 0x50:  # PERSID
            stack.append(self.persistent(line.decode("ascii", "replace")))
        else:  # GLOBAL, INST
            name, pos = self._line(pos)
            found = self._global(line.decode("utf-8"), name.decode("utf-8"))
            if op == 0x63:
                stack.append(found)
            else:
                args = tuple(stack)
                self.stack = self.below.pop()
                self.stack.append(OpaqueObject(found, args))
        return pos

    def _line(self, pos: int) -> tuple[bytes, int]:
        end = self.data.find(b"\n", pos)
        if end < 0:
            raise IndexError("a line has no end")
        return self.data[pos:end], end + 1

    def _global(self, module: str, name: str) -> Global:
        dotted = f"{module}.{name}"
        found = self.globals.get(dotted)
        if found is None or found.module != module:
            found = self.globals[dotted] = Global(module, name)
        return found

    def _pop_mark(self) -> list[object]:
        items = self.stack
        self.stack = self.below.pop()
        return items

    def _stack_global(self) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise ValueError("a global's name is no text")
        self.stack.append(self._global(module, name))

    def _new_object(self) -> None:
        args = self.stack.pop()
        if type(args) is not tuple:
            raise ValueError("the arguments of a new object are no tuple")
        self.stack[-1] = OpaqueObject(self.stack[-1], args)

    def _new_object_ex(self) -> None:
        keywords, args = self.stack.pop(), self.stack.pop()
        if type(args) is not tuple or not isinstance(keywords, PickledDict):
            raise ValueError("the arguments of a new object are of the wrong kind")
        self.stack[-1] = OpaqueObject(self.stack[-1], (*args, keywords))

    def _object(self) -> None:
        items = self._pop_mark()
        self.stack.append(OpaqueObject(items[0], tuple(items[1:])))

    def _pop(self) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self.stack = self.below.pop()

    def _dict(self) -> None:
        items = self._pop_mark()
        made = PickledDict()
        self._set_items(made, items)
        self.stack.append(made)

    def _list(self) -> None:
        items = self._pop_mark()
        self.stack.append(items)

    def _frozen_set(self) -> None:
        items = self._pop_mark()
        self.stack.append(PickledSet(items, frozen=True))

    def _set_item(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._set_items(self.stack[-1], [key, value])

    def _append_one(self) -> None:
        item = self.stack.pop()
        self._append(self.stack[-1], [item])

    def _append_all(self) -> None:
        items = self._pop_mark()
        self._append(self.stack[-1], items)

    def _add_items(self) -> None:
        items = self._pop_mark()
        target = self.stack[-1]
        if isinstance(target, PickledSet):
            target.items.extend(items)
        else:
            self._append(target, items)

    # -- errors -----------------------------------------------------------------------------------

    def _place(self) -> str:
        return f"byte {self.pos - self.start:,} of the pickle"

    def damage(self, error: Exception) -> DamagedError:
        """Turn what went wrong in the loop into words."""
        if isinstance(error, IndexError) and self.pos >= len(self.data) - 1:
            return DamagedError("the pickle ends before it is complete", where=self._place())
        reason = {
            "IndexError": "an opcode takes more than there is",
            "KeyError": "it uses something it never stored",
        }.get(type(error).__name__, shown(str(error), 200))
        return DamagedError(f"the pickle is damaged: {reason}", where=self._place())


_BOOLS = {b"00": False, b"01": True}
_TEXTUAL = frozenset(b"ILFSVgpPci")
_COUNTED = {0x8A: 1, 0x8B: 4, 0x8D: 8, 0x54: 4, 0x55: 1, 0x43: 1, 0x42: 4, 0x8E: 8, 0x96: 8}
_EXTENSION = {0x82: 1, 0x83: 2, 0x84: 4}
_ACTIONS = {
    0x30: _Machine._pop,
    0x31: _Machine._pop_mark,
    0x32: lambda machine: machine.stack.append(machine.stack[-1]),  # DUP
    0x61: _Machine._append_one,
    0x65: _Machine._append_all,
    0x64: _Machine._dict,
    0x6C: _Machine._list,
    0x6F: _Machine._object,
    0x73: _Machine._set_item,
    0x81: _Machine._new_object,
    0x8F: lambda machine: machine.stack.append(PickledSet([], frozen=False)),  # EMPTY_SET
    0x90: _Machine._add_items,
    0x91: _Machine._frozen_set,
    0x92: _Machine._new_object_ex,
    0x93: _Machine._stack_global,
}
_NAMES = {0x97: "NEXT_BUFFER", 0x98: "READONLY_BUFFER"}


def _name(op: int) -> str:
    return _NAMES.get(op, f"0x{op:02x}")
