"""Packet ids of one direction: what the sender calls a packet, what the receiver knows it by, and what is in flight.

Nothing is renamed unless a packet of the tap's own (a copy, a message it made) took the id first. The tap's own ids are
taken from the top, since senders count from the bottom (AWS takes the lowest free one: evidence.md, Part 2 b).
"""

from __future__ import annotations

import msgspec

from rigs.tap.match import Seen

HIGHEST = 65535


class Flight(msgspec.Struct, frozen=True, kw_only=True):
    """A packet that the receiver has not acknowledged; `sender` is None for one of the tap's own."""

    sender: int | None
    seen: Seen | None
    publish: bool


class Flow:
    """What one direction has in flight towards its receiver; `limit` is the receiver's Receive Maximum."""

    def __init__(self) -> None:
        self.limit = HIGHEST
        self._flights: dict[int, Flight] = {}
        self._by_sender: dict[int, int] = {}
        self._own = 0

    def __repr__(self) -> str:
        return f"<Flow {len(self._flights)} in flight, {self._own} of them the tap's>"

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
        return sum(flight.publish for flight in self._flights.values())

    def depart(self, sender: int, seen: Seen) -> int:
        """The id towards the receiver of the sender's packet; a repeat keeps the one that it had."""
        known = self._by_sender.get(sender)
        if known is None:
            known = sender if sender not in self._flights else self._free()
        self._flights[known] = Flight(sender=sender, seen=seen, publish=seen.packet.type == "PUBLISH")
        self._by_sender[sender] = known
        return known

    def depart_own(self, seen: Seen | None) -> int:
        """A free id for a packet of the tap's own."""
        number = self._free()
        self._flights[number] = Flight(sender=None, seen=seen, publish=True)
        self._own += 1
        return number

    def towards_receiver(self, sender: int) -> int:
        """What the receiver knows the sender's packet by."""
        return self._by_sender.get(sender, sender)

    def in_flight(self, number: int) -> Flight | None:
        """The packet that the receiver knows by `number`."""
        return self._flights.get(number)

    def arrive(self, number: int) -> Flight | None:
        """The receiver has acknowledged `number`: what it was, or None when nothing is known of it."""
        flight = self._flights.pop(number, None)
        if flight is None:
            return None
        if flight.sender is None:
            self._own -= 1
        elif self._by_sender.get(flight.sender) == number:
            del self._by_sender[flight.sender]
        return flight

    def _free(self) -> int:
        taken = self._flights.keys() | self._by_sender.keys()
        return next(number for number in range(HIGHEST, 0, -1) if number not in taken)
