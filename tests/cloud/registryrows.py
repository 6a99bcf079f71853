"""Courses of calls on the registry, for test_registry."""

from __future__ import annotations

from typing import Any

from rigs.net.certs import Authority
from tests.cloud.registrydesk import ARN, policy

FOREIGN = Authority.make("other", ec=True).issue("own", ec=True, client=True)
PEM, FOREIGN_ARN = FOREIGN.certificate_pem.decode(), f"{ARN}cert/{FOREIGN.fingerprint}"
GROUP = f"{ARN}thinggroup/fleet"
POLICY = {"policyName": "wide", "policyArn": f"{ARN}policy/wide"}
ON_CERT = ("attach_policy", {"policyName": "wide", "target": "@arn"})
ON_THING = ("attach_thing_principal", {"thingName": "bench-7", "principal": "@arn"})
OFF = ("update_certificate", {"certificateId": "@id", "newStatus": "INACTIVE"})
DELETE = {"certificateId": "@id"}
Step = tuple[str, dict[str, Any], Any]


def good(call: str, **params: Any) -> Step:
    return call, params, {}


def done(step: tuple[str, dict[str, Any]]) -> Step:
    return *step, {}


def versions(count: int, *, as_default: bool = False) -> list[Step]:
    """Versions that are made one after the other; their answers are not looked at."""
    more = {"setAsDefault": True} if as_default else {}
    return [
        ("create_policy_version", {"policyName": "wide", "policyDocument": policy("iot:Connect"), **more}, ...)
    ] * count


