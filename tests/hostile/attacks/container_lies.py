"""TorchScript and tar archives that lie, and containers in the wrong place."""

from __future__ import annotations

import io
import struct
import tarfile
from pathlib import Path

from tests.hostile import opcodes as op
from tests.hostile.archives import WEIGHTS, Entry, beside, good_pickle, zip_bytes
from tests.hostile.attack import harmless, inert, refused, refuses_bytes, write
from tests.hostile.attacks.code_in_pickle import touch

CODE = b'class Net(Module):\n  __parameters__ = ["w", ]\n  __buffers__ = []\n  w : Tensor\n'


def script(
    pickle: bytes = b"", code: bytes = CODE, constants: bytes = b"", data: bytes = WEIGHTS
) -> bytes:
    """Return a TorchScript archive of one module with one parameter."""
    net = op.name("__torch__", "Net") + op.EMPTY_TUPLE + op.NEWOBJ
    state = op.dict_of(("w", op.tensor()), ("training", op.TRUE))
    return zip_bytes(
        [
            Entry("net/data.pkl", pickle or op.pickled(net + state + op.BUILD)),
            Entry("net/code/__torch__.py", code),
            Entry("net/data/0", data),
            Entry("net/constants.pkl", constants or op.pickled(op.EMPTY_TUPLE)),
            Entry("net/version", b"3\n"),
        ]
    )


@inert("w")
def script_that_is_good(folder: Path) -> Path:
    return write(folder / "net.pt", script())


@inert("w")
def script_whose_code_is_python(folder: Path) -> Path:
    code = b"import os\nos.system('touch CANARY')\n" + CODE
    return write(folder / "net.pt", script(code=code))


@harmless()
def script_whose_pickle_calls(folder: Path) -> Path:
    return write(folder / "net.pt", script(op.pickled(touch(folder) + op.POP + beside())))


@harmless()
def script_whose_constants_call(folder: Path) -> Path:
    return write(folder / "net.pt", script(constants=op.pickled(touch(folder))))


@harmless()
def script_whose_code_is_huge(folder: Path) -> Path:
    return write(folder / "net.pt", script(code=CODE + b"# x\n" * 500_000))


@harmless()
def script_whose_code_is_no_utf8(folder: Path) -> Path:
    return write(folder / "net.pt", script(code=b"\xff\xfe" + CODE))


@harmless()
def script_whose_code_backtracks(folder: Path) -> Path:
    return write(folder / "net.pt", script(code=CODE + b"class " + b"(" * 50_000))


@refused()
def script_whose_pickle_is_damaged(folder: Path) -> Path:
    return write(folder / "net.pt", script(op.pickled(op.TUPLE3)))


@harmless()
def script_whose_constants_are_damaged(folder: Path) -> Path:
    return write(folder / "net.pt", script(constants=b"\x80\x02rubbish"))


@refused()
def script_whose_record_is_short(folder: Path) -> Path:
    return write(folder / "net.pt", script(data=WEIGHTS[:-4]))


@harmless()
def script_of_a_module_that_holds_itself(folder: Path) -> Path:
    net = op.name("__torch__", "Net") + op.EMPTY_TUPLE + op.NEWOBJ + op.put(3)
    state = op.dict_of(("w", op.tensor()), ("again", op.get(3)))
    return write(folder / "net.pt", script(op.pickled(net + state + op.BUILD)))


