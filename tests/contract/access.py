"""How a client gets at a cloud: address, trust and certificate; the TLS is the stdlib's own."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


class Missing(AssertionError):
    """Something that a play expects did not come."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """`ca` None: the machine's own trust. `prefix` begins every client id, so that a policy can name them.
    `https_port` takes a device's requests without a signature; None: there is no such port."""

    host: str
    port: int
    ca: Path | None
    certificate: Path
    key: Path
    prefix: str
    https_port: int | None = None

    @cached_property
    def context(self) -> ssl.SSLContext:
        """A client's context with the certificate."""
        made = ssl.create_default_context(cafile=None if self.ca is None else str(self.ca))
        made.load_cert_chain(str(self.certificate), str(self.key))
        return made

    def fetch(self, method: str, path: str, body: Any, *, within: float) -> tuple[int, str | None, Any]:
        """One HTTPS request with the certificate: status, error's name, and the JSON that came."""
        assert self.https_port is not None
        line = http.client.HTTPSConnection(self.host, self.https_port, context=self.context, timeout=within)
        try:
            line.request(method, path, None if body is None else json.dumps(body))
            answer = line.getresponse()
            name = answer.getheader("x-amzn-ErrorType")
            return answer.status, None if name is None else name.partition(":")[0], json.loads(answer.read())
        finally:
            line.close()
