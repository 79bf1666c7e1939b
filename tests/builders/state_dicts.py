"""State dicts and other plain structures, as `torch.save` writes them."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from pathlib import Path
from typing import Any

from tests.builders.lazy_torch import torch
from tests.builders.oracle import Built, numbers, observe, save, saved
from tests.builders.registry import valid


def small_state() -> dict[str, Any]:
    """Two layers under dotted names, all elements different."""
    return {
        "encoder.weight": numbers(4, 3),
        "encoder.bias": numbers(4, start=100.0),
        "head.weight": numbers(2, 4, start=-7.0),
    }


@valid
def state_dict_pt(folder: Path) -> Built:
    return saved(folder / "model.pt", small_state())


@valid
def state_dict_pth(folder: Path) -> Built:
    return saved(folder / "model.pth", small_state())


@valid
def state_dict_bin(folder: Path) -> Built:
    return saved(folder / "pytorch_model.bin", small_state())


@valid
def state_dict_named_h5(folder: Path) -> Built:
    return saved(folder / "weights.h5", small_state())


@valid
def state_dict_without_ending(folder: Path) -> Built:
    return saved(folder / "checkpoint", small_state())


@valid
def state_dict_in_capitals(folder: Path) -> Built:
    return saved(folder / "MODEL.PTH.TAR", small_state())


@valid
def state_dict_with_a_wild_file_name(folder: Path) -> Built:
    return saved(folder / "модель <b>1\u202e\n.pt", small_state())


@valid
def state_dict_saved_to_a_buffer(folder: Path) -> Built:
    with (folder / "buffer.pt").open("wb") as stream:
        torch.save(small_state(), stream)
    return observe(folder / "buffer.pt")


@valid
def module_state_dict_with_metadata(folder: Path) -> Built:
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
    return saved(folder / "sequential.pt", model.state_dict())


@valid
def bare_tensor(folder: Path) -> Built:
    return saved(folder / "tensor.pt", numbers(3, 5))


@valid
def bare_parameter(folder: Path) -> Built:
    return saved(folder / "parameter.pt", torch.nn.Parameter(numbers(3)))


@valid
def list_of_tensors(folder: Path) -> Built:
    return saved(folder / "list.pt", [numbers(2), numbers(3), (numbers(1), [numbers(4)])])


@valid
def nested_dicts(folder: Path) -> Built:
    return saved(
        folder / "nested.pt",
        {"a": {"b": {"c": numbers(2), "n": 7}}, "d": [{"e": numbers(1)}], "f": numbers(3)},
        values={"a.b.n": 7},
    )


@valid
def empty_dict(folder: Path) -> Built:
    return saved(folder / "empty.pt", {})


@valid
def odd_keys(folder: Path) -> Built:
    found = {0: numbers(1), (1, "b"): numbers(2), None: numbers(3), 2.5: numbers(4), True: 1}
    return saved(folder / "odd.pt", {**found, -3: numbers(5), b"raw": numbers(6)})


@valid
def int_keys_beside_their_text(folder: Path) -> Built:
    return saved(folder / "twins.pt", {0: numbers(1), "0": numbers(2), 1: {"0": numbers(3)}})


@valid
def keys_that_are_hard_to_show(folder: Path) -> Built:
    keys = [
        "",
        ".",
        "a..b",
        "<h1>bold</h1>",
        "line\nbreak",
        "\u202eright",
        "\x1b[31mred",
        "層.重み",
    ]
    return saved(folder / "keys.pt", {key: numbers(1, start=n) for n, key in enumerate(keys)})


@valid
def parameters_and_buffers(folder: Path) -> Built:
    return saved(
        folder / "parameters.pt",
        OrderedDict(
            weight=torch.nn.Parameter(numbers(2, 2)),
            frozen=torch.nn.Parameter(numbers(2), requires_grad=False),
            buffer=torch.nn.Buffer(numbers(3)),
            leaf=numbers(2).requires_grad_(),
        ),
    )


@valid
def scalars_and_empty_shapes(folder: Path) -> Built:
    return saved(
        folder / "shapes.pt",
        {
            "scalar": torch.tensor(3.25),
            "empty": torch.empty(0),
            "empty_matrix": torch.empty(3, 0, 2),
            "five": numbers(1, 2, 1, 3, 1),
        },
    )


@valid
def plain_values(folder: Path) -> Built:
    values = {
        "int": 12,
        "negative": -1,
        "big": 2**80,
        "float": 0.1,
        "yes": True,
        "none": None,
        "text": "hello",
        "name": "é" * 300,
    }
    return saved(folder / "values.pt", {**values, "w": numbers(1)}, values=values)


@valid
def odd_containers(folder: Path) -> Built:
    counts = Counter(a=2, b=1)
    groups: defaultdict[str, list[Any]] = defaultdict(list)
    groups["x"].append(numbers(2))
    return saved(
        folder / "containers.pt",
        {"counter": counts, "groups": groups, "set": {1, 2}, "frozen": frozenset({3}), "c": 1 + 2j},
    )


@valid
def sizes_devices_and_dtypes_as_values(folder: Path) -> Built:
    return saved(
        folder / "torch_values.pt",
        {
            "size": torch.Size([2, 3]),
            "device": torch.device("cuda:1"),
            "dtype": torch.bfloat16,
            "layout": torch.sparse_coo,
            "w": numbers(2),
        },
    )


@valid
def a_thousand_layers(folder: Path) -> Built:
    return saved(folder / "many.pt", {f"layers.{n}.w": numbers(2, start=n) for n in range(1000)})


@valid
def a_list_that_holds_itself(folder: Path) -> Built:
    ring: list[Any] = [numbers(2)]
    ring.append(ring)
    return saved(folder / "ring.pt", {"ring": ring})


@valid
def deeply_nested_containers(folder: Path) -> Built:
    nested: Any = {"w": numbers(2)}
    for level in range(300):
        nested = {f"k{level}": nested} if level % 2 else [nested]
    return saved(folder / "deep.pt", nested)


@valid
def one_dict_under_two_names(folder: Path) -> Built:
    shared = {"w": numbers(2)}
    return saved(folder / "shared_dict.pt", {"a": shared, "b": shared})


@valid
def pickle_protocol_3(folder: Path) -> Built:
    return saved(folder / "p3.pt", small_state(), pickle_protocol=3)


@valid
def pickle_protocol_4(folder: Path) -> Built:
    return saved(folder / "p4.pt", small_state(), pickle_protocol=4)


@valid
def pickle_protocol_5(folder: Path) -> Built:
    return saved(folder / "p5.pt", {**small_state(), "raw": bytearray(b"xyz")}, pickle_protocol=5)


@valid
def pickle_protocol_5_with_several_frames(folder: Path) -> Built:
    state = {**small_state(), "text": "x" * 70_000, "more": ["y" * 70_000, numbers(2)]}
    return saved(folder / "frames.pt", state, pickle_protocol=5)


@valid
def storages_without_tensors(folder: Path) -> Built:
    """A bare storage is no tensor; the file opens all the same."""
    typed = torch.storage.TypedStorage(wrap_storage=torch.UntypedStorage(8), dtype=torch.int16)
    path = save(folder / "storages.pt", {"untyped": torch.UntypedStorage(5), "typed": typed})
    return observe(path)
