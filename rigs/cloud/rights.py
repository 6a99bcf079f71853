"""What a device may do: the certificate decides, through the things that it is attached to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rigs.mqtt.reasons import Reason
from rigs.net.certs import fingerprint
from rigs.net.contract import Facts

THINGS = "$aws/things/"
# The service's own topics (jobs-protocol §1); publishing to them is refused with 0x90 (§6)
SERVICE_SPEAKS = frozenset({"accepted", "rejected", "notify", "notify-next"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A certificate that the registry knows, and the names of its things."""

    active: bool = True
    things: frozenset[str] = frozenset()


Registry = Callable[[str], Registration | None]  # by the certificate's SHA-256, None: unknown


class ThingRights:
    """A device may connect under any client id and use its own things' reserved topics and all ordinary ones.

    Who is who says `registry`; without one, the certificates that were registered here. An inactive or unknown
    certificate passes TLS if its authority is trusted, and is refused at CONNECT (evidence.md, Part 2 h).
    """

    def __init__(self, registry: Registry | None = None) -> None:
        self._registered: dict[str, Registration] = {}
        self._registry: Registry = registry or self._registered.get

    def __repr__(self) -> str:
        return f"<ThingRights {len(self._registered)} registered here>"

    def register(self, thing: str, certificate_pem: bytes | str, *, active: bool = True) -> None:
        """Attach a certificate to one thing more; raises ValueError when it is no PEM certificate."""
        name = fingerprint(certificate_pem)
        before = self._registered.get(name, Registration())
        self._registered[name] = Registration(active=active, things=before.things | {thing})

    def connect(self, identity: Facts, client_id: str) -> Reason:
        found = self._find(identity)
        return Reason.SUCCESS if found and found.active else Reason.NOT_AUTHORIZED

    def publish(self, identity: Facts, topic: str) -> Reason:
        verdict = self._own(identity, topic)
        levels = topic.split("/")
        service_speaks = topic.startswith(THINGS) and levels[3:4] == ["jobs"] and levels[-1] in SERVICE_SPEAKS
        return Reason.TOPIC_NAME_INVALID if verdict is Reason.SUCCESS and service_speaks else verdict

    def subscribe(self, identity: Facts, filter: str) -> Reason:
        return self._own(identity, filter)

    def _own(self, identity: Facts, text: str) -> Reason:
        """A reserved topic or filter must name a thing of the certificate; a wildcard there names others too."""
        if not text.startswith("$aws/"):
            return Reason.SUCCESS
        found = self._find(identity)
        name = text[len(THINGS) :].partition("/")[0] if text.startswith(THINGS) else ""
        return Reason.SUCCESS if found and found.active and name in found.things else Reason.NOT_AUTHORIZED

    def _find(self, identity: Facts) -> Registration | None:
        return self._registry(identity.certificate) if identity.certificate else None
