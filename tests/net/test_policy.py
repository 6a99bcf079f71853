"""The contexts accept what AWS's published policy accepts, and nothing else."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

import pytest

from rigs.net.certs import Authority
from rigs.net.policy import POLICIES, SUITES_1_2, client_context, server_context

OURS = Authority.make("ours", ec=True)
SERVERS = [OURS.issue("cloud", dns=["cloud"], ec=False), OURS.issue("cloud", dns=["cloud"], ec=True)]
DEVICE = OURS.issue("bench-7", ec=True, client=True)


def shake(server: ssl.SSLContext, client: ssl.SSLContext, session: ssl.SSLSession | None = None) -> ssl.SSLObject:
    """A handshake in memory; returns the client's side."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = server.wrap_bio(to_server, to_client, server_side=True)
    other = client.wrap_bio(to_client, to_server, server_hostname="cloud", session=session)
    waiting = [other, one]
    while waiting:
        side = waiting.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            waiting.append(side)
    one.write(b"hello")
    assert other.read(5) == b"hello"
    return other


def server(pairs: Sequence[object] = SERVERS, **options: object) -> ssl.SSLContext:
    return server_context(pairs, client_ca=OURS.certificate_pem, **options)  # type: ignore[arg-type]


def client(**options: object) -> ssl.SSLContext:
    return client_context(pair=DEVICE, ca=OURS.certificate_pem, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("suite", SUITES_1_2)
def test_each_suite_of_the_policy_is_accepted(suite: str) -> None:
    wish = client(versions=["TLSv1.2"])
    wish.set_ciphers(suite)
    cipher = shake(server(), wish).cipher()
    assert cipher is not None
    assert cipher[0] == suite


@pytest.mark.parametrize("suite", ["ECDHE-RSA-CHACHA20-POLY1305", "DHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-CCM"])
def test_a_suite_outside_the_policy_is_refused(suite: str) -> None:
    wish = client(versions=["TLSv1.2"])
    wish.set_ciphers(f"{suite}:DHE-RSA-AES128-SHA256")
    with pytest.raises(ssl.SSLError, match=r"NO_SHARED_CIPHER|no shared cipher"):
        shake(server(), wish)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_policy_decides_the_versions(policy: str, version: str) -> None:
    allowed, _ = POLICIES[policy]
    if version in allowed:
        assert shake(server(policy=policy), client(versions=[version])).version() == version
    else:
        with pytest.raises(ssl.SSLError, match=r"(?i)unsupported.protocol|protocol.version"):
            shake(server(policy=policy), client(versions=[version]))


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_no_session_is_resumed_so_that_each_connection_shows_its_certificate(version: str) -> None:
    ours, theirs = server(), client(versions=[version])
    first = shake(ours, theirs)
    session = first.session
    again = shake(ours, theirs, session if session and session.id else None)
    assert not again.session_reused


def test_an_unknown_policy_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown TLS policy 'strict'; known: TLS13_1_3_2022_10"):
        server(policy="strict")


def test_versions_that_leave_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match=r"has TLSv1\.3, so none of TLSv1\.2 is left"):
        server(policy="TLS13_1_3_2022_10", versions=["TLSv1.2"])
