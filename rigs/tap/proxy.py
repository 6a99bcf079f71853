"""The tap: TLS server towards the device, TLS client towards the cloud, on the rig's loop thread."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Literal

import msgspec

from rigs.errors import RigError, RigFault, UsageFault
from rigs.loop import LoopThread
from rigs.mqtt.packets import VERSION_5
from rigs.net.tls import Ending, Listener, TlsLink, listen
from rigs.tap import reading
from rigs.tap.armory import Armed, Armory, Fault
from rigs.tap.connection import Connection
from rigs.tap.leg import Hub, Leg
from rigs.tap.linkage import ArmedLink, Linkage
from rigs.tap.reader import Arrival, Way
from rigs.tap.terms import Door, LinkFault, Terms
from rigs.tap.upstream import Upstream
from rigs.tap.worker import Worker
from rigs.trace.records import Fault as FaultRecord
from rigs.trace.store import Trace

__all__ = ["Armed", "ArmedLink", "Tap", "Terms"]
_WAYS: dict[str, Way] = {"device": "down", "cloud": "up"}


class Tap:
    """Everything between device and cloud passes here and is recorded.

    Steps call its methods from the main thread. `trouble` holds what speaks against the rig or the service (the cloud
    could not be reached, or refused the tap): the judge looks there before it blames a device.
    """

    def __init__(
        self,
        loop: LoopThread,
        trace: Trace,
        *,
        host: str,
        port: int = 0,
        terms: Terms,
        upstream: Upstream,
        worker: Worker,
        require_alpn: str | None = None,
    ) -> None:
        self.trouble: list[RigError] = []
        self.host, self.port = host, port
        self._loop, self._trace = loop, trace
        self._require_alpn = require_alpn
        self._armory = Armory(release=self._release, lift=self._lift)
        self._linkage = Linkage(terms, lift=self._lift_link)
        self._connections: list[Connection] = []
        self._count = 0
        self._ahead = 0.0
        self._listener: Listener | None = None
        self._hub = Hub(
            trace=trace,
            armory=self._armory,
            linkage=self._linkage,
            worker=worker,
            upstream=upstream,
            stamp=self._stamp,
            heard=self._heard,
            trouble=self._troubled,
            keep_down=self._keep_down,
            gone=self._gone,
        )

    def __repr__(self) -> str:
        up = self._linkage.own.door is Door.OPEN
        state = f"{len(self._connections)} connections" if up else "down"
        return f"<Tap {self.host}:{self.port} {state}>"

    def start(self) -> None:
        """Listen; raises RigFault when the port is taken. `port` is the real one afterwards."""
        self._loop.run(self._start())

    def stop(self) -> None:
        """Stop listening and end all connections; may be called twice."""
        self._loop.call(self._stop)

    @property
    def connected(self) -> bool:
        """Whether a device's connection has its CONNACK and both of its legs are alive."""
        return any(connection.connected for connection in tuple(self._connections))

    # faults

    def arm(self, fault: Fault) -> Armed:
        """Put a fault in place, from the next packet on."""
        return self._loop.call(self._arm, fault)

    def arm_link(self, fault: LinkFault) -> ArmedLink:
        """Put a fault of the link in place: new connections feel it, and living ones those that begin at the CONNACK.

        Where two change the same, the later armed one wins. Raises UsageFault for one that cannot be served.
        """
        armed = self._linkage.prepare(fault)
        self._loop.run(self._arm_link(armed))
        return armed

    def lift_all(self) -> None:
        """Let go what is held and take all faults away; a link that was kept down is allowed again.

        What waits for a client's next connection is lost: it must not come out in the next scenario.
        """
        for armed in self._armory:
            armed.lift()
        for link in self._linkage:
            link.lift()
        self._loop.call(self._armory.estate.clear)
        self.allow()

    def cut(self, how: Ending | None = None, *, silent: bool = False, code: int | None = None) -> None:
        """End both legs of all living connections (notes L1), abruptly (`Ending.RESET`) unless `how` says otherwise.

        With `code` each device is first sent a DISCONNECT with this reason, and then the end is in good order unless
        `how` says otherwise; raises UsageFault, and cuts nothing, when one of them speaks 3.1.1: there a server has no
        DISCONNECT (MQTT 3.1.1 3.14). With `silent` the connections stay open and nothing passes any more, in either
        direction; new ones pass (notes S108).
        """
        ending = how or (Ending.RESET if code is None else Ending.CLOSE_NOTIFY)
        self._loop.call(self._cut, ending, silent, code)

    def keep_down(self) -> None:
        """Accept connections and close them at once, each with a record, until `allow`; living ones are cut."""
        self._loop.call(self._keep_down)

    def allow(self) -> None:
        """Let new connections in again."""
        self._linkage.own = replace(self._linkage.own, door=Door.OPEN)

    def hush(self) -> None:
        """The device's power is about to be cut: its end is not passed on.

        The cloud leg lives on until the cloud ends it, by take-over or keep-alive, as after a power cut (notes K8).
        """
        self._loop.call(self._each, _hush)

    def inject(
        self, topic: str, payload: dict[str, Any] | bytes, qos: int = 1, to: Literal["device", "cloud"] = "device"
    ) -> int:
        """Send a message of the tap's own on the newest connection; returns the number of its record.

        Towards the device it has at most the QoS that the device was granted for the topic. Raises RigFault when no
        device is connected.
        """
        body = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
        return self._loop.call(self._inject, _WAYS[to], topic, body, qos)

    # on the loop

    def _troubled(self, doubt: RigError) -> None:
        self.trouble.append(doubt)
        self._trace.wake()

    async def _start(self) -> None:
        context, alpn = self._linkage.context(self._linkage.own), self._require_alpn
        try:
            self._listener = await listen(self.host, self.port, context, self._make, require_alpn=alpn, meet=_meet)
        except OSError as taken:
            raise self._taken(taken) from taken
        self.port = self._listener.port

    def _taken(self, why: OSError) -> RigFault:
        return RigFault(f"the tap cannot listen on {self.host}:{self.port}: {why}; change [tap] in the rig file")

    def _stop(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._each(lambda connection: connection.cut(Ending.RESET))
            self._listener.cut()
            self._listener = None

    def _make(self) -> Leg:
        self._count += 1
        connection = Connection(self._hub, self._count)
        self._connections.append(connection)
        return connection.device

    def _cut(self, how: Ending, silent: bool, code: int | None) -> None:
        old = [one for one in self._connections if one.connected and one.version != VERSION_5]
        if code is not None and old:
            text = f"{old[0]!r} speaks MQTT 3.1.1, in which a server has no DISCONNECT (3.14)"
            raise UsageFault(f"{text}: cut without code={code:#04x}, by Ending.CLOSE_NOTIFY, as AWS does")
        self._each(lambda connection: connection.cut(how, silent=silent, code=code))

    def _keep_down(self) -> None:
        self._linkage.own = replace(self._linkage.own, door=Door.FIN)
        self._each(lambda connection: connection.cut(Ending.RESET))

    def _gone(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)

    def _each(self, do: Any) -> None:
        for connection in tuple(self._connections):
            do(connection)

    async def _arm_link(self, armed: ArmedLink) -> None:
        self._linkage.add(armed)
        self._note("armed", armed)
        await self._relink()

    def _lift_link(self, armed: ArmedLink) -> None:
        self._loop.run(self._unlink(armed))

    async def _unlink(self, armed: ArmedLink) -> None:
        if armed in self._linkage:
            self._linkage.remove(armed)
            await self._relink()
            self._note("lifted" if armed.hit else "missed", armed)

    async def _relink(self) -> None:
        """Do at once what link faults change beyond new connections."""
        self._each(Connection.relinked)
        if self._listener is None:
            return
        try:
            self._listener.shut() if self._linkage.shut else await self._listener.open()
        except OSError as taken:
            raise self._taken(taken) from taken

    def _arm(self, fault: Fault) -> Armed:
        armed = self._armory.arm(fault)
        self._note("armed", armed)
        return armed

    def _release(self, armed: Armed) -> None:
        self._loop.call(self._each, lambda connection: connection.released(armed))

    def _lift(self, armed: Armed) -> None:
        self._loop.call(self._lift_now, armed)

    def _lift_now(self, armed: Armed) -> None:
        if armed in self._armory:
            self._armory.remove(armed)
            self._each(lambda connection: connection.released(armed))
            self._note("lifted" if armed.hit else "missed", armed)

    def _note(self, event: Literal["armed", "lifted", "missed"], armed: Armed | ArmedLink) -> None:
        self._trace.append(FaultRecord(event=event, fault=armed.name, text=repr(armed.fault)))

    def _inject(self, way: Way, topic: str, payload: bytes, qos: int) -> int:
        living = [connection for connection in self._connections if connection.connected]
        if not living:
            raise RigFault(f"no device is connected to {self!r}, so {topic} cannot be injected; wait for its CONNACK")
        return living[-1].inject(way, topic, payload, qos)

    def _heard(self, arrival: Arrival) -> None:
        """Learn the service's time, which may be ahead of ours, from what it sends."""
        stamp = reading.whole(arrival.body, "timestamp") if arrival.way == "down" else None
        if stamp is not None:
            self._ahead = stamp - time.time()

    def _stamp(self) -> int:
        return int(time.time() + self._ahead)


def _meet(link: TlsLink) -> None:
    if isinstance(link.handler, Leg):
        link.handler.met(link)


def _hush(connection: Connection) -> None:
    connection.hushed = True
