"""Secrets are taken out of a record before it is written: private keys, passwords, signatures of presigned URLs.

A signature is replaced by a short hash of itself, so that "the same or another" stays visible (notes S057).
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, TypeVar

import msgspec

from rigs.trace.records import Console, Operator, Packet, Record

R = TypeVar("R", bound=Record)
_SIGNED = re.compile(r"(X-Amz-(?:Signature|Credential|Security-Token)=)([^&\"\s]+)", re.IGNORECASE)
_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL)

# A PEM block in base64, as provisioning commands carry it; a certificate is cut too, nobody reads it there.
_PEM_IN_BASE64 = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/=]{40,}")


def _hash(match: re.Match[str]) -> str:
    return f"{match.group(1)}#{hashlib.sha256(match.group(2).encode()).hexdigest()[:8]}"


def redact_text(text: str) -> str:
    """The text without secrets."""
    text = _PEM_IN_BASE64.sub(_short, text)
    return _KEY.sub("#private key#", _SIGNED.sub(_hash, text))


def redact_bytes(data: bytes) -> bytes:
    """Bytes of a console without secrets."""
    text = data.decode("latin-1")
    return redact_text(text).encode("latin-1") if suspicious(text) else data


def _short(match: re.Match[str]) -> str:
    return f"#pem {hashlib.sha256(match.group().encode()).hexdigest()[:8]}#"


def suspicious(text: str) -> bool:
    return "PRIVATE KEY" in text or "LS0tLS1CRUdJTi" in text or "-amz-" in text.lower()


def may_hold_secrets(line: bytes) -> bool:
    """Whether a record's line has to be looked at; a quick look, as every packet of the tap passes here."""
    return b"PRIVATE KEY" in line or b"LS0tLS1CRUdJTi" in line or b"-amz-" in line.lower()


def _walk(value: Any) -> Any:
    match value:
        case str():
            return redact_text(value) if suspicious(value) else value
        case dict():
            return {key: _walk(item) for key, item in value.items()}
        case list():
            return [_walk(item) for item in value]
        case _:
            return value


def redact(record: R) -> R:
    """The record without secrets; most records come back as they are."""
    match record:
        case Packet(payload=dict() | list() | str() as payload):
            clean = _walk(payload)
            return record if clean == payload else msgspec.structs.replace(record, payload=clean)
        case Console(text=text) if suspicious(text):
            return msgspec.structs.replace(record, text=redact_text(text))
        case Operator(arguments=arguments, result=result):
            return msgspec.structs.replace(record, arguments=_walk(arguments), result=_walk(result))
        case _:
            return record
