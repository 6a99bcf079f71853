"""How large a packet each side takes (Maximum Packet Size, MQTT 5 3.1.2.11.4 and 3.2.2.3.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rigs.errors import RigFault
from rigs.mqtt.codec import encode
from rigs.mqtt.packets import VERSION_3_1_1, Packet
from rigs.tap.reader import Way

_RECEIVER: dict[Way, str] = {"up": "the cloud", "down": "the device"}


class Sizes:
    """The limits that CONNECT and CONNACK have named; 3.1.1 names none. `version` is the connection's."""

    def __init__(self) -> None:
        self.version = VERSION_3_1_1
        self._most: dict[Way, int] = {}

    def __repr__(self) -> str:
        return f"<Sizes {self._most or 'unlimited'}>"

    def learn(self, way: Way, version: int, properties: Mapping[str, Any]) -> None:
        """What the receiver of `way` has said."""
        self.version = version
        if "maximum_packet_size" in properties:
            self._most[way] = properties["maximum_packet_size"]

    def check(self, way: Way, packet: Packet) -> None:
        """Raise RigFault if the tap's packet is larger than its receiver takes: the receiver would rightly hang up."""
        if (most := self._most.get(way)) is None:
            return
        if (size := len(encode(packet, self.version))) > most:
            text = f"{packet!r} has {size} bytes, but {_RECEIVER[way]} takes at most {most} (Maximum Packet Size)"
            raise RigFault(f"{text}; make the message smaller, or skip the case for this side")
