"""The flash of the virtual board: a folder that survives reboots and cuts of power, with a small partition for data.

The partition is the folder `store`. Its size stands in the file `store.size`, and who writes there keeps to it: to the
operating system it is a folder like any other.

The firmware imports this, so it keeps to a few light modules of the standard library.
"""

from __future__ import annotations

import json
import os
from typing import Any

VERSION = "jobrig-virtual 1.0"
NO = ("", "0", "no", "off")
STORE_BYTES = 64 * 1024


class Flash:
    """Files by name; `boots`, `autostart`, `version` and `agent.json` have a meaning.

    Names are relative and stay inside the folder; anything else raises ValueError with the name.
    """

    def __init__(self, folder: str) -> None:
        self.folder = os.path.realpath(folder)
        os.makedirs(self.folder, exist_ok=True)

    def __repr__(self) -> str:
        return f"<Flash {self.folder} boots={self.boots}>"

    def path(self, name: str) -> str:
        """Where a file of that name lies."""
        path = os.path.realpath(os.path.join(self.folder, name))
        if not path.startswith(self.folder + os.sep):
            raise ValueError(f"{name!r} is no name of a file in the flash")
        return path

    def read(self, name: str, offset: int = 0) -> bytes:
        """The bytes of a file from `offset` on; raises FileNotFoundError."""
        with open(self.path(name), "rb") as file:
            file.seek(offset)
            return file.read()

    def put(self, name: str, data: bytes) -> None:
        """Write a file whole: a cut of power leaves the old one or the new one."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".new", "wb") as file:
            file.write(data)
        os.replace(path + ".new", path)

    def text(self, name: str) -> str:
        """A small file as text without white space around it; "" when it is not there."""
        try:
            return self.read(name).decode().strip()
        except FileNotFoundError:
            return ""

    @property
    def boots(self) -> int:
        """How often the board has booted."""
        return int(self.text("boots") or 0)

    def boot(self) -> int:
        """Count one boot more; its number."""
        number = self.boots + 1
        self.put("boots", str(number).encode())
        self.put("store.size", str(STORE_BYTES).encode())
        return number

    @property
    def space(self) -> int:
        """Bytes that are free in the partition for data."""
        store = self.path("store")
        names = os.listdir(store) if os.path.isdir(store) else []
        return STORE_BYTES - sum(os.path.getsize(os.path.join(store, name)) for name in names)

    def fill(self) -> None:
        """Take all space that is free in the partition for data."""
        self.put("store/filler", bytes(len(self._filler()) + self.space))

    def free(self) -> None:
        """Give back what `fill` has taken."""
        if self._filler():
            os.unlink(self.path("store/filler"))

    def _filler(self) -> bytes:
        try:
            return self.read("store/filler")
        except FileNotFoundError:
            return b""

    @property
    def autostart(self) -> bool:
        """Whether the agent starts with the board."""
        return self.text("autostart").lower() not in NO

    @property
    def version(self) -> str:
        """The firmware's version, as an update may have left it in the file `version`."""
        return self.text("version") or VERSION

    def configure(self, changes: dict[str, Any]) -> None:
        """Merge into agent.json; objects are merged member by member."""
        present = json.loads(self.text("agent.json") or "{}")
        self.put("agent.json", json.dumps(_merged(present, changes), indent=1).encode())

    def release(self, nonce: str) -> None:
        """Leave the mark that lets held work end."""
        self.put(f"release-{nonce}", b"")


def _merged(old: Any, new: Any) -> Any:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
