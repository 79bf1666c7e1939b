"""What the readers and writers say, in the language of the window.

Below the window everything speaks English, in sentences with numbers and names of the file filled
in. The most frequent ones are known here as they are before they are filled, and so can be said in
another language; all others stay as they are.
"""

from __future__ import annotations

import re
from functools import lru_cache

from PySide6.QtCore import QCoreApplication

from inspector.checkpoint.errors import CheckpointError
from inspector.checkpoint.plain_text import shown
from inspector.ui.language import translated_later

_CONTEXT = "Reasons"
_SENTENCES = translated_later(
    "Reasons",
    "this is {kind}, not a PyTorch checkpoint",
    'this is a zip archive with "{name}" in it, and no data.pkl of its own',
    'this is a plain zip archive with "{name}" in it; a checkpoint has a data.pkl',
    "this is {kind} (protocol {protocol}), not written by torch.save",
    "this is the metadata of a distributed checkpoint (DCP), which holds no tensors",
    "this folder is {kind}",
    "this folder holds no checkpoint",
    "this folder holds {count} checkpoints: {names}",
    "the file is empty",
    "the content is not that of any checkpoint known here; it begins with the bytes {start}",
    "the file cannot be read: {reason}",
    "the folder cannot be listed: {reason}",
    "there is no such file",
    "the file was closed",
    "the file changed on disk since it was opened",
    "the file is shorter than when it was opened",
    "{length} bytes are expected here, but the file ends after {size}",
    "this {kind} was cut short: it ends after {size} bytes, before the directory that "
    "stands at its end",
    "the file was cut short after {size} bytes: {whole} of {total} tensors are whole "
    "and can be read and exported",
    "the safetensors header should be {length} bytes long, but only {left} follow",
    "the safetensors header is no JSON object",
    "a name occurs twice in the safetensors header, so its meaning is ambiguous",
    "the pickle ends before it is complete",
    "the pickle is damaged: {reason}",
    "the pickle has too many opcodes",
    "its content is nested too deeply",
    "listing its content takes more memory than there is",
    "its content contradicts its format ({name})",
    "it claims to hold {size} bytes, more than any real checkpoint",
    "its compressed data is damaged",
    "the record of a storage is missing",
    "the tensor reaches past its storage",
    "the tensor reaches element {element} of a storage of {size} bytes",
    "a storage is used, but the file holds no bytes for it",
    "the zip archive holds no data.pkl in its folder",
    "the zip archive has no directory at its end",
    "{count} bytes follow the end of the archive; nothing refers to them",
    "{count} bytes follow the last storage; nothing refers to them",
    "{count} bytes follow the end of the pickle; torch ignores them",
    "{count} bytes at the end belong to no tensor",
    "the pickle's checksum is wrong: some names or shapes may be damaged",
    "written on a big-endian machine; its elements are stored little-endian all the same",
    "{count} constant tensors of its code are not part of the module and not listed",
    "{count} tensors that the index names are not in their shard: {name}",
    "{count} entries of a shard are not in the index: {name}",
    "a shard with {count} of the {total} tensors cannot be read: {reason}",
    "none of the {count} that the index names is beside it",
    "the index leads out of its folder; nothing there was opened",
    "the index lacks a weight_map from names to files",
    "the index is not valid JSON: {reason}",
    "there are more of this kind, which are not listed",
    "you have no permission to read this file",
    "the file ends before it",
    "the file ends within it: {there} of its {size} bytes are there",
    "a {format} file has no checksums; what it says of itself is consistent",
    "{damaged} of {count} records are damaged",
    "1 of {count} records is damaged",
    "{whole} of {count} records are as they were written, {without} have no checksum",
    "all {count} records are as they were written",
    "its checksum is {found}, written was {written}",
    "no device was asked for; the copy is the source, byte for byte",
    "no tensor of the file is on {device}",
    'no key is like "{pattern}"',
    "{count} RNG states and step counters stay on the CPU, where torch wants them",
    "safetensors files name no device; whoever loads one chooses it",
    "{count} tensors that share storages are written each by itself",
)
_DETAILS = translated_later(
    "Reasons",
    "PyTorch 1.6 or newer",
    "the format before PyTorch 1.6",
    "the format before PyTorch 0.1.10",
    "cut short",
    "header of {count} bytes",
    "{count} shards",
    "1 shard",
    "a module with its code",
    "{key} in B, matched by {rewriting}",
    "matched by {rewriting}",
    "removing {words}",
    "replacing {old} by {new}",
    "replacing {old} by {new} and removing {words}",
    "chosen by hand",
)
"""Of a container, and of how keys of different names belong together."""
_PLACES = translated_later(
    "Reasons",
    "byte {number}",
    'shard "{name}"',
    'tensor "{name}"',
    "line {number}",
)
_ADVICE = translated_later(
    "Reasons",
    "It is read by h5py or Keras; save the weights with torch.save or safetensors to open them",
    "Unpack it and open the checkpoint inside",
    "Unpack it and open that file",
    "Unpack it, or choose another file",
    "Choose the checkpoint itself, or download it again",
    "Choose a checkpoint file",
    "Open one of them",
    "The server sent it instead of the file; download the checkpoint again, logged in if needed",
    "Open the weights beside it; only an index with a weight_map leads to tensors",
    "Choose the file that this program saves",
    'The content was not fetched; run "git lfs pull" in the repository',
    "The download or the save did not finish; get the file again",
    "The download or the copy did not finish; get the file again",
    "The file was probably cut short; copy or download it again",
    "It may be cut at its beginning, encrypted, or of another program",
    "Nothing in it was executed; save the tensors with torch.save or safetensors",
    "It is read by {program}",
    "Reload it",
    "Download them into the same folder",
    "Open the shards beside it one by one, or download the index again",
    "A real index names files beside it; this one is broken or a trap",
    "Please report it if other programs read this file",
    "Open the file it was unpacked from; a checkpoint stays packed",
)
_KINDS = translated_later(
    "Reasons",
    "an HDF5 file (Keras?)",
    "a GGUF file (llama.cpp)",
    "a GGML file (old llama.cpp)",
    "a NumPy array (.npy)",
    "a NumPy archive (.npz)",
    "a TensorFlow Lite model",
    "a gzip archive",
    "an xz archive",
    "a bzip2 archive",
    "a Zstandard archive",
    "an empty zip archive",
    "a 7-Zip archive",
    "a RAR archive",
    "an SQLite database",
    "a PDF document",
    "a PNG picture",
    "a JPEG picture",
    "an HTML page",
    "an XML text",
    "a JSON text",
    "Python source code",
    "a text file",
    "a Git LFS pointer for {size} bytes",
    "a Git LFS pointer",
    "an ONNX model",
    "a TensorFlow SavedModel",
    "a Core ML model",
    "a tar archive",
    "a Windows program or library",
    "a Linux program or library",
    "the index of a TensorFlow checkpoint",
    "a program written by torch.export (.pt2)",
    "a torch.package archive",
    "a Keras model (.keras)",
    "a Python wheel",
    "a joblib or scikit-learn pickle",
    "a plain Python pickle",
    "a distributed checkpoint (DCP)",
    "a DeepSpeed checkpoint",
    "the unpacked content of a checkpoint",
    "zip archive",
    "zip checkpoint",
)


