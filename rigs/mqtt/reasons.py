"""MQTT 5's reason codes (2.4) that AWS IoT Core uses, by name (jobs-protocol §6 lists them)."""

from __future__ import annotations

from enum import IntEnum


class Reason(IntEnum):
    """Why something was refused or ended."""

    SUCCESS = 0x00
    DISCONNECT_WITH_WILL = 0x04
    UNSPECIFIED = 0x80
    MALFORMED_PACKET = 0x81
    PROTOCOL_ERROR = 0x82
    IMPLEMENTATION_SPECIFIC = 0x83
    CLIENT_ID_NOT_VALID = 0x85
    NOT_AUTHORIZED = 0x87
    SERVER_SHUTTING_DOWN = 0x8B
    BAD_AUTHENTICATION_METHOD = 0x8C
    KEEP_ALIVE_TIMEOUT = 0x8D
    SESSION_TAKEN_OVER = 0x8E
    TOPIC_FILTER_INVALID = 0x8F
    TOPIC_NAME_INVALID = 0x90
    PACKET_ID_IN_USE = 0x91
    TOPIC_ALIAS_INVALID = 0x94
    QUOTA_EXCEEDED = 0x97
    ADMINISTRATIVE_ACTION = 0x98
    QOS_NOT_SUPPORTED = 0x9B
    SUBSCRIPTION_IDS_NOT_SUPPORTED = 0xA1
