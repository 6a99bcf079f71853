"""Handshakes, good and refused, against the stdlib's blocking TLS client, over real sockets."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from rigs.net.policy import client_context, server_context
from rigs.net.tls import Ending, Refused, Turns, dial, listen
from tests.net.linkdesk import DEVICE, FOREIGN, OURS, SERVER, STRANGER, VERSIONS, Recorder, client, knock, run, server


@VERSIONS
@pytest.mark.parametrize(
    ("pair", "alerts"),
    [
        (None, {"TLSv1.2": "handshake_failure", "TLSv1.3": "certificate_required"}),
        (STRANGER, {"TLSv1.2": "unknown_ca", "TLSv1.3": "unknown_ca"}),
        (
            OURS.issue("old", ec=True, client=True, end=datetime(2001, 1, 1, tzinfo=UTC)),
            {"TLSv1.2": "certificate_expired", "TLSv1.3": "certificate_expired"},
        ),
    ],
    ids=["no certificate", "foreign certificate", "expired certificate"],
)
def test_a_refused_client_is_told_by_an_alert(version: str, pair: Any, alerts: dict[str, str]) -> None:
    async def scene() -> None:
        recorder = Recorder()
        listener = await listen("127.0.0.1", 0, server(versions=[version]), lambda: recorder)
        seen = await asyncio.to_thread(knock, listener.port, client(pair))
        await recorder.over.wait()
        listener.close()
        assert seen.endswith("ALERT_" + alerts[version].upper())
        assert recorder.refusal is not None
        facts, alert, _ = recorder.refusal
        assert alert == alerts[version]
        assert facts.certificate == (pair and pair.fingerprint)
        assert facts.common_name == {None: None, STRANGER: "bench-8"}.get(pair, "old")
        assert facts.sni == "localhost"

    run(scene())


def test_the_alert_is_not_lost_when_the_refused_client_goes_on_talking() -> None:
    async def scene() -> None:
        listener = await listen("127.0.0.1", 0, server(versions=["TLSv1.3"]), Recorder)
        seen = await asyncio.to_thread(knock, listener.port, client(STRANGER), bytes(1_000_000))
        listener.close()
        assert seen == "TLSV1_ALERT_UNKNOWN_CA"

    run(scene())


@VERSIONS
def test_an_accepted_client_is_known_by_its_certificate(version: str) -> None:
    async def scene() -> None:
        recorder = Recorder(echo=True)
        listener = await listen("127.0.0.1", 0, server(versions=[version]), lambda: recorder)
        context = client()
        context.set_alpn_protocols(["one", "two"])
        assert await asyncio.to_thread(knock, listener.port, context) == "open"
        await recorder.over.wait()
        listener.close()
        facts = recorder.facts
        assert facts is not None
        assert (facts.tls, facts.sni, facts.offered_alpn, facts.alpn) == (version, "localhost", ["one", "two"], None)
        assert (facts.certificate, facts.common_name) == (DEVICE.fingerprint, "bench-7")
        assert facts.peer.startswith("127.0.0.1:")

    run(scene())


def test_a_registered_certificate_needs_no_authority_and_an_unregistered_one_gets_unknown_ca() -> None:
    async def scene() -> None:
        context = server_context(SERVER, registered=[STRANGER.certificate_pem])
        listener = await listen("127.0.0.1", 0, context, lambda: Recorder(echo=True))
        seen = [await asyncio.to_thread(knock, listener.port, client(pair)) for pair in (STRANGER, DEVICE)]
        listener.close()
        assert seen == ["open", "TLSV1_ALERT_UNKNOWN_CA"]

    run(scene())


@VERSIONS
@pytest.mark.parametrize("offered", [[], ["mqtt"]], ids=["none", "another"])
def test_a_client_without_the_required_alpn_is_refused_by_alert(version: str, offered: list[str]) -> None:
    async def scene() -> None:
        recorder = Recorder()
        context = server(alpn=["x-amzn-mqtt-ca"])
        listener = await listen("127.0.0.1", 0, context, lambda: recorder, require_alpn="x-amzn-mqtt-ca")
        seen = await asyncio.to_thread(knock, listener.port, client(versions=[version], alpn=offered))
        await recorder.over.wait()
        listener.close()
        assert seen == "no_application_protocol"
        assert recorder.refusal is not None
        assert recorder.refusal[0].offered_alpn == offered
        assert recorder.refusal[1] == "no_application_protocol"

    run(scene())


def test_the_required_alpn_is_chosen() -> None:
    async def scene() -> None:
        ours, theirs = Recorder(), Recorder()
        context = server(alpn=["x-amzn-mqtt-ca"])
        listener = await listen("127.0.0.1", 0, context, lambda: ours, require_alpn="x-amzn-mqtt-ca")
        link = await dial(
            "127.0.0.1", listener.port, client(), theirs, server_name="localhost", alpn=["h2", "x-amzn-mqtt-ca"]
        )
        assert link.facts.alpn == "x-amzn-mqtt-ca"
        link.close()
        await ours.over.wait()
        listener.close()

    run(scene())


@pytest.mark.parametrize("words", [b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01", b""], ids=["HTTP", "cut off", "nothing"])
def test_what_is_no_handshake_is_refused_and_leaves_the_listener_alive(words: bytes) -> None:
    async def scene() -> None:
        recorders: asyncio.Queue[Recorder] = asyncio.Queue()

        def make() -> Recorder:
            recorder = Recorder(echo=True)
            recorders.put_nowait(recorder)
            return recorder

        listener = await listen("127.0.0.1", 0, server(), make)
        with socket.create_connection(("127.0.0.1", listener.port)) as plug:
            plug.sendall(words)
        first = await recorders.get()
        await first.over.wait()
        assert first.refusal is not None
        assert await asyncio.to_thread(knock, listener.port, client()) == "open"
        listener.close()

    run(scene())


def test_a_dial_that_does_not_trust_the_server_raises_and_the_server_hears_the_alert() -> None:
    async def scene() -> None:
        ours, theirs = Recorder(), Recorder()
        listener = await listen("127.0.0.1", 0, server(), lambda: ours)
        context = client_context(pair=DEVICE, ca=FOREIGN.certificate_pem)
        with pytest.raises(Refused, match="certificate verify failed"):
            await dial("127.0.0.1", listener.port, context, theirs, server_name="localhost")
        await ours.over.wait()
        listener.close()
        assert theirs.refusal is not None
        assert theirs.refusal[1] == "unknown_ca"
        assert theirs.refusal[0].certificate == SERVER.fingerprint
        assert ours.refusal is not None
        assert ours.refusal[1] == "unknown_ca"

    run(scene())


def test_with_tls_1_3_the_verdict_on_our_certificate_comes_after_the_handshake() -> None:
    async def scene() -> None:
        ours, theirs = Recorder(), Recorder()
        listener = await listen("127.0.0.1", 0, server(versions=["TLSv1.3"]), lambda: ours)
        await dial("127.0.0.1", listener.port, client(STRANGER), theirs, server_name="localhost")
        await theirs.over.wait()
        listener.close()
        assert theirs.end == ("alert unknown_ca", "peer")

    run(scene())


def test_a_dial_to_a_closed_port_raises_os_error() -> None:
    async def scene() -> None:
        listener = await listen("127.0.0.1", 0, server(), Recorder)
        listener.close()
        with pytest.raises(ConnectionRefusedError):
            await dial("127.0.0.1", listener.port, client(), Recorder(), server_name="localhost")

    run(scene())


def test_a_storm_of_fifty_handshakes_makes_one_step_in_a_loop_turn() -> None:
    steps: Counter[int] = Counter()
    turn = 0

    class Counted(ssl.SSLObject):
        def do_handshake(self) -> None:
            steps[turn] += 1
            super().do_handshake()

    async def scene() -> None:
        nonlocal turn
        loop, over = asyncio.get_running_loop(), False

        def count() -> None:
            nonlocal turn
            turn += 1
            if not over:
                loop.call_soon(count)

        inner, outer, turns = server(), client(), Turns()
        inner.sslobject_class = outer.sslobject_class = Counted
        listener = await listen("127.0.0.1", 0, inner, Recorder, turns=turns)
        count()
        dials = [
            dial("127.0.0.1", listener.port, outer, Recorder(), server_name="localhost", turns=turns) for _ in range(50)
        ]
        links = await asyncio.gather(*dials)
        over = True
        assert all(link.alive for link in links)
        listener.close()
        for link in links:
            link.close(Ending.RESET)
        listener.cut()

    run(scene())
    assert sum(steps.values()) >= 100
    assert max(steps.values()) == 1


def test_the_turns_go_on_after_a_step_that_failed() -> None:
    async def scene() -> None:
        turns, done, seen = Turns(), asyncio.Event(), []

        def fail() -> None:
            raise RuntimeError("a step failed")

        asyncio.get_running_loop().set_exception_handler(lambda _, context: seen.append(context["exception"]))
        turns.add(fail)
        turns.add(done.set)
        await done.wait()
        assert [str(one) for one in seen] == ["a step failed"]

    run(scene())
