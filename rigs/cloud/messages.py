"""boto3's `iot-data`: messages, retained messages, and the connections of clients. Shadows are not played.

Names, members, limits and errors are those of botocore's model; what its documentation says of a member is the source
where nothing else is named.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from msgspec.structs import replace

from rigs.cloud.letters import letter, open_to_publishers, user_properties
from rigs.jobs.api import Params
from rigs.jobs.names import page
from rigs.jobs.refusals import ApiError
from rigs.mqtt.connection import ConnectionFacts
from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import Publish, Subscription

SUBSCRIPTIONS_A_PAGE = 20
RETAINED_A_PAGE = 200  # what a page has when maxResults is not given is not documented: the most
TELLS_END_FOR = 30 * 60.0  # seconds for which GetConnection tells when and why a connection ended
CONFIRM_WITHIN = (1, 5, 15)  # seconds to wait for a PUBACK: least, default, most

Handle = Callable[[Params], Awaitable[dict[str, Any]]]


class Mailbox(Protocol):
    """Where messages go, and where retained ones are."""

    @property
    def limits(self) -> Limits:
        """Of topics and payloads."""
        ...

    def message(self, message: Publish) -> None:
        """A backend publishes: it reaches subscribers, or the Jobs service."""
        ...

    def retained(self) -> Mapping[str, Publish]:
        """By topic."""
        ...


class Clients(Protocol):
    """The clients that are, or were lately, connected."""

    def connection(self, client_id: str) -> ConnectionFacts | None:
        """What is known of a client; None: nothing."""
        ...

    def subscriptions(self, client_id: str) -> tuple[Subscription, ...] | None:
        """Of a client with a session; None without one."""
        ...

    def kick(self, client_id: str, *, clean: bool, prevent_will: bool) -> bool:
        """Cut a client's connection; False when there is none."""
        ...

    def address(self) -> str:
        """host:port of the MQTT endpoint."""
        ...

    async def hand(self, client_id: str, message: Publish, confirm: float | None) -> bool:
        """Hand a message to a connected client; False when it may not receive it.

        Waits `confirm` seconds for its PUBACK; raises TimeoutError.
        """
        ...


