"""A persistent session under random life, beside a model that is written from MQTT's words (MQTT 5 4.1, 4.3, 4.4).

The keeper has a persistent session, the talker publishes, the service says things by itself. A QoS 1 message that the
keeper is owed comes, again and again under one packet identifier, until it is acknowledged, and then never again; what
comes at QoS 0 comes at once or not at all.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import (
    Connack,
    Disconnect,
    Pingreq,
    Puback,
    Publish,
    Suback,
    Subscribe,
    Subscription,
    Unsubscribe,
)
from tests.mqtt.brokerdesk import Desk, Row, Said

NOTIFY, REPLY, REQUEST = "$aws/things/k/jobs/notify", "$aws/things/k/jobs/get/accepted", "$aws/things/k/jobs/get"
FILTERS = {"a": {"a"}, "a/+": {"a/b"}, "a/#": {"a/b"}, NOTIFY: {NOTIFY}}
WINDOW, HOUR, PING_EVERY = 5, 3600.0, 600.0
QOS = st.integers(0, 1)


def service(client_id: str, topic: str, payload: bytes) -> list[Said] | None:
    """Answers each request, and notifies about it."""
    number = int(payload) if topic == REQUEST else 0
    return [Said(REPLY, {"n": number}, to=client_id), Said(NOTIFY, {"n": number})] if number else None


class Owed:
    """A QoS 1 message that the keeper has not acknowledged; `here`: it was sent on this connection."""

    def __init__(self) -> None:
        self.number: int | None = None
        self.first: float | None = None
        self.here = False


class PersistentSession(RuleBasedStateMachine):
    """`owed` by payload, in the order of publishing; `conn` is the keeper's connection, None while it is away."""

    @initialize(version=st.sampled_from([4, 5]))
    def begin(self, version: int) -> None:
        self.desk = Desk(service=service, limits=Limits(unacknowledged=WINDOW, stored_per_second=2))
        self.version, self.count, self.connections = version, 0, 1
        self.desk.connect(1, "talker", 5, keep_alive=1200)
        self.subscribed: dict[str, int] = {}
        self.owed: dict[bytes, Owed] = {}
        self.conn: int | None = None
        self.ended = 0.0
        self.connect(clean=False)
        for text in FILTERS:
            self.subscribe(text, 1)

    # what the keeper does

    @rule(clean=st.sampled_from([False, False, False, True]))
    def connect(self, clean: bool) -> None:
        """Also over a connection that is there: a take-over."""
        if clean or (self.conn is None and self.desk.now >= self.ended + HOUR):
            self.forget()
        self.connections += 1
        self.conn = self.connections
        self.rest()
        keep: dict[str, Any] = {"properties": {"session_expiry_interval": 3600}} if self.version == 5 else {}
        wishes = {"keep_alive": 1200, "clean_start": clean, **keep}
        self.hear(self.desk.connect(self.conn, "keeper", self.version, **wishes))
        if clean and self.version == 4:  # with 3.1.1 a clean session ends with its connection
            self.lose()
            self.forget()

    @precondition(lambda self: self.conn is not None)
    @rule(goodbye=st.booleans())
    def leave(self, goodbye: bool) -> None:
        if goodbye:
            self.desk.send(self.conn or 0, Disconnect())
        self.lose()

    @precondition(lambda self: self.conn is not None)
    @rule(text=st.sampled_from(sorted(FILTERS)), qos=QOS)
    def subscribe(self, text: str, qos: int) -> None:
        wish = Subscribe(packet_id=7, filters=(Subscription(filter=text, qos=qos),))
        assert self.desk.send(self.conn or 0, wish) == [(self.conn, Suback(packet_id=7, codes=(qos,)))]
        self.subscribed[text] = qos

    @precondition(lambda self: self.conn is not None)
    @rule(text=st.sampled_from(sorted(FILTERS)))
    def unsubscribe(self, text: str) -> None:
        self.desk.send(self.conn or 0, Unsubscribe(packet_id=8, filters=(text,)))
        self.subscribed.pop(text, None)

    @precondition(lambda self: self.conn is not None and any(one.number for one in self.owed.values()))
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        payload = data.draw(st.sampled_from([payload for payload, one in self.owed.items() if one.number]))
        number = self.owed.pop(payload).number
        self.hear(self.desk.send(self.conn or 0, Puback(packet_id=number or 0)))

    @precondition(lambda self: self.conn is not None)
    @rule()
    def acknowledge_something_else(self) -> None:
        self.hear(self.desk.send(self.conn or 0, Puback(packet_id=999)))

    @precondition(lambda self: self.conn is not None)
    @rule()
    def ask(self) -> None:
        """A request of the keeper: the reply comes at once, what is notified like any message."""
        self.count += 1
        at_once = self.publish(NOTIFY, 1, b'{"n":%d}' % self.count)
        request = Publish(topic=REQUEST, payload=b"%d" % self.count, qos=1, packet_id=5)
        acknowledged, *rows = self.desk.send(self.conn or 0, request)
        assert acknowledged == (self.conn, Puback(packet_id=5))
        self.hear(rows, {(REPLY, b'{"n":%d}' % self.count), *at_once})

    # what others do

    @rule(topic=st.sampled_from(["a", "a/b"]), qos=QOS, by_keeper=st.booleans())
    def talk(self, topic: str, qos: int, by_keeper: bool) -> None:
        sender = self.conn if by_keeper and self.conn is not None else 1
        self.count += 1
        at_once = self.publish(topic, qos, b"%d" % self.count)
        self.hear(self.desk.publish(sender, topic, b"%d" % self.count, qos=qos), at_once)

    @rule(times=st.integers(1, 5))
    def notify(self, times: int) -> None:
        for _ in range(times):
            self.count += 1
            at_once = self.publish(NOTIFY, 1, b'{"n":%d}' % self.count)
            self.hear(self.desk.say(Said(NOTIFY, {"n": self.count})), at_once)

    @rule()
    def reply_late(self) -> None:
        """The service answers the keeper, who may be away: then nobody ever sees it."""
        self.count += 1
        at_once = {(REPLY, b'{"n":%d}' % self.count)} if self.conn is not None else set()
        self.hear(self.desk.say(Said(REPLY, {"n": self.count}, to="keeper")), at_once)

    @rule(seconds=st.sampled_from([0.5, 1.0, 1.0, 5.0, 31.0, 31.0, 700.0, HOUR]))
    def pass_time(self, seconds: float) -> None:
        while seconds > 0:
            step = min(seconds, PING_EVERY)
            seconds -= step
            for conn in (1, self.conn):
                if conn is not None:
                    self.desk.send(conn, Pingreq())
            rows = self.desk.tick(step)
            self.drop_old()
            self.hear(rows)

    @invariant()
    def no_more_than_the_window_is_on_its_way(self) -> None:
        assert sum(one.here for one in getattr(self, "owed", {}).values()) <= WINDOW

    def teardown(self) -> None:
        """Whatever has happened: a keeper that comes back and acknowledges gets all that it is owed."""
        if not hasattr(self, "desk"):
            return
        self.connect(clean=False)
        for _ in range(len(self.owed) + 1):
            for payload in [payload for payload, one in self.owed.items() if one.here]:
                number = self.owed.pop(payload).number
                self.hear(self.desk.send(self.conn or 0, Puback(packet_id=number or 0)))
            self.pass_time(1.0)
        assert self.owed == {}

    # the model

    def publish(self, topic: str, qos: int, payload: bytes) -> set[tuple[str, bytes]]:
        """Who is owed what; returns what must come at once."""
        granted = [given for text, given in self.subscribed.items() if topic in FILTERS[text]]
        if not granted:
            return set()
        if min(qos, max(granted)) == 1:
            self.owed[payload] = Owed()
            return set()
        return {(topic, payload)} if self.conn is not None else set()

    def hear(self, rows: list[Row], at_once: set[tuple[str, bytes]] | None = None) -> None:
        """Look at all that goes to the keeper."""
        told = [packet for conn, packet in rows if conn == self.conn and isinstance(packet, Publish)]
        assert {(one.topic, one.payload) for one in told if one.qos == 0} == (at_once or set())
        assert len([one for one in told if one.qos == 0]) == len(at_once or set())
        for packet in told:
            if packet.qos:
                self.take(packet)
        assert not [packet for _, packet in rows if isinstance(packet, Connack | Disconnect) and self.conn is None]

    def take(self, packet: Publish) -> None:
        one = self.owed.get(packet.payload)
        assert one is not None, f"{packet!r} is not owed, or was acknowledged"
        if one.number is None:
            assert packet.packet_id not in [other.number for other in self.owed.values()], "an identifier in use"
            one.first = self.desk.now
        else:
            assert packet.packet_id == one.number
        one.number, one.here = packet.packet_id, True

    def lose(self) -> None:
        self.desk.lose(self.conn or 0)
        self.conn, self.ended = None, self.desk.now
        self.rest()

    def rest(self) -> None:
        self.drop_old()
        for one in self.owed.values():
            one.here = False

    def forget(self) -> None:
        self.subscribed.clear()
        self.owed.clear()

    def drop_old(self) -> None:
        """A message is tried for an hour, a session lives for one (jobs-protocol §6)."""
        now = self.desk.now
        if self.conn is None and now >= self.ended + HOUR:
            self.forget()
        for payload in [
            payload for payload, one in self.owed.items() if one.first is not None and now >= one.first + HOUR
        ]:
            del self.owed[payload]


TestPersistentSession = PersistentSession.TestCase
TestPersistentSession.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
