"""The run of opcodes that torch.save writes for a tensor, taken in one step.

A state_dict's pickle is the same thirty opcodes again and again. One compiled pattern for the whole
run makes a large file open several times faster than opcode by opcode; whatever does not match is
left to the pickle machine, with the same result.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from operator import itemgetter

from inspector.formats.inert import (
    Global,
    OpaqueObject,
    StorageKind,
    TensorCall,
    TensorForm,
    TensorView,
)

# As the engine likes it: dots instead of counts, what is frequent first.
_GET = rb"(?:h.|j....)"
_INT = rb"(?:K.|M..|J....)"
_SIZES = rb"((?:" + _INT + rb"){2}\x86|" + _INT + rb"\x85|\((?:" + _INT + rb"){4,64}t|"
_SIZES += rb"(?:" + _INT + rb"){3}\x87)"


def _run(opcode: bytes, slot: bytes) -> re.Pattern[bytes]:
    """Return the pattern of one tensor, with memo slots of that width, and of the next dict key.

    ( ( 'storage' Type X <key> PUT location numel [N] t PUT Q offset sizes PUT strides PUT
    requires_grad OrderedDict ) R PUT t PUT R PUT  [X <name> PUT rebuild]
    """
    put = opcode + b"(" + slot + b")"
    sizes = rb"(?:\)|" + _SIZES + put + b")"
    return re.compile(
        rb"\(\((" + _GET + _GET + rb"X.)\x00\x00\x00([0-9]{1,20})" + put
        + b"(" + _GET + _INT + b"N?)t" + put + b"Q(" + _INT + b")" + sizes + sizes
        + rb"([\x88\x89]" + _GET + rb")\)R"
        + b"(" + opcode + slot + b"t" + opcode + slot + b"R" + opcode + slot + b")"
        + rb"(?:X(.)\x00\x00\x00([\x20-\x7e]{1,255})" + put + b"(" + _GET + rb")(?=\())?",
        re.DOTALL,
    )  # fmt: skip


@cache
def _patterns() -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Return the patterns for memo slots of one byte and of four."""
    return _run(b"q", b"."), _run(b"r", b"....")


WORTH_PATTERNS = 16 << 10
"""Bytes of a pickle, some 170 tensors, from which on the patterns save more than it takes to
compile them (2 ms); what is compiled already serves smaller ones, too."""


def _sequences(named: bool) -> dict[int, tuple[int, int, int]]:
    """Return what proves the memo slots of a run to be n, n+1, n+2, ...: (a, b, how many).

    The slots written one behind the other, those around the call last, are n*a + b when they are
    read as one little-endian number: a single comparison. By the length in bytes, for a run may
    have two sizes, one or none, and slots of 1 or 4 bytes.
    """
    proofs = {}
    for opcode, width in ((b"q", 1), (b"r", 4)):
        for sizes in range(3):
            # key pid [size [stride]] hooks arguments result [name]
            order = [*range(2 + sizes), *[5 + sizes] * named, *range(2 + sizes, 5 + sizes)]
            between = [b""] * (len(order) - 3) + [opcode, b"t" + opcode, b"R" + opcode]
            ones = steps = at = 0
            for number, literal in zip(order, between, strict=True):
                steps += int.from_bytes(literal, "little") << 8 * at
                at += len(literal)
                ones += 1 << 8 * at
                steps += number << 8 * at
                at += width
            proofs[at] = ones, steps, len(order)
    return proofs


_NAMED, _LAST = _sequences(named=True), _sequences(named=False)
_INT_WIDTH = {0x4B: 2, 0x4D: 3, 0x4A: 5}


class Memo(dict[int, object]):
    """The pickle's memo; what a tensor run stored is looked up only when it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.next = 0  # the slot after the highest one that is filled
        # First slot, the tensor, the dict key that follows it.
        self.runs: list[tuple[int, TensorCall, str]] = []

    def __missing__(self, slot: int) -> object:
        at = bisect_right(self.runs, slot, key=itemgetter(0)) - 1
        if at >= 0:
            first, call, name = self.runs[at]
            stored = call.stored()
            if slot - first < len(stored):
                return stored[slot - first]
            if name and slot - first == len(stored):
                return name
        raise KeyError(slot)


class _Numbers(dict[bytes, int]):
    """The ints that BININT1, BININT2 and BININT push, by the bytes of the opcode."""

    def __missing__(self, run: bytes) -> int:
        number = self[run] = int.from_bytes(run[1:], "little", signed=len(run) == 5)
        return number


class _Views(dict[tuple[bytes, bytes], TensorView]):
    """Sizes and strides by the bytes of the opcodes that build them, none for an empty tuple.

    Equal tuples are one object here: they are immutable, so nobody can tell.
    """

    def __init__(self, numbers: _Numbers) -> None:
        super().__init__()
        self._numbers = numbers

    def __missing__(self, runs: tuple[bytes, bytes]) -> TensorView:
        sizes, strides = (tuple(self._numbers[number] for number in _split(run)) for run in runs)
        view = self[runs] = TensorView(sizes, strides)
        return view


class TensorRuns:
    """Takes tensor runs out of one pickle, storing in its memo all that a run stores."""

    def __init__(self, data: bytes, memo: Memo) -> None:
        self._data = data
        self._memo = memo
        self._numbers = _Numbers()
        self._views = _Views(self._numbers)
        self._forms: dict[bytes, tuple[TensorForm, int]] = {}  # with the length of the key
        self._kinds: dict[bytes, StorageKind] = {}
        self._got: dict[bytes, object] = {}
        self._rebuild: Global | None = None

    def forget(self) -> None:
        """Forget what memo slots held: one of them was filled anew."""
        self._forms.clear()
        self._kinds.clear()
        self._got.clear()

    def take(self, rebuild: Global, pos: int, stack: list[object]) -> int:
        """Push the tensors whose runs begin at `pos`, with the dict keys between them.

        `rebuild` is the callable that stands before the first run. Returns the position after the
        last run, 0 if none begins here. Raises KeyError like the machine for a memo slot that was
        never filled. One loop on purpose: it is what opening a large file consists of.
        """
        if len(self._data) < WORTH_PATTERNS and not _patterns.cache_info().currsize:
            return 0
        short, long = _patterns()
        if rebuild is not self._rebuild:
            self.forget()
            self._rebuild = rebuild
        after = 0
        data, memo, numbers, views, forms = (
            self._data, self._memo, self._numbers, self._views, self._forms
        )  # fmt: skip
        from_bytes, push, store = int.from_bytes, stack.append, memo.runs.append
        first = memo.next
        while True:
            match = (short if first < 248 else long).match(data, pos)
            if match is None:
                return after
            (names, key, put_key, place, put_pid, offset, sizes, put_sizes, strides, put_strides,
             hooks, puts, name_length, name, put_name, next_call) = match.groups(b"")  # fmt: skip
            slots = put_key + put_pid + put_sizes + put_strides + put_name + puts
            ones, steps, count = (_NAMED if name else _LAST)[len(slots)]
            form, length = forms.get(names + place + hooks) or self._form(names, place, hooks)
            if (
                from_bytes(slots, "little") != first * ones + steps
                or length != len(key)
                or (name and name_length[0] != len(name))
            ):
                return after
            call = TensorCall(form, views[sizes, strides], key.decode(), numbers[offset])
            string = name.decode()
            store((first, call, string))
            push(call)
            first = memo.next = first + count
            if not name:
                return match.end(12)
            push(string)
            after = match.end(15)
            if self._get(next_call) is not rebuild:
                return after
            pos = match.end()

    def _form(self, names: bytes, place: bytes, hooks: bytes) -> tuple[TensorForm, int]:
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
        width = _INT_WIDTH[numel[0]]
        has_view = numel[width:] == b"N"
        number = self._numbers[numel[:width]]
        form = TensorForm(self._rebuild, kind, number, has_view, hooks[0] == 0x88)
        found = self._forms[names + place + hooks] = form, names[-1]
        return found

    def _get(self, run: bytes) -> object:
        if run not in self._got:
            self._got[run] = self._memo[_slot(run)]
        return self._got[run]


def _get_width(run: bytes) -> int:
    return 2 if run[0] == 0x68 else 5


def _slot(run: bytes) -> int:
    return int.from_bytes(run[1:], "little")


def _split(run: bytes) -> list[bytes]:
    """Split BININT1, BININT2 and BININT between an optional MARK and the tuple opcode."""
    numbers = []
    pos = 1 if run[:1] == b"(" else 0
    while pos < len(run) - 1:
        width = _INT_WIDTH[run[pos]]
        numbers.append(run[pos : pos + width])
        pos += width
    return numbers
