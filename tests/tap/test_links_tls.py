"""Faults of the link that are felt in the TLS handshake, against paho and the stdlib's TLS."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from rigs.errors import UsageFault
from rigs.mqtt.packets import Publish
from rigs.net.certs import Authority
from rigs.net.records import HEAD
from rigs.tap.links import Expired, LongerChain, NotYetValid, OnlyTls, SmallRecords, WrongCa, WrongName
from rigs.tap.terms import LinkFault, Terms
from rigs.trace.records import Fault, Link
from tests.tap.bench import HOST, Bench
from tests.tap.pahodesk import VERSIONS, client

BOTH = pytest.mark.parametrize("version", VERSIONS)
CERTIFICATE = 11  # RFC 5246 7.4


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()
    assert not bench.wrong, "the loop saw exceptions that nobody took"


# paho leaves the socket of a handshake that it has refused to the garbage collector
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("fault", "verdict", "alert"),
    [
        (WrongCa(), "self-signed certificate|unable to get local issuer", "unknown_ca"),
        (WrongName(), "IP address mismatch", "bad_certificate"),
        (Expired(), "certificate has expired", "certificate_expired"),
        (NotYetValid(), "certificate is not yet valid", "bad_certificate"),
    ],
)
def test_a_client_that_checks_refuses_and_comes_back_when_it_is_right_again(
    bench: Bench, fault: LinkFault, verdict: str, alert: str
) -> None:
    armed = bench.tap.arm_link(fault)
    for _ in range(2):
        with client(bench, VERSIONS[0]) as device, pytest.raises(ssl.SSLCertVerificationError, match=verdict):
            device.connect()
    refused = bench.link(link="device", event="refused", by="device", conn=2)
    assert isinstance(refused, Link)
    assert refused.alert == alert
    assert not bench.far.connections, "nothing of such a connection may reach the cloud"
    opened = [one.n for one in bench.trace.records if isinstance(one, Link) and one.event == "open"]
    assert armed.hits == opened
    armed.lift()
    with client(bench, VERSIONS[0]) as device:
        device.connect()
        device.report()


def test_a_client_that_does_not_check_gets_through_and_shows_it(bench: Bench) -> None:
    bench.tap.arm_link(WrongCa())
    bench.client.check_hostname = False
    bench.client.verify_mode = ssl.CERT_NONE
    bench.device().connect()
    bench.packet(link="device", type="CONNECT")


def test_a_stranger_s_certificate_differs_in_the_signer_alone(bench: Bench) -> None:
    wrong = WrongCa().spoil(bench.terms).pair
    assert (wrong.names, wrong.ec) == (bench.terms.pair.names, bench.terms.pair.ec)
    rsa = Terms(pair=Authority.make("rsa").issue("x", dns=["x"]), authority=Authority.make("rsa"))
    assert not WrongCa().spoil(rsa).pair.ec


@BOTH
@pytest.mark.parametrize("tls", ["TLSv1.2", "TLSv1.3"])
def test_one_version_of_tls_carries_a_report(bench: Bench, version: MQTTProtocolVersion, tls: str) -> None:
    armed = bench.tap.arm_link(OnlyTls(tls))
    with client(bench, version) as device:
        device.connect()
        device.report()
    secured = bench.link(link="device", event="tls")
    assert isinstance(secured, Link)
    assert secured.tls == tls
    assert armed.hit


def test_another_version_is_refused_with_its_alert(bench: Bench) -> None:
    bench.tap.arm_link(OnlyTls("TLSv1.3"))
    bench.client.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        bench.device()
    refused = bench.link(event="refused")
    assert isinstance(refused, Link)
    assert refused.alert == "protocol_version"
    with pytest.raises(ValueError, match=r"unknown TLS version 'TLSv1\.1'; known: TLSv1\.2, TLSv1\.3"):
        OnlyTls("TLSv1.1")


@BOTH
def test_a_longer_chain_is_valid_and_as_long_on_the_wire_as_it_says(bench: Bench, version: MQTTProtocolVersion) -> None:
    bench.tap.arm_link(LongerChain(at_least=6000))
    with client(bench, version) as device:
        device.connect()
        device.report()
    bench.tap.arm_link(OnlyTls("TLSv1.2"))
    _, messages = handshake(bench)
    assert 6000 <= messages[CERTIFICATE] <= 6400


def test_a_longer_chain_needs_an_authority_that_may_sign_another(bench: Bench) -> None:
    below = bench.terms.authority.below("an old CA of path length 0")
    bench.tap._linkage.own = Terms(pair=below.issue("x", dns=["x"], ec=True), authority=below)
    with pytest.raises(UsageFault, match=r"cannot be armed: .* path length 0.* delete its certificate"):
        bench.tap.arm_link(LongerChain())


@BOTH
@pytest.mark.parametrize("tls", ["TLSv1.2", "TLSv1.3"])
def test_small_records_carry_a_large_report(bench: Bench, version: MQTTProtocolVersion, tls: str) -> None:
    bench.tap.arm_link(SmallRecords(16))
    bench.tap.arm_link(OnlyTls(tls))
    with client(bench, version) as device:
        device.connect()
        device.report(10_000)


def test_small_records_are_small_on_the_wire_in_the_handshake_too(bench: Bench) -> None:
    whole, messages = handshake(bench, "TLSv1.2")
    assert max(whole) > 64
    bench.tap.arm_link(SmallRecords(64))
    cut, again = handshake(bench, "TLSv1.2")
    assert max(cut) == 64
    assert again.keys() == messages.keys()


def test_small_records_with_tls_1_3_follow_the_handshake(bench: Bench) -> None:
    bench.tap.arm_link(SmallRecords(10))
    device = bench.device().connect()
    bench.far.send(Publish(topic="down", payload=b"x" * 92))
    assert [len(device.socket.recv(65536)) for _ in range(10)] == [10] * 10  # OpenSSL hands out one record at a time
    with pytest.raises(UsageFault, match="a TLS record carries 1 to 16384 bytes, not 0"):
        bench.tap.arm_link(SmallRecords(0))


def test_faults_come_together_and_the_later_one_wins(bench: Bench) -> None:
    bench.tap.arm_link(OnlyTls("TLSv1.3"))
    later = bench.tap.arm_link(OnlyTls("TLSv1.2"))
    bench.tap.arm_link(LongerChain())
    assert bench.device().socket.version() == "TLSv1.2"
    later.lift()
    assert bench.device().socket.version() == "TLSv1.3"


def test_a_connection_without_a_client_hello_has_not_felt_them(bench: Bench) -> None:
    armed = bench.tap.arm_link(WrongCa(times=1))
    socket.create_connection((HOST, bench.tap.port)).close()
    bench.link(event="refused")
    assert not armed.hit
    armed.lift()
    events = [one.event for one in bench.trace.records if isinstance(one, Fault)]
    assert events == ["armed", "missed"]


def handshake(bench: Bench, tls: str = "TLSv1.2") -> tuple[list[int], dict[int, int]]:
    """What a server sends until its ServerHelloDone: the sizes of its records, and of its messages by type."""
    bench.client.maximum_version = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}[tls]
    incoming, outgoing, sizes, body = ssl.MemoryBIO(), ssl.MemoryBIO(), list[int](), b""
    tunnel = bench.client.wrap_bio(incoming, outgoing, server_hostname="tap.test")
    with socket.create_connection((HOST, bench.tap.port), timeout=10) as plug, plug.makefile("rb") as stream:
        with pytest.raises(ssl.SSLWantReadError):
            tunnel.do_handshake()
        plug.sendall(outgoing.read())
        while 14 not in (found := _messages(body)):  # ServerHelloDone
            size = int.from_bytes(stream.read(HEAD)[3:], "big")
            sizes.append(size)
            body += stream.read(size)
    return sizes, found


def _messages(body: bytes) -> dict[int, int]:
    found: dict[int, int] = {}
    while len(body) >= 4 and len(body) >= (size := 4 + int.from_bytes(body[1:4], "big")):
        found[body[0]] = size
        body = body[size:]
    return found
