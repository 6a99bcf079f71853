"""The local cloud's CA, server certificate and devices' certificates, kept in a folder; the registry knows them."""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
from collections.abc import Sequence
from pathlib import Path

from rigs.cloud.endpoint import ALPN
from rigs.cloud.registry import Registry
from rigs.cloud.rights import RegistryRights
from rigs.jobs.ledger import Ledger
from rigs.net.certs import Authority, Pair
from rigs.net.hello import Hello
from rigs.net.policy import server_context


class Certificates:
    """Made once per folder; the server's is made for the host that it listens on.

    `registry` and `rights` work on `ledger`; what TLS trusts follows the registry. `names` are further DNS names and
    addresses of the server.
    """

    def __init__(self, folder: Path, host: str, ledger: Ledger, names: Sequence[str] = ()) -> None:
        self.ca_file = folder / "ca.crt"
        self._folder = folder
        self._authority = Authority.open(folder, "jobrig local cloud CA")
        self.registry = Registry(ledger, self._authority)
        self.rights = RegistryRights(self.registry.store)
        self._server = self._server_pair([host, *names])
        self._trusted: list[bytes] = []
        self._context = self._new_context()

    def __repr__(self) -> str:
        return f"<Certificates {self._folder} {len(self.registry.store.certificates)} registered>"

    def context(self, hello: Hello) -> ssl.SSLContext:
        """The server's present context, whatever a client asks for."""
        trusted = self.registry.foreign()
        if trusted != self._trusted:
            self._trusted = trusted
            self._context = self._new_context()
        return self._context

    def issue_device(self, thing: str, place: str = "devices") -> tuple[Path, Path]:
        """Make a certificate for a thing, or find the one made before: certificate file, key file.

        Takes time; `register` it where the registry lives.
        """
        folder = self._folder / place
        certificate, key = folder / f"{thing}.crt", folder / f"{thing}.key"
        if not certificate.exists() or not key.exists():
            self._authority.issue(thing, client=True).write(folder, thing)
        return certificate, key

    def _server_pair(self, names: list[str]) -> Pair:
        rest = " ".join(names[1:])  # other names need another certificate
        name = f"server-{names[0]}" + (f"-{hashlib.sha256(rest.encode()).hexdigest()[:8]}" if rest else "")
        certificate, key = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        if not certificate.exists() or not key.exists():
            dns, ips = _names(names)
            self._authority.issue("jobrig local cloud", dns=dns, ips=ips).write(self._folder, name)
        return Pair(certificate_pem=certificate.read_bytes(), key_pem=key.read_bytes())

    def _new_context(self) -> ssl.SSLContext:
        """A context of AWS's TLS policy that takes our own CA's certificates and the registered ones."""
        ours = self._authority.certificate_pem
        return server_context(self._server, client_ca=ours, registered=self._trusted, alpn=[ALPN])


def _names(given: list[str]) -> tuple[list[str], list[str]]:
    """DNS names and IP addresses of a server that is reached by these, and from its own machine."""
    ips = {name for name in given if _is_ip(name)}
    return sorted({*given} - ips | {"localhost"}), sorted(ips | {"127.0.0.1"})


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
