"""An MQTT broker that behaves like AWS IoT Core's, as a pure function of what happens: events in, commands out.

Sources: jobs-protocol §6, evidence.md, Part 2, and AWS's developer guide where these are silent. In short: a 3.1.1
client is never told why, its connection just closes; an MQTT 5 client gets reason codes. Times are monotonic seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rigs.mqtt import connecting, publishing, subscribing
from rigs.mqtt.commands import Close, Command, Everything, Outgoing, Rights, Send, Service, no_service
from rigs.mqtt.connection import CLIENT_ERROR, ENDINGS, LOST, Connection, ConnectionFacts, facts_of
from rigs.mqtt.held import Held
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
    Subscription,
    Unsubscribe,
)
from rigs.mqtt.reasons import Reason
from rigs.mqtt.router import Router, nobody
from rigs.mqtt.saved import SavedSession
from rigs.mqtt.session import Session
from rigs.mqtt.wills import Wills


class Broker:
    """Sessions and connections; each event returns what is to be done, in this order.

    Connections are told apart by a number that the caller chooses and never uses again. `on_session` is called with
    the client id of a session that outlives its connection when what it keeps has changed, or it is gone: after each
    event, before its commands are returned.
    """

    def __init__(
        self,
        *,
        service: Service = no_service,
        rights: Rights | None = None,
        limits: Limits | None = None,
        new_id: Callable[[], str] = connecting.generated_id,
    ) -> None:
        self.limits = limits or Limits()
        self.rights = rights or Everything()
        self.router = Router(self.rights, self.limits)
        self.on_session: Callable[[str], None] = nobody
        self._service, self._new_id = service, new_id
        self._wills = Wills(self.router)
        self._connections: dict[int, Connection] = {}
        self._gone: dict[str, ConnectionFacts] = {}

    def __repr__(self) -> str:
        return f"<Broker {len(self._connections)} connections, {self.router!r}>"

    # events

    def connected(self, conn: int, identity: Any, now: float) -> list[Command]:
        """A transport is there; `identity` is handed to the rights as it is."""
        self._connections[conn] = Connection(conn=conn, identity=identity, heard=now, since=now)
        return []

    def received(self, conn: int, packet: Packet, now: float) -> list[Command]:
        """A packet came."""
        there = self._connections.get(conn)
        if there is None:
            return []
        there.heard = now
        if there.session is None:
            return self._told(
                self._connect(there, packet, now) if isinstance(packet, Connect) else self._drop(there, now)
            )
        handle = HANDLERS.get(type(packet))
        commands = (
            handle(self, there, there.session, packet, now) if handle else self._end(there, Reason.PROTOCOL_ERROR, now)
        )
        return self._told(commands)

    def malformed(self, conn: int, now: float, reason: Reason = Reason.MALFORMED_PACKET) -> list[Command]:
        """Bytes came that are no packet, break the protocol (PROTOCOL_ERROR) or are too many (QUOTA_EXCEEDED)."""
        there = self._connections.get(conn)
        return self._told(self._end(there, reason, now)) if there else []

    def lost(self, conn: int, now: float) -> list[Command]:
        """The transport is gone, without a DISCONNECT: the will is published."""
        there = self._connections.get(conn)
        return self._told(self._forget(there, now, LOST)) if there else []

    def tick(self, now: float) -> list[Command]:
        """Time has passed: silent clients are cut at 1.5 times their keep-alive, messages are sent (again)."""
        commands: list[Command] = []
        for there in list(self._connections.values()):
            if there.silent(now, self.limits):
                commands += self._end(there, Reason.KEEP_ALIVE_TIMEOUT, now)
            elif there.session and (there.session.unacked or there.session.stored):
                commands += _messages(there, there.session.tick(now))
        commands += self._wills.tick(now)
        for session in [one for one in self.router.sessions.values() if one.expired(now)]:
            commands += self._remove(session, now)
        self.router.drop_expired(now)
        self._drop_memories(now - self.limits.remembered)
        return self._told(commands)

    # the service, the operator and other backends

    def publish(self, outgoings: Iterable[Outgoing], now: float) -> list[Command]:
        """The service has something to say by itself."""
        return self._told(self.router.serve(outgoings, now))

    def inject(self, message: Publish, now: float) -> list[Command]:
        """A backend publishes: to the subscribers, and retained when it says so; no service looks at it."""
        return self._told(publishing.hand_out(self.router, message, now))

    def hand(self, client_id: str, message: Publish, now: float) -> list[Command]:
        """Hand a message to one connected client, subscribed or not, like AWS's SendDirectMessage.

        Nothing when the client is away or may not receive the topic; at QoS 1 it is sent again like any other.
        """
        session = self.router.sessions.get(client_id)
        if session is None or session.ended is not None:
            return []
        packet, expires = self.router.fitted(message, session, now)
        return self._told(self.router.send(session, Held(packet=packet, expires=expires), now))

    def kick(self, client_id: str, now: float, *, clean: bool = False, prevent_will: bool = False) -> list[Command]:
        """End a client's connection from the server's side, like DeleteConnection; `clean` ends its session too.

        Its will is published unless `prevent_will`.
        """
        there, session = self.router.online.get(client_id), self.router.sessions.get(client_id)
        if there and prevent_will:
            there.will = None
        if prevent_will:
            self._wills.resumed(client_id)
        if session and clean:
            session.expiry = 0
        if there:
            return self._told(self._end(there, Reason.ADMINISTRATIVE_ACTION, now))
        return self._told(self._remove(session, now)) if session and clean else []

    def client_of(self, conn: int) -> str:
        """The client id on a connection; empty before its CONNECT."""
        there = self._connections.get(conn)
        return there.client_id if there else ""

    def connection(self, client_id: str) -> ConnectionFacts | None:
        """What is known of a client: one that is connected, has a session, or went half an hour ago at most."""
        there = self.router.online.get(client_id)
        return facts_of(there, there.session) if there and there.session else self._gone.get(client_id)

    def subscriptions(self, client_id: str) -> tuple[Subscription, ...] | None:
        """The subscriptions of a client, with the granted QoS; None when it has no session."""
        session = self.router.sessions.get(client_id)
        return tuple(session.subscriptions.values()) if session else None

    def restore(self, saved: SavedSession, now: float) -> None:
        """Bring a session back that was kept elsewhere; its client is away."""
        session = Session(saved.client_id, version=saved.version, limits=self.limits, changed=self.router.changed)
        session.restore(saved, now)
        self.router.sessions[saved.client_id] = session
        for one in saved.subscriptions:
            self.router.subscribe(session, one)
        self.router.changed.clear()
        away = Connection(conn=0, identity=None, heard=0, version=saved.version)
        self._gone[saved.client_id] = facts_of(away, session)

    # connecting

    def _connect(self, there: Connection, packet: Connect, now: float) -> list[Command]:
        there.version = packet.version
        client_id = packet.client_id or self._new_id()
        verdict = connecting.judge(packet, client_id, there.identity, self.rights, self.limits)
        if verdict is not Reason.SUCCESS:
            # A 3.1.1 client sees a plain close, no return code (evidence.md, Part 2 h and h2)
            told: list[Command] = [Send(conn=there.conn, packet=Connack(code=verdict))] if there.modern else []
            return told + self._drop(there, now, verdict)
        older = self.router.online.get(client_id)  # the newer CONNECT wins (evidence.md, Part 2 j)
        commands = self._end(older, Reason.SESSION_TAKEN_OVER, now) if older else []
        session, present, ended = self._session(client_id, packet, now)
        there.session, there.will = session, packet.will
        there.keep_alive, there.since = self.limits.keep_alive(packet.keep_alive), now
        self.router.online[client_id] = there
        self._gone.pop(client_id, None)
        properties = connecting.connack_properties(packet, client_id, self.limits)
        connack = Connack(session_present=present, properties=properties)
        commands += [*ended, Send(conn=there.conn, packet=connack)]
        resumed = session.resume(now, lambda topic: self.rights.receive(there.identity, topic))
        return commands + _messages(there, resumed) + self.router.catch_up(session, now)

    def _session(self, client_id: str, packet: Connect, now: float) -> tuple[Session, bool, list[Command]]:
        """The client's session, whether it was there before, and what the end of the former one leads to.

        A session of the other version is not resumed (AWS IoT developer guide, mqtt.html, "MQTT persistent sessions").
        """
        found, commands = self.router.sessions.get(client_id), list[Command]()
        if found and (packet.clean_start or found.expired(now) or found.version != packet.version):
            commands, found = self._remove(found, now), None
        self._wills.resumed(client_id)
        session = found or Session(client_id, version=packet.version, limits=self.limits, changed=self.router.changed)
        connecting.prepare(session, packet, self.limits)
        self.router.sessions[client_id] = session
        return session, found is not None, commands

    # packets of a connected client

    def _publish(self, there: Connection, session: Session, packet: Publish, now: float) -> list[Command]:
        answer = publishing.publish(self.router, there, packet, self._service, now)
        return self._end(there, answer, now) if isinstance(answer, Reason) else answer

    def _puback(self, there: Connection, session: Session, packet: Puback, now: float) -> list[Command]:
        return _messages(there, session.acknowledge(packet.packet_id, now))

    def _subscribe(self, there: Connection, session: Session, packet: Subscribe, now: float) -> list[Command]:
        answer = subscribing.subscribe(self.router, there, session, packet, now)
        return self._end(there, answer, now) if isinstance(answer, Reason) else answer

    def _unsubscribe(self, there: Connection, session: Session, packet: Unsubscribe, now: float) -> list[Command]:
        return subscribing.unsubscribe(self.router, there, session, packet)

    def _ping(self, there: Connection, session: Session, packet: Pingreq, now: float) -> list[Command]:
        return [Send(conn=there.conn, packet=Pingresp())]

    def _disconnect(self, there: Connection, session: Session, packet: Disconnect, now: float) -> list[Command]:
        """A goodbye: only one with reason 0 takes the will back (MQTT 5 3.1.2.5)."""
        wish = packet.properties.get("session_expiry_interval")
        if wish and not session.expiry:
            return self._end(there, Reason.PROTOCOL_ERROR, now)  # MQTT 5 3.14.2.2.2
        if wish is not None:
            session.expiry = min(wish, self.limits.session_expiry)
        if packet.code == Reason.SUCCESS:
            there.will = None
        return self._drop(there, now, Reason.SUCCESS)

    # endings

    def _end(self, there: Connection, reason: Reason, now: float) -> list[Command]:
        """The server ends it: MQTT 5 is told by DISCONNECT, 3.1.1 sees the connection close."""
        told: list[Command] = []
        if there.modern and there.session:
            told.append(Send(conn=there.conn, packet=Disconnect(code=reason)))
        return told + self._drop(there, now, reason)

    def _drop(self, there: Connection, now: float, reason: Reason = Reason.PROTOCOL_ERROR) -> list[Command]:
        return [Close(conn=there.conn, reason=reason), *self._forget(there, now, ENDINGS.get(reason, CLIENT_ERROR))]

    def _forget(self, there: Connection, now: float, reason: str) -> list[Command]:
        """The connection is over; its session lives on if it may, its will is published if there still is one."""
        self._connections.pop(there.conn, None)
        session = there.session
        if session is None:
            return []
        del self.router.online[session.client_id]
        session.end(now, reason)
        self._gone[session.client_id] = facts_of(there, session)
        commands = self._wills.leave(session.client_id, there.will, now) if there.will else []
        return commands if session.expiry else commands + self._remove(session, now)

    def _remove(self, session: Session, now: float) -> list[Command]:
        """A session is over, and with it the wait of its will."""
        return self._wills.ended(session.client_id, now) + self.router.forget(session, now)

    def _drop_memories(self, before: float) -> None:
        """Forget the clients without a session that went before this time."""
        gone = [one for one, facts in self._gone.items() if one not in self.router.sessions]
        for client_id in gone:
            if (self._gone[client_id].ended or 0.0) <= before:
                del self._gone[client_id]

    def _told(self, commands: list[Command]) -> list[Command]:
        """Before the commands of an event leave: say which kept sessions have changed."""
        if self.router.changed:
            changed = sorted(self.router.changed)
            self.router.changed.clear()
            for client_id in changed:
                self.on_session(client_id)
        return commands


def _messages(there: Connection, packets: list[Publish]) -> list[Command]:
    return [Send(conn=there.conn, packet=one, lane="message") for one in packets]


HANDLERS: dict[type, Callable[[Broker, Connection, Session, Any, float], list[Command]]] = {
    Publish: Broker._publish,
    Puback: Broker._puback,
    Subscribe: Broker._subscribe,
    Unsubscribe: Broker._unsubscribe,
    Pingreq: Broker._ping,
    Disconnect: Broker._disconnect,
}
