"""safetensors files that break a rule of the format, one each."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from tests.hostile.archives import entry_of, safetensors_bytes
from tests.hostile.attack import inert, refused, refuses_bytes, salvages_bytes, write

GOOD = json.dumps({"w": entry_of()}).encode()


def _headers() -> dict[str, object]:
    """Return headers over 24 bytes of data that must be refused."""
    return {
        "st_overlap": {"w": entry_of(), "x": entry_of("F32", (2,), (8, 16))},
        "st_hole_at_the_start": {"w": entry_of("F32", (5,), (4, 24))},
        "st_hole_in_the_middle": {
            "a": entry_of("F32", (2,), (0, 8)),
            "b": entry_of("F32", (2,), (16, 24)),
        },
        "st_bytes_left_at_the_end": {"w": entry_of("F32", (5,), (0, 20))},
        "st_negative_offset": {"w": entry_of("F32", (6,), (-24, 0))},
        "st_end_before_start": {"w": entry_of("F32", (6,), (24, 0))},
        "st_negative_size": {"w": entry_of("F32", (-6,))},
        "st_two_negative_sizes": {"w": entry_of("F32", (-2, -3))},
        "st_size_overflows": {"w": entry_of("F32", (1 << 62, 1 << 62))},
        "st_size_overflows_to_the_right_value": {"w": entry_of("F32", ((1 << 64) + 6,))},
        "st_size_is_a_float": {"w": entry_of("F32", (6.0,))},
        "st_size_is_a_text": {"w": entry_of("F32", ("6",))},
        "st_size_is_true": {"w": entry_of("F32", (True, 6))},
        "st_size_is_null": {"w": entry_of("F32", (None,))},
        "st_shape_does_not_fit_the_bytes": {"w": entry_of("F32", (5,))},
        "st_unknown_dtype": {"w": entry_of("F33")},
        "st_dtype_in_small_letters": {"w": entry_of("f32")},
        "st_dtype_is_a_number": {"w": {**entry_of(), "dtype": 5}},
        "st_dtype_is_a_list": {"w": {**entry_of(), "dtype": ["F32"]}},
        "st_offsets_of_three": {"w": entry_of("F32", (6,), (0, 12, 24))},
        "st_offsets_of_one": {"w": entry_of("F32", (6,), (24,))},
        "st_offsets_are_floats": {"w": entry_of("F32", (6,), (0.0, 24.0))},
        "st_offsets_are_texts": {"w": entry_of("F32", (6,), ("0", "24"))},
        "st_no_offsets": {"w": {"dtype": "F32", "shape": [6]}},
        "st_no_shape": {"w": {"dtype": "F32", "data_offsets": [0, 24]}},
        "st_no_dtype": {"w": {"shape": [6], "data_offsets": [0, 24]}},
        "st_shape_is_a_number": {"w": {**entry_of(), "shape": 6}},
        "st_shape_is_a_dict": {"w": {**entry_of(), "shape": {"0": 6}}},
        "st_entry_is_null": {"w": None},
        "st_entry_is_a_list": {"w": [1, 2, 3]},
        "st_entry_is_a_text": {"w": "F32"},
        "st_metadata_holds_a_number": {"__metadata__": {"a": 1}, "w": entry_of()},
        "st_metadata_holds_a_dict": {"__metadata__": {"a": {}}, "w": entry_of()},
        "st_metadata_is_a_list": {"__metadata__": [], "w": entry_of()},
        "st_metadata_is_a_text": {"__metadata__": "x", "w": entry_of()},
        "st_header_is_a_list": [entry_of()],
        "st_header_is_a_text": "w",
        "st_65_dimensions": {"w": entry_of("F32", (1,) * 64 + (6,))},
        "st_float4_ends_inside_a_byte": {"w": entry_of("F4", (47,))},
    }


for _name, _header in _headers().items():
    refuses_bytes(_name, "m.safetensors", safetensors_bytes(_header))


def _raw_headers() -> dict[str, bytes]:
    """Return header bytes that are no proper JSON object."""
    twice = (
        b'{"w":'
        + json.dumps(entry_of()).encode()
        + b',"w":'
        + json.dumps(entry_of()).encode()
        + b"}"
    )
    inner = b'{"w":{"dtype":"F32","dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}'
    return {
        "st_json_cut_short": GOOD[:-1],
        "st_json_with_a_comma_too_many": GOOD[:-1] + b",}",
        "st_json_with_text_behind": GOOD + b"x",
        "st_json_with_a_second_object": GOOD + GOOD,
        "st_json_with_a_comment": b"{/* */" + GOOD[1:],
        "st_json_with_nan": GOOD.replace(b"24", b"NaN"),
        "st_json_with_infinity": GOOD.replace(b"24", b"Infinity"),
        "st_json_with_an_exponent": GOOD.replace(b"24", b"24e0"),
        "st_json_with_minus_zero": GOOD.replace(b"[0, 24]", b"[-0, 24]"),
        "st_json_with_leading_zeros": GOOD.replace(b"24", b"024"),
        "st_json_with_single_quotes": GOOD.replace(b'"', b"'"),
        "st_json_with_a_byte_order_mark": b"\xef\xbb\xbf" + GOOD,
        "st_json_that_is_no_utf8": GOOD.replace(b"w", b"\xff"),
        "st_json_with_a_raw_control": GOOD.replace(b"w", b"\x01"),
        "st_json_with_a_lone_surrogate": GOOD.replace(b"w", b"\\ud800"),
        "st_json_of_a_number_of_5000_digits": GOOD.replace(b"24", b"9" * 5000),
        "st_json_nested_100_000_deep": b'{"w":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "st_json_dicts_nested_deep": b'{"a":' * 5000 + b"1" + b"}" * 5000,
        "st_name_twice": twice,
        "st_field_twice": inner,
        "st_json_of_blanks": b" " * 50,
    }


for _name, _raw in _raw_headers().items():
    refuses_bytes(_name, "m.safetensors", safetensors_bytes(raw=_raw))


def _lengths() -> dict[str, int]:
    """Return header lengths that lie."""
    return {
        "st_length_zero": 0,
        "st_length_one_less": len(GOOD) - 1,
        "st_length_one_more": len(GOOD) + 1,
        "st_length_beyond_the_file": 10_000,
        "st_length_of_a_gigabyte": 1 << 30,
        "st_length_of_2_to_the_63": 1 << 63,
        "st_length_of_all_ones": (1 << 64) - 1,
    }


for _name, _length in _lengths().items():
    refuses_bytes(_name, "m.safetensors", safetensors_bytes(raw=GOOD, length=_length))


def _cuts() -> dict[str, bytes]:
    """Return files cut inside their header; cuts in the data are for salvage to show."""
    whole = safetensors_bytes(raw=GOOD)
    return {f"st_cut_after_{keep}": whole[:keep] for keep in (1, 7, 8, 9, 20, 60)}


for _name, _data in _cuts().items():
    refuses_bytes(_name, "m.safetensors", _data)


_whole = safetensors_bytes({"w": entry_of()})
for _keep in (len(_whole) - 1, len(_whole) - 24):
    salvages_bytes(f"st_cut_in_the_data_after_{_keep}", "m.safetensors", _whole[:_keep], "w")


@refused()
def st_trailing_bytes(folder: Path) -> Path:
    return write(folder / "m.safetensors", safetensors_bytes({"w": entry_of()}) + b"x")


@refused("bytes", "header")
def st_header_of_200_megabytes(folder: Path) -> Path:
    """Sparse on disk: only its length is looked at."""
    path = folder / "m.safetensors"
    with path.open("wb") as stream:
        stream.write(struct.pack("<Q", 200_000_000) + b'{"')
        stream.truncate(200_000_100)
    return path


@inert("w")
def st_unknown_fields(folder: Path) -> Path:
    header = {"w": {**entry_of(), "strides": [1, 2], "evil": {"__class__": "x"}}}
    return write(folder / "m.safetensors", safetensors_bytes(header))


@inert("w", "e1", "e2")
def st_empty_tensors(folder: Path) -> Path:
    header = {
        "w": entry_of(),
        "e1": entry_of("F32", (0, 5), (24, 24)),
        "e2": entry_of("F32", (0,), (0, 0)),
    }
    return write(folder / "m.safetensors", safetensors_bytes(header))


@inert("a", "b")
def st_offsets_in_another_order(folder: Path) -> Path:
    header = {"a": entry_of("F32", (3,), (12, 24)), "b": entry_of("F32", (3,), (0, 12))}
    return write(folder / "m.safetensors", safetensors_bytes(header))


@inert("w")
def st_blanks_around_the_header(folder: Path) -> Path:
    return write(folder / "m.safetensors", safetensors_bytes(raw=GOOD + b" " * 100))


@inert("w")
def st_polyglot_metadata(folder: Path) -> Path:
    """Text that other programs would act on is only text."""
    metadata = {"format": "pt", "x": "<script>\x1b[31m</script>\n#!/bin/sh", "__proto__": "1"}
    header = {"__metadata__": metadata, "w": entry_of()}
    return write(folder / "m.safetensors", safetensors_bytes(header))


@inert("__proto__", "\x1b[31mred", "\u202etxet", "")
def st_names_that_are_hard_to_show(folder: Path) -> Path:
    names = ("__proto__", "\x1b[31mred", "\u202etxet", "")
    header = {name: entry_of("U8", (6,), (6 * n, 6 * n + 6)) for n, name in enumerate(names)}
    return write(folder / "m.safetensors", safetensors_bytes(header))


def _many() -> bytes:
    header = {f"t{n}": entry_of("U8", (0,), (0, 0)) for n in range(20_000)}
    return safetensors_bytes({**header, "w": entry_of()})


@inert("w")
def st_20_000_tensors(folder: Path) -> Path:
    return write(folder / "m.safetensors", _many())


@inert()
def st_name_of_500_000_characters(folder: Path) -> Path:
    return write(folder / "m.safetensors", safetensors_bytes({"k" * 500_000: entry_of()}))
