"""A registry with boto3 in front of it, and words for what is set up there."""

from __future__ import annotations

import json
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from rigs.cloud.registry import Registry
from rigs.jobs.service import JobsService
from rigs.net.certs import Authority
from tests.cloud.httpbench import HttpBench

CA = Authority.make("local cloud", ec=True)
ARN = "arn:aws:iot:us-east-1:000000000000:"


class RegistryDesk:
    """boto3's `iot` on a registry of its own, with a thing, a certificate and a policy."""

    def __init__(self) -> None:
        service = JobsService()
        self.registry = Registry(service.ledger, CA)
        self._bench = HttpBench(service=service, operations=self.registry.by_name)
        self.iot: Any = self._bench.client("iot")
        self.iot.create_thing(thingName="bench-7")
        self.made = self.iot.create_keys_and_certificate(setAsActive=True)
        self.id, self.arn = self.made["certificateId"], self.made["certificateArn"]
        self.iot.create_policy(policyName="wide", policyDocument=policy("iot:*"))

    def call(self, name: str, **params: Any) -> Any:
        """A call, with @id and @arn for the certificate's; an error's code in the place of an answer."""
        names = {"@id": self.id, "@arn": self.arn}
        filled = {key: names.get(value, value) if isinstance(value, str) else value for key, value in params.items()}
        try:
            answer = getattr(self.iot, name)(**filled)
        except self.iot.exceptions.ClientError as refused:
            return refused.response["Error"]["Code"]
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def stop(self) -> None:
        self._bench.stop()


def policy(*actions: str, resource: str = "*", effect: str = "Allow") -> str:
    """A document of one statement."""
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def request(*, name: str = "own-name", pem: bytes | None = None) -> str:
    """A certificate signing request, for the private key in `pem` or for a new one."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    key = serialization.load_pem_private_key(pem, None) if pem else ec.generate_private_key(ec.SECP256R1())
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def weak_key() -> bytes:
    """A private key that AWS does not take."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
