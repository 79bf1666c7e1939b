"""The samples in resources/samples are what `tests.make_samples` writes."""

from __future__ import annotations

import pytest

from tests.builders import torch
from tests.make_samples import EPOCHS, SAMPLES, strokes, tiny_cnn, train_epoch


@pytest.mark.parametrize("epoch", EPOCHS)
def test_a_sample_is_a_small_general_checkpoint(epoch: int) -> None:
    path = SAMPLES / f"tiny_cnn_epoch{epoch:02d}.pt"
    assert path.stat().st_size < 300_000
    found = torch.load(path, weights_only=True)
    assert found["epoch"] == epoch
    tiny_cnn().load_state_dict(found["model_state_dict"])
    assert len(found["optimizer_state_dict"]["state"]) == 12


def test_the_later_sample_learned() -> None:
    early, late = (torch.load(SAMPLES / f"tiny_cnn_epoch{n:02d}.pt") for n in EPOCHS)
    assert late["loss"] < early["loss"] / 5
    assert late["accuracy"] > early["accuracy"]


def test_training_lowers_the_loss() -> None:
    torch.manual_seed(0)
    model = tiny_cnn()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.002)
    images, labels = strokes(512, seed=3)
    losses = [train_epoch(model, optimizer, images, labels) for _ in range(3)]
    assert losses[2] < losses[0]
