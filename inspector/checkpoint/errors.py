"""The one tree of errors that leaves the readers, the numbers and the writers.

    CheckpointError
    ├── UnreadableFileError     no such file, no permission, not a regular file, I/O error
    ├── NotACheckpointError     a file of another kind, which is named
    ├── DamagedError            cut short, contradictory or corrupt
    ├── UnsupportedError        well-formed, but of a version or kind this program does not read
    ├── LimitError              would cost more time or memory than any real checkpoint does
    ├── ChangedOnDiskError      not the file any more that was opened
    └── ExportError             a copy could not be written; the old target stands

Every error carries a stable `code`, the `file`, the place (`where`: a byte, an archive entry or a
key) and one plain sentence that says what is wrong, with what to do about it in `advice`.
"""

from __future__ import annotations

from inspector.checkpoint.plain_text import shown


class CheckpointError(Exception):
    """A file that cannot be opened, read or written, in words for the person who chose it.

    `message` is one sentence without a full stop, `where` the place in the file, `advice` the next
    step. `str(error)` is one line that holds all of them; text from the file is escaped in it.
    """

    code = "error"

    def __init__(self, message: str, *, file: str = "", where: str = "", advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.where = where
        self.advice = advice

    def __str__(self) -> str:
        prefix = f"{self.file}: " if self.file else ""
        return shown(prefix) + self.what()

    def what(self) -> str:
        """Return the line without the file's name, as the command line prints it after the name."""
        place = f" ({self.where})" if self.where else ""
        advice = f". {self.advice}" if self.advice else ""
        return shown(f"{self.message}{place}{advice}")


class UnreadableFileError(CheckpointError):
    """No such file, no permission, not a regular file, or the disk reports an error."""

    code = "unreadable"


class NotACheckpointError(CheckpointError):
    """A file of another kind; the message names that kind."""

    code = "not-a-checkpoint"


class DamagedError(CheckpointError):
    """Cut short, contradictory or corrupt."""

    code = "damaged"


class UnsupportedError(CheckpointError):
    """Well-formed, but of a version or kind that this program does not read."""

    code = "unsupported"


class LimitError(CheckpointError):
    """Would cost more time or memory than any real checkpoint does."""

    code = "over-limit"


class ChangedOnDiskError(CheckpointError):
    """Not the file any more that was opened: changed, replaced or cut since."""

    code = "changed-on-disk"


class ExportError(CheckpointError):
    """A copy could not be written; the source and an existing target are as they were."""

    code = "export"
