"""The Python that loads one tensor with torch, for the clipboard: an import and one line."""

from __future__ import annotations

from inspector.checkpoint.types import Checkpoint, OddKey, Path, Step, Tensor

_MAPPINGS = frozenset({"dict", "OrderedDict", "defaultdict", "Counter"})
_SEQUENCES = frozenset({"list", "tuple"})
_MODULE_LEVELS = ("_modules", "_parameters", "_buffers")


def load_line(checkpoint: Checkpoint, tensor: Tensor) -> str:
    """Return `import ...` and `tensor = ...`, which give the values of `tensor` on the CPU.

    A file that `weights_only=True` refuses gets `weights_only=False` and a word of warning: torch
    then runs what the file says.
    """
    file = _file_of(checkpoint, tensor)
    if "safetensors" in checkpoint.format:
        return (
            "from safetensors import safe_open\n"
            f"tensor = safe_open({file!r}, framework='pt').get_tensor({_last(tensor.path)})"
        )
    if checkpoint.format == "torchscript":
        return (
            "import torch\n"
            f"tensor = torch.jit.load({file!r}, map_location='cpu').state_dict()[{tensor.key!r}]"
        )
    safe = checkpoint.weights_only.loads
    warning = "" if safe else "  # runs code from the file: only if you trust it"
    steps = _steps(checkpoint, tensor)
    return (
        "import torch\n"
        f"tensor = torch.load({file!r}, map_location='cpu', weights_only={safe}){steps}{warning}"
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


def _step(checkpoint: Checkpoint, path: Path, at: int) -> str:
    step = path[at]
    holder = checkpoint.containers.get(path[:at], "dict")
    if holder in _SEQUENCES or holder in _MAPPINGS or not _is_name(step):
        return f"[{step}]" if isinstance(step, OddKey) else f"[{step!r}]"
    return f".{step}"


def _is_name(step: Step) -> bool:
    return isinstance(step, str) and not isinstance(step, OddKey) and step.isidentifier()
