r"""Windows: one ProgId for each kind of file, in the user's own part of the registry.

    HKCU\Software\Classes\CheckpointInspector.Torch\shell\open\command    how to open one
    HKCU\Software\Classes\.pt\OpenWithProgids                             "Open with" lists it
    HKCU\Software\Classes\.pt                                             default, where none is

Windows guards the choice of a person (UserChoice) by a hash that programs cannot write, so a
default is only given to an extension that has none. Written after Microsoft's documentation
("Programmatic Identifiers", "How to include an application in Open With"); not run on Windows.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys

from inspector.ui.desktop.program import start_command

_CLASSES = r"Software\Classes"
_KINDS = {
    "CheckpointInspector.Torch": ("PyTorch checkpoint", (".pt", ".pth", ".ckpt")),
    "CheckpointInspector.Safetensors": ("safetensors file", (".safetensors",)),
}
# .ckpt belongs to many programs; it is offered, not claimed.
_CLAIMED = (".pt", ".pth", ".safetensors")

Entry = tuple[str, str, str]
"""Key below HKCU, value name ("" is the key's default), text."""


def entries(command: list[str]) -> list[Entry]:
    """Return what registering writes, for a program started by `command`."""
    line = subprocess.list2cmdline(command) + ' "%1"'
    found: list[Entry] = []
    for identifier, (title, extensions) in _KINDS.items():
        key = rf"{_CLASSES}\{identifier}"
        found.append((key, "", title))
        found.append((rf"{key}\shell\open\command", "", line))
        found.extend(
            (rf"{_CLASSES}\{extension}\OpenWithProgids", identifier, "") for extension in extensions
        )
    return found


def claims() -> list[Entry]:
    """Return the defaults that registering adds to extensions without one."""
    return [
        (rf"{_CLASSES}\{extension}", "", identifier)
        for identifier, (_, extensions) in _KINDS.items()
        for extension in extensions
        if extension in _CLAIMED
    ]


if sys.platform == "win32":
    import ctypes
    import winreg

    def register(*, make_default: bool) -> list[str]:
        """Write the keys; return what was done, in lines for a person."""
        for key, name, text in entries(start_command()):
            _write(key, name, text)
        if make_default:
            for key, name, text in claims():
                if not _text(key, name):
                    _write(key, name, text)
        _announce()
        return [
            'Registered for this user: "Open with" lists Checkpoint Inspector.',
            "To make it the default for every such file, choose it there with Always.",
        ]

    def unregister() -> list[str]:
        """Remove what `register` wrote; return what was done, in lines for a person."""
        for key, name, text in claims():
            if _text(key, name) == text:
                _remove_value(key, name)
        for key, name, _ in entries(start_command()):
            if name:
                _remove_value(key, name)
        for identifier in _KINDS:
            for tail in (r"\shell\open\command", r"\shell\open", r"\shell", ""):
                with contextlib.suppress(FileNotFoundError):
                    winreg.DeleteKey(winreg.HKEY_CURRENT_USER, rf"{_CLASSES}\{identifier}{tail}")
        _announce()
        return ["Removed from this user's registry."]

    def is_registered() -> bool:
        """Whether the registry starts this very program."""
        return all(_text(key, name) == text for key, name, text in entries(start_command()))

    def _write(key: str, name: str, text: str) -> None:
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as handle:
            winreg.SetValueEx(handle, name, 0, winreg.REG_SZ, text)

    def _text(key: str, name: str) -> str | None:
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as handle:
                return str(winreg.QueryValueEx(handle, name)[0])
        except FileNotFoundError:
            return None

    def _remove_value(key: str, name: str) -> None:
        with (
            contextlib.suppress(FileNotFoundError),
            winreg.OpenKey(winreg.HKEY_CURRENT_USER, key, 0, winreg.KEY_SET_VALUE) as handle,
        ):
            winreg.DeleteValue(handle, name)

    def _announce() -> None:
        """Tell the shell that associations changed: SHCNE_ASSOCCHANGED, SHCNF_IDLIST."""
        ctypes.windll.shell32.SHChangeNotify(0x08000000, 0, None, None)
