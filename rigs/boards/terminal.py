"""The board's ends of its console line and of the link to its SSH server."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial

from rigs.boards.reactor import Action, Outbox, Reactor

PROMPT = b"board> "
CLEAR = b"\r\x1b[K"
KEPT_UNREAD = 1 << 16
Reply = Callable[[str], None]
Run = Callable[[str, Reply], None]


class Terminal:
    """A serial console with a prompt, which is taken away and shown again around what the board says by itself.

    A plain line is a command: it is echoed, answered, and the prompt comes again. A line `@7 COMMAND` is not echoed;
    its answer stands between the lines `@7 begin` and `@7 end`, with nothing in between that is not of it.
    """

    def __init__(self, reactor: Reactor, fd: int, run: Run) -> None:
        self._fd, self._run = fd, run
        self._typed = b""
        self._echoed = 0
        self._after_return = False
        self._prompting = False
        self.out = Outbox(reactor, fd, self._readable)
        self.out.write(CLEAR)  # over what a board that lost its power has left on the line

    def prompt(self) -> None:
        """The board waits for commands."""
        self._prompting = True
        self.out.write(PROMPT)

    def say(self, line: bytes) -> None:
        """Show a line that nobody asked for; it is dropped when nobody has read the last 64 KiB, as a UART would."""
        if len(self.out) < KEPT_UNREAD:
            self._show([line])

    def _show(self, lines: list[bytes]) -> None:
        block = b"".join(line + b"\r\n" for line in lines)
        typed = b"" if self._typed.startswith(b"@") else self._typed
        self.out.write(CLEAR + block + PROMPT + typed if self._prompting else block)

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, 1 << 16)
        except BlockingIOError:
            return
        except OSError:
            # The line has no other end any more; the lease ends the board, if it is for that.
            self.out.close()
            return
        if self._after_return and data.startswith(b"\n"):
            data = data[1:]
        self._after_return = data.endswith(b"\r")
        *lines, rest = (self._typed + data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")).split(b"\n")
        for line in lines:
            self._typed = b""
            self._enter(line)
        self._typed = rest
        self._echo(rest)

    def _echo(self, text: bytes, end: bytes = b"") -> None:
        if not text.startswith(b"@"):
            self.out.write(text[self._echoed :] + end)
            self._echoed = 0 if end else len(text)

    def _enter(self, line: bytes) -> None:
        if line.startswith(b"@"):
            number, _, command = line.decode("utf-8", "replace").partition(" ")
            self._run(command, partial(self._answer_marked, number))
            return
        self._echo(line, end=b"\r\n")
        self._prompting = False
        if line.strip():
            self._run(line.decode("utf-8", "replace"), self._answer)
        else:
            self.prompt()

    def _answer(self, text: str) -> None:
        self._show(_lines(text))
        self.prompt()

    def _answer_marked(self, number: str, text: str) -> None:
        self._show([f"{number} begin".encode(), *_lines(text), f"{number} end".encode()])


def _lines(text: str) -> list[bytes]:
    return [line.encode("utf-8", "surrogateescape") for line in text.removesuffix("\n").split("\n")] if text else []


class Channel:
    """The link to the SSH server: one JSON object a line.

    In: {"id", "command"}. Out: {"id", "text"} for each, {"line"} for what the board says, {"end"} before it reboots.
    """

    def __init__(self, reactor: Reactor, fd: int, run: Run, closed: Action) -> None:
        self._fd, self._run, self._closed = fd, run, closed
        self._rest = b""
        self._out = Outbox(reactor, fd, self._readable)

    def say(self, line: bytes) -> None:
        """Pass on a line of the console."""
        self._send({"line": line.decode("utf-8", "replace")})

    def end(self) -> None:
        """Ask the server to close its connections and go."""
        self._send({"end": True})

    def _send(self, message: dict[str, object]) -> None:
        self._out.write(json.dumps(message).encode() + b"\n")

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, 1 << 16)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""
        if not data:
            self._out.close()
            self._closed()
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            self._run(message["command"], partial(self._answer, message["id"]))

    def _answer(self, number: int, text: str) -> None:
        self._send({"id": number, "text": text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")})
