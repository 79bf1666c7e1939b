"""Tensors that share storages or do not lie row-major in them."""

from __future__ import annotations

from pathlib import Path

from tests.builders.lazy_torch import torch
from tests.builders.oracle import Built, numbers, saved
from tests.builders.registry import valid


@valid
def tied_weights(folder: Path) -> Built:
    tied = numbers(5, 3)
    return saved(folder / "tied.pt", {"embed.weight": tied, "w": numbers(2), "head.weight": tied})


@valid
def tied_parameters(folder: Path) -> Built:
    tied = torch.nn.Parameter(numbers(5, 3))
    return saved(folder / "tied_parameters.pt", {"embed": tied, "head": tied})


@valid
def views_of_one_storage(folder: Path) -> Built:
    base = numbers(6, 8)
    return saved(
        folder / "views.pt",
        {
            "slice": base[2:4, 1:5],
            "row": base[3],
            "step": base[:, ::3],
            "transposed": base.t(),
            "diagonal": base.diagonal(),
            "last": base[5, 7],
            "base": base,
        },
    )


@valid
def small_view_of_a_large_storage(folder: Path) -> Built:
    return saved(folder / "large.pt", {"view": numbers(400, 100)[7, 3:9]})


@valid
def expanded_and_permuted(folder: Path) -> Built:
    return saved(
        folder / "expanded.pt",
        {
            "expanded": numbers(3, 1).expand(3, 50),
            "scalar": torch.tensor(2.5).expand(4, 5),
            "permuted": numbers(2, 3, 4, 5).permute(3, 1, 0, 2),
            "channels_last": numbers(2, 3, 4, 5).to(memory_format=torch.channels_last),
            "unfolded": numbers(10).unfold(0, 4, 2),
        },
    )


@valid
def one_storage_seen_as_two_dtypes(folder: Path) -> Built:
    """torch.save refuses two dtypes over one storage unless both say so by `view`."""
    base = numbers(8)
    return saved(folder / "two.pt", {"bits": base.view(torch.int32).clone(), "numbers": base})


@valid
def negative_and_conjugate_bits(folder: Path) -> Built:
    base = torch.complex(numbers(3, 2), numbers(3, 2, start=1.0))
    return saved(
        folder / "conj.pt",
        {
            "base": base,
            "conj": base.conj(),
            "turned": base.conj().t(),
            "imag": torch.complex(numbers(4), numbers(4)).conj().imag,
        },
    )


@valid
def legacy_views(folder: Path) -> Built:
    base = numbers(6, 8)
    return saved(
        folder / "legacy_views.pt",
        {"slice": base[2:4, 1:5], "t": base.t(), "base": base, "tied": base},
        _use_new_zipfile_serialization=False,
    )
