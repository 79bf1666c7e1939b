"""Whether `torch.load(weights_only=True)` would take a pickle, and which names stand in its way.

Facts of torch 2.13: torch/_weights_only_unpickler.py (the names it allows by default and the
opcodes it knows) and the answer of torch.load itself, which the tests ask. Names that only become
allowed once torch.nested or torch.distributed.tensor was imported count as obstacles.
"""

from __future__ import annotations

import re

from inspector.checkpoint.types import GlobalName, WeightsOnly
from inspector.formats.pickle_machine import Pickle

_NUMBERS = (
    "BFloat16", "Bool", "Byte", "Char", "Double", "Float", "Half", "Int", "Long", "Short",
)  # fmt: skip
_COMPLEX = ("ComplexDouble", "ComplexFloat")
_SPARSE = ("BFloat16", "Byte", "Char", "Double", "Float", "Half", "Int", "Long", "Short")
_QUANTIZED = ("QInt32", "QInt8", "QUInt2x4", "QUInt4x2", "QUInt8")
_DTYPES = (
    "bfloat16", "bits16", "bits1x8", "bits2x4", "bits4x2", "bits8", "bool", "complex128",
    "complex32", "complex64", "float16", "float32", "float4_e2m1fn_x2", "float64",
    "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu",
    *(f"int{bits}" for bits in (*range(1, 9), 16, 32, 64)),
    *(f"uint{bits}" for bits in (*range(1, 9), 16, 32, 64)),
    "qint32", "qint8", "quint2x4", "quint4x2", "quint8",
)  # fmt: skip
_SCHEMES = (
    "per_channel_affine", "per_channel_affine_float_qparams", "per_channel_symmetric",
    "per_tensor_affine", "per_tensor_symmetric",
)  # fmt: skip
_REBUILDERS = (
    "_rebuild_device_tensor_from_cpu_tensor", "_rebuild_device_tensor_from_numpy",
    "_rebuild_meta_tensor_no_storage", "_rebuild_nested_tensor", "_rebuild_parameter",
    "_rebuild_parameter_with_state", "_rebuild_qtensor", "_rebuild_sparse_tensor",
    "_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_wrapper_subclass",
)  # fmt: skip

ALLOWED = frozenset(
    (
        "_codecs.encode", "builtins.bytearray", "builtins.complex", "builtins.set",
        "collections.Counter", "collections.OrderedDict", "torch.Size", "torch.Tensor",
        "torch.device", "torch._tensor._rebuild_from_type_v2", "torch.nn.parameter.Parameter",
        "torch.serialization._get_layout", "torch.storage.TypedStorage",
        "torch.storage.UntypedStorage",
        *(f"torch.{n}{kind}" for n in _NUMBERS for kind in ("Storage", "Tensor")),
        *(f"torch.cuda.{n}{kind}" for n in _NUMBERS for kind in ("Storage", "Tensor")),
        *(f"torch.{prefix}{n}Storage" for n in _COMPLEX for prefix in ("", "cuda.")),
        *(f"torch.{prefix}sparse.{n}Tensor" for n in _SPARSE for prefix in ("", "cuda.")),
        *(f"torch.{n}Storage" for n in _QUANTIZED),
        *(f"torch.{name}" for name in (*_DTYPES, *_SCHEMES)),
        *(f"torch._utils.{name}" for name in _REBUILDERS),
    )
)  # fmt: skip
"""The names that torch.load(weights_only=True) looks up without being asked to."""

# Plain data of the standard library and numpy, and torch's own modules: their meaning is known, and
# none of them does anything by being named. Whatever is not listed is shown as unknown.
_PLAIN = frozenset(
    (
        "argparse.Namespace", "array.array", "builtins.Ellipsis", "builtins.NotImplemented",
        "builtins.dict", "builtins.frozenset", "builtins.list",
        "builtins.object", "builtins.range", "builtins.slice", "builtins.tuple", "builtins.xrange",
        "builtins.bytes", "builtins.int", "builtins.long", "builtins.float", "builtins.str",
        "builtins.bool",
        "collections.defaultdict", "collections.deque", "copyreg._reconstructor",
        "datetime.date", "datetime.datetime", "datetime.time", "datetime.timedelta",
        "datetime.timezone", "decimal.Decimal", "fractions.Fraction", "types.SimpleNamespace",
        "pathlib.Path", "pathlib.PosixPath", "pathlib.PurePosixPath", "pathlib.WindowsPath",
        "pathlib.PureWindowsPath", "pathlib._local.PosixPath", "uuid.UUID",
        "numpy.dtype", "numpy.ndarray", "numpy.core.multiarray._reconstruct",
        "numpy.core.multiarray.scalar", "numpy._core.multiarray._reconstruct",
        "numpy._core.multiarray.scalar", "torch._utils._rebuild_sparse_csr_tensor",
        "torch.nested._internal.nested_tensor._rebuild_njt",
        "torch.nested._internal.nested_tensor.NestedTensor",
        "torch._dynamo.decorators._DimRange", "torch.distributed.tensor.DTensor",
        "torch.distributed.tensor._dtensor_spec.DTensorSpec",
        "torch.distributed.tensor._dtensor_spec.TensorMeta",
        "torch.distributed.device_mesh.DeviceMesh", "torch.nn.parameter.Buffer",
        "torch.nn.parameter.UninitializedParameter", "torch.nn.parameter.UninitializedBuffer",
    )
)  # fmt: skip
# Classes alone: a longer name may lead through what such a module imports, to anything.
_PLAIN_CLASS = (
    r"(torch\.nn\.modules\.[a-z_]+|torch\.distributed\.tensor\.placement_types)\.[A-Z]\w*"
)

# Opcodes off the machine's beaten track that torch's weights-only unpickler has as well: APPEND
# APPENDS EMPTY_SET GLOBAL LONG1 NEWOBJ PROTO SETITEM SHORT_BINSTRING.
_KNOWN_OPCODES = frozenset((0x61, 0x65, 0x8F, 0x63, 0x8A, 0x81, 0x80, 0x55))


def global_names(pickle: Pickle) -> list[GlobalName]:
    """Return the names a pickle asks for, the unknown ones first."""
    names = sorted({found.dotted for found in pickle.globals.values()})
    listed = [GlobalName(name, is_known(name)) for name in names]
    return sorted(listed, key=lambda entry: entry.known)


def is_known(name: str) -> bool:
    """Whether a name's meaning is understood here and harmless."""
    return name in ALLOWED or name in _PLAIN or re.fullmatch(_PLAIN_CLASS, name) is not None


def verdict(pickle: Pickle) -> WeightsOnly:
    """Return what `torch.load(weights_only=True)` makes of a pickle of a zip or legacy file."""
    obstacles = [name for name in sorted(_names(pickle)) if name not in ALLOWED]
    if pickle.protocol >= 4 and not _is_frameless(pickle):
        obstacles.append(f"pickle protocol {pickle.protocol}")
    elif pickle.rare - _KNOWN_OPCODES:
        unknown = ", ".join(f"0x{op:02x}" for op in sorted(pickle.rare - _KNOWN_OPCODES))
        obstacles.append(f"pickle opcodes {unknown}")
    return WeightsOnly(applies=True, obstacles=tuple(obstacles))


def _is_frameless(pickle: Pickle) -> bool:
    """Whether a pickle of protocol 4 or 5 is a scalar too short for a frame: torch takes it."""
    return not (pickle.rare - _KNOWN_OPCODES) and (
        pickle.root is None or isinstance(pickle.root, bool | int)
    )


def _names(pickle: Pickle) -> set[str]:
    return {found.dotted for found in pickle.globals.values()}
