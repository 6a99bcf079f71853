"""The registry's tables, and the questions that are asked of them. Names and errors: botocore's model of `iot`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rigs.cloud.registry_rows import Attachment, Certificate, StoredPolicy, Target
from rigs.jobs.ledger import Group, Ledger, Thing
from rigs.jobs.refusals import ApiError
from rigs.jobs.table import Table

EXCLUSIVE, SHARED = "EXCLUSIVE_THING", "NON_EXCLUSIVE_THING"
A_PAGE = 25  # botocore, ListCertificates: the default page size


class Store:
    """Certificates, policies and attachments, on the ledger that knows the things and groups.

    `on_inactive` is called with the id of a certificate that is no longer ACTIVE.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.certificates = Table("certificate", Certificate)
        self.policies = Table("policy", StoredPolicy)
        self.attachments = Table("attachment", Attachment)
        self.on_inactive: Callable[[str], None] = lambda certificate: None

    def __repr__(self) -> str:
        return f"<Store {len(self.certificates)} certificates {len(self.policies)} policies>"

    @property
    def tables(self) -> tuple[Table[Any], ...]:
        """What a restart must bring back, beside the ledger's."""
        return self.certificates, self.policies, self.attachments

    @property
    def revision(self) -> int:
        """Another number whenever something has changed that rights depend on."""
        return sum(table.revision for table in (*self.tables, self.ledger.things, self.ledger.groups))

    def certificate(self, name: str) -> Certificate:
        """The certificate with this id; raises ApiError ResourceNotFoundException."""
        found = self.certificates.get(name.lower())
        if found is None:
            raise ApiError("ResourceNotFoundException", f"The certificate given does not exist ({name})")
        return found

    def policy(self, name: str) -> StoredPolicy:
        """The policy with this name; raises ApiError ResourceNotFoundException."""
        found = self.policies.get(name)
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Policy not found ({name})")
        return found

    def thing(self, name: str) -> Thing:
        """The thing with this name; raises ApiError ResourceNotFoundException."""
        found = self.ledger.things.get(name)
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Thing {name} was not found")
        return found

    def principal(self, text: str) -> Certificate:
        """The certificate that an ARN names; its region and account are not looked at.

        Raises ApiError; the words for what is no certificate are AWS's (https://github.com/aws/aws-cdk/issues/26166).
        """
        sort, name = _named(text)
        if sort != "cert":
            told = "The given ARN does not represent a cert"
            raise ApiError("InvalidRequestException", f"{told}: {text!r}; the local cloud has no other principals")
        return self.certificate(name)

    def target(self, text: str) -> Target:
        """The certificate or thing group that an ARN names; raises ApiError."""
        sort, name = _named(text)
        if sort == "cert":
            found = self.certificate(name).id
            return Target(sort="cert", name=found, id=found)
        if sort == "thinggroup":
            return self._group_target(name)
        raise ApiError("InvalidRequestException", f"{text!r} is no ARN of a certificate or thing group")

    def targets(self, policy: str) -> list[Target]:
        """What a policy is attached to."""
        return [one.target for one in self.attachments.values() if one.policy == policy and self._there(one.target)]

    def attached(self, target: Target) -> list[StoredPolicy]:
        """The policies that are attached to a target itself."""
        return [self.policies[one.policy] for one in self.attachments.values() if one.target == target]

    def inherited(self, target: Target) -> list[StoredPolicy]:
        """The policies of a target and of the groups above it, each once."""
        found = {one.name: one for one in self.attached(target)}
        for group in self._above(target.name) if target.sort == "thinggroup" else ():
            found.update({one.name: one for one in self.attached(_of_group(group))})
        return list(found.values())

    def effective(self, certificate: str, thing: Thing | None) -> list[StoredPolicy]:
        """The policies that count for a certificate: its own, and those of the thing's groups and of all above them.

        https://docs.aws.amazon.com/iot/latest/developerguide/iot-policies.html: a group's policy takes effect for a
        thing in it when the client id is the thing's name; so `thing` is the one that was found that way.
        """
        found = {one.name: one for one in self.attached(Target(sort="cert", name=certificate, id=certificate))}
        for group in self.ledger.groups.values():
            if thing is not None and thing.name in group.things:
                found.update({one.name: one for one in self.inherited(_of_group(group))})
        return list(found.values())

    def thing_of(self, certificate: str, client_id: str | None) -> Thing | None:
        """The thing that a connection stands for: the certificate's exclusive one, or the one named like the client.

        https://docs.aws.amazon.com/iot/latest/developerguide/thing-policy-variables.html
        """
        things = self.things_of(certificate)
        exclusive = [one for one in things if one.principals[certificate] == EXCLUSIVE]
        return next((one for one in things if one in exclusive or one.name == client_id), None)

    def things_of(self, certificate: str) -> list[Thing]:
        """The things that a certificate is attached to."""
        return [thing for thing in self.ledger.things.values() if certificate in thing.principals]

    def _group_target(self, name: str) -> Target:
        found = self.ledger.groups.get(name)
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Thing group {name} was not found")
        return _of_group(found)

    def _there(self, target: Target) -> bool:
        """Whether a target is still what it was: a group that was deleted and made anew has nothing attached."""
        if target.sort == "cert":
            return target.name in self.certificates
        group = self.ledger.groups.get(target.name)
        return group is not None and group.id == target.id

    def _above(self, name: str) -> Iterator[Group]:
        parent = self.ledger.groups[name].parent
        while parent is not None and parent in self.ledger.groups:
            yield self.ledger.groups[parent]
            parent = self.ledger.groups[parent].parent


def _of_group(group: Group) -> Target:
    return Target(sort="thinggroup", name=group.name, id=group.id)


def _named(arn: str) -> tuple[str, str]:
    """Sort and name in an ARN; two empty texts for what is none."""
    parts = arn.split(":", 5)
    sort, _, name = parts[-1].partition("/")
    return (sort, name) if len(parts) == 6 else ("", "")


def marked(key: str, items: list[Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """One page of an old list: pageSize items from marker on, with the next marker where there is more."""
    marker = str(params.get("marker", "0"))
    if not marker.isdigit():
        raise ApiError("InvalidRequestException", f"invalid marker {marker!r}")
    end = int(marker) + int(params.get("pageSize", A_PAGE))
    more = {"nextMarker": str(end)} if end < len(items) else {}
    return {key: items[int(marker) : end], **more}


def in_order(items: list[Any], params: Mapping[str, Any]) -> list[Any]:
    """The newest first, unless ascendingOrder asks for the oldest."""
    return items if params.get("ascendingOrder") else items[::-1]
