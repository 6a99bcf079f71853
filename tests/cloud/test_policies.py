"""Policy documents: what they allow, and which are refused, as rows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rigs.cloud.policies import Context, MalformedPolicy, allowed, parse

ARN = "arn:aws:iot:eu-west-1:123456789012:"
DEVICE: Context = {
    "iot:ClientId": ("bench-7",),
    "iot:CertificateId": ("ab12",),
    "iot:Connection.Thing.ThingName": ("bench-7",),
    "iot:Connection.Thing.IsAttached": ("true",),
    "iot:Connection.Thing.Attributes[site]": ("north",),
    "iot:Certificate.Subject.CommonName": ("AWS IoT Certificate",),
    "iot:Certificate.Subject.Organization.List": ("Example Corp", "AnyCompany"),
    "iot:ConnectAttributes": ("PersistentConnect",),
}
STRANGER: Context = {"iot:ClientId": ("x*",), "iot:Connection.Thing.IsAttached": ("false",)}


def document(*statements: dict[str, Any], version: str | None = "2012-10-17") -> str:
    return json.dumps({"Statement": list(statements), **({} if version is None else {"Version": version})})


def allow(action: str | list[str], resource: str | list[str], **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str, resource: str, **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def when(operator: str, key: str, value: Any) -> dict[str, Any]:
    return allow("iot:Connect", "*", Condition={operator: {key: value}})


def publish(topic: str) -> dict[str, Any]:
    return allow("iot:Publish", f"{ARN}topic/{topic}")


CONNECT = "iot:Connect client/a"
ORGANIZATIONS, ATTRIBUTES = "iot:Certificate.Subject.Organization.List", "iot:ConnectAttributes"
# name: statements, context, what is asked, allowed
ROWS: dict[str, tuple[list[dict[str, Any]], Context, str, bool]] = {
    "everything": ([allow("iot:*", "*")], {}, "iot:Publish topic/a", True),
    "every service": ([allow("*", "*")], {}, "iotjobsdata:UpdateJobExecution thing/a", True),
    "nothing said": ([allow("iot:Connect", "*")], {}, "iot:Publish topic/a", False),
    "another service": ([allow("iot:*", "*")], {}, "iotjobsdata:UpdateJobExecution thing/a", False),
    "case of the action": ([allow("IOT:publish", "*")], {}, "iot:Publish topic/a", True),
    "wildcard in the action": ([allow("iot:Retain*", "*")], {}, "iot:Publish topic/a", False),
    "one of several": (
        [allow(["iot:Connect", "iot:Pub?ish"], [f"{ARN}topic/b", f"{ARN}topic/a"])],
        {},
        "iot:Publish topic/a",
        True,
    ),
    "case of the resource": ([publish("A")], {}, "iot:Publish topic/a", False),
    "region and account are not looked at": (
        [allow("iot:Publish", "arn:aws-cn:iot:*:1:topic/a")],
        {},
        "iot:Publish topic/a",
        True,
    ),
    "the end of an ARN left open": ([allow("iot:Publish", "arn:aws:iot:*")], {}, "iot:Publish topic/a", True),
    "another service's ARN": ([allow("iot:Publish", "arn:aws:greengrass:*:*:*")], {}, "iot:Publish topic/a", False),
    "* is any text, levels too": (
        [publish("$aws/things/*/jobs/*")],
        {},
        "iot:Publish topic/$aws/things/bench-7/jobs/j1/update",
        True,
    ),
    "? is one sign": ([publish("a/???")], {}, "iot:Publish topic/a/1234", False),
    "? may be a slash": ([publish("a?b")], {}, "iot:Publish topic/a/b", True),
    "+ and # are themselves": (
        [allow("iot:Subscribe", f"{ARN}topicfilter/a/+")],
        {},
        "iot:Subscribe topicfilter/a/b",
        False,
    ),
    "a filter with a wildcard": (
        [allow("iot:Subscribe", f"{ARN}topicfilter/a/*")],
        {},
        "iot:Subscribe topicfilter/a/#",
        True,
    ),
    "topic is not topicfilter": ([allow("iot:Subscribe", f"{ARN}topic/a")], {}, "iot:Subscribe topicfilter/a", False),
    "deny wins": (
        [allow("iot:*", "*"), deny("iot:Publish", f"{ARN}topic/secret/*")],
        {},
        "iot:Publish topic/secret/a",
        False,
    ),
    "deny of something else": (
        [allow("iot:*", "*"), deny("iot:Publish", f"{ARN}topic/secret/*")],
        {},
        "iot:Publish topic/a",
        True,
    ),
    "deny alone": ([deny("iot:Publish", f"{ARN}topic/b")], {}, "iot:Publish topic/a", False),
    "client id": ([allow("iot:Connect", f"{ARN}client/${{iot:ClientId}}")], DEVICE, "iot:Connect client/bench-7", True),
    "thing name": ([publish("${iot:Connection.Thing.ThingName}/*")], DEVICE, "iot:Publish topic/bench-7/a", True),
    "attribute": ([publish("${iot:Connection.Thing.Attributes[site]}")], DEVICE, "iot:Publish topic/north", True),
    "common name": (
        [publish("${iot:Certificate.Subject.CommonName}")],
        DEVICE,
        "iot:Publish topic/AWS IoT Certificate",
        True,
    ),
    "a variable without a value": (
        [publish("${iot:Connection.Thing.ThingName}*")],
        STRANGER,
        "iot:Publish topic/",
        False,
    ),
    "a value is no pattern": ([publish("${iot:ClientId}")], STRANGER, "iot:Publish topic/xyz", False),
    "signs as themselves": ([publish("${*}${?}${$}")], {}, "iot:Publish topic/*?$", True),
    "signs as themselves match no other": ([publish("${*}")], {}, "iot:Publish topic/a", False),
    "attached": ([when("Bool", "iot:Connection.Thing.IsAttached", ["true"])], DEVICE, CONNECT, True),
    "not attached": ([when("Bool", "iot:Connection.Thing.IsAttached", True)], STRANGER, CONNECT, False),
    "equal to one": ([when("StringEquals", "iot:ClientId", ["a", "bench-7"])], DEVICE, CONNECT, True),
    "equal is no pattern": ([when("StringEquals", "iot:ClientId", "bench-*")], DEVICE, CONNECT, False),
    "equal to a variable": (
        [when("StringEquals", "iot:ClientId", "${iot:Connection.Thing.ThingName}")],
        DEVICE,
        CONNECT,
        True,
    ),
    "like": ([when("StringLike", "iot:ClientId", "bench-?")], DEVICE, CONNECT, True),
    "not equal": ([when("StringNotEquals", "iot:ClientId", ["a", "bench-7"])], DEVICE, CONNECT, False),
    "not like": ([when("StringNotLike", "iot:ClientId", "x-*")], DEVICE, CONNECT, True),
    "a key without a value": ([when("StringEquals", "iot:JobId", "a")], DEVICE, CONNECT, False),
    "not equal to nothing": ([when("StringNotEquals", "iot:JobId", "a")], DEVICE, CONNECT, True),
    "without regard to case": ([when("StringEqualsIgnoreCase", "iot:ClientId", "BENCH-7")], DEVICE, CONNECT, True),
    "all values are among": (
        [when("ForAllValues:StringEquals", ATTRIBUTES, ["PersistentConnect", "LastWill"])],
        DEVICE,
        CONNECT,
        True,
    ),
    "one value is not among": ([when("ForAllValues:StringEquals", ATTRIBUTES, ["LastWill"])], DEVICE, CONNECT, False),
    "all of none": ([when("ForAllValues:StringEquals", ATTRIBUTES, [])], STRANGER, CONNECT, True),
    "all of one, none wanted": ([when("ForAllValues:StringEquals", ATTRIBUTES, [])], DEVICE, CONNECT, False),
    "any value": ([when("ForAnyValue:StringEquals", ORGANIZATIONS, "AnyCompany")], DEVICE, CONNECT, True),
    "any of none": ([when("ForAnyValue:StringEquals", ATTRIBUTES, ["LastWill"])], STRANGER, CONNECT, False),
    "all values are none of": (
        [when("ForAllValues:StringNotEquals", ATTRIBUTES, ["PersistentConnect"])],
        DEVICE,
        CONNECT,
        False,
    ),
    "two conditions": (
        [
            allow(
                "iot:Connect",
                "*",
                Condition={"Bool": {"iot:Connection.Thing.IsAttached": "true"}, "StringEquals": {"iot:ClientId": "a"}},
            )
        ],
        DEVICE,
        CONNECT,
        False,
    ),
}


@pytest.mark.parametrize(("statements", "context", "asked", "expected"), ROWS.values(), ids=ROWS)
def test_what_a_policy_allows(statements: list[dict[str, Any]], context: Context, asked: str, expected: bool) -> None:
    action, _, resource = asked.partition(" ")
    assert allowed([parse(document(*statements))], action, resource, context) is expected


def test_policies_are_taken_together() -> None:
    """A deny in one wins over an allow in another."""
    both = [parse(document(allow("iot:*", "*"))), parse(document(deny("iot:Publish", f"{ARN}topic/b")))]
    assert [allowed(both, "iot:Publish", f"topic/{name}", {}) for name in "ab"] == [True, False]
    assert not allowed([], "iot:Publish", "topic/a", {})


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_older_documents_have_no_variables(version: str | None) -> None:
    policy = [parse(document(allow("iot:Publish", f"{ARN}topic/${{iot:ClientId}}"), version=version))]
    asked = ("topic/bench-7", "topic/${iot:ClientId}")
    assert [allowed(policy, "iot:Publish", topic, DEVICE) for topic in asked] == [False, True]


GOOD = allow("iot:Connect", "*")
REFUSED: dict[str, tuple[str, str]] = {
    "no JSON": ("file://policy.json", "document: it must be JSON"),
    "no object": ("[]", "document: it must be an object with Version, Id, Statement"),
    "no statement": ("{}", "Statement[0]: it must be an object"),
    "empty": (document(), "Statement: there must be one"),
    "version": (document(GOOD, version="2020-01-01"), "Version: it must be 2012-10-17 or 2008-10-17"),
    "unknown member": (json.dumps({"Statment": []}), "document: there is no Statment; known: Version, Id, Statement"),
    "effect": (
        document(GOOD, {**GOOD, "Effect": "allow"}),
        "Statement[1].Effect: it must be Allow or Deny, not 'allow'",
    ),
    "no action": (document({"Effect": "Allow", "Resource": "*"}), "Statement[0].Action: it must be a text"),
    "action": (document(allow("Connect", "*")), "Statement[0].Action: 'Connect' is no action like iot:Publish"),
    "resource": (document(allow("iot:Publish", "topic/a")), "The following resources are invalid : topic/a"),
    "short resource": (document(allow("iot:Publish", "arn:aws:iot:x:1")), "The following resources are invalid"),
    "no resource": (document(allow("iot:Publish", [])), "Statement[0].Resource: it must be a text"),
    "NotAction": (document({**GOOD, "NotAction": "x"}), "Statement[0]: there is no NotAction; known: Sid, Effect"),
    "operator": (document(when("ArnEquals", "iot:ClientId", "a")), "Statement[0].Condition.ArnEquals: the"),
    "qualifier": (document(when("ForNoValue:StringEquals", "iot:ClientId", "a")), "ForNoValue:StringEquals: the local"),
    "IfExists": (document(when("StringEqualsIfExists", "iot:ClientId", "a")), "StringEqualsIfExists: the local"),
    "key": (document(when("StringEquals", "aws:SourceIp", "a")), "does not know aws:SourceIp; it knows iot:ClientId"),
    "attribute of nobody": (
        document(when("StringEquals", "iot:Certificate.Subject.Shoe", "a")),
        "does not know iot:Certificate.Subject.Shoe",
    ),
    "variable": (document(allow("iot:Publish", f"{ARN}topic/${{iot:Clientid}}")), "does not know iot:Clientid"),
    "condition of lists": (document({**GOOD, "Condition": []}), "Statement[0].Condition: it must hold operators"),
    "number": (document(when("StringEquals", "iot:ClientId", 7)), "StringEquals.iot:ClientId: it must be a text"),
}


@pytest.mark.parametrize(("text", "says"), REFUSED.values(), ids=REFUSED)
def test_refused_documents_say_where_and_why(text: str, says: str) -> None:
    with pytest.raises(MalformedPolicy) as refused:
        parse(text)
    assert str(refused.value).startswith("Policy document is Malformed: ")
    assert says in str(refused.value)


def test_repr() -> None:
    assert repr(parse(document(GOOD, deny("iot:*", "*")))) == "<Policy Allow Deny>"
