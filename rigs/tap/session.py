"""One tapped connection, pure: arrivals, releases, timers and finished actions in, commands out.

Nothing armed, each arrival comes out as Forward with its own bytes, whole or broken. Whatever is armed, departures.py
keeps packet ids, acknowledgements, topic aliases and Receive Maximum consistent for both sides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from rigs.mqtt.packets import VERSION_5, Connack, Connect, Disconnect, Packet, Publish
from rigs.tap.actions import Again, Beside, Break, Edit, Fate, Keep, Lose, Pass, Reply, Respond, Rider, Run, Spoil
from rigs.tap.armory import Armed, Armory
from rigs.tap.blame import blame, tried
from rigs.tap.commands import Act, CloseBoth, Command, Forward, Note, Send, SendRaw, Wait
from rigs.tap.departures import Departures, renamed
from rigs.tap.flow import Flight
from rigs.tap.keeping import Keeping
from rigs.tap.match import Match, Seen
from rigs.tap.parcel import Own, Parcel
from rigs.tap.reader import Arrival, Way
from rigs.tap.replies import acknowledgement, reply

OTHER: dict[Way, Way] = {"up": "down", "down": "up"}
_QOS_2 = frozenset({"PUBREC", "PUBREL", "PUBCOMP"})


class Session:
    """`stamp` gives the service's time in whole seconds, for answers in its place; `newest` is what arrived last."""

    def __init__(self, armory: Armory, stamp: Callable[[], int]) -> None:
        self.client_id: str | None = None
        self.stopped = False
        self.newest: Seen | None = None
        self._armory = armory
        self._stamp = stamp
        self._departures = Departures()
        self._keeping = Keeping()
        self._later: dict[int, tuple[Beside, str]] = {}
        self._touched = False

    def __repr__(self) -> str:
        state = "stopped" if self.stopped else "connected" if self.connected else "connecting"
        return f"<Session {self.client_id!r} {state}, {len(self._keeping)} kept>"

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
        if self._touched:
            if self._is_waiting(parcel.seen):
                return []
            self._departures.came(parcel.seen)
        out = self._ask(parcel) if self._armory else self._leave(parcel)
        return out + self._drain(back) if flight is not None else out

    def released(self, armed: Armed) -> list[Command]:
        """What `armed` keeps is let go, in the order in which it came."""
        return self._let_go(*self._keeping.of(armed))

    def acted(self, token: int) -> list[Command]:
        """The action that a packet waits for is back, or its bound has passed."""
        return self._let_go(token)

    def timer(self, token: int) -> list[Command]:
        """A Wait has passed."""
        if token in self._later:
            return self._beside(*self._later.pop(token))
        return self._let_go(*self._keeping.due(token))

    def inject(self, way: Way, topic: str, payload: bytes, qos: int, by: str = "inject") -> list[Command]:
        """Send a message of the tap's own; towards the device at most at the QoS that it was granted.

        Nothing comes out yet when the receiver's window is full, or the device has no CONNACK yet. Raises RigFault when
        the message is larger than its receiver takes.
        """
        if self.stopped:
            return []
        self._touched = True
        qos = min(qos, self._departures.granted(topic)) if way == "down" else qos
        return self._departures.send_own(way, Own(packet=Publish(topic=topic, payload=payload, qos=qos), by=by))

    def stop(self) -> None:
        """Nothing passes any more; what is kept is lost, unless it is to outlive the connection."""
        self.stopped = True
        self._keeping.clear()
        self._later.clear()

    def _parcel(self, arrival: Arrival, packet: Packet, n: int, flight: Flight | None) -> Parcel:
        seen = self._departures.seen(arrival, packet, n, flight)
        if isinstance(packet, Connect | Connack):
            self._departures.greets(packet)
            self.client_id = packet.client_id if isinstance(packet, Connect) else self.client_id
        if flight is not None and flight.sender is not None:
            packet = renamed(packet, flight.sender)
        return self._departures.widened(Parcel(seen=seen, packet=packet))

    def _is_waiting(self, seen: Seen) -> bool:
        """Whether the packet repeats one that has not left yet."""
        return any(waiting.repeated_by(seen) for waiting in (*self._keeping, *self._departures.queued()))

    def _ask(self, parcel: Parcel) -> list[Command]:
        """What the armed faults make of the packet. QoS 2, which AWS does not have, passes untouched by them."""
        out: list[Command] = []
        seen = parcel.seen
        for armed in () if seen.qos == 2 or seen.packet.type in _QOS_2 else self._armory:
            try:
                action = armed.ask(seen)
                if action is None:
                    continue
                self._touched = True
                out.append(Note(armed=armed, event="hit", of=seen.n))
                if not isinstance(action, Rider):
                    return out + self._decided(parcel, armed, action)
                out += self._ride(parcel, armed, action)
            except Exception as wrong:  # a fault's own code: the rig's affair, and no reason to lose the packet
                out.append(blame(f"{armed.fault!r} could not act on record {seen.n}", wrong))
        return out + self._leave(parcel)

    def _ride(self, parcel: Parcel, armed: Armed, rider: Rider) -> list[Command]:
        match rider:
            case Edit(change=change):
                changed = change(parcel.packet)
                if changed is not parcel.packet:
                    self._departures.sizes.check(parcel.seen.way, changed)
                parcel.packet, parcel.by = changed, armed.name
            case Again():
                parcel.copies.append((rider, armed.name))
            case Beside(before=True):
                return self._beside(rider, armed.name)
            case Beside():
                parcel.behind.append((rider, armed.name))
            case _:
                self._departures.narrow(parcel, rider, armed.name)
        return []

    def _decided(self, parcel: Parcel, armed: Armed, fate: Fate) -> list[Command]:
        seen = parcel.seen
        match fate:
            case Pass():
                return self._leave(parcel)
            case Lose(acknowledge=acknowledge):
                self._departures.bar(parcel)
                return [*self._departures.answer(acknowledgement(seen, armed.name))] if acknowledge else []
            case Keep(at_most=at_most):
                token = self._keep(parcel, armed, fate)
                return [Wait(token=token, by=at_most)] if at_most is not None else []
            case Run(action=action, within=within):
                token = self._keep(parcel, armed, Keep())
                return [Act(token=token, seen=seen, action=action, within=within, armed=armed)]
            case Reply():
                said = acknowledgement(seen, armed.name) + reply(seen, armed.name, fate, self._stamp())
                return [*self._departures.answer(said)]
            case Respond():
                return self._respond(seen, armed, fate)
            case Spoil(spoil=spoil):
                self._departures.bar(parcel)
                return [SendRaw(way=seen.way, raw=spoil(seen.raw), of=seen.n, by=armed.name)]
            case Break(before=True):
                return self._cut(fate, armed.name)
            case Break():
                parcel.cut = (fate, armed.name)
                return self._leave(parcel)

    def _keep(self, parcel: Parcel, armed: Armed, keep: Keep) -> int:
        parcel.kept_by, parcel.keep, parcel.releases = armed, keep, armed.releases
        self._departures.bar(parcel)
        if keep.at_end != "lost" and isinstance(parcel.packet, Publish) and self.client_id:
            self._armory.estate.add(self.client_id, parcel)
        return self._keeping.put(parcel)

    def _respond(self, seen: Seen, armed: Armed, fate: Respond) -> list[Command]:
        said = Send(way=OTHER[seen.way], packet=fate.packet, of=seen.n, by=armed.name)
        out: list[Command] = [*self._departures.answer([said])]
        if fate.close:
            self.stop()
            out.append(CloseBoth(by=armed.name, how="close_notify"))
        return out

    def _cut(self, fate: Break, by: str) -> list[Command]:
        out: list[Command] = []
        if fate.goodbye is not None and self.connected and self._departures.sizes.version == VERSION_5:
            out.append(Send(way="down", packet=Disconnect(code=fate.goodbye), by=by))
        self.stop()
        return [*out, CloseBoth(by=by, how=fate.how, down=fate.down, silent=fate.silent)]

    def _let_go(self, *tokens: int) -> list[Command]:
        out: list[Command] = []
        for token in tokens:
            parcel = self._keeping.take(token)
            if parcel is not None and parcel.kept_by is not None:
                self._armory.estate.remove(parcel)
                out += [Note(armed=parcel.kept_by, event="released", of=parcel.seen.n), *self._leave(parcel)]
                parcel.kept_by = None
        return out

    def _leave(self, parcel: Parcel) -> list[Command]:
        if parcel.heir:
            return tried("a packet of an earlier connection", partial(self._hand_over, parcel)) + self._go_with(parcel)
        if parcel.kept_by is not None and self._departures.outdated(parcel):
            return []
        return [] if self._departures.must_wait(parcel) else self._depart(parcel)

    def _depart(self, parcel: Parcel) -> list[Command]:
        out = [self._departures.depart(parcel)]
        out += self._go_with(parcel) if self._touched else []
        if parcel.cut is not None:
            return out + self._cut(*parcel.cut)
        if isinstance(parcel.packet, Connack):
            out += self._inherit() if self._departures.connected else []
            return out + self._drain("down") + self._drain("up")
        return out + self._drain("up") if isinstance(parcel.packet, Connect) else out

    def _hand_over(self, parcel: Parcel) -> list[Command]:
        own = self._departures.own(parcel, parcel.kept_by.name if parcel.kept_by is not None else "")
        return self._departures.send_own(parcel.seen.way, own) if own is not None else []

    def _go_with(self, parcel: Parcel) -> list[Command]:
        """What follows a packet that has left: its copies, messages behind it, and what waited for it."""
        seen, out = parcel.seen, list[Command]()
        for again, by in parcel.copies:
            out += tried(f"copies by {by}", partial(self._copy, parcel, again, by))
        for beside, by in parcel.behind:
            out += self._beside(beside, by)
        for token, waiting in self._keeping.waiting():
            judge = partial(self._let_go_behind, token, waiting.keep.until, seen)
            out += tried(f"{waiting.keep.until!r} could not judge record {seen.n}", judge)
        return out

    def _let_go_behind(self, token: int, until: Match | None, seen: Seen) -> list[Command]:
        return self._let_go(token) if until is not None and until.fits(seen) else []

    def _copy(self, parcel: Parcel, again: Again, by: str) -> list[Command]:
        way, copies = parcel.seen.way, self._departures.copies(parcel, again, by)
        return [command for own in copies for command in self._departures.send_own(way, own)]

    def _inherit(self) -> list[Command]:
        """Take over what was kept for this client's next connection; what need not wait any longer leaves at once."""
        out: list[Command] = []
        for parcel in self._armory.estate.take(self.client_id):
            armed = parcel.kept_by
            if armed is None:
                continue
            if parcel in self._keeping:  # it came before this connection's own CONNACK
                self._armory.estate.add(self.client_id or "", parcel)
                continue
            self._touched = True
            token = self._keep(replace(parcel, heir=True), armed, parcel.keep)
            due = parcel.keep.at_end == "sent" or parcel.releases != armed.releases or armed not in self._armory
            parcel.kept_by = None
            if due:
                out += self._let_go(token)
            elif parcel.keep.at_most is not None:
                out.append(Wait(token=token, by=parcel.keep.at_most))
        return out

    def _beside(self, beside: Beside, by: str) -> list[Command]:
        if beside.later is None:
            send = partial(self.inject, "down", beside.topic, beside.payload, beside.qos, by)
            return tried(f"a message by {by}", send)
        token = self._keeping.token()
        self._later[token] = (replace(beside, later=None), by)
        return [Wait(token=token, by=beside.later)]

    def _drain(self, way: Way) -> list[Command]:
        """Let leave what waited for a place in the receiver's window, or for its greeting."""
        out: list[Command] = []
        while not self.stopped and (entry := self._departures.next_queued(way)) is not None:
            match entry:
                case Parcel():
                    out += self._depart(entry)
                case Own():
                    out.append(self._departures.depart_own(way, entry))
                case _:
                    out.append(entry)
        return out
