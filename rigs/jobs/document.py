"""The job document on its way to a device: placeholders are filled in anew at each delivery (jobs-protocol §2.5)."""

from __future__ import annotations

import hashlib
import re

_PLACEHOLDER = re.compile(r"\$\{aws:iot:s3-presigned-url(?:-v2)?:([^}]+)\}")


def deliver(document: str, serial: int) -> str:
    """The document with each S3 placeholder replaced by a URL whose query string differs from delivery to delivery.

    The URL's host is left as the operator wrote it: what stands for S3 is whatever server the job names.
    """

    def signed(match: re.Match[str]) -> str:
        signature = hashlib.sha256(f"{serial} {match.group(1)}".encode()).hexdigest()
        return f"{match.group(1)}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=3600&X-Amz-Signature={signature}"

    return _PLACEHOLDER.sub(signed, document)
