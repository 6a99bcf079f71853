"""The link breaks at a packet."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Literal

from rigs.tap.actions import Action, Break, HowEnded
from rigs.tap.match import Match, Seen

_VERBS: dict[HowEnded, str] = {
    "reset": "cut the link",
    "fin": "end the link without a goodbye",
    "close_notify": "end the link in good order",
}


@dataclass(frozen=True, slots=True, repr=False)
class Cut:
    """End both legs `when` a packet of `match` is about to leave ("before": it is lost) or has left.

    `how`: "reset" is a network that breaks, "fin" one that forgets TLS's goodbye, "close_notify" an end in good order,
    as AWS ends a 3.1.1 connection (notes S110); a broker that says why is `Goodbye`. With `down` the link stays down
    until `Tap.allow()`. With `silent` nothing is closed: the connection stays open and nothing passes any more, in
    either direction; new connections pass (notes L1, S108).
    """

    name: ClassVar[str] = "cut"
    match: Match
    _: KW_ONLY
    when: Literal["before", "after"] = "before"
    how: HowEnded = "reset"
    down: bool = False
    silent: bool = False

    def __repr__(self) -> str:
        verb = "fall silent" if self.silent else _VERBS[self.how]
        return f"{verb} {self.when} {self.match!r}" + (", and keep it down" if self.down else "")

    def decide(self, seen: Seen) -> Action:
        """The connection ends."""
        return Break(before=self.when == "before", how=self.how, down=self.down, silent=self.silent)
