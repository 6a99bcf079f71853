"""Conversations that try what a tap could break; each returns what its clients see."""

from __future__ import annotations

from typing import Any

from paho.mqtt.packettypes import PacketTypes

from rigs.mqtt.codec import encode
from rigs.mqtt.packets import (
    Connack,
    Connect,
    Disconnect,
    Packet,
    Pingreq,
    Puback,
    Pubcomp,
    Publish,
    Pubrec,
    Pubrel,
    Subscribe,
    Subscription,
    Will,
)
from tests.cloud.endpointdesk import context
from tests.cloud.rawdevice import RawDevice
from tests.interop.twindesk import V5, Stage, properties

KIB = 1024
SIZES = (0, 16_383, 16_384, 65_535, 65_536, 128 * KIB, 256 * KIB)  # where the length grows, and TLS records are many


def bare(stage: Stage, name: str, **members: Any) -> tuple[RawDevice, Connack]:
    """A client of single packets, connected."""
    device = RawDevice(stage.port, context(), stage.version)
    told = device.connect(f"{name}-{stage.root}", **members)
    assert isinstance(told, Connack)
    return device, told


def everything(device: RawDevice) -> list[Packet]:
    """What comes up to the end of the connection."""
    return list(iter(device.read, None))


def shape(packet: Packet | None, *names: str) -> tuple[Any, ...]:
    """The packet's type and these members, or properties, of it."""
    assert packet is not None
    told = getattr(packet, "properties", {})
    return (packet.type, *(getattr(packet, name, told.get(name)) for name in names))


def will(stage: Stage) -> Will:
    """For a client of single packets."""
    return Will(topic=stage.topic("wills/one"), payload=b"gone", qos=1)


def kept(stage: Stage) -> dict[str, Any]:
    """What a CONNECT says so that the session outlives the connection."""
    return {"clean_start": False, "properties": {"session_expiry_interval": 600} if stage.version == V5 else {}}


def qos_two(stage: Stage) -> Any:
    sender, taker = stage.connect("sender"), stage.connect("taker")
    codes = [taker.subscribe(f"at/{level}", qos=level) for level in (0, 1, 2)]
    for topic in ("at/0", "at/1", "at/2"):
        for level in (0, 1, 2):
            sender.publish(topic, f"{level}", level)
    return codes, sorted(taker.next() for _ in range(9)), taker.told(sender)


def many_at_qos_two(stage: Stage) -> Any:
    one = stage.connect("one")
    one.subscribe("t", qos=2)
    for number in range(60):
        one.publish("t", f"{number}", 2)
    return [int(one.next()[1]) for _ in range(60)] == list(range(60)), one.told()


def large(stage: Stage) -> Any:
    one = stage.connect("one")
    one.subscribe("t", qos=2)
    for size in SIZES:
        one.publish("t", bytes(size), size % 3)
    return sorted(one.next()[1] or 0 for _ in SIZES), one.told()


def split(stage: Stage) -> Any:
    """Byte by byte, each in a TLS record of its own."""
    device, _ = bare(stage, "one")
    topic = stage.topic("t")
    wish = Subscribe(packet_id=1, filters=(Subscription(filter=topic, qos=1),))
    with device:
        for packet in (wish, Publish(topic=topic, payload=b"x" * 200, qos=1, packet_id=2)):
            for byte in encode(packet, stage.version):
                device.socket.sendall(bytes((byte,)))
        came = [device.read() for _ in range(3)]
    return sorted((packet.type, len(getattr(packet, "payload", b""))) for packet in came if packet)


def before_the_connack(stage: Stage) -> Any:
    """A client may send on without waiting for its CONNACK (MQTT 5, 3.1.4)."""
    topic = stage.topic("t")
    packets = (
        Connect(version=stage.version, client_id=f"hasty-{stage.root}"),
        Subscribe(packet_id=1, filters=(Subscription(filter=topic),)),
        Publish(topic=topic, payload=b"x"),
        Pingreq(),
        Disconnect(),
    )
    with RawDevice(stage.port, context(), stage.version) as device:
        device.socket.sendall(b"".join(encode(packet, stage.version) for packet in packets))
        return [packet.type for packet in everything(device)]


def keep_alive(stage: Stage) -> Any:
    """Pings keep the connection; a client that falls silent is dropped after one and a half times its keep-alive."""
    observer = stage.connect("observer")
    observer.subscribe("wills/#")
    one = stage.connect("one", keep_alive=1)
    device, _ = bare(stage, "silent", keep_alive=1, will=will(stage))
    with device:
        device.send(Pingreq())
        answer = device.read()
        end = everything(device)
    return shape(answer), [packet.type for packet in end], observer.next(), one.told(one)


def resumed_at_qos_two(stage: Stage) -> Any:
    """Both halves of QoS 2 towards the client, each resumed after a lost connection, and nothing twice."""
    sender, topic = stage.connect("sender"), stage.topic("t")
    device, first = bare(stage, "taker", **kept(stage))
    device.send(Subscribe(packet_id=1, filters=(Subscription(filter=topic, qos=2),)))
    device.read()
    sender.publish("t", "x", 2)
    seen = [first.session_present, shape(device.read(), "dup", "packet_id", "payload")]
    device.socket.close()
    device, again = bare(stage, "taker", **kept(stage))
    seen += [again.session_present, shape(device.read(), "dup", "packet_id", "payload")]
    device.send(Pubrec(packet_id=1))
    seen.append(shape(device.read(), "packet_id"))
    device.socket.close()
    device, again = bare(stage, "taker", **kept(stage))
    seen += [again.session_present, shape(device.read(), "packet_id")]
    device.send(Pubcomp(packet_id=1))
    device.send(Pingreq())
    seen.append(shape(device.read()))
    device.socket.close()
    return seen


