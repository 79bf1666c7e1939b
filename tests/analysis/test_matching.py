from __future__ import annotations

import collections.abc

import pytest

from inspector.analysis.matching import EXACT, Mapping, Match, match_tensors
from inspector.checkpoint.errors import NotACheckpointError
from inspector.checkpoint.types import Tensor, contiguous_stride

Shapes = collections.abc.Mapping[str, tuple[int, ...]]

RESNET = {
    "conv1.weight": (8, 3, 7, 7),
    "bn1.weight": (8,),
    "bn1.bias": (8,),
    "layer1.0.conv1.weight": (8, 8, 3, 3),
    "layer1.1.conv1.weight": (8, 8, 3, 3),
    "fc.weight": (10, 8),
    "fc.bias": (10,),
}


def tensors(shapes: Shapes, prefix: str = "") -> list[Tensor]:
    return [
        Tensor((prefix + key,), prefix + key, "float32", shape, contiguous_stride(shape), 0, None)
        for key, shape in shapes.items()
    ]


def accepted(mapping: Mapping) -> dict[str, str]:
    return {row.key_a: row.key_b for row in mapping.accepted}


def test_equal_names_match_first() -> None:
    mapping = match_tensors(tensors(RESNET), tensors(RESNET))
    assert accepted(mapping) == {key: key for key in RESNET}
    assert {row.how for row in mapping.matches} == {EXACT}
    assert mapping.renames() == {}


@pytest.mark.parametrize(
    "prefix",
    [
        "module.",
        "model.",
        "_orig_mod.",
        "state_dict.",
        "model_state_dict.",
        "ema.",
        "model.module._orig_mod.",
        "some.unheard.of.thing.",
    ],
)
def test_a_prefix_is_found_on_either_side(prefix: str) -> None:
    bare, wrapped = tensors(RESNET), tensors(RESNET, prefix)
    there = match_tensors(wrapped, bare)
    assert accepted(there) == {prefix + key: key for key in RESNET}
    assert {row.how for row in there.matches} == {f"matched by removing `{prefix}`"}
    assert accepted(match_tensors(bare, wrapped)) == {key: prefix + key for key in RESNET}


def test_one_prefix_is_exchanged_for_another() -> None:
    mapping = match_tensors(tensors(RESNET, "net."), tensors(RESNET, "backbone."))
    assert accepted(mapping) == {f"net.{key}": f"backbone.{key}" for key in RESNET}
    assert mapping.matches[0].how == "matched by replacing `net.` by `backbone.`"


def test_a_level_in_the_middle_of_the_keys_is_found() -> None:
    compiled = {key.replace("layer1.", "layer1._orig_mod."): shape for key, shape in RESNET.items()}
    mapping = match_tensors(tensors(compiled, "module."), tensors(RESNET))
    assert sorted(accepted(mapping).values()) == sorted(RESNET)
    assert not mapping.suggested


def test_adapter_levels_are_found() -> None:
    base = {f"layers.{i}.{part}_proj.weight": (8, 8) for i in range(3) for part in "qk"}
    tuned = {
        f"base_model.model.{key.replace('q_proj', 'q_proj.base_layer')}": shape
        for key, shape in base.items()
    }
    tuned |= {f"base_model.model.layers.{i}.q_proj.lora_A.default.weight": (2, 8) for i in range(3)}
    mapping = match_tensors(tensors(tuned), tensors(base))
    assert sorted(accepted(mapping).values()) == sorted(base)
    assert not any("lora" in key for key in accepted(mapping))


def test_the_model_is_taken_before_its_average() -> None:
    both = tensors(RESNET, "ema.") + tensors(RESNET, "model.")
    assert accepted(match_tensors(both, tensors(RESNET))) == {f"model.{key}": key for key in RESNET}


def without_dots(prefix: str, separator: str, extra: Shapes | None = None) -> list[Tensor]:
    names = {prefix + key.replace(".", separator): shape for key, shape in RESNET.items()}
    return tensors(names | dict(extra or {}))


