"""The run of opcodes that torch.save writes for a tensor, taken in one step.

A state_dict's pickle is the same thirty opcodes again and again. One compiled pattern for the whole
run makes a large file open several times faster than opcode by opcode; whatever does not match is
left to the pickle machine, with the same result.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from operator import itemgetter

from inspector.formats.inert import Global, OpaqueObject, StorageKind, TensorCall

_GET = rb"(?:h.|j.{4})"
_INT = rb"(?:K.|M..|J.{4})"
_SIZES = rb"(?:\((?:" + _INT + rb"){4,64}t|" + _INT + rb"\x85|(?:" + _INT + rb"){2}\x86|"
_SIZES += rb"(?:" + _INT + rb"){3}\x87)"


def _run(put: bytes) -> re.Pattern[bytes]:
    """Return the pattern of one tensor, its memo slots written as `put`, and of the next dict key.

    ( ( 'storage' Type X <key> PUT location numel [N] t PUT Q offset sizes PUT strides PUT
    requires_grad OrderedDict ) R PUT t PUT R PUT  [X <name> PUT rebuild]
    """
    sizes = rb"(?:\)|(" + _SIZES + b")" + put + b")"
    return re.compile(
        rb"\(\((" + _GET + _GET + rb"X.)\x00\x00\x00([0-9]{1,20})" + put
        + b"(" + _GET + _INT + b"N?)t" + put + b"Q(" + _INT + b")" + sizes + sizes
        + rb"([\x88\x89]" + _GET + rb")\)R" + put + b"t" + put + b"R" + put
        + rb"(?:X(..)\x00\x00([\x20-\x7e]{1,255})" + put + b"(" + _GET + rb")(?=\())?",
        re.DOTALL,
    )  # fmt: skip


_SHORT = _run(b"q(.)")
_LONG = _run(b"r(.{4})")
# Memo slots n, n+1, ... n+k-1 written one behind the other make the number n*ONES[k] + STEPS[k]
# (little-endian, 1 or 4 bytes a slot): one comparison proves the whole run numbered in sequence.
_ONES = {w: [sum(1 << 8 * w * i for i in range(k)) for k in range(9)] for w in (1, 4)}
_STEPS = {w: [sum(i << 8 * w * i for i in range(k)) for k in range(9)] for w in (1, 4)}


_INT_WIDTH = {0x4B: 2, 0x4D: 3, 0x4A: 5}
_Reference = tuple[StorageKind, int, int, bool, bool]
"""(kind, length of the key, numel, has "no view", requires_grad)"""


class Memo(dict[int, object]):
    """The pickle's memo; what a tensor run stored is looked up only when it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.next = 0  # the slot after the highest one that is filled
        self.runs: list[tuple[int, TensorCall | str]] = []

    def __missing__(self, slot: int) -> object:
        at = bisect_right(self.runs, slot, key=itemgetter(0)) - 1
        if at >= 0:
            first, run = self.runs[at]
            stored = run.stored() if isinstance(run, TensorCall) else (run,)
            if slot - first < len(stored):
                return stored[slot - first]
        raise KeyError(slot)


class _Numbers(dict[bytes, int]):
    """The ints that BININT1, BININT2 and BININT push, by the bytes of the opcode."""

    def __missing__(self, run: bytes) -> int:
        number = self[run] = int.from_bytes(run[1:], "little", signed=len(run) == 5)
        return number


class _Sizes(dict[bytes, tuple[int, ...]]):
    """The tuples of ints that a run of opcodes builds, by its bytes.

    Equal tuples are one object here: they are immutable, so nobody can tell.
    """

    def __init__(self, numbers: _Numbers) -> None:
        super().__init__()
        self._numbers = numbers

    def __missing__(self, run: bytes) -> tuple[int, ...]:
        sizes = self[run] = tuple(self._numbers[number] for number in _split(run))
        return sizes


class TensorRuns:
    """Takes tensor runs out of one pickle, storing in its memo all that a run stores."""

    def __init__(self, data: bytes, memo: Memo) -> None:
        self._data = data
        self._memo = memo
        self._numbers = _Numbers()
        self._sizes = _Sizes(self._numbers)
        self._got: dict[bytes, _Reference] = {}
        self._kinds: dict[bytes, StorageKind] = {}
        self._single: dict[bytes, object] = {}

    def forget(self) -> None:
        """Forget what memo slots held: one of them was filled anew."""
        self._got.clear()
        self._kinds.clear()
        self._single.clear()

    def take(self, rebuild: Global, pos: int, stack: list[object]) -> int:
        """Push the tensors whose runs begin at `pos`, with the dict keys between them.

        `rebuild` is the callable that stands before the first run. Returns the position after the
        last run, 0 if none begins here. Raises KeyError like the machine for a memo slot that was
        never filled. One loop on purpose: it is what opening a large file consists of.
        """
        after = 0
        memo, numbers, all_sizes = self._memo, self._numbers, self._sizes
        from_bytes, push, store = int.from_bytes, stack.append, memo.runs.append
        first = memo.next
        while True:
            match = (_SHORT if first < 248 else _LONG).match(self._data, pos)
            if match is None:
                return after
            (names, key, put_key, place, put_pid, offset, shape, put_shape, stride, put_stride,
             hooks, put_hooks, put_args, put_result,
             text_length, text, put_text, next_call) = match.groups()  # fmt: skip
            slots = [put_key, put_pid, put_shape, put_stride, put_hooks, put_args, put_result]
            if not shape or not stride:
                slots = [slot for slot in slots if slot]
            count, width = len(slots), len(put_key)
            written = from_bytes(b"".join(slots), "little")
            kind, length, numel, has_view, grad = self._got.get(
                names + place + hooks
            ) or self._reference(names, place, hooks)
            if written != first * _ONES[width][count] + _STEPS[width][count] or length != len(key):
                return after
            call = TensorCall(
                rebuild, kind, key.decode(), numel, has_view, numbers[offset],
                all_sizes[shape] if shape else (), all_sizes[stride] if stride else (), grad,
            )  # fmt: skip
            push(call)
            store((first, call))
            first = memo.next = first + count
            after = match.end(14)
            if (
                text is None
                or from_bytes(text_length, "little") != len(text)
                or from_bytes(put_text, "little") != first
                or self._get(next_call) is not rebuild
            ):
                return after
            string = text.decode()
            push(string)
            store((first, string))
            first = memo.next = first + 1
            after = match.end(17)
            pos = match.end()

    def _reference(self, names: bytes, place: bytes, hooks: bytes) -> _Reference:
        """Return what the opcodes around a storage's key and a tensor's shape say.

        `names` gets 'storage' and the type and opens the key, `place` gets the location and pushes
        numel (and None for "no view"), `hooks` pushes requires_grad and gets OrderedDict.
        """
        middle, end = _get_width(names), len(names) - 2
        location = place[: _get_width(place)]
        token = names[:end] + location + hooks[1:]
        kind = self._kinds.get(token)
        if kind is None:
            memo = self._memo
            kind = self._kinds[token] = StorageKind(
                memo[_slot(names[:middle])],
                memo[_slot(names[middle:end])],
                memo[_slot(location)],
                # One record for all: hooks are empty, and nothing looks at them.
                OpaqueObject(memo[_slot(hooks[1:])], ()),
            )
        numel = place[len(location) :]
        has_view = numel[_INT_WIDTH[numel[0]] :] == b"N"
        number = self._numbers[numel[: _INT_WIDTH[numel[0]]]]
        got = self._got[names + place + hooks] = (
            kind, names[-1], number, has_view, hooks[0] == 0x88
        )  # fmt: skip
        return got

    def _get(self, run: bytes) -> object:
        if run not in self._single:
            self._single[run] = self._memo[_slot(run)]
        return self._single[run]


def _get_width(run: bytes) -> int:
    return 2 if run[0] == 0x68 else 5


def _slot(run: bytes) -> int:
    return int.from_bytes(run[1:], "little")


def _split(run: bytes) -> list[bytes]:
    """Split BININT1, BININT2 and BININT between an optional MARK and the tuple opcode."""
    numbers = []
    pos = 1 if run[0] == 0x28 else 0
    while pos < len(run) - 1:
        width = _INT_WIDTH[run[pos]]
        numbers.append(run[pos : pos + width])
        pos += width
    return numbers
