"""I5: two different requests are not outstanding under one clientToken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rigs.rules.base import Context, Finding, RuleBase, newest, told
from rigs.trace.exchange import Exchange
from rigs.trace.records import AnyRecord


@dataclass(slots=True, repr=False)
class Tokens(RuleBase):
    """A remark: several agents use one constant token. The repeat of a request may keep its token.

    A request is outstanding until its reply reaches the device or its connection ends: replies do not outlive that.
    """

    id: str = "I5"
    _newest: dict[tuple[int, str], Exchange] = field(default_factory=dict)

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Judge each request that has a token."""
        request = context.request
        if request is None or not request.token:
            return
        self.looked += 1
        key = (request.conn, request.token)
        earlier = self._newest.get(key)
        self._newest[key] = request
        newest(self._newest)
        if earlier is None or earlier.answered or _same(earlier, request):
            return
        both = f"{told(request)} and {told(earlier)} wait under one clientToken {request.token!r}"
        yield from self.once(
            f"{request.token} {request.operation} {earlier.operation}", self.remark(both, earlier.n, request.n)
        )


def _same(one: Exchange, other: Exchange) -> bool:
    return (one.address, one.status) == (other.address, other.status)
