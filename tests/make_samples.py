"""Train a small CNN for real and keep an early and a late checkpoint of it in resources/samples.

    python -m tests.make_samples [FOLDER]

Ten classes of noisy 12 x 12 strokes, made from a seed; one thread and fixed seeds, so that the same
release of torch writes the same numbers each time.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.builders.lazy_torch import torch

EPOCHS = (1, 20)
CONFIG: dict[str, Any] = {
    "dataset": "synthetic strokes, 12x12",
    "classes": 10,
    "channels": [16, 32],
    "batch_size": 64,
    "lr": 0.002,
    "weight_decay": 0.01,
    "seed": 7,
}
SAMPLES = Path(__file__).parent.parent / "resources" / "samples"


def strokes(count: int, seed: int) -> tuple[Any, Any]:
    """Return images (count, 1, 12, 12) and labels: a line at one of ten angles, plus noise."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, CONFIG["classes"], (count,), generator=generator)
    angle = labels.float() / CONFIG["classes"] * torch.pi
    shift = torch.rand(count, generator=generator) * 4 - 2
    axis = torch.linspace(-5.5, 5.5, 12)
    rows, columns = torch.meshgrid(axis, axis, indexing="ij")
    distance = rows * angle.cos()[:, None, None] - columns * angle.sin()[:, None, None]
    lines = torch.exp(-(distance - shift[:, None, None]).square())
    noise = torch.randn(count, 12, 12, generator=generator) * 0.4
    return (lines + noise).unsqueeze(1), labels


def tiny_cnn() -> Any:
    """Return the untrained net: two convolutions with batch norm, a dropout, two layers."""
    nn = torch.nn
    layers = [
        ("conv1", nn.Conv2d(1, 16, 3, padding=1)),
        ("bn1", nn.BatchNorm2d(16)),
        ("relu1", nn.ReLU()),
        ("pool1", nn.MaxPool2d(2)),
        ("conv2", nn.Conv2d(16, 32, 3, padding=1)),
        ("bn2", nn.BatchNorm2d(32)),
        ("relu2", nn.ReLU()),
        ("pool2", nn.AdaptiveAvgPool2d(2)),
        ("flatten", nn.Flatten()),
        ("fc1", nn.Linear(128, 48)),
        ("relu3", nn.ReLU()),
        ("dropout", nn.Dropout(0.2)),
        ("fc2", nn.Linear(48, CONFIG["classes"])),
    ]
    model = nn.Sequential()
    for name, layer in layers:
        model.add_module(name, layer)
    return model


def train_epoch(model: Any, optimizer: Any, images: Any, labels: Any) -> float:
    """Train over all batches once, return the mean loss."""
    model.train()
    total, size = 0.0, CONFIG["batch_size"]
    for start in range(0, len(images), size):
        batch = slice(start, start + size)
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(images[batch]), labels[batch])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels[batch])
    return total / len(labels)


def accuracy(model: Any, images: Any, labels: Any) -> float:
    """Return the share of images that are classified right."""
    model.eval()
    with torch.no_grad():
        return float((model(images).argmax(1) == labels).float().mean())


def write_samples(folder: Path) -> list[Path]:
    """Train and write the checkpoints of the epochs in `EPOCHS`, return their paths."""
    torch.set_num_threads(1)
    torch.manual_seed(CONFIG["seed"])
    model = tiny_cnn()
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=CONFIG["lr"], weight_decay=CONFIG["weight_decay"]
    )
    images, labels = strokes(2000, seed=1)
    test_images, test_labels = strokes(500, seed=2)
    written = []
    for epoch in range(1, max(EPOCHS) + 1):
        loss = train_epoch(model, optimizer, images, labels)
        if epoch in EPOCHS:
            path = folder / f"tiny_cnn_epoch{epoch:02d}.pt"
            checkpoint = {
                "epoch": epoch,
                "model_state_dict": model.state_dict(),
                "optimizer_state_dict": optimizer.state_dict(),
                "loss": loss,
                "accuracy": accuracy(model, test_images, test_labels),
                "config": CONFIG,
            }
            torch.save(checkpoint, path)
            written.append(path)
            print(f"{path.name}: loss {loss:.3f}, accuracy {checkpoint['accuracy']:.3f}")
    return written


if __name__ == "__main__":
    write_samples(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES)
