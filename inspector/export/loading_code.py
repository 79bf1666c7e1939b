"""The lines of Python that load a copy, to be pasted into a script."""

from __future__ import annotations

from inspector.export.plan import ExportPlan


def loading_code(plan: ExportPlan) -> str:
    """Return Python code that loads what the plan writes."""
    name = repr(str(plan.target))
    if len(plan.files) > 1:
        return _SHARDS.get(plan.format, _SHARDS["torch"]).format(name=name)
    if plan.format == "safetensors":
        return (
            "from safetensors.torch import load_file\n\n"
            f"state_dict = load_file({name})  # device=\"cuda:0\" loads onto a GPU\n"
        )  # fmt: skip
    if plan.format == "torchscript":
        return f"import torch\n\nmodel = torch.jit.load({name})\n"
    if plan.kind == "rewrite" or plan.checkpoint.weights_only.loads:
        return f"import torch\n\ncheckpoint = torch.load({name}, weights_only=True)\n"
    return (
        "import torch\n\n"
        "# Runs what the file names; only for files you trust, with their classes installed.\n"
        f"checkpoint = torch.load({name}, weights_only=False)\n"
    )


_SHARDS = {
    "safetensors": (
        "import json\nfrom pathlib import Path\nfrom safetensors.torch import load_file\n\n"
        "index = Path({name})\nstate_dict = {{}}\n"
        'for shard in sorted(set(json.loads(index.read_text())["weight_map"].values())):\n'
        "    state_dict.update(load_file(index.parent / shard))\n"
    ),
    "torch": (
        "import json\nfrom pathlib import Path\nimport torch\n\n"
        "index = Path({name})\nstate_dict = {{}}\n"
        'for shard in sorted(set(json.loads(index.read_text())["weight_map"].values())):\n'
        "    state_dict.update(torch.load(index.parent / shard, weights_only=True))\n"
    ),
}
