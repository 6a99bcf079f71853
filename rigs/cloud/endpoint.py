"""The MQTT endpoint of the local cloud: TLS links in front, the broker and the Jobs service behind."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import Callable, Iterable

from rigs.cloud.observer import Observer
from rigs.cloud.pace import Latency, Pace
from rigs.cloud.rights import Registry, ThingRights
from rigs.mqtt.broker import Broker
from rigs.mqtt.codec import Framer, MalformedPacket, PacketTooLarge, ProtocolViolation, decode, encode
from rigs.mqtt.commands import Close, Command, Outgoing, Rights, Send, Service, no_service
from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import VERSION_3_1_1, Connect, Puback, Publish
from rigs.mqtt.reasons import Reason
from rigs.net.tls import ChooseContext, Ending, Facts, Listener, Side, TlsLink, Turns, listen

__all__ = ["ALPN", "Endpoint", "Latency"]

ALPN = "x-amzn-mqtt-ca"  # mutual TLS on port 443 asks for it (jobs-protocol §6)
TICK = 1.0  # seconds between looks at keep-alives and unacknowledged messages


class Endpoint:
    """MQTT over mutual TLS, on `port` and, with `alpn_port`, on a second one that demands AWS's ALPN name.

    `service` answers requests. What a client may do is decided by `rights` (identity: its connection's Facts), made of
    `things` when not given. `latency` delays what is sent, `observer` hears what comes and goes. `settle` is called
    after each event, before anything leaves that tells of it. All methods belong to the loop that `start` ran on.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        context: ssl.SSLContext | ChooseContext,
        things: Registry | None = None,
        service: Service = no_service,
        rights: Rights | None = None,
        latency: Latency | None = None,
        limits: Limits | None = None,
        alpn_port: int | None = None,
        turns: Turns | None = None,
        observer: Observer | None = None,
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        self.host, self.port, self.alpn_port = host, port, alpn_port
        self.latency, self.observer = latency or Latency(), observer
        self.broker = Broker(service=service, rights=rights or ThingRights(things), limits=limits)
        self._context, self._turns, self._settle = context, turns or Turns(), settle
        self._channels: dict[int, Channel] = {}
        self._numbers = itertools.count(1)
        self._listeners: list[Listener] = []
        self._timer: asyncio.TimerHandle | None = None
        self._receipts: dict[tuple[int, int | None], asyncio.Future[None]] = {}
        if isinstance(context, ssl.SSLContext):  # one that is chosen must bring its names along
            context.set_alpn_protocols([ALPN])

    def __repr__(self) -> str:
        state = "listening" if self._listeners else "away"
        return f"<Endpoint {self.host}:{self.port} {state} {self.broker!r}>"

    async def start(self) -> None:
        """Listen and begin to keep time; raises OSError when a port is taken."""
        await self.open_listener()
        self._tick()

    async def stop(self) -> None:
        """Close everything; may be called twice."""
        if self._timer:
            self._timer.cancel()
        await self.close_listener()

    async def open_listener(self) -> None:
        """Listen (again) on the same ports; nothing happens when it does already."""
        if self._listeners:
            return
        first = await listen(self.host, self.port, self._context, self._channel, turns=self._turns)
        self.port = first.port
        self._listeners.append(first)
        if self.alpn_port is not None:
            second = await listen(
                self.host, self.alpn_port, self._context, self._channel, require_alpn=ALPN, turns=self._turns
            )
            self.alpn_port = second.port
            self._listeners.append(second)

    async def close_listener(self) -> None:
        """The cloud is away: nobody listens, and living connections are reset. Sessions live on."""
        gone, self._listeners = self._listeners, []
        for listener in gone:
            listener.close()
            listener.cut(Ending.RESET)
            await listener.gone()

    def publish(self, outgoings: Iterable[Outgoing]) -> None:
        """Send what the service says by itself."""
        self.run(self.broker.publish(outgoings, self.now()))

    async def hand(self, client_id: str, message: Publish, confirm: float | None = None) -> bool:
        """Hand a message to one connected client, subscribed or not; False when it was not sent.

        With `confirm` it returns when a message at QoS 1 is acknowledged; raises TimeoutError after so many seconds.
        """
        commands = self.broker.hand(client_id, message, self.now())
        sent = next((one for one in commands if isinstance(one, Send)), None)
        if sent is None or confirm is None or not isinstance(sent.packet, Publish):
            self.run(commands)
            return sent is not None
        receipt = asyncio.get_running_loop().create_future()
        key = (sent.conn, sent.packet.packet_id)
        self._receipts[key] = receipt
        self.run(commands)
        try:
            await asyncio.wait_for(receipt, confirm)
        finally:
            del self._receipts[key]
        return True

    def acknowledged(self, conn: int, packet_id: int) -> None:
        """A client has a message: whoever waits for that goes on."""
        receipt = self._receipts.get((conn, packet_id))
        if receipt is not None and not receipt.done():
            receipt.set_result(None)

    def kick(self, client_id: str, clean: bool = False) -> bool:
        """End a client's connection, like AWS's DeleteConnection, and say whether it had one, or a session.

        `clean` ends its session too, also that of a client that is away.
        """
        known = self.broker.subscriptions(client_id) is not None
        self.run(self.broker.kick(client_id, self.now(), clean=clean))
        return known

    def clients(self) -> list[str]:
        """The client ids that are connected now."""
        return sorted(self.broker.router.online)

    def now(self) -> float:
        """Monotonic seconds."""
        return asyncio.get_running_loop().time()

    def run(self, commands: Iterable[Command]) -> None:
        """Carry out what the broker wants; what goes to one connection at once goes in one piece."""
        self._settle()
        touched: dict[int, Channel] = {}
        for command in commands:
            channel = self._channels.get(command.conn)
            if channel:
                channel.pace.add(command)
                touched[command.conn] = channel
        for channel in touched.values():
            channel.flush()

    def forget(self, channel: Channel) -> None:
        """A connection is over."""
        if self._channels.pop(channel.conn, None):
            self.run(self.broker.lost(channel.conn, self.now()))

    def _channel(self) -> Channel:
        channel = Channel(self, next(self._numbers))
        self._channels[channel.conn] = channel
        return channel

    def _tick(self) -> None:
        self.run(self.broker.tick(self.now()))
        self._timer = asyncio.get_running_loop().call_later(TICK, self._tick)


class Channel:
    """One connection: bytes to packets to the broker, and its commands back to bytes. A rigs.net Handler."""

    def __init__(self, endpoint: Endpoint, conn: int) -> None:
        self.conn = conn
        self.pace = Pace(endpoint.latency, self._act, self.flush)
        self._endpoint = endpoint
        self._framer = Framer(endpoint.broker.limits.packet)
        self._version = VERSION_3_1_1
        self._link: TlsLink | None = None
        self._outgoing: list[bytes] = []

    def __repr__(self) -> str:
        return f"<Channel {self.conn} {self._link!r}>"

    def opened(self, link: TlsLink, facts: Facts) -> None:
        self._link = link
        self._endpoint.run(self._endpoint.broker.connected(self.conn, facts, self._endpoint.now()))

    def received(self, data: bytes) -> None:
        try:
            packets, trouble = self._framer.feed(data), None
        except MalformedPacket as bad:
            packets, trouble = bad.packets, bad
        try:
            for raw in packets:
                self._packet(raw)
        except MalformedPacket as bad:
            trouble = bad
        if trouble:
            endpoint = self._endpoint
            endpoint.run(endpoint.broker.malformed(self.conn, endpoint.now(), _reason(trouble)))

    def closed(self, reason: str, by: Side) -> None:
        self.pace.drop()
        if self._endpoint.observer:
            self._endpoint.observer.closed(self.conn, reason, by)
        self._endpoint.forget(self)

    def refused(self, facts: Facts, alert: str | None, reason: str) -> None:
        if self._endpoint.observer:
            self._endpoint.observer.refused(facts, alert, reason)
        self._endpoint.forget(self)

    def flush(self) -> None:
        """Send what was gathered."""
        if self._outgoing and self._link:
            data = self._outgoing[0] if len(self._outgoing) == 1 else b"".join(self._outgoing)
            self._outgoing.clear()
            self._link.send(data)

    def _packet(self, raw: bytes) -> None:
        endpoint, packet = self._endpoint, decode(raw, self._version)
        if isinstance(packet, Connect):
            self._version = packet.version
        if endpoint.observer and self._link:
            endpoint.observer.came(self.conn, self._link.facts, packet)
        endpoint.run(endpoint.broker.received(self.conn, packet, endpoint.now()))
        if isinstance(packet, Puback):
            endpoint.acknowledged(self.conn, packet.packet_id)

    def _act(self, command: Command) -> None:
        if self._link is None:
            return
        if self._endpoint.observer:
            self._endpoint.observer.left(self.conn, command)
        if isinstance(command, Send):
            self._outgoing.append(encode(command.packet, self._version))
        elif isinstance(command, Close):
            self.flush()
            self._link.close()


def _reason(trouble: MalformedPacket) -> Reason:
    """AWS's DISCONNECT codes have none for "packet too large", so the quota's stands for it."""
    if isinstance(trouble, PacketTooLarge):
        return Reason.QUOTA_EXCEEDED
    return Reason.PROTOCOL_ERROR if isinstance(trouble, ProtocolViolation) else Reason.MALFORMED_PACKET
