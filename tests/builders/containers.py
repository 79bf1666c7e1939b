"""Odd but valid containers around ordinary state: re-zipped, legacy, tar, TorchScript."""

from __future__ import annotations

import io
import pickle  # noqa: TID251 - the oldest files are written by hand here
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from tests.builders.lazy_torch import torch
from tests.builders.oracle import Built, describe, numbers, observe, save, saved
from tests.builders.registry import valid
from tests.builders.state_dicts import small_state

Records = list[tuple[str, bytes]]


def records_of(path: Path | BinaryIO) -> Records:
    """Return (name, bytes) of a zip's entries in the order of the file."""
    with zipfile.ZipFile(path) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


def rezip(
    path: Path, records: Records, *, method: int = zipfile.ZIP_STORED, zip64: bool = False
) -> Path:
    """Write the records as Python's zipfile does: no alignment, no descriptors."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in records:
            with archive.open(name, "w", force_zip64=zip64) as entry:
                entry.write(data)
    return path


def edited(
    path: Path, edit: Callable[[str, bytes], tuple[str, bytes] | None], **options: Any
) -> Path:
    """Rewrite a zip in place, each record through `edit` (None drops it)."""
    found = [edit(name, data) for name, data in records_of(path)]
    return rezip(path, [record for record in found if record is not None], **options)


def _small(folder: Path, name: str = "model.pt") -> Path:
    return save(folder / name, small_state())


@valid
def rezipped_stored(folder: Path) -> Built:
    return observe(edited(_small(folder), lambda name, data: (name, data)))


@valid
def rezipped_deflated(folder: Path) -> Built:
    path = save(folder / "model.pt", {**small_state(), "zeros": torch.zeros(50, 40)})
    return observe(edited(path, lambda name, data: (name, data), method=zipfile.ZIP_DEFLATED))


@valid
def rezipped_with_zip64_headers(folder: Path) -> Built:
    return observe(edited(_small(folder), lambda name, data: (name, data), zip64=True))


@valid
def rezipped_pickle_last(folder: Path) -> Built:
    path = _small(folder)
    return observe(rezip(path, sorted(records_of(path), reverse=True)))


@valid
def rezipped_with_folder_entries(folder: Path) -> Built:
    path = _small(folder)
    return observe(rezip(path, [("model/", b""), ("model/data/", b""), *records_of(path)]))


@valid
def zip_written_to_a_pipe(folder: Path) -> Built:
    """Every entry with a data descriptor, 32-bit sizes, as a stream writer leaves them."""

    class Pipe(io.RawIOBase):
        def __init__(self, target: BinaryIO) -> None:
            self.target = target

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            return self.target.write(data)

    path = _small(folder)
    records = records_of(path)
    with path.open("wb") as stream, zipfile.ZipFile(Pipe(stream), "w") as archive:
        for name, data in records:
            archive.writestr(name, data)
    return observe(path)


@valid
def without_byteorder_record(folder: Path) -> Built:
    return observe(
        edited(
            _small(folder), lambda name, data: None if name.endswith("byteorder") else (name, data)
        )
    )


@valid
def with_nothing_but_pickle_data_and_version(folder: Path) -> Built:
    keep = ("data.pkl", "version")
    return observe(
        edited(
            _small(folder),
            lambda name, data: (name, data) if name.endswith(keep) or "/data/" in name else None,
        )
    )


@valid
def with_an_unknown_record(folder: Path) -> Built:
    path = _small(folder)
    return observe(rezip(path, [*records_of(path), ("model/extra/notes.txt", b"notes")]))


@valid
def root_folder_with_spaces(folder: Path) -> Built:
    return observe(
        edited(_small(folder), lambda name, data: ("a b (1)/" + name.partition("/")[2], data))
    )


@valid
def root_folder_in_another_script(folder: Path) -> Built:
    return observe(
        edited(_small(folder), lambda name, data: ("モデル/" + name.partition("/")[2], data))
    )


@valid
def big_endian(folder: Path) -> Built:
    """A file from a big-endian machine: its byteorder record says so, its floats are turned."""

    def turn(name: str, data: bytes) -> tuple[str, bytes]:
        if name.endswith("byteorder"):
            return name, b"big"
        if "/data/" in name:
            return name, struct.pack(
                f">{len(data) // 4}f", *struct.unpack(f"<{len(data) // 4}f", data)
            )
        return name, data

    return observe(edited(_small(folder), turn))


@valid
def without_checksums(folder: Path) -> Built:
    torch.serialization.set_crc32_options(False)
    try:
        return saved(folder / "model.pt", small_state())
    finally:
        torch.serialization.set_crc32_options(True)


@valid
def with_trailing_bytes(folder: Path) -> Built:
    path = _small(folder)
    path.write_bytes(path.read_bytes() + bytes(100))
    return observe(path)


@valid
def with_an_archive_comment(folder: Path) -> Built:
    path = edited(_small(folder), lambda name, data: (name, data))
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"made on a Tuesday"
    return observe(path)


@valid
def other_storage_alignment(folder: Path) -> Built:
    from torch.utils.serialization import config

    config.save.storage_alignment = 4096
    try:
        return saved(folder / "model.pt", small_state())
    finally:
        config.save.storage_alignment = 64


@valid
def old_cuda_storage_names(folder: Path) -> Built:
    """Before 1.6-ish, storages on a GPU had types of their own: torch.cuda.FloatStorage."""

    def rename(name: str, data: bytes) -> tuple[str, bytes]:
        old = data.replace(b"ctorch\nFloatStorage\n", b"ctorch.cuda\nFloatStorage\n")
        return name, old.replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")

    return observe(edited(_small(folder), rename))


@valid
def legacy_state(folder: Path) -> Built:
    return saved(folder / "old.pth", small_state(), _use_new_zipfile_serialization=False)


@valid
def legacy_with_protocol_4(folder: Path) -> Built:
    return saved(
        folder / "old4.pth",
        small_state(),
        _use_new_zipfile_serialization=False,
        pickle_protocol=4,
    )


@valid
def legacy_bare_tensor(folder: Path) -> Built:
    return saved(folder / "t.pt", numbers(3, 2), _use_new_zipfile_serialization=False)


@valid
def legacy_dtypes(folder: Path) -> Built:
    names = ("float64", "float16", "bfloat16", "int64", "int32", "int8", "uint8", "complex64")
    state = {name: torch.arange(5).to(getattr(torch, name)) for name in names}
    state["bool"] = torch.tensor([True, False])
    state["empty"] = torch.empty(0, 2)
    return saved(folder / "old.pth", state, _use_new_zipfile_serialization=False)


@valid
def legacy_without_tensors(folder: Path) -> Built:
    return saved(
        folder / "none.pth", {"epoch": 1}, _use_new_zipfile_serialization=False, values={"epoch": 1}
    )


@valid
def legacy_sparse_and_quantized(folder: Path) -> Built:
    state = {
        "sparse": torch.eye(3).to_sparse(),
        "quantized": torch.quantize_per_tensor(numbers(4), 0.5, 1, torch.qint8),
    }
    return saved(folder / "odd.pth", state, _use_new_zipfile_serialization=False)


class _Reference:
    """Stands for a tensor in the tar form's pickle."""

    def __init__(self, key: str) -> None:
        self.key = key


