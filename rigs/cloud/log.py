"""What goes on at the local cloud, one line an event, for a person to read along; no private keys, no signatures."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from rigs.cloud.http import DATA_PLANE
from rigs.jobs.facts import Fact
from rigs.jobs.messages import Address, parse_topic
from rigs.jobs.model import Kind
from rigs.mqtt.commands import Close, Command
from rigs.mqtt.packets import VERSION_5, Connack, Connect, Packet, Publish, Suback, Subscribe
from rigs.mqtt.reasons import Reason
from rigs.net.contract import Facts, Side
from rigs.trace.secrets import redact_text

LONGEST = 300  # characters of a payload that are shown
_NAMES = {operation: name for name, operation in DATA_PLANE.items()}


class Log:
    """An Observer that says lines like `21:15:40.123 bench-7 UpdateJobExecution job1 accepted {"timestamp":1}`.

    Times are UTC. Requests and replies are named as in AWS's API; other messages are not shown.
    """

    def __init__(self, say: Callable[[str], object], wall: Callable[[], float] = time.time) -> None:
        self._say, self._wall = say, wall
        self._connects: dict[int, tuple[Connect, Facts]] = {}
        self._clients: dict[int, str] = {}
        self._subscribes: dict[tuple[int, int], Subscribe] = {}

    def __repr__(self) -> str:
        return f"<Log {len(self._clients)} connections>"

    def came(self, conn: int, facts: Facts, packet: Packet) -> None:
        """A client has sent a packet."""
        if isinstance(packet, Connect):
            self._connects[conn] = packet, facts
        elif isinstance(packet, Subscribe):
            self._subscribes[conn, packet.packet_id] = packet
        elif isinstance(packet, Publish):
            self._jobs(conn, packet)

    def left(self, conn: int, command: Command) -> None:
        """The endpoint sends a packet, or ends the connection."""
        if isinstance(command, Close):
            self._ended(conn, command.reason)
        elif isinstance(command.packet, Connack):
            self._connected(conn, command.packet)
        elif isinstance(command.packet, Suback):
            self._subscribed(conn, command.packet)
        elif isinstance(command.packet, Publish):
            self._jobs(conn, command.packet)

    def closed(self, conn: int, reason: str, by: Side) -> None:
        """The transport is over."""
        self._connects.pop(conn, None)
        client = self._clients.pop(conn, None)
        for key in [key for key in self._subscribes if key[0] == conn]:
            del self._subscribes[key]
        if client is not None:
            self._line(client, f"connection lost: {reason} by {'the cloud' if by == 'us' else 'the client'}")

    def refused(self, facts: Facts, alert: str | None, reason: str) -> None:
        """A TLS handshake has failed."""
        shown = f", certificate of {facts.common_name}" if facts.common_name else ""
        told = f", alert {alert}" if alert else ""
        self._line(facts.peer, f"refused in the TLS handshake: {reason}{told}{shown}")

    def called(self, who: str, operation: str, params: Mapping[str, Any], refusal: str) -> None:
        """An HTTP call was answered."""
        shown = short(json.dumps(params, default=_plain, separators=(",", ":")))
        self._line(who, f"{operation} {shown}{f' refused: {short(refusal)}' if refusal else ''}")

    def fact(self, fact: Fact) -> None:
        """Something happened to an execution; only what happens by itself has no other line."""
        if fact.event == "timed out":
            self._line(fact.thing, f"{fact.job} #{fact.execution} is TIMED_OUT by its {fact.timer} timer")

    def _connected(self, conn: int, packet: Connack) -> None:
        connect, facts = self._connects.pop(conn, (Connect(), Facts()))
        client = packet.properties.get("assigned_client_identifier") or connect.client_id
        if packet.code:
            self._line(client or facts.peer, f"refused: {_reason(packet.code)}, {_who(facts)}")
            return
        self._clients[conn] = client
        version = "5" if connect.version == VERSION_5 else "3.1.1"
        session = "its session resumed" if packet.session_present else "a new session"
        self._line(client, f"connected with MQTT {version}, {session}, {_who(facts)}")

    def _ended(self, conn: int, reason: Reason) -> None:
        connect, facts = self._connects.pop(conn, (None, Facts()))
        client = self._clients.pop(conn, None)
        if connect is not None:
            self._line(connect.client_id or facts.peer, f"refused: {_reason(reason)}, {_who(facts)}")
        elif client is not None:
            told = "disconnected" if reason is Reason.SUCCESS else f"connection ended by the cloud: {_reason(reason)}"
            self._line(client, told)

    def _subscribed(self, conn: int, packet: Suback) -> None:
        asked = self._subscribes.pop((conn, packet.packet_id), None)
        filters = [one.filter for one in asked.filters] if asked else []
        told = [
            f"{text} ({f'QoS {code}' if code < Reason.UNSPECIFIED else f'refused: {_reason(code)}'})"
            for text, code in zip(filters, packet.codes, strict=False)
        ]
        self._line(self._clients.get(conn, "?"), f"subscribes to {', '.join(told)}")

    def _jobs(self, conn: int, packet: Publish) -> None:
        address = parse_topic(packet.topic)
        if address is not None:
            payload = short(packet.payload.decode(errors="replace"))
            self._line(self._clients.get(conn, "?"), f"{_words(address)} {payload}")

    def _line(self, who: str, what: str) -> None:
        at = datetime.fromtimestamp(self._wall(), UTC).strftime("%H:%M:%S.%f")[:-3]
        self._say(f"{at} {who} {what}".rstrip().replace("\n", " "))


def short(text: str) -> str:
    """The text without secrets, and no more of it than a line can hold."""
    text = redact_text(text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def _words(address: Address) -> str:
    """An address in the words of AWS's API, with the thing, since a client may name another's."""
    name = _NAMES.get(address.operation, address.operation.value)
    kind = f" {address.kind.value}" if address.kind in (Kind.ACCEPTED, Kind.REJECTED) else ""
    return " ".join(filter(None, [name, address.thing, address.job])) + kind


def _who(facts: Facts) -> str:
    shown = f"certificate {facts.certificate[:16]}…" if facts.certificate else "no certificate"
    return f"{facts.tls} from {facts.peer}, {shown}" + (f" of {facts.common_name}" if facts.common_name else "")


def _reason(code: int) -> str:
    known = {reason.value for reason in Reason}
    return Reason(code).name if code in known else f"0x{code:02X}"


def _plain(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
