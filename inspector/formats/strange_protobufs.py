"""Name models in protocol buffers: ONNX, TensorFlow SavedModel, Core ML.

Protocol buffers carry no signature, so the fields of the outermost message are walked: a file
counts only if they are the format's own and end exactly where the file ends. An ONNX model that
names its producer is recognised even when it was cut.
Encoding: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from inspector.checkpoint.byte_source import ByteSource
from inspector.checkpoint.errors import CheckpointError, NotACheckpointError

Field = tuple[int, int]
"""Field number and wire type."""

_VARINT, _LENGTH = 0, 2
_MAX_FIELDS = 2000
_TAG_BYTES = 20
# onnx/onnx.proto, message ModelProto
_ONNX = {
    *((number, _VARINT) for number in (1, 5)),
    *((number, _LENGTH) for number in (2, 3, 4, 6, 7, 8, 14, 20, 25, 26)),
}
_ONNX_GRAPH = (7, _LENGTH)
# tensorflow/core/protobuf/saved_model.proto, message SavedModel
_SAVED_MODEL = [(1, _VARINT), (2, _LENGTH)]
# mlmodel/format/Model.proto, message Model: what kind of model it is has a number from 200 on
_CORE_ML_KINDS = range(200, 4000)


def refusal(head: bytes, source: ByteSource) -> CheckpointError | None:
    """Return the error that names the format, or None when the fields are none of theirs."""
    if not head.startswith(b"\x08"):  # all three begin with field 1, a small number
        return None
    fields, whole = _outer_fields(source)
    if _ONNX_GRAPH in fields and (_names_producer(head) or (whole and set(fields) <= _ONNX)):
        return _error("an ONNX model", "It is read by onnx and shown by Netron")
    if not whole:
        return None
    if fields[:2] == _SAVED_MODEL and set(fields) == set(_SAVED_MODEL):
        return _error("a TensorFlow SavedModel", "It is read by TensorFlow")
    if any(number in _CORE_ML_KINDS and wire == _LENGTH for number, wire in fields):
        return _error("a Core ML model", "It is read by coremltools")
    return None


def _error(kind: str, advice: str) -> CheckpointError:
    return NotACheckpointError(f"this is {kind}, not a PyTorch checkpoint", advice=advice)


def _names_producer(head: bytes) -> bool:
    """Whether a version and then a short text come first: ir_version and producer_name."""
    text = head[4 : 4 + head[3]] if len(head) > 4 and head[2] == 0x12 else b""
    return len(text) > 1 and text.isascii() and text.decode().isprintable()


def _outer_fields(source: ByteSource) -> tuple[list[Field], bool]:
    """Return the fields of the file as one message, and whether they end where the file does."""
    fields: list[Field] = []
    position = 0
    while position < source.size:
        window = source.read(position, min(_TAG_BYTES, source.size - position))
        tag, used = _varint(window, 0)
        value, used = _varint(window, used)
        number, wire = tag >> 3, tag & 7
        if not used or not number or wire not in (_VARINT, _LENGTH) or len(fields) == _MAX_FIELDS:
            return fields, False
        fields.append((number, wire))
        position += used + (value if wire == _LENGTH else 0)
    return fields, position == source.size


def _varint(data: bytes, start: int) -> tuple[int, int]:
    """Return the number at `start` and the position after it; position 0 means there is none."""
    value = 0
    for index, byte in enumerate(data[start : start + 10]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, start + index + 1
    return 0, 0
