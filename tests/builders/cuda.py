"""Files whose storages carry `cuda:N` tags, written without a GPU."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.builders.lazy_torch import torch
from tests.builders.oracle import Built, numbers, saved
from tests.builders.registry import valid
from tests.builders.state_dicts import small_state

Tagger = Callable[[Any], str | None]


@contextlib.contextmanager
def cuda_tags(tag: str | Tagger = "cuda:0") -> Iterator[None]:
    """Make `torch.save` tag storages as on that device; a callable decides for each storage."""
    from torch.serialization import _package_registry, register_package

    before = list(_package_registry)
    answer: Tagger = tag if callable(tag) else lambda _: tag
    register_package(0, answer, lambda _storage, _location: None)
    try:
        yield
    finally:
        _package_registry[:] = before


@valid
def on_one_gpu(folder: Path) -> Built:
    with cuda_tags():
        return saved(folder / "cuda.pt", small_state())


@valid
def on_two_gpus_and_the_cpu(folder: Path) -> Built:
    state = {**small_state(), "tied": numbers(3)}
    state["tied_again"] = state["tied"]
    tags = {
        state["encoder.weight"].untyped_storage()._cdata: "cuda:0",
        state["encoder.bias"].untyped_storage()._cdata: "cuda:1",
        state["tied"].untyped_storage()._cdata: "cuda:1",
    }
    with cuda_tags(lambda storage: tags.get(storage._cdata)):
        return saved(folder / "mixed.pt", {**state, "config": {"device": "cuda:0"}})


@valid
def on_other_accelerators(folder: Path) -> Built:
    state = {"mps": numbers(2), "xpu": numbers(3), "hpu": numbers(1)}
    tags = dict(
        zip(
            (t.untyped_storage()._cdata for t in state.values()),
            ("mps", "xpu:0", "hpu"),
            strict=True,
        )
    )
    with cuda_tags(lambda storage: tags.get(storage._cdata)):
        return saved(folder / "accelerators.pt", state)


@valid
def legacy_on_a_gpu(folder: Path) -> Built:
    with cuda_tags("cuda:2"):
        return saved(folder / "old.pt", small_state(), _use_new_zipfile_serialization=False)


@valid
def quantized_and_sparse_on_a_gpu(folder: Path) -> Built:
    with cuda_tags("cuda:1"):
        return saved(
            folder / "odd.pt",
            {
                "quantized": torch.quantize_per_tensor(numbers(4), 0.5, 3, torch.quint8),
                "sparse": torch.eye(3).to_sparse(),
                "float8": numbers(4).to(torch.float8_e4m3fn),
            },
        )
