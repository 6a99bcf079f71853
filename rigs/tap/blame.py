"""What is done when a fault's own code raises: it is the rig's affair, and no reason to lose a packet."""

from __future__ import annotations

from collections.abc import Callable

from rigs.tap.commands import Blame, Command


def tried(text: str, make: Callable[[], list[Command]]) -> list[Command]:
    """The commands, or the Blame that says whose affair it is that there are none."""
    try:
        return make()
    except Exception as wrong:  # kept for the judge as the rig's trouble
        return [blame(text, wrong)]


def blame(text: str, wrong: Exception) -> Blame:
    """`text` says which part of which fault raised."""
    return Blame(text=f"{text}, and the packets pass without it: {wrong!r}", wrong=wrong)
