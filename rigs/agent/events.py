"""What can happen to the agent; the connection and the work post these, the one main thread handles them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """CONNACK came; `session` says whether the service kept the session."""

    session: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """The connection is gone."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """A try to connect failed; `again` says that the link waits to be opened anew."""

    reason: str
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """SUBACK for all filters; `refused` names those that the service refused."""

    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A message."""

    topic: str
    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A publish is through (QoS 1: PUBACK) or failed."""

    ticket: int
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """Work goes on; `percent` of it is done."""

    run: int
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Work has ended by itself."""

    run: int
    status: str
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """Work wants the agent (`board` False) or the board restarted."""

    run: int
    board: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Held work may end: the operator of the bench wrote `release NONCE`."""

    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The agent is asked to end in good order (SIGTERM)."""


Event = Connected | Disconnected | Unreached | Subscribed | Arrived | Sent | Alive | Finished | Restart | Release | Stop
