"""The link breaks at a packet."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Literal

from rigs.tap.actions import Action, Break
from rigs.tap.match import Match, Seen


@dataclass(frozen=True, slots=True, repr=False)
class Cut:
    """End both legs abruptly `when` a packet of `match` is about to leave ("before": it is lost) or has left.

    With `down` the link stays down until `Tap.allow()`. With `silent` nothing is closed: the connection stays open and
    nothing passes any more, in either direction; new connections pass (notes L1, S108).
    """

    name: ClassVar[str] = "cut"
    match: Match
    _: KW_ONLY
    when: Literal["before", "after"] = "before"
    down: bool = False
    silent: bool = False

    def __repr__(self) -> str:
        verb = "fall silent" if self.silent else "cut the link"
        return f"{verb} {self.when} {self.match!r}" + (", and keep it down" if self.down else "")

    def decide(self, seen: Seen) -> Action:
        """The connection ends."""
        return Break(before=self.when == "before", down=self.down, silent=self.silent)
