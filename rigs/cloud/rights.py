"""What a device may do: its certificate decides, by the things that it was issued for or by its policies."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from rigs.cloud.policies import Context, Policy, allowed, parse
from rigs.cloud.registry_context import of_certificate, of_connection
from rigs.cloud.registry_rows import Certificate
from rigs.cloud.registry_store import Store
from rigs.mqtt.reasons import Reason
from rigs.net.contract import Facts

THINGS = "$aws/things/"
BASIC_INGEST = "$aws/rules/"  # telemetry past the broker: many devices have it beside their jobs (iot-basic-ingest)
# The service's own topics (jobs-protocol §1); publishing to them is refused with 0x90 (§6)
SERVICE_SPEAKS = frozenset({"accepted", "rejected", "notify", "notify-next"})
MOST_VERDICTS = 10_000  # that are remembered; topics may be new each time


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A certificate that the registry knows, and the names of its things."""

    active: bool = True
    things: frozenset[str] = frozenset()


# What one request tells of itself, beside its action and resource: values by condition keys.
Asked: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
Registry = Callable[[str], Registration | None]  # by the certificate's SHA-256, None: unknown


def nobody(certificate: str) -> None:
    """A registry without certificates."""


class ThingRights:
    """Any client id, the own things' reserved topics, and all ordinary topics, Basic Ingest among them.

    Who is who says `registry`. An inactive or unknown certificate passes TLS if its authority is trusted, and is
    refused at CONNECT (evidence.md, Part 2 h).
    """

    def __init__(self, registry: Registry | None = None) -> None:
        self._registry: Registry = registry or nobody

    def __repr__(self) -> str:
        return f"<ThingRights by {self._registry!r}>"

    def connect(self, identity: Facts, client_id: str, attributes: Sequence[str] = ()) -> Reason:
        found = self._find(identity)
        return Reason.SUCCESS if found and found.active else Reason.NOT_AUTHORIZED

    def publish(self, identity: Facts, topic: str) -> Reason:
        return _unless_spoken_for(topic, self._own(identity, topic))

    def subscribe(self, identity: Facts, filter: str) -> Reason:
        return self._own(identity, filter)

    def retain(self, identity: Facts, topic: str) -> Reason:
        return Reason.SUCCESS

    def receive(self, identity: Facts, topic: str) -> bool:
        return self._own(identity, topic) is Reason.SUCCESS

    def may(self, identity: Facts, thing: str) -> bool:
        """Whether it is one of the device's own things."""
        found = self._find(identity)
        return found is not None and found.active and thing in found.things

    def _own(self, identity: Facts, text: str) -> Reason:
        """A reserved topic or filter must name a thing of the certificate; a wildcard there names others too."""
        if not text.startswith("$aws/") or text.startswith(BASIC_INGEST):
            return Reason.SUCCESS
        name = text[len(THINGS) :].partition("/")[0] if text.startswith(THINGS) else ""
        return Reason.SUCCESS if self.may(identity, name) else Reason.NOT_AUTHORIZED

    def _find(self, identity: Facts) -> Registration | None:
        return self._registry(identity.certificate) if identity.certificate else None