def in_words(text: str) -> str:
    """Return a sentence, a place or an advice of the readers in the language of the window."""
    if _tr(_SENTENCES[0]) == _SENTENCES[0]:
        return text  # the window speaks English, too
    whole = _tr(text)
    if whole != text:
        return whole
    for pattern, template in _known():
        found = pattern.fullmatch(text)
        if found is not None:
            names = {name: in_words(value) for name, value in found.groupdict().items()}
            return _tr(template).format(**names)
    return text


def sentence(text: str) -> str:
    """Return `in_words(text)` as a whole sentence."""
    words = in_words(text).rstrip(".")
    return QCoreApplication.translate("Reasons", "{}.").format(words[:1].upper() + words[1:])


def reason_of(error: CheckpointError) -> str:
    """Return what `error.what()` does, in the language of the window."""
    place = f" ({in_words(error.where)})" if error.where else ""
    text = in_words(error.message) + place
    if error.advice:
        both = QCoreApplication.translate("Reasons", "{}. {}")
        text = both.format(text, in_words(error.advice))
    return shown(text)


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)


@lru_cache(maxsize=1)
def _known() -> list[tuple[re.Pattern[str], str]]:
    """Return a pattern for each text, those with the most words of their own first."""
    texts = (*_SENTENCES, *_DETAILS, *_PLACES, *_ADVICE, *_KINDS)
    by_length = sorted(texts, key=lambda text: -len(_PLACEHOLDER.sub("", text)))
    return [(re.compile(_pattern(text), re.DOTALL), text) for text in by_length]


_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def _pattern(text: str) -> str:
    parts = _PLACEHOLDER.split(text)  # words and, at odd places, names
    return "".join(
        f"(?P<{part}>.+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts)
    )
