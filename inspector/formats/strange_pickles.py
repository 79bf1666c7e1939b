"""Name pickles that torch.save did not write: joblib, distributed metadata, plain objects."""

from __future__ import annotations

import re

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.errors import CheckpointError, NotACheckpointError

# Protocols 0 and 1 have no header; these are the texts that containers, numbers, strings and
# globals begin with, and every pickle ends with a full stop.
_TEXT_PICKLE = re.compile(
    rb"(\(?[dl]p\d+\n|\(?[\]})]q.|\((?:[dlt]|c[\w.]+\n)|c[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n"
    rb"|\(?i[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n|[IFLVS][^\n]{1,200}\n(?:p\d+\n)?[.tpas(IFLVSN])"
)
_STOP = b"."
_JOBLIB = re.compile(rb"joblib\.numpy_pickle|sklearn\.")
_DISTRIBUTED = b"torch.distributed.checkpoint"


def refusal(head: bytes, source: ByteSource) -> CheckpointError | None:
    """Return the error that names the kind of pickle, or None when this is no pickle."""
    protocol = head[1] if len(head) > 1 and head[0] == 0x80 and 2 <= head[1] <= 5 else None
    if protocol is None:
        if not _TEXT_PICKLE.match(head) or source.read(source.size - 1, 1) != _STOP:
            return None
        protocol = 0
    if _DISTRIBUTED in head:
        return NotACheckpointError(
            "this is the metadata of a distributed checkpoint (DCP), which holds no tensors",
            advice="Convert its folder with dcp_to_torch_save, which"
            " torch.distributed.checkpoint.format_utils holds",
        )
    kind = "a joblib or scikit-learn pickle" if _JOBLIB.search(head) else "a plain Python pickle"
    return NotACheckpointError(
        f"this is {kind} (protocol {protocol}), not written by torch.save",
        where="byte 0",
        advice="Nothing in it was executed; save the tensors with torch.save or safetensors",
    )