class Messages:
    """The operations by their names; `thing_of` tells the thing of a connection's identity, `now` monotonic seconds."""

    def __init__(
        self,
        mailbox: Mailbox,
        clients: Clients,
        thing_of: Callable[[Any], str | None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._mailbox, self._clients, self._thing_of, self._now = mailbox, clients, thing_of, now
        self.by_name: Mapping[str, Handle] = {
            "Publish": self.publish,
            "GetRetainedMessage": self.get_retained_message,
            "ListRetainedMessages": self.list_retained_messages,
            "GetConnection": self.get_connection,
            "ListSubscriptions": self.list_subscriptions,
            "DeleteConnection": self.delete_connection,
            "SendDirectMessage": self.send_direct_message,
        }

    def __repr__(self) -> str:
        return f"<Messages {len(self._mailbox.retained())} retained>"

    async def publish(self, params: Params) -> dict[str, Any]:
        """Publish any bytes; a request on a Jobs topic takes effect, its reply is lost (evidence.md Part 1 j).

        AWS answers {"message": "OK"} with the request's id, which the model does not have (a capture:
        https://docs.aws.amazon.com/iot/latest/developerguide/http.html shows the request).
        """
        message = letter(params, self._mailbox.limits)
        open_to_publishers(message)
        self._mailbox.message(message)
        return {"message": "OK"}

    async def get_retained_message(self, params: Params) -> dict[str, Any]:
        """The message that is retained for a topic."""
        found = self._mailbox.retained().get(params["topic"])
        if found is None:
            raise ApiError("ResourceNotFoundException", f"no message is retained for topic {params['topic']}")
        return {"topic": found.topic, "payload": found.payload, "qos": found.qos, **user_properties(found)}

    async def list_retained_messages(self, params: Params) -> dict[str, Any]:
        """The retained messages without their payloads, by topic."""
        rows = [
            {"topic": one.topic, "payloadSize": len(one.payload), "qos": one.qos}
            for _, one in sorted(self._mailbox.retained().items())
        ]
        return page("retainedTopics", rows, {"maxResults": RETAINED_A_PAGE, **params})

    async def get_connection(self, params: Params) -> dict[str, Any]:
        """What is known of a client; when and why it went for half an hour."""
        facts = self._clients.connection(params["clientId"])
        if facts is None:
            raise _unknown(params["clientId"])
        return {
            "clientId": facts.client_id,
            "connected": facts.connected,
            **self._thing(facts),
            "cleanSession": facts.clean,
            "keepAliveDuration": facts.keep_alive,
            "sessionExpiry": int(facts.session_expiry),
            **self._since(facts),
            **(self._sockets(facts) if params.get("includeSocketInformation") else {}),
        }

    async def list_subscriptions(self, params: Params) -> dict[str, Any]:
        """The subscriptions of a client's session, also of one that is away."""
        found = self._clients.subscriptions(params["clientId"])
        if found is None:
            raise _unknown(params["clientId"])
        rows = [{"topicFilter": one.filter, "qos": one.qos} for one in found]
        return page("subscriptions", rows, {"maxResults": SUBSCRIPTIONS_A_PAGE, **params})

    async def delete_connection(self, params: Params) -> dict[str, Any]:
        """Disconnect a client, its will and session as it is asked for."""
        clean, no_will = bool(params.get("cleanSession")), bool(params.get("preventWillMessage"))
        if not self._clients.kick(params["clientId"], clean=clean, prevent_will=no_will):
            raise _unknown(params["clientId"])
        return {}

    async def send_direct_message(self, params: Params) -> dict[str, Any]:
        """Hand a message to one connected client, subscribed or not; never kept for one that is away.

        At QoS 0, or with `confirmation` at QoS 1 and until its PUBACK
        (https://docs.aws.amazon.com/iot/latest/developerguide/direct-messaging.html). A receiver whose policy does
        not allow iot:Receive: the page names no code, ForbiddenException is the one of the model that says it.
        """
        client, confirm = params["clientId"], _confirm(params)
        message = replace(letter(params, self._mailbox.limits), qos=0 if confirm is None else 1)
        facts = self._clients.connection(client)
        if facts is None or not facts.connected:
            raise _unknown(client)
        try:
            handed = await self._clients.hand(client, message, confirm)
        except TimeoutError as late:
            text = f"client {client} did not acknowledge the message within {confirm} s"
            raise ApiError("GatewayTimeoutException", text) from late
        if not handed:
            raise ApiError("ForbiddenException", f"client {client} may not receive messages of topic {message.topic}")
        return {"message": "OK"}

    def _thing(self, facts: ConnectionFacts) -> dict[str, str]:
        """Nobody knows it for a session of an earlier run that has not come back."""
        name = None if facts.identity is None else self._thing_of(facts.identity)
        return {} if name is None else {"thingName": name}

    def _since(self, facts: ConnectionFacts) -> dict[str, Any]:
        """When it began or ended, in milliseconds of the real clock: sessions do not follow the service clock."""
        if facts.connected:
            return {"connectedSince": self._milliseconds(facts.since)}
        if facts.ended is None or self._now() - facts.ended > TELLS_END_FOR:
            return {}
        reason = {} if facts.disconnect_reason is None else {"disconnectReason": str(facts.disconnect_reason)}
        return {"disconnectedSince": self._milliseconds(facts.ended), **reason}

    def _sockets(self, facts: ConnectionFacts) -> dict[str, Any]:
        if facts.identity is None:
            return {}
        source, _, source_port = str(facts.identity.peer).rpartition(":")
        target, _, target_port = self._clients.address().rpartition(":")
        return {
            "sourceIp": source,
            "sourcePort": int(source_port),
            "targetIp": target,
            "targetPort": int(target_port),
        }

    def _milliseconds(self, monotonic: float) -> int:
        return round((time.time() - (self._now() - monotonic)) * 1000)


def _confirm(params: Params) -> float | None:
    """How long to wait for the PUBACK, in seconds; None: not at all. `timeout` is ignored without confirmation."""
    least, default, most = CONFIRM_WITHIN
    seconds = int(params.get("timeout", default))
    if not params.get("confirmation"):
        return None
    if not least <= seconds <= most:
        raise ApiError("InvalidRequestException", f"timeout must be between {least} and {most} seconds, not {seconds}")
    return float(seconds)


def _unknown(client_id: str) -> ApiError:
    return ApiError("ResourceNotFoundException", f"no connection of client {client_id!r}")
