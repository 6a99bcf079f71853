"""A row of the contract: one rule of AWS IoT Jobs, or of its broker, as one sentence that can be false, and its play.

A play is data: what an operator, a device and other clients do, and what each must see. Names that begin with @ are
filled in when it is played: @thing, @arn, @group, @grouparn, and @one, @two, … for the jobs of the play.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.contract.moves import Fetch, Move, Operate, Pass, Queue

Place = Literal["local", "aws", "emulator"]
Trust = Literal["A", "A-", "B", "B-", "C", "?"]
Wire = Literal["paho", "raw", "none"]
PLACES: tuple[Place, ...] = ("local", "aws", "emulator")
NO_CLOCK = "only the local cloud's clock can be moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the local cloud is set up for a row: switches of rigs.jobs.switches, limits of rigs.mqtt.limits."""

    switches: tuple[tuple[str, Any], ...] = ()
    limits: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A point that nobody outside AWS knows: the local cloud's setting, and what each of its values looks like.

    `key` is the name of a switch (or `limits.NAME`); a place that is not ours is not judged: which value it shows is
    recorded.
    """

    key: str
    plays: tuple[tuple[Any, tuple[Move, ...]], ...]
    default: Any

    def settings(self, value: Any) -> Settings:
        """The local cloud with this value."""
        home, _, name = self.key.rpartition(".")
        pair = ((name, value),)
        return Settings(limits=pair) if home == "limits" else Settings(switches=pair)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rule. `says` is the sentence, `clauses` where it is from, `trust` the letter of jobs-protocol §0.

    `wire` is how devices speak: paho-mqtt, packets one by one, or not at all. `ordered` demands the members of each
    reply in the order that was captured. `not_at` names the places where the row cannot be played, and why.
    """

    id: str
    says: str
    clauses: tuple[str, ...]
    trust: Trust
    play: tuple[Move, ...] = ()
    open: Open | None = None
    wire: Wire = "paho"
    versions: tuple[int, ...] = (4, 5)
    ordered: bool = False
    settings: Settings = Settings()
    not_at: Mapping[Place, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Row {self.id} {self.trust}>"


def row(id: str, says: str, clauses: str, trust: Trust, *play: Move, **more: Any) -> Row:
    """A row; `clauses` are separated by semicolons. Without a device in its play it is played once."""
    point: Open | None = more.get("open")
    moves = play if point is None else [move for _, moves in point.plays for move in moves]
    if all(isinstance(move, Queue | Operate | Fetch | Pass) for move in moves):
        more |= {"wire": "none", "versions": (0,)}
    return Row(
        id=id, says=says, clauses=tuple(one.strip() for one in clauses.split(";")), trust=trust, play=play, **more
    )


def open_row(
    id: str, says: str, clauses: str, key: str, *plays: tuple[Any, tuple[Move, ...]], trust: Trust = "?", **more: Any
) -> Row:
    """A row about an open point; the first value is the default."""
    return row(id, says, clauses, trust, open=Open(key=key, plays=plays, default=plays[0][0]), **more)
