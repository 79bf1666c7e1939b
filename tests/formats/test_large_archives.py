"""Archives that need the 64-bit records of the zip format: many entries, offsets beyond 4 GiB."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from inspector.analysis.elements import read_array, read_window
from inspector.formats.detect import open_checkpoint
from tests.builders import torch
from tests.hostile import opcodes as op
from tests.hostile.archives import (
    Entry,
    directory_entry,
    good_pickle,
    local_header,
    parts,
    zip64_end,
    zip_bytes,
)

LARGE = 5 << 30
TAIL = struct.pack("<4f", 1, 2, 3, 4)


def write_beyond_four_gigabytes(path: Path) -> Path:
    """Write a checkpoint whose second storage begins after 5 GiB of zeros, a hole in the file."""
    first = op.tensor(op.storage("0", count=LARGE // 4), size=(LARGE // 4,), stride=(1,))
    second = op.tensor(op.storage("1", count=4), size=(4,), stride=(1,))
    pickle = Entry("big/data.pkl", op.pickled(op.dict_of(("large", first), ("after", second))))
    wide = struct.pack("<HHQQ", 1, 16, LARGE, LARGE)
    full = {"size": 0xFFFFFFFF, "compressed": 0xFFFFFFFF, "extra": wide, "crc": 0}
    hole = {**Entry("big/data/0").truth(), **full}
    directory = bytearray()
    with path.open("wb") as stream:
        directory += directory_entry({**pickle.truth(), "header": stream.tell()})
        stream.write(local_header(pickle.truth()) + pickle.body)
        directory += directory_entry({**hole, "header": stream.tell()})
        stream.write(local_header(hole))
        stream.seek(LARGE, 1)
        for entry in (Entry("big/data/1", TAIL), Entry("big/version", b"3\n")):
            offset = struct.pack("<HHQ", 1, 8, stream.tell())
            place = {"header": 0xFFFFFFFF, "extra": offset}
            directory += directory_entry({**entry.truth(), **place})
            stream.write(local_header(entry.truth()) + entry.body)
        start = stream.tell()
        stream.write(directory + zip64_end(offset=start, size=len(directory), count=4))
    return path


def test_offsets_beyond_four_gigabytes(tmp_path: Path) -> None:
    path = write_beyond_four_gigabytes(tmp_path / "big.pt")
    theirs = torch.load(path, mmap=True, weights_only=True)
    with open_checkpoint(path) as checkpoint:
        large, after = checkpoint.tensors
        assert large.shape == tuple(theirs["large"].shape)
        np.testing.assert_array_equal(read_array(after), theirs["after"].numpy())
        end = read_window(large, (large.numel - 3,), (3,))
        np.testing.assert_array_equal(end, theirs["large"][-3:].numpy())


def test_more_entries_than_16_bits_count(tmp_path: Path) -> None:
    path = tmp_path / "many.pt"
    entries = [*parts(good_pickle()), *(Entry(f"model/data/x{n}") for n in range(66_000))]
    data = zip_bytes(entries, count=0, here=0)
    size, offset = struct.unpack("<2I", data[-10:-2])
    path.write_bytes(data[:-22] + zip64_end(offset=offset, size=size, count=len(entries)))
    theirs = torch.load(path, weights_only=True)
    with open_checkpoint(path) as checkpoint:
        (tensor,) = checkpoint.tensors
        np.testing.assert_array_equal(read_array(tensor), theirs["w"].numpy())