# name: the calls, with @id and @arn for the certificate's; what each answers, its error, or ... for whatever
COURSES: dict[str, list[Step]] = {
    "an active certificate stays": [("delete_certificate", DELETE, "CertificateStateException")],
    "one with a thing stays": [
        done(ON_THING),
        done(OFF),
        ("delete_certificate", {**DELETE, "forceDelete": True}, "DeleteConflictException"),
    ],
    "one with a policy goes by force": [
        done(ON_CERT),
        done(OFF),
        ("delete_certificate", DELETE, "DeleteConflictException"),
        good("delete_certificate", certificateId="@id", forceDelete=True),
        ("describe_certificate", DELETE, "ResourceNotFoundException"),
        ("list_targets_for_policy", {"policyName": "wide"}, {"targets": []}),
    ],
    "what was detached goes": [
        done(ON_CERT),
        done(ON_THING),
        good("detach_policy", policyName="wide", target="@arn"),
        good("detach_thing_principal", thingName="bench-7", principal="@arn"),
        done(OFF),
        good("delete_certificate", certificateId="@id"),
        ("list_certificates", {}, {"certificates": []}),
    ],
    "states": [
        ("update_certificate", {**DELETE, "newStatus": "PENDING_TRANSFER"}, "InvalidRequestException"),
        ("update_certificate", {"certificateId": "0" * 64, "newStatus": "ACTIVE"}, "ResourceNotFoundException"),
        done(OFF),
        done(OFF),
        good("update_certificate", certificateId="@id", newStatus="REVOKED"),
    ],
    "one that comes back has nothing of its former life": [
        ("register_certificate_without_ca", {"certificatePem": PEM}, ...),
        good("attach_policy", policyName="wide", target=FOREIGN_ARN),
        good("delete_certificate", certificateId=FOREIGN.fingerprint, forceDelete=True),
        ("register_certificate_without_ca", {"certificatePem": PEM}, ...),
        ("list_attached_policies", {"target": FOREIGN_ARN}, {"policies": []}),
    ],
    "a certificate twice": [
        ("register_certificate_without_ca", {"certificatePem": PEM, "status": "ACTIVE"}, ...),
        ("register_certificate_without_ca", {"certificatePem": PEM}, "ResourceAlreadyExistsException"),
        ("register_certificate_without_ca", {"certificatePem": "x"}, "CertificateValidationException"),
    ],
    "things and principals": [
        done(ON_THING),
        done(ON_THING),
        ("list_thing_principals", {"thingName": "bench-7"}, {"principals": ["@arn"]}),
        ("list_principal_things", {"principal": "@arn"}, {"things": ["bench-7"]}),
        ("delete_thing", {"thingName": "bench-7"}, "InvalidRequestException"),
        good("detach_thing_principal", thingName="bench-7", principal="@arn"),
        ("list_principal_things", {"principal": "@arn"}, {"things": []}),
        good("delete_thing", thingName="bench-7"),
        ("attach_thing_principal", ON_THING[1], "ResourceNotFoundException"),
        ("list_thing_principals", {"thingName": "bench-7"}, "ResourceNotFoundException"),
    ],
    "an exclusive thing": [
        ("create_thing", {"thingName": "bench-8"}, ...),
        good("attach_thing_principal", **ON_THING[1], thingPrincipalType="EXCLUSIVE_THING"),
        ("attach_thing_principal", {**ON_THING[1], "thingName": "bench-8"}, "InvalidRequestException"),
        (
            "list_principal_things_v2",
            {"principal": "@arn"},
            {"principalThingObjects": [{"thingName": "bench-7", "thingPrincipalType": "EXCLUSIVE_THING"}]},
        ),
        (
            "list_thing_principals_v2",
            {"thingName": "bench-7", "thingPrincipalType": "NON_EXCLUSIVE_THING"},
            {"thingPrincipalObjects": []},
        ),
    ],
    "not exclusive any more": [
        ("create_thing", {"thingName": "bench-8"}, ...),
        done(ON_THING),
        (
            "attach_thing_principal",
            {**ON_THING[1], "thingName": "bench-8", "thingPrincipalType": "EXCLUSIVE_THING"},
            "InvalidRequestException",
        ),
    ],
    "principals that are none": [
        ("attach_thing_principal", {"thingName": "bench-7", "principal": "eu-west-1:id"}, "InvalidRequestException"),
        ("attach_policy", {"policyName": "wide", "target": f"{ARN}thing/bench-7"}, "InvalidRequestException"),
        ("attach_policy", {"policyName": "wide", "target": f"{ARN}cert/{'0' * 64}"}, "ResourceNotFoundException"),
        ("attach_policy", {"policyName": "wide", "target": GROUP}, "ResourceNotFoundException"),
        ("attach_policy", {"policyName": "none", "target": "@arn"}, "ResourceNotFoundException"),
    ],
    "a policy is named once": [
        ("create_policy", {"policyName": "wide", "policyDocument": policy("iot:*")}, "ResourceAlreadyExistsException"),
        ("create_policy", {"policyName": "x", "policyDocument": "{"}, "MalformedPolicyException"),
        ("create_policy", {"policyName": "x", "policyDocument": policy(*["iot:*"] * 300)}, "MalformedPolicyException"),
        (
            "create_policy",
            {"policyName": "x", "policyDocument": policy("iot:*"), "tags": [{"Key": "a"}]},
            "InvalidRequestException",
        ),
        ("list_policies", {}, {"policies": [POLICY]}),
    ],
    "an attached policy stays": [
        done(ON_CERT),
        done(ON_CERT),
        ("delete_policy", {"policyName": "wide"}, "DeleteConflictException"),
        ("list_attached_policies", {"target": "@arn"}, {"policies": [POLICY]}),
        ("list_targets_for_policy", {"policyName": "wide"}, {"targets": ["@arn"]}),
        good("detach_policy", policyName="wide", target="@arn"),
        good("detach_policy", policyName="wide", target="@arn"),
        good("delete_policy", policyName="wide"),
        ("get_policy", {"policyName": "wide"}, "ResourceNotFoundException"),
    ],
    "the old way": [
        good("attach_principal_policy", policyName="wide", principal="@arn"),
        ("list_principal_policies", {"principal": "@arn"}, {"policies": [POLICY]}),
        ("list_policy_principals", {"policyName": "wide"}, {"principals": ["@arn"]}),
        good("detach_principal_policy", policyName="wide", principal="@arn"),
        ("list_policy_principals", {"policyName": "wide"}, {"principals": []}),
        ("create_thing_group", {"thingGroupName": "fleet"}, ...),
        ("attach_principal_policy", {"policyName": "wide", "principal": GROUP}, "InvalidRequestException"),
    ],
    "groups": [
        ("create_thing_group", {"thingGroupName": "all"}, ...),
        ("create_thing_group", {"thingGroupName": "fleet", "parentGroupName": "all"}, ...),
        good("attach_policy", policyName="wide", target=f"{ARN}thinggroup/all"),
        ("list_attached_policies", {"target": GROUP}, {"policies": []}),
        ("list_attached_policies", {"target": GROUP, "recursive": True}, {"policies": [POLICY]}),
        ("list_policy_principals", {"policyName": "wide"}, {"principals": []}),
    ],
    "a group that is made anew has nothing": [
        ("create_thing_group", {"thingGroupName": "fleet"}, ...),
        good("attach_policy", policyName="wide", target=GROUP),
        good("delete_thing_group", thingGroupName="fleet"),
        ("list_targets_for_policy", {"policyName": "wide"}, {"targets": []}),
        ("create_thing_group", {"thingGroupName": "fleet"}, ...),
        ("list_attached_policies", {"target": GROUP}, {"policies": []}),
        good("delete_policy", policyName="wide"),
    ],
    "five versions": [
        *versions(4),
        ("create_policy_version", versions(1)[0][1], "VersionsLimitExceededException"),
        ("delete_policy", {"policyName": "wide"}, "DeleteConflictException"),
        ("delete_policy_version", {"policyName": "wide", "policyVersionId": "1"}, "DeleteConflictException"),
        good("delete_policy_version", policyName="wide", policyVersionId="5"),
        ("get_policy_version", {"policyName": "wide", "policyVersionId": "5"}, "ResourceNotFoundException"),
        good("set_default_policy_version", policyName="wide", policyVersionId="4"),
        good("delete_policy_version", policyName="wide", policyVersionId="1"),
        ("set_default_policy_version", {"policyName": "wide", "policyVersionId": "1"}, "ResourceNotFoundException"),
        (
            "create_policy_version",
            {"policyName": "wide", "policyDocument": policy("iot:Receive")},
            {
                "policyArn": POLICY["policyArn"],
                "policyDocument": policy("iot:Receive"),
                "policyVersionId": "6",
                "isDefaultVersion": False,
            },
        ),
    ],
}
