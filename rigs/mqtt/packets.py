"""The fifteen MQTT control packets as plain values, one class for 3.1.1 and 5 alike.

Names are MQTT's own, snake_cased. `properties` is a mapping from the MQTT 5 names of `properties.py`; with 3.1.1 it is
empty and is not written. The classes are frozen; `msgspec.structs.replace(packet, topic=…)` makes a changed copy.
They are msgspec structs and not dataclasses because every packet that passes the tap becomes one: a frozen dataclass
costs more to make than the bytes cost to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

VERSION_3_1_1 = 4
VERSION_5 = 5


class ControlPacket(msgspec.Struct, frozen=True, kw_only=True):
    """What all packets have in common: MQTT's name of the packet in `type`."""

    type: ClassVar[str] = ""

    def __repr__(self) -> str:
        named = ((name, getattr(self, name)) for name in self.__struct_fields__)
        shown = (f" {name}={value!r}" for name, value in named if value not in (None, False, "", {}))
        return f"<{self.type}{''.join(shown)}>"


class Will(msgspec.Struct, frozen=True, kw_only=True):
    """What the server publishes for a client that goes without a DISCONNECT."""

    topic: str
    payload: bytes = b""
    qos: int = 0
    retain: bool = False
    properties: Mapping[str, Any] = {}


class Connect(ControlPacket, frozen=True, kw_only=True):
    """The first packet of a client; `version` is 4 (3.1.1) or 5, `keep_alive` in seconds."""

    type: ClassVar[str] = "CONNECT"
    version: int = VERSION_3_1_1
    client_id: str = ""
    clean_start: bool = True
    keep_alive: int = 60
    username: str | None = None
    password: bytes | None = None
    will: Will | None = None
    properties: Mapping[str, Any] = {}

    def __repr__(self) -> str:
        start = "clean" if self.clean_start else "resumed"
        will = f" will={self.will.topic}" if self.will else ""
        return f"<CONNECT v{self.version} {self.client_id!r} {start} keep_alive={self.keep_alive}{will}>"


class Connack(ControlPacket, frozen=True, kw_only=True):
    """The server's answer to CONNECT; `code` is a return code (3.1.1) or a reason code (5)."""

    type: ClassVar[str] = "CONNACK"
    session_present: bool = False
    code: int = 0
    properties: Mapping[str, Any] = {}


class Publish(ControlPacket, frozen=True, kw_only=True):
    """A message; `packet_id` is None at QoS 0."""

    type: ClassVar[str] = "PUBLISH"
    topic: str
    payload: bytes = b""
    qos: int = 0
    packet_id: int | None = None
    dup: bool = False
    retain: bool = False
    properties: Mapping[str, Any] = {}

    def __repr__(self) -> str:
        number = f" #{self.packet_id}" if self.packet_id is not None else ""
        flags = " DUP" * self.dup + " RETAIN" * self.retain
        return f"<PUBLISH{number} QoS {self.qos}{flags} {self.topic} {len(self.payload)} B>"


class Puback(ControlPacket, frozen=True, kw_only=True):
    """The end of a QoS 1 delivery."""

    type: ClassVar[str] = "PUBACK"
    packet_id: int
    code: int = 0
    properties: Mapping[str, Any] = {}


class Pubrec(ControlPacket, frozen=True, kw_only=True):
    """QoS 2, part 1."""

    type: ClassVar[str] = "PUBREC"
    packet_id: int
    code: int = 0
    properties: Mapping[str, Any] = {}


class Pubrel(ControlPacket, frozen=True, kw_only=True):
    """QoS 2, part 2."""

    type: ClassVar[str] = "PUBREL"
    packet_id: int
    code: int = 0
    properties: Mapping[str, Any] = {}


class Pubcomp(ControlPacket, frozen=True, kw_only=True):
    """QoS 2, part 3."""

    type: ClassVar[str] = "PUBCOMP"
    packet_id: int
    code: int = 0
    properties: Mapping[str, Any] = {}


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """One filter of a SUBSCRIBE with its options; the last three are MQTT 5's."""

    filter: str
    qos: int = 0
    no_local: bool = False
    retain_as_published: bool = False
    retain_handling: int = 0


class Subscribe(ControlPacket, frozen=True, kw_only=True):
    """A request for topics."""

    type: ClassVar[str] = "SUBSCRIBE"
    packet_id: int
    filters: tuple[Subscription, ...] = ()
    properties: Mapping[str, Any] = {}


class Suback(ControlPacket, frozen=True, kw_only=True):
    """One code a filter: the granted QoS, or 0x80 and above for a refusal."""

    type: ClassVar[str] = "SUBACK"
    packet_id: int
    codes: tuple[int, ...] = ()
    properties: Mapping[str, Any] = {}


class Unsubscribe(ControlPacket, frozen=True, kw_only=True):
    """The end of subscriptions."""

    type: ClassVar[str] = "UNSUBSCRIBE"
    packet_id: int
    filters: tuple[str, ...] = ()
    properties: Mapping[str, Any] = {}


class Unsuback(ControlPacket, frozen=True, kw_only=True):
    """The answer to UNSUBSCRIBE; 3.1.1 has no codes."""

    type: ClassVar[str] = "UNSUBACK"
    packet_id: int
    codes: tuple[int, ...] = ()
    properties: Mapping[str, Any] = {}


class Pingreq(ControlPacket, frozen=True, kw_only=True):
    """The client lives."""

    type: ClassVar[str] = "PINGREQ"


class Pingresp(ControlPacket, frozen=True, kw_only=True):
    """So does the server."""

    type: ClassVar[str] = "PINGRESP"


class Disconnect(ControlPacket, frozen=True, kw_only=True):
    """A goodbye; with MQTT 5 it may come from the server and says why."""

    type: ClassVar[str] = "DISCONNECT"
    code: int = 0
    properties: Mapping[str, Any] = {}


class Auth(ControlPacket, frozen=True, kw_only=True):
    """MQTT 5's extended authentication; AWS does not support it."""

    type: ClassVar[str] = "AUTH"
    code: int = 0
    properties: Mapping[str, Any] = {}


Packet = (
    Connect
    | Connack
    | Publish
    | Puback
    | Pubrec
    | Pubrel
    | Pubcomp
    | Subscribe
    | Suback
    | Unsubscribe
    | Unsuback
    | Pingreq
    | Pingresp
    | Disconnect
    | Auth
)
