"""The state of the pickle machine and every opcode that is not in its hot loop.

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

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import DamagedError, UnsupportedError
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.plain_text import shown
from inspector.formats.inert import Global, OpaqueObject, PickledDict, PickledSet
from inspector.formats.tensor_run import Memo, TensorRuns


class Opcodes:
    """Stack, marks and memo of one run, and what the opcodes do to them.

    Raises IndexError, KeyError and ValueError for what is wrong in the pickle; `damage` turns them
    into words.
    """

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

    # -- frequent opcodes with something to check -----------------------------------------------

    def out_of_order(self, slot: int) -> None:
        """Take note of a memo slot that is not the next one: filled anew, or further on."""
        self.tensors.forget()
        self.memo.next = max(self.memo.next, slot + 1)

    def text(self, start: int, end: int) -> str:
        """Return UTF-8 text; pickle lets lone surrogates pass."""
        if end > len(self.data):
            raise IndexError("a text is longer than the pickle")
        return self.data[start:end].decode("utf-8", "surrogatepass")

    def versions(self, pos: int) -> int:
        """Take the dicts of one small number that begin at `pos`, with their keys; return the
        position after the last of them.

        So torch writes `{"version": 1}` for every module of a model, which is most of what is left
        of a state_dict once its tensors are taken:

            BINUNICODE length name LONG_BINPUT slot
            EMPTY_DICT LONG_BINPUT slot LONG_BINGET slot BININT1 number SETITEM
        """
        data, memo, push = self.data, self.memo, self.stack.append
        name_at, rest_at, after = _NAME.unpack_from, _VERSION.unpack_from, len(data) - _VERSION.size
        slot = memo.next
        word: object = None
        got = b""  # the opcodes that get `word` and begin a number
        for _ in range(_AT_ONCE):
            start = pos + _NAME.size
            if start > after:
                break
            text, length = name_at(data, pos)
            end = start + length
            if text != 0x58 or end > after:
                break
            put, first, made_and_put, second, get, number, set_item = rest_at(data, end)
            if (
                put != 0x72 or first != slot or made_and_put != b"}r" or second != slot + 1
                or set_item != 0x73
            ):  # fmt: skip
                break
            if get != got:
                if get[:1] != b"j" or get[5:] != b"K":
                    break
                word = memo[int.from_bytes(get[1:5], "little")]
                got = get
            made = PickledDict([(word, number)])
            name = memo[slot] = data[start:end].decode("utf-8", "surrogatepass")
            memo[slot + 1] = made
            push(name)
            push(made)
            slot += 2
            pos = end + _VERSION.size
        memo.next = slot
        return pos

    def set_items(self, target: object, items: list[object]) -> None:
        """Set keys and values, in turn in `items`, in a dict or an object used as one."""
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

    def build(self, target: object, state: object) -> None:
        """Hand `state` to an object."""
        # BUILD on a class or on a plain value would change it for everybody; here it has no effect.
        if isinstance(target, OpaqueObject):
            target.state = state

    # -- the other opcodes ------------------------------------------------------------------------

    def rare_opcode(self, op: int, pos: int) -> int:
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
                    f"pickle protocol {self.protocol} is not known", where=self.place()
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
                f"{_name(op)} is no opcode of a checkpoint's pickle", where=self.place()
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
            from inspector.formats.pickle_text import unquoted  # protocol 0 alone

            stack.append(unquoted(line))
        elif op == 0x56:  # UNICODE
            stack.append(line.decode("raw-unicode-escape"))
        elif op == 0x67:  # GET
            stack.append(self.memo[int(line)])
        elif op == 0x70:  # PUT
            self.memo[int(line)] = stack[-1]
            self.out_of_order(int(line))
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
        made = self.stack[-1] = OpaqueObject(self.stack[-1], args)
        made.by_new = True

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
        made = PickledDict([])
        self.set_items(made, items)
        self.stack.append(made)

    def _list(self) -> None:
        items = self._pop_mark()
        self.stack.append(items)

    def _frozen_set(self) -> None:
        items = self._pop_mark()
        self.stack.append(PickledSet(items, frozen=True))

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

    def place(self) -> str:
        """Return the place of the opcode that is being taken."""
        return f"byte {self.pos - self.start:,} of the pickle"

    def damage(self, error: Exception) -> DamagedError:
        """Turn what went wrong in the loop into words."""
        # A list that is too short means a stack; what ran out otherwise is the pickle itself.
        is_short = isinstance(error, IndexError) and "list" not in str(error)
        if is_short or isinstance(error, struct.error):
            return DamagedError(
                "the pickle ends before it is complete",
                where=self.place(),
                advice="The file was probably cut short; copy or download it again",
            )
        reason = {
            "IndexError": "an opcode takes more than there is",
            "KeyError": "it uses something it never stored",
        }.get(type(error).__name__, shown(str(error), 200))
        return DamagedError(f"the pickle is damaged: {reason}", where=self.place())


_NAME, _VERSION = struct.Struct("<BI"), struct.Struct("<BI2sI6sBB")
_AT_ONCE = 1024
_BOOLS = {b"00": False, b"01": True}
_TEXTUAL = frozenset(b"ILFSVgpPci")
_COUNTED = {0x8A: 1, 0x8B: 4, 0x8D: 8, 0x54: 4, 0x55: 1, 0x43: 1, 0x42: 4, 0x8E: 8, 0x96: 8}
_EXTENSION = {0x82: 1, 0x83: 2, 0x84: 4}
_ACTIONS = {
    0x30: Opcodes._pop,
    0x31: Opcodes._pop_mark,
    0x32: lambda machine: machine.stack.append(machine.stack[-1]),  # DUP
    0x61: Opcodes._append_one,
    0x65: Opcodes._append_all,
    0x64: Opcodes._dict,
    0x6C: Opcodes._list,
    0x6F: Opcodes._object,
    0x81: Opcodes._new_object,
    0x8F: lambda machine: machine.stack.append(PickledSet([], frozen=False)),  # EMPTY_SET
    0x90: Opcodes._add_items,
    0x91: Opcodes._frozen_set,
    0x92: Opcodes._new_object_ex,
    0x93: Opcodes._stack_global,
}
_NAMES = {0x97: "NEXT_BUFFER", 0x98: "READONLY_BUFFER"}


def _name(op: int) -> str:
    return _NAMES.get(op, f"0x{op:02x}")
