"""The registry by boto3: courses of calls with what each answers, or the error that it gets."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from rigs.cloud.registry import Registry
from rigs.jobs.ledger import Ledger
from rigs.net.certs import common_name
from tests.cloud.registrydesk import CA, RegistryDesk, policy, request, weak_key
from tests.cloud.registryrows import COURSES, FOREIGN, OFF, ON_CERT, PEM, POLICY, Step, versions


@pytest.fixture
def desk() -> Iterator[RegistryDesk]:
    desk = RegistryDesk()
    yield desk
    desk.stop()


@pytest.mark.parametrize("course", COURSES.values(), ids=COURSES)
def test_course_of_calls(desk: RegistryDesk, course: list[Step]) -> None:
    for number, (call, params, expected) in enumerate(course):
        answer = desk.call(call, **params)
        wanted = json.loads(json.dumps(expected).replace("@arn", desk.arn)) if expected is not ... else answer
        assert answer == wanted, f"call {number}: {call}"
        assert not (expected is ... and isinstance(answer, str)), f"call {number}: {call} was refused: {answer}"


def test_keys_are_returned_once_and_not_kept(desk: RegistryDesk) -> None:
    pair = desk.made["keyPair"]
    key = serialization.load_pem_private_key(pair["PrivateKey"].encode(), None)
    read = x509.load_pem_x509_certificate(desk.made["certificatePem"].encode())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert (key.key_size, public.decode(), read.public_key()) == (2048, pair["PublicKey"], key.public_key())
    read.verify_directly_issued_by(x509.load_pem_x509_certificate(CA.certificate_pem))
    assert "PRIVATE" not in repr([dict(table) for table in desk.registry.tables]) + repr(desk.made["certificatePem"])


def test_description_of_a_certificate(desk: RegistryDesk) -> None:
    shown = desk.iot.describe_certificate(certificateId=desk.id)["certificateDescription"]
    assert (shown["certificateArn"], shown["status"], shown["customerVersion"]) == (desk.arn, "ACTIVE", 1)
    assert (shown["validity"]["notBefore"].year, shown["certificateMode"]) == (2000, "DEFAULT")
    for _ in range(2):
        desk.call(OFF[0], **OFF[1])
    shown = desk.iot.describe_certificate(certificateId=desk.id)["certificateDescription"]
    assert (shown["status"], shown["customerVersion"]) == ("INACTIVE", 2)
    assert shown["lastModifiedDate"] >= shown["creationDate"]


def test_signing_requests(desk: RegistryDesk) -> None:
    """The request's name and key, our signature; each time another certificate."""
    text = request()
    made = [desk.iot.create_certificate_from_csr(certificateSigningRequest=text, setAsActive=True) for _ in range(2)]
    read = [x509.load_pem_x509_certificate(one["certificatePem"].encode()) for one in made]
    assert read[0].public_key() == x509.load_pem_x509_csr(text.encode()).public_key()
    assert common_name(read[0].public_bytes(serialization.Encoding.DER)) == "own-name"
    assert made[0]["certificateId"] != made[1]["certificateId"]
    for one in read:
        one.verify_directly_issued_by(x509.load_pem_x509_certificate(CA.certificate_pem))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x", "Invalid CSR"),
        (request(pem=weak_key()), "RSA of 2048 bits or more"),
    ],
    ids=["no request", "weak"],
)
def test_signing_requests_that_are_refused(desk: RegistryDesk, text: str, says: str) -> None:
    with pytest.raises(desk.iot.exceptions.InvalidRequestException, match=says):
        desk.iot.create_certificate_from_csr(certificateSigningRequest=text)


def test_most_policies_of_a_certificate(desk: RegistryDesk) -> None:
    for number in range(11):
        desk.iot.create_policy(policyName=f"p{number}", policyDocument=policy("iot:*"))
    answers = [desk.call("attach_policy", policyName=f"p{number}", target="@arn") for number in range(11)]
    assert answers == [*[{}] * 10, "LimitExceededException"]


def test_lists_are_paged_from_the_newest_on(desk: RegistryDesk) -> None:
    for name in ("b", "c"):
        desk.iot.create_policy(policyName=name, policyDocument=policy("iot:*"))
    first = desk.iot.list_policies(pageSize=2)
    rest = desk.iot.list_policies(pageSize=2, marker=first["nextMarker"])
    upwards = desk.iot.list_policies(ascendingOrder=True)
    names = [[one["policyName"] for one in answer["policies"]] for answer in (first, rest, upwards)]
    assert names == [["c", "b"], ["wide"], ["wide", "b", "c"]]
    assert "nextMarker" not in rest


def test_versions_are_listed_and_the_default_is_shown(desk: RegistryDesk) -> None:
    for call, params, _ in versions(1, as_default=True):
        desk.call(call, **params)
    shown = desk.iot.get_policy(policyName="wide")
    listed = desk.iot.list_policy_versions(policyName="wide")["policyVersions"]
    assert (shown["defaultVersionId"], json.loads(shown["policyDocument"])) == ("2", json.loads(policy("iot:Connect")))
    assert [(one["versionId"], one["isDefaultVersion"]) for one in listed] == [("2", True), ("1", False)]


def test_rows_outlive_a_restart(desk: RegistryDesk) -> None:
    """Each row goes through JSON and back; a registry of these rows answers the same."""
    desk.call(ON_CERT[0], **ON_CERT[1])
    desk.call("register_certificate_without_ca", certificatePem=PEM)
    later = Registry(Ledger(), CA)
    for table, empty in zip(desk.registry.tables, later.tables, strict=True):
        for key, row in table.items():
            text = json.dumps(msgspec.to_builtins(row))
            empty.put(key, msgspec.convert(json.loads(text), table.kind))
    for call in ("ListCertificates", "ListPolicies"):
        assert later.by_name[call]({}, 0.0) == desk.registry.by_name[call]({}, 0.0)
    target = {"target": desk.arn}
    assert later.by_name["ListAttachedPolicies"](target, 0.0) == ({"policies": [POLICY]}, [])
    assert later.foreign() == [FOREIGN.certificate_pem]


def test_a_certificate_of_the_cloud_itself_keeps_its_state() -> None:
    registry = Registry(Ledger(), CA)
    pem = CA.issue("bench-7", ec=True, client=True)
    registry.register("bench-7", pem.certificate_pem, 1.0, foreign=False)
    registry.by_name["UpdateCertificate"]({"certificateId": pem.fingerprint, "newStatus": "INACTIVE"}, 2.0)
    registry.register("bench-7", pem.certificate_pem, 3.0, foreign=False)
    registry.register("bench-8", pem.certificate_pem.decode(), 4.0, foreign=False)
    row = registry.store.certificates[pem.fingerprint]
    assert (row.status, row.own, row.created_at) == ("INACTIVE", ("bench-7", "bench-8"), 1.0)
    with pytest.raises(ValueError, match="PEM"):
        registry.register("bench-7", "x", 5.0, foreign=False)


def test_reprs(desk: RegistryDesk) -> None:
    assert repr(desk.registry) == "<Registry 1 certificates 1 policies>"
    assert repr(desk.registry.store.certificates[desk.id]) == f"<Certificate {desk.id[:16]}… ACTIVE>"
    assert repr(desk.registry.store.policies["wide"]) == "<StoredPolicy wide v1 of 1>"