def sent_again(stage: Stage) -> Any:
    """The client sends again after a cut, DUP set: at QoS 1 it comes twice, at QoS 2 once."""
    observer, topic = stage.connect("observer"), stage.topic("t")
    observer.subscribe("t", qos=2)
    seen = []
    for dup in (False, True):
        device, _ = bare(stage, "sender", **kept(stage))
        with device:
            for number in (1, 2):
                packet = Publish(topic=topic, payload=b"%d" % number, qos=number, packet_id=number, dup=dup)
                device.send(packet)
                seen.append(shape(device.read(), "packet_id"))
            if dup:
                device.send(Pubrel(packet_id=2))
                seen.append(shape(device.read(), "packet_id"))
    return seen, sorted(observer.next() for _ in range(3)), observer.told()


def receive_maximum(stage: Stage) -> Any:
    """Two, and no more before the first of them is acknowledged."""
    sender, topic = stage.connect("sender"), stage.topic("t")
    device, _ = bare(stage, "taker", properties={"receive_maximum": 2})
    with device:
        device.subscribe(topic)
        for number in range(5):
            sender.publish("t", f"{number}")
        came = [device.read(), device.read()]
        device.send(Pingreq())
        pause = device.read()
        for number in range(5):
            packet = came[number]
            assert isinstance(packet, Publish)
            device.send(Puback(packet_id=packet.packet_id or 0))
            came += [device.read()] if len(came) < 5 else []
    return [shape(packet, "payload") for packet in came], shape(pause)


def maximum_packet_size(stage: Stage) -> Any:
    """What is too large for the client is not sent to it."""
    device, _ = bare(stage, "one", properties={"maximum_packet_size": 64})
    topic = stage.topic("t")
    with device:
        device.subscribe(topic, qos=0)
        for payload in (b"x" * 100, b"small"):
            device.send(Publish(topic=topic, payload=payload))
        device.send(Pingreq())
        return [shape(device.read(), "payload"), shape(device.read())]


def expiry(stage: Stage) -> Any:
    """What has expired while the client was away is gone, the other says how long it has left."""
    sender, taker = stage.connect("sender"), stage.connect("taker", keep=True)
    taker.subscribe("t")
    taker.leave()
    sender.publish("t", "short", MessageExpiryInterval=1)
    sender.publish("t", "long", MessageExpiryInterval=1000)
    observer = stage.connect("observer")
    observer.subscribe("wills/#")
    later = properties(PacketTypes.WILLMESSAGE, {"WillDelayInterval": 2})
    stage.connect("clock", keep=True, will={"topic": "wills/clock", "payload": "", "properties": later}).drop()
    observer.next()
    [(topic, payload, _, _, left)] = stage.connect("taker", keep=True).told(sender, "MessageExpiryInterval")
    return topic, payload, 900 < left < 1000


def identifiers(stage: Stage) -> Any:
    device, _ = bare(stage, "one")
    topic = stage.topic("a/b")
    with device:
        for number, wish in ((1, topic), (268_435_455, stage.topic("a/#"))):
            told = {"subscription_identifier": [number], "user_property": [("k", "v")]}
            device.send(Subscribe(packet_id=1, filters=(Subscription(filter=wish),), properties=told))
            device.read()
        device.send(Publish(topic=topic))
        device.send(Pingreq())
        came = [device.read(), device.read(), device.read()]
    return sorted(shape(packet, "subscription_identifier") for packet in came)


def taken_over(stage: Stage) -> Any:
    older, _ = bare(stage, "one")
    bare(stage, "one")[0].socket.close()
    with older:
        return [shape(packet, "code") for packet in everything(older)]


def left_with_a_reason(stage: Stage) -> Any:
    """DISCONNECT with a reason and properties: the will is sent, and the session expires as it says."""
    observer = stage.connect("observer")
    observer.subscribe("wills/#")
    device, _ = bare(stage, "one", will=will(stage), properties={"session_expiry_interval": 600})
    device.send(Disconnect(code=4, properties={"session_expiry_interval": 0, "user_property": [("k", "v")]}))
    with device:
        end = [packet.type for packet in everything(device)]
    device, told = bare(stage, "one", clean_start=False)
    device.socket.close()
    return end, observer.next(), told.session_present


def everybodys_properties(stage: Stage) -> Any:
    """Each packet with all that it may carry."""
    device, _ = bare(
        stage,
        "one",
        properties={
            "session_expiry_interval": 1,
            "receive_maximum": 9,
            "maximum_packet_size": 100_000,
            "topic_alias_maximum": 5,
            "request_response_information": 1,
            "request_problem_information": 1,
            "user_property": [("a", "1"), ("a", "1"), ("", "é")],
        },
    )
    topic = stage.topic("t")
    members = {
        "payload_format_indicator": 1,
        "message_expiry_interval": 4_294_967_295,
        "content_type": "",
        "response_topic": topic,
        "correlation_data": bytes(1000),
        "user_property": [("b", "2"), ("a", "1"), ("b", "2")],
    }
    with device:
        device.subscribe(topic, qos=2)
        device.send(Publish(topic=topic, qos=2, packet_id=1, properties=members))
        rec = device.read()
        device.send(Pubrel(packet_id=1, properties={"user_property": [("k", "v")]}))
        rest = [device.read(), device.read()]
    [message] = [packet for packet in rest if isinstance(packet, Publish)]
    left = {**message.properties, "message_expiry_interval": 4_294_967_295}
    return shape(rec), sorted(packet.type for packet in rest if packet), left == members
