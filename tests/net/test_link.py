"""An open TLS link: data, pausing, and how it ends."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from rigs.net.tls import Ending, Turns, dial, listen
from tests.net.linkdesk import VERSIONS, Recorder, client, run, server


async def pair_of_links(**options: Any) -> tuple[Recorder, Recorder, Callable[[], None]]:
    ours, theirs = Recorder(), Recorder()
    listener = await listen("127.0.0.1", 0, server(**options), lambda: ours)
    await dial("127.0.0.1", listener.port, client(), theirs, server_name="localhost")
    await ours.open.wait()
    listener.close()
    return ours, theirs, listener.cut


@VERSIONS
@pytest.mark.parametrize("how", list(Ending))
@pytest.mark.parametrize("ender", ["server", "client"])
def test_both_sides_know_how_it_ended_and_by_whom(version: str, how: Ending, ender: str) -> None:
    async def scene() -> None:
        ours, theirs, _ = await pair_of_links(versions=[version])
        one, other = (ours, theirs) if ender == "server" else (theirs, ours)
        assert one.link is not None
        one.link.send(b"last words")
        if how is Ending.RESET:
            await other.read(10)  # a reset may overtake data on the wire
        one.link.close(how)
        assert one.end == (how.value, "us")
        await other.over.wait()
        assert other.end == (how.value, "peer")
        assert other.data == b"last words"

    run(scene())


def test_a_large_message_arrives_whole_and_both_ways() -> None:
    async def scene() -> None:
        ours, theirs, cut = await pair_of_links()
        message = bytes(range(256)) * 4096
        assert ours.link
        assert theirs.link
        ours.link.send(message)
        theirs.link.send(message)
        assert await theirs.read(len(message)) == message
        assert await ours.read(len(message)) == message
        cut()

    run(scene())


def test_a_paused_link_reads_nothing_until_it_is_resumed() -> None:
    async def scene() -> None:
        ours, theirs, cut = await pair_of_links()
        assert ours.link
        assert theirs.link
        ours.link.pause()
        theirs.link.send(b"x" * 10)
        ours.link.send(b"y")
        await theirs.read(1)
        assert ours.data == b""
        ours.link.resume()
        assert await ours.read(10) == b"x" * 10
        cut()

    run(scene())


@VERSIONS
def test_words_and_goodbye_that_come_with_the_end_of_the_handshake_are_not_lost(version: str) -> None:
    async def scene() -> None:
        recorder, turns = Recorder(), Turns()
        listener = await listen("127.0.0.1", 0, server(versions=[version]), lambda: recorder, turns=turns)
        with socket.create_connection(("127.0.0.1", listener.port)) as plug:
            plug.setblocking(False)
            last_flight = await greet(plug, client())
            for _ in range(100):  # the link's own step has to wait, so that all of this is there before it
                turns.add(lambda: None)
            plug.sendall(last_flight)
            plug.shutdown(socket.SHUT_WR)
            await recorder.over.wait()
        listener.close()
        assert recorder.data == (b"hello" if version == "TLSv1.3" else b"")
        assert recorder.end == ("fin", "peer")
        assert recorder.refusal is None

    run(scene())


async def greet(plug: socket.socket, context: ssl.SSLContext) -> bytes:
    """A client's handshake up to its last flight, which is returned unsent; with TLS 1.3 with words behind."""
    loop, incoming, outgoing = asyncio.get_running_loop(), ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    heard = False
    while True:
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            flight = outgoing.read()
            if flight and heard:
                return flight
            await loop.sock_sendall(plug, flight)
            incoming.write(await loop.sock_recv(plug, 65536))
            heard = True
        else:
            tls.write(b"hello")
            return outgoing.read()


def test_a_dial_may_be_given_up_at_any_moment() -> None:
    async def scene() -> None:
        wrong = list[Any]()
        asyncio.get_running_loop().set_exception_handler(lambda _, told: wrong.append(told))
        listener = await listen("127.0.0.1", 0, server(), Recorder)
        for turns in range(30):
            task = asyncio.create_task(dial("127.0.0.1", listener.port, client(), Recorder(), server_name="localhost"))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            for _ in range(5):
                await asyncio.sleep(0)
        del task
        gc.collect()  # a future that nobody asked complains when it goes
        listener.close()
        listener.cut()
        assert not wrong

    run(scene())
