"""The Python that loads one tensor with torch, for the clipboard: an import and one line."""

from __future__ import annotations

from keyword import iskeyword

from inspector.checkpoint.dtypes import DTYPES
from inspector.checkpoint.plain_text import shown
from inspector.checkpoint.types import Checkpoint, OddKey, Path, Step, Tensor

_MAPPINGS = frozenset({"dict", "OrderedDict", "defaultdict", "Counter"})
_SEQUENCES = frozenset({"list", "tuple"})
_TORCH_NAMES = frozenset(f"torch.{name}" for name in (*DTYPES, "device", "Size"))
_MODULE_LEVELS = ("_modules", "_parameters", "_buffers")


def load_line(checkpoint: Checkpoint, tensor: Tensor) -> str:
    """Return `import ...` and `tensor = ...`, which give the values of `tensor` on the CPU.

    A file that `weights_only=True` refuses gets `weights_only=False` and a word of warning: torch
    then runs what the file says. Where a key on the way has no spelling in Python, the code loads
    what holds it as `holder`, and a comment says what is to be taken out. A file that was cut short
    has no such code.
    """
    if any(finding.code == "cut-short" for finding in checkpoint.findings):
        return "# No library loads a file that was cut short: export what is whole, load the copy"
    file = _file_of(checkpoint, tensor)
    if "safetensors" in checkpoint.format:
        return (
            "from safetensors import safe_open\n"
            f"tensor = safe_open({file!r}, framework='pt').get_tensor({_last(tensor.path)})"
        )
    if checkpoint.format == "torchscript":
        return f"import torch\ntensor = {_scripted(checkpoint, tensor, file)}"
    safe = checkpoint.weights_only.loads
    warning = "" if safe else "  # runs code from the file: only if you trust it"
    load = f"torch.load({file!r}, map_location='cpu', weights_only={safe})"
    odd = next((at for at, step in enumerate(tensor.path) if not _is_spelled(step)), None)
    if odd is None:
        return f"import torch\ntensor = {load}{_steps(checkpoint, tensor)}{warning}"
    before = "".join(_step(checkpoint, tensor.path, at) for at in range(odd))
    rest = " and on: ".join(shown(str(step), 200) for step in tensor.path[odd:])
    return (
        f"import torch\nholder = {load}{before}{warning}\n"
        f"# the tensor is in `holder` under a key that cannot be written in Python: {rest}"
    )


def _file_of(checkpoint: Checkpoint, tensor: Tensor) -> str:
    """Return the file that holds the tensor's bytes: for a sharded set one of its shards."""
    if checkpoint.format.startswith("sharded"):
        source = tensor.storage.source if tensor.storage else None
        path = getattr(source, "path", "")
        if path:
            return str(path)
    return checkpoint.path


def _last(path: Path) -> str:
    return repr(str(path[-1])) if path else "''"


def _steps(checkpoint: Checkpoint, tensor: Tensor) -> str:
    path = tensor.path
    module = next((at for at, step in enumerate(path) if step in _MODULE_LEVELS), len(path))
    written = "".join(_step(checkpoint, path, at) for at in range(module))
    if module == len(path):
        return written
    names = [str(step) for step in path[module:] if step not in _MODULE_LEVELS]
    if tensor.in_state_dict:
        return f"{written}.state_dict()[{'.'.join(names)!r}]"
    *above, name = names
    owner = f".get_submodule({'.'.join(above)!r})" if above else ""
    return f"{written}{owner}.{name}"


def _scripted(checkpoint: Checkpoint, tensor: Tensor, file: str) -> str:
    load = f"torch.jit.load({file!r}, map_location='cpu')"
    if tensor.in_state_dict:
        return f"{load}.state_dict()[{tensor.key!r}]"
    path = tensor.path
    kinds = (checkpoint.containers.get(path[:at], "") for at in range(1, len(path) + 1))
    modules = next(at for at, kind in enumerate(kinds) if kind in ("", *_MAPPINGS, *_SEQUENCES))
    name = ".".join(map(str, path[:modules]))
    owner = f"dict({load}.named_modules())[{name!r}]" if modules else load
    return owner + "".join(_step(checkpoint, path, at) for at in range(modules, len(path)))


def _step(checkpoint: Checkpoint, path: Path, at: int) -> str:
    step = path[at]
    holder = checkpoint.containers.get(path[:at], "dict")
    if holder in _SEQUENCES or holder in _MAPPINGS or not _is_name(step):
        return f"[{step}]" if isinstance(step, OddKey) else f"[{step!r}]"
    return f".__dict__[{step!r}]" if iskeyword(str(step)) else f".{step}"


def _is_spelled(step: Step) -> bool:
    """Whether the text of an odd key is Python that gives an equal key: `(0, 1)`, `torch.int8`."""
    if not isinstance(step, OddKey):
        return True
    import ast  # nobody waits for it at the start

    def is_plain(node: ast.AST) -> bool:
        if isinstance(node, ast.Attribute):
            return ast.unparse(node) in _TORCH_NAMES
        if isinstance(node, ast.Tuple | ast.List):
            return all(map(is_plain, node.elts))
        if isinstance(node, ast.UnaryOp):
            return is_plain(node.operand)
        if isinstance(node, ast.BinOp):  # a complex number
            return is_plain(node.left) and is_plain(node.right)
        if isinstance(node, ast.Call):
            return not node.keywords and is_plain(node.func) and all(map(is_plain, node.args))
        return isinstance(node, ast.Constant)

    try:
        return is_plain(ast.parse(str(step), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _is_name(step: Step) -> bool:
    return isinstance(step, str) and not isinstance(step, OddKey) and step.isidentifier()
