"""TLS alerts by name, and a context that notes those of a handshake together with the certificate that was shown."""

from __future__ import annotations

import ssl
from typing import Any

from rigs.net.hello import first_certificate

# RFC 8446 appendix B.2, RFC 5246 7.2
ALERTS = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    22: "record_overflow",
    40: "handshake_failure",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    109: "missing_extension",
    110: "unsupported_extension",
    112: "unrecognized_name",
    113: "bad_certificate_status_response",
    115: "unknown_psk_identity",
    116: "certificate_required",
    120: "no_application_protocol",
}
NUMBERS = {name: number for number, name in ALERTS.items()}

_ALERT_RECORD, _HANDSHAKE_RECORD, _CERTIFICATE = 21, 22, 11
_TLS13 = 0x0304


def plain_alert(name: str) -> bytes:
    """The bytes of a fatal alert before any key is agreed on, when the ClientHello itself is refused."""
    return bytes((_ALERT_RECORD, 3, 3, 0, 2, 2, NUMBERS[name]))


class WatchedContext(ssl.SSLContext):
    """An SSLContext that notes the last alert, either way, and the certificate that the peer showed.

    Works by OpenSSL's message callback, which sees decrypted messages with TLS 1.2 and 1.3. It is not public in
    Python (`SSLContext._msg_callback`); without it the notes stay empty. The notes belong to the call into OpenSSL
    that has just returned: whoever makes it forgets before and reads after.
    """

    alert: str | None = None
    certificate: bytes | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        # ssl.SSLContext's own setter turns every number into an enum, three times a record; its base does not
        setter = getattr(ssl.SSLContext.__mro__[1], "_msg_callback", None)
        if setter is not None:
            setter.__set__(self, self._note)

    def forget(self) -> None:
        """Drop the notes."""
        self.alert = self.certificate = None

    def _note(self, _: Any, way: str, version: int, content: int, kind: int, data: bytes) -> None:
        if content == _ALERT_RECORD and len(data) == 2:
            self.alert = ALERTS.get(data[1], f"alert {data[1]}")
        elif content == _HANDSHAKE_RECORD and kind == _CERTIFICATE and way == "read":
            self.certificate = first_certificate(data, version == _TLS13)


def alert_of(context: ssl.SSLContext | None, error: Exception) -> str | None:
    """The alert that went with a failed call into OpenSSL, either way, by its name in RFC 8446.

    Without a watched context it is read from OpenSSL's reason, which names received alerts only.
    """
    if isinstance(context, WatchedContext) and context.alert:
        return context.alert
    _, found, name = str(getattr(error, "reason", "")).partition("ALERT_")
    return name.lower() if found else None
