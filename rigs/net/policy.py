"""AWS IoT Core's TLS policies, and contexts that follow them.

Python's default contexts refuse suites that AWS accepts; a rig that refused them would blame a good device. Source of
the table: AWS IoT Core Developer Guide, "Transport security in AWS IoT Core", table of predefined security policies
(https://docs.aws.amazon.com/iot/latest/developerguide/transport-security.html). Default there:
IoTSecurityPolicy_TLS13_1_2_2022_10. The same page: the SessionTicket extension is not supported.
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from rigs.net.alerts import WatchedContext
from rigs.net.certs import Pair

SUITES_1_2 = (
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-SHA384",
    "ECDHE-RSA-AES256-SHA",
    "AES128-GCM-SHA256",
    "AES128-SHA256",
    "AES128-SHA",
    "AES256-GCM-SHA384",
    "AES256-SHA256",
    "AES256-SHA",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-ECDSA-AES256-SHA",
)
# Not switchable in Python before 3.15, but OpenSSL's own three are just these.
SUITES_1_3 = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
# name: (TLS versions, suites of TLS 1.2)
POLICIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "TLS13_1_3_2022_10": (("TLSv1.3",), ()),
    "TLS13_1_2_2022_10": (("TLSv1.2", "TLSv1.3"), SUITES_1_2),
    "TLS12_1_2_2022_10": (("TLSv1.2",), SUITES_1_2),
    "TLS12_1_0_2016_01": (("TLSv1.2",), SUITES_1_2),
    "TLS12_1_0_2015_01": (("TLSv1.2",), (*SUITES_1_2, "DHE-RSA-AES256-SHA")),
}
DEFAULT = "TLS13_1_2_2022_10"
VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}


def server_context(
    pair: Pair | Sequence[Pair],
    *,
    client_ca: bytes | None = None,
    registered: Iterable[bytes] = (),
    versions: Sequence[str] = (),
    policy: str = DEFAULT,
    alpn: Sequence[str] = (),
) -> ssl.SSLContext:
    """A server's context that demands a client certificate.

    It takes certificates of `client_ca` (PEM) and, one by one, the `registered` ones (PEM), as AWS does without a CA.
    `pair` may be an RSA and an EC one together. `versions` narrows the policy's. Tickets and resumption are off: a
    resumed session would let a certificate in that is no longer registered.
    """
    context = _context(ssl.PROTOCOL_TLS_SERVER, versions, policy, alpn)
    for one in [pair] if isinstance(pair, Pair) else pair:
        _load(context, one)
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a registered leaf is trusted by itself
    for pem in filter(None, (client_ca, *registered)):
        context.load_verify_locations(cadata=pem.decode())
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
    return context


def client_context(
    *,
    pair: Pair | None = None,
    ca: bytes | None = None,
    versions: Sequence[str] = (),
    policy: str = DEFAULT,
    alpn: Sequence[str] = (),
) -> ssl.SSLContext:
    """A client's context that checks the server against `ca` (PEM), or the system's authorities when None."""
    context = _context(ssl.PROTOCOL_TLS_CLIENT, versions, policy, alpn)
    if pair:
        _load(context, pair)
    if ca:
        context.load_verify_locations(cadata=ca.decode())
    else:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return context


def _context(protocol: int, versions: Sequence[str], policy: str, alpn: Sequence[str]) -> ssl.SSLContext:
    if policy not in POLICIES:
        raise ValueError(f"unknown TLS policy {policy!r}; known: {', '.join(POLICIES)}")
    allowed, suites = POLICIES[policy]
    chosen = [version for version in allowed if not versions or version in versions]
    if not chosen:
        raise ValueError(f"TLS policy {policy} has {', '.join(allowed)}, so none of {', '.join(versions)} is left")
    context = WatchedContext(protocol)
    context.minimum_version, context.maximum_version = VERSIONS[chosen[0]], VERSIONS[chosen[-1]]
    if suites:
        context.set_ciphers(":".join(suites))
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def _load(context: ssl.SSLContext, pair: Pair) -> None:
    """The stdlib reads a certificate from files only."""
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = pair.write(Path(folder), "own")
        context.load_cert_chain(certificate, key)
