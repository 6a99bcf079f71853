"""I5: two different requests are not outstanding under one clientToken."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rigs.rules.base import Context, Finding, RuleBase, newest, told
from rigs.trace.exchange import Exchange
from rigs.trace.records import AnyRecord

AT_ONCE = 8  # requests under one token that are compared


@dataclass(slots=True, repr=False)
class Tokens(RuleBase):
    """A remark: several agents use one constant token. The repeat of a request may keep its token.

    A request is outstanding until its reply reaches the device or its connection ends: replies do not outlive that. Of
    equal requests under one token nobody can tell which one a reply is for: then the finding says so.
    """

    id: str = "I5"
    _recent: dict[tuple[int, str], deque[Exchange]] = field(default_factory=dict)

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Judge each request that has a token."""
        request = context.request
        if request is None or not request.token:
            return
        self.looked += 1
        key = (request.conn, request.token)
        recent = self._recent.get(key)
        if recent is None or not any(_waits(one, recent) for one in recent):
            recent = self._recent[key] = deque(maxlen=AT_ONCE)
            newest(self._recent)
        others = [one for one in recent if _waits(one, recent) and not _same(one, request)]
        recent.append(request)
        if others:
            earlier = others[-1]
            twins = [one for one in recent if _same(one, earlier)]
            which = told(earlier) if not any(one.answered for one in twins) else _one_of(twins)
            both = f"{told(request)} and {which} wait under one clientToken {request.token!r}"
            said = self.remark(both, *(one.n for one in twins), request.n)
            yield from self.once(f"{request.token} {request.operation} {earlier.operation}", said)


def _one_of(twins: list[Exchange]) -> str:
    records = ", ".join(str(one.n) for one in twins)
    what = twins[0].operation.value
    return f"one of {len(twins)} equal {what} (records {records}; which was answered cannot be told)"


def _waits(one: Exchange, recent: Iterable[Exchange]) -> bool:
    """Whether an answer may still come; a lost one does not, and a repeat that was answered has made up for it."""
    if one.answered:
        return False
    return not one.replies or not any(other.answered and _same(one, other) for other in recent)


def _same(one: Exchange, other: Exchange) -> bool:
    return (one.address, one.status) == (other.address, other.status)
