"""Open a checkpoint of whatever container, told by its content and never by its name."""

from __future__ import annotations

import os
from collections.abc import Iterator

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import Cancelled, CancelToken, Progress, no_progress
from inspector.checkpoint.collector import collector_paused
from inspector.checkpoint.errors import (
    CheckpointError,
    DamagedError,
    LimitError,
    UnreadableFileError,
)
from inspector.checkpoint.limits import DEFAULT_LIMITS, Limits
from inspector.checkpoint.types import Checkpoint
from inspector.formats.reader import HEAD_BYTES, Reader


def open_checkpoint(
    path: str | os.PathLike[str],
    *,
    limits: Limits = DEFAULT_LIMITS,
    cancel: CancelToken | None = None,
    progress: Progress = no_progress,
) -> Checkpoint:
    """Return what the checkpoint at `path` holds, without reading the elements of its tensors.

    `path` is a file of any of the containers above, the index of a sharded set, or a folder that
    holds one such set. `progress` counts the bytes of metadata that were read.

    Raises a `CheckpointError` that names the file, the place and the reason, and `Cancelled` when
    `cancel` was asked to; nothing else.
    """
    name = os.fsdecode(path)
    try:
        with collector_paused():
            return _open(name, limits, cancel or CancelToken(), progress)
    except Cancelled:
        raise
    except CheckpointError as error:
        error.file = error.file or name
        raise
    except Exception as error:
        raise _in_words(error, name) from error


def _readers() -> Iterator[Reader]:
    """Yield the readers, the surest signature first.

    Importing all of them takes ten times as long as reading a common file, so each is imported
    once those before it have declined.
    """
    from inspector.formats import any_zip

    yield any_zip
    from inspector.formats import torch_legacy

    yield torch_legacy
    from inspector.formats import torch_tar

    yield torch_tar
    from inspector.formats import sharded

    yield sharded
    from inspector.formats import safetensors_file

    yield safetensors_file


def _file_of(name: str) -> str | os.PathLike[str]:
    if not os.path.isdir(name):  # noqa: PTH112
        return name
    from inspector.formats import folders

    return folders.checkpoint_in(name)


def _open(name: str, limits: Limits, cancel: CancelToken, progress: Progress) -> Checkpoint:
    source = ByteSource(_file_of(name))
    try:
        head = source.read(0, min(HEAD_BYTES, source.size))
        for reader in _readers():
            if reader.matches(head, source):
                return reader.read(source, limits, cancel, progress)
        from inspector.formats import strangers

        raise strangers.refusal(head, source)
    except BaseException:
        source.close()
        raise


def _in_words(error: Exception, name: str) -> CheckpointError:
    if isinstance(error, MemoryError):
        return LimitError("listing its content takes more memory than there is", file=name)
    if isinstance(error, RecursionError):
        return LimitError("its content is nested too deeply", file=name)
    if isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
        return UnreadableFileError(f"the file cannot be read: {reason}", file=name)
    return DamagedError(
        f"its content contradicts its format ({type(error).__name__})",
        file=name,
        advice="Please report it if other programs read this file",
    )
