"""The run of opcodes that torch.save writes for a tensor, taken in one step.

A state_dict's pickle is the same thirty opcodes again and again. One compiled pattern for the whole
run makes a large file open several times faster than opcode by opcode; whatever does not match is
left to the pickle machine, with the same result.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache, lru_cache
from operator import itemgetter

from inspector.formats.inert import (
    Global,
    OpaqueObject,
    StorageKind,
    TensorCall,
    TensorForm,
)

# As the engine likes it: dots instead of counts, what is frequent first.
_GET = rb"(?:h.|j....)"
_PUT = rb"(?:q.|r....)"
_INT = rb"(?:K.|M..|J....)"
_SIZES = b"(" + _INT + rb"(?:\x85|" + _INT + rb"(?:\x86|" + _INT + rb"\x87))"
_SIZES += rb"|\((?:" + _INT + rb"){4,64}t)"


@cache
def _pattern() -> re.Pattern[bytes]:
    """Return the pattern of one tensor and of the next dict key.

    ( ( 'storage' Type X <key> PUT location numel [N] t PUT Q offset sizes PUT strides PUT
    requires_grad OrderedDict ) R PUT t PUT R PUT  [X <name> PUT rebuild]
    """
    sizes = rb"(?:\)|" + _SIZES + _PUT + b")"
    return re.compile(
        rb"\(\((" + _GET + _GET + rb"X.)\x00\x00\x00([0-9]{1,20})"
        + b"(" + _PUT + b"(" + _GET + _INT + b"N?)t" + _PUT + b"Q(" + _INT + b")" + sizes + sizes
        + rb"([\x88\x89]" + _GET + rb")\)R" + _PUT + b"t" + _PUT + b"R" + _PUT + b")"
        + rb"(?:X(.)\x00\x00\x00([\x20-\x7e]{1,255})(" + _PUT + _GET + rb")(?=\())?",
        re.DOTALL,
    )  # fmt: skip


@cache
def _cut() -> re.Pattern[bytes]:
    """Return a pattern that finds the two keys in a run and the dict key after it, twice as fast,
    for what lies around them is known already and only compared.

    Memo slots take four bytes. A byte that happens to be X is left to the longer pattern.
    """
    return re.compile(
        rb"(\(\([^X]{4,10}X)(.)\x00\x00\x00([0-9]{1,20})([^X]{1,999}X)(.)\x00\x00\x00"
        rb"([^\x00]{1,300})(r....h.)(?=\(\()",
        re.DOTALL,
    )


WORTH_PATTERN = 8 << 10
"""Bytes of a pickle, some 85 tensors, from which on the pattern saves more than it takes to compile
it (1 ms); what is compiled already serves smaller ones, too."""
_WIDE_FROM = 248
"""The slot from which on a run is taken for one that fills slots of four bytes, up to slot 255 in
vain."""
_NOTHING: tuple[int, dict[int, _Known]] = 0, {}
_LAST_SLOT = 1 << 31
"""Runs beyond it are taken opcode by opcode: their slots may not fit into four bytes."""
_INT_WIDTH = {0x4B: 2, 0x4D: 3, 0x4A: 5}


class Memo(dict[int, object]):
    """The pickle's memo; what a tensor run stored is looked up only when it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.next = 0  # the slot after the highest one that is filled
        # First slot, the tensor, the dict key that follows it.
        self.runs: list[tuple[int, TensorCall, str]] = []
        self.in_runs = 0  # slots that the runs filled

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


@lru_cache(256)
def _slots(
    width: int,
    head: int,
    place: int,
    offset: int,
    sizes: int,
    strides: int,
    hooks: int,
    named: bool,
) -> tuple[int, int, int, int]:
    """Return where a run with parts of these lengths fills memo slots: (ones, mask, puts, count).

    All in one little-endian number: a one at each slot; all bits of the opcodes that fill them;
    these opcodes with the slots 0, 1, 2, ...
    """
    put = b"q" if width == 2 else b"r"
    before = [head, place + 1]
    gap = 1 + offset
    for length in (sizes, strides):
        if length:
            before.append(gap + length)
            gap = 0
        else:
            gap += 1
    before += [gap + hooks + 2, 1, 1, *[1] * named]
    ones = mask = puts = at = 0
    for slot, gap in enumerate(before):
        at += 8 * gap
        ones |= 1 << at + 8
        mask |= ((1 << 8 * width) - 1) << at
        puts |= (put[0] | slot << 8) << at
        at += 8 * width
    return ones, mask, puts, len(before)


_Known = tuple[TensorForm, int, int]
"""What a run says: its form, where `_cut` must find the length of the storage's key, how many memo
slots it fills."""
_Run = tuple[_Known, bytes, bytes, int]
"""What is known of a run, the storage's key, the name that follows (none: empty), where it ends."""


class TensorRuns:
    """Takes tensor runs out of one pickle, storing in its memo all that a run stores.

    Runs differ in the storage's key, the dict key that follows, and the memo slots, which count on.
    The rest is the same for many: all of a run but the two keys and their lengths, read as one
    little-endian number, is `first * ones + rest`, where `first` is its first slot and `ones` has a
    one where slots are.
    """

    def __init__(self, data: bytes, memo: Memo) -> None:
        self._data = data
        self._memo = memo
        self._sizes: dict[bytes, tuple[int, ...]] = {b"": ()}
        self._kinds: dict[bytes, StorageKind] = {}
        # `ones` and the runs by `rest`, for each length; negative where slots take one byte.
        self._known: dict[int, tuple[int, dict[int, _Known]]] = {}
        self._rebuild: Global | None = None
        self._get = b""

    def forget(self) -> None:
        """Forget what memo slots held: one of them was filled anew."""
        self._kinds.clear()
        self._known.clear()

    def take(self, rebuild: Global, get: bytes, pos: int, stack: list[object]) -> int:
        """Push the tensors whose runs begin at `pos`, with the dict keys between them.

        `rebuild` is the callable that stands before the first run, `get` the opcode that got it.
        Returns the position after the last run, 0 if none begins here. Raises KeyError like the
        machine for a memo slot that was never filled. One loop on purpose: it is what opening a
        large file consists of.
        """
        data, memo, known = self._data, self._memo, self._known
        if len(data) < WORTH_PATTERN and not _pattern.cache_info().currsize:
            return 0
        if memo.next > _LAST_SLOT:
            return 0
        if rebuild is not self._rebuild or get != self._get:
            self.forget()
            self._rebuild, self._get = rebuild, get
        from_bytes, push, store = int.from_bytes, stack.append, memo.runs.append
        cut_at = _cut().match
        first = memo.next
        after = 0
        while True:
            found = None
            if first >= _WIDE_FROM and (cut := cut_at(data, pos)):
                names, key_length, key, tail, name_length, name, onward = cut.groups()
                same = names + tail + onward
                ones, runs = known.get(len(same), _NOTHING)
                found = runs.get(from_bytes(same, "little") - first * ones)
                if found and (
                    found[1] != len(names)
                    or key_length[0] != len(key)
                    or name_length[0] != len(name)
                    or not name.isascii()
                ):
                    found = None
                end = cut.end() - 2
            if found is None:
                run = self._matched(pos, first)
                if run is None:
                    break
                found, key, name, end = run
            form, _, slots = found
            call = TensorCall(form, key.decode())
            string = name.decode()
            push(call)
            store((first, call, string))
            first += slots
            after = end
            if not string:
                break
            push(string)
            pos = end + len(get)
        memo.in_runs += first - memo.next
        memo.next = first
        return after

    def _matched(self, pos: int, first: int) -> _Run | None:
        """Return the run at `pos` by its pattern, None where there is none that is whole and fills
        the slots from `first` on."""
        match = _pattern().match(self._data, pos)
        if match is None:
            return None
        names, key, tail, place, offset, sizes, strides, hooks, name_length, name, onward = (
            match.groups(b"")
        )
        if names[-1] != len(key) or (name_length and name_length[0] != len(name)):
            return None
        width = 2 if first < _WIDE_FROM else 5
        head = b"((" + names[:-1]
        if onward[width:] == self._get:
            same, end = head + tail + b"X" + onward, match.end() - len(self._get)
        else:
            same, end, name = head + tail, match.end(3), b""
        ones, mask, puts, count = _slots(
            width, len(head), len(place), len(offset), len(sizes), len(strides), len(hooks),
            bool(name),
        )  # fmt: skip
        rest = int.from_bytes(same, "little") - first * ones
        if rest & mask != puts:
            return None
        length = len(same) if width == 5 else -len(same)
        known = self._known.get(length)
        if known is None or known[0] != ones:
            known = self._known[length] = ones, {}
        found = known[1].get(rest)
        if found is None:
            form = self._form(names[:-1], place, offset, sizes, strides, hooks)
            # A run without a name is none that `_cut` finds.
            cuttable = name and len(self._get) == 2
            found = known[1][rest] = form, len(head) if cuttable else 0, count
        return found, key, name, end

    def _form(
        self, names: bytes, place: bytes, offset: bytes, sizes: bytes, strides: bytes, hooks: bytes
    ) -> TensorForm:
        """Return what the opcodes around a storage's key say.

        `names` gets 'storage' and the type, `place` gets the location and pushes numel (and None
        for "no view"), `hooks` pushes requires_grad and gets OrderedDict.
        """
        middle = _get_width(names)
        location = place[: _get_width(place)]
        token = names + location + hooks[1:]
        kind = self._kinds.get(token)
        if kind is None:
            memo = self._memo
            kind = self._kinds[token] = StorageKind(
                memo[_slot(names[:middle])],
                memo[_slot(names[middle:-1])],
                memo[_slot(location)],
                # One record for all: hooks are empty, and nothing looks at them.
                OpaqueObject(memo[_slot(hooks[1:])], ()),
            )
        numel = place[len(location) :]
        width = _INT_WIDTH[numel[0]]
        has_view = numel[width:] == b"N"
        return TensorForm(
            self._rebuild, kind, _number(numel[:width]), has_view, _number(offset),
            self._tuple(sizes), self._tuple(strides), hooks[0] == 0x88,
        )  # fmt: skip

    def _tuple(self, run: bytes) -> tuple[int, ...]:
        """Return sizes or strides. Equal ones are one object: nobody can tell."""
        known = self._sizes.get(run)
        if known is None:
            known = self._sizes[run] = _numbers(run)
        return known


def _get_width(run: bytes) -> int:
    return 2 if run[0] == 0x68 else 5


def _slot(run: bytes) -> int:
    return int.from_bytes(run[1:], "little")


def _number(run: bytes) -> int:
    """Return what BININT1, BININT2 or BININT pushes."""
    return int.from_bytes(run[1:], "little", signed=run[0] == 0x4A)


def _numbers(run: bytes) -> tuple[int, ...]:
    """Return what BININT1, BININT2 and BININT push between an optional MARK and what ends the run,
    a tuple opcode or nothing."""
    numbers = []
    pos = 1 if run[:1] == b"(" else 0
    while pos < len(run) - 1:
        if run[pos] == 0x4B:
            numbers.append(run[pos + 1])
            pos += 2
        elif run[pos] == 0x4D:
            numbers.append(run[pos + 1] | run[pos + 2] << 8)
            pos += 3
        else:
            numbers.append(int.from_bytes(run[pos + 1 : pos + 5], "little", signed=True))
            pos += 5
    return tuple(numbers)
