"""Presigned URLs: each delivery of a job signs them anew (jobs-protocol §2.5)."""

from __future__ import annotations

import hashlib
import re

import msgspec

from rigs.mqtt.packets import Packet, Publish

# Signature Version 4 of S3, and the one of version 2 and of CloudFront
_SIGNATURE = re.compile(rb"([?&](?:X-Amz-Signature|Signature)=)([^&\"\\\s]+)")


def is_signed(packet: Packet) -> bool:
    """Whether the packet is a message with a presigned URL in it."""
    return isinstance(packet, Publish) and _SIGNATURE.search(packet.payload) is not None


def signed_anew(packet: Packet) -> Packet:
    """The message with another signature in each presigned URL, as long as the old one; the rest of it stays.

    The new one follows from the old one, so a run can be repeated. A file server that checks signatures refuses it.
    """
    if not isinstance(packet, Publish):
        return packet
    return msgspec.structs.replace(packet, payload=_SIGNATURE.sub(_other, packet.payload))


def _other(found: re.Match[bytes]) -> bytes:
    old = found[2]
    return found[1] + hashlib.shake_256(old).hexdigest(len(old))[: len(old)].encode()
