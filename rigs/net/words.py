"""What TLS and TCP tell, in words of ours: certificates by their digest, failures and endings by their reason."""

from __future__ import annotations

import hashlib

from rigs.net.contract import Ending


def digest(certificate: bytes) -> str:
    """SHA-256 in lower-case hex, AWS's name of a certificate."""
    return hashlib.sha256(certificate).hexdigest()


def why(error: Exception) -> str:
    """OpenSSL's reason in words, with what it says about the certificate."""
    verdict = getattr(error, "verify_message", None)
    reason = str(getattr(error, "reason", None) or error).replace("_", " ").lower()
    return f"{reason}: {verdict}" if verdict else reason


def ended_by(error: Exception | None) -> str:
    """A word for the way in which a TCP connection was lost."""
    if error is None:
        return Ending.FIN.value
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return Ending.RESET.value
    return "timeout" if isinstance(error, TimeoutError) else str(error)
