"""What a certificate may do: the policies' word, at once after each change, for whom it counts."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from rigs.cloud.registry import Registry
from rigs.cloud.rights import RegistryRights
from rigs.jobs.service import JobsService
from rigs.mqtt.reasons import Reason
from rigs.net.contract import Facts
from tests.cloud.registrydesk import ARN, CA, policy

OK, NO, SPOKEN = Reason.SUCCESS, Reason.NOT_AUTHORIZED, Reason.TOPIC_NAME_INVALID
NOW = 1_700_000_000.0
DEVICE = CA.issue("bench-7", ec=True, client=True)
CERT = f"{ARN}cert/{DEVICE.fingerprint}"
THING = {"thingName": "bench-7", "principal": CERT}
OWN = "${iot:ClientId}"


class Law:
    """Rights with a registry behind, on which calls are made without HTTP; the certificate has a policy `p`."""

    def __init__(self, *statements: str, own: str | None = None) -> None:
        service = JobsService()
        self.registry = Registry(service.ledger, CA)
        self._calls = {**service.operations.by_name, **self.registry.by_name}
        self.rights = RegistryRights(self.registry.store)
        self("CreateThing", thingName="bench-7")
        if own is not None:
            self.registry.register(own, DEVICE.certificate_pem, NOW, foreign=False)
            return
        self("RegisterCertificateWithoutCA", certificatePem=DEVICE.certificate_pem.decode(), status="ACTIVE")
        for number, document in enumerate(statements):
            self("CreatePolicy", policyName=f"p{number}", policyDocument=document)
            self("AttachPolicy", policyName=f"p{number}", target=CERT)

    def __call__(self, name: str, **params: Any) -> dict[str, Any]:
        return self._calls[name](params, NOW)[0]

    def connected(self, client_id: str = "bench-7", *attributes: str) -> Facts:
        """A connection that was accepted."""
        facts = Facts(certificate=DEVICE.fingerprint)
        assert self.rights.connect(facts, client_id, attributes) is OK
        return facts


def topic(name: str, *actions: str) -> str:
    return policy(*(actions or ("iot:Publish",)), resource=f"{ARN}topic/{name}")


CONNECT = policy("iot:Connect", resource=f"{ARN}client/*")


@pytest.mark.parametrize(
    ("statements", "client_id", "verdict"),
    [
        ((), "bench-7", NO),
        ((CONNECT,), "bench-7", OK),
        ((topic("*"),), "bench-7", NO),
        ((policy("iot:Connect", resource=f"{ARN}client/bench-?"),), "bench-77", NO),
        ((CONNECT, policy("iot:Connect", resource=f"{ARN}client/bench-7", effect="Deny")), "bench-7", NO),
    ],
    ids=["no policy", "allowed", "other action", "other client", "denied"],
)
def test_connecting(statements: tuple[str, ...], client_id: str, verdict: Reason) -> None:
    assert Law(*statements).rights.connect(Facts(certificate=DEVICE.fingerprint), client_id) is verdict


@pytest.mark.parametrize("status", ["INACTIVE", "REVOKED"])
def test_only_an_active_certificate_may_do_something(status: str) -> None:
    """Also when it is connected already, and when the cloud issued it itself."""
    for law in (Law(policy("iot:*", "iotjobsdata:*")), Law(own="bench-7")):
        facts = law.connected()
        law("UpdateCertificate", certificateId=DEVICE.fingerprint, newStatus=status)
        rights, mine = law.rights, "$aws/things/bench-7/jobs/get"
        assert [rights.publish(facts, mine), rights.subscribe(facts, mine), rights.receive(facts, mine)] == [
            NO,
            NO,
            False,
        ]
        assert rights.connect(facts, "bench-7") is NO
        assert not rights.may(facts, "iotjobsdata:GetPendingJobExecutions", "bench-7")


@pytest.mark.parametrize("certificate", ["0" * 64, None])
def test_an_unknown_certificate_may_nothing(certificate: str | None) -> None:
    law, facts = Law(), Facts(certificate=certificate)
    assert (law.rights.connect(facts, "bench-7"), law.rights.publish(facts, "a")) == (NO, NO)
    assert not law.rights.may(facts, "iotjobsdata:GetPendingJobExecutions", "bench-7")


def test_each_action_is_asked_by_itself() -> None:
    law = Law(CONNECT, topic("p"), topic("r", "iot:Receive"), topic("t", "iot:RetainPublish"))
    facts, rights = law.connected(), law.rights
    for name, verdicts in {
        "p": [OK, NO, False],
        "r": [NO, NO, True],
        "t": [NO, OK, False],
        "x": [NO, NO, False],
    }.items():
        assert [rights.publish(facts, name), rights.retain(facts, name), rights.receive(facts, name)] == verdicts
    law = Law(CONNECT, policy("iot:Subscribe", resource=f"{ARN}topicfilter/a/+"))
    facts, rights = law.connected(), law.rights
    assert [rights.subscribe(facts, text) for text in ("a/+", "a/b", "a/#")] == [OK, NO, NO]


def test_the_services_own_topics_are_nobodys() -> None:
    """Refused in its own way where the policy allows, and for want of rights where it does not."""
    mine, other = "$aws/things/bench-7/jobs/j1/update/accepted", "$aws/things/bench-8/jobs/notify"
    law = Law(CONNECT, topic("$aws/things/bench-7/*"))
    facts = law.connected()
    assert [law.rights.publish(facts, name) for name in (mine, other)] == [SPOKEN, NO]
    law = Law(own="bench-7")
    assert [law.rights.publish(law.connected(), name) for name in (mine, other)] == [SPOKEN, NO]


def test_client_id_of_each_connection() -> None:
    """One certificate, two connections: each has the rights of its own client id, and is forgotten by itself."""
    law = Law(CONNECT, topic(f"to/{OWN}"))
    first, second = law.connected("one"), law.connected("two")
    asked = [(facts, name) for facts in (first, second) for name in ("to/one", "to/two")]
    assert [law.rights.publish(*one) for one in asked] == [OK, NO, NO, OK]
    assert repr(law.rights).endswith("2 clients>")
    del first, asked
    gc.collect()
    assert repr(law.rights).endswith("1 clients>")


@pytest.mark.parametrize(
    ("client_id", "exclusive", "known"),
    [("bench-7", False, True), ("other", False, False), ("other", True, True)],
    ids=["named like the thing", "other name", "exclusive"],
)
def test_thing_of_a_connection(client_id: str, exclusive: bool, known: bool) -> None:
    """Variables and the policies of groups count when the thing is known."""
    law = Law(CONNECT, topic("${iot:Connection.Thing.ThingName}"), topic("${iot:Connection.Thing.Attributes[site]}"))
    law("UpdateThing", thingName="bench-7", attributePayload={"attributes": {"site": "north"}})
    law("AttachThingPrincipal", **THING, thingPrincipalType="EXCLUSIVE_THING" if exclusive else "NON_EXCLUSIVE_THING")
    for name, more in (("all", {}), ("fleet", {"parentGroupName": "all"})):
        law("CreateThingGroup", thingGroupName=name, **more)
        law("CreatePolicy", policyName=name, policyDocument=topic(f"group/{name}"))
        law("AttachPolicy", policyName=name, target=f"{ARN}thinggroup/{name}")
    law("AddThingToThingGroup", thingGroupName="fleet", thingName="bench-7")
    facts = law.connected(client_id)
    asked = ("bench-7", "north", "group/all", "group/fleet")
    assert [law.rights.publish(facts, name) is OK for name in asked] == [known] * 4
    assert law.rights.thing_of(facts) == ("bench-7" if known else None)
    law("DetachThingPrincipal", **THING)
    assert [law.rights.publish(facts, name) for name in asked] == [NO] * 4


GROUP = {"thingGroupName": "fleet"}
MEMBER = {**GROUP, "thingName": "bench-7"}
# What is done before the question, and what takes the right away again.
CHANGES: dict[str, tuple[list[tuple[str, dict[str, Any]]], tuple[str, dict[str, Any]]]] = {
    "policy": (
        [("AttachPolicy", {"policyName": "q", "target": CERT})],
        ("DetachPolicy", {"policyName": "q", "target": CERT}),
    ),
    "version": (
        [
            ("AttachPolicy", {"policyName": "q", "target": CERT}),
            ("CreatePolicyVersion", {"policyName": "q", "policyDocument": topic("b")}),
        ],
        ("SetDefaultPolicyVersion", {"policyName": "q", "policyVersionId": "2"}),
    ),
    "group's policy": (
        [("AttachPolicy", {"policyName": "q", "target": f"{ARN}thinggroup/fleet"}), ("AddThingToThingGroup", MEMBER)],
        ("DetachPolicy", {"policyName": "q", "target": f"{ARN}thinggroup/fleet"}),
    ),
    "group's thing": (
        [("AttachPolicy", {"policyName": "q", "target": f"{ARN}thinggroup/fleet"}), ("AddThingToThingGroup", MEMBER)],
        ("RemoveThingFromThingGroup", MEMBER),
    ),
    "group": (
        [("AttachPolicy", {"policyName": "q", "target": f"{ARN}thinggroup/fleet"}), ("AddThingToThingGroup", MEMBER)],
        ("DeleteThingGroup", GROUP),
    ),
    "attribute": (
        [
            (
                "CreatePolicyVersion",
                {"policyName": "p0", "policyDocument": policy("iot:Connect"), "setAsDefault": True},
            ),
            ("CreatePolicy", {"policyName": "v", "policyDocument": topic("${iot:Connection.Thing.Attributes[to]}")}),
            ("AttachPolicy", {"policyName": "v", "target": CERT}),
            ("UpdateThing", {"thingName": "bench-7", "attributePayload": {"attributes": {"to": "a"}}}),
        ],
        ("UpdateThing", {"thingName": "bench-7", "attributePayload": {"attributes": {"to": "b"}}}),
    ),
}


@pytest.mark.parametrize(("before", "taking"), CHANGES.values(), ids=CHANGES)
def test_a_change_takes_effect_at_once(before: list[tuple[str, dict[str, Any]]], taking: tuple[str, Any]) -> None:
    law = Law(CONNECT)
    law("AttachThingPrincipal", **THING)
    law("CreateThingGroup", **GROUP)
    law("CreatePolicy", policyName="q", policyDocument=topic("a"))
    facts = law.connected()
    seen = [law.rights.publish(facts, "a")]
    for name, params in before:
        law(name, **params)
    seen.append(law.rights.publish(facts, "a"))
    law(taking[0], **taking[1])
    seen.append(law.rights.publish(facts, "a"))
    assert seen == [NO, OK, NO]


def test_many_topics_are_judged_rightly() -> None:
    """More than are remembered."""
    law = Law(CONNECT, topic("even/*"))
    facts = law.connected()
    assert {law.rights.publish(facts, f"even/{n}") for n in range(5_100)} == {OK}
    assert {law.rights.publish(facts, f"odd/{n}") for n in range(5_100)} == {NO}


def test_https_plane() -> None:
    """iotjobsdata on the thing's ARN, the job by a condition; MQTT's rights say nothing about it."""
    one = policy("iotjobsdata:UpdateJobExecution", resource=f"{ARN}thing/bench-7")
    law, facts = Law(CONNECT, policy("iot:Publish"), one), Facts(certificate=DEVICE.fingerprint)
    asked = [("Update", "bench-7"), ("Update", "bench-8"), ("Describe", "bench-7")]
    assert [law.rights.may(facts, f"iotjobsdata:{verb}JobExecution", thing) for verb, thing in asked] == [
        True,
        False,
        False,
    ]
    law = Law(one.replace('"Effect"', '"Condition": {"StringLike": {"iot:JobId": "ota-*"}}, "Effect"'))
    jobs = ("ota-1", "x", None)
    assert [law.rights.may(facts, f"iotjobsdata:{asked[0][0]}JobExecution", "bench-7", job) for job in jobs] == [
        True,
        False,
        False,
    ]


def test_https_plane_with_the_policy_of_a_group() -> None:
    """For the thing that is asked about, if the certificate is attached to it; a connection's thing there is not."""
    mine = policy("iotjobsdata:*", resource=f"{ARN}thing/${{iot:Connection.Thing.ThingName}}")
    law, facts = Law(mine), Facts(certificate=DEVICE.fingerprint)
    law("CreateThingGroup", **GROUP)
    law("CreatePolicy", policyName="q", policyDocument=policy("iotjobsdata:*"))
    for name, params in CHANGES["group"][0]:
        law(name, **params)
    action = "iotjobsdata:GetPendingJobExecutions"
    assert not law.rights.may(facts, action, "bench-7")
    law("AttachThingPrincipal", **THING)
    seen = [law.rights.may(facts, action, thing) for thing in ("bench-7", "bench-8")]
    law("DetachPolicy", policyName="q", target=f"{ARN}thinggroup/fleet")
    assert [*seen, law.rights.may(facts, action, "bench-7")] == [True, False, False]


