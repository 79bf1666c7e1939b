"""References to storages that are not of torch's form."""

from __future__ import annotations

from pathlib import Path

from tests.hostile import opcodes as op
from tests.hostile.archives import WEIGHTS, beside, checkpoint, checkpoint_bytes, parts, zip_bytes
from tests.hostile.attack import harmless, inert, refused, refuses_bytes, write

FLOAT = op.name("torch", "FloatStorage")


def pid(*items: bytes) -> bytes:
    return op.tuple_of(*items) + op.BINPERSID


def _bad_ids() -> dict[str, bytes]:
    """Return references that no tensor can be built of."""
    word, key, cpu, six = op.text("storage"), op.text("0"), op.text("cpu"), op.number(6)
    return {
        "pid_empty_tuple": pid(),
        "pid_too_short": pid(word, FLOAT, key, cpu),
        "pid_too_long": pid(word, FLOAT, key, cpu, six, op.NONE, op.NONE),
        "pid_of_another_word": pid(op.text("module"), FLOAT, key, cpu, six),
        "pid_word_is_an_int": pid(op.number(1), FLOAT, key, cpu, six),
        "pid_type_is_a_text": pid(word, op.text("FloatStorage"), key, cpu, six),
        "pid_type_is_unknown": pid(word, op.name("torch", "EvilStorage"), key, cpu, six),
        "pid_type_is_a_call": pid(word, op.call(op.name("os", "system")), key, cpu, six),
        "pid_key_is_none": pid(word, FLOAT, op.NONE, cpu, six),
        "pid_key_is_a_list": pid(word, FLOAT, op.EMPTY_LIST, cpu, six),
        "pid_location_is_none": pid(word, FLOAT, key, op.NONE, six),
        "pid_location_is_an_int": pid(word, FLOAT, key, op.number(1), six),
        "pid_count_is_a_text": pid(word, FLOAT, key, cpu, op.text("6")),
        "pid_count_is_negative": pid(word, FLOAT, key, cpu, op.number(-6)),
        "pid_count_is_a_bool": pid(word, FLOAT, key, cpu, op.TRUE),
        "pid_count_is_2_to_the_63": pid(word, FLOAT, key, cpu, op.number(1 << 63)),
        "pid_count_is_2_to_the_62": pid(word, FLOAT, key, cpu, op.number(1 << 62)),
        "pid_count_is_a_list": pid(word, FLOAT, key, cpu, op.EMPTY_LIST),
        "pid_is_a_text": op.text("0") + op.BINPERSID,
        "pid_is_none": op.NONE + op.BINPERSID,
        "pid_is_a_dict": op.EMPTY_DICT + op.BINPERSID,
        "pid_of_a_line": b"P0\n",
        "pid_of_an_empty_line": b"P\n",
        "pid_key_is_missing_in_the_archive": pid(word, FLOAT, op.text("77"), cpu, six),
        "pid_key_climbs": pid(word, FLOAT, op.text("../version"), cpu, op.number(2)),
        "pid_key_is_absolute": pid(word, FLOAT, op.text("/etc/passwd"), cpu, six),
        "pid_key_is_empty": pid(word, FLOAT, op.text(""), cpu, six),
        "pid_in_a_pid": pid(word, FLOAT, op.storage(), cpu, six),
        "pid_view_in_a_zip": pid(
            word, FLOAT, key, cpu, six, op.tuple_of(op.text("1"), op.number(0), op.number(2))
        ),
        "a_tensor_without_a_storage": op.number(0),
        "a_tensor_over_a_dict": op.EMPTY_DICT,
    }


for _name, _storage in _bad_ids().items():
    _body = op.dict_of(("w", op.tensor(_storage)))
    refuses_bytes(_name, "model.pt", checkpoint_bytes(_body), "storage", "w")


@refused("storage", "contradict")
def one_key_with_two_locations(folder: Path) -> Path:
    other = op.tensor(op.storage(location="cuda:0"))
    return checkpoint(folder, beside(("x", other)))


@refused("storage", "contradict")
def one_key_with_two_sizes(folder: Path) -> Path:
    other = op.tensor(op.storage(count=4), size=(4,), stride=(1,))
    return checkpoint(folder, beside(("x", other)))


@refused("storage", "contradict")
def one_key_with_two_types(folder: Path) -> Path:
    other = op.tensor(op.storage(kind="IntStorage"))
    return checkpoint(folder, beside(("x", other)))


@refused("storage", "record", "contradict")
def one_key_as_float_and_as_double(folder: Path) -> Path:
    other = op.tensor(op.storage(kind="DoubleStorage", count=3), size=(3,), stride=(1,))
    return checkpoint(folder, beside(("x", other)))


@harmless()
def a_key_as_text_and_as_int(folder: Path) -> Path:
    whole = pid(op.text("storage"), FLOAT, op.number(0), op.text("cpu"), op.number(6))
    return checkpoint(folder, beside(("x", op.tensor(whole))))


@inert("w")
def locations_that_no_torch_knows(folder: Path) -> Path:
    odd = ("cuda0", "gpu", "", "\x1b[31mcuda:0", "cpu:" + "9" * 500, "<b>cpu</b>", "\u202e0:aduc")
    tensors = [
        (f"x{n}", op.tensor(op.storage(str(n + 1), location=place))) for n, place in enumerate(odd)
    ]
    storages = {str(n): WEIGHTS for n in range(len(odd) + 1)}
    return checkpoint(folder, beside(*tensors), storages=storages)


@harmless()
def a_persistent_id_that_is_no_tensor(folder: Path) -> Path:
    return checkpoint(folder, beside(("x", op.text("module") + op.TUPLE1 + op.BINPERSID)))


@harmless()
def the_whole_object_is_a_storage(folder: Path) -> Path:
    return checkpoint(folder, op.storage())


@refused("storage", "record")
def a_storage_record_in_a_deeper_folder(folder: Path) -> Path:
    entries = parts(op.pickled(beside()))
    entries[2].name = "model/data/x/0"
    return write(folder / "model.pt", zip_bytes(entries))
