"""Policies and their versions by boto3. Source: botocore's model of `iot`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rigs.cloud.policies import MalformedPolicy, parse
from rigs.cloud.registry_rows import PolicyVersion, StoredPolicy
from rigs.cloud.registry_store import Store, in_order, marked
from rigs.jobs.api import Answer, Call, Params
from rigs.jobs.groups import refuse
from rigs.jobs.refusals import ApiError

LONGEST = 2048  # characters of a document beside whitespace (botocore, CreatePolicy)
MOST_VERSIONS = 5  # botocore, CreatePolicyVersion


class PolicyCalls:
    """Operations on policies; a document is checked before it is kept."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.by_name: Mapping[str, Call] = {
            "CreatePolicy": self.create_policy,
            "GetPolicy": self.get_policy,
            "ListPolicies": self.list_policies,
            "DeletePolicy": self.delete_policy,
            "CreatePolicyVersion": self.create_policy_version,
            "GetPolicyVersion": self.get_policy_version,
            "ListPolicyVersions": self.list_policy_versions,
            "SetDefaultPolicyVersion": self.set_default_policy_version,
            "DeletePolicyVersion": self.delete_policy_version,
        }

    def __repr__(self) -> str:
        return f"<PolicyCalls on {self._store!r}>"

    def create_policy(self, params: Params, now: float) -> Answer:
        """A policy with this document as its first and default version."""
        name = params["policyName"]
        refuse("CreatePolicy", params, "tags")
        if name in self._store.policies:
            there = self._store.policies[name]
            text = f"Policy cannot be created - name already exists (name={name})"
            raise ApiError("ResourceAlreadyExistsException", text, resourceId=name, resourceArn=there.arn)
        first = PolicyVersion(id="1", document=_checked(params["policyDocument"]), created_at=now)
        row = StoredPolicy(name=name, versions=(first,), default="1", last=1, created_at=now, updated_at=now)
        self._store.policies.put(name, row)
        return {**_named(row), "policyDocument": first.document, "policyVersionId": "1"}, []

    def get_policy(self, params: Params, now: float) -> Answer:
        """The policy with the document in force."""
        row = self._store.policy(params["policyName"])
        shown = {"policyDocument": row.document, "defaultVersionId": row.default}
        return {**_named(row), **shown, "creationDate": row.created_at, "lastModifiedDate": row.updated_at}, []

    def list_policies(self, params: Params, now: float) -> Answer:
        """All policies, by their creation."""
        rows = [_named(row) for row in self._store.policies.values()]
        return marked("policies", in_order(rows, params), params), []

    def delete_policy(self, params: Params, now: float) -> Answer:
        """Forget a policy that has one version only and is not attached.

        The second message is AWS's (https://github.com/rebuy-de/aws-nuke/issues/374).
        """
        row = self._store.policy(params["policyName"])
        if len(row.versions) > 1:
            text = f"The policy cannot be deleted as multiple versions of the policy exist (name={row.name})"
            raise ApiError("DeleteConflictException", text)
        if self._store.targets(row.name):
            text = "The policy cannot be deleted as the policy is attached to one or more principals"
            raise ApiError("DeleteConflictException", f"{text} (name={row.name})")
        for key in [key for key, one in self._store.attachments.items() if one.policy == row.name]:
            self._store.attachments.drop(key)  # to groups that are gone
        self._store.policies.drop(row.name)
        return {}, []

    def create_policy_version(self, params: Params, now: float) -> Answer:
        """One more version, in force at once with setAsDefault; raises ApiError when there are five."""
        row = self._store.policy(params["policyName"])
        document = _checked(params["policyDocument"])
        if len(row.versions) >= MOST_VERSIONS:
            text = f"The policy {row.name} already has the maximum number of versions ({MOST_VERSIONS})"
            raise ApiError("VersionsLimitExceededException", text)
        made = PolicyVersion(id=str(row.last + 1), document=document, created_at=now)
        default = made.id if params.get("setAsDefault") else row.default
        versions = (*row.versions, made)
        row = replace(row, versions=versions, default=default, last=row.last + 1, updated_at=now)
        self._store.policies.put(row.name, row)
        named = {"policyArn": row.arn, "policyDocument": document, "policyVersionId": made.id}
        return {**named, "isDefaultVersion": default == made.id}, []

    def get_policy_version(self, params: Params, now: float) -> Answer:
        """One version."""
        row = self._store.policy(params["policyName"])
        version = row.version(params["policyVersionId"])
        shown = {
            "policyDocument": version.document,
            "policyVersionId": version.id,
            "isDefaultVersion": version.id == row.default,
            "creationDate": version.created_at,
            "lastModifiedDate": version.created_at,
        }
        return {**_named(row), **shown}, []

    def list_policy_versions(self, params: Params, now: float) -> Answer:
        """All versions, the newest first."""
        row = self._store.policy(params["policyName"])
        shown = [
            {"versionId": one.id, "isDefaultVersion": one.id == row.default, "createDate": one.created_at}
            for one in reversed(row.versions)
        ]
        return {"policyVersions": shown}, []

    def set_default_policy_version(self, params: Params, now: float) -> Answer:
        """Put a version into force, for everything that the policy is attached to."""
        row = self._store.policy(params["policyName"])
        default = row.version(params["policyVersionId"]).id
        self._store.policies.put(row.name, replace(row, default=default, updated_at=now))
        return {}, []

    def delete_policy_version(self, params: Params, now: float) -> Answer:
        """Forget a version that is not in force; its id is not given again."""
        row = self._store.policy(params["policyName"])
        gone = row.version(params["policyVersionId"])
        if gone.id == row.default:
            text = f"Cannot delete the default version of a policy (name={row.name},version={gone.id})"
            raise ApiError("DeleteConflictException", f"{text}; set another one as default, or delete the policy")
        left = tuple(one for one in row.versions if one is not gone)
        self._store.policies.put(row.name, replace(row, versions=left, updated_at=now))
        return {}, []


def _checked(document: str) -> str:
    """The document as it was given; raises ApiError MalformedPolicyException."""
    size = len(re.sub(r"\s", "", document))
    if size > LONGEST:
        text = f"Policy document is Malformed: it has {size} characters beside whitespace, {LONGEST} are allowed"
        raise ApiError("MalformedPolicyException", text)
    try:
        parse(document)
    except MalformedPolicy as wrong:
        raise ApiError("MalformedPolicyException", str(wrong)) from wrong
    return document


def _named(row: StoredPolicy) -> dict[str, Any]:
    return {"policyName": row.name, "policyArn": row.arn}