def test_connect_attributes() -> None:
    """https://docs.aws.amazon.com/iot/latest/developerguide/connect-policy.html: no persistent sessions."""
    condition = {"ForAllValues:StringEquals": {"iot:ConnectAttributes": ["LastWill"]}}
    document = CONNECT.replace('"Effect"', f'"Condition": {str(condition).replace(chr(39), chr(34))}, "Effect"')
    law, facts = Law(document), Facts(certificate=DEVICE.fingerprint)
    asked: list[list[str]] = [[], ["LastWill"], ["PersistentConnect"], ["PersistentConnect", "LastWill"]]
    assert [law.rights.connect(facts, "a", attributes) for attributes in asked] == [OK, OK, NO, NO]


def test_a_certificate_of_the_cloud_itself_has_the_rights_of_its_thing() -> None:
    """Any client id, its thing's reserved topics, all ordinary ones."""
    law = Law(own="bench-7")
    facts, rights = law.connected("whatever"), law.rights
    for name, good in {
        "a/b": True,
        "$aws/rules/telemetry/a": True,
        "$aws/things/bench-7/jobs/get": True,
        "$aws/things/bench-8/jobs/get": False,
    }.items():
        assert (rights.publish(facts, name) is OK, rights.subscribe(facts, name) is OK) == (good, good)
        assert (rights.receive(facts, name), rights.retain(facts, name)) == (good, OK)
    may = [rights.may(facts, "iotjobsdata:UpdateJobExecution", thing) for thing in ("bench-7", "bench-8")]
    assert (may, rights.thing_of(facts)) == ([True, False], "bench-7")


def test_a_policy_that_is_attached_to_such_a_certificate_decides_from_then_on() -> None:
    law = Law(own="bench-7")
    facts, rights = law.connected("whatever"), law.rights
    law("CreatePolicy", policyName="q", policyDocument=topic("$aws/things/bench-8/*"))
    law("AttachPolicy", policyName="q", target=CERT)
    found = {name: rights.publish(facts, f"$aws/things/{name}/jobs/get") for name in ("bench-7", "bench-8")}
    assert found == {"bench-7": NO, "bench-8": OK}
    assert rights.connect(facts, "whatever") is NO
    law("DetachPolicy", policyName="q", target=CERT)
    assert rights.publish(facts, "$aws/things/bench-7/jobs/get") is OK
