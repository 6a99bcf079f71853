"""What the pure session wants its sockets, clock and worker to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import msgspec

from rigs.mqtt.packets import Packet
from rigs.tap.actions import HowEnded
from rigs.tap.armory import Armed
from rigs.tap.match import Seen
from rigs.tap.reader import Way


class Forward(msgspec.Struct, frozen=True, kw_only=True):
    """Send the raw bytes of arrival `of` on, unchanged."""

    way: Way
    raw: bytes
    of: int


class Send(msgspec.Struct, frozen=True, kw_only=True):
    """Encode and send a packet that the tap has changed (`of` an arrival) or made (`by` a fault)."""

    way: Way
    packet: Packet
    topic: str | None = None
    of: int | None = None
    by: str | None = None


class SendRaw(msgspec.Struct, frozen=True, kw_only=True):
    """Send bytes that are no MQTT packet any more in the place of arrival `of`."""

    way: Way
    raw: bytes
    of: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Write to the trace that a fault has hit arrival `of`, or let it go."""

    armed: Armed
    event: Literal["hit", "released"]
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """A fault's own code has raised `wrong`: the rig's affair. The packet has gone on without that fault."""

    text: str
    wrong: Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Run `action` on the worker; tell the session `acted(token)` when it is done or `within` has passed."""

    token: int
    seen: Seen
    action: Callable[[Seen], None]
    within: timedelta
    armed: Armed


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Tell the session `timer(token)` when `by` has passed."""

    token: int
    by: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseBoth:
    """End both legs in the way of `how`; `silent`: only stop passing; `down`: refuse the next ones."""

    by: str
    how: HowEnded = "reset"
    down: bool = False
    silent: bool = False


Leaving = Forward | Send | SendRaw
Command = Leaving | Note | Blame | Act | Wait | CloseBoth
