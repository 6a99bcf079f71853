"""The tap: TLS server towards the device, TLS client towards the cloud, on the rig's loop thread."""

from __future__ import annotations

import asyncio
import time
from ssl import SSLContext
from typing import Any, Literal, TypeVar

import msgspec

from rigs.errors import RigError, RigFault
from rigs.loop import LoopThread
from rigs.net.tls import ChooseContext, Ending, Listener, listen
from rigs.tap import reading
from rigs.tap.armory import Armed, Armory, Fault
from rigs.tap.connection import Connection, Hub, Leg
from rigs.tap.reader import Arrival, Way
from rigs.tap.upstream import Upstream
from rigs.tap.worker import Worker
from rigs.trace.records import Fault as FaultRecord
from rigs.trace.store import Trace

__all__ = ["Armed", "Tap"]
_WAYS: dict[str, Way] = {"device": "down", "cloud": "up"}
T = TypeVar("T")


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
        server_context: SSLContext | ChooseContext,
        upstream: Upstream,
        worker: Worker,
        require_alpn: str | None = None,
    ) -> None:
        self.trouble: list[RigError] = []
        self.host, self.port = host, port
        self._loop, self._trace, self._context = loop, trace, server_context
        self._require_alpn = require_alpn
        self._armory = Armory(release=self._release, lift=self._lift)
        self._connections: list[Connection] = []
        self._count = 0
        self._down = False
        self._ahead = 0.0
        self._listener: Listener | None = None
        self._hub = Hub(
            trace=trace,
            armory=self._armory,
            worker=worker,
            upstream=upstream,
            stamp=self._stamp,
            heard=self._heard,
            trouble=self.trouble.append,
            keep_down=self._keep_down,
            gone=self._gone,
        )

    def __repr__(self) -> str:
        state = "down" if self._down else f"{len(self._connections)} connections"
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

    def lift_all(self) -> None:
        """Let go what is held and take all faults away; a link that was kept down is allowed again."""
        for armed in self._armory:
            armed.lift()
        self.allow()

    def cut(self, how: Ending = Ending.RESET, *, silent: bool = False) -> None:
        """End both legs of all living connections (notes L1), abruptly unless `how` says otherwise.

        With `silent` they stay open and nothing passes any more, in either direction; new ones pass (notes S108).
        """
        self._loop.call(self._each, lambda connection: connection.cut(how, silent=silent))

    def keep_down(self) -> None:
        """Accept connections and close them at once, each with a record, until `allow`; living ones are cut."""
        self._loop.call(self._keep_down)

    def allow(self) -> None:
        """Let new connections in again."""
        self._down = False

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

    async def _start(self) -> None:
        try:
            make, alpn = self._make, self._require_alpn
            self._listener = await listen(self.host, self.port, self._context, make, require_alpn=alpn)
        except OSError as taken:
            text = f"the tap cannot listen on {self.host}:{self.port}: {taken}; change [tap] in the rig file"
            raise RigFault(text) from taken
        self.port = self._listener.port

    def _stop(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._each(lambda connection: connection.cut(Ending.RESET))
            self._listener.cut()

    def _make(self) -> Leg:
        self._count += 1
        connection = Connection(self._hub, self._count)
        self._connections.append(connection)
        if self._down:
            connection.shut_out = True
            # its link exists only after this call, and its socket one turn later
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, self._shut_out)
        return connection.device

    def _shut_out(self) -> None:
        for link in list(self._listener.links) if self._listener is not None else []:
            if not link.alive:
                link.close(Ending.FIN)

    def _keep_down(self) -> None:
        self._down = True
        for connection in self._connections:
            connection.shut_out = connection.device.link is None
        self._each(lambda connection: connection.cut(Ending.RESET))
        self._shut_out()

    def _gone(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)

    def _each(self, do: Any) -> None:
        for connection in tuple(self._connections):
            do(connection)

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

    def _note(self, event: Literal["armed", "lifted", "missed"], armed: Armed) -> None:
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


def _hush(connection: Connection) -> None:
    connection.hushed = True
