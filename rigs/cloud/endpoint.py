"""The MQTT endpoint of the local cloud: TLS links in front, the broker and the Jobs service behind."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import Iterable

from rigs.cloud.pace import Latency, Pace
from rigs.cloud.rights import Registry, ThingRights
from rigs.mqtt.broker import Broker
from rigs.mqtt.codec import Framer, MalformedPacket, PacketTooLarge, decode, encode
from rigs.mqtt.commands import Close, Command, Outgoing, Rights, Send, Service, no_service
from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import VERSION_3_1_1, Connect
from rigs.mqtt.reasons import Reason
from rigs.net.tls import ChooseContext, Ending, Facts, Listener, Side, TlsLink, Turns, listen

__all__ = ["ALPN", "Endpoint", "Latency"]

ALPN = "x-amzn-mqtt-ca"  # mutual TLS on port 443 asks for it (jobs-protocol §6)
TICK = 1.0  # seconds between looks at keep-alives and unacknowledged messages


class Endpoint:
    """MQTT over mutual TLS, on `port` and, with `alpn_port`, on a second one that demands AWS's ALPN name.

    `service` answers requests. What a client may do is decided by `rights` (identity: its connection's Facts), made of
    `things` when not given. `latency` delays what is sent. All methods belong to the loop that `start` ran on.
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
    ) -> None:
        self.host, self.port, self.alpn_port = host, port, alpn_port
        self.latency = latency or Latency()
        self.broker = Broker(service=service, rights=rights or ThingRights(things), limits=limits)
        self._context, self._turns = context, turns or Turns()
        self._channels: dict[int, Channel] = {}
        self._numbers = itertools.count(1)
        self._listeners: list[Listener] = []
        self._timer: asyncio.TimerHandle | None = None
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

    def kick(self, client_id: str, clean: bool = False) -> bool:
        """End a client's connection, like AWS's DeleteConnection, and say whether there was one.

        `clean` ends its session too, also that of a client that is away.
        """
        commands = self.broker.kick(client_id, self.now(), clean=clean)
        self.run(commands)
        return bool(commands)

    def clients(self) -> list[str]:
        """The client ids that are connected now."""
        return sorted(self.broker.router.online)

    def now(self) -> float:
        """Monotonic seconds."""
        return asyncio.get_running_loop().time()

    def run(self, commands: Iterable[Command]) -> None:
        """Carry out what the broker wants."""
        for command in commands:
            channel = self._channels.get(command.conn)
            if channel:
                channel.pace.add(command)

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
        self.pace = Pace(endpoint.latency, self._act)
        self._endpoint = endpoint
        self._framer = Framer(endpoint.broker.limits.packet)
        self._version = VERSION_3_1_1
        self._link: TlsLink | None = None

    def __repr__(self) -> str:
        return f"<Channel {self.conn} {self._link!r}>"

    def opened(self, link: TlsLink, facts: Facts) -> None:
        self._link = link
        self._tell(self._endpoint.broker.connected(self.conn, facts, self._endpoint.now()))

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
            # AWS's DISCONNECT codes have none for "packet too large", so the quota's stands for it
            reason = Reason.QUOTA_EXCEEDED if isinstance(trouble, PacketTooLarge) else Reason.MALFORMED_PACKET
            self._tell(self._endpoint.broker.malformed(self.conn, self._endpoint.now(), reason))

    def closed(self, reason: str, by: Side) -> None:
        self.pace.drop()
        self._endpoint.forget(self)

    def refused(self, facts: Facts, alert: str | None, reason: str) -> None:
        self._endpoint.forget(self)

    def _packet(self, raw: bytes) -> None:
        packet = decode(raw, self._version)
        if isinstance(packet, Connect):
            self._version = packet.version
        self._tell(self._endpoint.broker.received(self.conn, packet, self._endpoint.now()))

    def _tell(self, commands: list[Command]) -> None:
        self._endpoint.run(commands)

    def _act(self, command: Command) -> None:
        if self._link is None:
            return
        if isinstance(command, Send):
            self._link.send(encode(command.packet, self._version))
        elif isinstance(command, Close):
            self._link.close()
