"""How the device's connection looked to the tap, in words for the person who wires it up. Pure."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from rigs.errors import RigFault
from rigs.trace.records import AnyRecord, Link, Packet
from rigs.watched import VERSIONS, session_of

OUT_OF_SCOPE = "devices that speak HTTPS or MQTT over WebSocket are out of scope: jobrig speaks MQTT over TLS"
HTTP_VERBS = (b"GET ", b"POST ", b"PUT ", b"HEAD ", b"PRI * HTTP")
HTTP_ALPN = frozenset({"http/1.1", "h2", "x-amzn-http-ca"})
"""ALPN names of HTTP; x-amzn-http-ca is AWS IoT's own for HTTPS on port 443."""

ADVICE: dict[str, str] = {
    "unknown_ca": "the device does not trust the tap's CA: give it the tap's ca.crt in place of Amazon's",
    "bad_certificate": "the device does not take the tap's certificate: does [tap] names hold the name it connects to?",
    "certificate_unknown": "the device does not take the tap's certificate: look at [tap] names, its CA and its clock",
    "certificate_expired": "the device's clock is outside 2000 to 2037, or its own certificate is no longer valid",
    "certificate_required": "the device showed no certificate: it needs one with its key, and [device] certificate",
    "protocol_version": "no TLS version in common: look at [tap] tls and at what the device's library offers",
    "insufficient_security": "no cipher suite in common: the tap takes those of AWS's TLS policy",
    "handshake_failure": "nothing in common, or the device showed no certificate: compare suites and curves with AWS's",
    "no_application_protocol": "ALPN does not fit: look at [tap] alpn",
    "unrecognized_name": "the name that the device asks for is not in [tap] names",
}
"""What a TLS alert means here, by its name in RFC 8446."""


def connection(records: Sequence[AnyRecord], where: str) -> str:
    """The newest accepted connection in a line; RigFault, with what was seen instead and what to do, without one.

    `where` is the tap's address as the device should know it.
    """
    links = [one for one in records if isinstance(one, Link) and one.link == "device"]
    packets = [one for one in records if isinstance(one, Packet)]
    accepted = [one.conn for one in packets if _is_connack(one) and not one.more.get("code")]
    if accepted:
        return _told(accepted[-1], links, packets)
    if not links:
        text = f"nothing connected to the tap at {where}; does the firmware take endpoint and port from outside, and "
        raise RigFault(f"{text}can the board reach this machine? {OUT_OF_SCOPE}")
    raise RigFault(_spoke_http(links, packets) or _turned_away(links, packets, records))


def _is_connack(packet: Packet) -> bool:
    return (packet.link, packet.way, packet.type) == ("device", "down", "CONNACK")


def _told(conn: int, links: Sequence[Link], packets: Sequence[Packet]) -> str:
    tls = next((one for one in links if one.conn == conn and one.event == "tls"), Link())
    connect = next(one for one in packets if one.conn == conn and one.type == "CONNECT")
    more = connect.more
    words = [
        f"{tls.tls or 'TLS of unknown version'}, ALPN {tls.alpn or 'none'}, SNI {tls.sni or 'none'}",
        f"MQTT {VERSIONS.get(more.get('version', 0), more.get('version'))}",
        f"client id {more.get('client_id')!r}",
        f"keep-alive {more.get('keep_alive')} s",
        f"clean start {'yes' if more.get('clean') else 'no'} ({session_of(connect) or 'no certain'} session)",
    ]
    return f"{', '.join(words)} (record {connect.n})"


def _spoke_http(links: Sequence[Link], packets: Sequence[Packet]) -> str:
    """What says that it is an HTTP client, "" when nothing does."""
    for packet in packets:
        if packet.raw and packet.link == "device" and base64.b64decode(packet.raw).startswith(HTTP_VERBS):
            return f"the device spoke HTTP inside TLS (record {packet.n}); {OUT_OF_SCOPE}"
    for link in links:
        if HTTP_ALPN & set(link.offered_alpn):
            return f"the device offered ALPN {', '.join(link.offered_alpn)} (record {link.n}); {OUT_OF_SCOPE}"
        if "http_request" in link.reason.lower().replace(" ", "_"):
            return f"the device spoke HTTP without TLS (record {link.n}); {OUT_OF_SCOPE}"
    return ""


def _turned_away(links: Sequence[Link], packets: Sequence[Packet], records: Sequence[AnyRecord]) -> str:
    connack = next((one for one in packets if _is_connack(one)), None)
    if connack is not None:
        code, connect = connack.more.get("code"), next(one for one in packets if one.type == "CONNECT")
        client = connect.more.get("client_id")
        return (
            f"the cloud refused CONNECT of client id {client!r} with code {code} (record {connack.n}); is it allowed?"
        )
    cloud = [one for one in records if isinstance(one, Link) and one.link == "cloud" and one.event == "refused"]
    if cloud:
        return f"the device connected, but the cloud did not take the tap: {cloud[-1].reason} (record {cloud[-1].n})"
    refused = [one for one in links if one.event == "refused"]
    if refused:
        return _refused(refused[-1])
    stage = "TLS, but no MQTT CONNECT" if any(one.event == "tls" for one in links) else "TCP, but no TLS handshake"
    return f"the device came as far as {stage} ({len(links)} records of connections); {OUT_OF_SCOPE}"


def _refused(link: Link) -> str:
    advice = ADVICE.get(link.alert or "", "look at the certificates on both sides, and whether the device speaks TLS")
    alert = f"alert {link.alert}" if link.alert else "no alert"
    return f"TLS from {link.peer or 'the device'} failed: {link.reason}, {alert} (record {link.n}); {advice}"
