"""The cloud as the tap reaches it."""

from __future__ import annotations

from dataclasses import dataclass, field
from ssl import SSLContext

from rigs.net.tls import Handler, dial


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """Where the cloud is, and how the tap shows itself there: the context holds the certificate that it uses."""

    host: str
    port: int
    context: SSLContext = field(repr=False)
    server_name: str | None = None
    alpn: list[str] = field(default_factory=list)

    async def dial(self, handler: Handler) -> None:
        """Connect; raises OSError or Refused as `rigs.net.tls.dial` does."""
        await dial(self.host, self.port, self.context, handler, server_name=self.server_name, alpn=self.alpn)
