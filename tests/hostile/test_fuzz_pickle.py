"""The pickle machine: any bytes give a tree or an error in words; the fast path changes nothing."""

from __future__ import annotations

import io
import pickle  # noqa: TID251 - the reference, for pickles that call nothing
from typing import Any

import pytest
from hypothesis import strategies as st

from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.types import Storage, Tensor, Value
from inspector.formats import pickle_machine, pickle_opcodes, tensor_run, torch_objects
from inspector.formats.inert import (
    Global,
    OpaqueObject,
    PersistentId,
    PickledDict,
    PickledSet,
)
from inspector.formats.torch_objects import contents_of
from tests.builders import numbers, torch
from tests.builders.containers import records_of
from tests.builders.registry import built
from tests.hostile import opcodes as op
from tests.hostile.fuzzing import fuzz

LIMITS = Limits(opcodes=200_000, nodes=20_000, stack=50_000, memo=50_000)

# -- generators ------------------------------------------------------------------------------------

_scalars = st.one_of(
    st.just(op.NONE),
    st.just(op.TRUE),
    st.integers(-(1 << 70), 1 << 70).map(op.number),
    st.text(max_size=5).map(op.text),
    st.binary(max_size=5).map(op.raw),
    st.just(op.name("torch._utils", "_rebuild_tensor_v2")),
    st.just(op.name("torch", "FloatStorage")),
    st.just(op.name("collections", "OrderedDict")),
    st.just(op.name("os", "system")),
    st.just(op.EMPTY_TUPLE),
    st.just(op.EMPTY_SET),
)
_things = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: op.tuple_of(*items)),
        st.lists(inner, max_size=4).map(lambda items: op.list_of(*items)),
        st.lists(st.tuples(inner, inner), max_size=3).map(lambda pairs: op.dict_of(*pairs)),
        st.tuples(inner, st.lists(inner, max_size=3)).map(lambda t: op.call(t[0], *t[1])),
        st.tuples(inner, inner).map(lambda t: t[0] + t[1] + op.BUILD),
        inner.map(lambda thing: thing + op.BINPERSID),
        st.tuples(inner, st.integers(0, 5)).map(lambda t: t[0] + op.put(t[1])),
        st.builds(
            op.tensor,
            offset=st.integers(-1, 7),
            size=st.lists(st.integers(-1, 4), max_size=3).map(tuple),
            stride=st.lists(st.integers(-1, 4), max_size=3).map(tuple),
        ),
    ),
    max_leaves=20,
)
_opcodes = st.lists(
    st.one_of(
        _scalars,
        st.integers(0, 5).map(op.get),
        st.integers(0, 5).map(op.put),
        st.sampled_from(
            [bytes([byte]) for byte in b"(.0120RbtlduseaQo}])\x81\x85\x86\x87\x90\x91\x92\x93\x94"]
        ),
    ),
    max_size=40,
).map(b"".join)
_mutations = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True), st.integers(0, 2), st.binary(min_size=1, max_size=4)
    ),
    max_size=3,
)


def mutated(data: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    """Overwrite, insert or delete a few bytes, each at a fraction of the length."""
    out = bytearray(data)
    for place, kind, new in changes:
        at = int(place * len(out))
        if kind == 0:
            out[at : at + len(new)] = new
        elif kind == 1:
            out[at:at] = new
        else:
            del out[at : at + len(new)]
    return bytes(out)


# -- what must hold --------------------------------------------------------------------------------


def opened(data: bytes) -> list[Tensor | Value] | str:
    """Read a pickle and list what it holds; an error becomes its text."""

    def make_storage(key: str, location: str, numel: int, itemsize: int, view: object) -> Storage:
        return Storage(key, location, numel * itemsize, None)

    try:
        root = pickle_machine.run(data, LIMITS, CancelToken()).root
        return contents_of(root, make_storage, LIMITS, CancelToken()).entries
    except CheckpointError as error:
        assert str(error)
        return str(error)


def rows(entries: list[Tensor | Value] | str) -> object:
    """Return a listing as plain data that can be compared."""
    if isinstance(entries, str):
        return entries
    return [
        (e.path, e.key, e.dtype, e.shape, e.stride, e.storage_offset, e.storage and e.storage.key)
        if isinstance(e, Tensor)
        else (e.path, e.key, e.type_name, repr(e.value))
        for e in entries
    ]


def without_fast_path(data: bytes) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tensor_run.TensorRuns, "take", lambda *_: 0)
        patch.setattr(pickle_opcodes.Opcodes, "versions", lambda _, pos: pos)
        patch.setattr(torch_objects, "_usual_versions", lambda _: None)
        return rows(opened(data))


