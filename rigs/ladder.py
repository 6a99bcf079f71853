"""The ladder: how a rig comes back to a device at rest that answers; where no rung is left, since when it does not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from rigs.errors import ConsoleLost, ConsoleSilent, DeviceFault, RigError
from rigs.rig import Rig

CLEAR_WITHIN = timedelta(seconds=30)
ANSWER_WITHIN = timedelta(seconds=3)
DEAF = (ConsoleLost, ConsoleSilent)


def deaf(doubts: Sequence[BaseException | None]) -> bool:
    """Whether one of these errors says that the console does not answer."""
    return any(isinstance(doubt, DEAF) for doubt in doubts)


def listen(rig: Rig) -> None:
    """Ask the device something on its console; raises ConsoleLost or ConsoleSilent when no answer comes soon."""
    table = rig.description.device
    question = table.firmware or table.boots or (table.evidence and table.evidence.replace("{offset}", "0"))
    if question:
        rig.console.run(question, ANSWER_WITHIN)


def climb(rig: Rig, culprit: str, *, mute: bool = False) -> list[RigError]:
    """Agent start, reboot, power cycle, until the device is at rest and answers; returns the doubts on the way.

    While the console is `mute` only the power helps. When no rung is left the rig is `stuck`, with what and since
    which scenario; not so where the cloud cannot be reached, for then the device cannot come to rest.
    """
    doubts: list[RigError] = []
    for rung in rig.device.rungs():
        if mute and rung != rig.device.cycle:
            continue
        try:
            rung()
            rig.operator.clear(CLEAR_WITHIN)
            listen(rig)
            if not rig.come_to_rest():
                return doubts
        except DeviceFault:
            # This rung did not help; the next one is stronger.
            continue
        except RigError as doubt:
            doubts.append(doubt)
            mute = mute or deaf([doubt])
        if rig.in_doubt:
            return doubts
    rig.stuck = f"{'console lost' if mute else 'device stuck'} since {culprit}"
    return doubts
