"""What a server keeps for a client id, with a connection and between two of them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from msgspec.structs import replace

from rigs.mqtt.codec import encode
from rigs.mqtt.held import Held, restored
from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import VERSION_5, Publish, Subscription
from rigs.mqtt.saved import SavedSession


class Session:
    """Subscriptions, and QoS 1 messages that are on their way or wait.

    `expiry` is how many seconds it outlives its connection; `ended` when that ended, None while there is one.
    `window` is how many messages may be on their way, `most` the bytes of a packet that the client takes (0: any).
    What waited while the client was away is `stored` and goes out slowly, what comes now does not wait for it (AWS IoT
    developer guide, mqtt.html, "MQTT persistent sessions"). `changed` gathers the ids of sessions that are to be kept.
    """

    __slots__ = (
        "_allowance",
        "_lasting",
        "_limits",
        "_refilled",
        "_resting",
        "changed",
        "client_id",
        "ended",
        "expiry",
        "keep_alive",
        "most",
        "reason",
        "stored",
        "subscriptions",
        "unacked",
        "version",
        "waiting",
        "window",
    )

    def __init__(self, client_id: str, *, version: int = VERSION_5, limits: Limits, changed: set[str]) -> None:
        self.client_id, self.version, self.changed = client_id, version, changed
        self.expiry = self.most = self.keep_alive = 0
        self.window = limits.unacknowledged
        self.subscriptions: dict[str, Subscription] = {}
        self.unacked: dict[int, Held] = {}
        self.waiting: deque[Held] = deque()
        self.stored: deque[Held] = deque()
        self.ended: float | None = None
        self.reason: str | None = None
        self._limits = limits
        self._lasting = False
        self._resting = self._allowance = 0
        self._refilled = 0.0

    def __repr__(self) -> str:
        state = "online" if self.ended is None else "offline"
        waiting = len(self.waiting) + sum(one.packet.packet_id is None for one in self.stored)
        return f"<Session {self.client_id} {state} {len(self.unacked)} unacknowledged {waiting} waiting>"

    def expired(self, now: float) -> bool:
        return self.ended is not None and now >= self.ended + self.expiry

    def touch(self) -> None:
        """Say that what is kept has changed; also the end of a session that was kept once."""
        if self.expiry:
            self._lasting = True
        if self._lasting:
            self.changed.add(self.client_id)

    def offer(self, held: Held, now: float) -> list[Publish]:
        """A QoS 1 message for this client: what is to be sent at once."""
        if len(self.waiting) + len(self.stored) >= self._limits.stored_messages:
            return []
        self.waiting.append(held)
        self.touch()
        return self._fill(now) if self.ended is None else []

    def acknowledge(self, packet_id: int, now: float) -> list[Publish]:
        """The client has a message; returns what may follow. An unknown packet identifier changes nothing."""
        held = self.unacked.pop(packet_id, None)
        if held is None:
            return []
        if held.sent == math.inf:
            self._resting -= 1
        self.touch()
        return self._fill(now)

    def resume(self, now: float, may: Callable[[str], bool]) -> list[Publish]:
        """A new connection: first what was sent and not acknowledged, under its old packet identifiers.

        What is over by now is dropped, and so is what the client `may` not receive (any more).
        """
        self.ended = None
        for packet_id, held in list(self.unacked.items()):
            if held.over(now, self._limits.retry_for) or not may(held.packet.topic):
                del self.unacked[packet_id]
                continue
            held.packet = replace(held.packet, dup=self._limits.dup_on_new_connection)
            held.sent = math.inf
        self.stored = deque(self.unacked.values())
        self.stored += (held for held in self.waiting if may(held.packet.topic))
        self.waiting.clear()
        self._resting = len(self.unacked)
        return self._refill(now)

    def end(self, now: float, reason: str) -> None:
        """The connection is over, for AWS's `reason`; what was stored and not sent waits again."""
        self.ended, self.reason = now, reason
        self.waiting.extendleft(reversed([held for held in self.stored if held.packet.packet_id is None]))
        self.stored.clear()
        self._resting = 0
        self.touch()

    def tick(self, now: float) -> list[Publish]:
        """What is to be sent (again) because time has passed: under the same packet identifier, with the same DUP."""
        again = [one for one in (self._repeat(number, now) for number in list(self.unacked)) if one]
        if self.stored and now >= self._refilled + 1:
            return again + self._refill(now)
        return again + self._fill(now)

    def take(self, share: str) -> list[Held]:
        """Give away what waits here because of a shared subscription."""
        found = [held for held in self.waiting if held.share == share]
        if found:
            self.waiting = deque(held for held in self.waiting if held.share != share)
            self.touch()
        return found

    def everything(self) -> list[Held]:
        """All messages that the client has not acknowledged, in their order."""
        return [*self.unacked.values(), *(one for one in self.stored if one.packet.packet_id is None), *self.waiting]

    def saved(self, now: float, *, messages: bool = True) -> SavedSession:
        """What is to be kept of it; without `messages` for whoever keeps these one by one."""
        return SavedSession(
            client_id=self.client_id,
            version=self.version,
            expiry=self.expiry,
            ended_for=0.0 if self.ended is None else now - self.ended,
            keep_alive=self.keep_alive,
            disconnect_reason=self.reason,
            subscriptions=tuple(self.subscriptions.values()),
            messages=tuple(held.saved(now) for held in self.everything()) if messages else (),
        )

    def restore(self, saved: SavedSession, now: float) -> None:
        """Be what was saved, without a connection; subscriptions are left to the router."""
        self.expiry, self.keep_alive, self._lasting = saved.expiry, saved.keep_alive, True
        self.ended, self.reason = now - saved.ended_for, saved.disconnect_reason
        for held in (restored(one, now) for one in saved.messages):
            if held.packet.packet_id is None:
                self.waiting.append(held)
            else:
                self.unacked[held.packet.packet_id] = held

    def _repeat(self, packet_id: int, now: float) -> Publish | None:
        """A message on its way that is due again; one that was tried for long enough is dropped."""
        held, gaps = self.unacked[packet_id], self._limits.resend_after
        if held.sent == math.inf:
            return None
        if now >= held.first + self._limits.retry_for:
            del self.unacked[packet_id]
            self.touch()
            return None
        if held.times > len(gaps) or now < held.sent + gaps[held.times - 1] or now >= held.expires:
            return None
        held.sent, held.times = now, held.times + 1
        return held.at(now)

    def _refill(self, now: float) -> list[Publish]:
        """A new second for what was stored."""
        self._refilled, self._allowance = now, self._limits.stored_per_second
        return self._fill(now)

    def _fill(self, now: float) -> list[Publish]:
        sent: list[Publish] = []
        while self.stored and self._allowance and self._room():
            packet = self._stored(self.stored.popleft(), now)
            if packet:
                self._allowance -= 1
                sent.append(packet)
        while self.waiting and self._room():
            packet = self._send(self.waiting.popleft(), now)
            if packet:
                sent.append(packet)
        return sent

    def _room(self) -> bool:
        """Whether one more may be on its way on this connection."""
        return len(self.unacked) - self._resting < self.window

    def _stored(self, held: Held, now: float) -> Publish | None:
        number = held.packet.packet_id
        if number is None:
            return self._send(held, now)
        if self.unacked.get(number) is not held:
            return None  # acknowledged before it was sent again
        self._resting -= 1
        if held.over(now, self._limits.retry_for) or not self._taken(held.packet):
            del self.unacked[number]
            self.touch()
            return None
        held.sent, held.times = now, 1
        return held.at(now)

    def _send(self, held: Held, now: float) -> Publish | None:
        """The first time; None when it has expired or is too large for the client."""
        if now >= held.expires or not self._taken(held.packet):
            self.touch()
            return None
        number = 1  # the lowest free one, as AWS does (evidence.md, Part 2 a)
        while number in self.unacked:
            number += 1
        held.packet = replace(held.packet, packet_id=number)
        held.first = held.sent = now
        held.times = 1
        self.unacked[number] = held
        return held.at(now)

    def _taken(self, packet: Publish) -> bool:
        """Within the client's Maximum Packet Size; a larger one is dropped as if delivered (MQTT 5 3.1.2.11.4)."""
        return not self.most or len(encode(packet, self.version)) <= self.most
