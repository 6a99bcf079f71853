"""Groups that share a subscription: one member gets each message.

AWS IoT developer guide, mqtt.html, "Shared subscriptions": for 3.1.1 and 5 alike; online members are chosen, at random
on AWS and in turn here; while all are away, messages wait if a member has a persistent session, for the first that
comes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rigs.mqtt.held import Held
from rigs.mqtt.index import Index
from rigs.mqtt.session import Session
from rigs.mqtt.topics import plain_filter


@dataclass(slots=True)
class Group:
    """The members by client id, and how many messages there were."""

    members: dict[str, Session] = field(default_factory=dict)
    turn: int = 0


class Shares:
    """All groups, by their whole filter `$share/name/filter`."""

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}
        self._index: Index[str] = Index()

    def __repr__(self) -> str:
        return f"<Shares {len(self._groups)} groups>"

    def join(self, share: str, session: Session) -> None:
        """Make a session a member, until it leaves."""
        self._groups.setdefault(share, Group()).members[session.client_id] = session
        self._index.put(plain_filter(share), share, share)

    def leave(self, share: str, session: Session) -> None:
        """End a membership; the last one ends the group."""
        members = self._groups[share].members
        del members[session.client_id]
        if not members:
            del self._groups[share]
            self._index.drop(plain_filter(share), share)

    def of(self, topic: str) -> list[str]:
        """The groups that take a topic."""
        return [share for share, _ in self._index.find(topic)] if self._groups else []

    def choose(self, share: str) -> Session | None:
        """Whose turn it is; None without a member that is online or has a persistent session."""
        group = self._groups.get(share)
        if group is None:
            return None
        online = [one for one in group.members.values() if one.ended is None]
        chosen = online or [one for one in group.members.values() if one.expiry]
        if not chosen:
            return None
        group.turn += 1
        return chosen[group.turn % len(chosen)]

    def waiting(self, share: str, comer: Session) -> list[Held]:
        """Take what waits for a group with its other members that are away."""
        away = [one for one in self._groups[share].members.values() if one.ended is not None and one is not comer]
        return [held for one in away for held in one.take(share)]
