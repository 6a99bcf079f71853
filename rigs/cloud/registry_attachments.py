"""What belongs to what, by boto3: policies to certificates and thing groups, certificates to things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rigs.cloud.registry_rows import Attachment, StoredPolicy, Target
from rigs.cloud.registry_store import EXCLUSIVE, SHARED, Store, in_order, marked
from rigs.jobs.api import Answer, Call, Params
from rigs.jobs.names import arn, page
from rigs.jobs.refusals import ApiError

# For a certificate; "Maximum number of policies that can be attached to a certificate" in
# https://github.com/awsdocs/aws-iot-docs, limits-iot.md. None is known for a thing group.
MOST_POLICIES = 10


class AttachmentCalls:
    """Operations that attach, detach and list; attaching and detaching twice is as good as once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.by_name: Mapping[str, Call] = {
            "AttachPolicy": self.attach_policy,
            "DetachPolicy": self.detach_policy,
            "ListAttachedPolicies": self.list_attached_policies,
            "ListTargetsForPolicy": self.list_targets_for_policy,
            "AttachPrincipalPolicy": self.attach_principal_policy,
            "DetachPrincipalPolicy": self.detach_principal_policy,
            "ListPrincipalPolicies": self.list_principal_policies,
            "ListPolicyPrincipals": self.list_policy_principals,
            "AttachThingPrincipal": self.attach_thing_principal,
            "DetachThingPrincipal": self.detach_thing_principal,
            "ListThingPrincipals": self.list_thing_principals,
            "ListThingPrincipalsV2": self.list_thing_principals_v2,
            "ListPrincipalThings": self.list_principal_things,
            "ListPrincipalThingsV2": self.list_principal_things_v2,
        }

    def __repr__(self) -> str:
        return f"<AttachmentCalls on {self._store!r}>"

    def attach_policy(self, params: Params, now: float) -> Answer:
        """To a certificate or a thing group."""
        self._attach(self._store.policy(params["policyName"]), self._store.target(params["target"]))
        return {}, []

    def detach_policy(self, params: Params, now: float) -> Answer:
        """From a certificate or a thing group; the model knows no error for what is not attached."""
        self._store.attachments.drop(f"{params['policyName']}/{self._store.target(params['target']).key}")
        return {}, []

    def list_attached_policies(self, params: Params, now: float) -> Answer:
        """Of a certificate or a thing group; `recursive` adds those of the groups above."""
        target = self._store.target(params["target"])
        found = self._store.inherited(target) if params.get("recursive") else self._store.attached(target)
        return marked("policies", [_shown(one) for one in found], params), []

    def list_targets_for_policy(self, params: Params, now: float) -> Answer:
        """The ARNs of what a policy is attached to."""
        targets = self._store.targets(self._store.policy(params["policyName"]).name)
        return marked("targets", [one.arn for one in targets], params), []

    def attach_principal_policy(self, params: Params, now: float) -> Answer:
        """The old way, for certificates."""
        self._attach(self._store.policy(params["policyName"]), self._principal(params))
        return {}, []

    def detach_principal_policy(self, params: Params, now: float) -> Answer:
        """The old way; the policy must exist."""
        policy = self._store.policy(params["policyName"])
        self._store.attachments.drop(f"{policy.name}/{self._principal(params).key}")
        return {}, []

    def list_principal_policies(self, params: Params, now: float) -> Answer:
        """The old way, for certificates."""
        found = [_shown(one) for one in self._store.attached(self._principal(params))]
        return marked("policies", in_order(found, params), params), []

    def list_policy_principals(self, params: Params, now: float) -> Answer:
        """The old way: the certificates that a policy is attached to."""
        targets = self._store.targets(self._store.policy(params["policyName"]).name)
        found = [one.arn for one in targets if one.sort == "cert"]
        return marked("principals", in_order(found, params), params), []

    def attach_thing_principal(self, params: Params, now: float) -> Answer:
        """A certificate to a thing; EXCLUSIVE_THING: to no other.

        https://docs.aws.amazon.com/iot/latest/developerguide/exclusive-thing.html
        """
        thing, principal = self._store.thing(params["thingName"]), self._store.principal(params["principal"])
        wanted = params.get("thingPrincipalType", SHARED)
        others = [one for one in self._store.things_of(principal.id) if one.name != thing.name]
        taken = [one.name for one in others if wanted == EXCLUSIVE or one.principals[principal.id] == EXCLUSIVE]
        if taken:
            text = f"Principal {principal.arn} is attached to {', '.join(taken)}; an exclusive one has one thing only"
            raise ApiError("InvalidRequestException", text)
        changed = replace(thing, principals={**thing.principals, principal.id: wanted})
        self._store.ledger.things.put(thing.name, changed)
        return {}, []

    def detach_thing_principal(self, params: Params, now: float) -> Answer:
        """A certificate from a thing, at once (AWS takes some seconds)."""
        thing, principal = self._store.thing(params["thingName"]), self._store.principal(params["principal"])
        left = {name: sort for name, sort in thing.principals.items() if name != principal.id}
        self._store.ledger.things.put(thing.name, replace(thing, principals=left))
        return {}, []

    def list_thing_principals(self, params: Params, now: float) -> Answer:
        """The ARNs of a thing's certificates."""
        found = [arn("cert", name) for name in self._store.thing(params["thingName"]).principals]
        return page("principals", found, params), []

    def list_thing_principals_v2(self, params: Params, now: float) -> Answer:
        """The ARNs of a thing's certificates, with the type of the relation."""
        found = [
            {"principal": arn("cert", name), "thingPrincipalType": sort}
            for name, sort in self._store.thing(params["thingName"]).principals.items()
            if params.get("thingPrincipalType", sort) == sort
        ]
        return page("thingPrincipalObjects", found, params), []

    def list_principal_things(self, params: Params, now: float) -> Answer:
        """The names of a certificate's things."""
        found = self._store.things_of(self._store.principal(params["principal"]).id)
        return page("things", [one.name for one in found], params), []

    def list_principal_things_v2(self, params: Params, now: float) -> Answer:
        """The names of a certificate's things, with the type of the relation."""
        principal = self._store.principal(params["principal"])
        rows = [(one.name, one.principals[principal.id]) for one in self._store.things_of(principal.id)]
        found = [
            {"thingName": name, "thingPrincipalType": sort}
            for name, sort in rows
            if params.get("thingPrincipalType", sort) == sort
        ]
        return page("principalThingObjects", found, params), []

    def _attach(self, policy: StoredPolicy, target: Target) -> None:
        row = Attachment(policy=policy.name, target=target)
        there = [one.name for one in self._store.attached(target)]
        if policy.name not in there and target.sort == "cert" and len(there) >= MOST_POLICIES:
            text = f"{target.arn} has {len(there)} policies attached; {MOST_POLICIES} are allowed"
            raise ApiError("LimitExceededException", text)
        self._store.attachments.put(row.key, row)

    def _principal(self, params: Params) -> Target:
        found = self._store.principal(params["principal"]).id
        return Target(sort="cert", name=found, id=found)


def _shown(policy: StoredPolicy) -> dict[str, str]:
    return {"policyName": policy.name, "policyArn": policy.arn}