class RegistryRights:
    """The rights of whoever shows a certificate of the registry.

    One that the cloud issued or registered for things itself has ThingRights until a policy is attached to it; all
    others have what their policies allow, and nothing without. Changes take effect at once (on AWS it takes 6 to 8
    minutes: iot-policies).
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._things = ThingRights(self._registration)
        self._clients: dict[int, tuple[weakref.ref[Facts], str]] = {}
        self._verdicts: dict[tuple[str, str | None, str, str, Asked], bool] = {}
        self._policies: dict[tuple[str, str], tuple[list[Policy], Context]] = {}
        self._bare: dict[str, bool] = {}
        self._revision = -1

    def __repr__(self) -> str:
        return f"<RegistryRights {self._store!r} {len(self._clients)} clients>"

    def connect(self, identity: Facts, client_id: str, attributes: Sequence[str] = ()) -> Reason:
        """iot:Connect under this client id, which counts for the connection from then on."""
        row = self._row(identity)
        if row is None or not row.active:
            return Reason.NOT_AUTHORIZED
        asked: Asked = (("iot:ConnectAttributes", tuple(attributes)),)
        if not self._issued(row) and not self._allowed(row, client_id, "iot:Connect", f"client/{client_id}", asked):
            return Reason.NOT_AUTHORIZED
        place, clients = id(identity), self._clients
        clients[place] = (weakref.ref(identity, lambda _: clients.pop(place, None)), client_id)
        return Reason.SUCCESS

    def publish(self, identity: Facts, topic: str) -> Reason:
        """iot:Publish; nobody may publish what only the service says."""
        row = self._row(identity)
        if row is not None and self._issued(row):
            return self._things.publish(identity, topic)
        return _unless_spoken_for(topic, self._ask(identity, "iot:Publish", f"topic/{topic}"))

    def subscribe(self, identity: Facts, filter: str) -> Reason:
        """iot:Subscribe; `+` and `#` of the filter are ordinary characters to a policy."""
        row = self._row(identity)
        if row is not None and self._issued(row):
            return self._things.subscribe(identity, filter)
        return self._ask(identity, "iot:Subscribe", f"topicfilter/{filter}")

    def receive(self, identity: Facts, topic: str) -> bool:
        """iot:Receive, asked at each delivery (iot-policy-actions)."""
        row = self._row(identity)
        if row is not None and self._issued(row):
            return self._things.receive(identity, topic)
        return self._ask(identity, "iot:Receive", f"topic/{topic}") is Reason.SUCCESS

    def retain(self, identity: Facts, topic: str) -> Reason:
        """iot:RetainPublish, needed beside iot:Publish for a message with RETAIN (iot-policy-actions)."""
        row = self._row(identity)
        if row is not None and self._issued(row):
            return self._things.retain(identity, topic)
        return self._ask(identity, "iot:RetainPublish", f"topic/{topic}")

    def may(self, identity: Facts, action: str, thing: str, job: str | None = None) -> bool:
        """Whether the HTTPS data plane plays `action` (`iotjobsdata:UpdateJobExecution`) on a thing (§7).

        Policies of a group count when the certificate is attached to the thing and the thing is in the group.
        """
        row = self._row(identity)
        if row is None or not row.active:
            return False
        if self._issued(row):
            return self._things.may(identity, thing)
        asked: Asked = () if job is None else (("iot:JobId", (job,)),)
        return self._allowed(row, None, action, f"thing/{thing}", asked)

    def thing_of(self, identity: Facts) -> str | None:
        """The name of the thing that a connection stands for, if there is one."""
        row = self._row(identity)
        if row is None:
            return None
        client = self._client(identity)
        found = self._store.thing_of(row.id, client)
        if found is not None:
            return found.name
        return next((name for name in row.own if name == client or len(row.own) == 1), None)

    def _ask(self, identity: Facts, action: str, resource: str) -> Reason:
        row = self._row(identity)
        good = row is not None and row.active and self._allowed(row, self._client(identity), action, resource)
        return Reason.SUCCESS if good else Reason.NOT_AUTHORIZED

    def _allowed(self, row: Certificate, client_id: str | None, action: str, resource: str, asked: Asked = ()) -> bool:
        """The policies' verdict; remembered until something changes in the registry."""
        self._forget_what_changed()
        key = (row.id, client_id, action, resource, asked)
        if key not in self._verdicts:
            self._verdicts[key] = self._judge(row, client_id, action, resource, asked)
        return self._verdicts[key]

    def _issued(self, row: Certificate) -> bool:
        """Whether the cloud made the certificate for a thing, and nobody has attached a policy to it."""
        if not row.own:
            return False
        self._forget_what_changed()
        if row.id not in self._bare:
            self._bare[row.id] = not self._store.effective(row.id, None)
        return self._bare[row.id]

    def _forget_what_changed(self) -> None:
        revision = self._store.revision
        if revision != self._revision or len(self._verdicts) >= MOST_VERDICTS:
            self._verdicts, self._policies, self._bare, self._revision = {}, {}, {}, revision

    def _judge(self, row: Certificate, client_id: str | None, action: str, resource: str, asked: Asked) -> bool:
        name = client_id if client_id is not None else resource.removeprefix("thing/")
        thing = self._store.thing_of(row.id, name)
        place = (row.id, "" if thing is None else thing.name)
        if place not in self._policies:
            documents = [parse(one.document) for one in self._store.effective(row.id, thing)]
            self._policies[place] = documents, of_certificate(row.id, row.pem)
        policies, known = self._policies[place]
        context = {**known, **of_connection(client_id, thing), **dict(asked)}
        return allowed(policies, action, resource, context)

    def _row(self, identity: Facts) -> Certificate | None:
        return self._store.certificates.get(identity.certificate or "")

    def _client(self, identity: Facts) -> str | None:
        found = self._clients.get(id(identity))
        return None if found is None else found[1]

    def _registration(self, certificate: str) -> Registration | None:
        row = self._store.certificates.get(certificate)
        return None if row is None else Registration(active=row.active, things=frozenset(row.own))


def _unless_spoken_for(topic: str, verdict: Reason) -> Reason:
    levels = topic.split("/")
    service_speaks = topic.startswith(THINGS) and levels[3:4] == ["jobs"] and levels[-1] in SERVICE_SPEAKS
    return Reason.TOPIC_NAME_INVALID if verdict is Reason.SUCCESS and service_speaks else verdict
