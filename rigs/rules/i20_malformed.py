"""I20: what the service itself calls no valid request is worth a look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rigs.jobs.model import ErrorCode, Kind
from rigs.rules.base import Context, Finding, RuleBase, Sort, told
from rigs.trace.naming import body
from rigs.trace.records import AnyRecord, Packet

MALFORMED = (ErrorCode.INVALID_TOPIC, ErrorCode.INVALID_JSON, ErrorCode.INVALID_REQUEST)


@dataclass(slots=True, repr=False)
class RefusedAsMalformed(RuleBase):
    """A remark: AWS refuses so also what a careful device may send (−1 without a step timer, evidence.md point f).

    Judged on the cloud's leg, so that what the tap answers or changes is not held against the device.
    """

    id: str = "I20"

    @property
    def hears(self) -> frozenset[Sort]:
        """What the service says."""
        return frozenset({("cloud", "down", "PUBLISH")})

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Judge each rejection."""
        request, where = context.exchange, context.address
        if not isinstance(record, Packet) or request is None or where is None or request.changed:
            return
        self.looked += 1
        if where.kind is not Kind.REJECTED:
            return
        said = body(record) or {}
        if (code := said.get("code")) in MALFORMED:
            text = f"{told(request)} was refused by the service: {code} {str(said.get('message', ''))[:80]!r}"
            yield from self.once(
                f"{request.operation} {code} {said.get('message')}", self.remark(text, request.n, record.n)
            )
