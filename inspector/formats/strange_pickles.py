"""Name pickles that torch.save did not write: joblib, distributed metadata, plain objects."""

from __future__ import annotations

import re

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.cancel import CancelToken
from inspector.checkpoint.errors import CheckpointError, NotACheckpointError
from inspector.checkpoint.limits import DEFAULT_LIMITS
from inspector.formats import pickle_machine

_PROTOCOLS = (b"\x02", b"\x03", b"\x04", b"\x05")
# How a large pickle without a header begins: containers and globals.
_TEXT_PICKLE = re.compile(
    rb"\(?[dl]p\d+\n|\(?[\]})]q.|\([dlt]|\(?[ci][A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n"
)
_STOP = b"."
_SMALL = 1 << 20
_JOBLIB = re.compile(rb"joblib\.numpy_pickle|sklearn\.")
_DISTRIBUTED = b"torch.distributed.checkpoint"


def refusal(head: bytes, source: ByteSource) -> CheckpointError | None:
    """Return the error that names the kind of pickle, or None when this is no pickle."""
    if head[:1] == b"\x80" and head[1:2] in _PROTOCOLS:
        protocol = str(head[1])
    elif _is_pickle_without_header(head, source):
        protocol = "0 or 1"
    else:
        return None
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


def _is_pickle_without_header(head: bytes, source: ByteSource) -> bool:
    """Whether the file is a pickle of protocol 0 or 1: it runs to a full stop, its last byte."""
    if source.read(source.size - 1, 1) != _STOP:
        return False
    if source.size > _SMALL:
        return _TEXT_PICKLE.match(head) is not None
    try:
        found = pickle_machine.run(source.read(0, source.size), DEFAULT_LIMITS, CancelToken())
    except CheckpointError:
        return False
    return found.end == source.size
