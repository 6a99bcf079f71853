"""What another cloud than ours does with a row: it agrees, differs, or shows a value of an open point."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from tests.contract.desk import Desk
from tests.contract.moves import Pass
from tests.contract.row import NO_CLOCK, Place, Row, Settings
from tests.contract.shapes import Differs
from tests.contract.targets import Target

Verdict = Literal["agrees", "differs", "shows"]
LONGEST = 60  # seconds of a play that AWS is waited for, and LATE more: two minutes in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """One row at one cloud with one MQTT version (0: none). `text` is the difference, or the value that is shown."""

    row: str
    version: int
    verdict: Verdict
    text: str = ""


def waits(row: Row) -> int:
    """The seconds of service time that the longest play of a row lets pass."""
    plays = [row.play] if row.open is None else [moves for _, moves in row.open.plays]
    return max(sum(move.seconds for move in moves if isinstance(move, Pass)) for moves in plays)


def reason(row: Row, place: Place) -> str | None:
    """Why a row is not played at a place; None when it is."""
    if place in row.not_at:
        return row.not_at[place]
    if row.settings != Settings():
        return "the row needs a setting of the local cloud"
    return NO_CLOCK if waits(row) > (LONGEST if place == "aws" else 0) else None


def ask(target: Target, row: Row, version: int) -> Opinion:
    """Play a row; nothing is judged here."""
    if row.open is not None:
        return _shown(target, row, version)
    try:
        Desk(target, row, version).play(row.play)
    except Differs as differs:
        return Opinion(row=row.id, version=version, verdict="differs", text=_clean(str(differs), target, row))
    return Opinion(row=row.id, version=version, verdict="agrees")


def _shown(target: Target, row: Row, version: int) -> Opinion:
    """Which value of an open point the cloud shows: the first whose play goes as it says."""
    assert row.open is not None
    differences = []
    for value, moves in row.open.plays:
        try:
            Desk(target, row, version).play(moves)
        except Differs as differs:
            differences.append(f"not {value!r}: {_clean(str(differs), target, row)}")
        else:
            return Opinion(row=row.id, version=version, verdict="shows", text=repr(value))
    return Opinion(row=row.id, version=version, verdict="differs", text="; ".join(differences))


def _clean(text: str, target: Target, row: Row) -> str:
    """Without the names and times of this run, so that two runs that saw the same say the same."""
    named = re.sub(rf"{row.id}-\d+", row.id, text.replace(target.prefix, ""))
    return re.sub(r"\b\d{10}\b", "<seconds>", re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uuid>", named))[
        :400
    ]


def keep(path: Path, opinions: Iterable[Opinion]) -> None:
    """Write them, a line each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(asdict(one), ensure_ascii=False)}\n" for one in opinions))


def kept(path: Path) -> dict[tuple[str, int], Opinion]:
    """What was written, by row and version."""
    lines = path.read_text().splitlines() if path.exists() else []
    found = [Opinion(**json.loads(line)) for line in lines]
    return {(one.row, one.version): one for one in found}
