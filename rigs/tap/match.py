"""Which packets a fault is about."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from rigs.jobs.messages import Address
from rigs.jobs.model import Kind, Operation, Status
from rigs.mqtt.packets import Packet
from rigs.tap import reading
from rigs.tap.reader import NO_JSON, Way

T = TypeVar("T", bound=Hashable)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A packet that arrived at the tap, with what is known of it; `n` is its record on the trace.

    `answers` is the request that a reply belongs to (by clientToken, else by topic and order), `acknowledges` the
    packet that a PUBACK, SUBACK or UNSUBACK is for. `packet_id` is the id on the leg where it arrived.
    """

    n: int
    way: Way
    raw: bytes
    packet: Packet
    topic: str | None = None
    body: Any = NO_JSON
    address: Address | None = None
    answers: Seen | None = None
    acknowledges: Seen | None = None

    def __repr__(self) -> str:
        return f"<Seen {self.n} {self.way} {self.packet.type} {self.topic or ''}>".replace(" >", ">")

    @property
    def packet_id(self) -> int | None:
        """The packet id, where the packet has one."""
        return getattr(self.packet, "packet_id", None)

    @property
    def qos(self) -> int:
        """The QoS of a PUBLISH, else 0."""
        return getattr(self.packet, "qos", 0)

    @property
    def jobs(self) -> frozenset[str]:
        """The jobs that the message is about."""
        named = reading.jobs(self.address, self.body) if self.address is not None else frozenset()
        return named | self.answers.jobs if self.answers is not None else named

    @property
    def statuses(self) -> frozenset[str]:
        """The statuses that the message is about; for a reply to an update the one that was reported."""
        if self.address is None:
            return frozenset()
        return reading.statuses(self.address, self.body, self.answers.body if self.answers is not None else None)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Match:
    """A packet as a person would name it; every member that is given must fit.

    `has` are members that the payload must have, `code` that of a rejected reply, `acknowledges` the packet that a
    PUBACK (or the `type` given) answers. `nth` is the first fitting packet that counts (from 1), `times` how many do
    from there on (None: all); both are counted over all connections, in the fault that is armed with the match.
    `words` replaces the sentence that the repr would make.
    """

    way: Way | None = None
    type: str | None = "PUBLISH"
    operation: Operation | frozenset[Operation] | None = None
    kind: Kind | frozenset[Kind] | None = None
    job: str | None = None
    statuses: frozenset[Status] | None = None
    has: frozenset[str] = frozenset()
    code: str | None = None
    acknowledges: Match | None = None
    where: Callable[[Seen], bool] | None = None
    nth: int = 1
    times: int | None = 1
    words: str = ""

    def __post_init__(self) -> None:
        if self.nth < 1 or (self.times is not None and self.times < 1):
            raise ValueError(f"nth and times count from 1, not nth={self.nth} times={self.times}")

    def __repr__(self) -> str:
        return f"{self.subject}, {self.often}"

    def fits(self, seen: Seen) -> bool:
        """Whether the packet is one of those named, whatever `nth` and `times` say."""
        if self.way not in (None, seen.way) or self.wanted_type not in (None, seen.packet.type):
            return False
        if self.acknowledges is not None and not (seen.acknowledges and self.acknowledges.fits(seen.acknowledges)):
            return False
        return self._fits_address(seen) and self._fits_body(seen) and (self.where is None or self.where(seen))

    @property
    def wanted_type(self) -> str | None:
        """The packet type; a match that says what is acknowledged means PUBACKs unless it says otherwise."""
        return "PUBACK" if self.acknowledges is not None and self.type == "PUBLISH" else self.type

    def _fits_address(self, seen: Seen) -> bool:
        if self.operation is None and self.kind is None:
            return True
        address = seen.address
        return address is not None and _one_of(self.operation, address.operation) and _one_of(self.kind, address.kind)

    def _fits_body(self, seen: Seen) -> bool:
        if self.job is not None and self.job not in seen.jobs:
            return False
        if self.statuses is not None and not self.statuses & seen.statuses:
            return False
        if self.has and not (isinstance(seen.body, dict) and self.has <= seen.body.keys()):
            return False
        return self.code is None or reading.text(seen.body, "code") == self.code

    @property
    def subject(self) -> str:
        """The packet named, without how often."""
        if self.words:
            return self.words
        if self.acknowledges is not None:
            return f"the {self.wanted_type} of {self.acknowledges.subject}"
        return " ".join(filter(None, (_noun(self), *_details(self))))

    @property
    def often(self) -> str:
        """How often the match counts, in words."""
        start = f"from the {_ordinal(self.nth)} on " if self.nth > 1 else ""
        if self.times is None:
            return f"{start}every time"
        if self.times == 1:
            return f"the {_ordinal(self.nth)} time" if self.nth > 1 else "once"
        return f"{start}{self.times} times"


def _one_of(wanted: T | frozenset[T] | None, value: T) -> bool:
    if wanted is None:
        return True
    return value in wanted if isinstance(wanted, frozenset) else value == wanted


def _names(wanted: Operation | Kind | frozenset[Operation] | frozenset[Kind] | frozenset[Status] | None) -> str:
    if wanted is None:
        return ""
    return " or ".join(sorted(wanted)) if isinstance(wanted, frozenset) else wanted.value


def _noun(match: Match) -> str:
    operation, kind, statuses = _names(match.operation), match.kind, _names(match.statuses)
    if kind is None and not operation:
        return " ".join(filter(None, ("any", match.type or "packet", match.way, statuses)))
    if kind in (None, Kind.REQUEST, Kind.NOTIFICATION):
        return " ".join(filter(None, ("the", operation or _names(kind), statuses)))
    adjective = "" if isinstance(kind, frozenset) else f"{_names(kind)} "
    return " ".join(filter(None, (f"the {adjective}reply to", operation or "a request", statuses)))


def _details(match: Match) -> list[str]:
    words = [f"of job {match.job}"] if match.job else []
    words += [f"naming {' and '.join(sorted(match.has))}"] if match.has else []
    words += [f"with {match.code}"] if match.code else []
    return words + (["under a condition"] if match.where else [])


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
