"""What is read of a ClientHello beside OpenSSL, with ClientHellos that OpenSSL wrote."""

from __future__ import annotations

import ssl

import pytest

from rigs.net.hello import Hello, first_certificate, read_hello


def written(name: str | None, alpn: list[str]) -> bytes:
    """A client's first bytes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    if alpn:
        context.set_alpn_protocols(alpn)
    outgoing = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize("name", [None, "abc-ats.iot.eu-west-1.amazonaws.com"])
@pytest.mark.parametrize("alpn", [[], ["x-amzn-mqtt-ca"], ["h2", "mqtt"]])
def test_server_name_and_alpn_names_are_read_once_all_bytes_are_there(name: str | None, alpn: list[str]) -> None:
    data = written(name, alpn)
    assert read_hello(data) == Hello(sni=name, alpn=tuple(alpn))
    assert {read_hello(data[:end]) for end in range(len(data))} == {None}
    assert read_hello(data + b"more") == read_hello(data)


def test_a_client_hello_in_two_records_is_read() -> None:
    data = written("cloud", ["mqtt"])
    body, head = data[5:], data[:3]
    parts = [body[:100], body[100:]]
    split = b"".join(head + len(part).to_bytes(2, "big") + part for part in parts)
    assert read_hello(split) == Hello(sni="cloud", alpn=("mqtt",))
    assert read_hello(split[:107]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.0",
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"\x16\x03\x01\x00\x04\x02\x00\x00\x00",
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03",
    ],
    ids=["HTTP", "an alert", "a ServerHello", "a ClientHello of one byte"],
)
def test_what_is_no_client_hello_gives_an_empty_one(data: bytes) -> None:
    assert read_hello(data) == Hello()


@pytest.mark.parametrize("cut", range(50, 200, 10))
def test_a_client_hello_with_wrong_lengths_gives_an_empty_one(cut: int) -> None:
    body = written("cloud", ["mqtt"])[9:][:cut]
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    assert read_hello(b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message) == Hello()


def test_the_first_certificate_is_found_in_both_versions() -> None:
    listed = b"\x00\x00\x0a" + b"\x00\x00\x03abc" + b"\x00\x00\x01d"
    assert first_certificate(b"\x0b\x00\x00\x0d" + listed, tls13=False) == b"abc"
    assert first_certificate(b"\x0b\x00\x00\x0e" + b"\x00" + listed, tls13=True) == b"abc"
    assert first_certificate(b"\x0b\x00\x00\x03" + b"\x00\x00\x00", tls13=False) is None
    assert first_certificate(b"\x0b\x00\x00\x03" + b"\x00\x00", tls13=False) is None