def tar(
    storages: bytes | None = None, tensors: bytes | None = None, body: bytes | None = None
) -> bytes:
    """Return a file of the oldest form with one tensor "w", the members given replaced."""
    place = op.tuple_of(op.number(10), op.text("cpu"), op.name("torch", "FloatStorage"))
    good_storages = (
        op.pickled(op.number(1)) + op.pickled(place) + struct.pack("<q", 6) + WEIGHTS
        + op.pickled(op.EMPTY_LIST)
    )  # fmt: skip
    entry = op.tuple_of(op.number(20), op.number(10), op.name("torch", "FloatTensor"))
    good_tensors = (
        op.pickled(op.number(1)) + op.pickled(entry)
        + struct.pack("<i4x2q2qq", 2, 2, 3, 3, 1, 0)
    )  # fmt: skip
    good_body = op.pickled(op.dict_of(("w", op.text("20") + op.BINPERSID)))
    members = {
        "storages": good_storages if storages is None else storages,
        "tensors": good_tensors if tensors is None else tensors,
        "pickle": good_body if body is None else body,
    }
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@inert("w")
def tar_that_is_good(folder: Path) -> Path:
    return write(folder / "ancient.pt", tar())


def _tar_lies() -> dict[str, bytes]:
    """Return tar files that must be refused."""
    entry = op.pickled(op.number(1)) + op.pickled(
        op.tuple_of(op.number(20), op.number(10), op.name("torch", "FloatTensor"))
    )
    place = op.pickled(op.number(1)) + op.pickled(
        op.tuple_of(op.number(10), op.text("cpu"), op.name("torch", "FloatStorage"))
    )
    end = op.pickled(op.EMPTY_LIST)
    return {
        "tar_tensor_outside_its_storage": tar(
            tensors=entry + struct.pack("<i4x2q2qq", 2, 2, 4, 4, 1, 0)
        ),
        "tar_tensor_of_negative_size": tar(
            tensors=entry + struct.pack("<i4x2q2qq", 2, -2, 3, 3, 1, 0)
        ),
        "tar_tensor_of_negative_offset": tar(
            tensors=entry + struct.pack("<i4x2q2qq", 2, 2, 3, 3, 1, -1)
        ),
        "tar_tensor_of_2_to_the_31_dimensions": tar(
            tensors=entry + struct.pack("<i4x", (1 << 31) - 1)
        ),
        "tar_tensor_of_minus_one_dimension": tar(tensors=entry + struct.pack("<i4x", -1)),
        "tar_tensor_cut": tar(tensors=entry + struct.pack("<i4xq", 2, 2)),
        "tar_storage_of_2_to_the_60": tar(
            storages=place + struct.pack("<q", 1 << 60) + WEIGHTS + end
        ),
        "tar_storage_of_negative_count": tar(
            storages=place + struct.pack("<q", -6) + WEIGHTS + end
        ),
        "tar_storage_cut": tar(storages=place + struct.pack("<q", 6) + WEIGHTS[:10]),
        "tar_count_of_a_billion": tar(storages=op.pickled(op.number(1_000_000_000))),
        "tar_count_is_a_text": tar(tensors=op.pickled(op.text("1"))),
        "tar_without_its_pickle": tar(body=b""),
        "tar_cut_short": tar()[:1600],
    }


for _name, _data in _tar_lies().items():
    refuses_bytes(_name, "ancient.pt", _data)


@harmless(live=True)
def tar_whose_pickle_calls(folder: Path) -> Path:
    return write(folder / "ancient.pt", tar(body=op.pickled(touch(folder))))


@harmless(live=True)
def tar_whose_storages_call(folder: Path) -> Path:
    return write(folder / "ancient.pt", tar(storages=op.pickled(touch(folder))))


@harmless()
def tar_with_a_link_as_a_member(folder: Path) -> Path:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:", format=tarfile.USTAR_FORMAT) as archive:
        for name in ("storages", "tensors", "pickle"):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(info)
    return write(folder / "ancient.pt", out.getvalue())


@harmless()
def tar_with_members_that_climb(folder: Path) -> Path:
    out = io.BytesIO(tar())
    with tarfile.open(fileobj=out, mode="a:") as archive:
        info = tarfile.TarInfo("../../CANARY")
        archive.addfile(info)
    return write(folder / "ancient.pt", out.getvalue())


@refused()
def data_pkl_saved_by_itself(folder: Path) -> Path:
    """Somebody unpacked the checkpoint: the pickle without its storages."""
    return write(folder / "data.pkl", good_pickle())
