"""The service counts from another number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from rigs.mqtt.packets import Packet, Publish
from rigs.tap.actions import Action, Edit
from rigs.tap.match import Match, Seen

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_NUMBER = re.compile(rb'"?(-?\d+)"?')
_MEMBER = {"down": b'"versionNumber"', "up": b'"expectedVersion"'}
# What a user writes is no version of the service, whatever its members are called.
_FOREIGN = frozenset({b'"jobDocument"', b'"statusDetails"'})


def _named(seen: Seen) -> bool:
    return seen.address is not None and _MEMBER[seen.way] in seen.raw


@dataclass(frozen=True, slots=True, repr=False)
class Shift:
    """Let the device live with versions that are `by` higher than the service's (notes S040, S045).

    Every versionNumber that goes down is raised, every expectedVersion that goes up is lowered, in all messages, until
    the fault is lifted. Only the digits are written anew, a number in a string stays one; job document and status
    details are left alone.
    """

    name: ClassVar[str] = "shift"
    by: int

    def __repr__(self) -> str:
        return f"shift the version of every execution by {self.by:+}"

    @property
    def match(self) -> Match:
        """Every Jobs message that may name a version."""
        return Match(where=_named, times=None, words="Jobs messages that name a version")

    def decide(self, seen: Seen) -> Action | None:
        """The numbers change."""
        by = self.by if seen.way == "down" else -self.by
        name = _MEMBER[seen.way]

        def change(packet: Packet) -> Packet:
            if not isinstance(packet, Publish):
                return packet
            return msgspec.structs.replace(packet, payload=shifted(packet.payload, name, by))

        return Edit(change=change)


def shifted(payload: bytes, name: bytes, by: int) -> bytes:
    """The JSON text with `by` added to each whole number that the member `name` (with its quotes) has."""
    parts, start = [], 0
    for found in _values(payload, name):
        number = _NUMBER.fullmatch(found.group())
        if number is not None:
            parts += [payload[start : found.start() + number.start(1)], b"%d" % (int(number[1]) + by)]
            start = found.start() + number.end(1)
    return b"".join((*parts, payload[start:]))


def _values(payload: bytes, name: bytes) -> Iterator[re.Match[bytes]]:
    """The tokens that are values of the member, outside of what a user writes."""
    keys: list[bytes] = []
    last, key = b"", b""
    for found in _TOKEN.finditer(payload):
        token = found.group()
        if token == b":":
            key = last
        elif token in (b"{", b"["):
            keys.append(key)
            key = b""
        elif token in (b"}", b"]"):
            keys and keys.pop()
            key = b""
        elif token == b",":
            key = b""
        elif key == name and not _FOREIGN.intersection(keys):
            yield found
        last = token
