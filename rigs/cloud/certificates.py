"""The local cloud's CA, server certificate and registry of devices' certificates, kept in a folder."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path

from rigs.cloud.endpoint import ALPN
from rigs.cloud.rights import ThingRights
from rigs.net.certs import Authority, Pair
from rigs.net.hello import Hello
from rigs.net.policy import server_context


class Certificates:
    """Made once per folder; the server's is made for the host that it listens on."""

    def __init__(self, folder: Path, host: str) -> None:
        self.ca_file = folder / "ca.crt"
        self.rights = ThingRights()
        self._folder = folder
        self._authority = Authority.open(folder, "jobrig local cloud CA")
        self._server = self._server_pair(host)
        self._registered: list[bytes] = []
        self._context = self._new_context()

    def __repr__(self) -> str:
        return f"<Certificates {self._folder} {len(self._registered)} registered>"

    def context(self, hello: Hello) -> ssl.SSLContext:
        """The server's present context, whatever a client asks for."""
        return self._context

    def issue_device(self, thing: str) -> tuple[Path, Path]:
        """Make and register a certificate for a thing, or find the one made before: certificate file, key file."""
        folder = self._folder / "devices"
        certificate, key = folder / f"{thing}.crt", folder / f"{thing}.key"
        if not certificate.exists() or not key.exists():
            self._authority.issue(thing, client=True).write(folder, thing)
        self.register(thing, certificate.read_bytes())
        return certificate, key

    def register(self, thing: str, certificate_pem: bytes | str) -> None:
        """Let the holder of this certificate be the thing; raises ValueError when it is no PEM certificate."""
        pem = certificate_pem.encode() if isinstance(certificate_pem, str) else certificate_pem
        self.rights.register(thing, pem)
        if pem not in self._registered:
            self._registered.append(pem)
            self._context = self._new_context()

    def _server_pair(self, host: str) -> Pair:
        name = f"server-{host}"
        certificate, key = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        if not certificate.exists() or not key.exists():
            dns, ips = _names(host)
            self._authority.issue("jobrig local cloud", dns=dns, ips=ips).write(self._folder, name)
        return Pair(certificate_pem=certificate.read_bytes(), key_pem=key.read_bytes())

    def _new_context(self) -> ssl.SSLContext:
        """A context of AWS's TLS policy that takes our own CA's certificates and the registered ones."""
        ours = self._authority.certificate_pem
        return server_context(self._server, client_ca=ours, registered=self._registered, alpn=[ALPN])


def _names(host: str) -> tuple[list[str], list[str]]:
    """DNS names and IP addresses of a server that listens on `host`."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return sorted({host, "localhost"}), ["127.0.0.1"]
    return ["localhost"], sorted({host, "127.0.0.1"})
