"""Files that the tests open: real ones written by torch and safetensors, with torch's own answer.

    @pytest.mark.parametrize("name", VALID)
    def test_something(name: str) -> None:
        file = built(name)          # written once in each test process; do not change it
        file.path, file.tensors     # what torch says of it

A builder is a function `builder(folder) -> Built`; call one directly for a file of your own.
torch itself is imported when the first file is written.
"""

from tests.builders import (
    checkpoints,
    containers,
    cuda,
    elements,
    modules,
    safetensors_files,
    state_dicts,
    subclasses,
    views,
)
from tests.builders.cuda import cuda_tags
from tests.builders.lazy_torch import torch
from tests.builders.oracle import (
    Built,
    ExpectedTensor,
    numbers,
    observe,
    raw_bytes_of,
    save,
    saved,
    values_of,
)
from tests.builders.registry import VALID, built, drop_built_files
from tests.builders.state_dicts import small_state
from tests.builders.throwaway import adopt, throwaway_module

__all__ = [
    "VALID",
    "Built",
    "ExpectedTensor",
    "adopt",
    "built",
    "checkpoints",
    "containers",
    "cuda",
    "cuda_tags",
    "drop_built_files",
    "elements",
    "modules",
    "numbers",
    "observe",
    "raw_bytes_of",
    "safetensors_files",
    "save",
    "saved",
    "small_state",
    "state_dicts",
    "subclasses",
    "throwaway_module",
    "torch",
    "values_of",
    "views",
]
