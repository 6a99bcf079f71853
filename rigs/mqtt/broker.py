"""An MQTT broker that behaves like AWS IoT Core's, as a pure function of what happens: events in, commands out.

Sources: jobs-protocol §6 and evidence.md, Part 2. In short: a 3.1.1 client is never told why, its connection just
closes; an MQTT 5 client gets reason codes. Times are monotonic seconds.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from rigs.mqtt import subscribing
from rigs.mqtt.commands import Close, Command, Everything, Outgoing, Rights, Send, Service, no_service
from rigs.mqtt.connection import Connection, connack_properties, expiry, judge, window
from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import (
    Connack,
    Connect,
    Disconnect,
    Packet,
    Pingreq,
    Pingresp,
    Puback,
    Publish,
    Subscribe,
    Unsubscribe,
)
from rigs.mqtt.reasons import Reason
from rigs.mqtt.router import Router
from rigs.mqtt.session import Session
from rigs.mqtt.topics import valid_topic


def generated_id() -> str:
    """A client id for a client without one, in AWS's pattern (evidence.md, Part 2 i)."""
    return f"$GEN/{uuid.uuid4()}"


class Broker:
    """Sessions and connections; each event returns what is to be done, in this order.

    Connections are told apart by a number that the caller chooses and never uses again.
    """

    def __init__(
        self,
        *,
        service: Service = no_service,
        rights: Rights | None = None,
        limits: Limits | None = None,
        new_id: Callable[[], str] = generated_id,
    ) -> None:
        self.limits = limits or Limits()
        self.router = Router()
        self._service, self._rights, self._new_id = service, rights or Everything(), new_id
        self._connections: dict[int, Connection] = {}

    def __repr__(self) -> str:
        return f"<Broker {len(self._connections)} connections, {self.router!r}>"

    # events

    def connected(self, conn: int, identity: Any, now: float) -> list[Command]:
        """A transport is there; `identity` is handed to the rights as it is."""
        self._connections[conn] = Connection(conn=conn, identity=identity, heard=now)
        return []

    def received(self, conn: int, packet: Packet, now: float) -> list[Command]:
        """A packet came."""
        there = self._connections.get(conn)
        if there is None:
            return []
        there.heard = now
        if there.session is None:
            return self._connect(there, packet, now) if isinstance(packet, Connect) else self._drop(there, now)
        handle = HANDLERS.get(type(packet))
        return handle(self, there, packet, now) if handle else self._end(there, Reason.PROTOCOL_ERROR, now)

    def malformed(self, conn: int, now: float, reason: Reason = Reason.MALFORMED_PACKET) -> list[Command]:
        """Bytes came that are no packet, or one that is too large (QUOTA_EXCEEDED)."""
        there = self._connections.get(conn)
        return self._end(there, reason, now) if there else []

    def lost(self, conn: int, now: float) -> list[Command]:
        """The transport is gone, without a DISCONNECT: the will is published."""
        there = self._connections.get(conn)
        return self._forget(there, now) if there else []

    def tick(self, now: float) -> list[Command]:
        """Time has passed: silent clients are cut at 1.5 times their keep-alive, messages are sent again."""
        commands: list[Command] = []
        for there in list(self._connections.values()):
            if there.silent(now, self.limits):
                commands += self._end(there, Reason.KEEP_ALIVE_TIMEOUT, now)
            elif there.session:
                again = there.session.overdue(now, self.limits.resend_after)
                commands += [Send(conn=there.conn, packet=packet, lane="message") for packet in again]
        for session in [one for one in self.router.sessions.values() if one.expired(now)]:
            del self.router.sessions[session.client_id]
        return commands

    def publish(self, outgoings: Iterable[Outgoing], now: float) -> list[Command]:
        """The service has something to say by itself."""
        return self.router.serve(outgoings, now)

    def kick(self, client_id: str, now: float, *, clean: bool = False) -> list[Command]:
        """End a client's connection from the server's side, like DeleteConnection; `clean` ends its session too."""
        there = self.router.online.get(client_id)
        if clean and client_id in self.router.sessions:
            self.router.sessions[client_id].expiry = 0
            if there is None:
                del self.router.sessions[client_id]
        return self._end(there, Reason.ADMINISTRATIVE_ACTION, now) if there else []

    def client_of(self, conn: int) -> str:
        """The client id on a connection; empty before its CONNECT."""
        there = self._connections.get(conn)
        return there.client_id if there else ""

    # connecting

    def _connect(self, there: Connection, packet: Connect, now: float) -> list[Command]:
        there.version = packet.version
        verdict = judge(packet, there.identity, self._rights, self.limits)
        if verdict is not Reason.SUCCESS:
            # A 3.1.1 client sees a plain close, no return code (evidence.md, Part 2 h and h2)
            told: list[Command] = [Send(conn=there.conn, packet=Connack(code=verdict))] if there.modern else []
            return told + self._drop(there, now, verdict)
        client_id = packet.client_id or self._new_id()
        commands = self._take_over(client_id, now)
        session, present = self._session(client_id, packet, now)
        there.session, there.will = session, packet.will
        there.keep_alive = self.limits.keep_alive(packet.keep_alive)
        there.most = int(packet.properties.get("maximum_packet_size", 0))
        self.router.online[client_id] = there
        properties = connack_properties(packet, client_id, self.limits)
        commands.append(Send(conn=there.conn, packet=Connack(session_present=present, properties=properties)))
        resumed = session.resume(now, self.limits.dup_on_new_connection)
        return commands + [Send(conn=there.conn, packet=one, lane="message") for one in resumed]

    def _take_over(self, client_id: str, now: float) -> list[Command]:
        """The newer CONNECT wins (evidence.md, Part 2 j)."""
        older = self.router.online.get(client_id)
        return self._end(older, Reason.SESSION_TAKEN_OVER, now) if older else []

    def _session(self, client_id: str, packet: Connect, now: float) -> tuple[Session, bool]:
        """The client's session, and whether it was there before."""
        found = self.router.sessions.get(client_id)
        if found is None or packet.clean_start or found.expired(now):
            found = None
        session = found or Session(client_id, 0)
        session.expiry, session.window = expiry(packet, self.limits), window(packet, self.limits)
        self.router.sessions[client_id] = session
        return session, found is not None

    # packets of a connected client

    def _publish(self, there: Connection, packet: Publish, now: float) -> list[Command]:
        if packet.qos > 1:
            # 3.1.1: "doesn't send a PUBACK"; 5: Maximum QoS was told (jobs-protocol §6)
            return self._end(there, Reason.QOS_NOT_SUPPORTED, now) if there.modern else []
        topic = self._topic(there, packet)
        if isinstance(topic, Reason):
            return self._end(there, topic, now)
        verdict = self._may_publish(there, topic, packet)
        if verdict is not Reason.SUCCESS:
            return self._refuse_publish(there, packet, verdict, now)
        commands: list[Command] = (
            [Send(conn=there.conn, packet=Puback(packet_id=packet.packet_id))] if packet.packet_id else []
        )
        answers = self._service(there.client_id, topic, packet.payload)
        if answers is not None:
            commands += self.router.serve(answers, now)
            if not self.limits.requests_are_published:
                return commands
        message = Publish(
            topic=topic, payload=packet.payload, qos=packet.qos, retain=packet.retain, properties=packet.properties
        )
        if message.retain:
            self.router.keep(message)
        return commands + self.router.publish(message, now, sender=there.client_id)

    def _topic(self, there: Connection, packet: Publish) -> str | Reason:
        """The topic behind a topic alias (MQTT 5 3.3.2.3.4)."""
        alias = packet.properties.get("topic_alias")
        if alias is None:
            return packet.topic
        if not 1 <= alias <= self.limits.topic_aliases:
            return Reason.TOPIC_ALIAS_INVALID
        if packet.topic:
            there.aliases[alias] = packet.topic
        return there.aliases.get(alias, Reason.PROTOCOL_ERROR)

    def _may_publish(self, there: Connection, topic: str, packet: Publish) -> Reason:
        limits = self.limits
        if not valid_topic(topic) or len(topic.encode()) > limits.topic or topic.count("/") > limits.slashes:
            return Reason.TOPIC_NAME_INVALID
        if len(packet.payload) > limits.payload:
            return Reason.QUOTA_EXCEEDED
        return self._rights.publish(there.identity, topic)

    def _refuse_publish(self, there: Connection, packet: Publish, verdict: Reason, now: float) -> list[Command]:
        """MQTT 5 gets a PUBACK that says why and stays; at QoS 0 only a DISCONNECT can (evidence.md, Part 2 h2)."""
        if there.modern and packet.packet_id:
            return [Send(conn=there.conn, packet=Puback(packet_id=packet.packet_id, code=verdict))]
        return self._end(there, verdict, now)

    def _puback(self, there: Connection, packet: Puback, now: float) -> list[Command]:
        following = there.session.acknowledge(packet.packet_id, now) if there.session else []
        return [Send(conn=there.conn, packet=one, lane="message") for one in following]

    def _subscribe(self, there: Connection, packet: Subscribe, now: float) -> list[Command]:
        answer = subscribing.subscribe(self.router, there, packet, self._rights, self.limits, now)
        return self._end(there, answer, now) if isinstance(answer, Reason) else answer

    def _unsubscribe(self, there: Connection, packet: Unsubscribe, now: float) -> list[Command]:
        return subscribing.unsubscribe(there, packet, self.limits)

    def _ping(self, there: Connection, packet: Pingreq, now: float) -> list[Command]:
        return [Send(conn=there.conn, packet=Pingresp())]

    def _disconnect(self, there: Connection, packet: Disconnect, now: float) -> list[Command]:
        if packet.code != Reason.DISCONNECT_WITH_WILL:
            there.will = None
        wish = packet.properties.get("session_expiry_interval")
        if wish is not None and there.session and there.session.expiry:
            there.session.expiry = min(wish, self.limits.session_expiry)
        return self._drop(there, now, Reason.SUCCESS)

    # endings

    def _end(self, there: Connection, reason: Reason, now: float) -> list[Command]:
        """The server ends it: MQTT 5 is told by DISCONNECT, 3.1.1 sees the connection close."""
        told: list[Command] = []
        if there.modern and there.session:
            told.append(Send(conn=there.conn, packet=Disconnect(code=reason)))
        return told + self._drop(there, now, reason)

    def _drop(self, there: Connection, now: float, reason: Reason = Reason.PROTOCOL_ERROR) -> list[Command]:
        return [Close(conn=there.conn, reason=reason), *self._forget(there, now)]

    def _forget(self, there: Connection, now: float) -> list[Command]:
        """The connection is over; its session lives on if it may, its will is published if there still is one."""
        self._connections.pop(there.conn, None)
        session, will = there.session, there.will
        if session is None:
            return []
        del self.router.online[session.client_id]
        session.ended = now
        if session.expiry == 0:
            del self.router.sessions[session.client_id]
        if will is None:
            return []
        message = Publish(topic=will.topic, payload=will.payload, qos=will.qos, retain=will.retain)
        if message.retain:
            self.router.keep(message)
        return self.router.publish(message, now, sender=session.client_id)


HANDLERS: dict[type, Callable[[Broker, Connection, Any, float], list[Command]]] = {
    Publish: Broker._publish,
    Puback: Broker._puback,
    Subscribe: Broker._subscribe,
    Unsubscribe: Broker._unsubscribe,
    Pingreq: Broker._ping,
    Disconnect: Broker._disconnect,
}
