"""The virtual board's SSH server: `python -m rigs.boards.sshd SETTINGS`, started by the firmware.

A process of its own, so that the board does not boot more slowly because of it. Commands go over an inherited socket
to the firmware (rigs.boards.terminal.Channel), which answers them as on its console. `follow` prints what the console
says, from the last line on that no follower was given; without a command there is a shell.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections import deque
from typing import Any

import asyncssh

PROMPT = "board> "
KEPT_LINES = 5000
Process = asyncssh.SSHServerProcess[str]


class Firmware:
    """The other end of the firmware's channel."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._asked: dict[int, asyncio.Future[str]] = {}
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._more = asyncio.Condition()

    async def ask(self, command: str) -> str:
        """What the command prints."""
        number = len(self._asked)
        self._asked[number] = asyncio.get_running_loop().create_future()
        self._writer.write(json.dumps({"id": number, "command": command}).encode() + b"\n")
        return await self._asked[number]

    async def next_line(self) -> str:
        """A line of the console; each goes to one follower."""
        async with self._more:
            await self._more.wait_for(lambda: self._lines)
            return self._lines.popleft()

    async def serve(self) -> None:
        """Pass on what the firmware says, until it says that this is the end, or is gone."""
        while line := await self._reader.readline():
            message: dict[str, Any] = json.loads(line)
            if "end" in message:
                return
            if "id" in message:
                self._asked[message["id"]].set_result(message["text"])
            else:
                async with self._more:
                    self._lines.append(message["line"])
                    self._more.notify_all()


class Server(asyncssh.SSHServer):
    """Remembers its connections, so that they can be closed in order."""

    def __init__(self, connections: set[asyncssh.SSHServerConnection]) -> None:
        self._connections = connections

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """One more."""
        self._connections.add(conn)


async def session(firmware: Firmware, process: Process) -> None:
    """One command, or a shell."""
    try:
        match process.command:
            case None:
                await _shell(firmware, process)
            case "follow":
                while True:
                    process.stdout.write(await firmware.next_line() + "\n")
            case command:
                text = await firmware.ask(command)
                process.stdout.write(text if not text or text.endswith("\n") else text + "\n")
                process.exit(1 if text.startswith("error: ") else 0)
    except (BrokenPipeError, asyncssh.ConnectionLost):
        process.close()


async def _shell(firmware: Firmware, process: Process) -> None:
    process.stdout.write(PROMPT)
    async for line in process.stdin:
        if line.strip() == "exit":
            break
        text = await firmware.ask(line.strip()) if line.strip() else ""
        process.stdout.write(text.removesuffix("\n") + "\n" * bool(text) + PROMPT)
    process.exit(0)


def _listener(port: int) -> socket.socket:
    """Listens on the port that the rig keeps reserved with a bound socket of its own."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", port))
    return listener


async def main(settings: dict[str, Any]) -> None:
    """Serve until the firmware ends it."""
    link = socket.socket(fileno=settings["link"])
    firmware = Firmware(*await asyncio.open_connection(sock=link, limit=1 << 24))
    connections: set[asyncssh.SSHServerConnection] = set()
    server = await asyncssh.listen(
        sock=_listener(int(settings["port"])),
        server_factory=lambda: Server(connections),
        server_host_keys=[settings["host_key"]],
        authorized_client_keys=settings["authorized_keys"],
        process_factory=lambda process: session(firmware, process),
        gss_host=None,
    )
    await firmware.serve()
    server.close()
    for connection in connections:
        connection.close()
    await asyncio.gather(*(connection.wait_closed() for connection in connections))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
