"""What a backend or a device publishes over HTTP, as an MQTT message; and a retained one as boto3 shows it.

Names and places of the members: botocore's model of iot-data. Rules for topics and sizes: jobs-protocol §6.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from rigs.jobs.api import Params
from rigs.jobs.messages import in_jobs_namespace, parse_topic
from rigs.jobs.model import Kind
from rigs.jobs.refusals import ApiError
from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import Publish
from rigs.mqtt.topics import valid_topic

_FORMATS: Mapping[str, int] = {"UNSPECIFIED_BYTES": 0, "UTF8_DATA": 1}
_LONGEST_TEXT = 2**16 - 1  # bytes
_LONGEST_EXPIRY = 2**32 - 1  # seconds; MQTT has four bytes for it


def letter(params: Params, limits: Limits) -> Publish:
    """The message of a Publish or SendDirectMessage, at the QoS that it asks for.

    Raises ApiError InvalidRequestException for a topic or property that no message can have, and
    RequestEntityTooLargeException above 128 KiB.
    """
    payload = bytes(params.get("payload", b""))
    if len(payload) > limits.payload:
        text = f"the payload has {len(payload)} bytes; {limits.payload} is the most"
        raise ApiError("RequestEntityTooLargeException", text)
    return Publish(
        topic=_topic(params["topic"], limits),
        payload=payload,
        qos=int(params.get("qos", 0)),
        retain=bool(params.get("retain", False)),
        properties=_properties(params, limits),
    )


def open_to_publishers(message: Publish) -> None:
    """Raises ApiError for a reserved topic that nobody may publish to, or that the local cloud does not play.

    Of the reserved topics (https://docs.aws.amazon.com/iot/latest/developerguide/reserved-topics.html) the Jobs
    service's requests are played. None may be retained (jobs-protocol §6).
    """
    topic = message.topic
    if not topic.startswith("$"):
        return
    address = parse_topic(topic)
    if not in_jobs_namespace(topic):
        text = f"{topic} is a reserved topic; of these the local cloud plays $aws/things/THING/jobs/… only"
        raise ApiError("InvalidRequestException", text)
    if address is not None and address.kind is not Kind.REQUEST:
        raise ApiError("InvalidRequestException", f"{topic} is a topic that only AWS IoT publishes to")
    if message.retain:
        raise ApiError("InvalidRequestException", f"{topic} is a reserved topic; a message there cannot be retained")


def user_properties(message: Publish) -> dict[str, bytes]:
    """The member `userProperties` of a retained message, where it has some: a JSON list of one-pair objects."""
    pairs = message.properties.get("user_property", [])
    text = json.dumps([{name: value} for name, value in pairs], separators=(",", ":"))
    return {"userProperties": text.encode()} if pairs else {}


def _topic(topic: str, limits: Limits) -> str:
    if not valid_topic(topic):
        raise ApiError("InvalidRequestException", f"{topic!r} is no topic: it is empty or has a wildcard")
    size, slashes = len(topic.encode()), topic.count("/")
    if size > limits.topic or slashes > limits.slashes:
        text = f"the topic has {size} bytes and {slashes} slashes; {limits.topic} and {limits.slashes} are the most"
        raise ApiError("InvalidRequestException", text)
    return topic


def _properties(params: Params, limits: Limits) -> dict[str, Any]:
    """The MQTT 5 properties, under rigs.mqtt's names."""
    found: dict[str, Any] = {}
    if "userProperties" in params:
        found["user_property"] = _pairs(params["userProperties"])
    if "payloadFormatIndicator" in params:
        found["payload_format_indicator"] = _FORMATS[params["payloadFormatIndicator"]]
    if "contentType" in params:
        found["content_type"] = _text("contentType", params["contentType"])
    if "responseTopic" in params:
        found["response_topic"] = _topic(params["responseTopic"], limits)
    if "correlationData" in params:
        found["correlation_data"] = _bytes(params["correlationData"])
    if "messageExpiry" in params:
        found["message_expiry_interval"] = _expiry(params["messageExpiry"])
    return found


def _pairs(value: Any) -> list[tuple[str, str]]:
    whole = isinstance(value, list) and all(isinstance(one, dict) for one in value)
    pairs = [pair for one in value for pair in one.items()] if whole else []
    if not whole or not all(isinstance(text, str) for _, text in pairs):
        text = f'userProperties must be a JSON list like [{{"name": "value"}}], not {json.dumps(value)[:200]}'
        raise ApiError("InvalidRequestException", text)
    return [(_text("userProperties", name), _text("userProperties", text)) for name, text in pairs]


def _text(name: str, value: str) -> str:
    """A text that MQTT can carry (MQTT 5 1.5.4); raises ApiError."""
    if "\0" in value or len(value.encode()) > _LONGEST_TEXT:
        text = f"{name} must have at most {_LONGEST_TEXT} bytes and no U+0000"
        raise ApiError("InvalidRequestException", text)
    return value


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as wrong:
        raise ApiError("InvalidRequestException", f"correlationData must be base64, not {text[:80]!r}") from wrong


def _expiry(seconds: int) -> int:
    if not 0 <= seconds <= _LONGEST_EXPIRY:
        text = f"messageExpiry must be between 0 and {_LONGEST_EXPIRY} seconds, not {seconds}"
        raise ApiError("InvalidRequestException", text)
    return seconds
