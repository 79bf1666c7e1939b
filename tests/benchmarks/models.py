"""The two models of which most checkpoints in the world are kin, in torch's own layers.

Only names, shapes and dtypes count here: the elements are whatever the memory held.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn


class _Bottleneck(nn.Module):
    def __init__(self, channels: int, width: int, stride: int, downsample: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        if downsample:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width)
            )


def resnet50() -> nn.Module:
    """Return ResNet-50: 320 tensors, 102 MB of float32, 53 counters of int64 among them."""
    layers: list[tuple[str, nn.Module]] = [
        ("conv1", nn.Conv2d(3, 64, 7, 2, 3, bias=False)),
        ("bn1", nn.BatchNorm2d(64)),
    ]
    channels = 64
    for number, blocks in enumerate((3, 4, 6, 3)):
        width = 64 << number
        layer = nn.Sequential()
        for block in range(blocks):
            stride = 2 if number and not block else 1
            layer.append(_Bottleneck(channels, width, stride, not block))
            channels = 4 * width
        layers.append((f"layer{number + 1}", layer))
    layers.append(("fc", nn.Linear(channels, 1000)))
    return nn.Sequential(OrderedDict(layers))


def language_model(size: int = 1536, inner: int = 4096, words: int = 32_000) -> nn.Module:
    """Return a model in the names and the form of Llama: 291 tensors, 2.0 GB of bfloat16."""

    def linear(names: str, features: int, out: int) -> nn.ModuleDict:
        return nn.ModuleDict({name: nn.Linear(features, out, bias=False) for name in names.split()})

    def layer() -> nn.ModuleDict:
        attention = linear("q_proj k_proj v_proj o_proj", size, size)
        mlp = linear("gate_proj up_proj", size, inner)
        mlp["down_proj"] = nn.Linear(inner, size, bias=False)
        norms = {f"{name}_layernorm": nn.RMSNorm(size) for name in ("input", "post_attention")}
        return nn.ModuleDict({"self_attn": attention, "mlp": mlp, **norms})

    body = nn.ModuleDict(
        {
            "embed_tokens": nn.Embedding(words, size),
            "layers": nn.ModuleList(layer() for _ in range(32)),
            "norm": nn.RMSNorm(size),
        }
    )
    head = nn.Linear(size, words, bias=False)
    return nn.ModuleDict({"model": body, "lm_head": head}).bfloat16()


def write_state_dict(path: Path, model: Callable[[], nn.Module]) -> Path:
    """Write the model's state_dict."""
    with torch.device("meta"):
        made: Any = model()
    torch.save(made.to_empty(device="cpu").state_dict(), path)
    return path
