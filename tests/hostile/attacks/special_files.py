"""What is no regular file, or changes what a name leads to."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path

from tests.hostile.archives import (
    directory_entry,
    good_pickle,
    local_header,
    parts,
    zip64_end,
    zip_bytes,
)
from tests.hostile.attack import inert, refused, write


@refused("pipe")
def a_named_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.pt")
    return folder / "pipe.pt"


@refused("pipe")
def a_link_to_a_named_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    (folder / "model.pt").symlink_to(folder / "pipe")
    return folder / "model.pt"


@refused("socket")
def a_socket(folder: Path) -> Path:
    # A socket's path may have 108 bytes; the folder's is longer.
    before = Path.cwd()
    os.chdir(folder)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("model.pt")
    finally:
        os.chdir(before)
    return folder / "model.pt"


@refused("device")
def dev_zero(folder: Path) -> Path:
    return Path("/dev/zero")


@refused("device")
def a_link_to_dev_zero(folder: Path) -> Path:
    (folder / "model.pt").symlink_to("/dev/zero")
    return folder / "model.pt"


@refused("device")
def dev_null(folder: Path) -> Path:
    return Path("/dev/null")


@refused()
def a_link_that_leads_nowhere(folder: Path) -> Path:
    (folder / "model.pt").symlink_to(folder / "gone.pt")
    return folder / "model.pt"


@refused()
def a_link_to_itself(folder: Path) -> Path:
    (folder / "model.pt").symlink_to(folder / "model.pt")
    return folder / "model.pt"


@refused("no such file")
def a_file_that_is_not_there(folder: Path) -> Path:
    return folder / "gone.pt"


@refused()
def a_path_through_a_file(folder: Path) -> Path:
    write(folder / "model.pt", b"x")
    return folder / "model.pt" / "inner.pt"


@refused()
def a_name_of_5000_characters(folder: Path) -> Path:
    return folder / ("x" * 5000)


@refused()
def a_sparse_terabyte(folder: Path) -> Path:
    path = folder / "model.pt"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)
    return path


@refused()
def a_sparse_terabyte_that_begins_like_a_zip(folder: Path) -> Path:
    path = folder / "model.pt"
    with path.open("wb") as stream:
        stream.write(zip_bytes(parts(good_pickle()))[:100])
        stream.truncate(1 << 40)
    return path


@refused("data.pkl")
def sixty_gigabytes_of_compressed_pickle(folder: Path) -> Path:
    """Sparse on disk; a reader that takes the whole entry at once takes all memory."""
    pickle, *others = parts(good_pickle())
    size = 60 << 30
    front, directory = bytearray(), bytearray()
    for entry in others:
        directory += directory_entry({**entry.truth(), "header": len(front)})
        front += local_header(entry.truth()) + entry.body
    wide = struct.pack("<HHQQ", 1, 16, len(pickle.data), size)
    full = {"method": 8, "size": 0xFFFFFFFF, "compressed": 0xFFFFFFFF, "extra": wide}
    directory += directory_entry({**pickle.truth(), **full, "header": len(front)})
    front += local_header({**pickle.truth(), **full})
    path = write(folder / "model.pt", bytes(front))
    with path.open("r+b") as stream:
        start = stream.seek(len(front) + size)
        end = zip64_end(offset=start, size=len(directory), count=len(others) + 1)
        stream.write(directory + end)
    return path


@refused()
def a_sparse_terabyte_that_begins_like_a_pickle(folder: Path) -> Path:
    path = folder / "model.pt"
    with path.open("wb") as stream:
        stream.write(good_pickle()[:-1])
        stream.truncate(1 << 40)
    return path


@refused()
def a_sparse_terabyte_that_begins_like_safetensors(folder: Path) -> Path:
    path = folder / "model.safetensors"
    with path.open("wb") as stream:
        stream.write((1 << 39).to_bytes(8, "little") + b'{"a":{')
        stream.truncate(1 << 40)
    return path


@refused("process", "file")
def a_file_of_proc_without_a_size(folder: Path) -> Path:
    return Path("/proc/self/status")


@inert("w")
def a_link_to_a_checkpoint(folder: Path) -> Path:
    write(folder / "blob", zip_bytes(parts(good_pickle())))
    (folder / "model.pt").symlink_to(folder / "blob")
    return folder / "model.pt"


@inert("w")
def a_checkpoint_that_may_only_be_read(folder: Path) -> Path:
    path = write(folder / "model.pt", zip_bytes(parts(good_pickle())))
    path.chmod(0o400)
    return path
