"""What a fault can want to be done with a packet.

A *fate* says where the packet goes; the first armed fault with a fate for it wins, later ones are not asked. A *rider*
(Edit, Again, Beside, Narrow) changes the packet or adds to it, and the faults armed after it are still asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from rigs.jobs.model import Kind
from rigs.mqtt.packets import Packet
from rigs.tap.match import Match, Seen

AtEnd = Literal["lost", "sent", "kept"]
HowEnded = Literal["reset", "fin", "close_notify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """A fate: the packet goes on as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lose:
    """A fate: the packet goes nowhere; with `acknowledge` the tap sends the PUBACK in the receiver's place."""

    acknowledge: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """A fate: the packet stays until it is released, a packet that fits `until` has left, or `at_most` has passed.

    `at_end` says what becomes of a PUBLISH that is still kept when its connection ends: it is "lost" with it, or is
    "sent" right after the next CONNACK of the same client, or stays "kept" there under the same conditions (`at_most`
    counts anew); what was released in between goes out after that CONNACK. Other packets mean nothing on another
    connection and are always lost.
    """

    until: Match | None = None
    at_most: timedelta | None = None
    at_end: AtEnd = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A fate: the request is not passed on, the tap acknowledges and answers it in the service's place.

    `body` is completed with the request's clientToken (`echo`) and the service's time.
    """

    kind: Kind
    body: dict[str, Any]
    echo: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Respond:
    """A fate: the packet is not passed on, the tap sends `packet` back to its sender (a CONNACK, a SUBACK).

    With `close` both legs are then ended in good order, as a server does after a refused CONNECT.
    """

    packet: Packet
    close: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A fate: the packet stays while `action` runs on the rig's worker thread, then goes on, `within` at the latest."""

    action: Callable[[Seen], None]
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoil:
    """A fate: `spoil(bytes)` goes on in the packet's place; the receiver cannot read it, so nothing is in flight."""

    spoil: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A fate: the connection ends `before` or after the packet has left (L1: both legs, in the way of `how`).

    With `silent` nothing is closed: from then on nothing passes in either direction. With `down` new connections are
    closed at once, until they are allowed again. With `goodbye` the device is first sent a DISCONNECT with this reason
    code, on MQTT 5: in 3.1.1 a server has none.
    """

    before: bool
    how: HowEnded = "reset"
    down: bool = False
    silent: bool = False
    goodbye: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A rider: the packet that goes on is `change(packet)`."""

    change: Callable[[Packet], Packet]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A rider: `times` more copies follow the packet, under an id of their own or the `same_id`, with DUP or without.

    Each copy is `change` of the one before it; the first one of the packet itself.
    """

    times: int = 1
    same_id: bool = False
    dup: bool = False
    change: Callable[[Packet], Packet] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A rider: a message of the tap's own goes to the device right `before` the packet, right behind it, or `later`."""

    topic: str
    payload: bytes
    qos: int = 1
    before: bool = False
    later: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow:
    """A rider: a SUBSCRIBE goes on without the filters that are `refused`; its SUBACK says `code` in their places."""

    refused: Callable[[str], bool]
    code: int


Fate = Pass | Lose | Keep | Reply | Respond | Run | Spoil | Break
Rider = Edit | Again | Beside | Narrow
Action = Fate | Rider
