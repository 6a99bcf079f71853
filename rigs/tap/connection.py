"""One tapped connection with its two TLS legs: feeds the pure session, does what it commands, writes the trace."""

from __future__ import annotations

import asyncio
from typing import Literal

from rigs.errors import RigError, RigFault, ServiceFault
from rigs.mqtt.codec import encode
from rigs.mqtt.packets import Disconnect
from rigs.net.tls import Ending, Facts, Refused, Side
from rigs.tap import records
from rigs.tap.armory import Armed
from rigs.tap.commands import Act, Blame, CloseBoth, Command, Forward, Leaving, Note, Send, SendRaw, Wait
from rigs.tap.felt import Felt
from rigs.tap.leg import Hub, Leg
from rigs.tap.reader import Arrival, Dialect, Reader, Way
from rigs.tap.session import OTHER, Session
from rigs.tap.told import told
from rigs.trace.records import Fault, Link, Packet

HELD_BACK = 65536  # bytes of the device that wait for the cloud leg before no more are read


class Connection:
    """A device's connection and the tap's own to the cloud; everything here runs on the loop."""

    def __init__(self, hub: Hub, number: int) -> None:
        self.number = number
        self.hushed = self.muted = self._greeted = False
        self.session = Session(hub.armory, hub.stamp)
        self.device, self.cloud = Leg(self, "up"), Leg(self, "down")
        self.cloud.over = True  # until the tap dials
        self._hub = hub
        self._dialect = Dialect()
        self._readers = {way: Reader(way, self._dialect) for way in OTHER}
        self._backlog: list[Leaving] = []
        self._held_back = 0
        self._parting = ""  # how the device has left before the cloud leg was there
        self._ahead = False  # whether what is being recorded has left already
        self._dialling: asyncio.Task[None] | None = None
        opened = hub.trace.append(Link(link="device", conn=number, event="open", by="device"))
        self.felt = Felt(hub.linkage, hub.trace, opened.n)

    def __repr__(self) -> str:
        return f"<Connection {self.number} {self.session!r}>"

    @property
    def connected(self) -> bool:
        """Whether the device has its CONNACK and both legs are alive."""
        return self.session.connected and self.device.alive and self.cloud.alive

    @property
    def version(self) -> int:
        """The MQTT version of the device's CONNECT: 4 (3.1.1) or 5."""
        return self._dialect.version

    # what the legs tell

    def opened(self, leg: Leg, facts: Facts) -> None:
        """A handshake is done: the device's makes the tap dial, the cloud's lets go what the device has sent since."""
        self._hub.trace.append(records.secured(facts, leg.name, self.number))
        if leg is self.device:
            self.cloud.over = False
            self._dialling = asyncio.get_running_loop().create_task(self._dial())
            return
        backlog, self._backlog = self._backlog, []
        self._do(list(backlog))
        if self.cloud.stalled:
            self.cloud.stalled = False
            self.pressed(self.cloud)
        if self._parting:
            self._pass_on_the_end(self.device, self._parting)

    def received(self, leg: Leg, data: bytes) -> None:
        """Bytes came: record, tell, decide, act. Where nothing can be decided, they go on before they are recorded."""
        arrivals = self._readers[leg.way].feed(data)
        self._ahead = self._send_ahead(leg, arrivals)
        for arrival in arrivals:
            record = self._hub.trace.append(records.arrived(arrival, self.number))
            if self.hushed and leg is self.device and record.type == "DISCONNECT":
                continue  # a power cut sends none (notes K8)
            self._hub.heard(arrival)
            commands = self.session.arrive(arrival, record.n)
            seen = self.session.newest
            if seen is not None and seen.n == record.n:
                for service in told(seen):
                    self._hub.trace.append(service)
            self._do(commands)
        self._ahead = False
        if not self._greeted and self.session.connected:
            self._greeted = True
            self.relinked()

    def _send_ahead(self, leg: Leg, arrivals: list[Arrival]) -> bool:
        """Pass whole packets on at once, if the session is sure not to touch them and the other leg takes them."""
        other = self._other(leg)
        link = other.link if self.session.transparent and not self.hushed and other.alive else None
        if link is not None and arrivals:
            link.send(b"".join([arrival.raw for arrival in arrivals]))
        return link is not None

    def closed(self, leg: Leg, reason: str, by: Side) -> None:
        """A leg has ended; the other one ends the same way, unless this end is not to be seen there."""
        who = "tap" if by == "us" else leg.name
        self._hub.trace.append(Link(link=leg.name, conn=self.number, event="close", by=who, reason=reason))
        if by == "peer" and leg is self.cloud and reason.startswith("alert"):
            self._hub.trouble(
                RigFault(f"the cloud ended the tap's connection with {reason}; is its certificate right?")
            )
        if by == "peer" and not self.muted and not (self.hushed and leg is self.device):
            self._pass_on_the_end(leg, reason)
        elif leg.stalled:
            self._other(leg).read(True)  # nobody is to wait for a leg that is gone
        self._maybe_gone()

    def pressed(self, leg: Leg) -> None:
        """A leg's peer takes less than comes for it, or takes it again: nothing piles up here, the sender waits."""
        event: Literal["stalled", "flowing"] = "stalled" if leg.stalled else "flowing"
        self._hub.trace.append(Link(link=leg.name, conn=self.number, event=event, by=leg.name))
        self._other(leg).read(not leg.stalled)

    def refused(self, leg: Leg, facts: Facts, alert: str | None, reason: str) -> None:
        """A handshake has failed."""
        by = "tap" if leg is self.device and "by us" in reason else leg.name
        self._hub.trace.append(records.refused(facts, leg.name, self.number, alert, reason, by))
        self._maybe_gone()

    # what the tap wants

    def cut(self, how: Ending, *, silent: bool = False, code: int | None = None) -> None:
        """End both legs (notes L1), after a DISCONNECT with `code` to a device that has its CONNACK (MQTT 5 3.14).

        Or let nothing pass any more and leave both open.
        """
        if code is not None and self.session.connected:
            self._send(Send(way="down", packet=Disconnect(code=code), by="cut"))
        self.session.stop()
        if silent:
            self._mute()
            return
        self._stop_dialling()
        self.device.close(how)
        self.cloud.close(how)
        self._maybe_gone()

    def relinked(self) -> None:
        """Faults of the link have come or gone, or the device has its CONNACK."""
        self.felt.again(self.session.connected)

    def released(self, armed: Armed) -> None:
        """A step lets go what a fault holds."""
        self._do(self.session.released(armed))

    def inject(self, way: Way, topic: str, payload: bytes, qos: int) -> int:
        """Send a message of the tap's own; its record, or the newest one when it must wait for the window."""
        numbers = [self._send(command) for command in self.session.inject(way, topic, payload, qos)]
        return numbers[-1] if numbers else self._hub.trace.mark

    def _mute(self) -> None:
        """Nothing passes any more; what comes is still read, so that an end is seen."""
        self.muted = True
        for leg in (self.device, self.cloud):
            if leg.alive:
                self._hub.trace.append(Link(link=leg.name, conn=self.number, event="silent", by="tap"))
                leg.read(True)

    def _other(self, leg: Leg) -> Leg:
        return self.cloud if leg is self.device else self.device

    # the cloud leg

    async def _dial(self) -> None:
        upstream = self._hub.upstream
        self._hub.trace.append(Link(link="cloud", conn=self.number, event="open", by="tap"))
        try:
            await upstream.dial(self.cloud)
        except Refused as no:
            self._unreachable(RigFault(f"the cloud refused the tap's TLS at {upstream}: {no}"))
        except OSError as no:
            reason = f"{upstream.host}:{upstream.port} cannot be reached: {no}"
            self._hub.trace.append(Link(link="cloud", conn=self.number, event="refused", by="cloud", reason=reason))
            self._unreachable(ServiceFault(f"the cloud at {reason}"))

    def _unreachable(self, trouble: RigError) -> None:
        self.cloud.over = True
        self._hub.trouble(trouble)
        self.session.stop()
        self.device.close(Ending.RESET)
        self._maybe_gone()

    def _pass_on_the_end(self, leg: Leg, reason: str) -> None:
        other = self._other(leg)
        how, rest = _ENDINGS.get(reason, Ending.RESET), self._readers[leg.way].end()
        if self._dialling_on and how is not Ending.RESET and (self._backlog or rest):
            self._parting = reason  # what the device has sent arrives all the same, as it does without a tap
            return
        if rest and not self.session.stopped and other.link is not None:
            other.link.send(rest)
        if other is self.cloud:
            self._stop_dialling()
        other.close(how)
        self.session.stop()

    @property
    def _dialling_on(self) -> bool:
        return self.cloud.link is None and not self.cloud.over

    def _stop_dialling(self) -> None:
        if self.cloud.link is None:
            self.cloud.over = True
            if self._dialling is not None:
                self._dialling.cancel()

    def _maybe_gone(self) -> None:
        if self.device.over and self.cloud.over:
            self.session.stop()
            self._hub.gone(self)

    # what the session commands

    def _do(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Forward() | Send() | SendRaw():
                    self._send(command)
                case Blame(text=text, wrong=wrong):
                    fault = RigFault(text)
                    fault.__cause__ = wrong
                    self._hub.trouble(fault)
                case Note(armed=armed, event=event, of=of):
                    record = Fault(event=event, fault=armed.name, text=repr(armed.fault), of=of)
                    self._hub.trace.append(record)
                case Act():
                    self._act(command)
                case Wait(token=token, by=by):
                    asyncio.get_running_loop().call_later(by.total_seconds(), self._timer, token)
                case CloseBoth():
                    self._close_both(command)

    def _send(self, command: Command) -> int:
        """Write a packet; the number of its record, 0 when the leg is not there (yet)."""
        if not isinstance(command, Leaving):
            return 0
        leg = self.cloud if command.way == "up" else self.device
        if leg is self.cloud and leg.link is None and not leg.over:
            self._hold_back(command)
        if leg.link is None or not leg.alive:
            return 0
        raw = encode(command.packet, self._dialect.version) if isinstance(command, Send) else command.raw
        if not self._ahead:
            leg.link.send(raw)
        return self._hub.trace.append(self._left(command, len(raw))).n

    def _hold_back(self, command: Leaving) -> None:
        """Until the cloud leg is there; a device that goes on sending has to wait."""
        self._backlog.append(command)
        self._held_back += 0 if isinstance(command, Send) else len(command.raw)
        if self._held_back > HELD_BACK and not self.cloud.stalled:
            self.cloud.stalled = True
            self.pressed(self.cloud)

    def _left(self, command: Leaving, size: int) -> Packet:
        if isinstance(command, SendRaw):
            return records.spoilt(command.raw, command.way, self.number, command.of, command.by)
        if isinstance(command, Send):
            way, of, by = command.way, command.of, command.by
            return records.sent(command.packet, command.topic, size, way, self.number, of, by)
        arrival = self._hub.trace.records[command.of - 1]
        if not isinstance(arrival, Packet):
            raise TypeError(f"record {command.of} is {arrival!r}, not the arrival of a packet")
        return records.forwarded(arrival)

    def _timer(self, token: int) -> None:
        self._do(self.session.timer(token))

    def _act(self, act: Act) -> None:
        loop = asyncio.get_running_loop()

        def done() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(lambda: self._do(self.session.acted(act.token)))

        what = f"the fault {act.armed.fault!r}"
        self._hub.worker.submit(what, lambda: act.action(act.seen), within=act.within, done=done)

    def _close_both(self, command: CloseBoth) -> None:
        if command.down:
            self._hub.keep_down()
        self.cut(Ending(command.how), silent=command.silent)


_ENDINGS = {"close_notify": Ending.CLOSE_NOTIFY, "fin": Ending.FIN, "reset": Ending.RESET}