@fuzz(300, data=st.binary(max_size=200))
def test_fuzz_any_bytes(data: bytes) -> None:
    opened(data)


@fuzz(300, body=_opcodes)
def test_fuzz_any_opcodes(body: bytes) -> None:
    opened(op.pickled(body))


@fuzz(300, body=_things, changes=_mutations)
def test_fuzz_well_formed_things_and_mutations(body: bytes, changes: Any) -> None:
    data = op.pickled(body)
    opened(data)
    opened(mutated(data, changes))


def _state_pickle() -> bytes:
    """Return data.pkl of a state dict, with its memo slots and runs as torch writes them."""
    return next(data for name, data in records_of(built("tied_weights").path) if "pkl" in name)


def _large_pickle() -> bytes:
    stream = io.BytesIO()
    state = {f"layer{n}.w": numbers(n % 3 + 1, 2) for n in range(60)}
    model = torch.nn.Sequential(*(torch.nn.Linear(1, 1) for _ in range(9))).state_dict()
    torch.save({"state": state, "again": state["layer3.w"], "model": model, "n": 1}, stream)
    stream.seek(0)
    return next(data for name, data in records_of(stream) if "pkl" in name)


_pickles: dict[str, bytes] = {}


def _seed_pickle(which: str) -> bytes:
    if which not in _pickles:
        _pickles[which] = _state_pickle() if which == "small" else _large_pickle()
    return _pickles[which]


@fuzz(400, which=st.sampled_from(["small", "large"]), changes=_mutations)
def test_fuzz_the_fast_path_changes_nothing(which: str, changes: Any) -> None:
    data = mutated(_seed_pickle(which), changes)
    fast, slow = rows(opened(data)), without_fast_path(data)
    if isinstance(fast, str) and isinstance(slow, str):
        return  # both refuse; the opcode they stumble on may differ
    assert fast == slow


@pytest.mark.parametrize("name", ["X{}", "{}rrrrrh\3((", "{}X\1\0\0\0r", "ü{}", "{}" + 250 * "w"])
def test_names_that_look_like_opcodes_change_nothing(name: str) -> None:
    stream = io.BytesIO()
    state = {name.format(n): numbers(n % 2 + 1, 88) for n in range(120)}
    torch.save(state, stream)
    stream.seek(0)
    data = next(data for name, data in records_of(stream) if "pkl" in name)
    assert rows(opened(data)) == without_fast_path(data)
    assert [tensor.key for tensor in opened(data)] == list(state)  # type: ignore[union-attr]


@fuzz(300, cuts=st.tuples(st.floats(0, 1), st.floats(0, 1)), to=st.floats(0, 1))
def test_fuzz_moved_stretches_of_a_real_pickle(cuts: tuple[float, float], to: float) -> None:
    """A stretch of tensor runs moved elsewhere: memo slots are used before or after their time."""
    data = _seed_pickle("large")
    start, end = sorted(int(cut * len(data)) for cut in cuts)
    piece, rest = data[start:end], data[:start] + data[end:]
    at = int(to * len(rest))
    moved = rest[:at] + piece + rest[at:]
    fast, slow = rows(opened(moved)), without_fast_path(moved)
    assert (isinstance(fast, str) and isinstance(slow, str)) or fast == slow


_plain = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.binary()
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.lists(inner, max_size=5).map(tuple),
        st.dictionaries(st.one_of(st.text(), st.integers()), inner, max_size=5),
    ),
    max_leaves=30,
)


@fuzz(300, thing=_plain, protocol=st.integers(0, 5))
def test_fuzz_plain_data_reads_as_python_reads_it(thing: Any, protocol: int) -> None:
    data = pickle.dumps(thing, protocol)
    assert as_python(pickle_machine.run(data, LIMITS, CancelToken()).root) == thing


def as_python(found: object) -> object:
    """Turn the machine's records back into Python objects, for plain data only."""
    if isinstance(found, list):
        return [as_python(item) for item in found]
    if isinstance(found, tuple):
        return tuple(as_python(item) for item in found)
    if isinstance(found, PickledDict):
        return {as_python(key): as_python(value) for key, value in found.pairs}
    if isinstance(found, OpaqueObject):  # bytes of protocols 0 to 2
        if found.dotted == "_codecs.encode":
            text = found.args[0]
            assert isinstance(text, str)
            return text.encode("latin-1")
        assert found.dotted == "builtins.bytes", found.dotted
        return b""
    assert not isinstance(found, (Global, PersistentId, PickledSet))
    return found
