"""One tapped connection, pure: arrivals, releases, timers and finished actions in, commands out.

Nothing armed, each arrival comes out as Forward with its own bytes, whole or broken. Whatever is armed, departures.py
keeps packet ids, acknowledgements, topic aliases and Receive Maximum consistent for both sides.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from rigs.jobs.messages import parse_topic
from rigs.jobs.model import Kind
from rigs.mqtt.packets import Connect, Packet, Puback, Publish
from rigs.tap.actions import Again, Beside, Break, Edit, Fate, Keep, Lose, Reply, Respond, Rider, Run
from rigs.tap.armory import Armed, Armory
from rigs.tap.commands import Act, CloseBoth, Command, Forward, Note, Send, Wait
from rigs.tap.departures import Departures, renamed
from rigs.tap.flow import Flight
from rigs.tap.match import Seen
from rigs.tap.parcel import Own, Parcel
from rigs.tap.reader import Arrival, Way

OTHER: dict[Way, Way] = {"up": "down", "down": "up"}
_REPLIES = frozenset({Kind.ACCEPTED, Kind.REJECTED})


class Session:
    """`stamp` gives the service's time in whole seconds, for answers in its place; `newest` is what arrived last."""

    def __init__(self, armory: Armory, stamp: Callable[[], int]) -> None:
        self.client_id: str | None = None
        self.stopped = False
        self.newest: Seen | None = None
        self._armory = armory
        self._stamp = stamp
        self._departures = Departures()
        self._tokens = itertools.count(1)
        self._kept: dict[int, Parcel] = {}
        self._later: dict[int, tuple[Beside, str]] = {}
        self._touched = False

    def __repr__(self) -> str:
        state = "stopped" if self.stopped else "connected" if self.connected else "connecting"
        return f"<Session {self.client_id!r} {state}, {len(self._kept)} kept>"

    @property
    def connected(self) -> bool:
        """Whether a CONNACK that accepts has left towards the device, and packets still pass."""
        return self._departures.connected and not self.stopped

    @property
    def transparent(self) -> bool:
        """Whether each arrival is sure to come out as Forward: no fault is armed, and none has ever hit here.

        Packet ids, aliases and windows are then the same on both sides.
        """
        return not self._touched and not self._armory and self.connected

    def arrive(self, arrival: Arrival, n: int) -> list[Command]:
        """A packet came; `n` is its record on the trace."""
        if self.stopped:
            return []
        if arrival.packet is None:
            return [Forward(way=arrival.way, raw=arrival.raw, of=n)]
        back = OTHER[arrival.way]
        flight = self._departures.acknowledged(arrival.packet, back)
        if flight is not None and flight.sender is None:
            return self._drain(back)
        parcel = self._parcel(arrival, arrival.packet, n, flight)
        self.newest = parcel.seen
        if self._is_waiting(parcel.seen):
            return []
        out = self._ask(parcel)
        return out + self._drain(back) if flight is not None else out

    def released(self, armed: Armed) -> list[Command]:
        """What `armed` keeps is let go, in the order in which it came."""
        tokens = [token for token, parcel in self._kept.items() if parcel.kept_by is armed]
        return [command for token in tokens for command in self._let_go(token)]

    def acted(self, token: int) -> list[Command]:
        """The action that a packet waits for is back, or its bound has passed."""
        return self._let_go(token)

    def timer(self, token: int) -> list[Command]:
        """A Wait has passed."""
        if token in self._later:
            return self._beside(*self._later.pop(token))
        return self._let_go(token)

    def inject(self, way: Way, topic: str, payload: bytes, qos: int, by: str = "inject") -> list[Command]:
        """Send a message of the tap's own; towards the device at most at the QoS that it was granted.

        Nothing comes out yet when the receiver's window is full.
        """
        if self.stopped:
            return []
        self._touched = True
        qos = min(qos, self._departures.granted(topic)) if way == "down" else qos
        return self._departures.send_own(way, Own(packet=Publish(topic=topic, payload=payload, qos=qos), by=by))

    def stop(self) -> None:
        """Nothing passes any more; what is kept is lost."""
        self.stopped = True
        self._kept.clear()
        self._later.clear()

    def _parcel(self, arrival: Arrival, packet: Packet, n: int, flight: Flight | None) -> Parcel:
        address = parse_topic(arrival.topic) if arrival.topic else None
        answers = None
        if address is not None and arrival.way == "down" and address.kind in _REPLIES:
            answers = self._departures.pending.answered(address, arrival.body)
        seen = Seen(
            n=n,
            way=arrival.way,
            raw=arrival.raw,
            packet=packet,
            topic=arrival.topic,
            body=arrival.body,
            address=address,
            answers=answers,
            acknowledges=flight.seen if flight is not None else None,
        )
        if isinstance(packet, Connect):
            self.client_id = packet.client_id
        if flight is not None and flight.sender is not None:
            packet = renamed(packet, flight.sender)
        return Parcel(seen=seen, packet=packet)

    def _is_waiting(self, seen: Seen) -> bool:
        """Whether the packet repeats one that has not left yet."""
        return any(waiting.repeated_by(seen) for waiting in (*self._kept.values(), *self._departures.queued()))

    def _ask(self, parcel: Parcel) -> list[Command]:
        out: list[Command] = []
        for armed in self._armory:
            action = armed.ask(parcel.seen)
            if action is None:
                continue
            self._touched = True
            out.append(Note(armed=armed, event="hit", of=parcel.seen.n))
            if not isinstance(action, Rider):
                return out + self._decided(parcel, armed, action)
            out += self._ride(parcel, armed, action)
        return out + self._leave(parcel)

    def _ride(self, parcel: Parcel, armed: Armed, rider: Rider) -> list[Command]:
        match rider:
            case Edit(change=change):
                parcel.packet, parcel.by = change(parcel.packet), armed.name
            case Again(times=times):
                parcel.copies += [armed.name] * times
            case Beside(before=True):
                return self._beside(rider, armed.name)
            case Beside():
                parcel.behind.append((rider, armed.name))
        return []

    def _decided(self, parcel: Parcel, armed: Armed, fate: Fate) -> list[Command]:
        match fate:
            case Lose(acknowledge=acknowledge):
                return self._acknowledge(parcel, armed) if acknowledge else []
            case Keep(at_most=at_most, until=until):
                token = self._keep(parcel, armed)
                parcel.until = until
                return [Wait(token=token, by=at_most)] if at_most is not None else []
            case Run(action=action, within=within):
                token = self._keep(parcel, armed)
                return [Act(token=token, seen=parcel.seen, action=action, within=within, armed=armed)]
            case Reply():
                return self._acknowledge(parcel, armed) + self._reply(parcel.seen, armed, fate)
            case Respond():
                return self._respond(parcel.seen, armed, fate)
            case Break(before=True):
                return self._cut(fate, armed.name)
            case Break():
                parcel.cut = (fate, armed.name)
                return self._leave(parcel)

    def _keep(self, parcel: Parcel, armed: Armed) -> int:
        token = next(self._tokens)
        parcel.kept_by = armed
        self._kept[token] = parcel
        return token

    def _acknowledge(self, parcel: Parcel, armed: Armed) -> list[Command]:
        packet = parcel.seen.packet
        if not isinstance(packet, Publish) or packet.qos != 1 or packet.packet_id is None:
            return []
        puback = Puback(packet_id=packet.packet_id)
        return [Send(way=OTHER[parcel.seen.way], packet=puback, of=parcel.seen.n, by=armed.name)]

    def _reply(self, seen: Seen, armed: Armed, reply: Reply) -> list[Command]:
        if seen.address is None:
            return []
        body: dict[str, Any] = {"timestamp": self._stamp(), **reply.body}
        if reply.echo and isinstance(seen.body, dict) and "clientToken" in seen.body:
            body = {"clientToken": seen.body["clientToken"], **body}
        # Replies come at QoS 0, after the PUBACK, subscribed or not (evidence.md, Part 2 a).
        topic = str(seen.address.reply(reply.kind))
        packet = Publish(topic=topic, payload=msgspec.json.encode(body), qos=0)
        return [Send(way="down", packet=packet, topic=topic, of=seen.n, by=armed.name)]

    def _respond(self, seen: Seen, armed: Armed, fate: Respond) -> list[Command]:
        out: list[Command] = [Send(way=OTHER[seen.way], packet=fate.packet, of=seen.n, by=armed.name)]
        if fate.close:
            self.stop()
            out.append(CloseBoth(by=armed.name, abrupt=False))
        return out

    def _cut(self, fate: Break, by: str) -> list[Command]:
        self.stop()
        return [CloseBoth(by=by, down=fate.down, silent=fate.silent)]

    def _let_go(self, token: int) -> list[Command]:
        parcel = self._kept.pop(token, None)
        if parcel is None or parcel.kept_by is None:
            return []
        note = Note(armed=parcel.kept_by, event="released", of=parcel.seen.n)
        return [note, *self._leave(parcel)]

    def _leave(self, parcel: Parcel) -> list[Command]:
        return [] if self._departures.must_wait(parcel) else self._depart(parcel)

    def _depart(self, parcel: Parcel) -> list[Command]:
        out = [self._departures.depart(parcel)]
        for by in parcel.copies:
            out += self._departures.copy(parcel, by)
        for beside, by in parcel.behind:
            out += self._beside(beside, by)
        kept = [token for token, other in self._kept.items() if other.until and other.until.fits(parcel.seen)]
        for token in kept:
            out += self._let_go(token)
        return out + self._cut(*parcel.cut) if parcel.cut is not None else out

    def _beside(self, beside: Beside, by: str) -> list[Command]:
        if beside.later is None:
            return self.inject("down", beside.topic, beside.payload, beside.qos, by)
        token = next(self._tokens)
        self._later[token] = (replace(beside, later=None), by)
        return [Wait(token=token, by=beside.later)]

    def _drain(self, way: Way) -> list[Command]:
        """Let leave what waited for a place in the receiver's window."""
        out: list[Command] = []
        while (entry := self._departures.next_queued(way)) is not None:
            out += self._depart(entry) if isinstance(entry, Parcel) else [self._departures.depart_own(way, entry)]
        return out
