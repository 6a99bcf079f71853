"""Short ways to write plays of packets, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.contract.moves import Move, put, take
from tests.contract.row import Row, row
from tests.contract.shapes import Part, part

CLOSED = {"kind": "CLOSED"}

UP = take({"kind": "CONNACK", "code": 0})

PING = (put("PINGREQ"), take({"kind": "PINGRESP"}))

GONE = take(CLOSED)

OWN = "own:plain"


def told(code: int) -> Move:
    """MQTT 5: a DISCONNECT with this reason, then the end."""
    return take({"kind": "DISCONNECT", "code": code}, CLOSED)


def old(id: str, says: str, clauses: str, trust: Any, *play: Move, **more: Any) -> Row:
    """A row about MQTT 3.1.1."""
    return row(id, says, clauses, trust, *play, wire="raw", versions=(4,), **more)


def new(id: str, says: str, clauses: str, trust: Any, *play: Move, **more: Any) -> Row:
    """A row about MQTT 5."""
    return row(id, says, clauses, trust, *play, wire="raw", versions=(5,), **more)


def both(id: str, says: str, clauses: str, trust: Any, *play: Move, **more: Any) -> Row:
    """A row about either version."""
    return row(id, says, clauses, trust, *play, wire="raw", **more)


def connack(properties: Mapping[str, Any] | None = None, **members: Any) -> Part:
    shown = {} if properties is None else {"properties": Part(properties)}
    return part(kind="CONNACK", **members, **shown)


def publish(id: int = 9, payload: Any = b"{}", **more: Any) -> Move:
    return put("PUBLISH", **{"word": OWN, "id": id, "payload": payload, **more})


ACKED = take({"kind": "PUBACK", "id": 9, "code": 0})
