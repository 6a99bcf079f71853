"""Packet ids of one direction: what the sender calls a packet, what the receiver knows it by, and what is in flight.

Nothing is renamed unless a packet of the tap's own (a copy, a message it made) took the id first. The tap's own ids are
taken from the top, since senders count from the bottom (AWS takes the lowest free one: evidence.md, Part 2 b).
"""

from __future__ import annotations

import msgspec

from rigs.tap.match import Seen
from rigs.tap.parcel import repeats

HIGHEST = 65535


class Flight(msgspec.Struct, frozen=True, kw_only=True):
    """A packet that the receiver has not acknowledged; `sender` is None for one of the tap's own."""

    sender: int | None
    seen: Seen | None
    publish: bool


class Flow:
    """What one direction has in flight towards its receiver; `limit` is the receiver's Receive Maximum.

    Under one id there may be several: what a sender has sent again, and copies of it under the same id. A receiver
    acknowledges them in the order in which they came.
    """

    def __init__(self) -> None:
        self.limit = HIGHEST
        self._flights: dict[int, list[Flight]] = {}
        self._by_sender: dict[int, int] = {}
        self._own = 0

    def __repr__(self) -> str:
        return f"<Flow {sum(map(len, self._flights.values()))} in flight, {self._own} of them the tap's>"

    @property
    def full(self) -> bool:
        """Whether the tap's own packets have used up the receiver's window.

        A sender alone is never held back: whether it keeps to the Receive Maximum is its own affair.
        """
        return self._own > 0 and self._publishes >= self.limit

    @property
    def full_for_own(self) -> bool:
        """Whether one more packet of the tap's own would be too many."""
        return self._publishes >= self.limit

    @property
    def _publishes(self) -> int:
        genuine = [flight for flights in self._flights.values() for flight in flights if flight.sender is not None]
        # what a sender sends again takes no place of its own
        return self._own + len({flight.sender for flight in genuine if flight.publish})

    def depart(self, sender: int, seen: Seen) -> int:
        """The id towards the receiver of the sender's packet; a repeat keeps the one that it had."""
        number = self._by_sender.get(sender)
        if number is None:
            number = sender if sender not in self._flights else self._free()
        before = [flight for flight in self._flights.get(number, ()) if flight.sender is None or _owed(flight, seen)]
        publish = seen.packet.type == "PUBLISH"
        self._flights[number] = [*before, Flight(sender=sender, seen=seen, publish=publish)]
        self._by_sender[sender] = number
        return number

    def depart_own(self, seen: Seen | None, number: int | None = None) -> int:
        """The id of a packet of the tap's own: `number` where it is free or stands for `seen`, else a free one.

        Under the id of `seen` it is one more of the same in the receiver's eyes.
        """
        before = self._flights.get(number, []) if number is not None else []
        same = any(flight.seen is seen for flight in before)
        if number is None or (number in self._taken and not same):
            number, before = self._free(), []
        self._flights[number] = [*before, Flight(sender=None, seen=seen, publish=True)]
        self._own += 1
        return number

    def towards_receiver(self, sender: int) -> int:
        """What the receiver knows the sender's packet by."""
        return self._by_sender.get(sender, sender)

    def in_flight(self, number: int) -> Flight | None:
        """The packet that the receiver knows by `number`."""
        return self._flights[number][0] if number in self._flights else None

    def arrive(self, number: int) -> Flight | None:
        """The receiver has acknowledged `number`: what it was, or None when nothing is known of it."""
        if number not in self._flights:
            return None
        flight, *rest = self._flights.pop(number)
        if rest:
            self._flights[number] = rest
        if flight.sender is None:
            self._own -= 1
        elif self._by_sender.get(flight.sender) == number and not any(one.sender == flight.sender for one in rest):
            del self._by_sender[flight.sender]
        return flight

    @property
    def _taken(self) -> set[int]:
        return self._flights.keys() | self._by_sender.keys()

    def _free(self) -> int:
        taken = self._taken
        return next(number for number in range(HIGHEST, 0, -1) if number not in taken)


def _owed(flight: Flight, newer: Seen) -> bool:
    """Whether an acknowledgement of the sender's packet is still to come now that it has sent a newer one.

    One of a packet that was not repeated is not: the sender uses its id anew. At QoS 2 one counts for all.
    """
    return newer.qos < 2 and flight.seen is not None and repeats(flight.seen, newer)
