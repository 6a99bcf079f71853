"""What a server keeps for a client id, with a connection and between two of them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from msgspec.structs import replace

from rigs.mqtt.packets import Publish, Subscription
from rigs.mqtt.topics import SHARED, matches


@dataclass(slots=True, kw_only=True)
class Unacked:
    """A QoS 1 message that the client has not acknowledged; `sent` and `gap` in seconds."""

    packet: Publish
    sent: float
    times: int = 1


class Session:
    """Subscriptions, and QoS 1 messages that are on their way or wait.

    `expiry` is how many seconds it outlives its connection; `ended` when that ended, None while there is one.
    """

    __slots__ = ("_wild", "client_id", "ended", "expiry", "shared", "subscriptions", "unacked", "waiting", "window")

    def __init__(self, client_id: str, expiry: float) -> None:
        self.client_id, self.expiry = client_id, expiry
        self.subscriptions: dict[str, Subscription] = {}
        self.unacked: dict[int, Unacked] = {}
        self.waiting: deque[Publish] = deque()
        self.window = 100
        self.ended: float | None = None
        self.shared: list[Subscription] = []
        self._wild: list[Subscription] = []

    def __repr__(self) -> str:
        state = "online" if self.ended is None else "offline"
        return f"<Session {self.client_id} {state} {len(self.unacked)} unacknowledged {len(self.waiting)} waiting>"

    def expired(self, now: float) -> bool:
        return self.ended is not None and now >= self.ended + self.expiry

    def subscribe(self, one: Subscription) -> None:
        self.subscriptions[one.filter] = one
        self._sort_out()

    def unsubscribe(self, text: str) -> bool:
        """Whether there was such a subscription."""
        found = self.subscriptions.pop(text, None) is not None
        self._sort_out()
        return found

    def _sort_out(self) -> None:
        every = self.subscriptions.values()
        self.shared = [one for one in every if one.filter.startswith(SHARED)]
        self._wild = [one for one in every if one not in self.shared and ("+" in one.filter or "#" in one.filter)]

    def granted(self, topic: str, own: bool = False) -> Subscription | None:
        """The subscription with the highest QoS that takes a topic: overlapping ones give one copy (MQTT 5 3.3.4).

        `own` says that this client published it itself, which `no_local` subscriptions leave out.
        """
        exact = self.subscriptions.get(topic)
        found = [one for one in self._wild if matches(one.filter, topic)] if self._wild else []
        if exact:
            found.append(exact)
        return max((one for one in found if not (own and one.no_local)), key=lambda one: one.qos, default=None)

    def offer(self, message: Publish, now: float) -> list[Publish]:
        """A message for this client: what is to be sent at once. QoS 0 is not kept for a client that is away."""
        if message.qos == 0:
            return [message] if self.ended is None else []
        self.waiting.append(message)
        return self._fill(now) if self.ended is None else []

    def acknowledge(self, packet_id: int, now: float) -> list[Publish]:
        """The client has a message; returns what may follow. An unknown packet identifier changes nothing."""
        self.unacked.pop(packet_id, None)
        return self._fill(now)

    def resume(self, now: float, dup: bool) -> list[Publish]:
        """A new connection: first what was sent and not acknowledged, under its old packet identifiers."""
        self.ended = None
        for packet_id, one in self.unacked.items():
            self.unacked[packet_id] = Unacked(packet=replace(one.packet, dup=dup), sent=now)
        return [one.packet for one in self.unacked.values()] + self._fill(now)

    def overdue(self, now: float, gaps: tuple[float, ...]) -> list[Publish]:
        """What is to be sent again on this connection, with the same packet identifier and the same DUP."""
        again = []
        for one in self.unacked.values():
            if one.times <= len(gaps) and now >= one.sent + gaps[one.times - 1]:
                one.sent, one.times = now, one.times + 1
                again.append(one.packet)
        return again

    def _fill(self, now: float) -> list[Publish]:
        sent = []
        while self.waiting and len(self.unacked) < self.window:
            packet = replace(self.waiting.popleft(), packet_id=self._free_id())
            self.unacked[packet.packet_id or 0] = Unacked(packet=packet, sent=now)
            sent.append(packet)
        return sent

    def _free_id(self) -> int:
        """The lowest free one, as AWS does (evidence.md, Part 2 a)."""
        return next(number for number in range(1, 65536) if number not in self.unacked)
