"""Requests that have gone to the service, so that a reply finds the one that it answers."""

from __future__ import annotations

from collections import deque

from rigs.jobs.messages import Address
from rigs.jobs.model import Kind
from rigs.tap import reading
from rigs.tap.match import Seen

MOST = 32


class Pending:
    """Per topic the newest requests, each with whether a reply to it was seen."""

    def __init__(self) -> None:
        self._sent: dict[Address, deque[tuple[Seen, list[bool]]]] = {}

    def __repr__(self) -> str:
        waiting = sum(not done for entries in self._sent.values() for _, done in entries)
        return f"<Pending {waiting} without a reply>"

    def sent(self, request: Seen) -> None:
        """A request has left towards the cloud; a copy counts as one more."""
        if request.address is not None and request.address.kind is Kind.REQUEST:
            self._sent.setdefault(request.address, deque(maxlen=MOST)).append((request, []))

    def answered(self, address: Address, body: object) -> Seen | None:
        """The request that this reply belongs to: by clientToken, else the oldest that waits on the topic.

        A second reply with the same token finds the same request again.
        """
        entries = list(self._sent.get(address.reply(Kind.REQUEST), ()))
        token = reading.token(body)
        if token is not None:
            entries = [entry for entry in entries if reading.token(entry[0].body) == token]
        elif len(plain := [entry for entry in entries if reading.token(entry[0].body) is None]) > 0:
            entries = plain
        if not entries:
            return None
        request, done = next((entry for entry in entries if not entry[1]), entries[-1])
        done.append(True)
        return request
