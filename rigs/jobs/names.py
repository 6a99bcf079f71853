"""ARNs of the local cloud: one account, one region, which only have to look like AWS's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rigs.jobs.refusals import ApiError

ACCOUNT = "000000000000"
REGION = "us-east-1"


def arn(sort: str, name: str) -> str:
    """The ARN of a thing, thinggroup or job."""
    return f"arn:aws:iot:{REGION}:{ACCOUNT}:{sort}/{name}"


def target(text: str) -> tuple[str, str]:
    """What a target ARN names, as (thing | thinggroup, name); account and region are not looked at.

    Raises ApiError InvalidRequestException.
    """
    parts = text.split(":", 5)
    sort, _, name = parts[-1].partition("/")
    if len(parts) != 6 or sort not in ("thing", "thinggroup") or not name:
        raise ApiError("InvalidRequestException", f"{text!r} is no ARN of a thing or thing group")
    return sort, name


def page(key: str, items: list[Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """One page of a list: maxResults items from nextToken on, with the next token where there is more."""
    token = str(params.get("nextToken", "0"))
    if not token.isdigit():
        raise ApiError("InvalidRequestException", f"invalid nextToken {token!r}")
    start = int(token)
    end = start + int(params.get("maxResults", 250))
    more = {"nextToken": str(end)} if end < len(items) else {}
    return {key: items[start:end], **more}
