"""`jobrig ca FOLDER`: an authority, a server pair and a device pair, for boards that have no certificates yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rigs.errors import UsageFault
from rigs.net.certs import Authority


def make(folder: Path, *, thing: str = "", host: Sequence[str] = (), ip: Sequence[str] = (), ec: bool = False) -> str:
    """Write ca, server and (with `thing`) device pairs into a folder; returns what was written and what to do with it.

    An authority that is there already is used again. Raises UsageFault for an address that is none.
    """
    authority = Authority.open(folder, ec=ec)
    hosts, ips = tuple(host) or ("localhost",), tuple(ip) or ("127.0.0.1",)
    try:
        pair = authority.issue(hosts[0], dns=hosts, ips=ips, ec=ec)
    except ValueError as error:
        raise UsageFault(f"--host {' '.join(hosts)} --ip {' '.join(ips)}: {error}") from error
    certificate, key = pair.write(folder, "server")
    lines = [
        f"{folder / 'ca.crt'}  goes into the device's firmware as the CA that it trusts",
        f"{certificate}, {key}  are the tap's: names {', '.join((*hosts, *ips))}",
    ]
    if thing:
        certificate, key = authority.issue(thing, ec=ec, client=True).write(folder, thing)
        lines.append(f"{certificate}, {key}  are the device's: thing {thing}")
    return "\n".join([*lines, "valid 2000 to 2037, so a board without a clock takes them"])
