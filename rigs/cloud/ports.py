"""Whether the ports that were asked for can be had, said in words before anything is begun."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from contextlib import ExitStack

from rigs.errors import UsageFault

HIGHEST = 65535


def check(host: str, ports: Mapping[str, int | None]) -> None:
    """Raises UsageFault that names the first option whose port cannot be listened on, and what to do.

    0 takes a free port and None none: neither is looked at.
    """
    with ExitStack() as held:  # all are held until all are found free: two options may name one port
        for option, port in ports.items():
            if port and not 0 < port <= HIGHEST:
                raise UsageFault(f"{option} {port}: a port is a number from 0 (any free one) to {HIGHEST}")
            if port:
                _bind(held, host, option, port)


def _bind(held: ExitStack, host: str, option: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError) as wrong:
        raise UsageFault(f"--host {host}: no address of this machine: {wrong}") from wrong
    plug = held.enter_context(socket.socket(family, kind, protocol))
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        plug.bind(address)
        plug.listen()
    except OSError as wrong:
        raise UsageFault(_told(host, option, port, wrong)) from wrong


def _told(host: str, option: str, port: int, wrong: OSError) -> str:
    what = f"{option} {port} on {host}"
    if wrong.errno == errno.EADDRINUSE:
        return f"{what}: the port is taken; end the program that listens there, or choose another (0 takes a free one)"
    if wrong.errno in (errno.EACCES, errno.EPERM):
        text = "take one from 1024 on, or let the process have the capability CAP_NET_BIND_SERVICE"
        return f"{what}: listening there needs rights that this process has not; {text}"
    if wrong.errno == errno.EADDRNOTAVAIL:
        return f"{what}: this machine has no such address; see --host"
    return f"{what}: cannot listen there: {wrong.strerror}"
