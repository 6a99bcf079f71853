"""One TLS connection, over ssl.MemoryBIO in an asyncio.Protocol of our own, for server and client alike.

asyncio's own TLS sends no alert when a handshake fails, does not say that it failed, and keeps 256 KiB a connection.
A device's TLS error path can only be tested against a server that answers as a cloud does.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from rigs.net.alerts import WatchedContext, alert_of, plain_alert
from rigs.net.certs import common_name
from rigs.net.contract import Ending, Facts, Handler, Role, Side
from rigs.net.hello import Hello, read_hello
from rigs.net.line import Line
from rigs.net.pace import Pace
from rigs.net.parting import Parting
from rigs.net.plug import acknowledge_quickly, reset
from rigs.net.records import SmallRecords
from rigs.net.turns import Turns
from rigs.net.words import digest, ended_by, why

READ = 65536
HANDSHAKE_WITHIN = 30.0  # seconds


class TlsLink(asyncio.Protocol):
    """One connection; all methods belong to the loop. After its end `send` and `close` do nothing.

    Before the handshake a server may `choose` its context otherwise than its listener says, and make `records` small.
    `pressure` is called when the peer takes less than is sent (True), and when that is over (False).
    """

    def __init__(self, handler: Handler, role: Role, turns: Turns, gone: Callable[[TlsLink], Any]) -> None:
        self.handler, self._role, self._turns, self._gone = handler, role, turns, gone
        self.choose = role.choose
        self.records: SmallRecords | None = None
        self.pressure: Callable[[bool], object] = bool  # nobody wants to know
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None
        self._context: ssl.SSLContext | None = None
        self._begun = b""
        self._state: Literal["handshake", "open", "over", "deaf"] = "handshake"
        self._waiting = self._ended = False
        self._parting = Parting()
        self._transport: Any = None
        self._timer: asyncio.TimerHandle | None = None
        self.facts = Facts()

    def __repr__(self) -> str:
        return f"<TlsLink {self.facts.peer} {self.facts.tls or 'no TLS'} {self._state}>"

    @property
    def alive(self) -> bool:
        """Whether the handshake is done and neither side has ended the connection."""
        return self._state == "open"

    @property
    def backlog(self) -> int:
        """Bytes that the peer has not taken yet."""
        return int(self._transport.get_write_buffer_size())

    def send(self, data: bytes) -> None:
        """Encrypt and write at once."""
        if self._state != "open" or self._tls is None:
            return
        if self.records is None:
            self._tls.write(data)
        else:
            for piece in self.records.pieces(data):
                self._tls.write(piece)
        self._transport.write(self._outgoing.read())

    def close(self, how: Ending = Ending.CLOSE_NOTIFY) -> None:
        """End the connection; the handler's `closed` (or `refused`) is called before this returns.

        A reset also cuts short the goodbye of a connection that is over already.
        """
        if self._state == "over":
            if how is Ending.RESET:
                self._reset()
            return
        if how is Ending.CLOSE_NOTIFY and self._state == "open" and self._tls is not None:
            with contextlib.suppress(ssl.SSLError):  # it wants the peer's goodbye too, which we do not wait for
                self._tls.unwrap()
        self._flush()
        self._end(how.value, "us")
        self._reset() if how is Ending.RESET else self._linger()

    def pause(self) -> None:
        """Read no more from the peer until `resume`."""
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def pace(self, incoming: Pace, outgoing: Pace) -> None:
        """From now on bytes travel so slowly, those of a handshake and the end of the connection too."""
        self._parting.lag = outgoing.delay.total_seconds()
        if isinstance(self._transport, Line):
            self._transport.set(incoming, outgoing)
        elif not (incoming.plain and outgoing.plain) and not self._transport.is_closing():
            self._transport = Line(self._transport, self, incoming, outgoing)

    def ignore(self) -> None:
        """Never answer the peer, and wait for it to give up; only before the handshake is done."""
        if self._state == "handshake":
            self._state = "deaf"
            self._stop_timer()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        host, port = (transport.get_extra_info("peername") or ("?", 0))[:2]
        self.facts = Facts(peer=f"{host}:{port}")
        late = f"no handshake within {HANDSHAKE_WITHIN:g} s"
        self._timer = asyncio.get_running_loop().call_later(HANDSHAKE_WITHIN, self._refuse, None, late)
        self._role.meet(self)
        if not self._role.server:
            self._begin(Hello())
            self._queue()

    def data_received(self, data: bytes) -> None:
        if self._state == "open":
            self._incoming.write(data)
            self._read()
        elif self._state == "handshake":
            self._incoming.write(data)
            if self._tls is not None or self._hello(data):
                self._queue()

    def pause_writing(self) -> None:
        self.pressure(True)

    def resume_writing(self) -> None:
        self.pressure(False)

    def eof_received(self) -> bool:
        self._ended = True
        if self._state == "handshake" and self._waiting:
            return True  # what came before it has not been looked at yet
        self._end("fin", "peer")
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._end(ended_by(error), "peer")
        self._stop_timer()
        self._gone(self)

    # the handshake

    def _hello(self, data: bytes) -> bool:
        """Read the ClientHello; whether OpenSSL may go on with it."""
        self._begun += data
        hello = read_hello(self._begun)
        if hello is None:
            return False
        self._begun = b""
        self.facts = replace(self.facts, sni=hello.sni, offered_alpn=list(hello.alpn))
        wanted = self._role.require_alpn
        if wanted and wanted not in hello.alpn:
            # OpenSSL would go on without ALPN (Python has no select callback); AWS does not, on 443
            self._transport.write(plain_alert("no_application_protocol"))
            self._refuse("no_application_protocol", f"ALPN {wanted} is required, offered: {list(hello.alpn)}")
            return False
        self._begin(hello)
        return True

    def _begin(self, hello: Hello) -> None:
        self._context = self.choose(hello)
        name = self._role.server_name
        self._tls = self._context.wrap_bio(self._incoming, self._outgoing, self._role.server, name)

    def _queue(self) -> None:
        if not self._waiting:
            self._waiting = True
            self._turns.add(self._step)

    def _step(self) -> None:
        self._waiting = False
        if self._state != "handshake" or self._tls is None:
            return
        if isinstance(self._context, WatchedContext):
            self._context.forget()
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            if self._role.server:
                acknowledge_quickly(self._transport)
            if self._ended:
                self._refuse(None, "the peer ended the connection in the handshake")
        except (ssl.SSLError, ssl.CertificateError) as bad:
            self._flush()
            self._keep_shown()
            self._refuse(alert_of(self._context, bad), why(bad))
        else:
            self._flush()
            self._open(self._tls)

    def _keep_shown(self) -> None:
        """The certificate that was refused: OpenSSL keeps it to itself, the watched context has seen it."""
        shown = self._context.certificate if isinstance(self._context, WatchedContext) else None
        if shown:
            self.facts = replace(self.facts, certificate=digest(shown), common_name=common_name(shown))

    def _open(self, tls: ssl.SSLObject) -> None:
        shown, cipher = tls.getpeercert(True), tls.cipher()
        self.facts = replace(
            self.facts,
            tls=tls.version(),
            cipher=cipher[0] if cipher else None,
            alpn=tls.selected_alpn_protocol(),
            certificate=digest(shown) if shown else None,
            common_name=common_name(shown) if shown else None,
        )
        wanted = self._role.require_alpn
        if wanted and self.facts.alpn != wanted:
            self._refuse(None, f"ALPN {wanted} is required, but the server's context chose {self.facts.alpn}")
            return
        self._state = "open"
        self._stop_timer()
        self.handler.opened(self, self.facts)
        self._read()
        if self._ended:
            self._end("fin", "peer")
            self._transport.close()

    # data

    def _read(self) -> None:
        """Hand on all that has come, then the peer's goodbye if it came too."""
        tls, chunks, goodbye = self._tls, [], ""
        try:
            while tls is not None and self._state == "open" and self._incoming.pending and not goodbye:
                chunk = tls.read(READ)
                chunks.append(chunk)
                goodbye = "" if chunk else Ending.CLOSE_NOTIFY.value
        except ssl.SSLWantReadError:
            goodbye = ""
        except ssl.SSLError as bad:
            goodbye = f"alert {alert_of(self._context, bad) or why(bad)}"
        self._flush()
        data = b"".join(chunks)
        if data and self._state == "open":
            self.handler.received(data)
        if goodbye and self._state == "open":
            self._answer_goodbye(goodbye)

    def _answer_goodbye(self, goodbye: str) -> None:
        """The peer has said goodbye: answer it and end."""
        self._end(goodbye, "peer")
        if self._tls is not None and goodbye == Ending.CLOSE_NOTIFY.value:
            with contextlib.suppress(ssl.SSLError):
                self._tls.unwrap()
        self._flush()
        self._linger()

    def _flush(self) -> None:
        if self._outgoing.pending and not self._transport.is_closing():
            data = self._outgoing.read()
            self._transport.write(data if self.records is None else self.records.cut(data))

    # the end

    def _refuse(self, alert: str | None, reason: str) -> None:
        if self._state == "handshake":
            self._state = "over"
            self.handler.refused(self.facts, alert, reason)
            self._linger()

    def _end(self, reason: str, by: Side) -> None:
        """Tell the handler, once."""
        state, self._state = self._state, "over"
        if state == "open":
            self.handler.closed(reason, by)
        elif state in ("handshake", "deaf"):
            self.handler.refused(self.facts, None, f"ended in the handshake by {by}: {reason}")

    def _linger(self) -> None:
        self._stop_timer()
        self._parting.linger(self._transport, self._ended)

    def _reset(self) -> None:
        self._stop_timer()
        reset(self._transport)

    def _stop_timer(self) -> None:
        self._parting.stop()
        if self._timer:
            self._timer.cancel()