class _TarPickler(pickle.Pickler):
    def persistent_id(self, found: Any) -> Any:
        return found.key if isinstance(found, _Reference) else None


def write_tar(path: Path) -> Path:
    """Write two tensors, one of them over a view of the other's storage, in the oldest form.

    Layout: `storages` and `tensors` are pickles with raw parts between them, `pickle` the object
    whose persistent ids are tensor keys; see torch.serialization's `legacy_load`.
    """
    storages, tensors, root = io.BytesIO(), io.BytesIO(), io.BytesIO()
    pickle.dump(1, storages, 2)
    pickle.dump((10, "cpu", torch.FloatStorage), storages, 2)
    storages.write(struct.pack("<q6f", 6, *(0.5 * n for n in range(6))))
    pickle.dump([(11, 10, 2, 3)], storages, 2)
    pickle.dump(2, tensors, 2)
    for key, storage, size, stride, offset in (
        (20, 10, (2, 3), (3, 1), 0),
        (21, 11, (2,), (1,), 1),
    ):
        pickle.dump((key, storage, torch.FloatTensor), tensors, 2)
        rank = len(size)
        tensors.write(struct.pack(f"<i4x{rank}q{rank}qq", rank, *size, *stride, offset))
    _TarPickler(root, 2).dump({"w": _Reference("20"), "v": _Reference("21"), "epoch": 3})
    with tarfile.open(path, "w:", format=tarfile.PAX_FORMAT) as archive:
        for name, stream in (("storages", storages), ("tensors", tensors), ("pickle", root)):
            info = tarfile.TarInfo(name)
            info.size = len(stream.getvalue())
            archive.addfile(info, io.BytesIO(stream.getvalue()))
    return path


@valid
def tar_form(folder: Path) -> Built:
    built = observe(write_tar(folder / "ancient.pt"), format="torch tar")
    built.values = {"epoch": 3}
    return built


def _script(folder: Path, compiled: Any) -> Built:
    path = folder / "script.pt"
    torch.jit.save(compiled, path)
    loaded = torch.jit.load(path)
    found = [
        describe(tensor, (), tuple(key.split(".")), True, {})
        for key, tensor in loaded.state_dict(keep_vars=True).items()
    ]
    return Built(path, found, format="torchscript", weights_only=False, ordered=False)


@valid
def torchscript_traced(folder: Path) -> Built:
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.ReLU())
    return _script(folder, torch.jit.trace(model.eval(), numbers(1, 1, 5, 5)))


@valid
def torchscript_scripted(folder: Path) -> Built:
    model = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.Sequential(torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2))
    )
    return _script(folder, torch.jit.script(model))


@valid
def torchscript_with_tied_weights(folder: Path) -> Built:
    model = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 3))
    model[1].weight = model[0].weight
    return _script(folder, torch.jit.trace(model, numbers(2, 3)))
