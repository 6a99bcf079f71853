"""I14: payloads and topics stay within the broker's limits."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from rigs.rules.base import SENT, Context, Finding, RuleBase, Sort
from rigs.trace.records import AnyRecord, Packet

LARGEST_PAYLOAD = 128 * 1024  # bytes (jobs-protocol §6)
LONGEST_TOPIC = 256  # bytes of UTF-8
SLASHES = 7
SMALL = 1024  # bytes; a packet up to this size need not be measured


@dataclass(slots=True, repr=False)
class Sizes(RuleBase):
    """Rule topics (`$aws/rules/…`) have three more levels."""

    id: str = "I14"

    @property
    def hears(self) -> frozenset[Sort]:
        """Whatever the device publishes."""
        return frozenset({SENT})

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Judge each message of the device."""
        if not isinstance(record, Packet):
            return
        self.looked += 1
        topic = record.topic or ""
        if (size := _payload_size(record)) > LARGEST_PAYLOAD:
            yield self.violation(f"record {record.n} carries {size} bytes, at most {LARGEST_PAYLOAD}", record.n)
        basic = topic.startswith("$aws/rules/")
        if len(topic.encode()) > LONGEST_TOPIC and not basic:
            yield self.violation(f"record {record.n} has a topic of {len(topic.encode())} bytes, at most 256", record.n)
        if topic.count("/") > SLASHES + 3 * basic:
            yield self.violation(f"record {record.n} has a topic of {topic.count('/')} slashes, at most 7", record.n)


def _payload_size(record: Packet) -> int:
    if record.raw:
        try:
            return len(base64.b64decode(record.raw))
        except binascii.Error:
            return record.size
    if record.payload is msgspec.UNSET:
        return 0
    if 0 < record.size <= SMALL:
        return record.size
    return (
        record.size - len((record.topic or "").encode()) - 9
        if record.size
        else len(msgspec.json.encode(record.payload))
    )
