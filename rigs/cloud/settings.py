"""The local cloud's own HTTP paths, for a rig that runs it in another process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeAlias

from rigs.jobs.refusals import ApiError

CLOCK = "/jobrig/clock"
ENDPOINT = "/jobrig/endpoint"


class Adjustable(Protocol):
    """What can be set from outside; called on the loop."""

    def clock_state(self) -> dict[str, float]:
        """now, offset and rate."""
        ...

    def move_clock(self, seconds: float) -> None:
        """Step forward; what falls due happens in order."""
        ...

    def rate_clock(self, rate: float) -> None:
        """Let so many service seconds pass in a real one."""
        ...

    async def switch_endpoint(self, listening: bool) -> None:
        """Close the MQTT listener and cut its connections, or open it again."""
        ...


Own: TypeAlias = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


def paths(cloud: Adjustable) -> Mapping[tuple[str, str], Own]:
    """The paths with what they do; each takes and returns a JSON object.

    GET /jobrig/clock tells {now, offset, rate}; POST takes {"step": seconds} or {"rate": times}, forward only.
    POST /jobrig/endpoint takes {"listening": true | false}.
    """

    async def look(body: dict[str, Any]) -> dict[str, Any]:
        return dict(cloud.clock_state())

    async def move(body: dict[str, Any]) -> dict[str, Any]:
        unknown = set(body) - {"step", "rate"}
        if unknown or not body:
            text = f"{CLOCK} takes step (seconds) and rate (times), got {sorted(body)}"
            raise ApiError("InvalidRequestException", text)
        try:
            if "step" in body:
                cloud.move_clock(float(body["step"]))
            if "rate" in body:
                cloud.rate_clock(float(body["rate"]))
        except (ValueError, TypeError) as wrong:
            raise ApiError("InvalidRequestException", f"{CLOCK}: {wrong}") from wrong
        return dict(cloud.clock_state())

    async def switch(body: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(body.get("listening"), bool):
            raise ApiError("InvalidRequestException", f"{ENDPOINT} takes listening (true or false), got {body}")
        await cloud.switch_endpoint(body["listening"])
        return {"listening": body["listening"]}

    return {("GET", CLOCK): look, ("POST", CLOCK): move, ("POST", ENDPOINT): switch}
