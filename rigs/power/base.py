"""The contract of a power switch."""

from __future__ import annotations

from typing import Literal, Protocol

Ability = Literal["cut", "reset"]


class Power(Protocol):
    """What can take the device's power away.

    `ability` is "cut" (power gone, the connection falls silent) or "reset" (the board starts anew at once).
    """

    name: str
    ability: Ability

    def off(self) -> None:
        """Take the power away; a switch that can only reset raises UsageFault."""
        ...

    def on(self) -> None:
        """Give the power back; nothing happens when it is on already."""
        ...

    def reset(self) -> None:
        """Let the board start anew."""
        ...

    def close(self) -> None:
        """Let go of the switch, leaving the state as it is."""
        ...
