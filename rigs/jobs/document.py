"""The job document on its way to a device (jobs-protocol §2.5): placeholders become URLs, nulls are left out."""

from __future__ import annotations

import hashlib
import json
import re
import time
from typing import Any

_PLACEHOLDER = re.compile(r"\$\{aws:iot:s3-presigned-url(?:-v2)?:([^}]+)\}")
URL_SECONDS = 3600  # botocore, PresignedUrlConfig.expiresInSec: the default


def deliver(document: str, *, now: float, serial: int, expires: int = URL_SECONDS) -> str:
    """The document with each S3 placeholder replaced by a URL that is valid for `expires` seconds from `now`.

    `serial` counts the deliveries: it and the instant together make the signature differ from delivery to delivery,
    also when the count begins anew. The URL's host is left as the operator wrote it: what stands for S3 is whatever
    server the job names.
    """
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))

    def signed(match: re.Match[str]) -> str:
        url = match.group(1)
        signature = hashlib.sha256(f"{now!r} {serial} {url}".encode()).hexdigest()
        query = (
            f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={date}&X-Amz-Expires={expires}&X-Amz-Signature={signature}"
        )
        return f"{url}{'&' if '?' in url else '?'}{query}"

    return _PLACEHOLDER.sub(signed, document)


def placeholders(document: str) -> int:
    """How many S3 placeholders the document holds."""
    return len(_PLACEHOLDER.findall(document))


def without_nulls(document: str) -> str:
    """The document without the members that are null, at any depth; items of lists stay ([C] MiniStack)."""
    if "null" not in document:
        return document
    return json.dumps(_stripped(json.loads(document)), ensure_ascii=False, separators=(",", ":"))


def _stripped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _stripped(item) for key, item in value.items() if item is not None}
    return [_stripped(item) for item in value] if isinstance(value, list) else value
