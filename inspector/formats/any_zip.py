"""Tell the zip archives apart once their directory is known: torch.save, TorchScript, strangers."""

from __future__ import annotations

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import CancelToken, Progress
from inspector.checkpoint.errors import CheckpointError, NotACheckpointError
from inspector.checkpoint.limits import Limits
from inspector.checkpoint.types import Checkpoint
from inspector.formats import torch_zip
from inspector.formats.zip_archive import ZipArchive


def matches(head: bytes, source: ByteSource) -> bool:
    """Whether the file begins as a zip archive does."""
    return torch_zip.matches(head, source)


def read(source: ByteSource, limits: Limits, cancel: CancelToken, progress: Progress) -> Checkpoint:
    """Read a torch.save or TorchScript archive, or what is left of one that was cut short.

    Raises `NotACheckpointError` naming the kind for any other archive, also for one that is too
    odd to be listed: a Word document is no damaged checkpoint.
    """
    # The modules of rare cases are imported in them: a common file opens in less time than that.
    try:
        archive = ZipArchive(source, cancel)
    except NotACheckpointError:
        raise
    except CheckpointError as error:
        from inspector.formats import cut_zip, strange_zips

        refusal = strange_zips.refusal_of_unlisted(source)
        rest = cut_zip.read(source, limits, cancel, progress) if refusal else None
        if rest is None:
            raise refusal or error from error
        return rest
    root = torch_zip.root_folder(archive)
    if root is None:
        from inspector.formats import strange_zips

        raise strange_zips.refusal(archive.records)
    if f"{root}constants.pkl" in archive.records:  # torch.jit.save alone writes it
        from inspector.formats import torchscript

        return torchscript.read_archive(archive, root, limits, cancel, progress)
    return torch_zip.read_archive(archive, root, limits, cancel, progress)
