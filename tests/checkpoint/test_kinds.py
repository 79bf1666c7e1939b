"""What tensors are there for, told from where they stand."""

from __future__ import annotations

from pathlib import Path

from inspector import open_checkpoint
from inspector.checkpoint.kinds import MODEL, OPTIMIZER, Kinds
from tests.builders import torch


def kinds_of(path: Path, saved: object) -> set[str]:
    torch.save(saved, path)
    with open_checkpoint(path) as checkpoint:
        kinds = Kinds(checkpoint.tensors)
        return {kinds.of(tensor) for tensor in checkpoint.tensors}


def test_the_state_of_an_optimizer_by_itself_is_no_model(tmp_path: Path) -> None:
    model = torch.nn.Linear(4, 4)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(4)).sum().backward()
    optimizer.step()
    assert kinds_of(tmp_path / "optimizer.pt", optimizer.state_dict()) == {OPTIMIZER}
    assert kinds_of(tmp_path / "state.pt", {"state": {"weight": torch.ones(1)}}) == {MODEL}