@pytest.mark.parametrize(("prefix", "separator"), [("model_ema.", ""), ("ema_", "_"), ("", "_")])
@pytest.mark.parametrize("wrapped", ["", "model."])
def test_an_average_kept_as_buffers_is_matched_without_its_dots(
    prefix: str, separator: str, wrapped: str
) -> None:
    average, model = without_dots(prefix, separator), tensors(RESNET, wrapped)
    found = match_tensors(average, model)
    names = {prefix + key.replace(".", separator): wrapped + key for key in RESNET}
    assert accepted(found) == names
    words = f"`{prefix}` and the dots" if prefix else "the dots"
    assert {row.how for row in found.matches} == {f"matched by removing {words}"}
    back = accepted(match_tensors(model, average))
    assert {ours: theirs for theirs, ours in back.items()} == names


def test_names_that_are_ambiguous_without_their_dots_are_left_alone() -> None:
    twins = {"layers.1.11.w": (8, 3), "layers.11.1.w": (8, 3)}
    average = without_dots("model_ema.", "", {"model_ema.layers111w": (8, 3)})
    model = tensors(RESNET | twins)
    assert "model_ema.layers111w" not in accepted(match_tensors(average, model))
    assert len(accepted(match_tensors(average, model))) == len(RESNET)


def test_names_without_dots_match_only_where_the_shapes_are_the_same() -> None:
    other = {key: (*shape, 2) for key, shape in RESNET.items()}
    assert not accepted(match_tensors(without_dots("model_ema.", ""), tensors(other)))


def test_what_only_looks_alike_is_suggested_and_counts_after_being_accepted() -> None:
    ours = {"stem.weight": (8, 3), "head.weight": (10, 8), "head.bias": (10,)}
    theirs = {"stem.weight": (8, 3), "classifier.weight": (10, 8), "classifier.bias": (10,)}
    mapping = match_tensors(tensors(ours), tensors(theirs))
    assert accepted(mapping) == {"stem.weight": "stem.weight"}
    assert {row.key_a: row.key_b for row in mapping.suggested} == {
        "head.weight": "classifier.weight",
        "head.bias": "classifier.bias",
    }
    for row in mapping.suggested:
        assert 0 < row.confidence < 1
        mapping.accept(row)
    assert mapping.renames() == {"head.weight": "classifier.weight", "head.bias": "classifier.bias"}


def test_layer_numbers_beat_order() -> None:
    ours = {f"enc.{i}.attn.w": (4, 4) for i in range(3)}
    theirs = {f"blocks.{i}.self.w": (4, 4) for i in (2, 0)}
    mapping = match_tensors(tensors(ours), tensors(theirs))
    found = {row.key_a: row.key_b for row in mapping.suggested}
    assert found["enc.0.attn.w"] == "blocks.0.self.w"
    assert found["enc.2.attn.w"] == "blocks.2.self.w"


def test_keys_chosen_by_hand_replace_what_was_there() -> None:
    mapping = Mapping([Match("a", "x"), Match("b", "y")])
    mapping.choose("a", "y")
    assert accepted(mapping) == {"a": "y"}


def test_a_mapping_survives_saving_and_is_obeyed_again() -> None:
    ours, theirs = tensors({"a": (3,), "b": (3,)}), tensors({"a": (3,), "c": (3,)})
    mapping = match_tensors(ours, theirs)
    mapping.refuse(mapping.matches[0])
    mapping.choose("b", "a")
    again = match_tensors(ours, theirs, Mapping.from_json(mapping.to_json()))
    assert accepted(again) == {"b": "a"}
    assert again.renames() == {"b": "a"}
    assert accepted(match_tensors(theirs, ours, mapping.swapped())) == {"a": "b"}


def test_a_refused_suggestion_is_not_made_again() -> None:
    ours, theirs = tensors({"head.w": (9, 2)}), tensors({"top.w": (9, 2)})
    first = match_tensors(ours, theirs)
    first.refuse(first.suggested[0])
    assert not match_tensors(ours, theirs, first).suggested


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"key_mapping": 1, "matches": [3]}', "[" * 9999])
def test_other_files_are_no_mapping(text: str) -> None:
    with pytest.raises(NotACheckpointError, match="no key mapping"):
        Mapping.from_json(text)


def test_a_key_that_comes_twice_is_matched_once() -> None:
    twice = tensors({"w": (2,)}) + tensors({"w": (3,)})
    assert accepted(match_tensors(twice, tensors({"w": (2,)}))) == {"w": "w"}
