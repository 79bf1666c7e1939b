"""Run by `prove` in a process of its own: load a copy with real torch, say what torch sees.

    python -I prove_helper.py FORMAT MODE BYTES PATH

FORMAT is "torch" or "safetensors". MODE "load" loads it (never anything but `weights_only=True`);
"records" only lets torch's archive reader read each storage, for files that name classes. BYTES
limits the address space. One JSON object goes to stdout; the process may die, its parent lives.

This file stands alone: it imports nothing of the package, and is the one place that imports torch.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any


def main(arguments: list[str]) -> int:
    """Load the file and print what was found, or why it could not be loaded."""
    kind, mode, limit, path = arguments
    # What torch or CUDA print themselves must not get between the lines of the answer.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        found = _records(path) if mode == "records" else _loaded(kind, path, int(limit))
    except Exception as error:  # whatever torch raises is the answer
        found = {"error": type(error).__name__, "message": str(error)}
    with answer:
        json.dump(found, answer)
    return 0


def _limit_memory(limit: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _loaded(kind: str, path: str, limit: int) -> dict[str, Any]:
    import torch

    gpu = torch.cuda.is_available()
    if not gpu:  # CUDA reserves address space by the terabyte
        _limit_memory(limit)
    if kind == "safetensors":
        from safetensors.torch import load_file

        loaded: Any = load_file(path)
        where = "cpu"
    elif gpu:
        loaded, where = _on_its_devices(path)
    else:
        loaded, where = torch.load(path, map_location="cpu", weights_only=True), "cpu"
    tensors = [_seen(place, tensor) for place, tensor in _tensors(loaded, (), set())]
    return {"torch": torch.__version__, "map_location": where, "gpu": gpu, "tensors": tensors}


def _on_its_devices(path: str) -> tuple[Any, str]:
    """Load onto the devices that the file names; onto the CPU where one of them, or its memory, is
    not to be had here. A copy is often made for another machine than this one."""
    import torch

    try:
        return torch.load(path, weights_only=True), ""
    except Exception:  # a broken copy fails on the CPU, too, and that error is the answer
        return torch.load(path, map_location="cpu", weights_only=True), "cpu"


def _tensors(
    loaded: Any, place: tuple[str, ...], above: set[int]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    import torch

    if isinstance(loaded, torch.Tensor):
        yield place, loaded
    elif isinstance(loaded, dict | list | tuple) and id(loaded) not in above:
        items = loaded.items() if isinstance(loaded, dict) else enumerate(loaded)
        for name, child in items:
            yield from _tensors(child, (*place, str(name)), above | {id(loaded)})


def _seen(place: tuple[str, ...], tensor: Any) -> dict[str, Any]:
    """Return what torch says of a tensor; the digest is of its elements in row-major order."""
    return {
        "place": place,
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "shape": None if tensor.is_nested else list(tensor.shape),
        "device": str(tensor.device),
        "digest": _digest(tensor.detach()),
    }


def _digest(tensor: Any) -> str | None:
    """Return the SHA-256 of a strided tensor's elements, None for other layouts."""
    import torch

    if tensor.is_nested or tensor.layout != torch.strided or tensor.is_meta:
        return None
    plain = tensor.int_repr() if tensor.is_quantized else tensor
    flat = plain.resolve_conj().resolve_neg().cpu().contiguous().reshape(-1)
    return hashlib.sha256(flat.view(torch.uint8).numpy()).hexdigest()


def _records(path: str) -> dict[str, Any]:
    """Let torch's own archive reader read every storage."""
    import torch

    reader = torch._C.PyTorchFileReader(path)
    digests = {
        name: hashlib.sha256(reader.get_record(name)).hexdigest()
        for name in reader.get_all_records()
        if name.startswith(("data/", "constants/"))
    }
    return {"torch": torch.__version__, "records": digests}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
