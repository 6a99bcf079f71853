"""How far the local cloud's clock is ahead, kept in its folder: for a thing it never goes back, also over runs."""

from __future__ import annotations

import json
from pathlib import Path

from rigs.errors import RigFault


class ClockFile:
    """The offset of a service clock in seconds, in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"<ClockFile {self.path}>"

    def read(self) -> float:
        """The offset that was kept last, 0 the first time; raises RigFault when the file is none of ours."""
        if not self.path.exists():
            return 0.0
        try:
            return max(0.0, float(json.loads(self.path.read_text())["offset"]))
        except (ValueError, KeyError, TypeError) as wrong:
            text = f"{self.path}: expected {{'offset': seconds}}, got {wrong!r}; delete the file to start at real time"
            raise RigFault(text) from wrong

    def write(self, offset: float) -> None:
        """Keep an offset; the file is replaced as a whole, so that a killed run leaves the old or the new one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps({"offset": offset}))
        new.replace(self.path)
