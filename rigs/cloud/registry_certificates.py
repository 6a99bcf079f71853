"""Certificates by boto3: made here, signed here or brought along; their states. Sources: botocore's model of `iot`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from rigs.cloud.registry_rows import Certificate, Status, Target
from rigs.cloud.registry_store import Store, in_order, marked
from rigs.jobs.api import Answer, Call, Params
from rigs.jobs.names import ACCOUNT
from rigs.jobs.refusals import ApiError
from rigs.net.certs import Authority, fingerprint

COMMON_NAME = "AWS IoT Certificate"  # AWS's default subject


class CertificateCalls:
    """Operations on certificates; private keys are returned once and never kept."""

    def __init__(self, store: Store, authority: Authority) -> None:
        self._store, self._authority = store, authority
        self.by_name: Mapping[str, Call] = {
            "CreateKeysAndCertificate": self.create_keys_and_certificate,
            "CreateCertificateFromCsr": self.create_certificate_from_csr,
            "RegisterCertificateWithoutCA": self.register_certificate_without_ca,
            "DescribeCertificate": self.describe_certificate,
            "ListCertificates": self.list_certificates,
            "UpdateCertificate": self.update_certificate,
            "DeleteCertificate": self.delete_certificate,
        }

    def __repr__(self) -> str:
        return f"<CertificateCalls on {self._store!r}>"

    def create_keys_and_certificate(self, params: Params, now: float) -> Answer:
        """A new RSA key pair and its certificate, signed by the local cloud's CA; INACTIVE unless setAsActive."""
        pair = self._authority.issue(COMMON_NAME, client=True)
        row = self._put(pair.certificate_pem, _first(params.get("setAsActive")), now)
        keys = {"PublicKey": _public(pair.certificate_pem), "PrivateKey": pair.key_pem.decode()}
        return {**_named(row), "certificatePem": row.pem, "keyPair": keys}, []

    def create_certificate_from_csr(self, params: Params, now: float) -> Answer:
        """A certificate for the key of a signing request; the same request again gives another one."""
        try:
            pem = self._authority.certify(params["certificateSigningRequest"])
        except ValueError as wrong:
            raise ApiError("InvalidRequestException", f"Invalid CSR: {wrong}") from wrong
        row = self._put(pem, _first(params.get("setAsActive")), now)
        return {**_named(row), "certificatePem": row.pem}, []

    def register_certificate_without_ca(self, params: Params, now: float) -> Answer:
        """Know a certificate of any authority; INACTIVE unless `status` says otherwise (silent in the model)."""
        try:
            name = fingerprint(params["certificatePem"])
        except ValueError as wrong:
            raise ApiError("CertificateValidationException", f"The certificate is not valid PEM: {wrong}") from wrong
        if name in self._store.certificates:
            there = self._store.certificates[name]
            members = {"resourceId": there.id, "resourceArn": there.arn}
            raise ApiError("ResourceAlreadyExistsException", "The certificate is already registered", **members)
        status = _state(params.get("status", "INACTIVE"))
        return _named(self._put(params["certificatePem"].encode(), status, now, foreign=True)), []

    def describe_certificate(self, params: Params, now: float) -> Answer:
        """A certificate by its id."""
        row = self._store.certificate(params["certificateId"])
        begin, end = row.validity
        shown = {
            **_summary(row),
            "certificatePem": row.pem,
            "ownedBy": ACCOUNT,
            "lastModifiedDate": row.updated_at,
            "customerVersion": row.version,
            "validity": {"notBefore": begin.timestamp(), "notAfter": end.timestamp()},
        }
        return {"certificateDescription": shown}, []

    def list_certificates(self, params: Params, now: float) -> Answer:
        """All certificates, by their creation."""
        rows = [_summary(row) for row in self._store.certificates.values()]
        return marked("certificates", in_order(rows, params), params), []

    def update_certificate(self, params: Params, now: float) -> Answer:
        """Set the state. What is connected with a certificate that is no longer ACTIVE is cut: on AWS within minutes,
        here at once.
        """
        row, status = self._store.certificate(params["certificateId"]), _state(params["newStatus"])
        if status != row.status:
            changed = replace(row, status=status, updated_at=now, version=row.version + 1)
            self._store.certificates.put(row.id, changed)
            if row.active:
                self._store.on_inactive(row.id)
        return {}, []

    def delete_certificate(self, params: Params, now: float) -> Answer:
        """Forget a certificate that is not ACTIVE and has no thing and, unless forceDelete, no policy.

        The first message is AWS's (https://github.com/rebuy-de/aws-nuke/issues/374).
        """
        row = self._store.certificate(params["certificateId"])
        target = Target(sort="cert", name=row.id, id=row.id)
        policies = self._store.attached(target)
        if row.active:
            text = f"Certificate must be deactivated (not ACTIVE) before deletion. Id: {row.id}"
            raise ApiError("CertificateStateException", text, resourceId=row.id)
        if self._store.things_of(row.id):
            raise ApiError("DeleteConflictException", f"Things must be detached before deletion (arn={row.arn})")
        if policies and not params.get("forceDelete"):
            text = f"Certificate policies must be detached before deletion (arn={row.arn})"
            raise ApiError("DeleteConflictException", text)
        for policy in policies:
            self._store.attachments.drop(f"{policy.name}/{target.key}")
        self._store.certificates.drop(row.id)
        return {}, []

    def _put(self, pem: bytes, status: Status, now: float, *, foreign: bool = False) -> Certificate:
        name = fingerprint(pem)
        row = Certificate(id=name, pem=pem.decode(), status=status, created_at=now, updated_at=now, foreign=foreign)
        return self._store.certificates.put(name, row)


def _first(active: Any) -> Status:
    return "ACTIVE" if active else "INACTIVE"


def _state(wanted: str) -> Status:
    """A state that an operator may set: the others are AWS's own or deprecated."""
    for status in get_args(Status):
        if status == wanted:
            return status  # type: ignore[no-any-return]
    text = f"a certificate may be set to {', '.join(get_args(Status))}, not to {wanted}"
    raise ApiError("InvalidRequestException", text)


def _public(certificate_pem: bytes) -> str:
    key = x509.load_pem_x509_certificate(certificate_pem).public_key()
    shape = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, shape).decode()


def _named(row: Certificate) -> dict[str, Any]:
    return {"certificateArn": row.arn, "certificateId": row.id}


def _summary(row: Certificate) -> dict[str, Any]:
    mode = "SNI_ONLY" if row.foreign else "DEFAULT"
    return {**_named(row), "status": row.status, "certificateMode": mode, "creationDate": row.created_at}
