"""Take the pictures of the README from the real window.

    python -m tests.make_screenshots [FOLDER]

A small language model is trained for a moment and saved as if on a GPU; the two samples are a small
convolutional net early and late in its training. Everything else is what a person would do: open,
scan, select, compare, export. Needs no display.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import numpy as np
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from inspector.ui import theme
from inspector.ui.checkpoint_page import CheckpointPage
from inspector.ui.compare_tab import CompareTab
from inspector.ui.export_dialog import ExportDialog
from inspector.ui.file_tab import FileTab
from inspector.ui.main_window import MainWindow
from inspector.ui.settings import Settings
from tests.builders.cuda import cuda_tags
from tests.builders.lazy_torch import torch

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "resources" / "pictures"
SAMPLES = ROOT / "resources" / "samples"
WIDTH, HEIGHT = 1400, 860
MOST_BYTES = 200_000
WORDS, WIDE, DEEP = 4000, 128, 6
_PATIENCE = 60.0
"""Seconds after which something has gone wrong."""


def language_model() -> Any:
    """Return an untrained transformer whose head shares the weights of its embedding."""
    nn = torch.nn

    class Model(nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(WORDS, WIDE)
            layer = nn.TransformerEncoderLayer(WIDE, 4, WIDE * 4, batch_first=True, norm_first=True)
            self.blocks = nn.TransformerEncoder(layer, DEEP, enable_nested_tensor=False)
            self.norm = nn.LayerNorm(WIDE)
            self.head = nn.Linear(WIDE, WORDS, bias=False)
            self.head.weight = self.embed.weight
            nn.init.normal_(self.embed.weight, std=0.02)

        def forward(self, words: Any) -> Any:
            return self.head(self.norm(self.blocks(self.embed(words))))

    return Model()


def write_language_model(path: Path) -> Path:
    """Train it for some steps on a sequence that can be learned; save it with GPU tags."""
    torch.manual_seed(3)
    model = language_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for _ in range(30):
        start = torch.randint(0, WORDS, (8, 1))
        words = (start + torch.arange(24) * 7) % WORDS
        guess = model(words[:, :-1]).flatten(0, 1)
        loss = torch.nn.functional.cross_entropy(guess, words[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    saved: dict[str, Any] = {
        "step": 30,
        "loss": loss.item(),
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "config": {"d_model": WIDE, "layers": DEEP, "heads": 4, "vocab_size": WORDS},
    }
    steps = [state["step"] for state in saved["optimizer"]["state"].values()]
    on_cpu = {step.untyped_storage()._cdata for step in steps}
    with cuda_tags(lambda storage: "cpu" if storage._cdata in on_cpu else "cuda:0"):
        torch.save(saved, path)
    return path


def wait_for(happened: Callable[[], bool]) -> None:
    """Let the window work until `happened`."""
    deadline = time.monotonic() + _PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError("the window did not get there")
        QApplication.processEvents()
        time.sleep(0.005)


def rest(seconds: float = 1.0) -> None:
    """Let everything that was asked for arrive and be painted."""
    until = time.monotonic() + seconds
    wait_for(lambda: time.monotonic() > until)


def few_colors(image: QImage) -> QImage:
    """Return `image` in the 256 colours that stand for most of its pixels."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32) & 0xFFFFFF
    colors, counts = np.unique(pixels, return_counts=True)
    # Colours that differ only in the last bits of a channel stand for each other.
    _, group = np.unique(colors & 0xF8F8F8, return_inverse=True)
    total = np.bincount(group, counts)
    first = np.lexsort((-counts, group))
    heads = first[np.searchsorted(group[first], np.arange(len(total)))]
    table = colors[heads[np.argsort(-total)[:256]]]
    plain = Qt.ImageConversionFlag.AvoidDither | Qt.ImageConversionFlag.ThresholdDither
    return image.convertToFormat(
        QImage.Format.Format_Indexed8, [0xFF000000 | int(color) for color in table], plain
    )


def take(widget: QWidget, name: str, folder: Path) -> None:
    """Save what `widget` shows in both themes as `<name>-<theme>.png`."""
    for choice in ("light", "dark"):
        theme.choose(choice)
        rest()
        image = few_colors(widget.grab().toImage())
        path = folder / f"{name}-{choice}.png"
        image.save(str(path), "PNG", 0)  # type: ignore[call-overload]
        size = path.stat().st_size
        print(f"{path.name}: {image.width()} x {image.height()}, {size:,} bytes")
        if size > MOST_BYTES:
            raise ValueError(f"{path} is too large")
    theme.choose("light")


def opened(window: MainWindow, path: Path) -> CheckpointPage:
    """Open `path` in `window` and return its page."""
    window.open_paths([str(path)])
    tab = window.tabs.currentWidget()
    assert isinstance(tab, FileTab)
    wait_for(lambda: not tab.opening)
    assert tab.page is not None, tab.error
    return tab.page


def scenes(window: MainWindow, folder: Path) -> Iterator[tuple[str, QWidget]]:
    """Do what a person does with the files in `folder`, and yield what is to be seen."""
    early, late = (folder / f"tiny_cnn_epoch{epoch}.pt" for epoch in ("01", "20"))
    page = opened(window, write_language_model(folder / "small_lm.pt"))
    page.scan_file()
    wait_for(lambda: not page.scan.running)
    page.show_overview()
    page.tree.setFocus()
    yield "overview", window

    window.actions_["export"].trigger()
    dialog = page.window().findChild(ExportDialog)
    assert isinstance(dialog, ExportDialog)
    wait_for(lambda: not dialog.planning)
    dialog.resize(WIDTH * 3 // 4, HEIGHT * 3 // 4)
    yield "export", dialog
    dialog.close()

    page = opened(window, late)
    page.go_to_key("model_state_dict.conv2.weight")
    yield "histogram", window

    window.comparing.compare(str(early), str(late))
    tab = window.tabs.currentWidget()
    assert isinstance(tab, CompareTab)
    wait_for(lambda: tab.page is not None and not tab.page.comparing)
    assert tab.page is not None
    tab.page.go_to_key("model_state_dict.fc1.weight")
    yield "compare", window


def main() -> int:
    """Take all pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication(sys.argv[:1])
    theme.start("light")
    # A short path that says nothing of the machine: it is in the pictures.
    models = Path(tempfile.gettempdir()) / "models"
    shutil.copytree(SAMPLES, models)
    try:
        window = MainWindow(Settings(fresh=True))
        window.jobs.failed.connect(sys.excepthook)
        window.resize(WIDTH, HEIGHT)
        window.move(100, 100)  # away from the pointer, which would colour what is under it
        window.show()
        for name, widget in scenes(window, models):
            take(widget, name, folder)
        window.close()
        application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    finally:
        shutil.rmtree(models)
    return 0


if __name__ == "__main__":
    sys.exit(main())
