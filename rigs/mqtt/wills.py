"""Wills: what is published for a client that went without a DISCONNECT, at once or after its delay."""

from __future__ import annotations

from dataclasses import dataclass

from rigs.mqtt.commands import Command
from rigs.mqtt.packets import Publish, Will
from rigs.mqtt.publishing import hand_out
from rigs.mqtt.router import Router

DELAY = "will_delay_interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A will that waits until `due`, in monotonic seconds."""

    will: Will
    due: float


class Wills:
    """The wills that wait, by client id; a will is published when its delay or its session is over (MQTT 5 3.1.3.2)."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._pending: dict[str, Pending] = {}

    def __repr__(self) -> str:
        return f"<Wills {len(self._pending)} waiting>"

    def leave(self, client_id: str, will: Will, now: float) -> list[Command]:
        """A client has gone; `ended` is called when its session does not live on."""
        delay = int(will.properties.get(DELAY, 0)) if self._router.limits.will_delay else 0
        if delay == 0:
            return self._publish(client_id, will, now)
        self._pending[client_id] = Pending(will=will, due=now + delay)
        return []

    def resumed(self, client_id: str) -> None:
        """The client is back in time, on its session: nobody hears of it."""
        self._pending.pop(client_id, None)

    def ended(self, client_id: str, now: float) -> list[Command]:
        """The session is over: a will does not wait longer."""
        pending = self._pending.pop(client_id, None)
        return self._publish(client_id, pending.will, now) if pending else []

    def tick(self, now: float) -> list[Command]:
        """The wills that are due."""
        due = [client_id for client_id, pending in self._pending.items() if now >= pending.due]
        return [command for client_id in due for command in self.ended(client_id, now)]

    def _publish(self, client_id: str, will: Will, now: float) -> list[Command]:
        """As a message of the client; its expiry interval begins now (AWS IoT developer guide, mqtt.html)."""
        message = Publish(
            topic=will.topic, payload=will.payload, qos=will.qos, retain=will.retain, properties=will.properties
        )
        return hand_out(self._router, message, now, client_id)
