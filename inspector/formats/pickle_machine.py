"""A pickle machine that executes nothing: opcodes in, inert records out.

It imports nothing, calls nothing a file names, hashes and compares only the small ints and strings
it made itself, never recurses, and works within budgets. Python's own unpickler cannot be tamed by
overriding `find_class`: BUILD reaches class objects, the extension registry is asked first, and a
nine-byte file can ask for all memory.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from itertools import repeat
from typing import NamedTuple

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.collector import let_go
from inspector.checkpoint.errors import LimitError
from inspector.checkpoint.limits import Limits
from inspector.formats.inert import Global, OpaqueObject, PersistentId, PickledDict
from inspector.formats.pickle_opcodes import Opcodes

_OPCODES_PER_CHECK = 1024
_double = struct.Struct(">d").unpack_from


class Pickle(NamedTuple):
    """One pickle, read. `end` is the byte after its STOP; `rare` the opcodes off the beaten track
    that it uses, which torch's weights-only unpickler may not know."""

    root: object
    end: int
    protocol: int
    globals: dict[str, Global]
    rare: set[int]


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
    finally:
        let_go(machine.memo.runs)
        let_go(machine.memo)


class _Machine(Opcodes):
    """The loop over the opcodes; it keeps what it uses most in local names."""

    def run(self) -> Pickle:
        rounds = self.limits.opcodes // _OPCODES_PER_CHECK
        for _ in range(rounds):
            self.cancel.check()
            done = self._run_some()
            if len(self.stack) > self.limits.stack or len(self.below) > self.limits.stack:
                raise LimitError("the pickle piles up too many objects", where=self.place())
            if len(self.memo) + self.memo.in_runs > self.limits.memo:
                raise LimitError("the pickle remembers too many objects", where=self.place())
            if done:
                root = self.stack.pop()
                return Pickle(root, self.pos, self.protocol, self.globals, self.rare)
        raise LimitError("the pickle has too many opcodes", where=self.place())

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
                    self.out_of_order(slot)
            elif op == 0x68 or op == 0x6A:  # BINGET, LONG_BINGET
                width = 1 if op == 0x68 else 4
                value = memo[int.from_bytes(data[pos : pos + width], "little")]
                pos += width
                if type(value) is Global and value.dotted == "torch._utils._rebuild_tensor_v2":
                    after = self.tensors.take(value, data[self.pos : pos], pos, stack)
                    if after:
                        pos = after
                        continue
                stack.append(value)
            elif op == 0x4B:  # BININT1
                stack.append(data[pos])
                pos += 1
            elif op == 0x58:  # BINUNICODE
                end = pos + 4 + int.from_bytes(data[pos : pos + 4], "little")
                stack.append(self.text(pos + 4, end))
                pos = end
            elif op == 0x7D:  # EMPTY_DICT
                stack.append(PickledDict([]))
            elif op == 0x73:  # SETITEM
                value, key = stack.pop(), stack.pop()
                self.set_items(stack[-1], [key, value])
                pos = self.versions(pos)
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
                self.set_items(stack[-1], items)
            elif op == 0x94:  # MEMOIZE
                memo[memo.next] = stack[-1]
                memo.next += 1
            elif op == 0x8C:  # SHORT_BINUNICODE
                end = pos + 1 + data[pos]
                stack.append(self.text(pos + 1, end))
                pos = end
            elif op == 0x4E:  # NONE
                stack.append(None)
            elif op == 0x47:  # BINFLOAT
                stack.append(_double(data, pos)[0])
                pos += 8
            elif op == 0x5D:  # EMPTY_LIST
                stack.append([])
            elif op == 0x62:  # BUILD
                state = stack.pop()
                self.build(stack[-1], state)
            elif op == 0x2E:  # STOP
                self.pos = pos
                return True
            else:
                pos = self.rare_opcode(op, pos)
                stack = self.stack
        self.pos = pos
        return False
