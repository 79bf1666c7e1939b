"""The run of opcodes that torch.save writes for a tensor, taken in one step.

A state_dict's pickle is the same thirty opcodes again and again. One compiled pattern for the whole
run makes a file of 100,000 tensors open three times faster than opcode by opcode; whatever does not
match is left to the pickle machine, with the same result.
"""

from __future__ import annotations

import re

from inspector.formats.inert import Global, OpaqueObject, PersistentId

_PUT = rb"(q.|r.{4})"
_GET = rb"(h.|j.{4})"
_INT = rb"(?:K.|M..|J.{4})"
_SIZES = rb"(?:\)|(\(" + _INT + rb"{4,64}t|" + _INT + rb"\x85|" + _INT + rb"{2}\x86|"
_SIZES += _INT + rb"{3}\x87)" + _PUT + b")"
# What torch.save writes for a tensor once the names it needs are in the memo. Taking the run of
# about thirty opcodes in one step makes a file of 100,000 tensors three times faster to open.
#   ( ( 'storage' Type X <key> PUT location numel [N] t PUT Q offset sizes strides requires_grad
#   OrderedDict ) R PUT t PUT R PUT
_TENSOR = re.compile(
    rb"\(\(" + _GET + _GET + rb"X(.)\x00\x00\x00([0-9]{1,20})" + _PUT + _GET + b"(" + _INT + b")"
    rb"(N?)t" + _PUT + b"Q(" + _INT + b")" + _SIZES + _SIZES + rb"([\x88\x89])"
    + _GET + rb"\)R" + _PUT + b"t" + _PUT + b"R" + _PUT,
    re.DOTALL,
)  # fmt: skip


class TensorRuns:
    """Takes tensor runs out of one pickle, storing in its memo all that the run stores."""

    def __init__(self, data: bytes, memo: dict[int, object]) -> None:
        self._data = data
        self._memo = memo
        self._tuples: dict[bytes, tuple[int, ...]] = {}

    def take(self, rebuild: Global, pos: int) -> tuple[OpaqueObject, int] | None:
        """Return the tensor whose run begins at `pos` and the position after it, None if none does.

        `rebuild` is the callable that stands before the run. Raises KeyError like the machine for
        a memo slot that was never filled.
        """
        match = _TENSOR.match(self._data, pos)
        if match is None:
            return None
        (word, kind, length, key, put_key, location, numel, view, put_pid, offset,
         shape, put_shape, stride, put_stride,
         grad, hooks, put_hooks, put_args, put_result) = match.groups()  # fmt: skip
        memo = self._memo
        if length[0] != len(key):
            return None
        name = key.decode("ascii")
        memo[_slot(put_key)] = name
        parts = (memo[_slot(word)], memo[_slot(kind)], name, memo[_slot(location)], _int(numel))
        pid = (*parts, None) if view else parts
        memo[_slot(put_pid)] = pid
        sizes, strides = self._sizes(shape, put_shape), self._sizes(stride, put_stride)
        hook = OpaqueObject(memo[_slot(hooks)], ())
        memo[_slot(put_hooks)] = hook
        args = (PersistentId(pid), _int(offset), sizes, strides, grad == b"\x88", hook)
        memo[_slot(put_args)] = args
        result = OpaqueObject(rebuild, args)
        memo[_slot(put_result)] = result
        return result, match.end()

    def _sizes(self, body: bytes | None, put: bytes | None) -> tuple[int, ...]:
        """Return the tuple of ints that `body` builds, memoized in the slot of `put`."""
        if body is None or put is None:
            return ()
        sizes = self._tuples.get(body)
        if sizes is None:
            sizes = self._tuples[body] = _ints(body)
        # Two equal tuples may be one object here: they are immutable, so nobody can tell.
        self._memo[_slot(put)] = sizes
        return sizes


def _slot(run: bytes) -> int:
    return run[1] if len(run) == 2 else int.from_bytes(run[1:], "little")


def _int(run: bytes) -> int:
    return run[1] if len(run) == 2 else int.from_bytes(run[1:], "little", signed=len(run) == 5)


def _ints(body: bytes) -> tuple[int, ...]:
    """Return the ints of a run of BININT1, BININT2 and BININT between an optional MARK and the
    tuple opcode."""
    numbers = []
    pos = 1 if body[0] == 0x28 else 0
    while pos < len(body) - 1:
        width = {0x4B: 2, 0x4D: 3, 0x4A: 5}[body[pos]]
        numbers.append(_int(body[pos : pos + width]))
        pos += width
    return tuple(numbers)
